"""A bound on the value of long tracks: every task served as if it had the antennas to itself.

Coarse: it knows nothing of competition, only of windows, totals and the concave terms.
"""

from __future__ import annotations

from collections.abc import Sequence

from scheduler.problem.measure import measure_group, measure_value, value_sum
from scheduler.problem.model import PlanningProblem
from scheduler.solvers.large.tracks import Task


def bound_tracks(problem: PlanningProblem, tasks: Sequence[Task]) -> float:
    """Bound the value from above: own values and every term at the best sum it can reach."""
    pinned = [pin.choice for pin in problem.pins]
    bound = sum(
        measure_value(problem.opportunity_by_id[one.opportunity_id], one.start_s, one.end_s)
        for one in pinned
    )
    most_s = [measure_most_s(task) for task in tasks]
    for task, served_s in zip(tasks, most_s, strict=True):
        per_s = max((one.opportunity.value_per_s for one in task.options), default=0.0)
        each = max((one.opportunity.value_per_contact for one in task.options), default=0.0)
        bound += max(0.0, per_s) * served_s + max(0.0, each) * task.max_parts
    for term in problem.group_terms:
        weights = dict(zip(term.members, term.weights or (1.0,) * len(term.members), strict=True))
        least = measure_group(problem, term, pinned)
        most = least
        for task, served_s in zip(tasks, most_s, strict=True):
            heaviest = max((weights.get(one.copies[0], 0.0) for one in task.options), default=0.0)
            most += heaviest * (task.max_parts if term.quantity == "count" else served_s)
        if term.at_most is not None:
            most = min(most, term.at_most)
        corners = [
            (after[1] - before[1]) / (before[0] - after[0])
            for before in term.lines
            for after in term.lines
            if before[0] > after[0]
        ]
        if term.lines:
            inside = [corner for corner in corners if least < corner < most]
            bound += max(value_sum(term, total) for total in [least, most, *inside])
    return bound


def measure_most_s(task: Task) -> float:
    """Return the longest total a task can be given."""
    longest = sorted((one.longest_s for one in task.options for _ in one.copies), reverse=True)
    return min(task.max_total_s, sum(longest[: task.max_parts]))
