"""Two plans side by side: contacts kept, moved, added, dropped; value, data, goals, owners."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scheduler.comparison.diff import PlanDiff, diff_plans
from scheduler.plan import ContactPlan
from scheduler.problem.model import PlanningProblem


@dataclass(frozen=True, slots=True)
class Pair:
    """One figure in both plans."""

    old: float
    new: float

    @property
    def change(self) -> float:
        return self.new - self.old


@dataclass(frozen=True, slots=True)
class PlanComparison:
    """What another plan would mean. Goals are fulfilments in 0..1; owners reserved seconds.

    ``is_same_measure``: both values count contacts alike (priorities and goals are the same).
    """

    diff: PlanDiff
    value: Pair
    value_unit: str
    is_same_measure: bool
    contacts: Pair
    contact_s: Pair
    expected_bytes: Pair
    goals: Mapping[str, Pair]
    owners: Mapping[str, Pair]


def compare_plans(
    old: ContactPlan,
    new: ContactPlan,
    old_problem: PlanningProblem | None = None,
    new_problem: PlanningProblem | None = None,
) -> PlanComparison:
    """Compare two plans; with both problems every change is told by its cause."""
    return PlanComparison(
        diff=diff_plans(old, new, old_problem, new_problem),
        value=Pair(old.objective, new.objective),
        value_unit=new.objective_unit,
        is_same_measure=_is_same_measure(old_problem, new_problem),
        contacts=Pair(len(old.contacts), len(new.contacts)),
        contact_s=Pair(_sum_s(old), _sum_s(new)),
        expected_bytes=Pair(_sum_bytes(old), _sum_bytes(new)),
        goals=_pair(_list_goals(old), _list_goals(new)),
        owners=_pair(_list_owners(old), _list_owners(new)),
    )


def write_comparison(found: PlanComparison) -> dict[str, Any]:
    """Lay a comparison out in JSON-ready values; the changes themselves are the diff's."""

    def pair(item: Pair) -> dict[str, float]:
        return {"old": item.old, "new": item.new, "change": item.change}

    return {
        "old_plan_id": found.diff.old_plan_id,
        "new_plan_id": found.diff.new_plan_id,
        "counts": dict(found.diff.counts),
        "value": pair(found.value) | {"unit": found.value_unit},
        "is_same_measure": found.is_same_measure,
        "contacts": pair(found.contacts),
        "contact_s": pair(found.contact_s),
        "expected_bytes": pair(found.expected_bytes),
        "goals": {name: pair(item) for name, item in found.goals.items()},
        "owners_reserved_s": {name: pair(item) for name, item in found.owners.items()},
    }


def _is_same_measure(old: PlanningProblem | None, new: PlanningProblem | None) -> bool:
    if old is None or new is None:
        return False
    prices = [
        {
            item.satellite_id: (item.value_per_contact, item.value_per_s, item.value_per_volume)
            for item in problem.opportunities
        }
        for problem in (old, new)
    ]
    shared = prices[0].keys() & prices[1].keys()
    terms = [
        {(term.request_id, term.name, term.lines) for term in problem.group_terms}
        | {(gap.request_id, gap.max_gap_s, gap.price_per_s) for gap in problem.gap_terms}
        for problem in (old, new)
    ]
    return terms[0] == terms[1] and all(prices[0][name] == prices[1][name] for name in shared)


def _pair(old: Mapping[str, float], new: Mapping[str, float]) -> dict[str, Pair]:
    return {name: Pair(old.get(name, 0.0), new.get(name, 0.0)) for name in sorted({*old, *new})}


def _list_goals(plan: ContactPlan) -> dict[str, float]:
    return {row["request_id"]: row["fulfilment"] for row in plan.provenance.get("fulfilment", ())}


def _list_owners(plan: ContactPlan) -> dict[str, float]:
    owners: dict[str, float] = {}
    for item in plan.contacts:
        reserved_s = item.reserved_end_unix_s - item.reserved_start_unix_s
        owners[item.owner] = owners.get(item.owner, 0.0) + reserved_s
    return owners


def _sum_s(plan: ContactPlan) -> float:
    return sum(item.end_unix_s - item.start_unix_s for item in plan.contacts)


def _sum_bytes(plan: ContactPlan) -> float:
    return sum(item.expected_bytes or 0.0 for item in plan.contacts)
