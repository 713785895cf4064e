"""Webhooks and their deliveries: each event goes to each webhook that wants it, once.

``spread`` makes the deliveries of new events; ``claim`` gives one out to be sent, under a lease, so
that a sender that dies loses nothing; ``settle`` keeps what became of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Engine, delete, exists, func, insert, or_, select, update

from app.store.audit import AuditEntry, add_audit_entry
from app.store.schema import audit_entry
from app.store.schema_webhooks import webhook, webhook_delivery
from app.store.session import lock_name, reading

DeliveryState = Literal["waiting", "delivered", "dead"]
SPREAD_LOCK, _CLAIM_LOCK = "webhook deliveries", "webhook claims"
_EVENTS_A_TURN = 500


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where events go, which, and how it has been doing. Empty kinds or stations: all."""

    webhook_id: str
    url: str
    secret: str
    kinds: tuple[str, ...]
    station_ids: tuple[str, ...]
    owner: str
    state: str
    reason: str
    seen_event_id: int
    failure_count: int
    paused_until_utc: datetime | None
    created_utc: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event for one webhook, and how far it is."""

    delivery_id: int
    webhook_id: str
    event_id: int
    state: str
    attempt_count: int
    next_attempt_utc: datetime
    claimed_until_utc: datetime | None
    last_status: int | None
    last_reason: str
    finished_utc: datetime | None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery to be sent now, with all that it takes."""

    delivery: Delivery
    webhook: Webhook
    entry: AuditEntry


Wants = Callable[[Webhook, AuditEntry], bool]


