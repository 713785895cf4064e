"""A bound on the value of long tracks: every task served as if it had the antennas to itself.

Coarse: it knows nothing of competition, only of windows, totals and the concave terms.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from scheduler.problem.measure import measure_group, measure_value, value_sum
from scheduler.problem.model import GroupTerm, PlanningProblem
from scheduler.solvers.large.tracks import Task


def bound_tracks(problem: PlanningProblem, tasks: Sequence[Task]) -> float:
    """Bound the value from above: own values, and every term at the best sum it can reach."""
    bound = 0.0
    for pin in problem.pins:
        opportunity = problem.opportunity_by_id[pin.choice.opportunity_id]
        bound += measure_value(opportunity, pin.choice.start_s, pin.choice.end_s)
    for task in tasks:
        per_s = max((one.opportunity.value_per_s for one in task.options), default=0.0)
        each = max((one.opportunity.value_per_contact for one in task.options), default=0.0)
        bound += max(0.0, per_s) * measure_most_s(task) + max(0.0, each) * task.max_parts
    return bound + sum(bound_term(problem, tasks, term) for term in problem.group_terms)


def bound_term(problem: PlanningProblem, tasks: Sequence[Task], term: GroupTerm) -> float:
    """Bound the value of one term from above."""
    if not term.lines:
        return 0.0
    weights = dict(zip(term.members, term.weights or (1.0,) * len(term.members), strict=True))
    least = measure_group(problem, term, [pin.choice for pin in problem.pins])
    most = least
    for task in tasks:
        heaviest = max((weights.get(one.copies[0], 0.0) for one in task.options), default=0.0)
        most += heaviest * (task.max_parts if term.quantity == "count" else measure_most_s(task))
    if term.at_most is not None:
        most = min(most, term.at_most)
    inside = [corner for corner in list_corners(term) if least < corner < most]
    return max(value_sum(term, total) for total in [least, most, *inside])


def list_corners(term: GroupTerm) -> list[float]:
    """List where two lines of a term cross, those next to each other in slope."""
    lines = sorted(set(term.lines), reverse=True)
    return [
        (after[1] - before[1]) / (before[0] - after[0])
        for before, after in itertools.pairwise(lines)
        if before[0] != after[0]
    ]


def measure_most_s(task: Task) -> float:
    """Return the longest total a task can be given."""
    longest = sorted((one.longest_s for one in task.options for _ in one.copies), reverse=True)
    return min(task.max_total_s, sum(longest[: task.max_parts]))


def list_active_lines(term: GroupTerm, low: float, high: float) -> list[tuple[float, float]]:
    """List the lines that may be the least one for sums in [low, high].

    The least line's slope falls as the sum grows, so only slopes between those at the two ends.
    """

    def slope_at(total: float) -> float:
        return min(term.lines, key=lambda line: (line[0] * total + line[1], line[0]))[0]

    steepest, flattest = max(slope_at(low), slope_at(high)), min(slope_at(low), slope_at(high))
    return [line for line in term.lines if flattest <= line[0] <= steepest]
