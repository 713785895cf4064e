"""What a contact yields and what a plan is worth (eqs 1 to 4). The audit has its own version."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from scheduler.problem.model import (
    AntennaResource,
    Choice,
    GapTerm,
    GroupTerm,
    Opportunity,
    PlanningProblem,
    Quantity,
)


def measure_usable_s(opportunity: Opportunity, start_s: float, end_s: float) -> float:
    """Measure [start + lock, end) minus the interruptions."""
    first = start_s + opportunity.lock_s
    usable_s = max(0.0, end_s - first)
    for hole_start_s, hole_end_s in opportunity.interruptions:
        usable_s -= max(0.0, min(end_s, hole_end_s) - max(first, hole_start_s))
    return max(0.0, usable_s)


def measure_volume(opportunity: Opportunity, start_s: float, end_s: float) -> float:
    """Integrate the rate over the usable time, or take the window's volume pro rata; 0 unknown."""
    if not opportunity.rate:
        if opportunity.volume is None:
            return 0.0
        whole_s = measure_usable_s(opportunity, opportunity.start_s, opportunity.end_s)
        if whole_s <= 0:
            return 0.0
        if start_s == opportunity.start_s and end_s == opportunity.end_s:
            return opportunity.volume
        return opportunity.volume * measure_usable_s(opportunity, start_s, end_s) / whole_s
    first = start_s + opportunity.lock_s
    volume = _integrate(opportunity, first, end_s)
    for hole_start_s, hole_end_s in opportunity.interruptions:
        volume -= _integrate(opportunity, max(first, hole_start_s), min(end_s, hole_end_s))
    return volume


def _integrate(opportunity: Opportunity, start_s: float, end_s: float) -> float:
    if end_s <= start_s:
        return 0.0
    rate = opportunity.rate
    first = max(0, bisect_right(rate, (start_s, float("inf"))) - 1)
    volume = 0.0
    for index in range(first, len(rate)):
        step_start_s, per_s = rate[index]
        step_end_s = rate[index + 1][0] if index + 1 < len(rate) else opportunity.end_s
        if step_start_s >= end_s:
            break
        overlap_s = min(end_s, step_end_s) - max(start_s, step_start_s)
        if overlap_s > 0:
            volume += per_s * overlap_s
    return volume


def measure_value(opportunity: Opportunity, start_s: float, end_s: float) -> float:
    """Value one contact by its own coefficients (eq 1)."""
    value = opportunity.value_per_contact
    if opportunity.value_per_s:
        value += opportunity.value_per_s * measure_usable_s(opportunity, start_s, end_s)
    if opportunity.value_per_volume:
        value += opportunity.value_per_volume * measure_volume(opportunity, start_s, end_s)
    return value


def get_setup_s(antenna: AntennaResource, opportunity: Opportunity) -> float:
    """Return the setup of a contact on an antenna."""
    return antenna.setup_s if opportunity.setup_s is None else opportunity.setup_s


def get_teardown_s(antenna: AntennaResource, opportunity: Opportunity) -> float:
    """Return the teardown of a contact on an antenna."""
    return antenna.teardown_s if opportunity.teardown_s is None else opportunity.teardown_s


def measure_quantity(problem: PlanningProblem, choice: Choice, quantity: Quantity) -> float:
    """Measure what one contact adds to a group's sum, before its weight."""
    opportunity = problem.opportunity_by_id[choice.opportunity_id]
    if quantity == "count":
        return 1.0
    if quantity == "duration_s":
        return choice.end_s - choice.start_s
    if quantity == "usable_s":
        return measure_usable_s(opportunity, choice.start_s, choice.end_s)
    if quantity == "volume":
        return measure_volume(opportunity, choice.start_s, choice.end_s)
    return sum(
        choice.end_s
        - choice.start_s
        + get_setup_s(problem.antenna_by_id[name], opportunity)
        + get_teardown_s(problem.antenna_by_id[name], opportunity)
        for name in choice.antennas
    )


def value_sum(term: GroupTerm, total: float) -> float:
    """Value the sum of a group (eq 2)."""
    return min((slope * total + intercept for slope, intercept in term.lines), default=0.0)


def counts_in(term: GroupTerm, start_s: float) -> bool:
    """Ask whether a contact that starts at an instant counts in the group."""
    span = term.starts_within
    return span is None or span[0] <= start_s < span[1]


def measure_group(problem: PlanningProblem, term: GroupTerm, choices: Iterable[Choice]) -> float:
    """Sum a group over the contacts of a plan."""
    weights = dict(zip(term.members, term.weights or (1.0,) * len(term.members), strict=True))
    return sum(
        weights[choice.opportunity_id] * measure_quantity(problem, choice, term.quantity)
        for choice in choices
        if choice.opportunity_id in weights and counts_in(term, choice.start_s)
    )


def measure_excess_s(term: GapTerm, spans: Iterable[tuple[float, float]]) -> float:
    """Sum the seconds by which gaps between ascending spans exceed the limit (eq 3).

    Only what lies inside the term's own span counts.
    """
    reach_s, excess_s = term.start_s, 0.0
    for start_s, end_s in [*spans, (term.end_s, term.end_s)]:
        excess_s += max(0.0, min(start_s, term.end_s) - reach_s - term.max_gap_s)
        reach_s = max(reach_s, end_s)
    return excess_s


def value_plan(problem: PlanningProblem, choices: Sequence[Choice]) -> float:
    """Value a plan: contacts, groups, gaps, changes (eqs 1 to 4)."""
    value = 0.0
    chosen: dict[str, Choice] = {}
    for choice in choices:
        chosen[choice.opportunity_id] = choice
        opportunity = problem.opportunity_by_id[choice.opportunity_id]
        value += measure_value(opportunity, choice.start_s, choice.end_s)
    for group in problem.group_terms:
        taken = [chosen[member] for member in group.members if member in chosen]
        value += value_sum(group, measure_group(problem, group, taken))
    for gap in problem.gap_terms:
        spans = sorted(
            (chosen[member].start_s, chosen[member].end_s)
            for member in gap.members
            if member in chosen
        )
        value -= gap.price_per_s * measure_excess_s(gap, spans)
    if problem.previous and problem.change_price:
        value -= problem.change_price * len(set(problem.previous) ^ set(choices))
    return value
