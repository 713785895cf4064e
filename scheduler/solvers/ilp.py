"""Proven plans by integer programming: HiGHS on the clique formulation, in stages.

Greedy, LP bound, rounded plan, then a MIP on what the bound leaves open. Each stage reports a
usable plan, so a stop at any time keeps the best so far. Deterministic for a seed when it ends
before its deadline.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from scheduler.problem.model import Choice, PlanningProblem
from scheduler.solvers.base import (
    OPTIMAL_GAP,
    Deadline,
    Incumbent,
    Report,
    Solution,
    Stage,
    compute_gap,
)
from scheduler.solvers.columns import Pools, assign_antennas, build_columns, find_pools
from scheduler.solvers.draft import Draft, start_draft
from scheduler.solvers.engine import EngineResult, solve_linear
from scheduler.solvers.greedy import build_greedy, improve
from scheduler.solvers.placements import list_placements
from scheduler.solvers.relaxation import Relaxation, build_relaxation, forbid_pairs
from tle.timebase import FloatArray

GREEDY_SHARE = 0.15  # of the time limit, at most
MAX_PAIR_ROUNDS = 60


class Search:
    """Keep the best plan and the best bound, and tell each improvement."""

    def __init__(self, problem: PlanningProblem, deadline: Deadline, report: Report) -> None:
        self.problem = problem
        self.deadline = deadline
        self.report = report
        self.value = -np.inf
        self.bound = np.inf
        self.choices: tuple[Choice, ...] = ()
        self.stages: list[Stage] = []

    def offer(self, stage: str, draft: Draft) -> None:
        """Keep the draft's plan if it is the best."""
        draft.drop_incomplete()
        if draft.value > self.value:
            self.value, self.choices = draft.value, draft.list_choices()
        self.tell(stage)

    def lower_bound(self, stage: str, bound: float) -> None:
        """Keep a bound if it is the best."""
        self.bound = min(self.bound, bound)
        self.tell(stage)

    def tell(self, stage: str) -> None:
        """Report what is known now."""
        bound = float(self.bound) if np.isfinite(self.bound) else None
        elapsed_s = self.deadline.elapsed_s
        self.stages.append(Stage(stage, self.value, bound, elapsed_s))
        self.report(Incumbent(stage, self.value, bound, self.choices, elapsed_s))

    @property
    def is_proven(self) -> bool:
        return compute_gap(self.value, self.bound) <= OPTIMAL_GAP

    def finish(self, solver: str, seed: int) -> Solution:
        """Turn what is known into a solution; a bound a rounding error below the value is it."""
        bound = max(float(self.bound), self.value) if np.isfinite(self.bound) else None
        proven = bound is not None and compute_gap(self.value, bound) <= OPTIMAL_GAP
        late = self.deadline.has_passed
        return Solution(
            status="optimal" if proven else "time_limit" if late else "feasible",
            solver=solver,
            seed=seed,
            value=self.value,
            bound=bound,
            choices=self.choices,
            stages=tuple(self.stages),
            elapsed_s=self.deadline.elapsed_s,
        )


def solve_ilp(
    problem: PlanningProblem, *, deadline: Deadline, seed: int, report: Report
) -> Solution:
    """Solve by stages up to the proven optimum or the deadline."""
    search = Search(problem, deadline, report)
    placements = list_placements(problem)
    draft = build_greedy(problem, deadline, placements)
    improve(draft, placements, Deadline(GREEDY_SHARE * deadline.limit_s))
    search.offer("greedy", draft)
    pools = find_pools(problem)
    own = [choice for choice in placements if pools.leads(choice)]
    own += [pin.choice for pin in problem.pins]
    columns = build_columns(problem, own)
    relaxation = build_relaxation(problem, columns, pools)
    result = _solve_relaxed(search, relaxation, pools, placements, seed)
    if result is not None and not search.is_proven and not deadline.has_passed:
        _solve_integer(search, relaxation, result, pools, placements, seed)
    return search.finish("ilp", seed)


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
        if answer.status != "optimal":
            break
        result = answer
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
    improve(draft, placements, Deadline(min(20.0, 0.5 * search.deadline.remaining_s)))
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
    """Solve the MIP on the columns whose reduced cost still allows a better plan."""
    model = relaxation.model
    n_choices = len(relaxation.columns.choices)
    slack = relaxed.bound - search.value
    if relaxed.reduced_costs is not None:
        reduced = relaxed.reduced_costs[:n_choices]
        upper = model.upper[0].copy()
        lower = model.lower[0].copy()
        upper[(reduced < -slack - 1e-6) & (lower == 0)] = 0.0
        lower[(reduced > slack + 1e-6) & (upper == 1)] = 1.0
        model.upper[0], model.lower[0] = upper, lower
    for _ in range(MAX_PAIR_ROUNDS):
        if search.deadline.remaining_s < 0.1:
            return
        answer = solve_linear(
            model,
            relaxed=False,
            limit_s=search.deadline.remaining_s,
            seed=seed,
            relative_gap=OPTIMAL_GAP / 10,
        )
        if answer.status == "infeasible":
            search.lower_bound("mip", search.value)  # nothing better is left
            return
        search.lower_bound("mip bound", max(answer.bound, search.value))
        if answer.status == "no_answer":
            return
        draft = round_columns(search, relaxation, answer.columns, pools, placements)
        search.offer("mip", draft)
        if not forbid_pairs(search.problem, relaxation, answer.columns):
            return
