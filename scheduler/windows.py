"""Visibility windows: a pass minus what one antenna cannot follow; every cut keeps its reason.

Short losses inside a pass (keyhole, Sun, a spike of the mask) are interruptions of one window: an
operator keeps tracking through them. Only a loss longer than the antenna's ``split_gap_s`` makes
two windows, which are two contacts to the planner.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scheduler.antenna_constraints import ANTENNA_CONSTRAINTS
from scheduler.antenna_constraints.base import PassBatch
from scheduler.prediction.passes import PassTable
from scheduler.stations import Antenna, Station
from scheduler.window_table import (
    Cut,
    IntArray,
    Interruption,
    LossColumns,
    VisibilityWindow,
    WindowTable,
)
from tle.timebase import FloatArray

__all__ = [
    "Cut",
    "Interruption",
    "LossColumns",
    "VisibilityWindow",
    "WindowTable",
    "cut_passes",
]

_ROWS_AT_ONCE = 32_768
_LEAST_S = 1e-3  # shorter windows and losses are rounding, not time


def cut_passes(
    table: PassTable,
    station: Station,
    *,
    rows: IntArray | None = None,
    constraints: Iterable[str] | None = None,
) -> WindowTable:
    """Cut passes into the windows of every antenna of a station.

    ``rows`` chooses passes of the table, ascending (default: all); ``constraints`` the names of
    the antenna constraints to apply (default: all; none gives the flat geometry).
    """
    chosen = np.arange(len(table)) if rows is None else np.asarray(rows, dtype=np.int64)
    names = list(ANTENNA_CONSTRAINTS) if constraints is None else list(constraints)
    unknown = [name for name in names if name not in ANTENNA_CONSTRAINTS]
    if unknown:
        raise ValueError(
            f"antenna constraint {unknown[0]!r} is unknown; there are "
            f"{', '.join(ANTENNA_CONSTRAINTS)}"
        )
    found = []
    for first in range(0, len(chosen), _ROWS_AT_ONCE):
        batch = PassBatch(table, station, chosen[first : first + _ROWS_AT_ONCE])
        for number in range(len(station.antennas)):
            found.append(_cut_for_antenna(batch, number, names, first))
    return _join(found, station, names, chosen)


@dataclass(frozen=True, slots=True)
class _Spans:
    """Usable spans of passes, columns (n,), ascending by row and start."""

    row: IntArray
    start_unix_s: FloatArray
    end_unix_s: FloatArray

    def take(self, chosen: NDArray[np.bool_]) -> _Spans:
        return _Spans(self.row[chosen], self.start_unix_s[chosen], self.end_unix_s[chosen])


@dataclass(frozen=True, slots=True)
class _Found:
    """What one antenna gets of one batch of passes."""

    antenna: int
    windows: _Spans
    interruptions: LossColumns
    cuts: LossColumns


def _cut_for_antenna(batch: PassBatch, number: int, names: Sequence[str], first_row: int) -> _Found:
    """Collect the losses of one antenna, subtract those that cut, and place the rest."""
    antenna = batch.station.antennas[number]
    losses, cutting = _collect_losses(batch, antenna, number, names)
    usable = _subtract(batch, _take(losses, cutting))
    windows = _bridge_short_gaps(usable, antenna.split_gap_s)
    which, window = _overlaps(batch, losses, windows)
    inside = replace(
        _take(losses, which),
        window=window,
        start_unix_s=np.maximum(losses.start_unix_s[which], windows.start_unix_s[window]),
        end_unix_s=np.minimum(losses.end_unix_s[which], windows.end_unix_s[window]),
    )
    outside = cutting.copy()
    outside[which] = False
    return _Found(
        number,
        replace(windows, row=windows.row + first_row),
        replace(inside, row=inside.row + first_row),
        _shift(_take(losses, outside), first_row),
    )


def _shift(losses: LossColumns, first_row: int) -> LossColumns:
    return replace(losses, row=losses.row + first_row)


def _collect_losses(
    batch: PassBatch, antenna: Antenna, number: int, names: Sequence[str]
) -> tuple[LossColumns, NDArray[np.bool_]]:
    """Ask every constraint; return all losses and which of them cut time, shape (n,)."""
    asked = [ANTENNA_CONSTRAINTS[name] for name in names]
    parts = [constraint.find_losses(batch, antenna) for constraint in asked]
    counts = [len(part) for part in parts]
    row = _concatenate([part.pass_index for part in parts], np.int64)
    losses = LossColumns(
        row=row,
        antenna=np.full(len(row), number),
        window=np.full(len(row), -1),
        reason=np.repeat(np.arange(len(parts)), counts),
        limit_value=_concatenate([part.limit_value for part in parts]),
        start_unix_s=_concatenate([part.start_unix_s for part in parts]),
        end_unix_s=_concatenate([part.end_unix_s for part in parts]),
    )
    cutting = np.repeat(
        np.array([constraint.cuts_on(antenna) for constraint in asked], dtype=np.bool_), counts
    )
    real = losses.end_unix_s - losses.start_unix_s > _LEAST_S
    return _take(losses, real), cutting[real]


def _subtract(batch: PassBatch, losses: LossColumns) -> _Spans:
    """Return what the losses leave of each pass, by one sweep over all passes laid end to end."""
    duration = batch.los_unix_s - batch.aos_unix_s
    stride = float(np.max(duration, initial=0.0)) + 1.0
    base = stride * np.arange(len(batch))
    shift = base[losses.row] - batch.aos_unix_s[losses.row]
    starts = np.concatenate([losses.start_unix_s + shift, base + duration])
    ends = np.concatenate([losses.end_unix_s + shift, base + stride])
    order = np.argsort(starts, kind="stable")
    starts, reach = starts[order], np.maximum.accumulate(ends[order])
    left = np.concatenate([[0.0], reach[:-1]])
    open_ = starts - left > _LEAST_S
    left, right = left[open_], starts[open_]
    row = np.floor(left / stride + 1e-9).astype(np.int64)
    back = batch.aos_unix_s[row] - base[row]
    start, end = left + back, right + back
    # Laying end to end rounds by nanoseconds: give the edges of the pass back exactly.
    start = np.where(start < batch.aos_unix_s[row] + 1e-5, batch.aos_unix_s[row], start)
    end = np.where(end > batch.los_unix_s[row] - 1e-5, batch.los_unix_s[row], end)
    return _Spans(row, start, end)


def _bridge_short_gaps(spans: _Spans, split_gap_s: float) -> _Spans:
    """Join usable spans of one pass that no more than ``split_gap_s`` separates."""
    if not len(spans.row):
        return spans
    apart = (spans.row[1:] != spans.row[:-1]) | (
        spans.start_unix_s[1:] - spans.end_unix_s[:-1] > split_gap_s
    )
    first = np.concatenate([[True], apart])
    last = np.concatenate([apart, [True]])
    return _Spans(spans.row[first], spans.start_unix_s[first], spans.end_unix_s[last])


def _overlaps(batch: PassBatch, losses: LossColumns, windows: _Spans) -> tuple[IntArray, IntArray]:
    """Pair losses with the windows they overlap: indices of both, ascending by window."""
    stride = float(np.max(batch.los_unix_s - batch.aos_unix_s, initial=0.0)) + 1.0
    shift = stride * np.arange(len(batch)) - batch.aos_unix_s
    window_shift, loss_shift = shift[windows.row], shift[losses.row]
    starts, ends = windows.start_unix_s + window_shift, windows.end_unix_s + window_shift
    first = np.searchsorted(ends, losses.start_unix_s + loss_shift + _LEAST_S / 2, side="right")
    last = np.searchsorted(starts, losses.end_unix_s + loss_shift - _LEAST_S / 2, side="left")
    count = np.maximum(last - first, 0)
    which = np.repeat(np.arange(len(losses)), count)
    window = np.repeat(first - np.cumsum(count) + count, count) + np.arange(len(which))
    order = np.lexsort((losses.start_unix_s[which], window))
    return which[order], window[order]


def _take(losses: LossColumns, chosen: NDArray[np.bool_] | IntArray) -> LossColumns:
    return LossColumns(
        losses.row[chosen],
        losses.antenna[chosen],
        losses.window[chosen],
        losses.reason[chosen],
        losses.limit_value[chosen],
        losses.start_unix_s[chosen],
        losses.end_unix_s[chosen],
    )


def _join(
    found: Sequence[_Found], station: Station, names: Sequence[str], rows: IntArray
) -> WindowTable:
    """Put the batches and antennas together, ascending by row, antenna and start."""
    counts = np.array([len(part.windows.row) for part in found], dtype=np.int64)
    first_window = np.cumsum(counts) - counts
    row = _concatenate([part.windows.row for part in found], np.int64)
    antenna = np.repeat(np.array([part.antenna for part in found], dtype=np.int64), counts)
    order = np.lexsort((antenna, row))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    interruptions = _join_losses([part.interruptions for part in found])
    lost_in = interruptions.window + np.repeat(
        first_window, [len(part.interruptions) for part in found]
    )
    interruptions = replace(interruptions, window=place[lost_in])
    by_window = np.lexsort((interruptions.start_unix_s, interruptions.window))
    cuts = _join_losses([part.cuts for part in found])
    by_row = np.lexsort((cuts.start_unix_s, cuts.antenna, cuts.row))
    asked = [ANTENNA_CONSTRAINTS[name] for name in names]
    return WindowTable(
        station_id=station.id,
        antenna_ids=tuple(antenna.id for antenna in station.antennas),
        reasons=tuple(constraint.reason for constraint in asked),
        limit_units=tuple(constraint.limit_unit for constraint in asked),
        rows=rows,
        window_row=row[order],
        window_antenna=antenna[order],
        window_start_unix_s=_concatenate([part.windows.start_unix_s for part in found])[order],
        window_end_unix_s=_concatenate([part.windows.end_unix_s for part in found])[order],
        interruptions=_take(interruptions, by_window),
        cuts=_take(cuts, by_row),
    )


def _join_losses(parts: Sequence[LossColumns]) -> LossColumns:
    return LossColumns(
        _concatenate([part.row for part in parts], np.int64),
        _concatenate([part.antenna for part in parts], np.int64),
        _concatenate([part.window for part in parts], np.int64),
        _concatenate([part.reason for part in parts], np.int64),
        _concatenate([part.limit_value for part in parts]),
        _concatenate([part.start_unix_s for part in parts]),
        _concatenate([part.end_unix_s for part in parts]),
    )


def _concatenate(columns: Sequence[NDArray[np.generic]], dtype: type = np.float64) -> NDArray:  # type: ignore[type-arg]
    return np.concatenate([np.empty(0, dtype=dtype), *columns])
