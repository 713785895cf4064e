"""The track of one pass, found again by its id with the newest elements."""

from __future__ import annotations

import calendar
import time
from dataclasses import dataclass
from datetime import datetime

from app.errors import InputError, LimitError, NotFoundError
from app.services.elements import ObjectChoice
from app.services.prediction import find_floor_deg
from app.services.selection import find_satellite
from app.settings import Configuration
from scheduler.intervals import Span
from scheduler.prediction.passes import Pass
from scheduler.prediction.search import find_passes
from scheduler.prediction.track import Track, compute_track, sample_instants
from scheduler.satellites import Satellite
from scheduler.stations import Antenna, Station
from tle.timebase import DAY_S, from_unix_s

MIN_STEP_S = 0.1
MAX_SAMPLES = 20_000


@dataclass(frozen=True, slots=True)
class PassName:
    """What a pass id says: which station, which satellite, when it culminates."""

    station_id: str
    satellite_id: str
    culmination_unix_s: float


@dataclass(frozen=True, slots=True)
class PassTrack:
    """A pass as the newest elements have it, and its track."""

    found: Pass
    track: Track
    step_s: float


def read_pass_id(pass_id: str) -> PassName:
    """Take a pass id apart; NotFoundError when it is none."""
    parts = pass_id.split(".")
    try:
        station_id, satellite_id, stamp, _elements = parts
        culmination_unix_s = calendar.timegm(time.strptime(stamp, "%Y%m%dT%H%M%SZ"))
    except ValueError as error:
        raise NotFoundError(
            "pass_id", "this is no pass id; take one from a list of passes", value=pass_id
        ) from error
    return PassName(station_id, satellite_id, float(culmination_unix_s))


def find_station(configuration: Configuration, name: PassName) -> Station:
    """Return the station of a pass."""
    for station in configuration.stations:
        if station.id == name.station_id:
            return station
    raise NotFoundError("pass_id", f"station {name.station_id!r} is not configured")


def find_pass_satellite(configuration: Configuration, name: PassName) -> Satellite:
    """Return the satellite of a pass."""
    try:
        return find_satellite(configuration, name.satellite_id)
    except NotFoundError as error:
        raise NotFoundError("pass_id", str(error)) from error


def serving_instant(name: PassName) -> datetime:
    """Say for which instant the elements of a pass are chosen."""
    return from_unix_s(name.culmination_unix_s)


def track_pass(
    name: PassName,
    station: Station,
    satellite: Satellite,
    choice: ObjectChoice,
    *,
    step_s: float,
    antenna_id: str | None = None,
) -> PassTrack:
    """Find the pass nearest to a name and sample its track from AOS to LOS.

    Across refreshes passes are matched by nearest culmination within half a period.
    """
    if not choice.objects:
        raise NotFoundError("pass_id", f"no element set is known for {satellite.name}")
    period_s = DAY_S / choice.objects[0].elements.mean_motion_rev_day
    reach_s = period_s / 2 + 3_600.0
    span = Span(
        from_unix_s(name.culmination_unix_s - reach_s),
        from_unix_s(name.culmination_unix_s + reach_s),
    )
    table = find_passes(choice.objects, station, span, min_elevation_deg=find_floor_deg(station))
    nearest = min(
        range(len(table)),
        key=lambda row: abs(table.culmination_unix_s[row] - name.culmination_unix_s),
        default=None,
    )
    if nearest is None or (
        abs(table.culmination_unix_s[nearest] - name.culmination_unix_s) > period_s / 2
    ):
        raise NotFoundError("pass_id", "the newest elements have no such pass")
    found = table.read(nearest)
    _check_step(found, step_s)
    instants = sample_instants(found.aos_unix_s, found.los_unix_s, step_s)
    tracked = table.objects[table.object_index[nearest]]
    track = compute_track(
        tracked.ephemeris or tracked.elements,
        station,
        instants,
        antenna=_find_antenna(station, antenna_id),
        services=satellite.services,
    )
    return PassTrack(found, track, step_s)


def _check_step(found: Pass, step_s: float) -> None:
    if not step_s >= MIN_STEP_S:
        raise InputError("step", f"{step_s:g} s is below {MIN_STEP_S:g} s", value=step_s, unit="s")
    count = found.duration_s / step_s
    if count > MAX_SAMPLES:
        raise LimitError(
            "step",
            f"{step_s:g} s gives {count:.0f} samples of this pass, the limit is {MAX_SAMPLES}; "
            "give a longer step",
            value=step_s,
            unit="s",
        )


def _find_antenna(station: Station, antenna_id: str | None) -> Antenna | None:
    if antenna_id is None:
        return None
    for antenna in station.antennas:
        if antenna.id == antenna_id:
            return antenna
    raise NotFoundError("antenna", f"{antenna_id!r} is no antenna of {station.id}")
