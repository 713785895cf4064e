"""How much a new satellite gets beside those already served, by the planner that serves them.

For each design the real planner makes a plan with the satellite and one without; what it is given,
and what the others lose, are the figures. Planned behind the first mask of the study and for the
first phase of each orbit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from scheduler.intervals import Span
from scheduler.plan import ContactPlan
from scheduler.planning import make_plan
from scheduler.prediction.passes import PassTable, TrackedObject
from scheduler.prediction.search import find_passes, join_tables
from scheduler.satellites import Satellite, Service
from scheduler.stations import Station
from scheduler.study.definition import Study
from scheduler.study.pieces import orbit_elements, with_mask
from scheduler.windows import cut_passes

_OWN = "study-satellite"
_TIME_LIMIT_S = 120.0


@dataclass(frozen=True, slots=True)
class Rivals:
    """Satellites already served, with the elements that place them in the study's seasons."""

    satellites: tuple[Satellite, ...] = ()
    objects: tuple[TrackedObject, ...] = ()
    grades: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class ContentionPiece:
    """All plans of one season over one set of stations."""

    study: Study
    season: int
    station_set: int
    rivals: Rivals


@dataclass(frozen=True, slots=True)
class Granted:
    """What the planner gave one design at one priority, and took from the others for it."""

    season: int
    station_set: int
    orbit: int
    priority: float
    granted_contacts_day: float
    granted_minutes_day: float
    granted_part: float | None  # of the minutes that all its windows would give
    rivals_lose_minutes_day: float


def split_contention(study: Study, rivals: Rivals) -> tuple[ContentionPiece, ...]:
    """Cut the plans of a study into pieces; none without priorities or without rivals."""
    if not study.priorities or not rivals.objects:
        return ()
    return tuple(
        ContentionPiece(study, season, station_set, rivals)
        for season in range(len(study.seasons_utc))
        for station_set in range(len(study.station_sets))
    )


def run_contention(piece: ContentionPiece) -> tuple[Granted, ...]:
    """Plan one season over one set of stations, with and without each design."""
    study = piece.study
    start_utc = study.seasons_utc[piece.season]
    span = Span(start_utc, start_utc + timedelta(days=min(study.contention_days, study.days)))
    days = span.duration_s / 86_400.0
    stations = [
        with_mask(station, study.masks[0])
        for station in study.station_sets[piece.station_set].stations
    ]
    rivals = [_search(piece.rivals.objects, station, span) for station in stations]
    alone = _minutes(_plan(piece, stations, rivals, span, None))
    granted = []
    for index, orbit in enumerate(study.orbits):
        elements = orbit_elements(study, orbit, piece.season)[0]
        own = [
            _search([TrackedObject(_OWN, orbit.id, elements)], station, span)
            for station in stations
        ]
        wanted = _wanted_minutes(stations, own)
        tables = [join_tables([theirs, ours]) for theirs, ours in zip(rivals, own, strict=True)]
        for priority in study.priorities:
            plan = _plan(piece, stations, tables, span, priority)
            given = _minutes(plan, {_OWN})
            others = _minutes(plan) - given
            granted.append(
                Granted(
                    piece.season,
                    piece.station_set,
                    index,
                    priority,
                    sum(c.satellite_id == _OWN for c in plan.contacts) / days,
                    given / days,
                    given / wanted if wanted else None,
                    (alone - others) / days,
                )
            )
    return tuple(granted)


def _search(objects: Sequence[TrackedObject], station: Station, span: Span) -> PassTable:
    floor_deg = min(antenna.tracking_floor_deg for antenna in station.antennas)
    return find_passes(objects, station, span, min_elevation_deg=floor_deg)


def _plan(
    piece: ContentionPiece,
    stations: Sequence[Station],
    tables: Sequence[PassTable],
    span: Span,
    priority: float | None,
) -> ContactPlan:
    satellites = list(piece.rivals.satellites)
    if priority is not None:
        service = Service("study", "Downlink of the study", access="agreement")
        satellites.append(Satellite(_OWN, _OWN, priority=priority, services=(service,)))
    seen = [
        (station, table, cut_passes(table, station))
        for station, table in zip(stations, tables, strict=True)
    ]
    return make_plan(
        seen,
        satellites,
        span,
        grades={**(piece.rivals.grades or {}), _OWN: "fresh"},
        now_utc=span.start_utc,
        solver=piece.study.planner,
        time_limit_s=_TIME_LIMIT_S,
    )


def _minutes(plan: ContactPlan, satellite_ids: set[str] | None = None) -> float:
    return sum(
        (contact.end_unix_s - contact.start_unix_s) / 60.0
        for contact in plan.contacts
        if satellite_ids is None or contact.satellite_id in satellite_ids
    )


def _wanted_minutes(stations: Sequence[Station], tables: Sequence[PassTable]) -> float:
    """Add up the windows that are long enough for a contact, one antenna per station."""
    total_s = 0.0
    for station, table in zip(stations, tables, strict=True):
        windows = cut_passes(table, station)
        length_s = windows.window_end_unix_s - windows.window_start_unix_s
        first = (windows.window_antenna == 0) & (length_s >= station.antennas[0].min_contact_s)
        total_s += float(np.sum(length_s[first]))
    return total_s / 60.0
