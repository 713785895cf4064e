"""Trimmed contacts over many antennas: prices, blocks of time, sweeps.

Prices of instants give the bound (eq 10) and say which contacts are worth trying; block by block
an LP combines them, the rest of the plan frozen; then every antenna is swept again, to the second.
Every step offers its plan.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from scheduler.problem.model import Choice
from scheduler.solvers.base import Deadline
from scheduler.solvers.blocks import BlockIndex, index_problem, list_free, make_block
from scheduler.solvers.columns import Pools
from scheduler.solvers.draft import Draft, start_draft
from scheduler.solvers.instant_prices import PricedLanes
from scheduler.solvers.lane_table import LaneTable, list_lanes
from scheduler.solvers.price_grid import Grid
from scheduler.solvers.price_search import AIM, PriceSearch
from scheduler.solvers.search import Search
from scheduler.solvers.sweep_bound import sweep_pools
from scheduler.solvers.trim_blocks import TrimBlock
from scheduler.solvers.trimming import MANY_LANES, build_swept, refine_trims

CELLS_S = ((60.0, 40), (30.0, 24))  # grids of the bound, coarse to fine, and steps on each
PRICE_SHARE = 0.3  # of the time left, at most
BLOCK_SIZE = 6_000  # opportunities a block may decide, about
BLOCK_SHARE = 0.8  # of the time left, for the first pass
LP_ROUNDS = 2
MORE_ROUNDS = 12  # where one block is the whole problem
MAX_PASSES = 6
MIN_RISE = 1e-4  # relative; a pass that brings less is the last
HOPE = 0.2  # of the mean value of a contact: who misses its prices by more stays out of blocks
SEAM_S = 1800.0  # of the plan behind a block is planned anew by the next one


def work_on_trims(search: Search, draft: Draft, pools: Pools, seed: int) -> None:
    """Offer plans and bounds until nothing improves or the time is over.

    A single antenna that nothing else couples is solved by its first sweep, proof included.
    """
    problem, deadline = search.problem, search.deadline
    many = len(problem.opportunities) > MANY_LANES
    if not many:
        bound, choices = sweep_pools(problem, pools)
        search.offer("swept", start_draft(problem, choices))
        search.lower_bound("sweep bound", bound)
        if search.is_proven or search.sees_all:
            return
    with ThreadPoolExecutor(1) as side:  # arrays and LPs leave the interpreter to each other
        sweeping = side.submit(build_swept, problem, Deadline(PRICE_SHARE * deadline.remaining_s))
        prices = find_prices(search, pools)
        search.offer("swept", sweeping.result())
    if not many:
        refine_trims(draft, Deadline(0.1 * deadline.remaining_s))
        search.offer("greedy, refined", draft)
    best = start_draft(problem, search.choices)
    for number in range(MAX_PASSES):
        before = search.value
        _work_in_blocks(search, best, prices, number, seed)
        refine_trims(best, Deadline(0.5 * deadline.remaining_s))
        search.offer("refined", best)
        if search.is_proven or deadline.has_passed:
            break
        prices.improve(8, Deadline(0.2 * deadline.remaining_s))
        _keep_bound(search, prices)
        if search.value - before <= MIN_RISE * abs(before) and number > 0:
            break


def find_prices(search: Search, pools: Pools) -> PriceSearch:
    """Find good prices on a coarse grid, then on a finer one; keep the bounds on the way."""
    table = LaneTable(search.problem, list_lanes(search.problem, pools))
    end = Deadline(PRICE_SHARE * search.deadline.remaining_s)
    found: PriceSearch | None = None
    for cell_s, steps in CELLS_S:
        lanes = PricedLanes(table, Grid(table, pools, cell_s))
        if found is None:
            found = PriceSearch(lanes)
        else:
            start = lanes.move_prices(found.prices, found.lanes)
            found = PriceSearch(lanes, start, min(AIM, 2 * found.aim))
        found.improve(steps, end)
        _keep_bound(search, found)
        if end.has_passed:
            break
    assert found is not None
    return found


def _keep_bound(search: Search, prices: PriceSearch) -> None:
    if prices.lanes.holds:
        search.lower_bound("price bound", prices.bound)


def _work_in_blocks(
    search: Search, draft: Draft, prices: PriceSearch, number: int, seed: int
) -> None:
    """Solve the blocks of one pass, shifted by a half from pass to pass."""
    problem, deadline = search.problem, search.deadline
    index = index_problem(problem)
    count = max(1, round(len(problem.opportunities) / BLOCK_SIZE))
    length_s = (problem.end_s - problem.start_s) / count
    first_s = problem.start_s - (0.5 * length_s if number % 2 and count > 1 else 0.0)
    end = Deadline(BLOCK_SHARE * deadline.remaining_s)
    spans = [
        (first_s + place * length_s, first_s + (place + 1) * length_s)
        for place in range(count + (number % 2 if count > 1 else 0))
    ]
    hopeful = list_hopeful(prices)
    rounds = MORE_ROUNDS if count == 1 else LP_ROUNDS
    half = (len(spans) + 1) // 2
    with ThreadPoolExecutor(2) as pool:
        for place in range(half):
            if end.has_passed:
                return
            limit = Deadline(2.5 * end.remaining_s / (half - place))
            tasks = []
            for span in spans[place::half]:  # two far apart, from the same plan
                block = Span(draft, index, span, 0.0 if span == spans[-1] else SEAM_S)
                rounds = MORE_ROUNDS if count == 1 else LP_ROUNDS
                tasks.append(
                    (block, pool.submit(block.solve, prices, hopeful, rounds, limit, seed))
                )
            before = draft.value
            for block, task in tasks:
                block.put_into(draft, task.result())
            if draft.value > before:
                search.offer(f"blocks {number + 1}", draft)


def list_hopeful(prices: PriceSearch) -> frozenset[str]:
    """List the opportunities that pay their prices, or miss them by a part of a mean gain."""
    best = prices.lanes.find_best(prices.prices)
    table = prices.lanes.table
    gains = prices.lanes.measure_values(best)[best.gain > 0]
    least = -HOPE * float(np.mean(gains)) if len(gains) else -np.inf
    own = table.problem.opportunities
    return frozenset(own[table.number[lane]].id for lane in np.flatnonzero(best.gain >= least))


class Span:
    """A span of a plan to be planned anew, the rest frozen.

    Contacts of the seam behind it may fall: the next block plans there.
    """

    def __init__(
        self, draft: Draft, index: BlockIndex, span: tuple[float, float], seam_s: float
    ) -> None:
        self.ids = {item.id for item in list_free(index, *span)}
        self.seam = {item.id for item in list_free(index, span[1], span[1] + seam_s)}
        kept = {name: choice for name, choice in draft.taken.items() if name not in self.seam}
        self.present = [choice for name, choice in kept.items() if name in self.ids]
        self.block = make_block(index, kept, *span)

    def solve(
        self,
        prices: PriceSearch,
        hopeful: frozenset[str],
        rounds: int,
        limit: Deadline,
        seed: int,
    ) -> list[Choice]:
        """Return new contacts for the span; none when there are none or the time is over."""
        if self.block is None or limit.has_passed:
            return []
        block = TrimBlock(self.block, prices.lanes, prices.prices, hopeful)
        return block.solve(self.present, rounds, limit, seed)

    def put_into(self, draft: Draft, new: Sequence[Choice]) -> None:
        """Take the new contacts if that is no loss."""
        if not new:
            return
        names = self.ids | self.seam
        old = [choice for name, choice in draft.taken.items() if name in names]
        before = draft.value
        for choice in old:
            draft.remove(choice)
        own = [choice for choice in new if choice.opportunity_id in self.ids]
        added = []
        for choice in [*own, *(choice for choice in old if choice.opportunity_id in self.seam)]:
            if not draft.clashes(choice) and not draft.exceeds_limits(choice):
                draft.add(choice)
                added.append(choice)
        if draft.value < before:
            for choice in added:
                draft.remove(choice)
            for choice in old:
                draft.add(choice)
            draft.value = before
