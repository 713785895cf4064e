"""The plan: goals, shares, objective and gap, what changed against another plan, what if."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from app.errors import NotFoundError
from app.web import contact_rows, words
from app.web.visit import Visit, VisitDep, render
from scheduler.fairness import GoalFulfilment, OwnerFulfilment
from scheduler.plan import ContactPlan
from scheduler.plan_diff import Change
from scheduler.reasons import REASONS
from scheduler.resource_texts import write_worth_sentence
from scheduler.solvers import SOLVERS
from tle.timebase import from_unix_s

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
_PLANS_SHOWN = 20
_MOST_BOOKED = 10_000
_EXECUTED = ("completed",)
_PlanId = Annotated[str | None, Query(max_length=100)]


@dataclass(frozen=True, slots=True)
class GoalRow:
    """One goal: what was asked and given at its worst, in the unit that is shown."""

    name: str
    owner: str
    fulfilment: float
    met: int
    terms: int
    asked: float
    given: float
    unit: str
    reason: str


@dataclass(frozen=True, slots=True)
class OwnerRow:
    """One owner's antenna time in hours; ``promised_h`` is None without a share."""

    owner: str
    contacts: int
    promised_h: float | None
    planned_h: float
    executed_h: float


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """What became of one contact in the other plan."""

    kind: str
    name: str
    start_utc: datetime
    shift_s: float | None
    cause: str


@router.get("/plan")
def show_plan(
    visit: VisitDep, plan: _PlanId = None, against: _PlanId = None, worth: _PlanId = None
) -> HTMLResponse:
    """Show a plan (the newest, or a named one), and what it changes against another.

    ``worth`` is the job that found what limits it.
    """
    application = visit.application
    planning = application.planning
    shown = planning.read(plan) if plan else planning.newest_for(visit.station.id)
    page, _ = application.store.plans.list(limit=_PLANS_SHOWN)
    context: dict[str, Any] = {
        "plan": contact_rows.summarise(shown) if shown else None,
        "plans": page,
        "against": against,
        "changes": [],
        "counts": {},
        "goals": [],
        "owners": [],
        "limit": _say_limit(visit, worth),
        "stages": shown.provenance.get("stages", []) if shown else [],
        "objective": shown.objective if shown else None,
        "bound": shown.bound if shown else None,
        "unit": visit.say(words.UNITS.get(shown.objective_unit, shown.objective_unit))
        if shown
        else "",
        "losers": _count_losers(visit, shown) if shown else [],
        "owner_names": {share.owner: share.name for share in visit.station.owners},
        "plan_status": visit.say_all(words.PLAN_STATUS),
        "change_kinds": visit.say_all(words.CHANGES),
        "solvers": list(SOLVERS),
        "satellites": [each for each in application.configuration.satellites if each.served],
        "script_words": visit.say_all(words.PLAN),
        "script_data": {
            "plan_id": shown.plan_id if shown else None,
            "station_id": visit.station.id,
            "may": {role: visit.principal.may(role) for role in ("viewer", "scheduler")},
        },
    }
    if shown is not None:
        context |= _rate(visit, shown)
        if against:
            diff = planning.compare(against, shown.plan_id)
            context["counts"] = diff.counts
            context["changes"] = [
                _change_row(visit, each) for each in diff.changes if each.kind != "kept"
            ]
    return render(visit, "plan.html", context)


def _say_limit(visit: Visit, job_id: str | None) -> str:
    """Say what limits the plan, as a job found it; empty while nobody asked."""
    job = visit.application.store.jobs.read(job_id) if job_id else None
    if job is None or not job.result or "worth" not in job.result:
        return ""
    return write_worth_sentence(job.result["worth"], visit.say)


def _rate(visit: Visit, shown: ContactPlan) -> dict[str, Any]:
    """Rate goals and owners, as far as the visitor may see them; empty without its problem."""
    if not visit.principal.may("viewer"):
        return {}
    try:
        goals, owners = visit.application.explanations.rate(shown.plan_id)
    except NotFoundError:
        return {}
    executed = _sum_executed(visit, shown)
    return {
        "goals": [_goal_row(visit, each) for each in goals if visit.principal.sees(each.owner)],
        "owners": [_owner_row(each, executed) for each in owners],
    }


def _goal_row(visit: Visit, goal: GoalFulfilment) -> GoalRow:
    worst = goal.worst
    factor, unit = words.QUANTITIES.get(worst.quantity, (1.0, worst.quantity))
    return GoalRow(
        name=goal.request_id,
        owner=goal.owner,
        fulfilment=goal.fulfilment,
        met=goal.met,
        terms=goal.terms,
        asked=worst.asked / factor,
        given=worst.given / factor,
        unit=visit.say(unit),
        reason=visit.say(REASONS[worst.reason]) if worst.reason in REASONS else worst.reason,
    )


def _owner_row(owner: OwnerFulfilment, executed_s: dict[str, float]) -> OwnerRow:
    return OwnerRow(
        owner=owner.owner,
        contacts=owner.contacts,
        promised_h=None if owner.promised_s is None else owner.promised_s / 3600.0,
        planned_h=owner.reserved_s / 3600.0,
        executed_h=executed_s.get(owner.owner, 0.0) / 3600.0,
    )


def _sum_executed(visit: Visit, shown: ContactPlan) -> dict[str, float]:
    """Add up the reserved time that was carried out in the plan's span, by owner, in seconds."""
    done, _ = visit.application.store.reservations.list(
        start_utc=from_unix_s(shown.start_unix_s),
        end_utc=from_unix_s(shown.end_unix_s),
        station_ids=shown.station_ids,
        states=_EXECUTED,
        limit=_MOST_BOOKED,
    )
    total: dict[str, float] = {}
    for item in done:
        length_s = (item.reserved_end_utc - item.reserved_start_utc).total_seconds()
        total[item.owner] = total.get(item.owner, 0.0) + length_s
    return total


def _change_row(visit: Visit, change: Change) -> ChangeRow:
    names = visit.application.configuration.satellite_names
    return ChangeRow(
        kind=change.kind,
        name=names.get(change.satellite_id, change.satellite_id),
        start_utc=from_unix_s(change.start_unix_s),
        shift_s=change.start_shift_s,
        cause=visit.say(REASONS[change.cause]) if change.cause in REASONS else change.cause,
    )


def _count_losers(visit: Visit, shown: ContactPlan) -> list[tuple[str, str, int]]:
    """Count the passes not taken by reason: tag, sentence, number; the most frequent first."""
    counts: dict[str, int] = {}
    for each in shown.not_taken:
        counts[each.reason] = counts.get(each.reason, 0) + 1
    return [
        (tag, visit.say(REASONS.get(tag, tag)), count)
        for tag, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]
