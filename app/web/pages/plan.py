"""The plan: goals, shares, objective and gap, what changed against another plan, what if."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from app.errors import NotFoundError
from app.services.plan_view import view_diff
from app.store.scenarios import Scenario
from app.web import contact_rows, words
from app.web.visit import Visit, VisitDep, render
from scheduler.comparison.diff import Change
from scheduler.explanations.fairness import GoalFulfilment, OwnerFulfilment
from scheduler.explanations.resource_sentences import write_worth_sentence
from scheduler.intervals import Span
from scheduler.plan import ContactPlan
from scheduler.reasons import REASONS
from scheduler.shares import OwnerUsage
from scheduler.solvers import SOLVERS
from tle.timebase import from_unix_s, parse_utc

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
_PLANS_SHOWN = 20
_PlanId = Annotated[str | None, Query(max_length=100)]
_PassId = Annotated[str, Query(max_length=200)]


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
    lost_h: float


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """What became of one contact in the other plan."""

    kind: str
    name: str
    start_utc: datetime
    shift_s: float | None
    cause: str


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """One figure on both sides of a what-if."""

    name: str
    old: float
    new: float
    unit: str
    digits: int = 1


@router.get("/plan")
def show_plan(
    visit: VisitDep,
    plan: _PlanId = None,
    against: _PlanId = None,
    scenario: _PlanId = None,
    worth: _PlanId = None,
    pin: _PassId = "",
    forbid: _PassId = "",
) -> HTMLResponse:
    """Show a plan (the newest, or a named one), and what it changes against another.

    ``scenario`` shows a what-if beside its base, ``worth`` is the job that found what limits the
    plan, ``pin`` and ``forbid`` go into the form.
    """
    application = visit.application
    tried = _find_scenario(visit, scenario)
    if tried is not None:
        plan = tried.base_plan_id or plan
    shown = visit.read_plan(plan)
    page = application.store.plans.list(limit=_PLANS_SHOWN)[0] if shown else ()
    context: dict[str, Any] = {
        "plan": contact_rows.summarise(shown) if shown else None,
        "failure": visit.read_failure() if shown is None else "",
        "plans": page,
        "against": against,
        "scenario": tried,
        "scenarios": _list_scenarios(visit),
        "comparison": _list_measures(visit, tried) if tried else [],
        "wanted_pin": pin,
        "wanted_forbid": forbid,
        "limit": _say_limit(visit, worth),
        "goals": [],
        "owners": [],
    }
    if shown is not None:
        context |= _rate(visit, shown)
    context |= _describe_figures(visit, shown) | _describe_form(visit, shown)
    context |= _list_changes(visit, shown, tried, against)
    return render(visit, "plan.html", context)


def _find_scenario(visit: Visit, name: str | None) -> Scenario | None:
    """Return a scenario for who may see all owners."""
    if not name or not _sees_scenarios(visit):
        return None
    return visit.application.scenarios.read(name)


def _sees_scenarios(visit: Visit) -> bool:
    return visit.principal.may_for_all("scheduler")


def _list_scenarios(visit: Visit) -> Sequence[Scenario]:
    if not _sees_scenarios(visit):
        return ()
    found, _ = visit.application.store.scenarios.list(limit=_PLANS_SHOWN)
    return found


def _list_measures(visit: Visit, tried: Scenario) -> list[MeasureRow]:
    """Lay out both sides of a scenario: value, contacts, time, data, goals, owners."""
    found = tried.comparison
    say, names = visit.say, {share.owner: share.name for share in visit.station.owners}
    unit = say(words.UNITS.get(found["value"]["unit"], found["value"]["unit"]))
    rows = [
        MeasureRow(say("Value of the plan"), found["value"]["old"], found["value"]["new"], unit),
        MeasureRow(say("Contacts"), found["contacts"]["old"], found["contacts"]["new"], "", 0),
        _scaled(say("Contact time"), found["contact_s"], 3600.0, say("h")),
        _scaled(say("Expected data"), found["expected_bytes"], 1e9, say("GB")),
    ]
    rows += [_scaled(name, pair, 0.01, "%") for name, pair in sorted(found["goals"].items())]
    rows += [
        _scaled(names.get(owner, owner), pair, 3600.0, say("h"))
        for owner, pair in sorted(found["owners_reserved_s"].items())
    ]
    return rows


def _scaled(name: str, pair: Mapping[str, float], factor: float, unit: str) -> MeasureRow:
    return MeasureRow(name, pair["old"] / factor, pair["new"] / factor, unit)


def _scenario_rows(visit: Visit, tried: Scenario) -> list[ChangeRow]:
    names = visit.application.configuration.satellite_names
    return [
        ChangeRow(
            kind=each["kind"],
            name=names.get(each["satellite_id"], each["satellite_id"]),
            start_utc=parse_utc(each["start_utc"]),
            shift_s=None,
            cause=_say_cause(visit, each["cause"]),
        )
        for each in tried.comparison["changes"]
    ]


def _say_cause(visit: Visit, tag: str) -> str:
    return visit.say(REASONS[tag]) if tag in REASONS else tag


def _say_limit(visit: Visit, job_id: str | None) -> str:
    """Say what limits the plan, as a job found it; empty while nobody asked."""
    job = visit.application.store.jobs.read(job_id) if job_id else None
    if job is None or not job.result or "worth" not in job.result:
        return ""
    return write_worth_sentence(job.result["worth"], visit.say)


def _describe_figures(visit: Visit, shown: ContactPlan | None) -> dict[str, Any]:
    """Lay out value, bound and stages of a plan, and why passes were not taken."""
    if shown is None:
        return {"stages": [], "objective": None, "bound": None, "unit": "", "losers": []}
    return {
        "stages": shown.provenance.get("stages", []),
        "objective": shown.objective,
        "bound": shown.bound,
        "unit": visit.say(words.UNITS.get(shown.objective_unit, shown.objective_unit)),
        "losers": _count_losers(visit, shown),
    }


def _describe_form(visit: Visit, shown: ContactPlan | None) -> dict[str, Any]:
    """Give the forms their choices, and the scripts what they need."""
    return {
        "owner_names": {share.owner: share.name for share in visit.station.owners},
        "plan_status": visit.say_all(words.PLAN_STATUS),
        "change_kinds": visit.say_all(words.CHANGES),
        "solvers": list(SOLVERS),
        "satellites": [each for each in visit.application.configuration.satellites if each.served],
        "script_words": visit.say_all(words.PLAN),
        "script_data": {
            "plan_id": shown.plan_id if shown else None,
            "station_id": visit.station.id,
            "antennas": [f"{visit.station.id}/{each.id}" for each in visit.station.antennas],
            "may": {role: visit.principal.may(role) for role in ("viewer", "scheduler")},
        },
    }


def _list_changes(
    visit: Visit, shown: ContactPlan | None, tried: Scenario | None, against: str | None
) -> dict[str, Any]:
    """List what a what-if, or the plan against another, keeps, moves, adds and drops."""
    if tried is not None:
        return {"counts": tried.comparison["counts"], "changes": _scenario_rows(visit, tried)}
    if shown is None or not against:
        return {"counts": {}, "changes": []}
    application = visit.application
    found = application.planning.compare(against, shown.plan_id)
    diff = view_diff(found, visit.principal, application.configuration)
    rows = [_change_row(visit, each) for each in diff.changes if each.kind != "kept"]
    return {"counts": diff.counts, "changes": rows}


def _rate(visit: Visit, shown: ContactPlan) -> dict[str, Any]:
    """Rate goals and owners, as far as the visitor may see them; empty without its problem."""
    if not visit.principal.may("viewer"):
        return {}
    try:
        goals, owners = visit.application.explanations.rate(shown.plan_id)
    except NotFoundError:
        return {}
    accounts = _account(visit, shown)
    return {
        "goals": [_goal_row(visit, each) for each in goals if visit.principal.sees(each.owner)],
        "owners": [
            _owner_row(each, accounts.get(each.owner))
            for each in owners
            if visit.principal.sees(each.owner)
        ],
    }


def _account(visit: Visit, shown: ContactPlan) -> dict[str, OwnerUsage]:
    """Return each owner's account of what is booked over the plan's span at the station."""
    span = Span(from_unix_s(shown.start_unix_s), from_unix_s(shown.end_unix_s))
    periods = visit.application.usage.account(visit.station.id, span, length="month")
    total: dict[str, OwnerUsage] = {}
    for period in periods:
        for each in period.owners:
            before = total.get(each.owner)
            total[each.owner] = (
                each
                if before is None
                else replace(
                    each,
                    executed_s=before.executed_s + each.executed_s,
                    lost_s=before.lost_s + each.lost_s,
                )
            )
    return total


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
        reason=visit.say(words.GOAL_REASONS[worst.reason]) if worst.reason else "",
    )


def _owner_row(owner: OwnerFulfilment, account: OwnerUsage | None) -> OwnerRow:
    return OwnerRow(
        owner=owner.owner,
        contacts=owner.contacts,
        promised_h=None if owner.promised_s is None else owner.promised_s / 3600.0,
        planned_h=owner.reserved_s / 3600.0,
        executed_h=account.executed_s / 3600.0 if account else 0.0,
        lost_h=account.lost_s / 3600.0 if account else 0.0,
    )


def _change_row(visit: Visit, change: Change) -> ChangeRow:
    names = visit.application.configuration.satellite_names
    return ChangeRow(
        kind=change.kind,
        name=names.get(change.satellite_id, change.satellite_id),
        start_utc=from_unix_s(change.start_unix_s),
        shift_s=change.start_shift_s,
        cause=_say_cause(visit, change.cause),
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
