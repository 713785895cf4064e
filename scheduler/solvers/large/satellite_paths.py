"""The best plan of every satellite alone: longest paths through passes in time order.

All satellites advance together, pass number by pass number, as arrays. The state after a pass is
how many contacts its day term has counted so far (up to ``MAX_COUNT``, beyond which a term is
flat). Between two neighbours on a path lies their gap, so the price of its excess is an arc cost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from scheduler.solvers.linear_model import IndexArray
from tle.timebase import FloatArray

MAX_COUNT = 5
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
        self.rise = np.zeros((*shape, MAX_COUNT))
        if rises:
            table = np.vstack([*rises, np.zeros(MAX_COUNT)])
            self.rise[rows, places] = table[day[order]]
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
        self.lookback = self._find_lookback()

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

    def solve(self, profit: FloatArray) -> tuple[float, IndexArray]:
        """Return the sum of the best paths' values and the placements on them."""
        rows, width = self.start_s.shape
        gain = np.where(self.number >= 0, profit[self.number], NONE)
        best = np.full((rows, width, MAX_COUNT + 1), NONE)
        best[:, 0, 0] = 0.0
        came = np.zeros((rows, width, MAX_COUNT + 1), dtype=np.int64)
        old = np.full(rows, NONE)  # best of value + price * end, of passes beyond the lookback
        plain = np.full(rows, NONE)  # best of their values alone
        old_from = np.zeros(rows, dtype=np.int64)
        every = np.arange(rows)
        for j in range(1, width):
            low = max(0, j - self.lookback)
            if low > 0:
                top = best[:, low - 1].argmax(axis=1)
                real = np.isfinite(self.end_s[:, low - 1])
                value = np.where(real, best[every, low - 1, top], NONE)
                score = value + np.where(real, self.price * self.gap_from_s[:, low - 1], 0.0)
                plain = np.maximum(plain, value)
                better = score > old
                old = np.where(better, score, old)
                old_from = np.where(better, (low - 1) * (MAX_COUNT + 1) + top, old_from)
            last = j == width - 1
            reach_s = self.last_s if last else self.gap_to_s[:, j]
            far = np.minimum(plain, old - self.price * (reach_s - self.max_gap_s))
            self._extend(best, came, j, low, reach_s, far, old_from, last)
            if not last:
                best[:, j] += np.where(gain[:, j] > NONE / 2, gain[:, j], NONE)[:, None]
        return float(best[:, width - 1, 0].sum()), self._walk_back(came)

    def _extend(
        self,
        best: FloatArray,
        came: IndexArray,
        j: int,
        low: int,
        reach_s: FloatArray,
        far: FloatArray,
        far_from: IndexArray,
        last: bool,
    ) -> None:
        """Fill the states of pass ``j``, its own gain aside; the last one is the horizon's end."""
        every = np.arange(len(reach_s))
        waited_s = reach_s[:, None] - self.gap_from_s[:, low:j]
        cost = self.price[:, None] * np.maximum(0.0, waited_s - self.max_gap_s[:, None])
        ends = self.end_s[:, low:j]
        allowed = np.isfinite(ends)
        if not last:
            allowed &= self.start_s[:, j, None] >= ends + self.recovery_s[:, None] - 1e-6
        if low == 0:
            allowed[:, 0] = True
        state = np.where(allowed[:, :, None], best[:, low:j] - cost[:, :, None], NONE)
        top = state.argmax(axis=2)
        peak = np.take_along_axis(state, top[:, :, None], axis=2)[:, :, 0]
        same = (self.day[:, low:j] == self.day[:, j][:, None]) & (self.day[:, j] >= 0)[:, None]
        other = np.where(same, NONE, peak)
        pick = other.argmax(axis=1)
        fresh = other[every, pick]
        source = (low + pick) * (MAX_COUNT + 1) + top[every, pick]
        fresh, source = np.where(far > fresh, far, fresh), np.where(far > fresh, far_from, source)
        if last:
            best[:, j, 0], came[:, j, 0] = fresh, source
            return
        rise = self.rise[:, j]
        best[:, j, 1], came[:, j, 1] = fresh + rise[:, 0], source
        inside = np.where(same[:, :, None], state, NONE)
        for count in range(2, MAX_COUNT + 1):
            pick = inside[:, :, count - 1].argmax(axis=1)
            best[:, j, count] = inside[every, pick, count - 1] + rise[:, count - 1]
            came[:, j, count] = (low + pick) * (MAX_COUNT + 1) + count - 1
        pick = inside[:, :, MAX_COUNT].argmax(axis=1)
        full = inside[every, pick, MAX_COUNT]
        more = full > best[:, j, MAX_COUNT]
        best[:, j, MAX_COUNT] = np.where(more, full, best[:, j, MAX_COUNT])
        came[:, j, MAX_COUNT] = np.where(
            more, (low + pick) * (MAX_COUNT + 1) + MAX_COUNT, came[:, j, MAX_COUNT]
        )

    def _walk_back(self, came: IndexArray) -> IndexArray:
        """Return the placements on the best paths."""
        every = np.arange(len(came))
        place = np.full(len(came), came.shape[1] - 1)
        count = np.zeros(len(came), dtype=np.int64)
        chosen: list[IndexArray] = []
        while np.any(place > 0):
            source = came[every, place, count]
            place = np.where(place > 0, source // (MAX_COUNT + 1), 0)
            count = np.where(place > 0, source % (MAX_COUNT + 1), 0)
            chosen.append(self.number[every, place][place > 0])
        return np.concatenate(chosen) if chosen else np.zeros(0, dtype=np.int64)
