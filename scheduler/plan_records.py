"""What a plan says of itself beside its contacts: contributions, balance, shares, releases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from scheduler.explanations.fairness import rate_goals
from scheduler.explanations.pass_explanation import explain_plan, list_choices
from scheduler.intervals import Span
from scheduler.plan import Contact, ContactPlan
from scheduler.problem.model import PlanningProblem
from scheduler.share_terms import find_releases, reserve
from scheduler.shares import PeriodUsage, account_usage
from scheduler.stations import Station


def add_records(
    plan: ContactPlan,
    problem: PlanningProblem,
    stations: Sequence[Station],
    span: Span,
    *,
    now_s: float,
    booked: Sequence[Contact] = (),
) -> ContactPlan:
    """Write into a plan's provenance what each contact brings, the balance and the shares.

    Raises AuditError when a candidate ends nowhere, or twice.
    """
    explained = explain_plan(plan, problem)
    contributions = {
        item.contact_id: [
            asdict(part)
            for part in item.contributions
            if part.term not in ("contact", "usable_time", "volume")
        ]
        for item in explained.passes
        if item.is_taken
    }
    owner_of = {satellite.id: satellite.owner for satellite in problem.satellites}
    releases = find_releases(
        stations, problem.opportunities, owner_of, span, now_s=now_s, booked=booked
    )
    record = {
        "explanation_version": explained.version,
        "conservation": asdict(explained.conservation),
        "contributions": {name: parts for name, parts in contributions.items() if parts},
        "fulfilment": [
            {"request_id": item.request_id, "owner": item.owner, "fulfilment": item.fulfilment}
            for item in rate_goals(problem, list_choices(plan))
        ],
        "shares": list_shares(stations, plan.contacts, span),
        "releases": [asdict(item) | {"released_s": item.released_s} for item in releases],
    }
    return replace(plan, provenance={**plan.provenance, **record})


def list_shares(
    stations: Sequence[Station], contacts: Sequence[Contact], span: Span
) -> list[dict[str, Any]]:
    """Account the contacts of a plan to the owners, each over the periods of its own share."""
    rows: list[dict[str, Any]] = []
    for station in stations:
        reserved = [reserve(item) for item in contacts if item.station_id == station.id]
        for length in ("day", "week", "month"):
            names = {share.owner for share in station.owners if share.period == length}
            if names:
                for usage in account_usage(station, span, reserved, length=length):
                    rows += _write_period(usage, names)
    return rows


def _write_period(usage: PeriodUsage, names: set[str]) -> list[dict[str, Any]]:
    lent: Mapping[str, list[tuple[str, float]]] = {
        name: [(loan.lender, loan.seconds) for loan in usage.loans if loan.borrower == name]
        for name in names
    }
    return [
        {
            "station_id": usage.station_id,
            "owner": item.owner,
            "start_unix_s": usage.period.start_unix_s,
            "end_unix_s": usage.period.end_unix_s,
            "promised_s": item.promised_s,
            "planned_s": item.planned_s,
            "given_away_s": item.given_away_s,
            "borrowed_s": item.borrowed_s,
            "borrowed_from_s": dict(lent[item.owner]),
        }
        for item in usage.owners
        if item.owner in names
    ]
