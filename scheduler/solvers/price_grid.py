"""Cells of time in which resources have a price, and what contacts occupy of the resources.

Resources are the pools of antennas, and the satellites where two of their windows are open at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scheduler.problem.measure import get_setup_s, get_teardown_s
from scheduler.solvers.columns import Pools
from scheduler.solvers.lane_table import LaneTable, group_edges
from scheduler.solvers.linear_model import IndexArray
from tle.timebase import FloatArray


@dataclass(frozen=True)
class Use:
    """What contacts of some lanes occupy of a resource: from ``before`` to ``after`` them."""

    lanes: IndexArray
    resource: IndexArray
    before_s: FloatArray
    after_s: FloatArray


class Grid:
    """Cells of time over which the prices of resources are constant."""

    def __init__(self, table: LaneTable, pools: Pools, cell_s: float) -> None:
        self.cell_s = cell_s
        problem = table.problem
        reach_s = max((one.recovery_s for one in problem.satellites), default=0.0)
        first_s = float(np.min(table.low_s - table.before_s, initial=problem.end_s))
        last_s = float(np.max(table.high_s + table.after_s, initial=problem.start_s))
        self.origin_s = float(np.floor((first_s - reach_s - 3600.0) / 3600.0) * 3600.0)
        self.n_cells = int((last_s + reach_s + 3600.0 - self.origin_s) // cell_s) + 2
        self.names = [names[0] for names in pools.names]
        self.limit = [float(len(names)) for names in pools.names]
        self.uses = _list_antenna_uses(table, pools)
        self.is_open = np.ones((len(self.names), self.n_cells), dtype=bool)
        self._add_satellites(table)
        self.limits = np.array(self.limit)

    def _add_satellites(self, table: LaneTable) -> None:
        """Add satellites as resources, in the cells where two of their windows are open."""
        problem = table.problem
        satellite_of = {one.id: index for index, one in enumerate(problem.satellites)}
        own = np.array(
            [satellite_of[problem.opportunities[lane.number].satellite_id] for lane in table.lanes],
            dtype=np.int64,
        )
        recovery_s = np.array([one.recovery_s for one in problem.satellites], dtype=np.float64)
        first = group_edges(table.number)  # lanes of one opportunity follow each other
        low = np.floor((table.low_s - self.origin_s) / self.cell_s).astype(np.int64)
        high = np.ceil((table.high_s + recovery_s[own] - self.origin_s) / self.cell_s)
        change = np.zeros((len(problem.satellites), self.n_cells + 1))
        np.add.at(change, (own[first], np.minimum.reduceat(low, first)), 1.0)
        np.add.at(change, (own[first], np.maximum.reduceat(high.astype(np.int64), first)), -1.0)
        crowded = np.cumsum(change, axis=1)[:, :-1] > 1.5
        busy = np.flatnonzero(crowded.any(axis=1))
        place = np.full(len(problem.satellites), -1)
        place[busy] = len(self.names) + np.arange(len(busy))
        before = np.concatenate([np.zeros((len(crowded), 1)), np.cumsum(crowded, axis=1)], axis=1)
        counts = before[own, high.astype(np.int64)] - before[own, low]
        lanes = np.flatnonzero(counts > 0)
        self.uses.append(
            Use(lanes, place[own[lanes]], np.zeros(len(lanes)), recovery_s[own[lanes]])
        )
        self.names += [f"satellite:{problem.satellites[index].id}" for index in busy]
        self.limit += [1.0] * len(busy)
        self.is_open = np.concatenate([self.is_open, crowded[busy]])

    def find_cells(self, times_s: FloatArray) -> tuple[IndexArray, FloatArray]:
        """Return the cell of every time and how far into it, from 0 to 1."""
        place = (times_s - self.origin_s) / self.cell_s
        cell = np.clip(np.floor(place).astype(np.int64), 0, self.n_cells - 1)
        return cell, place - cell

    def resample(
        self, prices_per_s: FloatArray, names: Sequence[str], origin_s: float, cell_s: float
    ) -> FloatArray:
        """Read another grid's prices on these cells; resources it does not know cost nothing."""
        middle_s = self.origin_s + self.cell_s * (np.arange(self.n_cells) + 0.5)
        cell = np.floor((middle_s - origin_s) / cell_s).astype(np.int64)
        known = (cell >= 0) & (cell < prices_per_s.shape[1])
        place = {name: index for index, name in enumerate(names)}
        per_s = np.zeros((len(self.names), self.n_cells))
        for index, name in enumerate(self.names):
            if name in place:
                per_s[index, known] = prices_per_s[place[name], cell[known]]
        return np.asarray(np.where(self.is_open, per_s, 0.0))


def _list_antenna_uses(table: LaneTable, pools: Pools) -> list[Use]:
    problem, uses = table.problem, []
    for place in range(max((len(lane.antennas) for lane in table.lanes), default=0)):
        lanes = [index for index, lane in enumerate(table.lanes) if len(lane.antennas) > place]
        rows = [
            (
                pools.pool_of[table.lanes[index].antennas[place]],
                problem.antenna_by_id[table.lanes[index].antennas[place]],
                problem.opportunities[table.lanes[index].number],
            )
            for index in lanes
        ]
        uses.append(
            Use(
                np.array(lanes, dtype=np.int64),
                np.array([pool for pool, _, _ in rows], dtype=np.int64),
                np.array([get_setup_s(antenna, item) for _, antenna, item in rows]),
                np.array([get_teardown_s(antenna, item) for _, antenna, item in rows]),
            )
        )
    return uses
