"""Why each candidate of a plan was taken or not, as a reader is told it: facts, no words.

Built from the plan and the problem it solves, so any stored plan can be explained at any time. The
words are in ``scheduler.explanations.sentences``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from scheduler.errors import AuditError
from scheduler.explanations.alternatives import Alternative, find_alternatives
from scheduler.explanations.contributions import Contribution, list_contributions
from scheduler.explanations.prices import Price, SolveAgain, price_leaving, price_taking
from scheduler.plan import Contact, ContactPlan, NotTaken
from scheduler.problem.candidates import name_antenna
from scheduler.problem.measure import measure_value
from scheduler.problem.model import Choice, PlanningProblem

VERSION = 1  # of the tags and fields; grows when one changes its meaning

Standing = Literal["held", "higher_priority", "same_priority", "lower_priority"]


@dataclass(frozen=True, slots=True)
class Winner:
    """A contact that stands in the way, and its class against the loser: all that others read."""

    contact_id: str
    satellite_id: str
    owner: str
    station_id: str
    antenna_id: str
    start_unix_s: float
    end_unix_s: float
    standing: Standing


@dataclass(frozen=True, slots=True)
class PassExplanation:
    """One candidate, or one pass that never became one, and what became of it.

    ``value`` is what a contact brings to the plan, ``own_value`` what the whole window is worth by
    itself (eq 1). ``reason`` is a tag of ``scheduler.reasons``. ``cut_by`` is the constraint that
    took most of a pass, ``bound_value`` in ``bound_unit`` the limit of it or of the reason, None
    when there is none; ``limit`` names the request or term that is used up. ``notes`` are
    ``provisional``, ``tentative``, ``uncertain``.
    ``price`` and ``alternatives`` are there when they were asked for.
    """

    candidate_id: str
    pass_id: str
    satellite_id: str
    owner: str
    station_id: str
    aos_unix_s: float
    los_unix_s: float
    reason: str
    value: float = 0.0
    own_value: float = 0.0
    contact_id: str = ""
    start_unix_s: float | None = None
    end_unix_s: float | None = None
    winners: tuple[Winner, ...] = ()
    limit: str = ""
    cut_by: str = ""
    bound_value: float | None = None
    bound_unit: str = ""
    contributions: tuple[Contribution, ...] = ()
    notes: tuple[str, ...] = ()
    price: Price | None = None
    alternatives: tuple[Alternative, ...] = ()

    @property
    def is_taken(self) -> bool:
        return self.reason == "taken"


@dataclass(frozen=True, slots=True)
class Conservation:
    """Candidates in = contacts + reasons out; passes that no candidate came of are reasons too."""

    candidates: int
    contacts: int
    reasons: int
    refused_passes: int

    @property
    def is_balanced(self) -> bool:
        return self.candidates == self.contacts + self.reasons


@dataclass(frozen=True, slots=True)
class PlanExplanation:
    """All explanations of a plan in order of time, and the count that shows none is missing."""

    plan_id: str
    passes: tuple[PassExplanation, ...]
    conservation: Conservation
    version: int = field(default=VERSION)


def explain_plan(plan: ContactPlan, problem: PlanningProblem) -> PlanExplanation:
    """Explain everything; raise AuditError when a candidate has no end, or two."""
    brought = list_contributions(problem, list_choices(plan))
    passes = [*_list_taken(plan, problem, brought), *_list_losers(plan, problem)]
    passes.sort(key=lambda item: (item.aos_unix_s, item.pass_id, item.candidate_id))
    ends = [item.candidate_id for item in passes if item.candidate_id]
    balance = Conservation(
        candidates=len(problem.opportunities),
        contacts=len(plan.contacts),
        reasons=len(ends) - len(plan.contacts),
        refused_passes=len(passes) - len(ends),
    )
    if sorted(ends) != sorted(problem.opportunity_by_id):
        raise AuditError((f"candidates are not contacts plus reasons: {balance}",))
    return PlanExplanation(plan.plan_id, tuple(passes), balance)


def price_pass(
    found: PassExplanation,
    plan: ContactPlan,
    problem: PlanningProblem,
    solve_again: SolveAgain,
) -> PassExplanation:
    """Add the re-solved price of the opposite decision and, for a loser, the alternatives."""
    if not found.candidate_id:
        return found
    choices = list_choices(plan)
    if found.is_taken:
        return _add(found, price_leaving(problem, choices, found.candidate_id, solve_again), ())
    price = price_taking(problem, choices, found.candidate_id, solve_again, bound=plan.bound)
    others = find_alternatives(problem, choices, found.candidate_id, solve_again, bound=plan.bound)
    return _add(found, price, others)


def list_choices(plan: ContactPlan) -> tuple[Choice, ...]:
    """Turn the contacts of a plan back into choices of its problem."""
    return tuple(
        Choice(
            contact.contact_id.rpartition("@")[0],
            tuple(name_antenna(contact.station_id, name) for name in contact.antenna_id.split("+")),
            contact.start_unix_s,
            contact.end_unix_s,
        )
        for contact in plan.contacts
    )


def find_named(explanation: PlanExplanation, name: str) -> tuple[PassExplanation, ...]:
    """Return what a pass, candidate, contact or satellite id names; empty when nothing."""
    return tuple(
        item
        for item in explanation.passes
        if name in (item.pass_id, item.candidate_id, item.contact_id, item.satellite_id)
    )


def _add(found: PassExplanation, price: Price, others: Sequence[Alternative]) -> PassExplanation:
    return replace(found, price=price, alternatives=tuple(others))


def _list_taken(
    plan: ContactPlan,
    problem: PlanningProblem,
    brought: dict[str, tuple[Contribution, ...]],
) -> Iterator[PassExplanation]:
    for contact in plan.contacts:
        name = contact.contact_id.rpartition("@")[0]
        parts = brought.get(name, ())
        window = problem.opportunity_by_id[name]
        yield PassExplanation(
            candidate_id=name,
            pass_id=contact.pass_id,
            satellite_id=contact.satellite_id,
            owner=contact.owner,
            station_id=contact.station_id,
            aos_unix_s=contact.aos_unix_s,
            los_unix_s=contact.los_unix_s,
            reason="taken",
            value=sum(part.value for part in parts),
            own_value=measure_value(window, window.start_s, window.end_s),
            contact_id=contact.contact_id,
            start_unix_s=contact.start_unix_s,
            end_unix_s=contact.end_unix_s,
            contributions=parts,
            notes=tuple(
                note for note in ("provisional", "tentative", "uncertain") if getattr(contact, note)
            ),
        )


def _list_losers(plan: ContactPlan, problem: PlanningProblem) -> Iterator[PassExplanation]:
    contacts = {contact.contact_id: contact for contact in plan.contacts}
    owners = {satellite.id: satellite.owner for satellite in problem.satellites}
    held = {pin.choice.opportunity_id for pin in problem.pins}
    for loser in plan.not_taken:
        name = str(loser.detail.get("candidate_id", ""))
        opportunity = problem.opportunity_by_id.get(name)
        yield PassExplanation(
            candidate_id=name,
            pass_id=loser.pass_id,
            satellite_id=loser.satellite_id,
            owner=owners.get(loser.satellite_id, ""),
            station_id=loser.station_id,
            aos_unix_s=loser.aos_unix_s,
            los_unix_s=loser.los_unix_s,
            reason=loser.reason,
            own_value=0.0
            if opportunity is None
            else measure_value(opportunity, opportunity.start_s, opportunity.end_s),
            start_unix_s=None if opportunity is None else opportunity.start_s,
            end_unix_s=None if opportunity is None else opportunity.end_s,
            winners=tuple(
                _describe_winner(contacts[other], loser, name, problem, held)
                for other in loser.beaten_by
                if other in contacts
            ),
            limit=str(loser.detail.get("limit", "")),
            cut_by=str(loser.detail.get("cut_by", "")),
            bound_value=loser.detail.get("limit_value"),
            bound_unit=str(loser.detail.get("limit_unit", "")),
        )


def _describe_winner(
    contact: Contact, loser: NotTaken, name: str, problem: PlanningProblem, held: set[str]
) -> Winner:
    winner_id = contact.contact_id.rpartition("@")[0]
    winner, own = problem.opportunity_by_id.get(winner_id), problem.opportunity_by_id.get(name)
    standing: Standing = "same_priority"
    if winner_id in held:
        standing = "held"
    elif winner is not None and own is not None and winner.value_per_s != own.value_per_s:
        higher = winner.value_per_s > own.value_per_s
        standing = "higher_priority" if higher else "lower_priority"
    return Winner(
        contact.contact_id,
        contact.satellite_id,
        contact.owner,
        contact.station_id,
        contact.antenna_id,
        contact.start_unix_s,
        contact.end_unix_s,
        standing,
    )
