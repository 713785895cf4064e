"""What each contact of a plan brings: to its own value, to every goal of a group, to gaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scheduler.problem.measure import (
    counts_in,
    measure_excess_s,
    measure_group,
    measure_quantity,
    measure_usable_s,
    measure_volume,
    value_sum,
)
from scheduler.problem.model import Choice, PlanningProblem

LEAST_VALUE = 1e-9  # a smaller contribution is none


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one contact adds to one term of the objective.

    ``term`` is ``contact``, ``usable_time``, ``volume`` (eq 1) or the id of a group or gap term;
    ``amount`` is in the quantity's unit; ``value`` is what the plan would lose in this term if the
    contact were taken out and nothing else changed, in value units.
    """

    term: str
    quantity: str
    amount: float
    value: float
    request_id: str = ""
    owner: str = ""


def list_contributions(
    problem: PlanningProblem, choices: Sequence[Choice]
) -> dict[str, tuple[Contribution, ...]]:
    """List the contributions of every contact of a plan, by opportunity."""
    found: dict[str, list[Contribution]] = {
        choice.opportunity_id: _list_own(problem, choice) for choice in choices
    }
    taken = {choice.opportunity_id: choice for choice in choices}
    for term in problem.group_terms:
        weights = term.weights or (1.0,) * len(term.members)
        members = [
            (taken[name], weight)
            for name, weight in zip(term.members, weights, strict=True)
            if name in taken and counts_in(term, taken[name].start_s)
        ]
        total = measure_group(problem, term, [choice for choice, _ in members])
        for choice, weight in members:
            amount = weight * measure_quantity(problem, choice, term.quantity)
            value = value_sum(term, total) - value_sum(term, total - amount)
            if amount or abs(value) > LEAST_VALUE:
                found[choice.opportunity_id].append(
                    Contribution(term.id, term.quantity, amount, value, term.request_id, term.owner)
                )
    for gap in problem.gap_terms:
        spans = {
            name: (taken[name].start_s, taken[name].end_s) for name in gap.members if name in taken
        }
        excess_s = measure_excess_s(gap, sorted(spans.values()))
        for name in spans:
            without = sorted(span for other, span in spans.items() if other != name)
            saved_s = measure_excess_s(gap, without) - excess_s
            if saved_s > LEAST_VALUE:
                found[name].append(
                    Contribution(
                        gap.id, "gap_s", saved_s, gap.price_per_s * saved_s,
                        gap.request_id, gap.owner,
                    )
                )  # fmt: skip
    return {name: tuple(items) for name, items in found.items()}


def _list_own(problem: PlanningProblem, choice: Choice) -> list[Contribution]:
    """List what a contact is worth by its own coefficients (eq 1)."""
    opportunity = problem.opportunity_by_id[choice.opportunity_id]
    usable_s = measure_usable_s(opportunity, choice.start_s, choice.end_s)
    volume = measure_volume(opportunity, choice.start_s, choice.end_s)
    rows = (
        ("contact", "count", 1.0, opportunity.value_per_contact),
        ("usable_time", "usable_s", usable_s, opportunity.value_per_s * usable_s),
        ("volume", "volume", volume, opportunity.value_per_volume * volume),
    )
    owner = problem.satellite_by_id[opportunity.satellite_id].owner
    return [
        Contribution(term, quantity, amount, value, owner=owner)
        for term, quantity, amount, value in rows
        if abs(value) > LEAST_VALUE
    ]
