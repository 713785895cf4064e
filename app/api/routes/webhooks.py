"""Webhooks: where events are sent, what became of each, and a test."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.api import schemas_delivery as wire
from app.api.deps import ApplicationDep, Limit, Offset, SchedulerDep, find_next_offset
from app.errors import InputError
from app.store.webhooks import Webhook
from tle.timebase import format_utc

router = APIRouter(tags=["webhooks"])
_STATES = ("waiting", "delivered", "dead")


@router.post("/webhooks", status_code=201)
def add_webhook(
    application: ApplicationDep,
    principal: SchedulerDep,
    order: wire.WebhookOrder,
    response: Response,
) -> wire.NewWebhook:
    """Send events to an address from now on; its host must be on the allow-list.

    The answer holds the secret that signs them, this once.
    """
    made = application.webhooks.add(
        order.url, kinds=order.kinds, stations=order.stations, principal=principal
    )
    response.headers["Location"] = f"/v1/webhooks/{made.webhook_id}"
    return wire.NewWebhook(secret=made.secret, **describe(made).model_dump())


@router.get("/webhooks")
def list_webhooks(application: ApplicationDep, principal: SchedulerDep) -> wire.Webhooks:
    """List the webhooks, never their secrets."""
    found = application.store.webhooks.list(owner=principal.owner)
    return wire.Webhooks(webhooks=[describe(each) for each in found])


@router.get("/webhooks/{webhook_id}")
def get_webhook(
    application: ApplicationDep, principal: SchedulerDep, webhook_id: str
) -> wire.Webhook:
    """Read one webhook."""
    return describe(application.webhooks.read(webhook_id, principal))


@router.post("/webhooks/{webhook_id}/state")
def set_webhook_state(
    application: ApplicationDep, principal: SchedulerDep, webhook_id: str, order: wire.WebhookState
) -> wire.Webhook:
    """Enable or disable a webhook; what waits for it goes on waiting."""
    return describe(
        application.webhooks.set_state(webhook_id, order.state, why=order.why, principal=principal)
    )


@router.delete("/webhooks/{webhook_id}", status_code=204)
def remove_webhook(application: ApplicationDep, principal: SchedulerDep, webhook_id: str) -> None:
    """Forget a webhook and all that waits for it."""
    application.webhooks.remove(webhook_id, principal=principal)


@router.post("/webhooks/{webhook_id}/test")
def send_test(
    application: ApplicationDep, principal: SchedulerDep, webhook_id: str
) -> wire.TestResult:
    """Send a test event now and say what came back; it is not tried again."""
    outcome = application.webhooks.test(webhook_id, principal=principal)
    return wire.TestResult(
        delivered=outcome.delivered, status=outcome.status, reason=outcome.reason
    )


@router.get("/webhooks/{webhook_id}/deliveries")
def list_deliveries(
    application: ApplicationDep,
    principal: SchedulerDep,
    webhook_id: str,
    state: Annotated[
        str | None, Query(max_length=20, description="waiting, delivered or dead.")
    ] = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> wire.Deliveries:
    """List what was sent or waits, newest event first; ``dead`` is the dead letter box."""
    if state is not None and state not in _STATES:
        raise InputError("state", f"{state!r} is none of {', '.join(_STATES)}", value=state)
    application.webhooks.read(webhook_id, principal)
    page, total = application.store.webhooks.deliveries(
        webhook_id, state=state, limit=limit, offset=offset
    )
    return wire.Deliveries(
        deliveries=[
            wire.Delivery(
                event_id=each.event_id,
                state=each.state,
                attempt_count=each.attempt_count,
                next_attempt_utc=format_utc(each.next_attempt_utc),
                last_status=each.last_status,
                last_reason=each.last_reason,
                finished_utc=None if each.finished_utc is None else format_utc(each.finished_utc),
            )
            for each in page
        ],
        total=total,
        next_offset=find_next_offset(offset, len(page), total),
    )


@router.post("/webhooks/{webhook_id}/replay")
def replay_deliveries(
    application: ApplicationDep, principal: SchedulerDep, webhook_id: str, order: wire.ReplayOrder
) -> wire.Replayed:
    """Send events again under their old ids: the named ones, or all that died."""
    count = application.webhooks.replay(webhook_id, order.events, principal=principal)
    return wire.Replayed(count=count)


def describe(found: Webhook) -> wire.Webhook:
    """Lay a webhook out without its secret."""
    paused = found.paused_until_utc
    return wire.Webhook(
        webhook_id=found.webhook_id,
        url=found.url,
        kinds=list(found.kinds),
        stations=list(found.station_ids),
        owner=found.owner,
        state=found.state,
        reason=found.reason,
        failure_count=found.failure_count,
        paused_until_utc=None if paused is None else format_utc(paused),
        created_utc=format_utc(found.created_utc),
        created_by=found.created_by,
    )
