"""Trimmed contacts in a block of time: contacts that pay their prices, recombined by an LP.

The prices of the whole horizon are brought to the block and to a finer grid, on whose edges all
reserved times begin and end, so that contacts fit together. A few price steps and a few LPs bring
the contacts; the clique rows of the LP make it nearly whole, a small MIP does the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from scheduler.problem.model import Choice, PlanningProblem
from scheduler.solvers.base import Deadline
from scheduler.solvers.columns import Pools, assign_antennas, build_columns, find_pools
from scheduler.solvers.dive import round_level, solve_relaxed
from scheduler.solvers.engine import EngineResult
from scheduler.solvers.instant_prices import Best, PricedLanes, PriceRecord, Prices, mix_prices
from scheduler.solvers.lane_table import LaneTable, list_lanes
from scheduler.solvers.price_grid import Grid
from scheduler.solvers.price_search import PriceSearch
from scheduler.solvers.relaxation import Relaxation, build_relaxation

CELL_S = 15.0
AIM = 0.004  # of the block's bound: how far the first price step here aims
STEPS = 28  # of prices, before the first LP
FIRST_STEPS = 6  # of them bring no contacts: their prices are still those of another grid
SLACK = 0.02  # of the mean value of a contact: below this loss a contact is worth trying
MIXES = (0.0, 0.5, 0.8)  # parts of the searched prices in those of the LP
MIN_RISE = 2e-4  # of the LP's value, from one LP to the next


class TrimBlock:
    """One block: its lanes, their prices and the contacts found so far."""

    def __init__(
        self,
        block: PlanningProblem,
        prices: PriceRecord,
        hopeful: frozenset[str],
    ) -> None:
        self.block = block
        self.pools: Pools = find_pools(block)
        lanes = [
            lane
            for lane in list_lanes(block, self.pools)
            if lane.is_pin or block.opportunities[lane.number].id in hopeful
        ]
        self.table = LaneTable(block, lanes)
        grid = Grid(self.table, self.pools, CELL_S)
        points = self.table.list_aligned_points(grid.origin_s, grid.cell_s)
        self.lanes = PricedLanes(self.table, grid, points)
        self.search = PriceSearch(self.lanes, self.lanes.read_prices(prices), AIM)
        self.found: dict[Choice, None] = {}

    def solve(
        self, present: Sequence[Choice], rounds: int, deadline: Deadline, seed: int
    ) -> list[Choice]:
        """Return the contacts of the block, pins included; none when the time did not suffice.

        ``present`` are contacts to combine with those that the prices bring.
        """
        count = 0

        def collect(_bound: float, _prices: Prices, best: Best) -> None:
            nonlocal count
            count += 1
            if count > FIRST_STEPS:
                self._collect(best)

        pinned = [pin.choice for pin in self.block.pins]
        self.found.update(
            dict.fromkeys(self.pools.move_to_lead(choice) for choice in [*pinned, *present])
        )
        self.search.improve(STEPS, deadline, collect)
        self._collect(self.lanes.find_best(self.search.prices))
        if not self.found:
            return []
        answer, relaxation = self._solve_lp(deadline, seed)
        for _ in range(rounds):
            if answer is None or deadline.has_passed:
                break
            before, value = len(self.found), answer.value
            for prices in self._list_prices(relaxation, answer):
                self._collect(self.lanes.find_best(prices))
            if len(self.found) == before:
                break
            answer, relaxation = self._solve_lp(deadline, seed)
            if answer is not None and answer.value < value + MIN_RISE * abs(value):
                break
        if answer is None:
            return []
        level = round_level(self.block, relaxation, answer, deadline, seed)
        choices = relaxation.columns.choices
        taken = [choices[index] for index in np.flatnonzero(level[: len(choices)] > 0.5)]
        return assign_antennas(self.block, self.pools, taken)

    def _collect(self, best: Best) -> None:
        """Collect the contacts that pay their prices, or nearly."""
        gaining = best.gain > 0
        slack = (
            SLACK * float(np.mean(self.lanes.measure_values(best)[gaining]))
            if gaining.any()
            else 0.0
        )
        for lane in np.flatnonzero((best.gain > -slack) & ~self.table.is_pin):
            own = self.table.lanes[int(lane)]
            name = self.block.opportunities[own.number].id
            start_s, end_s = float(best.start_s[lane]), float(best.end_s[lane])
            self.found[Choice(name, own.antennas, start_s, end_s)] = None

    def _solve_lp(self, deadline: Deadline, seed: int) -> tuple[EngineResult | None, Relaxation]:
        columns = build_columns(self.block, list(self.found), self.pools)
        relaxation = build_relaxation(self.block, columns, self.pools)
        return solve_relaxed(self.block, relaxation, deadline, seed), relaxation

    def _list_prices(self, relaxation: Relaxation, answer: EngineResult) -> Iterator[Prices]:
        own = self.read_prices(relaxation, answer)
        for share in MIXES:
            yield mix_prices(own, self.search.prices, share)

    def read_prices(self, relaxation: Relaxation, answer: EngineResult) -> Prices:
        """Read the prices of cells and terms out of an LP's rows."""
        assert answer.row_prices is not None
        grid = self.lanes.grid
        row_of = {name: index for index, name in enumerate(grid.names)}
        per_s = np.zeros((len(grid.names), grid.n_cells))
        groups = [(self.pools.names[item.owner][0], item) for item in relaxation.pool_cliques]
        groups += [
            (f"satellite:{self.block.satellites[item.owner].id}", item)
            for item in relaxation.satellite_cliques
        ]
        for name, item in groups:
            if name in row_of:
                cells, _ = grid.find_cells(item.instants)
                paid = answer.row_prices[item.first : item.first + len(cells)]
                np.add.at(per_s[row_of[name]], cells, np.maximum(paid, 0.0) / grid.cell_s)
        by_term: dict[str, float] = {}
        for link in relaxation.links:
            if link.term_id:
                paid_here = -link.factor * float(answer.row_prices[link.row])
                by_term[link.term_id] = by_term.get(link.term_id, 0.0) + paid_here
        term = np.array([by_term.get(one.id, 0.0) for one in self.lanes.terms])
        return Prices(per_s, np.clip(term, self.lanes.least, self.lanes.most))
