"""Pass networks by blocks of time: solve one span exactly, the rest of the plan frozen.

Blocks slide over the horizon, half a block at a time, pass after pass with another offset, until
a whole pass changes nothing or the deadline comes. Each block is a planning problem of its own,
solved by ``ilp``; a block is kept only if the exact value of the whole plan does not fall.
Repeats exactly for a seed as long as no block runs into its time limit.
"""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.problem.model import Choice, PlanningProblem
from scheduler.solvers.base import Deadline, Report, Solution
from scheduler.solvers.draft import Draft
from scheduler.solvers.greedy import build_greedy
from scheduler.solvers.ilp import Search, solve_ilp
from scheduler.solvers.large.blocks import BlockIndex, index_problem, list_free, make_block

BLOCK_SIZE = 6000  # opportunities a block may decide, about
MIN_BLOCKS = 2
GREEDY_SHARE = 0.15  # of the time limit, at most
BLOCK_SHARE = 0.12
MARGIN_S = 1.0
MIN_GAIN = 1e-9


def solve_network(
    problem: PlanningProblem, *, deadline: Deadline, seed: int, report: Report
) -> Solution:
    """Solve by blocks from a greedy start; the bound is that of the whole horizon."""
    search = Search(problem, deadline, report)
    draft = build_greedy(problem, Deadline(GREEDY_SHARE * deadline.limit_s))
    search.offer("greedy", draft)
    index = index_problem(problem)
    for pass_number in range(1000):
        before = draft.value
        for start_s, end_s in slide_blocks(index, pass_number):
            left_s = deadline.remaining_s - MARGIN_S
            if left_s <= 0:
                return search.finish("large", seed)
            limit_s = min(left_s, max(1.0, BLOCK_SHARE * deadline.limit_s))
            if improve_block(draft, index, (start_s, end_s), Deadline(limit_s), seed):
                search.offer(f"block pass {pass_number + 1}", draft)
        if draft.value <= before + MIN_GAIN and pass_number > 0:
            break
    return search.finish("large", seed)


def slide_blocks(index: BlockIndex, pass_number: int) -> Iterator[tuple[float, float]]:
    """Yield the spans of one pass: equal blocks, shifted by a half one from pass to pass."""
    problem = index.problem
    horizon_s = problem.end_s - problem.start_s
    count = max(MIN_BLOCKS, round(len(problem.opportunities) / BLOCK_SIZE))
    length_s = horizon_s / count
    first_s = problem.start_s - (0.5 * length_s if pass_number % 2 else 0.0)
    for number in range(count + pass_number % 2):
        yield first_s + number * length_s, first_s + (number + 1) * length_s


def improve_block(
    draft: Draft, index: BlockIndex, span: tuple[float, float], deadline: Deadline, seed: int
) -> bool:
    """Solve a block and put its contacts into the plan; tell whether the plan got better."""
    block = make_block(index, draft.taken, *span)
    if block is None:
        return False
    answer = solve_ilp(block, deadline=deadline, seed=seed, report=lambda incumbent: None)
    ids = {item.id for item in list_free(index, *span)}
    old = [choice for name, choice in draft.taken.items() if name in ids]
    new = [choice for choice in answer.choices if choice.opportunity_id in ids]
    before = draft.value
    if not replace_contacts(draft, old, new) or draft.value < before:
        replace_contacts(
            draft,
            [draft.taken[one.opportunity_id] for one in new if one.opportunity_id in draft.taken],
            old,
        )
        return False
    return draft.value > before + MIN_GAIN


def replace_contacts(draft: Draft, old: list[Choice], new: list[Choice]) -> bool:
    """Drop contacts and take others; tell whether all of the others fitted."""
    for choice in old:
        draft.remove(choice)
    complete = True
    for choice in new:
        if draft.clashes(choice) or draft.exceeds_limits(choice):
            complete = False
        else:
            draft.add(choice)
    return complete
