"""Trimmed contacts over many antennas: prices, blocks of time, sweeps.

Prices of instants give the bound (eq 10) and say which contacts are worth trying; block by block
an LP combines them, the rest of the plan frozen; then every antenna is swept again, to the second.
Every step offers its plan.
"""

from __future__ import annotations

from scheduler.solvers.base import Deadline
from scheduler.solvers.blocks import BlockIndex, index_problem, list_free, make_block
from scheduler.solvers.columns import Pools
from scheduler.solvers.draft import Draft, start_draft
from scheduler.solvers.instant_prices import Grid, PricedLanes
from scheduler.solvers.lane_table import LaneTable, list_lanes
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
    swept = build_swept(problem, deadline)
    search.offer("swept", swept)
    if not many:
        refine_trims(draft, Deadline(0.1 * deadline.remaining_s))
        search.offer("greedy, refined", draft)
    prices = find_prices(search, pools)
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
    for place, (start_s, end_s) in enumerate(spans):
        if end.has_passed:
            return
        limit = Deadline(2.5 * end.remaining_s / (len(spans) - place))
        seam_s = SEAM_S if place + 1 < len(spans) else 0.0
        rounds = MORE_ROUNDS if count == 1 else LP_ROUNDS
        before = draft.value
        _improve_block(draft, index, (start_s, end_s), seam_s, prices, rounds, limit, seed)
        if draft.value > before:
            search.offer(f"blocks {number + 1}", draft)


def _improve_block(
    draft: Draft,
    index: BlockIndex,
    span: tuple[float, float],
    seam_s: float,
    prices: PriceSearch,
    rounds: int,
    limit: Deadline,
    seed: int,
) -> None:
    """Plan a span anew, and put its contacts into the plan if that is no loss.

    Contacts of the seam behind it may fall: the next block plans there.
    """
    ids = {item.id for item in list_free(index, *span)}
    seam = {item.id for item in list_free(index, span[1], span[1] + seam_s)}
    kept = {name: choice for name, choice in draft.taken.items() if name not in seam}
    block = make_block(index, kept, *span)
    if block is None:
        return
    present = [choice for name, choice in kept.items() if name in ids]
    new = TrimBlock(block, prices.lanes, prices.prices).solve(present, rounds, limit, seed)
    if not new:
        return
    old = [choice for name, choice in draft.taken.items() if name in ids or name in seam]
    before = draft.value
    for choice in old:
        draft.remove(choice)
    own = [choice for choice in new if choice.opportunity_id in ids]
    added = []
    for choice in [*own, *(choice for choice in old if choice.opportunity_id in seam)]:
        if not draft.clashes(choice) and not draft.exceeds_limits(choice):
            draft.add(choice)
            added.append(choice)
    if draft.value < before:
        for choice in added:
            draft.remove(choice)
        for choice in old:
            draft.add(choice)
        draft.value = before
