"""Events as others see them: entries of the event log under a few stable kinds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.store.audit import AuditEntry
from tle.timebase import format_utc

EVENT_KINDS: Mapping[str, str] = {
    "refresh": "newer element sets came in",
    "plan": "a plan was stored, superseded or withdrawn",
    "publish": "a plan was published",
    "contact": "a contact or a blocked span was booked or changed",
    "drift": "the newest elements move a booked contact out of its reserved window",
    "conflict": "a booked contact no longer fits beside another, or a downtime",
    "aos_soon": "a booked contact starts soon",
    "los": "a booked contact has ended",
    "failure": "a source, a job, a contact or the delivery to a webhook failed",
    "test": "somebody asked for a test of a webhook",
}
_KINDS = {
    "elements.refresh": "refresh",
    "plan.store": "plan",
    "plan.publish": "publish",
    "plan.supersede": "plan",
    "plan.withdraw": "plan",
    "contact.aos_soon": "aos_soon",
    "contact.los": "los",
    "contact.fail": "failure",
    "contact.miss": "failure",
    "source.fail": "failure",
    "job.fail": "failure",
    "webhook.dead": "failure",
}
_PLACES = ("station_id", "antenna_id", "satellite_id")


@dataclass(frozen=True, slots=True)
class Event:
    """One event. ``owner`` is whom it concerns; empty: everybody."""

    event_id: int
    at_utc: str
    kind: str
    subject: str
    station_id: str | None
    antenna_id: str | None
    satellite_id: str | None
    owner: str
    data: Mapping[str, Any]


def read_event(entry: AuditEntry) -> Event | None:
    """Return the event of an entry of the log; None: it is for the audit alone."""
    kind = find_kind(entry)
    if kind is None:
        return None
    detail = dict(entry.detail)
    places = {name: detail.pop(name, None) for name in _PLACES}
    return Event(
        event_id=entry.entry_id,
        at_utc=format_utc(entry.at_utc),
        kind=kind,
        subject=entry.subject,
        owner=entry.owner,
        data={"change": entry.action.partition(".")[2], "who": entry.who, **detail},
        **places,
    )


def find_kind(entry: AuditEntry) -> str | None:
    """Return the kind under which an entry is told, or None."""
    if entry.action == "contact.assess":
        conditions = entry.detail.get("conditions", ())
        if "conflicting" in conditions:
            return "conflict"
        return "drift" if "drifted" in conditions else "contact"
    known = _KINDS.get(entry.action)
    return "contact" if known is None and entry.action.startswith("contact.") else known


def write_event(event: Event) -> dict[str, Any]:
    """Lay an event out as JSON."""
    return {name: getattr(event, name) for name in Event.__dataclass_fields__}
