"""Large-neighbourhood search for long tracks: free some tasks, let CP-SAT place them anew.

Two lanes work side by side on one plan. A round gives each lane the same deterministic effort,
so the lanes end at about the same time whatever the machine; then the better lane's plan is kept
and the other lane's changes are laid over it as far as they fit. A run that ends before its
deadline repeats exactly; the deadline only decides how many rounds there are.
"""

from __future__ import annotations

import itertools
import random
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from scheduler.problem.measure import measure_group, value_plan, value_sum
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
from scheduler.solvers.greedy import build_greedy
from scheduler.solvers.large.track_bound import bound_tracks
from scheduler.solvers.large.track_model import TrackModel
from scheduler.solvers.large.tracks import TrackPlan, list_occupancy, list_tasks

N_LANES = 2
LEAST_EFFORT, MOST_EFFORT = 0.05, 0.6  # deterministic time of a step; 0.1 is about half a second
STEPS_A_ROUND = 4  # of full effort; more when they end early
FEW, MANY = 0.25, 0.5  # shares of a round's steps that helped: below, efforts grow; above, shrink
MARGIN_S = 0.4  # left for handing over at the deadline
MIN_GAIN = 1e-9
KINDS = ("time", "worst", "random")
SHARES = (0.45, 0.3, 0.25)
FIRST_SIZES = (20.0, 28.0, 45.0)
SMALLEST, GROW, SHRINK = 10.0, 1.06, 0.93


@dataclass
class Lane:
    """One worker of the search: its random numbers and how many tasks each kind of step frees."""

    random: random.Random
    sizes: list[float]
    seed: int
    steps: int = 0
    helped: int = 0


