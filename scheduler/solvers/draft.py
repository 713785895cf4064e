"""A plan under construction: what is taken, what a contact would clash with, what it would gain.

Every value is kept up to date contact by contact, so that heuristics can ask cheaply; the
definitions are those of ``problem.conflicts`` and ``problem.measure``.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence

from scheduler.problem.conflicts import TOLERANCE_S, bound_gaps_s, compute_gap_s
from scheduler.problem.measure import (
    counts_in,
    get_setup_s,
    get_teardown_s,
    measure_excess_s,
    measure_quantity,
    measure_value,
    value_sum,
)
from scheduler.problem.model import AntennaResource, Choice, Opportunity, PlanningProblem

Entry = tuple[float, float, str]  # start, end, opportunity id


class Draft:
    """Hold a feasible set of contacts and its value; ``clashes`` and ``gain`` look before a step.

    Requests with a minimum total may be incomplete in between: ``drop_incomplete`` ends that.
    """

    def __init__(self, problem: PlanningProblem) -> None:
        self.problem = problem
        self.taken: dict[str, Choice] = {}
        self.pinned = {pin.choice.opportunity_id for pin in problem.pins}
        self._by_antenna: dict[str, list[Entry]] = {item.id: [] for item in problem.antennas}
        self._by_satellite: dict[str, list[Entry]] = {item.id: [] for item in problem.satellites}
        self._reach_s = bound_gaps_s(problem)
        self._groups: dict[str, list[tuple[int, float]]] = {}
        self._gaps: dict[str, list[int]] = {}
        self._requests: dict[str, list[int]] = {}
        self._sums = [0.0] * len(problem.group_terms)
        self._gap_spans: list[list[tuple[float, float]]] = [[] for _ in problem.gap_terms]
        self._excess_s = [measure_excess_s(term, ()) for term in problem.gap_terms]
        self._totals_s = [0.0] * len(problem.requests)
        self._counts = [0] * len(problem.requests)
        for index, group in enumerate(problem.group_terms):
            weights = group.weights or (1.0,) * len(group.members)
            for member, weight in zip(group.members, weights, strict=True):
                self._groups.setdefault(member, []).append((index, weight))
        for index, gap in enumerate(problem.gap_terms):
            for member in gap.members:
                self._gaps.setdefault(member, []).append(index)
        for index, request in enumerate(problem.requests):
            for member in request.members:
                self._requests.setdefault(member, []).append(index)
        self._previous = set(problem.previous) if problem.change_price else set()
        self.value = (
            sum(value_sum(group, 0.0) for group in problem.group_terms)
            - sum(
                term.price_per_s * excess_s
                for term, excess_s in zip(problem.gap_terms, self._excess_s, strict=True)
            )
            - problem.change_price * len(self._previous)
        )

    def list_choices(self) -> tuple[Choice, ...]:
        """Return the contacts, by start, then opportunity."""
        return tuple(
            sorted(self.taken.values(), key=lambda item: (item.start_s, item.opportunity_id))
        )

    def clashes(self, choice: Choice) -> list[Choice]:
        """Return the taken contacts that this one cannot live with, without repeats."""
        opportunity = self.problem.opportunity_by_id[choice.opportunity_id]
        found: dict[str, Choice] = {}
        if choice.opportunity_id in self.taken:
            found[choice.opportunity_id] = self.taken[choice.opportunity_id]
        for name in choice.antennas:
            for other_id in self._clash_on_antenna(name, choice, opportunity):
                found[other_id] = self.taken[other_id]
        satellite = self.problem.satellite_by_id[opportunity.satellite_id]
        entries = self._by_satellite[satellite.id]
        gap_s = satellite.recovery_s - TOLERANCE_S
        for start_s, end_s, other_id in _walk(entries, choice, satellite.recovery_s):
            if start_s < choice.end_s + gap_s and choice.start_s < end_s + gap_s:
                found[other_id] = self.taken[other_id]
        return list(found.values())

    def _clash_on_antenna(
        self, name: str, choice: Choice, opportunity: Opportunity
    ) -> Iterable[str]:
        antenna = self.problem.antenna_by_id[name]
        simple = is_simple(antenna)
        setup_s = get_setup_s(antenna, opportunity)
        teardown_s = get_teardown_s(antenna, opportunity)
        for start_s, end_s, other_id in _walk(self._by_antenna[name], choice, self._reach_s[name]):
            other = self.problem.opportunity_by_id[other_id]
            if start_s < choice.start_s:
                between_s = choice.start_s - end_s
                need_s = (
                    get_teardown_s(antenna, other) + setup_s
                    if simple
                    else compute_gap_s(antenna, other, end_s, opportunity, choice.start_s)
                )
            else:
                between_s = start_s - choice.end_s
                need_s = (
                    teardown_s + get_setup_s(antenna, other)
                    if simple
                    else compute_gap_s(antenna, opportunity, choice.end_s, other, start_s)
                )
            if between_s + TOLERANCE_S < max(need_s, 0.0):
                yield other_id

    def reach_of(self, antenna_id: str) -> float:
        """Return the gap beyond which no two contacts of an antenna are in each other's way, s."""
        return self._reach_s[antenna_id]

    def groups_of(self, opportunity_id: str) -> list[tuple[int, float]]:
        """Return the numbers of the terms an opportunity counts in, with its weights."""
        return self._groups.get(opportunity_id, [])

    def sum_of(self, term: int) -> float:
        """Return the present sum of a term."""
        return self._sums[term]

    def exceeds_limits(self, choice: Choice) -> bool:
        """Ask whether one more contact breaks a request's or a group's upper limit (eq 8)."""
        duration_s = choice.end_s - choice.start_s
        for index in self._requests.get(choice.opportunity_id, ()):
            request = self.problem.requests[index]
            if request.max_contacts is not None and self._counts[index] >= request.max_contacts:
                return True
            if (
                request.max_total_s is not None
                and self._totals_s[index] + duration_s > request.max_total_s + TOLERANCE_S
            ):
                return True
        for index, weight in self._groups.get(choice.opportunity_id, ()):
            group = self.problem.group_terms[index]
            if group.at_most is not None and counts_in(group, choice.start_s):
                added = weight * measure_quantity(self.problem, choice, group.quantity)
                if added > 0 and self._sums[index] + added > group.at_most + TOLERANCE_S:
                    return True
        return False

    def gain(self, choice: Choice) -> float:
        """Return the change of value if the contact were added, clashes aside."""
        return self._own_value(choice) + self._term_change(choice, +1)

    def loss(self, choice: Choice) -> float:
        """Return the fall of value if a taken contact were dropped."""
        return self._own_value(choice) - self._term_change(choice, -1)

    def add(self, choice: Choice) -> None:
        """Take a contact that clashes with nothing taken."""
        self.value += self.gain(choice)
        self._book(choice, +1)

    def remove(self, choice: Choice) -> None:
        """Drop a taken contact."""
        self.value -= self.loss(choice)
        self._book(choice, -1)

    def meets_minimums(self) -> bool:
        """Ask whether every group and every served request reaches its hard minimum (eq 8)."""
        groups = zip(self.problem.group_terms, self._sums, strict=True)
        served = zip(self.problem.requests, self._totals_s, strict=True)
        return all(
            term.at_least is None or total >= term.at_least - TOLERANCE_S for term, total in groups
        ) and all(
            total_s <= 0.0 or total_s >= request.min_total_s - TOLERANCE_S
            for request, total_s in served
        )

    def is_needed(self, choice: Choice) -> bool:
        """Ask whether a group would fall below its hard lower limit without a taken contact."""
        for index, weight in self._groups.get(choice.opportunity_id, ()):
            term = self.problem.group_terms[index]
            if term.at_least is not None and counts_in(term, choice.start_s):
                given = weight * measure_quantity(self.problem, choice, term.quantity)
                if self._sums[index] - given < term.at_least - TOLERANCE_S and given > 0:
                    return True
        return False

    def drop_incomplete(self) -> None:
        """Drop the contacts of requests that do not reach their minimum total."""
        for index, request in enumerate(self.problem.requests):
            if 0.0 < self._totals_s[index] < request.min_total_s - TOLERANCE_S:
                for member in request.members:
                    if member in self.taken and member not in self.pinned:
                        self.remove(self.taken[member])

    def _own_value(self, choice: Choice) -> float:
        opportunity = self.problem.opportunity_by_id[choice.opportunity_id]
        value = measure_value(opportunity, choice.start_s, choice.end_s)
        if self._previous:
            price = self.problem.change_price
            value += price if choice in self._previous else -price
        return value

    def _term_change(self, choice: Choice, sign: int) -> float:
        """Return what the terms change by when the contact comes (+1) or goes (-1)."""
        change = 0.0
        for index, weight in self._groups.get(choice.opportunity_id, ()):
            group = self.problem.group_terms[index]
            if group.lines and counts_in(group, choice.start_s):
                before = self._sums[index]
                added = weight * measure_quantity(self.problem, choice, group.quantity)
                change += value_sum(group, before + sign * added) - value_sum(group, before)
        for index in self._gaps.get(choice.opportunity_id, ()):
            term = self.problem.gap_terms[index]
            spans = list(self._gap_spans[index])
            _edit(spans, (choice.start_s, choice.end_s), sign)
            change -= term.price_per_s * (measure_excess_s(term, spans) - self._excess_s[index])
        return change

    def _book(self, choice: Choice, sign: int) -> None:
        opportunity = self.problem.opportunity_by_id[choice.opportunity_id]
        entry = (choice.start_s, choice.end_s, choice.opportunity_id)
        for name in choice.antennas:
            _edit(self._by_antenna[name], entry, sign)
        _edit(self._by_satellite[opportunity.satellite_id], entry, sign)
        for index, weight in self._groups.get(choice.opportunity_id, ()):
            group = self.problem.group_terms[index]
            if counts_in(group, choice.start_s):
                added = weight * measure_quantity(self.problem, choice, group.quantity)
                self._sums[index] += sign * added
        for index in self._gaps.get(choice.opportunity_id, ()):
            _edit(self._gap_spans[index], (choice.start_s, choice.end_s), sign)
            self._excess_s[index] = measure_excess_s(
                self.problem.gap_terms[index], self._gap_spans[index]
            )
        for index in self._requests.get(choice.opportunity_id, ()):
            self._totals_s[index] += sign * (choice.end_s - choice.start_s)
            self._counts[index] += sign
        if sign > 0:
            self.taken[choice.opportunity_id] = choice
        else:
            del self.taken[choice.opportunity_id]


def start_draft(problem: PlanningProblem, choices: Sequence[Choice] = ()) -> Draft:
    """Start from the pins and then those of the given contacts that fit."""
    draft = Draft(problem)
    for pin in problem.pins:
        draft.add(pin.choice)
    for choice in choices:
        if not draft.clashes(choice) and not draft.exceeds_limits(choice):
            draft.add(choice)
    return draft


def is_simple(antenna: AntennaResource) -> bool:
    """Ask whether the antenna needs the same changeover whatever the pair."""
    return antenna.axes is None and not antenna.pair_slew_s


def _walk(entries: list[Entry], choice: Choice, reach_s: float) -> Iterable[Entry]:
    """Walk the entries that end after start - reach and start before end + reach."""
    index = bisect_left(entries, (choice.start_s,))
    left = index - 1
    while left >= 0 and entries[left][1] > choice.start_s - reach_s - TOLERANCE_S:
        yield entries[left]
        left -= 1
    while index < len(entries) and entries[index][0] < choice.end_s + reach_s + TOLERANCE_S:
        yield entries[index]
        index += 1


def _edit(entries: list, entry: tuple, sign: int) -> None:  # type: ignore[type-arg]
    if sign > 0:
        insort(entries, entry)
    else:
        entries.remove(entry)
