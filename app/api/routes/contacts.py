"""Booked contacts: list, cancel, carry out, block an antenna, read what happened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any, get_args

from fastapi import APIRouter, Query, Response
from starlette.exceptions import HTTPException

from app.access import Principal
from app.api import schemas_contacts as wire
from app.api.deps import (
    ApplicationDep,
    Limit,
    Offset,
    OperatorDep,
    UnboundOperatorDep,
    ViewerDep,
    find_next_offset,
    require,
)
from app.application import Application
from app.errors import CollisionError, InputError
from app.exports.json_plan import write_contact, write_instant
from app.services.selection import read_instant
from app.store.reservation_rows import EVERYTHING, Reservation
from scheduler.contact_states import BOOKED_STATES, ContactState
from scheduler.intervals import Span
from tle.timebase import format_utc

router = APIRouter(tags=["contacts"])
_STATES = (*get_args(ContactState), "blocked", "lifted")


@router.get("/contacts")
def list_reservations(
    application: ApplicationDep,
    principal: ViewerDep,
    station: Annotated[list[str], Query(max_length=100)] = [],  # noqa: B006 (FastAPI copies it)
    start: str | None = None,
    end: str | None = None,
    state: Annotated[list[str], Query(max_length=20)] = [],  # noqa: B006
    limit: Limit = 100,
    offset: Offset = 0,
) -> wire.Reservations:
    """List booked contacts and blocked spans that touch a span, in order of time."""
    unknown = [name for name in state if name not in _STATES]
    if unknown:
        raise InputError(
            "state", f"{unknown[0]!r} is none of {', '.join(_STATES)}", value=unknown[0]
        )
    page, total = application.store.reservations.list(
        start_utc=read_instant(start, "start"),
        end_utc=read_instant(end, "end"),
        station_ids=station,
        states=state,
        limit=limit,
        offset=offset,
    )
    return wire.Reservations(
        reservations=[describe(each, principal, application) for each in page],
        total=total,
        next_offset=find_next_offset(offset, len(page), total),
    )


@router.get("/contacts/{contact_id}")
def get_reservation(
    application: ApplicationDep, principal: ViewerDep, contact_id: str, response: Response
) -> wire.Reservation:
    """Read one booked contact or blocked span."""
    found = application.contacts.read(contact_id)
    response.headers["ETag"] = f'"{found.reservation_id}-{found.version}"'
    return describe(found, principal, application)


@router.get("/contacts/{contact_id}/events")
def list_events(
    application: ApplicationDep, principal: ViewerDep, contact_id: str
) -> wire.ReservationEvents:
    """Read everything that happened to a contact: who, when, why."""
    require_own(application.contacts.read(contact_id), principal)
    return wire.ReservationEvents(
        events=[
            wire.ReservationEvent(
                at_utc=format_utc(each.at_utc),
                who=each.who,
                verb=each.verb,
                source_state=each.source_state,
                target_state=each.target_state,
                why=each.why,
                detail=dict(each.detail),
            )
            for each in application.store.reservations.events(contact_id)
        ]
    )


@router.post("/contacts/{contact_id}/cancel")
def cancel_contact(
    application: ApplicationDep, principal: OperatorDep, contact_id: str, reason: wire.Reason
) -> wire.Reservation:
    """Give a contact's antenna time back; possible until the cancel limit before its setup."""
    require_own(application.contacts.read(contact_id), principal)
    cancelled = application.contacts.cancel(
        contact_id,
        who=principal.name,
        why=reason.why,
        version=reason.version,
        confirmation=reason.confirmation,
    )
    return describe(cancelled, principal, application)


@router.post("/contacts/{contact_id}/advance")
def advance_contact(
    application: ApplicationDep, principal: OperatorDep, contact_id: str, order: wire.AdvanceOrder
) -> wire.Reservation:
    """Take a contact one step along: prepare, start, stop, complete, fail, miss."""
    require_own(application.contacts.read(contact_id), principal)
    changed = application.contacts.advance(
        contact_id, order.verb, who=principal.name, why=order.why, version=order.version
    )
    return describe(changed, principal, application)


