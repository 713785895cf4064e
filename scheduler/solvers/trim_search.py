"""Trimmed contacts over many antennas: prices, blocks of time, sweeps.

Prices of instants give the bound (eq 10) and say which contacts are worth trying; block by block
an LP combines them, the rest of the plan frozen; then every antenna is swept again, to the second.
Every step offers its plan.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack

import numpy as np

from scheduler.problem.model import PlanningProblem
from scheduler.solvers.aide import Aide, FarAide, NearAide
from scheduler.solvers.base import Deadline
from scheduler.solvers.blocks import BlockIndex, index_problem
from scheduler.solvers.columns import Pools
from scheduler.solvers.draft import Draft, start_draft
from scheduler.solvers.instant_prices import PricedLanes
from scheduler.solvers.lane_table import LaneTable, list_lanes
from scheduler.solvers.price_grid import Grid
from scheduler.solvers.price_search import AIM, PriceSearch
from scheduler.solvers.search import Search
from scheduler.solvers.sweep_bound import SweepBound
from scheduler.solvers.trim_spans import SEAM_S, Span, make_span, solve_span, sweep_plan
from scheduler.solvers.trimming import MANY_LANES

CELLS_S = ((60.0, 40), (30.0, 24))  # grids of the bound, coarse to fine, and steps on each
PRICE_SHARE = 0.3  # of the time left, at most
BLOCK_SIZE = 6_000  # opportunities a block may decide, about
BLOCK_SHARE = 0.8  # of the time left, for the first pass
LP_ROUNDS = 2
MORE_ROUNDS = 12  # where one block is the whole problem
MAX_PASSES = 6
MIN_RISE = 1e-4  # relative; a pass that brings less is the last
HOPE = 0.2  # of the mean value of a contact: who misses its prices by more stays out of blocks
SIDE_STEPS = 4  # of the prices, while a pair of blocks is solved
LAST_STEPS = 40  # of the prices, when the plan stands


def work_on_trims(search: Search, pools: Pools, seed: int) -> None:
    """Offer plans and bounds until nothing improves or the time is over."""
    problem, deadline = search.problem, search.deadline
    count = count_blocks(problem)
    make_aide: Callable[..., Aide] = NearAide if count == 1 else FarAide
    with ExitStack() as stack:
        aides = [
            stack.enter_context(make_aide(index_problem, problem)) for _ in range(min(count, 2))
        ]
        aides[0].ask(sweep_plan, PRICE_SHARE * deadline.remaining_s)
        prices = find_prices(search, pools)
        search.offer("swept", start_draft(problem, aides[0].fetch()))
        best = start_draft(problem, search.choices)
        for number in range(MAX_PASSES):
            before = search.value
            _work_in_blocks(search, best, prices, aides, number, seed)
            search.offer("refined", best)
            rise = search.value - before
            if (
                search.is_proven
                or deadline.has_passed
                or (number > 0 and rise <= MIN_RISE * abs(before))
            ):
                break
    prices.improve(LAST_STEPS, Deadline(0.5 * deadline.remaining_s))
    _keep_bound(search, prices)


def count_blocks(problem: PlanningProblem) -> int:
    """Count the blocks of a pass: one, or pairs."""
    return max(1, 2 * round(len(problem.opportunities) / (2 * BLOCK_SIZE)))


def find_bound(search: Search, pools: Pools) -> None:
    """Bound all plans: by a sweep where the problem is small, then by prices."""
    if len(search.problem.opportunities) <= MANY_LANES:
        search.lower_bound("sweep bound", SweepBound(search.problem, pools).evaluate()[0])
    if not search.is_proven:
        find_prices(search, pools)


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
    search: Search,
    draft: Draft,
    prices: PriceSearch,
    aides: Sequence[Aide],
    number: int,
    seed: int,
) -> None:
    """Solve the blocks of one pass, shifted by a half from pass to pass.

    Two far apart are solved at once, from the same plan; the prices go on meanwhile.
    """
    problem, deadline = search.problem, search.deadline
    index = index_problem(problem)
    spans = list_spans(index, number)
    end = Deadline(BLOCK_SHARE * deadline.remaining_s)
    rounds = MORE_ROUNDS if len(spans) == 1 else LP_ROUNDS
    hopeful = list_hopeful(prices)
    half = (len(spans) + 1) // 2
    for place in range(half):
        if end.has_passed:
            return
        limit_s = 2.0 * end.remaining_s / (half - place)
        pair = spans[place::half]
        for aide, span in zip(aides, pair, strict=False):
            limit_s = min(limit_s, 0.9 * deadline.remaining_s)
            task = span.make_task(draft, prices, hopeful, rounds, limit_s, seed)
            aide.ask(solve_span, task)
        prices.improve(SIDE_STEPS, Deadline(0.1 * deadline.remaining_s))
        _keep_bound(search, prices)
        before = draft.value
        for aide, span in zip(aides, pair, strict=False):
            span.put_into(draft, aide.fetch())
        if draft.value > before:
            search.offer(f"blocks {number + 1}", draft)


def list_spans(index: BlockIndex, number: int) -> list[Span]:
    """List the spans of a pass: equal lengths, every other pass shifted by a half of one."""
    problem = index.problem
    count = count_blocks(problem)
    length_s = (problem.end_s - problem.start_s) / count
    shifted = number % 2 if count > 1 else 0
    first_s = problem.start_s - 0.5 * length_s * shifted
    half = (count + shifted + 1) // 2
    return [
        make_span(
            index,
            first_s + place * length_s,
            first_s + (place + 1) * length_s,
            SEAM_S if number == 0 and place % half < half - 1 else 0.0,  # if planned after it
        )
        for place in range(count + shifted)
    ]


def list_hopeful(prices: PriceSearch) -> frozenset[str]:
    """List the opportunities that pay their prices, or miss them by a part of a mean gain."""
    best = prices.lanes.find_best(prices.prices)
    table = prices.lanes.table
    gains = prices.lanes.measure_values(best)[best.gain > 0]
    least = -HOPE * float(np.mean(gains)) if len(gains) else -np.inf
    own = table.problem.opportunities
    return frozenset(own[table.number[lane]].id for lane in np.flatnonzero(best.gain >= least))
