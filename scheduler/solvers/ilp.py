"""Proven plans by integer programming: HiGHS on the clique formulation, in stages.

Greedy, LP bound, rounded plan, then a MIP on what the bound leaves open. Each stage reports a
usable plan, so a stop at any time keeps the best so far. Deterministic for a seed when it ends
before its deadline.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from scheduler.problem.model import Choice, PlanningProblem
from scheduler.solvers.base import OPTIMAL_GAP, Deadline, Report, Solution
from scheduler.solvers.columns import Pools, assign_antennas, build_columns, find_pools
from scheduler.solvers.draft import Draft, is_simple, start_draft
from scheduler.solvers.engine import EngineResult, solve_linear
from scheduler.solvers.goal_columns import combine_sweeps
from scheduler.solvers.greedy import build_greedy, improve
from scheduler.solvers.placements import list_all_placements, list_kept, list_placements
from scheduler.solvers.relaxation import Relaxation, build_relaxation, forbid_pairs
from scheduler.solvers.search import Search
from scheduler.solvers.sweep_bound import SweepBound
from scheduler.solvers.trim_search import work_on_trims
from scheduler.solvers.trimming import MANY_LANES, build_swept, is_trimmable, refine_trims
from tle.timebase import FloatArray

GREEDY_SHARE = 0.2  # of the time limit, at most
PRICE_SHARE = 0.05  # of the distance between bound and plan: the width of the middle MIP
MAX_PAIR_ROUNDS = 60
MAX_ENUMERATED = 20_000  # placements on the time step that one model may hold
REFINE_SHARE = 0.1  # of the time left, for sweeps of the greedy plan
IMPROVE_S = 5.0  # after a rounding, at most


def solve_ilp(
    problem: PlanningProblem, *, deadline: Deadline, seed: int, report: Report
) -> Solution:
    """Solve by stages up to the proven optimum or the deadline."""
    search = Search(problem, deadline, report)
    pools = find_pools(problem)
    if is_trimmable(problem):
        _solve_trimmed(search, pools, seed)
    else:
        placements = list_placements(problem)
        _offer_greedy(search, placements, GREEDY_SHARE)
        _solve_columns(search, placements, pools, placements, seed)
    return search.finish("ilp", seed)


def _solve_trimmed(search: Search, pools: Pools, seed: int) -> None:
    """Sweep; then, by size, an LP over the contacts of priced sweeps, prices and blocks, or all
    placements in one model."""
    problem, deadline = search.problem, search.deadline
    many = len(problem.opportunities) > MANY_LANES
    sweeps = None if many else SweepBound(problem, pools)
    if sweeps is not None:
        bound, choices = sweeps.evaluate()
        search.offer("swept", start_draft(problem, choices))
        search.lower_bound("sweep bound", bound)
        if search.is_proven:
            return
    placements = list_placements(problem)
    draft = _offer_greedy(search, placements, 0.3 * GREEDY_SHARE, improving=not many)
    if not many and not all(is_simple(antenna) for antenna in problem.antennas):
        roomy = build_swept(problem, Deadline(REFINE_SHARE * deadline.remaining_s))
        search.offer("swept with room for slews", roomy)
        draft = roomy if roomy.value > draft.value else draft
    if sweeps is not None:  # with many lanes blocks are faster
        refine_trims(draft, Deadline(REFINE_SHARE * deadline.remaining_s))
        search.offer("greedy, refined", draft)
    every = list_all_placements(problem, MAX_ENUMERATED)
    search.sees_all = every is not None
    if every is not None:
        _solve_columns(search, every, pools, placements, seed)
    elif sweeps is not None and sweeps.holds and len(problem.antennas) == 1:
        combined = combine_sweeps(search, sweeps, pools, placements, seed)
        if combined is not None and not search.is_proven:
            _solve_integer(search, *combined, pools, placements, seed)
    else:
        work_on_trims(search, pools, seed)


def _offer_greedy(
    search: Search, placements: Sequence[Choice], share: float, *, improving: bool = True
) -> Draft:
    """Offer the previous plan and the greedy one, in a share of the time limit."""
    problem, limit = search.problem, Deadline(share * search.deadline.limit_s)
    if problem.previous and problem.change_price:
        keep = start_draft(problem, list_kept(problem))
        improve(keep, placements, limit)
        search.offer("previous", keep)
    draft = build_greedy(problem, limit, placements)
    if improving:
        improve(draft, placements, limit)
    search.offer("greedy", draft)
    return draft


def _solve_columns(
    search: Search,
    choices: Sequence[Choice],
    pools: Pools,
    placements: Sequence[Choice],
    seed: int,
) -> None:
    """Solve the model of some placements: LP, rounded plan, MIPs."""
    own = [choice for choice in choices if pools.leads(choice)]
    own += [pin.choice for pin in search.problem.pins]
    relaxation = build_relaxation(search.problem, build_columns(search.problem, own, pools), pools)
    result = _solve_relaxed(search, relaxation, pools, placements, seed)
    if result is not None and not search.is_proven:
        _solve_integer(search, relaxation, result, pools, placements, seed)


def _solve_relaxed(
    search: Search,
    relaxation: Relaxation,
    pools: Pools,
    placements: Sequence[Choice],
    seed: int,
) -> EngineResult | None:
    """Solve the LP, forbidding pairs that are too close until none is left; round it."""
    result: EngineResult | None = None
    for _ in range(MAX_PAIR_ROUNDS):
        answer = solve_linear(
            relaxation.model, relaxed=True, limit_s=search.deadline.remaining_s, seed=seed
        )
        if answer.status == "infeasible" and search.sees_all:
            search.lower_bound("lp bound", -np.inf)
        if answer.status != "optimal":
            break
        result = answer
        if search.sees_all:
            search.lower_bound("lp bound", answer.bound)
        if not forbid_pairs(search.problem, relaxation, answer.columns):
            break
    if result is not None:
        search.offer(
            "rounded", round_columns(search, relaxation, result.columns, pools, placements)
        )
    return result


def round_columns(
    search: Search,
    relaxation: Relaxation,
    level: FloatArray,
    pools: Pools,
    placements: Sequence[Choice],
) -> Draft:
    """Take columns from the fullest down, those that are whole with antennas by first fit."""
    columns = relaxation.columns
    level = level[: len(columns.choices)]
    whole = [columns.choices[index] for index in np.flatnonzero(level > 1 - 1e-6)]
    draft = start_draft(search.problem, assign_antennas(search.problem, pools, whole))
    partial = np.flatnonzero(level > 1e-6)
    for index in partial[np.argsort(-level[partial], kind="stable")]:
        choice = columns.choices[index]
        if choice.opportunity_id in draft.taken:
            continue
        for names in _list_antennas(pools, choice):
            moved = Choice(choice.opportunity_id, names, choice.start_s, choice.end_s)
            if not draft.clashes(moved) and not draft.exceeds_limits(moved):
                draft.add(moved)
                break
    search.keep(draft)  # improving may cost a request its minimum in between
    improve(draft, placements, Deadline(min(IMPROVE_S, 0.1 * search.deadline.remaining_s)))
    refine_trims(draft, Deadline(0.3 * search.deadline.remaining_s))
    return draft


def _list_antennas(pools: Pools, choice: Choice) -> list[tuple[str, ...]]:
    if len(choice.antennas) > 1:
        return [choice.antennas]
    return [(name,) for name in pools.names[pools.pool_of[choice.antennas[0]]]]


def _solve_integer(
    search: Search,
    relaxation: Relaxation,
    relaxed: EngineResult,
    pools: Pools,
    placements: Sequence[Choice],
    seed: int,
) -> None:
    """Solve MIPs of growing width: first a dive on what the LP leaves open, at last all.

    The width is the reduced cost up to which a column may change its mind. At a width of the
    whole distance between bound and plan, no better plan is outside, so the answer is the proof.
    """
    if relaxed.reduced_costs is None:
        return
    count = len(relaxation.columns.choices)
    reduced, level = relaxed.reduced_costs[:count], relaxed.columns[:count]
    pinned = relaxation.model.lower[0].copy()

    def is_done() -> bool:
        return search.is_proven or search.deadline.remaining_s < 0.1

    _solve_restricted(search, relaxation, np.maximum(pinned, level > 1 - 1e-6), None, pools,
                      placements, seed)  # fmt: skip
    for share in (PRICE_SHARE, 1.0):
        if is_done():
            return
        width = share * (relaxed.bound - search.value) + 1e-6
        lower = np.maximum(pinned, reduced > width)
        upper = np.where((reduced < -width) & (lower == 0), 0.0, 1.0)
        bound = _solve_restricted(search, relaxation, lower, upper, pools, placements, seed)
        if share == 1.0 and bound is not None and search.sees_all:
            search.lower_bound("mip bound", max(bound, search.value))


def _solve_restricted(
    search: Search,
    relaxation: Relaxation,
    lower: FloatArray,
    upper: FloatArray | None,
    pools: Pools,
    placements: Sequence[Choice],
    seed: int,
) -> float | None:
    """Solve the MIP within column bounds, pairs included; return its bound, None without one."""
    model = relaxation.model
    model.lower[0] = lower
    model.upper[0] = np.ones(len(lower)) if upper is None else upper
    for _ in range(MAX_PAIR_ROUNDS):
        if search.deadline.remaining_s < 0.1:
            return None
        answer = solve_linear(
            model,
            relaxed=False,
            limit_s=search.deadline.remaining_s,
            seed=seed,
            relative_gap=OPTIMAL_GAP / 10,
        )
        if answer.status == "infeasible":
            return -np.inf  # nothing in here; what is known stays the best
        if answer.status == "no_answer":
            return answer.bound if np.isfinite(answer.bound) else None
        draft = round_columns(search, relaxation, answer.columns, pools, placements)
        search.offer("mip", draft)
        if not forbid_pairs(search.problem, relaxation, answer.columns):
            return answer.bound
    return None
