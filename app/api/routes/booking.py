"""Booking single passes: what is free, reserve it once, move it, pin it."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response
from starlette.exceptions import HTTPException

from app.access import Principal
from app.api import schemas_contacts as wire
from app.api.deps import (
    ApplicationDep,
    Limit,
    Offset,
    OperatorDep,
    PredictorsDep,
    RecentContactsDep,
    ViewerDep,
    find_next_offset,
)
from app.api.routes.contacts import describe, hiding_others, require_own
from app.api.routes.passes import PREDICTION_LIMIT_S, Days, Instant, Names
from app.api.schemas import Contact as WireContact
from app.application import Application
from app.errors import CollisionError, InputError
from app.exports.json_plan import write_contact
from app.services.availability import RecentContacts, compute_available
from app.services.booking_rules import can_become, contact_of
from app.services.prediction import PassQuery, check_size
from app.services.selection import read_instant
from app.store.booking import KeyedRequest, Preemption
from app.store.reservation_rows import require_contact
from app.worker_process import ComputationTimeoutError, WorkerDiedError, WorkerPool
from scheduler.plan import Contact
from tle.timebase import DAY_S, format_utc, from_unix_s, to_unix_s

router = APIRouter(tags=["contacts"])
_ALTERNATIVE_DAYS = 2.0

IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=8,
        max_length=200,
        description="Your own name for this request: repeated with the same body it books once; "
        "with another body it is refused (422).",
    ),
]


Moving = Annotated[str, Query(max_length=200, description="Id of a contact that is to be moved.")]


@router.get("/available-passes")
def list_available(
    application: ApplicationDep,
    predictors: PredictorsDep,
    principal: ViewerDep,
    station: Names = [],  # noqa: B006 (FastAPI copies it)
    satellite: Names = [],  # noqa: B006
    start: Instant = None,
    end: Instant = None,
    days: Days = None,
    moving: Moving = "",
    limit: Limit = 100,
    offset: Offset = 0,
) -> wire.AvailablePasses:
    """List the contacts that are free now, each with an opaque token that books it.

    A key bound to an owner is offered the passes of that owner's satellites. ``moving`` lists what
    that contact can move to, the new time of its own pass included.
    """
    query = PassQuery(tuple(station), tuple(satellite), start=start, end=end, days=days)
    moved = _find_moving(application, principal, moving)
    if moved is not None and not satellite:
        query = replace(query, satellites=(moved.satellite_id,))
    offers = application.contacts.offer(
        [
            each
            for each in _find_possible(application, predictors, query)
            if principal.sees(each.owner) and (moved is None or can_become(moved, each))
        ],
        moving=moving,
    )
    page = offers[offset : offset + limit]
    names = application.configuration.satellite_names
    return wire.AvailablePasses(
        available=[
            wire.AvailablePass(
                token=offer.token,
                expires_utc=format_utc(offer.expires_utc),
                contact=WireContact.model_validate(write_contact(offer.contact, names)),
            )
            for offer in page
        ],
        total=len(offers),
        next_offset=find_next_offset(offset, len(page), len(offers)),
    )


@router.post("/contacts", status_code=201)
def reserve_contact(
    application: ApplicationDep,
    predictors: PredictorsDep,
    recent: RecentContactsDep,
    principal: OperatorDep,
    order: wire.ReserveOrder,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> wire.Booking:
    """Book an offered pass. 409 says what took the antenna, and the nearest pass still free.

    A repeated request with the same Idempotency-Key and body answers 200 with the first one's
    contact. An
    ``emergency`` cancels reserved contacts in the way; their owners get a notice.
    """
    request = _name_request(idempotency_key, order)
    known = application.contacts.find_repeated(request, who=principal.name)
    if known is not None:
        return _answer(application, response, principal, known)
    wanted = application.contacts.read_token(order.token)
    _require_owner(wanted, principal)
    try:
        with hiding_others(principal):
            done = _book(application, principal, order, request)
    except CollisionError as collision:
        collision.alternative = _offer_alternative(application, predictors, recent, wanted)
        raise
    return _answer(application, response, principal, done)


def _name_request(key: str | None, order: wire.ReserveOrder) -> KeyedRequest | None:
    """Tie an idempotency key to everything that the order says."""
    if key is None:
        return None
    return KeyedRequest(key, hashlib.sha256(order.model_dump_json().encode()).hexdigest())


def _answer(
    application: Application, response: Response, principal: Principal, done: Preemption
) -> wire.Booking:
    response.status_code = 201 if done.is_new else 200
    response.headers["Location"] = f"/v1/contacts/{done.booked.reservation_id}"
    return wire.Booking.model_validate(
        describe(done.booked, principal, application).model_dump()
        | {"preempted": [item.reservation_id for item in done.gone]}
    )


def _book(
    application: Application,
    principal: Principal,
    order: wire.ReserveOrder,
    request: KeyedRequest | None,
) -> Preemption:
    if order.emergency.strip():
        _require_preemption(application, principal)
        return application.contacts.preempt(
            order.token,
            who=principal.name,
            emergency=order.emergency,
            request=request,
            override=order.override,
            confirmation=order.confirmation,
        )
    booked, is_new = application.contacts.reserve(
        order.token,
        who=principal.name,
        why=order.why,
        request=request,
        override=order.override,
        confirmation=order.confirmation,
    )
    return Preemption(booked, (), is_new)


def _require_preemption(application: Application, principal: Principal) -> None:
    """Let through only who the settings allow to book over others."""
    settings = application.settings
    if not principal.may(settings.preempt_role):
        raise HTTPException(
            403, f"an emergency booking needs the role {settings.preempt_role} (preempt_role)"
        )
    if not settings.may_preempt(principal.owner):
        raise HTTPException(403, f"{principal.owner} may not pre-empt (preempt_owners)")


@router.post("/contacts/{contact_id}/move")
def move_contact(
    application: ApplicationDep,
    predictors: PredictorsDep,
    recent: RecentContactsDep,
    principal: OperatorDep,
    contact_id: str,
    order: wire.MoveOrder,
) -> wire.Reservation:
    """Give a reserved contact another offered time; it keeps its own until it has the new one."""
    require_own(application.contacts.read(contact_id), principal)
    wanted = application.contacts.read_token(order.token)
    _require_owner(wanted, principal)
    try:
        with hiding_others(principal):
            moved = application.contacts.move(
                contact_id,
                order.token,
                who=principal.name,
                why=order.why,
                version=order.version,
                confirmation=order.confirmation,
            )
    except CollisionError as collision:
        collision.alternative = _offer_alternative(application, predictors, recent, wanted)
        raise
    return describe(moved, principal, application)


@router.post("/contacts/{contact_id}/extend")
def extend_contact(
    application: ApplicationDep, principal: OperatorDep, contact_id: str, order: wire.ExtendOrder
) -> wire.Reservation:
    """Lengthen a contact within what the antenna can use of its pass by the newest elements."""
    require_own(application.contacts.read(contact_id), principal)
    with hiding_others(principal):
        longer = application.contacts.extend(
            contact_id,
            start_utc=read_instant(order.start, "start"),
            end_utc=read_instant(order.end, "end"),
            who=principal.name,
            why=order.why,
            version=order.version,
            confirmation=order.confirmation,
        )
    return describe(longer, principal, application)


@router.post("/contacts/{contact_id}/pin")
def pin_contact(
    application: ApplicationDep, principal: OperatorDep, contact_id: str, order: wire.PinOrder
) -> wire.Reservation:
    """Pin a contact so that no re-plan changes it, or let it go again."""
    require_own(application.contacts.read(contact_id), principal)
    pinned = application.contacts.pin(
        contact_id, order.pinned, who=principal.name, why=order.why, version=order.version
    )
    return describe(pinned, principal, application)


def _find_moving(application: Application, principal: Principal, contact_id: str) -> Contact | None:
    """Return the contact that is to be moved; None when none is named."""
    if not contact_id:
        return None
    found = application.contacts.read(contact_id)
    require_contact(found)
    require_own(found, principal)
    return contact_of(found)


def _find_possible(
    application: Application, predictors: WorkerPool, query: PassQuery
) -> tuple[Contact, ...]:
    task = application.prediction.prepare(query)
    check_size(task, application.settings.satellite_days_limit)
    found: tuple[Contact, ...] = predictors.run(
        compute_available, task, time_limit_s=PREDICTION_LIMIT_S
    )
    return found


def _offer_alternative(
    application: Application, predictors: WorkerPool, recent: RecentContacts, wanted: Contact
) -> dict[str, Any] | None:
    """Find the nearest free pass of the same satellite, with a token, a day before to a day after.

    Who lost hears so, whatever becomes of this search: then it is None. The span begins at a full
    hour, so that those who lost one pass share one computation.
    """
    earliest_s = max(to_unix_s(application.clock()), wanted.start_unix_s - DAY_S)
    start_s = earliest_s - earliest_s % 3_600.0
    query = PassQuery(
        (wanted.station_id,),
        (wanted.satellite_id,),
        start=format_utc(from_unix_s(start_s)),
        days=_ALTERNATIVE_DAYS,
    )
    offer = None
    with suppress(InputError, ComputationTimeoutError, WorkerDiedError):
        possible = recent.find(query, lambda: _find_possible(application, predictors, query))
        offer = application.contacts.offer_nearest(wanted, possible)
    if offer is None:
        return None
    return {
        "token": offer.token,
        "expires_utc": format_utc(offer.expires_utc),
        "contact": write_contact(offer.contact, application.configuration.satellite_names),
    }


def _require_owner(contact: Contact, principal: Principal) -> None:
    if not principal.sees(contact.owner):
        raise HTTPException(403, "the pass is of a satellite of another owner")
