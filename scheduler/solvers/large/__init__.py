"""Large problems: neighbourhood search for long tracks with a free start, blocks for networks."""

from __future__ import annotations

from scheduler.problem.model import PlanningProblem
from scheduler.solvers.base import Deadline, Report, Solution
from scheduler.solvers.large.network_search import solve_network
from scheduler.solvers.large.track_search import solve_tracks
from scheduler.solvers.large.tracks import has_long_tracks

MANY_GAPPED = 15_000  # opportunities beyond which gap goals are too much for one linear programme


def is_large(problem: PlanningProblem) -> bool:
    """Ask whether this solver is the better choice than ``ilp``: long tracks, gaps on a network."""
    return has_long_tracks(problem) or (
        bool(problem.gap_terms) and len(problem.opportunities) > MANY_GAPPED
    )


def solve_large(
    problem: PlanningProblem, *, deadline: Deadline, seed: int, report: Report
) -> Solution:
    """Solve by the search that suits the problem: long tracks, or passes of a network."""
    search = solve_tracks if has_long_tracks(problem) else solve_network
    return search(problem, deadline=deadline, seed=seed, report=report)
