"""Every call of the client, once: method, path, what is sent, and the model of the answer.

The models are the service's own wire models. A test holds each call against the OpenAPI document.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from pydantic import BaseModel

from app.api import schemas, schemas_contacts, schemas_delivery, schemas_executions, schemas_plans

T = TypeVar("T")
Names = Sequence[str]
Instant = str | datetime | None


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One request. ``answer`` is the model of the answer, or str for a text as it comes."""

    method: str
    path: str
    answer: type[T]
    params: Mapping[str, Any] = field(default_factory=dict)
    body: BaseModel | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def stations() -> Call[schemas.Stations]:
    """List the stations with their antennas."""
    return Call("GET", "/v1/stations", schemas.Stations)


def satellites() -> Call[schemas.Satellites]:
    """List the satellites, with the age of their elements."""
    return Call("GET", "/v1/satellites", schemas.Satellites)


def passes(
    *,
    station: Names = (),
    satellite: Names = (),
    start: Instant = None,
    end: Instant = None,
    days: float | None = None,
    limit: int = 1_000,
    offset: int = 0,
) -> Call[schemas.Passes]:
    """Predict passes, with their visibility windows."""
    given = _params(locals())
    return Call("GET", "/v1/passes", schemas.Passes, given)


def available(
    *,
    station: Names = (),
    satellite: Names = (),
    start: Instant = None,
    end: Instant = None,
    days: float | None = None,
    moving: str = "",
    limit: int = 1_000,
    offset: int = 0,
) -> Call[schemas_contacts.AvailablePasses]:
    """List what is free now, each with the token that books it.

    With the id of a contact as ``moving``: what it can move to, its own pass's new time included.
    """
    given = _params(locals())
    return Call("GET", "/v1/available-passes", schemas_contacts.AvailablePasses, given)


def book(
    token: str,
    *,
    why: str = "",
    override: str = "",
    confirmation: str = "",
    key: str | None = None,
) -> Call[schemas_contacts.Booking]:
    """Book what a token offers. Repeat with the same ``key`` to be sure that it is booked once."""
    order = schemas_contacts.ReserveOrder(
        token=token, why=why, override=override, confirmation=confirmation
    )
    headers = {"Idempotency-Key": key or secrets.token_urlsafe(16)}
    return Call("POST", "/v1/contacts", schemas_contacts.Booking, body=order, headers=headers)


def contacts(
    *,
    station: Names = (),
    state: Names = (),
    start: Instant = None,
    end: Instant = None,
    limit: int = 1_000,
    offset: int = 0,
) -> Call[schemas_contacts.Reservations]:
    """List booked contacts and blocked spans that touch a span."""
    return Call("GET", "/v1/contacts", schemas_contacts.Reservations, _params(locals()))


def contact(contact_id: str) -> Call[schemas_contacts.Reservation]:
    """Read one contact."""
    return Call("GET", f"/v1/contacts/{_part(contact_id)}", schemas_contacts.Reservation)


def cancel(
    contact_id: str, *, why: str = "", version: int | None = None, confirmation: str = ""
) -> Call[schemas_contacts.Reservation]:
    """Give a contact's time back; in commanded time with the mission's ``confirmation``."""
    path = f"/v1/contacts/{_part(contact_id)}/cancel"
    reason = schemas_contacts.Reason(why=why, version=version, confirmation=confirmation)
    return Call("POST", path, schemas_contacts.Reservation, body=reason)


def move(
    contact_id: str,
    token: str,
    *,
    why: str = "",
    version: int | None = None,
    confirmation: str = "",
) -> Call[schemas_contacts.Reservation]:
    """Give a contact the time that a token offers; ``available(moving=...)`` lists them."""
    path = f"/v1/contacts/{_part(contact_id)}/move"
    order = schemas_contacts.MoveOrder(
        token=token, why=why, version=version, confirmation=confirmation
    )
    return Call("POST", path, schemas_contacts.Reservation, body=order)


def report(
    contact_id: str, report: schemas_executions.ExecutionReport
) -> Call[schemas_executions.Execution]:
    """Say what really happened to a contact."""
    path = f"/v1/contacts/{_part(contact_id)}/execution"
    return Call("POST", path, schemas_executions.Execution, body=report)


def availability(
    by: str = "station", *, start: Instant = None, end: Instant = None
) -> Call[schemas_executions.Availabilities]:
    """Sum executed and lost contact time."""
    return Call("GET", "/v1/availability", schemas_executions.Availabilities, _params(locals()))


def order_plan(order: schemas.PlanOrder) -> Call[schemas.Job]:
    """Order a plan; ``job`` tells when it is there."""
    return Call("POST", "/v1/plans", schemas.Job, body=order)


def job(job_id: str) -> Call[schemas.Job]:
    """Read how far a job is."""
    return Call("GET", f"/v1/jobs/{_part(job_id)}", schemas.Job)


def plans(*, limit: int = 100, offset: int = 0) -> Call[schemas_plans.Plans]:
    """List the plans, newest first."""
    return Call("GET", "/v1/plans", schemas_plans.Plans, _params(locals()))


def plan(plan_id: str) -> Call[schemas_plans.Plan]:
    """Read one plan."""
    return Call("GET", f"/v1/plans/{_part(plan_id)}", schemas_plans.Plan)


def publish(
    plan_id: str, *, why: str = "", override: str = ""
) -> Call[schemas_plans.PublishedPlan]:
    """Turn the contacts of a plan into reserved ones."""
    order = schemas_plans.PublishOrder(why=why, override=override)
    path = f"/v1/plans/{_part(plan_id)}/publish"
    return Call("POST", path, schemas_plans.PublishedPlan, body=order)


def export(
    format: str,
    *,
    station: Names = (),
    satellite: Names = (),
    owner: Names = (),
    contact: Names = (),
    start: Instant = None,
    end: Instant = None,
) -> Call[str]:
    """Export what is booked, in one of the formats of docs/interfaces.md, as text."""
    return Call("GET", "/v1/contacts/export", str, _params(locals()))


def export_plan(plan_id: str, format: str) -> Call[str]:
    """Export the contacts of a plan."""
    return Call("GET", f"/v1/plans/{_part(plan_id)}/export", str, {"format": format})


def past_events(
    *, kind: Names = (), after: int = 0, limit: int = 1_000
) -> Call[schemas_delivery.Events]:
    """Read one page of what has happened."""
    return Call("GET", "/v1/events", schemas_delivery.Events, _params(locals()))


def _params(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was given, instants as text with their offset."""
    params = {}
    for name, value in given.items():
        if value is None or (isinstance(value, Sequence) and not value):
            continue
        if isinstance(value, datetime):
            if value.tzinfo is None:
                raise ValueError(f"{name}: {value} has no UTC offset; give an aware datetime")
            value = value.isoformat()
        params[name] = list(value) if isinstance(value, tuple) else value
    return params


def _part(name: str) -> str:
    return quote(name, safe="")
