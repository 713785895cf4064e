"""The neighbourhood of a track plan as a CP-SAT model: intervals with free start and length.

One part of a task has one start, one length and one literal per option piece; every antenna and
every satellite is one no-overlap constraint over the parts' optional intervals (lengthened by
setup, teardown and recovery). Frozen contacts are not in the model: they have cut the pieces.
Concave terms become the least of their lines. Instants and lengths are whole numbers of
``time_step_s``.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from scheduler.problem.measure import measure_group, value_sum
from scheduler.problem.model import Choice, GroupTerm, PlanningProblem
from scheduler.solvers.large.track_bound import list_active_lines, list_corners
from scheduler.solvers.large.tracks import (
    Occupancy,
    Option,
    Task,
    TrackPlan,
    find_free_spans,
    list_occupancy,
)

VALUE_STEPS = 10**6  # a term's range in the integer objective
SLOPE_STEPS = 2**12  # finer still inside the rows of its lines


@dataclass
class Part:
    """The variables of one part; ``length`` is 0 and ``pieces`` all false when it is absent."""

    present: Any
    start: Any
    end: Any
    size: Any
    length: Any
    pieces: list[tuple[Any, Option]] = field(default_factory=list)
    longest: int = 0


@dataclass(frozen=True)
class StepResult:
    """What a step brought: the new plan (None: nothing found), whether it is the best possible."""

    plan: TrackPlan | None
    is_optimal: bool
    effort: float  # deterministic time


class TrackModel:
    """Build and solve the model of one step: ``free`` tasks move, everything else is frozen."""

    def __init__(
        self,
        problem: PlanningProblem,
        tasks: Sequence[Task],
        plan: TrackPlan,
        free: Sequence[int],
    ) -> None:
        from ortools.sat.python import cp_model  # noqa: PLC0415  (seconds to load)

        self.problem = problem
        self.tasks = tasks
        self.plan = plan
        self.free = sorted(free)
        self.step_s = problem.time_step_s
        self.origin_s = math.floor(problem.start_s / self.step_s) * self.step_s
        self.cp = cp_model
        self.model = cp_model.CpModel()
        self.parts: dict[int, list[Part]] = {}
        self.intervals: dict[str, list[Any]] = defaultdict(list)
        movable = set(self.free)
        self.frozen = [pin.choice for pin in problem.pins]
        for index, choices in plan.items():
            if index not in movable:
                self.frozen.extend(choices)
        occupancy = list_occupancy(problem, self.frozen)
        for index in self.free:
            self._add_task(index, occupancy)
        for intervals in self.intervals.values():
            if len(intervals) > 1:
                self.model.add_no_overlap(intervals)
        self._add_objective()

    def _add_task(self, index: int, occupancy: Occupancy) -> None:
        task = self.tasks[index]
        pieces = [
            (option, low, high)
            for option in task.options
            for start_s, end_s in find_free_spans(option, occupancy)
            for low, high in [(self._round_up(start_s), self._round_down(end_s))]
            if 0 < self._count_up(option.least_s) <= min(high - low, self._longest(option))
            or (option.least_s == 0 and high > low)
        ]
        if not pieces or not task.max_parts:
            return
        taken = sorted(self.plan.get(index, ()), key=lambda choice: choice.start_s)
        parts = [
            self._add_part(task, pieces, taken[number] if number < len(taken) else None)
            for number in range(task.max_parts)
        ]
        self.parts[index] = parts
        self._limit_copies(parts)
        if task.min_total_s > 0 and (
            len(parts) > 1 or task.min_total_s > min(option.least_s for option, _, _ in pieces)
        ):
            least = self._count_up(task.min_total_s)
            self.model.add(sum(part.length for part in parts) >= least).only_enforce_if(
                parts[0].present
            )
        if len(parts) > 1:
            self.model.add(sum(part.length for part in parts) <= self._count_down(task.max_total_s))
            for former, latter in itertools.pairwise(parts):
                self.model.add_implication(latter.present, former.present)
                self.model.add(latter.start >= former.start).only_enforce_if(latter.present)

    def _add_part(
        self, task: Task, pieces: Sequence[tuple[Option, int, int]], hint: Choice | None
    ) -> Part:
        model = self.model
        low, high = min(piece[1] for piece in pieces), max(piece[2] for piece in pieces)
        least = min(self._count_up(option.least_s) for option, _, _ in pieces)
        longest = min(
            self._count_down(task.max_total_s),
            max(min(last - first, self._longest(option)) for option, first, last in pieces),
        )
        longest = max(longest, least)
        present = model.new_bool_var("")
        start = model.new_int_var(low, high, "")
        model.add_hint(present, hint is not None)
        model.add_hint(start, low if hint is None else self._round_up(hint.start_s))
        if least == longest:
            part = Part(present, start, start + least, least, least * present, longest=longest)
        else:
            size = model.new_int_var(least, longest, "")
            end = model.new_int_var(low, high, "")
            length = model.new_int_var(0, longest, "")
            model.add(end == start + size)
            model.add(length == size).only_enforce_if(present)
            model.add(length == 0).only_enforce_if(present.negated())
            lasting = least if hint is None else self._count(hint.end_s - hint.start_s)
            first = low if hint is None else self._round_up(hint.start_s)
            model.add_hint(size, lasting)
            model.add_hint(end, first + lasting)
            model.add_hint(length, 0 if hint is None else lasting)
            part = Part(present, start, end, size, length, longest=longest)
        self._add_pieces(part, pieces, hint)
        return part

    def _add_pieces(
        self, part: Part, pieces: Sequence[tuple[Option, int, int]], hint: Choice | None
    ) -> None:
        """Tie the part to exactly one piece, and give it an interval on what the piece uses."""
        model = self.model
        users: dict[tuple[str, int, int], list[tuple[Any, bool]]] = defaultdict(list)
        hinted = False
        for option, low, high in pieces:
            chosen = model.new_bool_var("")
            model.add(part.start >= low).only_enforce_if(chosen)
            model.add(part.end <= high).only_enforce_if(chosen)
            least, longest = self._count_up(option.least_s), self._longest(option)
            if not isinstance(part.size, int):
                model.add(part.size >= least).only_enforce_if(chosen)
                if longest < part.longest:
                    model.add(part.size <= longest).only_enforce_if(chosen)
            here = (
                hint is not None
                and not hinted
                and hint.opportunity_id in option.copies
                and hint.antennas == option.antennas
                and low <= self._round_up(hint.start_s)
                and self._round_down(hint.end_s) <= high
            )
            hinted = hinted or here
            model.add_hint(chosen, here)
            part.pieces.append((chosen, option))
            satellite = f"satellite {option.opportunity.satellite_id}"
            users[satellite, 0, self._count_up(option.recovery_s)].append((chosen, here))
            for name, before_s, after_s in zip(
                option.antennas, option.before_s, option.after_s, strict=True
            ):
                reach = (f"antenna {name}", self._count_up(before_s), self._count_up(after_s))
                users[reach].append((chosen, here))
        model.add_exactly_one([part.present.negated(), *(chosen for chosen, _ in part.pieces)])
        for (resource, before, after), literals in users.items():
            used = self._any_of(part, literals)
            self.intervals[resource].append(
                model.new_optional_interval_var(
                    part.start - before, part.size + (before + after), part.end + after, used, ""
                )
            )

    def _any_of(self, part: Part, literals: Sequence[tuple[Any, bool]]) -> Any:
        """Return a literal that holds when one of these pieces is chosen."""
        if len(literals) == len(part.pieces):
            return part.present
        if len(literals) == 1:
            return literals[0][0]
        used = self.model.new_bool_var("")
        self.model.add(sum(literal for literal, _ in literals) == used)
        self.model.add_hint(used, any(here for _, here in literals))
        return used

    def _limit_copies(self, parts: Sequence[Part]) -> None:
        """Use a window at most as often as the problem offers it."""
        users: dict[tuple[str, ...], list[Any]] = defaultdict(list)
        for part in parts:
            for chosen, option in part.pieces:
                users[option.copies].append(chosen)
        for copies, literals in users.items():
            if len(copies) < len(parts):
                self.model.add(sum(literals) <= len(copies))

    def _add_objective(self) -> None:
        """Maximise own values and the terms, scaled to whole numbers."""
        reach = {term.id: self._reach(term) for term in self.problem.group_terms if term.lines}
        widest = max([high - low for _, low, high, _ in reach.values()], default=0.0)
        own_per_step = max(
            (
                option.opportunity.value_per_s * self.step_s
                for task in self.tasks
                for option in task.options
            ),
            default=0.0,
        )
        scale = VALUE_STEPS / max(widest, own_per_step, 1e-12)
        goal: list[Any] = []
        for index in self.free:
            for part in self.parts.get(index, ()):
                goal += self._own_value(part, scale)
        for term in self.problem.group_terms:
            self._add_term(term, scale, goal, reach.get(term.id))
        self.model.maximize(sum(goal))

    def _own_value(self, part: Part, scale: float) -> list[Any]:
        by_rate: dict[float, list[Any]] = defaultdict(list)
        goal = []
        for chosen, option in part.pieces:
            item = option.opportunity
            fixed = item.value_per_contact - item.value_per_s * item.lock_s
            if fixed:
                goal.append(round(scale * SLOPE_STEPS * fixed) * chosen)
            by_rate[item.value_per_s].append(chosen)
        for rate, literals in by_rate.items():
            factor = round(scale * SLOPE_STEPS * rate * self.step_s)
            if factor:
                goal.append(factor * self._length_of(part, literals))
        return goal

    def _length_of(self, part: Part, literals: Sequence[Any]) -> Any:
        """Return the part's length if one of these pieces is chosen, otherwise 0."""
        if len(literals) == len(part.pieces):
            return part.length
        length = self.model.new_int_var(0, part.longest, "")
        chosen = sum(literals)
        self.model.add(length <= part.length)
        self.model.add(length <= part.longest * chosen)
        self.model.add(length >= part.length - part.longest * (1 - chosen))
        return length

    def _amounts(self, term: GroupTerm) -> tuple[list[tuple[Any, float]], float]:
        """Return (expression, weight) of what free parts add to a term, and the most they can."""
        weights = dict(zip(term.members, term.weights or (1.0,) * len(term.members), strict=True))
        amounts: list[tuple[Any, float]] = []
        most = 0.0
        for index in self.free:
            for part in self.parts.get(index, ()):
                by_weight: dict[tuple[float, float], list[Any]] = defaultdict(list)
                for chosen, option in part.pieces:
                    weight = weights.get(option.copies[0], 0.0)
                    if weight:
                        by_weight[weight, option.opportunity.lock_s].append(chosen)
                for (weight, lock_s), literals in by_weight.items():
                    if term.quantity == "count":
                        amounts += [(literal, weight) for literal in literals]
                        continue
                    amounts.append((self._length_of(part, literals), weight * self.step_s))
                    if term.quantity == "usable_s" and lock_s:
                        amounts += [(literal, -weight * lock_s) for literal in literals]
                if by_weight:
                    heaviest = max(weight for weight, _ in by_weight)
                    size = 1.0 if term.quantity == "count" else part.longest * self.step_s
                    most += heaviest * size
        return amounts, most

    def _reach(
        self, term: GroupTerm
    ) -> tuple[list[tuple[Any, float]], float, float, tuple[float, float]]:
        """Return the amounts of a term, its least and greatest value, and the span of its sum."""
        amounts, most = self._amounts(term)
        low = measure_group(self.problem, term, self.frozen)
        values = [value_sum(term, low), value_sum(term, low + most)]
        values += [value_sum(term, x) for x in list_corners(term) if low < x < low + most]
        return amounts, min(values), max(values), (low, low + most)

    def _add_term(
        self,
        term: GroupTerm,
        scale: float,
        goal: list[Any],
        reach: tuple[list[tuple[Any, float]], float, float, tuple[float, float]] | None,
    ) -> None:
        """Add a variable below every line that matters within the reach of the sum."""
        if reach is None:
            amounts, most = self._amounts(term)
            span = (measure_group(self.problem, term, self.frozen), most)
        else:
            amounts, lowest, highest, span = reach
        if not amounts:
            return
        if term.at_most is not None:
            room = math.floor(SLOPE_STEPS * (term.at_most - span[0]) + 1e-6)
            terms = [math.ceil(SLOPE_STEPS * weight - 1e-9) * item for item, weight in amounts]
            self.model.add(sum(terms) <= max(0, room))
        if reach is None:
            return
        value = self.model.new_int_var(
            math.floor(scale * lowest) - 2, math.ceil(scale * highest) + 1, ""
        )
        for slope, intercept in list_active_lines(term, *span):
            factor = scale * SLOPE_STEPS
            self.model.add(
                SLOPE_STEPS * value
                <= sum(round(factor * slope * weight) * item for item, weight in amounts)
                + round(factor * (slope * span[0] + intercept))
            )
        now = measure_group(
            self.problem,
            term,
            [*self.frozen, *(choice for index in self.free for choice in self.plan.get(index, ()))],
        )
        self.model.add_hint(value, math.floor(scale * value_sum(term, now)) - 2)
        goal.append(SLOPE_STEPS * value)

    def solve(self, *, effort: float, limit_s: float, seed: int) -> StepResult:
        """Solve within a deterministic effort and a wall-clock limit, on one core."""
        cp = self.cp
        solver = cp.CpSolver()
        parameters = solver.parameters
        parameters.num_workers = 1
        parameters.random_seed = seed % 2**31
        parameters.linearization_level = 1
        parameters.cp_model_probing_level = 0
        parameters.symmetry_level = 0
        parameters.max_deterministic_time = effort
        parameters.max_time_in_seconds = max(0.05, limit_s)
        status = solver.solve(self.model)
        spent = solver.response_proto.deterministic_time
        if status not in (cp.OPTIMAL, cp.FEASIBLE):
            return StepResult(None, False, spent)
        plan = {index: choices for index, choices in self.plan.items() if index not in self.parts}
        for index, parts in self.parts.items():
            choices = self._read_task(solver, parts)
            if choices:
                plan[index] = choices
            else:
                plan.pop(index, None)
        return StepResult(plan, status == cp.OPTIMAL, spent)

    def _read_task(self, solver: Any, parts: Sequence[Part]) -> tuple[Choice, ...]:
        used: dict[tuple[str, ...], int] = defaultdict(int)
        choices = []
        for part in parts:
            for chosen, option in part.pieces:
                if solver.boolean_value(chosen):
                    identity = option.copies[used[option.copies]]
                    used[option.copies] += 1
                    start_s = self.origin_s + self.step_s * solver.value(part.start)
                    end_s = self.origin_s + self.step_s * solver.value(part.end)
                    choices.append(Choice(identity, option.antennas, start_s, end_s))
        return tuple(sorted(choices, key=lambda choice: choice.start_s))

    def _round_up(self, instant_s: float) -> int:
        return math.ceil((instant_s - self.origin_s) / self.step_s - 1e-9)

    def _round_down(self, instant_s: float) -> int:
        return math.floor((instant_s - self.origin_s) / self.step_s + 1e-9)

    def _count(self, duration_s: float) -> int:
        return round(duration_s / self.step_s)

    def _count_up(self, duration_s: float) -> int:
        return math.ceil(duration_s / self.step_s - 1e-9)

    def _count_down(self, duration_s: float) -> int:
        return math.floor(duration_s / self.step_s + 1e-9)

    def _longest(self, option: Option) -> int:
        most_s = option.opportunity.max_s
        return self._count_down(option.longest_s if most_s is None else most_s)
