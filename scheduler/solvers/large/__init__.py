"""Large problems: neighbourhood search for long tracks with a free start, stages for networks."""

from __future__ import annotations

from dataclasses import replace

from scheduler.problem.model import PlanningProblem
from scheduler.solvers.base import Deadline, Report, Solution
from scheduler.solvers.ilp import solve_ilp
from scheduler.solvers.large.track_search import solve_tracks
from scheduler.solvers.large.tracks import has_long_tracks


def solve_large(
    problem: PlanningProblem, *, deadline: Deadline, seed: int, report: Report
) -> Solution:
    """Solve by the search that suits the problem: long tracks, or passes of a network."""
    if has_long_tracks(problem):
        return solve_tracks(problem, deadline=deadline, seed=seed, report=report)
    solution = solve_ilp(problem, deadline=deadline, seed=seed, report=report)
    return replace(solution, solver="large")
