"""The states of a plan: publish it, take it back, read what happened to it."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import APIRouter

from app.api import schemas_plans as wire
from app.api.deps import ApplicationDep, UnboundSchedulerDep, ViewerDep
from app.errors import NotFoundError
from app.exports.json_plan import write_instant
from scheduler.comparison.diff import Change
from tle.timebase import format_utc

router = APIRouter(tags=["plans"])
_HISTORY_LIMIT = 1_000


@router.post("/plans/{plan_id}/publish")
def publish_plan(
    application: ApplicationDep,
    principal: UnboundSchedulerDep,
    plan_id: str,
    order: wire.PublishOrder,
) -> wire.PublishedPlan:
    """Turn the contacts of a plan into reserved ones, all together or none; or say what that is.

    What is pinned, running, about to start or commanded by a mission stays as it is. It changes
    contacts of all owners: a key that is bound to one is refused.
    """
    done = application.contacts.publish(
        plan_id,
        who=principal.name,
        why=order.why,
        override=order.override,
        confirmation=order.confirmation,
        is_trial=order.dry_run,
    )
    moved = set(done.moved)
    return wire.PublishedPlan(
        plan_id=done.plan_id,
        state=done.state,
        booked=[e.reservation_id for e in done.booked if e.reservation_id not in moved],
        kept=list(done.kept),
        moved=list(done.moved),
        released=list(done.released),
        refused=[
            wire.RefusedContact(
                contact_id=each.contact.contact_id,
                satellite_id=each.contact.satellite_id,
                reason=each.reason,
                in_the_way=each.in_the_way,
            )
            for each in done.refused
        ],
        changes=list(describe_changes(done.changes)),
    )


@router.post("/plans/{plan_id}/withdraw")
def withdraw_plan(
    application: ApplicationDep,
    principal: UnboundSchedulerDep,
    plan_id: str,
    order: wire.WithdrawOrder,
) -> wire.WithdrawnPlan:
    """Take a plan back for good, with the contacts that it booked and that may still change."""
    was, released = application.contacts.withdraw(plan_id, who=principal.name, why=order.why)
    return wire.WithdrawnPlan(plan_id=plan_id, state="withdrawn", was=was, released=list(released))


@router.get("/plans/{plan_id}/history")
def read_plan_history(
    application: ApplicationDep, principal: ViewerDep, plan_id: str
) -> wire.PlanHistory:
    """Read the state of a plan and every change of it: who, when, why; the oldest first."""
    if application.store.plans.summary(plan_id) is None:
        raise NotFoundError("plan_id", "no such plan", value=plan_id)
    entries, _ = application.store.audit.list(subject=plan_id, action="plan.", limit=_HISTORY_LIMIT)
    return wire.PlanHistory(
        plan_id=plan_id,
        state=application.store.plan_states.read([plan_id])[plan_id].state,
        events=[
            wire.PlanEvent(
                at_utc=format_utc(each.at_utc),
                who=each.who,
                verb=each.action.removeprefix("plan."),
                source_state=each.detail["source"],
                target_state=each.detail["target"],
                why=each.detail["why"],
                detail={
                    name: value
                    for name, value in each.detail.items()
                    if name not in ("source", "target", "why")
                },
            )
            for each in reversed(entries)
            if "target" in each.detail
        ],
    )


def describe_changes(changes: Iterable[Change]) -> Iterable[wire.Change]:
    """Lay out what became of contacts."""
    for change in changes:
        yield wire.Change(
            kind=change.kind,
            satellite_id=change.satellite_id,
            station_id=change.station_id,
            start_utc=write_instant(change.start_unix_s),
            old_contact_id=change.old_contact_id,
            new_contact_id=change.new_contact_id,
            start_shift_s=change.start_shift_s,
            end_shift_s=change.end_shift_s,
            cause=change.cause,
            through=change.through,
        )
