"""What the track search works on: the tasks of a problem, and how plans are valued and merged."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Sequence

from scheduler.problem.measure import value_plan
from scheduler.problem.model import Choice, PlanningProblem
from scheduler.solvers.large.track_bound import bound_term
from scheduler.solvers.large.tracks import TrackPlan, list_occupancy, list_tasks

MIN_GAIN = 1e-9


class TrackBoard:
    """The tasks of a problem, and how a plan of them is valued, judged and merged."""

    def __init__(self, problem: PlanningProblem) -> None:
        self.problem = problem
        self.tasks = list_tasks(problem)
        self.pinned = [pin.choice for pin in problem.pins]
        self.movable = [
            index for index, task in enumerate(self.tasks) if task.options and task.max_parts
        ]
        self.task_of = {
            copy: index
            for index, task in enumerate(self.tasks)
            for option in task.options
            for copy in option.copies
        }
        self.ceilings = [bound_term(problem, self.tasks, term) for term in problem.group_terms]
        self.tasks_of: list[list[int]] = []
        for term in problem.group_terms:
            own = sorted({self.task_of[one] for one in term.members if one in self.task_of})
            self.tasks_of.append(own)

    def list_choices(self, plan: TrackPlan) -> list[Choice]:
        """List all contacts of a plan, pins included, by start."""
        choices = [*self.pinned, *(choice for own in plan.values() for choice in own)]
        return sorted(choices, key=lambda item: (item.start_s, item.opportunity_id))

    def value(self, plan: TrackPlan) -> float:
        return value_plan(self.problem, self.list_choices(plan))

    def read_plan(self, choices: Sequence[Choice]) -> TrackPlan:
        """Sort the contacts of a plan to their tasks."""
        plan: dict[int, list[Choice]] = defaultdict(list)
        for choice in choices:
            if choice.opportunity_id in self.task_of:
                plan[self.task_of[choice.opportunity_id]].append(choice)
        return {
            index: tuple(sorted(own, key=lambda item: item.start_s)) for index, own in plan.items()
        }

    def fits(self, plan: TrackPlan) -> bool:
        """Ask whether no antenna and no satellite is used twice at a time."""
        occupancy = list_occupancy(self.problem, self.list_choices(plan))
        for spans in occupancy.antennas.values():
            if any(left[1] > right[0] for left, right in itertools.pairwise(spans)):
                return False
        for satellite, spans in occupancy.satellites.items():
            recovery_s = self.problem.satellite_by_id[satellite].recovery_s
            if any(left[1] + recovery_s > right[0] for left, right in itertools.pairwise(spans)):
                return False
        return True

    def combine(
        self, base: TrackPlan, plans: Sequence[tuple[TrackPlan, float]]
    ) -> tuple[TrackPlan, float]:
        """Keep the best plan and lay over it what the others changed, in groups that hang together.

        Two changed tasks hang together when what one of them took clashes with what the other
        held before or takes now; a group is laid over as a whole if it fits and does not harm.
        """
        best = max(range(len(plans)), key=lambda number: (plans[number][1], -number))
        plan, value = plans[best]
        for number, (other, _) in enumerate(plans):
            if number == best:
                continue
            changed = [
                index for index in self.movable if other.get(index, ()) != base.get(index, ())
            ]
            for group in self._split_changes(changed, base, other):
                trial = dict(plan)
                for index in group:
                    trial.pop(index, None)
                    if other.get(index):
                        trial[index] = other[index]
                trial_value = self.value(trial)
                if trial_value > value + MIN_GAIN and self.fits(trial):
                    plan, value = trial, trial_value
        return plan, value

    def _split_changes(
        self, changed: Sequence[int], base: TrackPlan, other: TrackPlan
    ) -> list[list[int]]:
        """Split changed tasks into groups that share an antenna or satellite at some instant."""
        spans = {
            index: [
                (name, choice.start_s, choice.end_s)
                for choice in (*base.get(index, ()), *other.get(index, ()))
                for name in (
                    *choice.antennas,
                    self.problem.opportunity_by_id[choice.opportunity_id].satellite_id,
                )
            ]
            for index in changed
        }
        groups: list[list[int]] = []
        for index in changed:
            touching = [
                group
                for group in groups
                if any(
                    name == other_name and start_s < other_end_s and other_start_s < end_s
                    for member in group
                    for name, start_s, end_s in spans[index]
                    for other_name, other_start_s, other_end_s in spans[member]
                )
            ]
            groups = [group for group in groups if group not in touching]
            groups.append([index, *(member for group in touching for member in group)])
        return groups