class WebhookStore:
    """Keep webhooks, spread events over them, and remember every attempt."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, made: Webhook) -> None:
        """Keep a new webhook; it gets what happens from now on."""
        fields = {name: getattr(made, name) for name in Webhook.__dataclass_fields__}
        fields |= {"kinds": list(made.kinds), "station_ids": list(made.station_ids)}
        with self._engine.begin() as connection:
            lock_name(connection, SPREAD_LOCK)
            newest = connection.execute(select(func.max(audit_entry.c.entry_id))).scalar()
            fields["seen_event_id"] = newest or 0
            connection.execute(insert(webhook).values(fields))
            add_audit_entry(
                connection, made.created_utc, made.created_by, "add_webhook", made.webhook_id, {}
            )

    def list(self, *, owner: str = "") -> tuple[Webhook, ...]:
        """Return all webhooks, or those bound to one owner, oldest first."""
        chosen = select(webhook).order_by(webhook.c.created_utc, webhook.c.webhook_id)
        if owner:
            chosen = chosen.where(webhook.c.owner == owner)
        with reading(self._engine) as connection:
            return tuple(_read_webhook(row) for row in connection.execute(chosen))

    def read(self, webhook_id: str) -> Webhook | None:
        """Return one webhook, or None."""
        with reading(self._engine) as connection:
            row = connection.execute(
                select(webhook).where(webhook.c.webhook_id == webhook_id)
            ).one_or_none()
        return None if row is None else _read_webhook(row)

    def set_state(
        self, webhook_id: str, state: str, *, reason: str, who: str, now_utc: datetime
    ) -> None:
        """Enable a webhook (and forget its failures), or disable it; what waits goes on waiting."""
        with self._engine.begin() as connection:
            connection.execute(
                update(webhook)
                .where(webhook.c.webhook_id == webhook_id)
                .values(state=state, reason=reason, failure_count=0, paused_until_utc=None)
            )
            action = "enable_webhook" if state == "enabled" else "disable_webhook"
            add_audit_entry(connection, now_utc, who, action, webhook_id, {"reason": reason})

    def remove(self, webhook_id: str, *, who: str, now_utc: datetime) -> None:
        """Forget a webhook and its deliveries."""
        with self._engine.begin() as connection:
            connection.execute(delete(webhook).where(webhook.c.webhook_id == webhook_id))
            add_audit_entry(connection, now_utc, who, "remove_webhook", webhook_id, {})

    def spread(self, wants: Wants, *, now_utc: datetime) -> int:
        """Make the deliveries of events that no webhook has seen; return how many.

        Deliveries and the place up to which events were seen change in one transaction.
        """
        with reading(self._engine) as connection:
            newest = connection.execute(select(func.max(audit_entry.c.entry_id))).scalar() or 0
            behind = connection.execute(
                select(webhook.c.webhook_id).where(webhook.c.seen_event_id < newest).limit(1)
            ).first()
        if behind is None:
            return 0
        with self._engine.begin() as connection:
            lock_name(connection, SPREAD_LOCK)
            hooks = [_read_webhook(row) for row in connection.execute(select(webhook))]
            oldest = min((each.seen_event_id for each in hooks), default=newest)
            rows = connection.execute(
                select(audit_entry)
                .where(audit_entry.c.entry_id > oldest)
                .order_by(audit_entry.c.entry_id)
                .limit(_EVENTS_A_TURN)
            ).all()
            entries = [AuditEntry(**row._mapping) for row in rows]
            made = [
                {
                    "webhook_id": hook.webhook_id,
                    "event_id": entry.entry_id,
                    "state": "waiting",
                    "attempt_count": 0,
                    "next_attempt_utc": now_utc,
                    "last_reason": "",
                }
                for hook in hooks
                for entry in entries
                if entry.entry_id > hook.seen_event_id and wants(hook, entry)
            ]
            if made:
                connection.execute(insert(webhook_delivery), made)
            if entries:
                connection.execute(
                    update(webhook)
                    .where(webhook.c.seen_event_id < entries[-1].entry_id)
                    .values(seen_event_id=entries[-1].entry_id)
                )
            return len(made)

    def claim(self, *, now_utc: datetime, lease: timedelta) -> Claimed | None:
        """Take the oldest delivery that is due, of a webhook that nobody is sending to."""
        due = select_due(now_utc)
        with reading(self._engine) as connection:
            if connection.execute(due.limit(1)).first() is None:
                return None
        with self._engine.begin() as connection:
            lock_name(connection, _CLAIM_LOCK)
            row = connection.execute(due.order_by(webhook_delivery.c.event_id).limit(1)).first()
            if row is None:
                return None
            claimed = connection.execute(
                update(webhook_delivery)
                .where(webhook_delivery.c.delivery_id == row.delivery_id)
                .values(claimed_until_utc=now_utc + lease, attempt_count=row.attempt_count + 1)
                .returning(webhook_delivery)
            ).one()
            hook = connection.execute(
                select(webhook).where(webhook.c.webhook_id == row.webhook_id)
            ).one()
            entry = connection.execute(
                select(audit_entry).where(audit_entry.c.entry_id == row.event_id)
            ).one()
        return Claimed(
            Delivery(**claimed._mapping), _read_webhook(hook), AuditEntry(**entry._mapping)
        )

    def settle(
        self,
        claimed: Claimed,
        state: DeliveryState,
        *,
        status: int | None,
        reason: str,
        now_utc: datetime,
        next_attempt_utc: datetime | None = None,
        paused_until_utc: datetime | None = None,
    ) -> None:
        """Keep what became of an attempt; the first death of a webhook's run is an event."""
        delivery, hook = claimed.delivery, claimed.webhook
        with self._engine.begin() as connection:
            changed = connection.execute(
                update(webhook_delivery)
                .where(
                    webhook_delivery.c.delivery_id == delivery.delivery_id,
                    webhook_delivery.c.attempt_count == delivery.attempt_count,
                    webhook_delivery.c.state == "waiting",
                )
                .values(
                    state=state,
                    claimed_until_utc=None,
                    last_status=status,
                    last_reason=reason,
                    next_attempt_utc=next_attempt_utc or now_utc,
                    finished_utc=None if state == "waiting" else now_utc,
                )
            )
            if changed.rowcount != 1:
                return  # its lease ran out and another sender has it
            count = 0 if state == "delivered" else hook.failure_count + 1
            connection.execute(
                update(webhook)
                .where(webhook.c.webhook_id == hook.webhook_id)
                .values(failure_count=count, paused_until_utc=paused_until_utc)
            )
            if state == "dead":
                detail = {"event_id": delivery.event_id, "reason": reason}
                add_audit_entry(
                    connection,
                    now_utc,
                    "aspan",
                    "webhook.dead",
                    hook.webhook_id,
                    detail,
                    hook.owner,
                )

    def deliveries(
        self, webhook_id: str, *, state: str | None = None, limit: int, offset: int = 0
    ) -> tuple[tuple[Delivery, ...], int]:
        """Return one page of a webhook's deliveries, newest event first, and how many there are."""
        chosen = select(webhook_delivery).where(webhook_delivery.c.webhook_id == webhook_id)
        if state is not None:
            chosen = chosen.where(webhook_delivery.c.state == state)
        with reading(self._engine) as connection:
            total = connection.execute(
                select(func.count()).select_from(chosen.subquery())
            ).scalar_one()
            rows = connection.execute(
                chosen.order_by(webhook_delivery.c.event_id.desc()).limit(limit).offset(offset)
            ).all()
        return tuple(Delivery(**row._mapping) for row in rows), total

    def replay(
        self,
        webhook_id: str,
        *,
        event_ids: Sequence[int] = (),
        who: str,
        now_utc: datetime,
    ) -> int:
        """Send again: the named events' deliveries, or with none named all that died."""
        chosen = (
            webhook_delivery.c.event_id.in_(event_ids)
            if event_ids
            else webhook_delivery.c.state == "dead"
        )
        with self._engine.begin() as connection:
            done = connection.execute(
                update(webhook_delivery)
                .where(
                    webhook_delivery.c.webhook_id == webhook_id,
                    webhook_delivery.c.state != "waiting",
                    chosen,
                )
                .values(
                    state="waiting", attempt_count=0, next_attempt_utc=now_utc, finished_utc=None
                )
            )
            add_audit_entry(
                connection, now_utc, who, "replay_webhook", webhook_id, {"count": done.rowcount}
            )
            return done.rowcount


def select_due(now_utc: datetime) -> Any:
    """Select deliveries that may be sent now; one at a time for a webhook, its oldest that is due.

    Each webhook is asked for its first by the index, however many of its events wait.
    """
    other, busy = webhook_delivery.alias("other"), webhook_delivery.alias("busy")
    oldest = (
        select(other.c.delivery_id)
        .where(
            other.c.webhook_id == webhook.c.webhook_id,
            other.c.state == "waiting",
            other.c.next_attempt_utc <= now_utc,
        )
        .order_by(other.c.event_id)
        .limit(1)
        .correlate(webhook)
        .scalar_subquery()
    )
    is_busy = exists().where(
        busy.c.webhook_id == webhook.c.webhook_id,
        busy.c.state == "waiting",
        busy.c.claimed_until_utc > now_utc,
    )
    return (
        select(webhook_delivery)
        .select_from(webhook)
        .join(webhook_delivery, webhook_delivery.c.delivery_id == oldest)
        .where(
            webhook.c.state == "enabled",
            or_(webhook.c.paused_until_utc.is_(None), webhook.c.paused_until_utc <= now_utc),
            ~is_busy,
        )
    )


def _read_webhook(row: Any) -> Webhook:
    fields = dict(row._mapping)
    return Webhook(
        **fields | {"kinds": tuple(fields["kinds"]), "station_ids": tuple(fields["station_ids"])}
    )
