"""Windows and cuts of many passes as columns; records are made only for who reads them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from tle.timebase import FloatArray

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Cut:
    """A span of a pass that one antenna cannot use, and the bound that took it.

    ``reason`` is a stable tag such as ``below_horizon_mask``; ``limit_unit`` names the unit of
    ``limit_value`` (``deg``, ``deg/s``, ``s``; empty when the bound is no number).
    """

    antenna_id: str
    reason: str
    limit_value: float | None
    limit_unit: str
    start_unix_s: float
    end_unix_s: float


@dataclass(frozen=True, slots=True)
class Interruption:
    """A short loss inside a window (keyhole, Sun, mask spike): bytes lost, no new setup."""

    reason: str
    limit_value: float | None
    limit_unit: str
    start_unix_s: float
    end_unix_s: float


@dataclass(frozen=True, slots=True)
class VisibilityWindow:
    """What one antenna can use of one pass: a span with the interruptions inside it."""

    antenna_id: str
    start_unix_s: float
    end_unix_s: float
    interruptions: tuple[Interruption, ...] = ()
    uncertain: bool = False  # the 95 % timing bound exceeds what the antenna can make up for


WindowsAndCuts = tuple[tuple[VisibilityWindow, ...], tuple[Cut, ...]]


@dataclass(frozen=True, slots=True)
class LossColumns:
    """Cuts, or interruptions, as columns of shape (n,), ascending by row, antenna and start.

    ``antenna`` and ``reason`` are indices into the table's names; ``window`` is the window that an
    interruption lies in (-1 for cuts).
    """

    row: IntArray
    antenna: IntArray
    window: IntArray
    reason: IntArray
    limit_value: FloatArray
    start_unix_s: FloatArray
    end_unix_s: FloatArray

    def __len__(self) -> int:
        return len(self.row)

    def part(self, rows: slice) -> LossColumns:
        """Return neighbouring losses."""
        return LossColumns(*(getattr(self, name)[rows] for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class WindowTable(Sequence[WindowsAndCuts]):
    """Windows and cuts of many passes as columns; item i is (windows, cuts) of pass ``rows[i]``.

    ``row`` columns count from 0 within this table. ``reasons`` and ``limit_units`` belong together.
    """

    station_id: str
    antenna_ids: tuple[str, ...]
    reasons: tuple[str, ...]
    limit_units: tuple[str, ...]
    rows: IntArray
    window_row: IntArray
    window_antenna: IntArray
    window_start_unix_s: FloatArray
    window_end_unix_s: FloatArray
    interruptions: LossColumns
    cuts: LossColumns
    window_uncertain: NDArray[np.bool_] | None = None  # scheduler.uncertainty; None: not asked

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, item: int) -> WindowsAndCuts: ...

    @overload
    def __getitem__(self, item: slice) -> list[WindowsAndCuts]: ...

    def __getitem__(self, item: int | slice) -> WindowsAndCuts | list[WindowsAndCuts]:
        if isinstance(item, slice):
            return [self.read(i) for i in range(*item.indices(len(self)))]
        return self.read(range(len(self))[item])

    def __iter__(self) -> Iterator[WindowsAndCuts]:
        return (self.read(i) for i in range(len(self)))

    def read(self, index: int) -> WindowsAndCuts:
        """Turn the windows and cuts of one pass into records."""
        first, last = np.searchsorted(self.window_row, [index, index + 1])
        windows = tuple(
            VisibilityWindow(
                self.antenna_ids[self.window_antenna[i]],
                float(self.window_start_unix_s[i]),
                float(self.window_end_unix_s[i]),
                self._read_interruptions(i),
                self.window_uncertain is not None and bool(self.window_uncertain[i]),
            )
            for i in range(first, last)
        )
        cut_first, cut_last = np.searchsorted(self.cuts.row, [index, index + 1])
        cuts = tuple(
            Cut(self.antenna_ids[self.cuts.antenna[i]], *self._read_loss(self.cuts, i))
            for i in range(cut_first, cut_last)
        )
        return windows, cuts

    def _read_interruptions(self, window: int) -> tuple[Interruption, ...]:
        first, last = np.searchsorted(self.interruptions.window, [window, window + 1])
        return tuple(
            Interruption(*self._read_loss(self.interruptions, i)) for i in range(first, last)
        )

    def _read_loss(
        self, losses: LossColumns, i: int
    ) -> tuple[str, float | None, str, float, float]:
        value = float(losses.limit_value[i])
        return (
            self.reasons[losses.reason[i]],
            None if np.isnan(value) else value,
            self.limit_units[losses.reason[i]],
            float(losses.start_unix_s[i]),
            float(losses.end_unix_s[i]),
        )


def join_windows(tables: Sequence[WindowTable]) -> WindowTable:
    """Lay windows of all passes of several tables of one station end to end, as the passes are."""
    if len(tables) == 1:
        return tables[0]
    passes = np.cumsum([0, *(len(table) for table in tables)])
    windows = np.cumsum([0, *(len(table.window_row) for table in tables)])

    def stack(columns: Iterable[NDArray[Any]]) -> NDArray[Any]:
        return np.concatenate(list(columns))

    def stack_losses(parts: Sequence[LossColumns]) -> LossColumns:
        moved = [
            replace(part, row=part.row + row, window=np.where(part.window < 0, -1, part.window + w))
            for part, row, w in zip(parts, passes, windows, strict=False)
        ]
        return LossColumns(
            *(stack(getattr(part, name) for part in moved) for name in LossColumns.__slots__)
        )

    flags = [table.window_uncertain for table in tables]
    return replace(
        tables[0],
        rows=stack(table.rows + first for table, first in zip(tables, passes, strict=False)),
        window_row=stack(t.window_row + first for t, first in zip(tables, passes, strict=False)),
        window_antenna=stack(table.window_antenna for table in tables),
        window_start_unix_s=stack(table.window_start_unix_s for table in tables),
        window_end_unix_s=stack(table.window_end_unix_s for table in tables),
        interruptions=stack_losses([table.interruptions for table in tables]),
        cuts=stack_losses([table.cuts for table in tables]),
        window_uncertain=None
        if any(flag is None for flag in flags)
        else stack(flag for flag in flags if flag is not None),
    )