@router.post("/blocks", status_code=201)
def block_antenna(
    application: ApplicationDep,
    principal: UnboundOperatorDep,
    order: wire.BlockOrder,
    response: Response,
) -> wire.Reservation:
    """Take an antenna out of service for a span; 409 names what is booked in it.

    It takes the antenna from all owners: a key that is bound to one is refused.
    """
    start, end = read_instant(order.start, "start"), read_instant(order.end, "end")
    if start is None or end is None or end <= start:
        raise InputError("end", "give an end later than the start", value=order.end)
    blocked = application.contacts.block(
        order.station, order.antenna, Span(start, end), who=principal.name, why=order.why
    )
    response.headers["Location"] = f"/v1/contacts/{blocked.reservation_id}"
    return describe(blocked, principal, application)


@router.post("/blocks/{block_id}/lift")
def lift_block(
    application: ApplicationDep, principal: UnboundOperatorDep, block_id: str, reason: wire.Reason
) -> wire.Reservation:
    """Give a blocked span back; as blocking, for keys that are bound to no owner."""
    lifted = application.contacts.lift(block_id, who=principal.name, why=reason.why)
    return describe(lifted, principal, application)


@router.post("/contacts/assess", dependencies=[require("operator", records="contacts.assess")])
def assess_contacts(application: ApplicationDep, principal: OperatorDep) -> dict[str, Any]:
    """Compare every coming contact with the newest elements; none is moved."""
    found = application.drift_watch.assess_all()
    if not principal.sees_all:
        booked, _ = application.store.reservations.list(states=BOOKED_STATES, limit=EVERYTHING)
        own = {item.reservation_id for item in booked if principal.sees(item.owner)}
        found = tuple(each for each in found if each.contact_id in own)
    return {
        "assessed": len(found),
        "drifted": [each.contact_id for each in found if "drifted" in each.conditions],
        "conflicting": [each.contact_id for each in found if "conflicting" in each.conditions],
    }


@contextmanager
def hiding_others(principal: Principal) -> Iterator[None]:
    """Let a collision say when the antenna is taken, and by whom only to who may know."""
    try:
        yield
    except CollisionError as error:
        raise CollisionError(
            error.kind,
            [
                other if principal.sees(str(other.get("owner", ""))) else _hide(other)
                for other in error.others
            ],
        ) from error


def describe(item: Reservation, principal: Principal, application: Application) -> wire.Reservation:
    """Lay a reservation out; of another owner's only that the antenna is taken then."""
    known = {
        "reservation_id": item.reservation_id,
        "kind": item.kind,
        "state": item.state,
        "station_id": item.station_id,
        "antenna_id": item.antenna_id,
        "reserved_start_utc": format_utc(item.reserved_start_utc),
        "reserved_end_utc": format_utc(item.reserved_end_utc),
        "version": item.version,
        "created_utc": format_utc(item.created_utc),
    }
    names = application.configuration.satellite_names
    if item.kind == "block" or principal.sees(item.owner):
        known |= {
            "conditions": list(item.conditions),
            "owner": item.owner,
            "created_by": item.created_by,
            "plan_id": item.plan_id,
            "pinned": item.pinned,
            "note": item.note,
            "contact": None if item.contact is None else write_contact(item.contact, names),
            "configuration_digest": item.snapshot.get("configuration_digest"),
            "prediction": None if item.prediction is None else _describe_prediction(item),
        }
    return wire.Reservation.model_validate(known)


def require_own(item: Reservation, principal: Principal) -> None:
    """Refuse who may not see the details of a contact."""
    if item.kind == "contact" and not principal.sees(item.owner):
        raise HTTPException(403, f"{item.reservation_id} belongs to another owner")


def _hide(other: Mapping[str, Any]) -> dict[str, Any]:
    shown = ("station_id", "antenna_id", "reserved_start_utc", "reserved_end_utc")
    return {name: other[name] for name in shown if name in other}


def _describe_prediction(item: Reservation) -> dict[str, Any]:
    prediction = dict(item.prediction or {})
    for name in ("aos", "los"):
        unix_s = prediction.pop(f"{name}_unix_s", None)
        prediction[f"{name}_utc"] = None if unix_s is None else write_instant(unix_s)
    return prediction
