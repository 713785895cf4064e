"""Pass networks by blocks of time: solve one span exactly, the rest of the plan frozen.

Blocks slide over the horizon, pass after pass with another offset, until a whole pass changes
nothing, the gap is closed, or the deadline comes. Each block is a planning problem of its own; it
is kept only if the exact value of the whole plan does not fall. After each pass the prices of the
blocks' antenna rows are new rents for the bound of the whole horizon, which an aide lowers
meanwhile. The plan repeats exactly for a seed as long as no block runs into its time limit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack

from scheduler.problem.model import Choice, PlanningProblem
from scheduler.solvers.aide import Aide, FarAide, NearAide
from scheduler.solvers.base import Deadline, Report, Solution
from scheduler.solvers.blocks import BlockIndex, index_problem, list_free, make_block
from scheduler.solvers.columns import find_pools
from scheduler.solvers.draft import Draft
from scheduler.solvers.greedy import build_greedy
from scheduler.solvers.large.block_solver import Rents, solve_block
from scheduler.solvers.large.rent_bound import join_rents
from scheduler.solvers.large.rent_search import RentSearch
from scheduler.solvers.search import Search
from scheduler.solvers.trim_search import find_bound
from scheduler.solvers.trimming import is_trimmable

BLOCK_SIZE = 2000  # opportunities a block may decide, about; more cost more than they bring
GROWTH = 0.4  # of the block size, from pass to pass
GREEDY_SHARE = 0.02  # of the time limit, at most: the first pass plans from nothing as well
BLOCK_SHARE = 0.15  # of the time limit, one block at most
BOUND_SHARE = 0.3  # of the time left after a pass
ASK_S = 10.0  # of the bound, until the plan's value is told again
MANY_NEAR = 5000  # opportunities beyond which the bound has a process of its own
MARGIN_S = 1.0
MIN_GAIN = 1e-9
MAX_PASSES = 20


class NetworkSearch:
    """A plan of a network and its bound, both getting better block by block."""

    def __init__(self, problem: PlanningProblem, deadline: Deadline, report: Report) -> None:
        self.problem = problem
        self.deadline = deadline
        self.search = Search(problem, deadline, report)
        self.draft = build_greedy(problem, Deadline(GREEDY_SHARE * deadline.limit_s))
        self.search.offer("greedy", self.draft)
        self.index = index_problem(problem)
        self.bounding: Aide | None = None
        self.is_asked, self.wants_bound = False, True
        self.rents: list[Rents] = []  # of the last pass, until the bound has taken them

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
            if not isinstance(self.bounding, NearAide):
                self.follow_bound()
        self.rents = join_rents(rents)
        return better

    def start_bound(self, stack: ExitStack) -> None:
        """Start an aide for the bound, in a process of its own if the problem is large.

        Where contacts may be trimmed, prices of instants bound instead, once (eq 10).
        """
        if is_trimmable(self.problem):
            find_bound(self.search, find_pools(self.problem))
            return
        many = len(self.problem.opportunities) > MANY_NEAR
        make_aide: Callable[..., Aide] = FarAide if many else NearAide
        self.bounding = stack.enter_context(
            make_aide(RentSearch, self.problem, self.search.choices)
        )

    @property
    def may_lower_bound(self) -> bool:
        return self.bounding is not None and (self.is_asked or self.wants_bound or bool(self.rents))

    def follow_bound(self, *, wait: bool = False) -> None:
        """Take a better bound if it is there, or wait for it; keep the aide busy otherwise."""
        if self.bounding is None:
            return
        if wait and not self.is_asked:
            self._ask_bound(self.bounding)
        if self.is_asked and (wait or self.bounding.is_ready):
            bound, self.wants_bound = self.bounding.fetch()
            self.is_asked = False
            self.search.lower_bound("rent bound", bound)
        if not wait and not self.is_asked:
            self._ask_bound(self.bounding)

    def _ask_bound(self, bounding: Aide) -> None:
        if self.may_lower_bound and not self.is_over:
            limit_s = min(ASK_S, BOUND_SHARE * self.deadline.remaining_s)
            bounding.ask(RentSearch.improve, self.rents, self.search.value, limit_s)
            self.is_asked, self.rents = True, []


def solve_network(
    problem: PlanningProblem, *, deadline: Deadline, seed: int, report: Report
) -> Solution:
    """Solve by blocks from a greedy start, and bound by rents."""
    network = NetworkSearch(problem, deadline, report)
    with ExitStack() as stack:
        for number in range(MAX_PASSES):
            better = network.improve_plan(number, seed)
            if network.is_over:
                break
            if number == 0:
                network.start_bound(stack)
            network.follow_bound(wait=isinstance(network.bounding, NearAide))
            if number > 0 and not better:
                break
        while network.may_lower_bound and not network.is_over:
            network.follow_bound(wait=True)
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
