"""Solvers by name, and ``solve``: the one call that is safe whatever the engine does."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from scheduler.problem.contradictions import find_contradictions
from scheduler.problem.model import PlanningProblem
from scheduler.solvers.base import Deadline, Incumbent, Solution, SolveFunction
from scheduler.solvers.greedy import solve_greedy
from scheduler.solvers.ilp import solve_ilp
from scheduler.solvers.large import solve_large
from scheduler.solvers.worker import Worker, run_in_child

SOLVERS: dict[str, SolveFunction] = {
    "greedy": solve_greedy,
    "ilp": solve_ilp,
    "large": solve_large,
}

FALLBACK_S = 2.0  # for a greedy plan in this process, when the child brought none


def solve(
    problem: PlanningProblem,
    *,
    solver: str = "ilp",
    time_limit_s: float = 60.0,
    seed: int = 1,
    on_progress: Callable[[Incumbent], None] | None = None,
    stop: threading.Event | None = None,
    worker: Worker | None = None,
) -> Solution:
    """Solve a problem with a registered solver; a plan always comes back.

    Contradictory pins give the status ``infeasible`` with every contradiction in the message.
    ``stop`` ends the work early with the best plan so far. When the solver's process dies or is
    late without any plan, a greedy plan of this process answers, and the message says so.
    ``worker`` is the child to use instead of the idle one.
    """
    if solver not in SOLVERS:
        raise ValueError(f"solver: {solver!r} is unknown; use one of {', '.join(sorted(SOLVERS))}")
    if not time_limit_s > 0:
        raise ValueError(f"time_limit_s: {time_limit_s} s must be positive")
    contradictions = find_contradictions(problem)
    if contradictions:
        sentences = "; ".join(item.sentence for item in contradictions)
        return Solution("infeasible", solver, seed, None, None, (), message=sentences)
    solution = run_in_child(
        problem,
        solver=solver,
        time_limit_s=time_limit_s,
        seed=seed,
        on_progress=on_progress,
        stop=stop,
        worker=worker,
    )
    if solution.value is None and solution.status in ("failed", "time_limit"):
        rescue = solve_greedy(
            problem, deadline=Deadline(FALLBACK_S), seed=seed, report=lambda incumbent: None
        )
        if rescue.value is not None:
            solution = replace(
                rescue,
                status=solution.status,
                message=f"greedy plan, because {solver} gave none: {solution.message}",
            )
    return solution
