"""From an LP to a plan: forbid pairs that are too close, then solve what the LP leaves open."""

from __future__ import annotations

import numpy as np

from scheduler.problem.model import PlanningProblem
from scheduler.solvers.base import Deadline
from scheduler.solvers.engine import EngineResult, solve_linear
from scheduler.solvers.relaxation import Relaxation, forbid_pairs
from tle.timebase import FloatArray

MIP_GAP = 1e-5  # relative, of a block
MIP_S = 4.0  # of one MIP, at most: a hard block is worth less than the next one
WIDTH = 0.05  # of the largest column value: columns with a worse reduced cost stay out of the MIP
MAX_PAIR_ROUNDS = 8


def solve_relaxed(
    problem: PlanningProblem, relaxation: Relaxation, deadline: Deadline, seed: int
) -> EngineResult | None:
    """Solve the LP, forbidding the too close pairs it takes; None when there is no answer."""
    for number in range(MAX_PAIR_ROUNDS):
        relaxed = solve_linear(
            relaxation.model, relaxed=True, limit_s=deadline.remaining_s, seed=seed
        )
        if relaxed.status != "optimal":
            return None
        if number == MAX_PAIR_ROUNDS - 1 or not forbid_pairs(problem, relaxation, relaxed.columns):
            break
    return relaxed


def round_level(
    problem: PlanningProblem,
    relaxation: Relaxation,
    relaxed: EngineResult,
    deadline: Deadline,
    seed: int,
) -> FloatArray:
    """Return a 0/1 solution: the LP's if it is one, else the best beside what the LP has settled.

    Settled are the columns at 1, and those at 0 that would cost too much to take.
    """
    model, count = relaxation.model, len(relaxation.columns.choices)
    level = relaxed.columns
    if np.all(np.abs(level[:count] - np.round(level[:count])) < 1e-6):
        return level
    if relaxed.reduced_costs is not None:
        width = WIDTH * float(np.abs(relaxation.columns.value).max())
        lower = np.maximum(model.lower[0], level[:count] > 1.0 - 1e-6)
        hopeless = (relaxed.reduced_costs[:count] < -width) & (lower == 0)
        model.lower[0], model.upper[0] = lower, np.where(hopeless, 0.0, model.upper[0])
    for _ in range(MAX_PAIR_ROUNDS):
        if deadline.remaining_s < 0.2:
            break
        answer = solve_linear(
            model,
            relaxed=False,
            limit_s=min(MIP_S, deadline.remaining_s),
            seed=seed,
            relative_gap=MIP_GAP,
        )
        if answer.status not in ("optimal", "feasible"):
            break
        level = answer.columns
        if not forbid_pairs(problem, relaxation, level):
            break
    return level
