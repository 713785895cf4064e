"""Cut a search into pieces and put the results together again: pure, whoever runs the pieces.

A search over satellites, stations and time is cut by satellites and by time; each piece can travel
to another process or machine. Merging joins the passes that a cut in time has divided.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from scheduler.intervals import Span
from scheduler.prediction.arcs import sight
from scheduler.prediction.fleet import build_fleet
from scheduler.prediction.passes import Answer, PassTable, TrackedObject
from scheduler.prediction.search import answer_visibility, find_passes, join_tables, stack_columns
from scheduler.prediction.topocentric import build_site
from scheduler.stations import Station
from tle.timebase import DAY_S, FloatArray

PIECE_SATELLITE_DAYS = 4_000.0  # about a second of work


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a search: some satellites over one station in one span."""

    objects: tuple[TrackedObject, ...]
    station: Station
    span: Span
    min_elevation_deg: float


def cut_work(
    objects: Sequence[TrackedObject],
    stations: Sequence[Station],
    span: Span,
    *,
    min_elevation_deg: float | Mapping[str, float],
    satellite_days: float = PIECE_SATELLITE_DAYS,
    max_piece_days: float = 31.0,
) -> tuple[Piece, ...]:
    """Cut a search into pieces of about ``satellite_days``, by station, satellites, then time.

    ``min_elevation_deg`` is one floor for all stations or a floor for each station's id.
    """
    spans = cut_span(span, math.ceil(span.duration_s / (max_piece_days * DAY_S)))
    days = spans[0].duration_s / DAY_S
    size = max(1, int(satellite_days / max(days, 1e-3)))
    pieces = []
    for station in stations:
        floor = (
            min_elevation_deg[station.id]
            if isinstance(min_elevation_deg, Mapping)
            else min_elevation_deg
        )
        for first in range(0, len(objects), size):
            part = tuple(objects[first : first + size])
            pieces += [Piece(part, station, piece_span, floor) for piece_span in spans]
    return tuple(pieces)


def cut_span(span: Span, count: int) -> tuple[Span, ...]:
    """Cut a span into ``count`` spans of equal length, each beginning where the last ends."""
    step = timedelta(seconds=span.duration_s / max(count, 1))
    edges = [span.start_utc + step * k for k in range(count)] + [span.end_utc]
    return tuple(Span(start, end) for start, end in pairwise(edges))


def search_piece(piece: Piece) -> PassTable:
    """Search one piece; a top-level function, so that any executor can carry it."""
    return find_passes(
        piece.objects, piece.station, piece.span, min_elevation_deg=piece.min_elevation_deg
    )


def merge_pieces(pieces: Sequence[Piece], tables: Sequence[PassTable]) -> dict[str, PassTable]:
    """Put the tables of ``cut_work``'s pieces together: one table per station id."""
    merged: dict[str, list[PassTable]] = {}
    first = 0
    while first < len(pieces):
        end = first + 1
        while end < len(pieces) and _continues(pieces[end - 1], pieces[end]):
            end += 1
        table = merge_spans(pieces[first:end], tables[first:end])
        merged.setdefault(pieces[first].station.id, []).append(table)
        first = end
    return {station_id: join_tables(parts) for station_id, parts in merged.items()}


def _continues(before: Piece, after: Piece) -> bool:
    return (
        after.span.start_utc == before.span.end_utc
        and after.station.id == before.station.id
        and [item.satellite_id for item in after.objects]
        == [item.satellite_id for item in before.objects]
    )


def merge_spans(pieces: Sequence[Piece], tables: Sequence[PassTable]) -> PassTable:
    """Merge tables of the same objects over spans that follow each other without gaps.

    A pass that ends with one span and begins with the next becomes one pass again.
    """
    if len(tables) == 1:
        return tables[0]
    columns = stack_columns(tables)
    order = np.lexsort((columns["aos_unix_s"], columns["object_index"]))
    columns = {name: column[order] for name, column in columns.items()}
    goes_on = np.zeros(len(order), dtype=np.bool_)
    goes_on[1:] = (
        (columns["object_index"][1:] == columns["object_index"][:-1])
        & columns["ends_after_span"][:-1]
        & columns["starts_before_span"][1:]
        & (columns["aos_unix_s"][1:] == columns["los_unix_s"][:-1])
    )
    run = np.cumsum(~goes_on) - 1
    first = np.flatnonzero(~goes_on)
    last = np.flatnonzero(np.append(~goes_on[1:], np.ones(min(len(order), 1), dtype=np.bool_)))
    joined = {name: column[first] for name, column in columns.items()}
    for name in ("los_unix_s", "los_azimuth_deg", "ends_after_span"):
        joined[name] = columns[name][last]
    highest = _least_of_runs(-columns["max_elevation_deg"], run)
    for name in ("culmination_unix_s", "max_elevation_deg", "culmination_azimuth_deg"):
        joined[name] = columns[name][highest]
    divided = np.flatnonzero(last > first)
    if len(divided):
        rows = np.flatnonzero(np.isin(run, divided))
        distance = _distances_km2(
            pieces[0], columns["object_index"][rows], columns["tca_unix_s"][rows]
        )
        nearest = rows[_least_of_runs(distance, run[rows])]
        joined["tca_unix_s"][divided] = columns["tca_unix_s"][nearest]
    table = replace(tables[0], **joined)
    span = Span(pieces[0].span.start_utc, pieces[-1].span.end_utc)
    return replace(table, answers=_merge_answers(tables, table, span))


def _least_of_runs(cost: FloatArray, run: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the row of least cost of each run."""
    order = np.lexsort((cost, run))
    leads = np.append(True, np.diff(run[order]) != 0)
    return np.asarray(order[leads])


def _distances_km2(piece: Piece, index: NDArray[np.int64], unix_s: FloatArray) -> FloatArray:
    """Return squared ranges of the piece's objects ``index`` at instants, shape (n,)."""
    distinct, local = np.unique(index, return_inverse=True)
    fleet = build_fleet([piece.objects[at] for at in distinct.tolist()])
    states = fleet.propagate(local, unix_s)
    view = sight(states, build_site(piece.station), unix_s, curvature=False)
    return np.asarray(view.distance2_km2[0])


def _merge_answers(
    tables: Sequence[PassTable], merged: PassTable, span: Span
) -> tuple[Answer, ...]:
    """Keep the first trouble of each object; judge visibility over the whole span."""
    troubles: dict[str, Answer] = {}
    for table in tables:
        for answer in table.answers:
            if answer.kind in ("decayed", "not_propagated"):
                troubles.setdefault(answer.satellite_id, answer)
    floor = merged.min_elevation_deg or 0.0
    seen = set(merged.object_index.tolist())
    whole = (merged.aos_unix_s <= span.start_unix_s) & (merged.los_unix_s >= span.end_unix_s)
    always = set(merged.object_index[whole].tolist())
    answers = []
    for row, tracked in enumerate(merged.objects):
        if tracked.satellite_id in troubles:
            answers.append(troubles[tracked.satellite_id])
        elif row in always or row not in seen:
            visible = row in always
            answers.append(answer_visibility(tracked, merged.station_id, visible, floor, span))
    return tuple(answers)
