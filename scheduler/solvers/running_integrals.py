"""Running integrals of step functions, one per lane."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from scheduler.solvers.linear_model import IndexArray
from tle.timebase import FloatArray

NEVER_S = 1e18
Changes = Sequence[tuple[float, float]]  # instants, and by how much a rate changes there


class Profile:
    """A rate per lane that changes by ``change`` at marks, and its integral from the first mark."""

    def __init__(self, rows: Sequence[Changes]) -> None:
        self.count = np.array([len(row) for row in rows], dtype=np.int64)
        width = int(self.count.max(initial=0))
        self.mark_s = np.full((len(rows), width), NEVER_S)
        self.change = np.zeros((len(rows), width))
        for index, row in enumerate(rows):
            if row:
                self.mark_s[index, : len(row)], self.change[index, : len(row)] = zip(
                    *row, strict=True
                )

    def integrate(self, times_s: FloatArray, rows: IndexArray | slice = slice(None)) -> FloatArray:
        """Integrate up to times of shape (n_lanes, n_times); ``rows`` says of which lanes."""
        mark_s, change = self.mark_s[rows], self.change[rows]
        total = np.zeros(times_s.shape)
        for place in range(int(self.count[rows].max(initial=0))):
            late_s = times_s - mark_s[:, place, None]
            total += change[:, place, None] * np.maximum(late_s, 0.0)
        return total
