"""The best plan of every satellite alone: longest paths through passes in time order.

All satellites advance together, pass number by pass number, as arrays. The state after a pass is
how many contacts its day term has counted so far, up to the count beyond which every term is flat.
Between two neighbours on a path lies their gap, so the price of its excess is an arc cost; arcs do
not depend on the profits and are laid out once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from scheduler.solvers.linear_model import IndexArray
from tle.timebase import FloatArray

MAX_COUNT = 16  # contacts of a day beyond which a term must be flat
NONE = -1e18


class SatellitePaths:
    """Passes of all satellites in arrays of shape (n_satellites, n_passes + 2), ends included."""

    def __init__(
        self,
        *,
        satellite: IndexArray,
        start_s: FloatArray,
        end_s: FloatArray,
        day: IndexArray,
        rises: Sequence[FloatArray],
        gaps: Mapping[int, tuple[float, float, float, float]],
        recovery_s: Sequence[float],
    ) -> None:
        self.ids = np.unique(satellite)
        order = np.lexsort((end_s, start_s, satellite))
        counts = np.searchsorted(satellite[order], self.ids, side="right") - np.searchsorted(
            satellite[order], self.ids, side="left"
        )
        rows = np.repeat(np.arange(len(self.ids)), counts)
        places = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts) + 1
        shape = (len(self.ids), int(counts.max(initial=0)) + 2)
        self.number = np.full(shape, -1)
        self.number[rows, places] = order
        self.start_s, self.end_s = np.full(shape, np.inf), np.full(shape, np.inf)
        self.start_s[rows, places], self.end_s[rows, places] = start_s[order], end_s[order]
        self.day = np.full(shape, -2)
        self.day[rows, places] = day[order]
        table = np.vstack([*rises, np.zeros(MAX_COUNT)])
        self.top = 1 + int(np.flatnonzero(table.any(axis=0)).max(initial=0))
        self.rise = np.zeros((self.top, *shape))
        self.rise[:, rows, places] = table[day[order], : self.top].T
        self.recovery_s = np.array([recovery_s[one] for one in self.ids])
        self.price = np.zeros(len(self.ids))
        self.max_gap_s = np.full(len(self.ids), 1.0)
        self.start_s[:, 0] = self.end_s[:, 0] = start_s.min(initial=0.0) - 1.0
        first_s = self.end_s[:, 0].copy()
        self.last_s = np.full(len(self.ids), end_s.max(initial=0.0) + 1.0)
        for row, one in enumerate(self.ids):
            if int(one) in gaps:
                first_s[row], self.last_s[row], self.max_gap_s[row], self.price[row] = gaps[
                    int(one)
                ]
        self.gap_to_s = np.minimum(self.start_s, self.last_s[:, None])  # outside is no gap
        self.gap_from_s = np.clip(self.end_s, first_s[:, None], self.last_s[:, None])
        self.gap_from_s[:, 0] = first_s
        self.gap_to_s[:, -1] = self.last_s
        self.lookback = self._find_lookback()
        self.fresh, self.same = self._lay_arcs()

    def _find_lookback(self) -> int:
        """Return how many predecessors may share a day or be nearer than the largest gap."""
        furthest = 1
        for row in range(len(self.ids)):
            real = np.flatnonzero(self.number[row] >= 0)
            ends = np.maximum.accumulate(self.end_s[row, real])
            apart_s = max(self.recovery_s[row], self.max_gap_s[row] if self.price[row] else 0.0)
            limit = self.start_s[row, real] - apart_s
            near = np.arange(len(real)) - np.searchsorted(ends, limit)
            days = self.day[row, real]
            same = [0]
            for one in np.unique(days[days >= 0]):
                where = np.flatnonzero(days == one)
                same.append(int(where[-1] - where[0]))
            furthest = max(furthest, int(near.max(initial=0)), max(same))
        return furthest + 1

    def _lay_arcs(self) -> tuple[list[FloatArray], list[FloatArray]]:
        """Lay out what arcs into each pass cost, from passes of other days and of its own.

        Shapes (n_satellites, n_predecessors) each; NONE where there is no arc.
        """
        fresh, same = [np.zeros((len(self.ids), 0))], [np.zeros((len(self.ids), 0))]
        width = self.start_s.shape[1]
        for j in range(1, width):
            low = max(0, j - self.lookback)
            ends = self.end_s[:, low:j]
            real = np.isfinite(ends)
            waited_s = self.gap_to_s[:, j, None] - self.gap_from_s[:, low:j]
            cost = self.price[:, None] * np.maximum(0.0, waited_s - self.max_gap_s[:, None])
            if j < width - 1:  # the last one is the end of the horizon
                real &= self.start_s[:, j, None] >= ends + self.recovery_s[:, None] - 1e-6
            if low == 0:
                real[:, 0] = True
            shared = (self.day[:, low:j] == self.day[:, j, None]) & (self.day[:, j, None] >= 0)
            fresh.append(np.where(real & ~shared, -cost, NONE))
            same.append(np.where(real & shared, -cost, NONE))
        return fresh, same

    def solve(self, profit: FloatArray) -> tuple[float, IndexArray]:
        """Return the sum of the best paths' values and the placements on them."""
        rows, width = self.start_s.shape
        every, counts = np.arange(rows), np.arange(self.top)
        gain = np.where(self.number >= 0, profit[self.number], NONE)
        best = np.full((self.top, rows, width), NONE)
        came = np.zeros(best.shape, dtype=np.int64)  # place * top + count of the predecessor
        peak, level = np.full((rows, width), NONE), np.zeros((rows, width), dtype=np.int64)
        best[0, :, 0] = peak[:, 0] = 0.0
        old = np.full(rows, NONE)  # best of value + price * end, of passes beyond the lookback
        plain = np.full(rows, NONE)  # best of their values alone
        old_from = np.zeros(rows, dtype=np.int64)
        for j in range(1, width):
            low = max(0, j - self.lookback)
            if low > 0:
                value = np.where(np.isfinite(self.end_s[:, low - 1]), peak[:, low - 1], NONE)
                score = value + self.price * self.gap_from_s[:, low - 1]
                plain = np.maximum(plain, value)
                better = score > old
                old = np.where(better, score, old)
                old_from = np.where(better, (low - 1) * self.top + level[:, low - 1], old_from)
            state = peak[:, low:j] + self.fresh[j]
            pick = state.argmax(axis=1)
            value, source = state[every, pick], (low + pick) * self.top + level[every, low + pick]
            far = np.minimum(plain, old - self.price * (self.gap_to_s[:, j] - self.max_gap_s))
            best[0, :, j] = np.maximum(value, far) + self.rise[0, :, j]
            came[0, :, j] = np.where(far > value, old_from, source)
            if j == width - 1:
                break
            inside = best[:, :, low:j] + self.same[j]
            picks = inside.argmax(axis=2)
            tops = np.take_along_axis(inside, picks[:, :, None], axis=2)[:, :, 0]
            sources = (low + picks) * self.top + counts[:, None]
            best[1:, :, j] = tops[:-1] + self.rise[1:, :, j]
            came[1:, :, j] = sources[:-1]
            more = tops[-1] > best[-1, :, j]  # beyond the last count nothing is added
            best[-1, more, j], came[-1, more, j] = tops[-1, more], sources[-1, more]
            best[:, :, j] += gain[:, j]
            peak[:, j], level[:, j] = best[:, :, j].max(axis=0), best[:, :, j].argmax(axis=0)
        return float(best[0, :, -1].sum()), self._walk_back(came)

    def _walk_back(self, came: IndexArray) -> IndexArray:
        """Return the placements on the best paths."""
        every = np.arange(came.shape[1])
        place = np.full(len(every), came.shape[2] - 1)
        count = np.zeros(len(every), dtype=np.int64)
        chosen: list[IndexArray] = []
        while np.any(place > 0):
            source = came[count, every, place]
            place = np.where(place > 0, source // self.top, 0)
            count = np.where(place > 0, source % self.top, 0)
            chosen.append(self.number[every, place][place > 0])
        return np.concatenate(chosen) if chosen else np.zeros(0, dtype=np.int64)
