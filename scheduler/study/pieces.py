"""The search of a study, in pieces that run anywhere: a season, a station, a mask, some orbits.

A piece returns contacts as columns, so that a thousand orbits come back as arrays.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scheduler.intervals import Span, union
from scheduler.prediction.fleet import build_fleet
from scheduler.prediction.passes import TrackedObject
from scheduler.prediction.search import stream_passes
from scheduler.stations import HorizonMask, Station
from scheduler.study.definition import CONFIGURED, Study, StudyOrbit
from scheduler.study.link import contact_bytes
from scheduler.windows import cut_passes
from tle.elements import ElementSet
from tle.nominal import SunSynchronous, make_nominal
from tle.timebase import FloatArray

ORBITS_AT_ONCE = 50
_YEAR_DAYS = 365.25
_GOLDEN = (5.0**0.5 - 1.0) / 2.0  # its multiples never crowd
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Piece:
    """One search: some orbits from one season on, over one station behind one mask."""

    study: Study
    season: int
    station: int  # of ``study.stations``
    mask: int
    first_orbit: int
    end_orbit: int


@dataclass(frozen=True, slots=True)
class ContactColumns:
    """Usable contacts of one piece, one row each, ordered by orbit, phase and start.

    ``passes`` counts the passes above the tracking floor of every (orbit, phase), shape
    (n_orbits, n_phases), whether or not they leave a contact. ``link_bytes`` has a column for
    every dish of the study, shape (n_contacts, n_dishes); none without a link.
    """

    season: int
    station: int
    mask: int
    orbit: IntArray
    phase: IntArray
    start_unix_s: FloatArray
    end_unix_s: FloatArray
    first_orbit: int
    passes: IntArray
    link_bytes: FloatArray


def split_study(study: Study) -> tuple[Piece, ...]:
    """Cut a study into pieces, in a fixed order."""
    step = max(1, ORBITS_AT_ONCE // study.phases)
    return tuple(
        Piece(study, season, station, mask, first, min(first + step, len(study.orbits)))
        for season in range(len(study.seasons_utc))
        for first in range(0, len(study.orbits), step)
        for station in range(len(study.stations))
        for mask in range(len(study.masks))
    )


def run_piece(piece: Piece) -> ContactColumns:
    """Search one piece: passes, cut into windows, kept where long enough to be a contact."""
    study = piece.study
    station = with_mask(study.stations[piece.station], study.masks[piece.mask])
    span = season_span(study, piece.season)
    tracked = [
        TrackedObject(f"{orbit.id}-{phase}", orbit.id, elements)
        for orbit in study.orbits[piece.first_orbit : piece.end_orbit]
        for phase, elements in enumerate(orbit_elements(study, orbit, piece.season))
    ]
    passes = np.zeros(len(tracked), dtype=np.int64)
    found: list[tuple[IntArray, FloatArray]] = []
    floor_deg = min(antenna.tracking_floor_deg for antenna in station.antennas)
    seen = 0
    for table in stream_passes(build_fleet(tracked), station, span, min_elevation_deg=floor_deg):
        windows = cut_passes(table, station)
        passes[seen : seen + len(table.objects)] += np.bincount(
            table.object_index, minlength=len(table.objects)
        )
        least_s = np.array([antenna.min_contact_s for antenna in station.antennas])
        length_s = windows.window_end_unix_s - windows.window_start_unix_s
        long = length_s >= least_s[windows.window_antenna]
        of_object = seen + table.object_index[windows.rows[windows.window_row[long]]]
        both = np.column_stack([windows.window_start_unix_s[long], windows.window_end_unix_s[long]])
        found += _join_antennas(of_object, both, len(station.antennas))
        seen += len(table.objects)
    index = np.concatenate([rows for rows, _ in found] or [np.zeros(0, dtype=np.int64)])
    spans = np.concatenate([spans for _, spans in found] or [np.zeros((0, 2))])
    dishes = study.dish_diameters_m if study.link else ()
    link_bytes = np.zeros((len(index), len(dishes)))
    if study.link is not None:
        for which in np.unique(index):
            own, elements = index == which, tracked[which].elements
            link_bytes[own] = contact_bytes(
                study.link, station, dishes, elements, spans[own], lock_s=study.lock_s
            )
    return ContactColumns(
        season=piece.season,
        station=piece.station,
        mask=piece.mask,
        orbit=piece.first_orbit + index // study.phases,
        phase=index % study.phases,
        start_unix_s=spans[:, 0],
        end_unix_s=spans[:, 1],
        first_orbit=piece.first_orbit,
        passes=passes.reshape(-1, study.phases),
        link_bytes=link_bytes,
    )


def season_span(study: Study, season: int) -> Span:
    """Return the span of one season."""
    start_utc = study.seasons_utc[season]
    return Span(start_utc, start_utc + timedelta(days=study.days))


def orbit_elements(study: Study, orbit: StudyOrbit, season: int) -> tuple[ElementSet, ...]:
    """Make the element sets of one orbit at the start of a season, one for each phase.

    Phases are spread evenly along the orbit, and every season starts elsewhere: a kept
    sun-synchronous orbit knows no season but the place on its track.
    """
    epoch_utc = study.seasons_utc[season]
    design: Any = orbit.design
    if isinstance(design, SunSynchronous) and orbit.local_time_drift_min_year:
        design = replace(design, local_time_h=local_time_then_h(study, orbit, epoch_utc))
    made = make_nominal(design, epoch_utc, name=orbit.id, drag=orbit.drag).elements
    steps = (np.arange(study.phases) + season * _GOLDEN % 1.0) * 360.0 / study.phases
    return tuple(
        replace(made, mean_anomaly_deg=float((made.mean_anomaly_deg + step) % 360.0))
        for step in steps
    )


def local_time_then_h(study: Study, orbit: StudyOrbit, at_utc: datetime) -> float:
    """Return the local time of the node at an instant, drifted since the first season."""
    assert isinstance(orbit.design, SunSynchronous)
    years = (at_utc - study.seasons_utc[0]) / timedelta(days=_YEAR_DAYS)
    return (orbit.design.local_time_h + orbit.local_time_drift_min_year * years / 60.0) % 24.0


def with_mask(station: Station, mask: str | float) -> Station:
    """Return the station behind another horizon: as configured, none, or flat at some degrees."""
    if mask == CONFIGURED:
        return station
    if isinstance(mask, str):
        return replace(station, horizon_mask=None)
    return replace(station, horizon_mask=HorizonMask((0.0,), (mask,)))


def _join_antennas(
    index: IntArray, spans: FloatArray, antennas: int
) -> Iterator[tuple[IntArray, FloatArray]]:
    """Give rows and spans in order; what several antennas see at once counts once."""
    order = np.lexsort((spans[:, 0], index))
    index, spans = index[order], spans[order]
    if antennas == 1:
        yield index, spans
        return
    for which in np.unique(index):
        joined = union(spans[index == which])
        yield np.full(len(joined), which), joined
