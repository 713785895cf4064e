"""Planning problems that people bring: checked, solved and audited without any database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.errors import InputError
from app.worker_process import END_EARLY, OnProgress
from scheduler.errors import ProblemError
from scheduler.problem.json_form import read_problem
from scheduler.problem.model import PlanningProblem
from scheduler.solution_form import write_solution
from scheduler.solvers import solve
from scheduler.solvers.base import Incumbent, describe_step

SOLVE_JOB = "solve"


@dataclass(frozen=True, slots=True)
class SolveTask:
    """A problem as JSON text, and how to solve it."""

    problem_json: str
    solver: str
    time_limit_s: float
    seed: int


def parse_problem(text: str) -> PlanningProblem:
    """Read a problem; InputError says everything that is wrong with it."""
    try:
        return read_problem(text)
    except ProblemError as error:
        raise InputError("problem", str(error)) from error


def check_problem(text: str, _on_progress: OnProgress) -> None:
    """Refuse a problem that cannot be read (made for a worker process)."""
    parse_problem(text)


def solve_problem(task: SolveTask, on_progress: OnProgress) -> dict[str, Any]:
    """Solve a problem and return solution, reasons and the audit's verdict as plain values."""
    problem = parse_problem(task.problem_json)

    def report(step: Incumbent) -> None:
        done = min(0.99, step.elapsed_s / task.time_limit_s)
        on_progress(done, describe_step(step))

    solution = solve(
        problem,
        solver=task.solver,
        time_limit_s=task.time_limit_s,
        seed=task.seed,
        on_progress=report,
        stop=END_EARLY,
    )
    return write_solution(problem, solution)
