"""What of a stored plan somebody may see: all, or the own part and when antennas are taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.access import Principal
from app.exports.json_plan import FREQUENCY_CONJUNCTIONS
from app.settings import Configuration
from scheduler.comparison.diff import PlanDiff
from scheduler.plan import Contact, ContactPlan, NotTaken

ANOTHER_OWNER = "another owner's contact"


@dataclass(frozen=True, slots=True)
class TakenSpan:
    """A contact of another owner: where and when, and nothing more."""

    station_id: str
    antenna_id: str
    reserved_start_unix_s: float
    reserved_end_unix_s: float


@dataclass(frozen=True, slots=True)
class PlanView:
    """A plan as somebody may see it; ``taken`` are the contacts of the others."""

    plan: ContactPlan
    taken: tuple[TakenSpan, ...] = ()


def view_plan(plan: ContactPlan, principal: Principal, configuration: Configuration) -> PlanView:
    """Leave in a plan what the principal may see: contacts, losers and goals of its owner.

    A loser keeps its reason; what beat it is named only when it is of the same owner.
    """
    if principal.sees_all:
        return PlanView(plan)
    owner_of = {satellite.id: satellite.owner for satellite in configuration.satellites}
    own = tuple(each for each in plan.contacts if principal.sees(each.owner))
    known = {each.contact_id for each in own}
    return PlanView(
        replace(
            plan,
            contacts=own,
            not_taken=tuple(
                _hide_winners(each, known)
                for each in plan.not_taken
                if principal.sees(owner_of.get(each.satellite_id, ""))
            ),
            provenance=_view_provenance(plan.provenance, principal, owner_of)
            | {FREQUENCY_CONJUNCTIONS: _pick_contacts(plan.provenance, known)},
            problem_json="",
        ),
        tuple(_take(each) for each in plan.contacts if not principal.sees(each.owner)),
    )


def view_diff(diff: PlanDiff, principal: Principal, configuration: Configuration) -> PlanDiff:
    """Leave in a comparison what became of the principal's own contacts."""
    if principal.sees_all:
        return diff
    owner_of = {satellite.id: satellite.owner for satellite in configuration.satellites}
    own = [
        change for change in diff.changes if principal.sees(owner_of.get(change.satellite_id, ""))
    ]
    known = {"", *(name for each in own for name in (each.old_contact_id, each.new_contact_id))}
    return replace(
        diff,
        changes=tuple(
            change if change.through in known else replace(change, through=ANOTHER_OWNER)
            for change in own
        ),
    )


def _take(contact: Contact) -> TakenSpan:
    return TakenSpan(
        contact.station_id,
        contact.antenna_id,
        contact.reserved_start_unix_s,
        contact.reserved_end_unix_s,
    )


def _hide_winners(loser: NotTaken, known: set[str]) -> NotTaken:
    named = tuple(name if name in known else ANOTHER_OWNER for name in loser.beaten_by)
    detail = {key: loser.detail[key] for key in _OWN_DETAIL if key in loser.detail}
    return replace(loser, beaten_by=named, detail=detail)


_OWN_DETAIL = ("candidate_id", "limit", "cut_by", "limit_value", "limit_unit")
_OPEN_PROVENANCE = (
    "configuration_digest",
    "created_utc",
    "problem_digest",
    "candidates",
    "seed",
    "solver_seconds",
    "solver_message",
    "stages",
)


def _pick_contacts(provenance: Mapping[str, Any], known: set[str]) -> dict[str, Any]:
    """Keep who shares beam and frequency with the contacts that may be seen."""
    shared = provenance.get(FREQUENCY_CONJUNCTIONS, {})
    return {name: shared[name] for name in shared if name in known}


def _view_provenance(
    provenance: Mapping[str, Any], principal: Principal, owner_of: Mapping[str, str]
) -> dict[str, Any]:
    """Keep what says how the plan was made, and of element sets those of own satellites."""
    kept = {name: provenance[name] for name in _OPEN_PROVENANCE if name in provenance}
    for name in ("element_sets", "unplanned"):
        kept[name] = [
            row
            for row in provenance.get(name, ())
            if principal.sees(owner_of.get(str(row.get("satellite_id", "")), ""))
        ]
    return kept
