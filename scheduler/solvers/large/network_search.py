"""Pass networks by blocks of time: solve one span exactly, the rest of the plan frozen.

Blocks slide over the horizon, pass after pass with another offset, until a whole pass changes
nothing, the gap is closed, or the deadline comes. Each block is a planning problem of its own; it
is kept only if the exact value of the whole plan does not fall. After the first pass the prices
of the blocks' antenna rows start the bound of the whole horizon, which then shares the time.
Repeats exactly for a seed as long as no block and no bound runs into its time limit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from scheduler.problem.model import Choice, PlanningProblem
from scheduler.solvers.base import Deadline, Report, Solution
from scheduler.solvers.blocks import BlockIndex, index_problem, list_free, make_block
from scheduler.solvers.draft import Draft
from scheduler.solvers.greedy import build_greedy
from scheduler.solvers.large.block_solver import Rents, solve_block
from scheduler.solvers.large.rent_bound import RentBound, join_rents, step_rents
from scheduler.solvers.search import Search

BLOCK_SIZE = 2000  # opportunities a block may decide, about; more cost more than they bring
GROWTH = 0.4  # of the block size, from pass to pass
GREEDY_SHARE = 0.02  # of the time limit, at most: the first pass plans from nothing as well
BLOCK_SHARE = 0.15  # of the time limit, one block at most
BOUND_SHARE = 0.3  # of the time left after a pass
GOOD_GAP = 1e-4  # relative; below it rents are no longer improved
MARGIN_S = 1.0
MIN_GAIN = 1e-9
MAX_PASSES = 20
MAX_RENT_STEPS = 200


class NetworkSearch:
    """A plan of a network and its bound, both getting better block by block."""

    def __init__(self, problem: PlanningProblem, deadline: Deadline, report: Report) -> None:
        self.problem = problem
        self.deadline = deadline
        self.search = Search(problem, deadline, report)
        self.draft = build_greedy(problem, Deadline(GREEDY_SHARE * deadline.limit_s))
        self.search.offer("greedy", self.draft)
        self.index = index_problem(problem)
        self.bounding: RentBound | None = None
        self.rents: list[Rents] = []
        self.fresh_rents: list[Rents] = []

    @property
    def is_over(self) -> bool:
        return self.deadline.remaining_s <= MARGIN_S or self.search.is_proven

    def improve_plan(self, pass_number: int, seed: int) -> bool:
        """Solve the blocks of one pass; tell whether any made the plan better."""
        better = False
        rents: list[Sequence[Rents]] = []
        for span in slide_blocks(self.index, pass_number):
            if self.is_over:
                break
            limit_s = min(self.deadline.remaining_s - MARGIN_S, BLOCK_SHARE * self.deadline.limit_s)
            gained, prices = improve_block(
                self.draft, self.index, span, Deadline(limit_s), seed, rolling=pass_number == 0
            )
            rents.append(prices)
            if gained:
                better = True
                self.search.offer(f"blocks {pass_number + 1}", self.draft)
        self.fresh_rents = join_rents(rents)
        return better

    def improve_bound(self) -> None:
        """Step the rents for a share of the time; every bound on the way holds."""
        if any(item.trim != "none" for item in self.problem.opportunities):
            return
        if self.bounding is None:
            self.bounding = RentBound(self.problem, self.search.choices)
        end = Deadline(BOUND_SHARE * self.deadline.remaining_s)
        best, theta, since = self.search.bound, 1.0, 0
        best_rents = self.rents
        if not self.rents or (
            self.bounding.evaluate(self.fresh_rents)[0] < self.bounding.evaluate(self.rents)[0]
        ):
            self.rents = self.fresh_rents
        for _ in range(MAX_RENT_STEPS):
            bound, excess = self.bounding.evaluate(self.rents)
            if bound < best - MIN_GAIN:
                best, since, best_rents = bound, 0, self.rents
            else:
                since += 1
                theta *= 0.7 if since % 3 == 0 else 1.0
            distance = bound - self.search.value
            length = sum(float(np.square(over).sum()) for over in excess)
            if end.has_passed or length == 0 or distance <= GOOD_GAP * abs(self.search.value):
                break
            self.rents = step_rents(self.rents, excess, theta * distance / length)
        self.rents = best_rents
        self.search.lower_bound("rent bound", best)


def solve_network(
    problem: PlanningProblem, *, deadline: Deadline, seed: int, report: Report
) -> Solution:
    """Solve by blocks from a greedy start, and bound by rents."""
    network = NetworkSearch(problem, deadline, report)
    for pass_number in range(MAX_PASSES):
        better = network.improve_plan(pass_number, seed)
        if network.is_over:
            break
        network.improve_bound()
        if network.is_over or (not better and pass_number > 0):
            break
    return network.search.finish("large", seed)


def slide_blocks(index: BlockIndex, pass_number: int) -> Iterator[tuple[float, float]]:
    """Yield the spans of one pass: equal blocks, longer and shifted by a half from pass to pass."""
    problem = index.problem
    horizon_s = problem.end_s - problem.start_s
    size = BLOCK_SIZE * (1.0 + GROWTH * pass_number)
    count = max(1, round(len(problem.opportunities) / size))
    length_s = horizon_s / count
    first_s = problem.start_s - (0.5 * length_s if pass_number % 2 else 0.0)
    for number in range(count + pass_number % 2):
        yield first_s + number * length_s, first_s + (number + 1) * length_s


def improve_block(
    draft: Draft,
    index: BlockIndex,
    span: tuple[float, float],
    deadline: Deadline,
    seed: int,
    *,
    rolling: bool,
) -> tuple[bool, Sequence[Rents]]:
    """Solve a block and put its contacts into the plan if that is no loss; return its rents."""
    block = make_block(index, draft.taken, *span, rolling=rolling)
    answer = None if block is None else solve_block(block, deadline=deadline, seed=seed)
    if answer is None:
        return False, ()
    ids = {item.id for item in list_free(index, *span)}
    old = [choice for name, choice in draft.taken.items() if name in ids]
    new = [choice for choice in answer.choices if choice.opportunity_id in ids]
    before = draft.value
    added = replace_contacts(draft, old, new)
    if draft.value < before:
        replace_contacts(draft, added, old)
    return draft.value > before + MIN_GAIN, answer.rents


def replace_contacts(draft: Draft, old: Sequence[Choice], new: Sequence[Choice]) -> list[Choice]:
    """Drop contacts and take those of the others that fit; return the ones taken."""
    for choice in old:
        draft.remove(choice)
    added = []
    for choice in new:
        if not draft.clashes(choice) and not draft.exceeds_limits(choice):
            draft.add(choice)
            added.append(choice)
    return added
