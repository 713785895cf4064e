"""Explanations as JSON-ready records: tags, figures, and the same in words.

``hidden`` names the satellites whose contacts are not for the reader: of those it gives times and
class only.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from app.exports.json_plan import write_instant
from scheduler.explanations.alternatives import Alternative
from scheduler.explanations.fairness import GoalFulfilment, OwnerFulfilment
from scheduler.explanations.limiting_resource import Scarcity, Worth
from scheduler.explanations.pass_explanation import Conservation, PassExplanation, Winner
from scheduler.explanations.prices import Price
from scheduler.explanations.sentences import write_sentences
from scheduler.problem.model import PlanningProblem

Translate = Callable[[str], str]


def write_explanation(
    found: PassExplanation,
    problem: PlanningProblem,
    *,
    names: Mapping[str, str],
    unit: str,
    hidden: Collection[str] = (),
    translate: Translate = str,
) -> dict[str, Any]:
    """Lay out one explanation; of a hidden satellite only when, where and why."""
    shown = {name: "" if name in hidden else names.get(name, name) for name in _list_names(problem)}
    where = {
        "station_id": found.station_id,
        "aos_utc": write_instant(found.aos_unix_s),
        "los_utc": write_instant(found.los_unix_s),
        "start_utc": _instant(found.start_unix_s),
        "end_utc": _instant(found.end_unix_s),
        "reason": found.reason,
        "is_taken": found.is_taken,
        "is_hidden": found.satellite_id in hidden,
    }
    if found.satellite_id in hidden:
        return where
    return where | {
        "candidate_id": found.candidate_id,
        "pass_id": found.pass_id,
        "contact_id": found.contact_id,
        "satellite_id": found.satellite_id,
        "satellite_name": names.get(found.satellite_id, found.satellite_id),
        "owner": found.owner,
        "value": found.value,
        "own_value": found.own_value,
        "winners": [_write_winner(item, hidden) for item in found.winners],
        "limit": found.limit,
        "cut_by": found.cut_by,
        "bound_value": found.bound_value,
        "bound_unit": found.bound_unit,
        "contributions": [asdict(part) for part in found.contributions],
        "notes": list(found.notes),
        "price": None if found.price is None else write_price(found.price, problem, hidden),
        "alternatives": [_write_alternative(item, problem, hidden) for item in found.alternatives],
        "sentences": write_sentences(
            found, problem, names={**names, **shown}, unit=unit, translate=translate
        ),
    }


def write_price(
    price: Price, problem: PlanningProblem, hidden: Collection[str] = ()
) -> dict[str, Any]:
    """Lay out what another decision would cost, and what would change with it."""
    fields: dict[str, Any] = {
        "loss": price.loss,
        "loss_at_least": price.loss_at_least,
        "is_proven": price.is_proven,
        "reason": price.reason,
        "elapsed_s": round(price.elapsed_s, 3),
    }
    for kind in ("dropped", "added", "moved"):
        fields[kind] = [_write_opportunity(problem, name, hidden) for name in getattr(price, kind)]
    return fields


def write_balance(balance: Conservation) -> dict[str, Any]:
    """Lay out the count of candidates, contacts and reasons."""
    return asdict(balance) | {"is_balanced": balance.is_balanced}


def write_fairness(
    goals: Sequence[GoalFulfilment], owners: Sequence[OwnerFulfilment], sees: Callable[[str], bool]
) -> dict[str, Any]:
    """Lay out goals and owners, the worst served first; of others only that there are some."""
    return {
        "goals": [asdict(item) for item in goals if sees(item.owner)],
        "owners": [
            asdict(item) | {"fulfilment": item.fulfilment} for item in owners if sees(item.owner)
        ],
        "hidden_goals": sum(not sees(item.owner) for item in goals),
        "hidden_owners": sum(not sees(item.owner) for item in owners),
    }


def write_scarcity(item: Scarcity) -> dict[str, Any]:
    """Lay out how much of the plan's bound one resource holds."""
    return asdict(item)


def write_worth(worth: Worth, unit: str) -> dict[str, Any]:
    """Lay out what more of a resource is worth, re-solved."""
    fields = {
        name: getattr(worth, name)
        for name in ("added", "unit", "gain", "gain_bytes", "contacts", "is_proven")
    }
    each = worth.gain / worth.added if worth.added else 0.0
    each_bytes = worth.gain_bytes / worth.added if worth.added else 0.0
    return fields | {
        "value_unit": unit,
        "gain_per_unit": each,
        "gain_bytes_per_unit": each_bytes,
        "scarcity": write_scarcity(worth.scarcity),
    }


def _write_winner(item: Winner, hidden: Collection[str]) -> dict[str, Any]:
    fields = {
        "start_utc": write_instant(item.start_unix_s),
        "end_utc": write_instant(item.end_unix_s),
        "antenna_id": item.antenna_id,
        "standing": item.standing,
    }
    if item.satellite_id in hidden:
        return fields
    return fields | {
        "contact_id": item.contact_id,
        "satellite_id": item.satellite_id,
        "owner": item.owner,
    }


def _write_alternative(
    item: Alternative, problem: PlanningProblem, hidden: Collection[str]
) -> dict[str, Any]:
    return {
        "kind": item.kind,
        "candidate_id": item.opportunity_id,
        "pass_id": problem.opportunity_by_id[item.opportunity_id].pass_id,
        "antennas": list(item.antennas),
        "start_utc": write_instant(item.start_s),
        "end_utc": write_instant(item.end_s),
        "loss": item.loss,
        "needs_trim": item.needs_trim,
        "price": None if item.price is None else write_price(item.price, problem, hidden),
    }


def _write_opportunity(
    problem: PlanningProblem, name: str, hidden: Collection[str]
) -> dict[str, Any]:
    item = problem.opportunity_by_id[name]
    fields = {"start_utc": write_instant(item.start_s), "end_utc": write_instant(item.end_s)}
    if item.satellite_id in hidden:
        return fields
    return fields | {"candidate_id": name, "satellite_id": item.satellite_id}


def _list_names(problem: PlanningProblem) -> list[str]:
    return [satellite.id for satellite in problem.satellites]


def _instant(unix_s: float | None) -> str | None:
    return None if unix_s is None else write_instant(unix_s)
