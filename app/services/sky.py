"""Where the served satellites and the Sun stand at one instant, and ground tracks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.errors import InputError, LimitError
from scheduler.intervals import Span
from scheduler.prediction.passes import TrackedObject
from scheduler.prediction.sun import sun_directions, sun_teme_km
from scheduler.prediction.topocentric import subsatellite_point
from scheduler.prediction.track import Track, compute_track, sample_instants
from scheduler.stations import Station
from tle.errors import PropagationError

MAX_POINTS = 5_000


@dataclass(frozen=True, slots=True)
class SunPlace:
    """The Sun in a station's sky (no refraction), and the point of the Earth it stands above."""

    azimuth_deg: float
    elevation_deg: float
    latitude_deg: float
    longitude_deg: float


@dataclass(frozen=True, slots=True)
class Sky:
    """What stands where at one instant; each track has one row.

    ``lost`` names the satellites whose elements give no position then.
    """

    unix_s: float
    sun: SunPlace
    satellites: tuple[tuple[TrackedObject, Track], ...]
    lost: tuple[str, ...]


def look_around(station: Station, objects: Sequence[TrackedObject], unix_s: float) -> Sky:
    """Find where every satellite stands as a station sees it, below the horizon too."""
    instant = np.array([unix_s])
    found, lost = [], []
    for tracked in objects:
        try:
            found.append((tracked, compute_track(tracked.elements, station, instant)))
        except PropagationError:
            lost.append(tracked.satellite_id)
    return Sky(unix_s, _find_sun(station, unix_s), tuple(found), tuple(lost))


def trace_ground(tracked: TrackedObject, station: Station, span: Span, *, step_s: float) -> Track:
    """Sample the track of a satellite over a span; LimitError when it has too many points."""
    if not step_s > 0:
        raise InputError("step_s", f"{step_s:g} s is not positive", value=step_s, unit="s")
    count = (span.end_unix_s - span.start_unix_s) / step_s
    if count > MAX_POINTS:
        raise LimitError(
            "step_s",
            f"{step_s:g} s gives {count:.0f} points, the limit is {MAX_POINTS}; "
            "give a longer step or a shorter span",
            value=step_s,
            unit="s",
        )
    instants = sample_instants(span.start_unix_s, span.end_unix_s, step_s)
    return compute_track(tracked.elements, station, instants)


def _find_sun(station: Station, unix_s: float) -> SunPlace:
    instant = np.array([unix_s])
    east, north, up = sun_directions(station, instant)[0]
    below = subsatellite_point(sun_teme_km(instant), instant)
    return SunPlace(
        azimuth_deg=float(np.degrees(np.arctan2(east, north)) % 360.0),
        elevation_deg=float(np.degrees(np.arcsin(np.clip(up, -1.0, 1.0)))),
        latitude_deg=float(below.latitude_deg[0]),
        longitude_deg=float(below.longitude_deg[0]),
    )