class TrackSearch:
    """The tasks of a problem, and how a plan of them is valued, judged and changed."""

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
        self.terms_of: dict[int, list[int]] = defaultdict(list)
        self.tasks_of: list[list[int]] = []
        for number, term in enumerate(problem.group_terms):
            own = sorted({self.task_of[one] for one in term.members if one in self.task_of})
            self.tasks_of.append(own)
            for index in own:
                self.terms_of[index].append(number)

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

    def choose_tasks(self, kind: int, size: int, plan: TrackPlan, rng: random.Random) -> list[int]:
        """Choose which tasks a step frees."""
        size = min(size, len(self.movable))
        if KINDS[kind] == "time":
            return self._choose_near_instant(size, plan, rng)
        if KINDS[kind] == "worst" and self.problem.group_terms:
            return self._choose_worst_served(size, plan, rng)
        return sorted(rng.sample(self.movable, size))

    def _choose_near_instant(self, size: int, plan: TrackPlan, rng: random.Random) -> list[int]:
        """Choose the tasks whose contacts, or else whose windows, are nearest to an instant."""
        low_s, high_s = self.problem.start_s, self.problem.end_s
        instant_s = rng.uniform(low_s, high_s)
        blur_s = 0.04 * (high_s - low_s)
        distance: dict[int, float] = {}
        for index in self.movable:
            own = plan.get(index)
            if own:
                distance[index] = min(
                    abs((choice.start_s + choice.end_s) / 2 - instant_s) for choice in own
                )
            else:
                distance[index] = blur_s * rng.random() + min(
                    max(start_s - instant_s, instant_s - end_s, 0.0)
                    for option in self.tasks[index].options
                    for start_s, end_s in option.spans
                )
        return sorted(self.movable, key=lambda index: (distance[index], index))[:size]

    def _choose_worst_served(self, size: int, plan: TrackPlan, rng: random.Random) -> list[int]:
        """Choose tasks of a badly served group and those that compete with them."""
        terms = self.problem.group_terms
        choices = self.list_choices(plan)
        losses = []
        for number, term in enumerate(terms):
            best = (
                max(intercept for slope, intercept in term.lines if slope <= 0)
                if any(slope <= 0 for slope, _ in term.lines)
                else value_sum(term, term.target or 0.0)
            )
            losses.append(
                (value_sum(term, measure_group(self.problem, term, choices)) - best, number)
            )
        losses.sort()
        number = losses[min(int(rng.expovariate(0.5)), len(losses) - 1)][1]
        own = [index for index in self.tasks_of[number] if self.tasks[index].max_parts]
        rng.shuffle(own)
        chosen = own[: max(1, size // 2)]
        taken = set(chosen)
        rivals = self._weigh_rivals(chosen, taken, plan)
        for index in sorted(rivals, key=lambda index: (-rivals[index] * rng.random(), index)):
            if len(chosen) >= size:
                break
            chosen.append(index)
        return sorted(chosen)

    def _weigh_rivals(
        self, chosen: Sequence[int], taken: set[int], plan: TrackPlan
    ) -> dict[int, float]:
        """Count how often contacts of other tasks lie in the windows of incomplete tasks."""
        rivals: dict[int, float] = defaultdict(float)
        by_antenna: dict[str, list[tuple[float, float, int]]] = defaultdict(list)
        for index in sorted(plan):
            for choice in plan[index]:
                for name in choice.antennas:
                    by_antenna[name].append((choice.start_s, choice.end_s, index))
        for index in chosen:
            task = self.tasks[index]
            served_s = sum(choice.end_s - choice.start_s for choice in plan.get(index, ()))
            if served_s >= task.max_total_s:
                continue
            for option in task.options:
                for name in option.antennas:
                    for start_s, end_s, other in by_antenna[name]:
                        if other not in taken and any(
                            start_s < high_s and low_s < end_s for low_s, high_s in option.spans
                        ):
                            rivals[other] += 1.0
        return rivals

    def run_lane(
        self, lane: Lane, plan: TrackPlan, value: float, deadline: Deadline, effort: float
    ) -> tuple[TrackPlan, float]:
        """Take steps of an effort until that of a round is spent; return the plan, its value."""
        left = STEPS_A_ROUND * effort
        while left > 0 and deadline.remaining_s > MARGIN_S:
            kind = lane.random.choices(range(len(KINDS)), SHARES)[0]
            size = max(2, round(lane.sizes[kind] * lane.random.uniform(0.8, 1.25)))
            chosen = self.choose_tasks(kind, size, plan, lane.random)
            model = TrackModel(self.problem, self.tasks, plan, chosen)
            lane.steps += 1
            result = model.solve(
                effort=min(effort, left),
                limit_s=deadline.remaining_s - MARGIN_S,
                seed=lane.seed + lane.steps,
            )
            left -= max(result.effort, 0.1 * effort)
            better = False
            if result.plan is not None:
                new_value = self.value(result.plan)
                better = new_value > value + MIN_GAIN
                lane.helped += better
                if new_value >= value - MIN_GAIN:
                    plan, value = result.plan, new_value
            if result.is_optimal:
                lane.sizes[kind] = min(float(len(self.movable)), lane.sizes[kind] * GROW)
            elif not better:
                lane.sizes[kind] = max(SMALLEST, lane.sizes[kind] * SHRINK)
        return plan, value

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


def solve_tracks(
    problem: PlanningProblem, *, deadline: Deadline, seed: int, report: Report
) -> Solution:
    """Search until the deadline or the proven optimum; every better plan is reported."""
    search = TrackSearch(problem)
    bound = bound_tracks(problem, search.tasks)
    stages: list[Stage] = []
    draft = build_greedy(problem, Deadline(0.25 * deadline.limit_s))
    draft.drop_incomplete()
    plan = search.read_plan(draft.list_choices())
    value = search.value(plan)

    def tell(stage: str) -> None:
        stages.append(Stage(stage, value, bound, deadline.elapsed_s))
        choices = tuple(search.list_choices(plan))
        report(Incumbent(stage, value, bound, choices, deadline.elapsed_s))

    tell("greedy")
    lanes = [
        Lane(
            random=random.Random(f"{seed}/{number}"),  # noqa: S311  (a search, not a secret)
            sizes=list(FIRST_SIZES),
            seed=1000 * seed + 10**6 * number,
        )
        for number in range(N_LANES)
    ]
    effort = LEAST_EFFORT
    with ThreadPoolExecutor(N_LANES) as pool:
        while (
            search.movable
            and deadline.remaining_s > MARGIN_S
            and compute_gap(value, bound) > OPTIMAL_GAP
        ):
            before = value

            def run(
                lane: Lane,
                plan: TrackPlan = plan,
                value: float = value,
                effort: float = effort,
            ) -> tuple[TrackPlan, float]:
                return search.run_lane(lane, plan, value, deadline, effort)

            answers = list(pool.map(run, lanes))
            plan, value = search.combine(plan, answers)
            effort = adapt_effort(effort, lanes)
            if value > before + MIN_GAIN:
                tell(f"neighbourhood {effort:.2f}")
    return Solution(
        status="optimal" if compute_gap(value, bound) <= OPTIMAL_GAP else "time_limit",
        solver="large",
        seed=seed,
        value=value,
        bound=max(bound, value),
        choices=tuple(search.list_choices(plan)),
        stages=tuple(stages),
        elapsed_s=deadline.elapsed_s,
    )


def adapt_effort(effort: float, lanes: Sequence[Lane]) -> float:
    """Return the effort of the next round's steps, and start the lanes' counts anew."""
    share = sum(lane.helped for lane in lanes) / max(1, sum(lane.steps for lane in lanes))
    for lane in lanes:
        lane.seed += lane.steps
        lane.steps = lane.helped = 0
    if share < FEW:
        return min(MOST_EFFORT, 1.2 * effort)
    return max(LEAST_EFFORT, 0.85 * effort) if share > MANY else effort
