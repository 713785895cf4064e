"""From passes and their windows to candidates: what could be received, and why the rest is not.

Every pass ends in at least one candidate or in a refusal with a stable tag. Every satellite
without a pass to judge (dead, no elements, no radio data) ends in ``Unplanned``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from scheduler.antenna_constraints.changeover import longest_changeover_s
from scheduler.antenna_constraints.service_band import check_service
from scheduler.plan import NotTaken
from scheduler.prediction.lighting import light_passes
from scheduler.prediction.mount import mount_angles_deg
from scheduler.prediction.passes import Pass, PassTable
from scheduler.prediction.sky_paths import build_sky_paths
from scheduler.problem.candidate_track import Track, sample_tracks
from scheduler.problem.model import AntennaResource, AxisRates, Opportunity
from scheduler.problem.reception import find_reception
from scheduler.satellites import Satellite, Service
from scheduler.stations import Antenna, Station
from scheduler.window_table import Cut, VisibilityWindow, WindowTable
from tle.timebase import FloatArray, to_unix_s

ACCESS_ORDER = ("open", "agreement", "none")


@dataclass(frozen=True, slots=True)
class StationPasses:
    """A station, the passes over it, and their windows (one item per row of ``rows``)."""

    station: Station
    table: PassTable
    windows: WindowTable


@dataclass(frozen=True, slots=True)
class Candidate:
    """A window in which one service of one satellite could be received, and what a plan says."""

    opportunity: Opportunity
    visible: Pass
    satellite: Satellite
    service: Service
    station_id: str
    track: Track
    tentative: bool
    provisional: bool
    sunlit: bool = False  # the satellite, at culmination
    uncertain: bool = False  # the timing bound exceeds what the antenna can make up for


@dataclass(frozen=True, slots=True)
class Unplanned:
    """A satellite of which no pass is a candidate, whatever the geometry."""

    satellite_id: str
    norad_cat_id: int | None
    reason: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class CandidateSet:
    """All candidates, the passes refused before planning, the satellites never planned."""

    candidates: tuple[Candidate, ...]
    refused: tuple[NotTaken, ...]
    unplanned: tuple[Unplanned, ...]
    antennas: tuple[AntennaResource, ...]


def build_candidates(
    passes: Sequence[StationPasses],
    satellites: Sequence[Satellite],
    grades: Mapping[str, str],
) -> CandidateSet:
    """Turn passes with windows into candidates; ``grades`` by element set or satellite id."""
    by_id = {satellite.id: satellite for satellite in satellites}
    candidates: list[Candidate] = []
    refused: list[NotTaken] = []
    for each in passes:
        antennas = {antenna.id: antenna for antenna in each.station.antennas}
        paths = build_sky_paths(each.table, each.station, each.windows.rows)
        sunlit = light_passes(each.table, each.station, each.windows.rows).sunlit
        judged: list[_Judged] = []
        for index, row in enumerate(each.windows.rows):
            visible = each.table.read(int(row))
            windows, cuts = each.windows[index]
            satellite = by_id.get(visible.satellite_id)
            made, reason = _judge_pass(visible, satellite, windows, cuts, antennas)
            if satellite is None or not made:
                least_s = _find_least_s(satellite, antennas)
                refused.append(_refuse(visible, reason, cuts, least_s))
                continue
            judged += [(index, visible, satellite, *one) for one in made]
        sampled = sample_tracks(paths, [(index, window) for index, _, _, _, window, _ in judged])
        for (index, visible, satellite, service, window, names), (track, directions) in zip(
            judged, sampled, strict=True
        ):
            candidates += _build_variants(
                each, visible, satellite, service, window, names, antennas, track, directions,
                provisional=_is_expired(visible, grades), sunlit=bool(sunlit[index]),
            )  # fmt: skip
    return CandidateSet(
        candidates=tuple(candidates),
        refused=tuple(refused),
        unplanned=tuple(_find_unplanned(passes, satellites)),
        antennas=tuple(
            build_antenna(each.station, antenna)
            for each in passes
            for antenna in each.station.antennas
        ),
    )


def _is_expired(visible: Pass, grades: Mapping[str, str]) -> bool:
    """Say whether what the pass was predicted from has expired."""
    own = grades.get(visible.elements.element_set_id)
    return (own or grades.get(visible.satellite_id)) == "expired"


def name_antenna(station_id: str, antenna_id: str) -> str:
    """Name an antenna inside a problem: antenna ids are unique only within their station."""
    return f"{station_id}/{antenna_id}"


def build_antenna(station: Station, antenna: Antenna) -> AntennaResource:
    """Turn a configured antenna into a resource; slew only where it can outlast the setup."""
    slews = longest_changeover_s(antenna) > antenna.setup_s
    return AntennaResource(
        id=name_antenna(station.id, antenna.id),
        station_id=station.id,
        setup_s=antenna.setup_s,
        teardown_s=antenna.teardown_s,
        settle_s=antenna.settle_s if slews else 0.0,
        axes=AxisRates(
            azimuth_rate_deg_s=antenna.azimuth_rate_deg_s,
            elevation_rate_deg_s=antenna.elevation_rate_deg_s,
            azimuth_acceleration_deg_s2=antenna.azimuth_acceleration_deg_s2,
            elevation_acceleration_deg_s2=antenna.elevation_acceleration_deg_s2,
            azimuth_is_continuous=antenna.azimuth_travel_deg is None,
        )
        if slews
        else None,
        downtimes=tuple(
            (to_unix_s(downtime.start_utc), to_unix_s(downtime.end_utc))
            for downtime in antenna.downtimes
        ),
    )


def choose_service(satellite: Satellite, antenna: Antenna) -> Service | None:
    """Choose the service an antenna would receive: open first, then by agreement, then by rate.

    A service of unknown frequency counts as receivable: an assumption that its provenance shows.
    """
    receivable = [
        service for service in satellite.services if check_service(antenna, service) is None
    ]
    return min(
        receivable,
        key=lambda service: (ACCESS_ORDER.index(service.access), -(service.top_rate_bps or 0.0)),
        default=None,
    )


def _refusal_tag(satellite: Satellite, antennas: Mapping[str, Antenna]) -> str:
    """Return why no antenna receives any service: the polarisation when only that is wrong."""
    refusals = [
        refusal
        for antenna in antennas.values()
        for service in satellite.services
        if (refusal := check_service(antenna, service)) is not None
    ]
    tags = {refusal.tag for refusal in refusals}
    return "polarisation_mismatch" if "polarisation_mismatch" in tags else "out_of_band"


def get_min_contact_s(service: Service, antenna: Antenna) -> float:
    """Return the shortest contact: the service's own figure, else the antenna's."""
    return antenna.min_contact_s if service.min_contact_s is None else service.min_contact_s


_Made = list[tuple[Service, VisibilityWindow, tuple[str, ...]]]
_Judged = tuple[int, Pass, Satellite, Service, VisibilityWindow, tuple[str, ...]]


def _judge_pass(
    visible: Pass,
    satellite: Satellite | None,
    windows: Sequence[VisibilityWindow],
    cuts: Sequence[Cut],
    antennas: Mapping[str, Antenna],
) -> tuple[_Made, str]:
    """Return the windows to plan with (like windows of several antennas as one), or the reason."""
    if satellite is None or (satellite.served and not satellite.services):
        return [], "no_radio_data"
    if not satellite.served:
        return [], satellite.not_served_reason or "not_wanted"
    services = {name: choose_service(satellite, antenna) for name, antenna in antennas.items()}
    if not any(services.values()):
        return [], _refusal_tag(satellite, antennas)
    merged: dict[tuple[object, ...], tuple[Service, VisibilityWindow, list[str]]] = {}
    too_short = False
    for window in windows:
        service, antenna = services[window.antenna_id], antennas[window.antenna_id]
        if service is None:
            continue
        start_s, end_s = round_inside(window)
        if end_s - start_s < get_min_contact_s(service, antenna):
            too_short = True
            continue
        key = (
            service.id,
            start_s,
            end_s,
            window.interruptions,
            get_min_contact_s(service, antenna),
            (antenna.tilt_deg, antenna.tilt_azimuth_deg),
        )
        merged.setdefault(key, (service, window, []))[2].append(window.antenna_id)
    if merged:
        return [(service, window, tuple(names)) for service, window, names in merged.values()], ""
    return [], "shorter_than_min_contact" if too_short else _name_longest_cut(cuts)


def round_inside(window: VisibilityWindow) -> tuple[float, float]:
    """Round a window to the whole seconds inside it: contacts start and end on whole seconds."""
    return float(math.ceil(window.start_unix_s)), float(math.floor(window.end_unix_s))


def _name_longest_cut(cuts: Sequence[Cut]) -> str:
    if not cuts:
        return "no_window"
    return max(cuts, key=lambda cut: cut.end_unix_s - cut.start_unix_s).reason


def _find_least_s(satellite: Satellite | None, antennas: Mapping[str, Antenna]) -> float | None:
    """Return the shortest contact that any antenna would take; None when none receives it."""
    if satellite is None:
        return None
    chosen = [(choose_service(satellite, antenna), antenna) for antenna in antennas.values()]
    lengths = [get_min_contact_s(service, antenna) for service, antenna in chosen if service]
    return min(lengths, default=None)


def _refuse(
    visible: Pass, reason: str, cuts: Sequence[Cut] = (), least_s: float | None = None
) -> NotTaken:
    """Refuse a pass with its bound: the limit of the longest cut, else the shortest contact."""
    detail: dict[str, object] = {}
    longest = max(cuts, key=lambda cut: cut.end_unix_s - cut.start_unix_s, default=None)
    if longest is not None:
        detail = {
            "cut_by": longest.reason,
            "limit_value": longest.limit_value,
            "limit_unit": longest.limit_unit,
        }
    elif reason == "shorter_than_min_contact":
        detail = {"limit_value": least_s, "limit_unit": "s"}
    return NotTaken(
        pass_id=visible.pass_id,
        satellite_id=visible.satellite_id,
        norad_cat_id=visible.norad_cat_id,
        station_id=visible.station_id,
        aos_unix_s=visible.aos_unix_s,
        los_unix_s=visible.los_unix_s,
        reason=reason,
        detail=detail,
    )


def _build_variants(
    each: StationPasses,
    visible: Pass,
    satellite: Satellite,
    service: Service,
    window: VisibilityWindow,
    names: tuple[str, ...],
    antennas: Mapping[str, Antenna],
    track: Track,
    directions: FloatArray,
    *,
    provisional: bool,
    sunlit: bool,
) -> Iterator[Candidate]:
    """Build the candidate of a window: one, or one per cable wrap where slew is priced."""
    antenna = antennas[names[0]]
    start_s, end_s = round_inside(window)
    interruptions, rate = find_reception(window, start_s, end_s, service, track)
    opportunity = Opportunity(
        id=f"{visible.pass_id}.{names[0]}.{round(window.start_unix_s - visible.aos_unix_s)}",
        satellite_id=satellite.id,
        antenna_sets=tuple((name_antenna(each.station.id, name),) for name in names),
        start_s=start_s,
        end_s=end_s,
        trim=service.trim,
        min_s=get_min_contact_s(service, antenna),
        lock_s=service.lock_s,
        interruptions=interruptions,
        rate=rate,
        value_per_s=satellite.priority / 60.0,
        pass_id=visible.pass_id,
    )
    for suffix, pointing in _point_mount(antennas, names, track.unix_s, directions):
        yield Candidate(
            opportunity=replace(opportunity, id=opportunity.id + suffix, pointing=pointing),
            visible=visible,
            satellite=satellite,
            service=service,
            station_id=each.station.id,
            track=track,
            tentative=service.access == "none",
            provisional=provisional,
            sunlit=sunlit,
            uncertain=window.uncertain,
        )


def _point_mount(
    antennas: Mapping[str, Antenna],
    names: Sequence[str],
    unix_s: FloatArray,
    directions: FloatArray,
) -> list[tuple[str, tuple[tuple[float, float, float], ...]]]:
    """Return the pointings of a window as mount angles, one per wrap that the travel allows."""
    slewing = [
        antennas[name]
        for name in names
        if longest_changeover_s(antennas[name]) > antennas[name].setup_s
    ]
    if not slewing:
        return [("", ())]
    azimuth_deg, elevation_deg = mount_angles_deg(directions, slewing[0])
    travels = [item.azimuth_travel_deg for item in slewing if item.azimuth_travel_deg is not None]
    turns = [0]
    if travels:
        low_deg = max(travel[0] for travel in travels)
        high_deg = min(travel[1] for travel in travels)
        turns = [
            turn
            for turn in range(-3, 4)
            if azimuth_deg.min() + 360.0 * turn >= low_deg
            and azimuth_deg.max() + 360.0 * turn <= high_deg
        ] or [0]
    return [
        (
            f".wrap{turn:+d}" if len(turns) > 1 else "",
            tuple(
                (float(instant), float(azimuth + 360.0 * turn), float(elevation))
                for instant, azimuth, elevation in zip(
                    unix_s, azimuth_deg, elevation_deg, strict=True
                )
            ),
        )
        for turn in turns
    ]


def _find_unplanned(
    passes: Sequence[StationPasses], satellites: Sequence[Satellite]
) -> Iterator[Unplanned]:
    predicted = {item.satellite_id for each in passes for item in each.table.objects}
    for satellite in satellites:
        if not satellite.served:
            reason, note = satellite.not_served_reason or "not_wanted", satellite.not_served_note
        elif not satellite.services:
            reason, note = "no_radio_data", ""
        elif satellite.id not in predicted:
            reason, note = "no_elements", ""
        else:
            continue
        yield Unplanned(satellite.id, satellite.norad_cat_id, reason, note)
