"""Better prices step by step: each resource that the best contacts overuse becomes dearer.

Deflected subgradient steps towards a target a little below the best bound; when a few steps bring
nothing, the target comes nearer and the search goes back to the best prices.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from scheduler.solvers.base import Deadline
from scheduler.solvers.instant_prices import Best, PricedLanes, Prices
from tle.timebase import FloatArray

AIM = 0.03  # of the size: how far below the bound the first target is
LEAST_AIM = 2e-5
MEMORY = 0.7  # part of the last direction in the next one
PATIENCE = 6  # steps without a better bound before the target comes nearer
GOOD_STEP = 1e-4  # of the size: less is no progress

OnStep = Callable[[float, Prices, Best], None]


class PriceSearch:
    """The best prices so far and their bound."""

    def __init__(self, lanes: PricedLanes, prices: Prices | None = None, aim: float = AIM) -> None:
        self.lanes = lanes
        self.prices = lanes.start_prices() if prices is None else prices
        self.bound = np.inf
        self.aim = aim
        self._here = self.prices
        self._rows = np.zeros(self.prices.per_s.shape)
        self._terms = np.zeros(self.prices.term.shape)
        self._since = 0
        self._size = 0.0  # of what is at stake: the bound, or the gains where the bound is near 0
        self._scale = lanes.find_scales()

    def improve(self, steps: int, deadline: Deadline, on_step: OnStep | None = None) -> float:
        """Take so many steps; return the best bound of all."""
        lanes = self.lanes
        for _ in range(steps):
            best = lanes.find_best(self._here)
            bound = lanes.measure_bound(self._here, best)
            if on_step is not None:
                on_step(bound, self._here, best)
            if not self._size:
                self._size = max(abs(bound), float(np.maximum(best.gain, 0.0).sum()))
            if bound < self.bound:
                if bound < self.bound - GOOD_STEP * self._size:
                    self._since = 0
                self.bound, self.prices = bound, self._here
            else:
                self._since += 1
            if deadline.has_passed or self.aim < LEAST_AIM:
                break
            if self._since >= PATIENCE:
                self.aim, self._since, self._here = 0.5 * self.aim, 0, self.prices
                self._rows[:], self._terms[:] = 0.0, 0.0
                best = lanes.find_best(self._here)
            self._here = self._step(self._here, best)
        return float(self.bound)

    def _step(self, prices: Prices, best: Best) -> Prices:
        lanes, grid = self.lanes, self.lanes.grid
        taken = lanes.choose(best)
        over = lanes.measure_use(best, taken) - grid.limits[:, None]
        over[~grid.is_open | ((prices.per_s <= 0) & (over < 0))] = 0.0
        pull = (lanes.count_terms(best, taken) - lanes.want_sums(prices)) / self._scale
        stuck = (prices.term <= lanes.least) & (pull > 0)
        pull[stuck | ((prices.term >= lanes.most) & (pull < 0))] = 0.0
        self._rows = MEMORY * self._rows + (1 - MEMORY) * over
        self._terms = MEMORY * self._terms - (1 - MEMORY) * pull
        norm = _square(self._rows) + _square(self._terms)
        bound = lanes.measure_bound(prices, best)
        length = (bound - self.bound + self.aim * self._size) / norm if norm else 0.0
        return Prices(
            np.maximum(0.0, prices.per_s + length / grid.cell_s * self._rows),
            np.clip(prices.term + length * self._terms / self._scale, lanes.least, lanes.most),
        )


def _square(values: FloatArray) -> float:
    return float(np.square(values).sum())
