"""Every pass of many objects over one station, found and proven on true positions.

Near-earth satellites in near-circular orbits take the fast path (``near_earth``); all others, and
any that give trouble there, the safe one (``scanning``). docs/passes.md explains both.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from scheduler.intervals import Span
from scheduler.prediction.fleet import Flags, Fleet, build_fleet
from scheduler.prediction.found import FoundPasses, join_passes
from scheduler.prediction.near_earth import PAD_S, find_near_earth
from scheduler.prediction.orbit_number import orbit_numbers
from scheduler.prediction.passes import Answer, AnswerKind, PassTable, TrackedObject
from scheduler.prediction.scanning import Ended, scan
from scheduler.prediction.secular import EARTH_RADIUS_WGS72_KM, derivative, polynomial
from scheduler.prediction.topocentric import build_site
from scheduler.stations import Station
from tle.propagation import ERROR_REASONS, Ephemeris
from tle.timebase import DAY_S, format_utc, from_unix_s

_FAST_ECCENTRICITY = 0.05
_FAST_REV_DAY = 11.0
_FAST_FLOOR_DEG = -10.0
_FAST_PERIGEE_KM = EARTH_RADIUS_WGS72_KM + 150.0
_FAST_DRIFT = 0.1  # change of mean motion over the span, as a share of its value at epoch
_SATELLITE_DAYS_AT_ONCE = 4_000.0
_DECAYED = 6  # SGP4's error code


def find_passes(
    objects: Sequence[TrackedObject] | Fleet,
    station: Station,
    span: Span,
    *,
    min_elevation_deg: float,
) -> PassTable:
    """Return every pass above a flat limit within a half-open span, cut passes flagged.

    A ``Fleet`` (``build_fleet``) saves the set-up when several stations or spans are searched.
    """
    tables = list(stream_passes(objects, station, span, min_elevation_deg=min_elevation_deg))
    return join_tables(tables)


def stream_passes(
    objects: Sequence[TrackedObject] | Fleet,
    station: Station,
    span: Span,
    *,
    min_elevation_deg: float,
) -> Iterator[PassTable]:
    """Yield the same passes in tables of some objects each, in order, in bounded memory."""
    if not -90.0 < min_elevation_deg < 90.0:
        raise ValueError(
            f"min_elevation_deg is {min_elevation_deg} deg; give a value above -90 and below 90"
        )
    size = count_at_once(span)
    count = len(objects)
    for first in range(0, max(count, 1), size):
        if isinstance(objects, Fleet):
            fleet = objects.part(first, first + size)
        else:
            fleet = build_fleet(objects[first : first + size])
        yield _search(fleet, station, span, min_elevation_deg)


def count_at_once(span: Span) -> int:
    """Return how many objects are searched at once."""
    return max(1, int(_SATELLITE_DAYS_AT_ONCE / max(span.duration_s / DAY_S, 0.1)))


def join_tables(tables: Sequence[PassTable]) -> PassTable:
    """Put tables of different objects over one station together, in their order."""
    if len(tables) == 1:
        return tables[0]
    offsets = np.cumsum([0, *(len(table.objects) for table in tables)])
    columns = stack_columns(tables)
    columns["object_index"] = np.concatenate(
        [table.object_index + offset for table, offset in zip(tables, offsets, strict=False)]
    )
    return PassTable(
        station_id=tables[0].station_id,
        objects=tuple(tracked for table in tables for tracked in table.objects),
        answers=tuple(answer for table in tables for answer in table.answers),
        min_elevation_deg=tables[0].min_elevation_deg,
        **columns,
    )


def stack_columns(tables: Sequence[PassTable]) -> dict[str, Any]:
    """Lay the columns of tables end to end, by name; those that a table lacks are left out."""
    return {
        field.name: np.concatenate([getattr(table, field.name) for table in tables])
        for field in fields(PassTable)
        if all(isinstance(getattr(table, field.name), np.ndarray) for table in tables)
    }


def answer_visibility(
    tracked: TrackedObject, station_id: str, always: bool, min_elevation_deg: float, span: Span
) -> Answer:
    """Say that an object is above the floor all the time, or never."""
    kind: AnswerKind = "always_visible" if always else "never_visible"
    word = "above" if always else "never above"
    detail = (
        f"{word} {min_elevation_deg:g} deg from {format_utc(span.start_utc)} "
        f"to {format_utc(span.end_utc)}"
    )
    return Answer(tracked.satellite_id, station_id, kind, detail)


def _search(fleet: Fleet, station: Station, span: Span, min_elevation_deg: float) -> PassTable:
    site = build_site(station)
    start_s, end_s, floor = span.start_unix_s, span.end_unix_s, math.radians(min_elevation_deg)
    usable = np.array([not reason for reason in fleet.refusals], dtype=np.bool_)
    fast = usable & _suits_fast_path(fleet, start_s, end_s)
    if min_elevation_deg < _FAST_FLOOR_DEG:
        fast[:] = False
    rows = np.arange(len(fleet))
    found, troubled = find_near_earth(fleet, rows[fast], site, start_s, end_s, floor)
    slow = np.sort(np.concatenate([rows[usable & ~fast], troubled]))
    scanned = scan(fleet, slow, site, start_s, end_s, floor)
    passes = join_passes([found, scanned.passes])
    return PassTable(
        station_id=station.id,
        objects=fleet.objects,
        object_index=passes.index,
        aos_unix_s=passes.aos_unix_s,
        culmination_unix_s=passes.culmination_unix_s,
        tca_unix_s=passes.tca_unix_s,
        los_unix_s=passes.los_unix_s,
        aos_azimuth_deg=passes.aos_azimuth_deg,
        culmination_azimuth_deg=passes.culmination_azimuth_deg,
        los_azimuth_deg=passes.los_azimuth_deg,
        max_elevation_deg=passes.max_elevation_deg,
        starts_before_span=passes.starts_before_span,
        ends_after_span=passes.ends_after_span,
        orbit_number=orbit_numbers(fleet, passes.index, passes.aos_unix_s),
        answers=_answers(fleet, passes, scanned.ended, station, span, min_elevation_deg),
        min_elevation_deg=min_elevation_deg,
    )


def _suits_fast_path(fleet: Fleet, start_s: float, end_s: float) -> Flags:
    """Say which objects the analytic screen covers over the whole span, shape (n,)."""
    secular = fleet.secular
    with np.errstate(all="ignore"):
        suits = ~secular.deep_space & (
            secular.mean_motion_rad_s >= _FAST_REV_DAY * 2.0 * math.pi / DAY_S
        )
        for edge_s in (start_s - PAD_S, end_s + PAD_S):
            since_s = edge_s - secular.epoch_unix_s
            e = secular.eccentricity + secular.eccentricity_rate_s * since_s
            axis_km = secular.semi_major_axis_km * polynomial(secular.shrink, since_s) ** 2
            rate = polynomial(derivative(secular.latitude_rad), since_s)
            suits &= (e > -5e-4) & (e <= _FAST_ECCENTRICITY)
            suits &= axis_km * (1.0 - e) > _FAST_PERIGEE_KM
            suits &= np.abs(rate / secular.mean_motion_rad_s - 1.0) < _FAST_DRIFT
    return suits & np.array([item.ephemeris is None for item in fleet.objects], dtype=np.bool_)


def _answers(
    fleet: Fleet,
    passes: FoundPasses,
    ended: tuple[Ended, ...],
    station: Station,
    span: Span,
    min_elevation_deg: float,
) -> tuple[Answer, ...]:
    """Say what the passes do not: who never rises, never sets, decays or cannot be propagated."""
    start = format_utc(span.start_utc)
    whole = passes.starts_before_span & passes.ends_after_span
    whole &= (passes.aos_unix_s <= span.start_unix_s) & (passes.los_unix_s >= span.end_unix_s)
    always = set(passes.index[whole].tolist())
    seen = set(passes.index.tolist())
    stopped = {item.row: item for item in ended}
    answers = []
    kind: AnswerKind
    for row, (tracked, refusal) in enumerate(zip(fleet.objects, fleet.refusals, strict=True)):
        item = stopped.get(row)
        ephemeris = tracked.ephemeris
        if refusal:
            kind, detail = "not_propagated", refusal
        elif ephemeris is not None and _leaves_out(ephemeris, span):
            kind, detail = "not_propagated", _validity_detail(ephemeris)
        elif item is not None:
            kind = "decayed" if item.error == _DECAYED else "not_propagated"
            reason = ERROR_REASONS.get(item.error, f"SGP4 error {item.error}")
            if math.isnan(item.unix_s):
                detail = f"{reason} already at {start}; no passes are given"
            else:
                last = format_utc(from_unix_s(item.unix_s))
                detail = f"{reason} at {last}; no passes are given after it"
        elif row in always or row not in seen:
            answers.append(
                answer_visibility(tracked, station.id, row in always, min_elevation_deg, span)
            )
            continue
        else:
            continue
        answers.append(Answer(tracked.satellite_id, station.id, kind, detail))
    return tuple(answers)


def _leaves_out(ephemeris: Ephemeris, span: Span) -> bool:
    return (
        ephemeris.valid_from_unix_s > span.start_unix_s
        or ephemeris.valid_to_unix_s < span.end_unix_s
    )


def _validity_detail(ephemeris: Ephemeris) -> str:
    first, last = (
        format_utc(from_unix_s(edge))
        for edge in (ephemeris.valid_from_unix_s, ephemeris.valid_to_unix_s)
    )
    return f"the ephemeris is valid from {first} to {last} only; no passes are given outside"
