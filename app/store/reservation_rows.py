"""Reservations as rows and as records: what is booked, what is to be booked, what happened."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Select, insert, select

from app.errors import NotFoundError
from app.settings import ConfigurationText
from app.store.audit import add_audit_entry
from app.store.configurations import keep_configuration
from app.store.schema_reservations import antenna, reservation, reservation_event
from app.store.session import log_on_commit
from scheduler.plan import Contact
from tle.timebase import format_utc, from_unix_s

Kind = Literal["contact", "block"]
EVERYTHING = 100_000  # rows: a limit for lists that are to be whole


@dataclass(frozen=True, slots=True)
class Reservation:
    """One row of booked time. ``contact`` is None for a blocked span."""

    reservation_id: str
    kind: Kind
    state: str
    station_id: str
    antenna_id: str
    owner: str
    reserved_start_utc: datetime
    reserved_end_utc: datetime
    version: int
    created_utc: datetime
    created_by: str
    plan_id: str | None
    contact: Contact | None
    start_elevation_deg: float | None
    end_elevation_deg: float | None
    conditions: tuple[str, ...]
    prediction: Mapping[str, Any] | None
    snapshot: Mapping[str, Any]
    pinned: bool
    note: str


@dataclass(frozen=True, slots=True)
class ReservationEvent:
    """One recorded change: who did what to a reservation, when and why."""

    at_utc: datetime
    who: str
    verb: str
    source_state: str | None
    target_state: str
    why: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be booked: a contact with its pointing at both ends, or a blocked span.

    ``widen_s`` is by how much the reserved window grows on both sides where there is room. The
    ``configuration`` is kept with the booking.
    """

    station_id: str
    antenna_id: str
    owner: str
    reserved_start_utc: datetime
    reserved_end_utc: datetime
    contact: Contact | None = None
    start_elevation_deg: float | None = None
    end_elevation_deg: float | None = None
    plan_id: str | None = None
    conditions: tuple[str, ...] = ()
    snapshot: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    configuration: ConfigurationText | None = None
    pinned: bool = False
    note: str = ""
    widen_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Act:
    """Who does something, why, when, and what else is to be recorded of it."""

    who: str
    why: str
    now_utc: datetime
    detail: Mapping[str, Any] = dataclasses.field(default_factory=dict)


def draft_of(contact: Contact, *, plan_id: str | None = None, **extra: Any) -> Draft:
    """Make the draft of a contact's booking from the contact itself."""
    return Draft(
        station_id=contact.station_id,
        antenna_id=contact.antenna_id,
        owner=contact.owner,
        reserved_start_utc=from_unix_s(contact.reserved_start_unix_s),
        reserved_end_utc=from_unix_s(contact.reserved_end_unix_s),
        contact=contact,
        plan_id=plan_id,
        **extra,
    )


def select_reservations() -> Select[Any]:
    """Select reservations with the names of their antennas."""
    return select(reservation, antenna.c.station_id, antenna.c.antenna_id).join(antenna)


def read_reservation(
    connection: Connection, reservation_id: str, *, lock: bool = False
) -> Reservation:
    found = find_reservation(connection, reservation_id, lock=lock)
    if found is None:
        raise NotFoundError("contact", f"{reservation_id!r} is not known", value=reservation_id)
    return found


def read_contact(connection: Connection, reservation_id: str) -> Reservation:
    """Read and lock a contact; NotFoundError when it is a blocked span."""
    found = read_reservation(connection, reservation_id, lock=True)
    require_contact(found)
    return found


def require_contact(item: Reservation) -> None:
    """Refuse a blocked span where a contact is meant."""
    if item.kind != "contact":
        raise NotFoundError(
            "contact",
            f"{item.reservation_id} is a blocked span, not a contact",
            value=item.reservation_id,
        )


def find_reservation(
    connection: Connection, reservation_id: str, *, lock: bool = False
) -> Reservation | None:
    chosen = select_reservations().where(reservation.c.reservation_id == reservation_id)
    if lock:
        chosen = chosen.with_for_update(of=reservation)
    row = connection.execute(chosen).one_or_none()
    return None if row is None else read_row(row)


def read_row(row: Any) -> Reservation:
    return Reservation(
        reservation_id=row.reservation_id,
        kind=row.kind,
        state=row.state,
        station_id=row.station_id,
        antenna_id=row.antenna_id,
        owner=row.owner,
        reserved_start_utc=row.reserved_start_utc,
        reserved_end_utc=row.reserved_end_utc,
        version=row.version,
        created_utc=row.created_utc,
        created_by=row.created_by,
        plan_id=row.plan_id,
        contact=None if row.contact is None else Contact(**row.contact),
        start_elevation_deg=row.start_elevation_deg,
        end_elevation_deg=row.end_elevation_deg,
        conditions=tuple(row.conditions),
        prediction=row.prediction,
        snapshot=row.snapshot,
        pinned=row.pinned,
        note=row.note,
    )


def describe(other: Reservation) -> dict[str, Any]:
    """Say what is in the way, for the 409 answer."""
    return {
        "reservation_id": other.reservation_id,
        "kind": other.kind,
        "state": other.state,
        "owner": other.owner,
        "satellite_id": other.contact.satellite_id if other.contact else None,
        "station_id": other.station_id,
        "antenna_id": other.antenna_id,
        "reserved_start_utc": format_utc(other.reserved_start_utc),
        "reserved_end_utc": format_utc(other.reserved_end_utc),
    }


def write_values(connection: Connection, draft: Draft) -> dict[str, Any]:
    return {
        "antenna_key": find_antenna_key(connection, draft.station_id, draft.antenna_id),
        "owner": draft.owner,
        "reserved_start_utc": draft.reserved_start_utc,
        "reserved_end_utc": draft.reserved_end_utc,
        "plan_id": draft.plan_id,
        "contact": None if draft.contact is None else dataclasses.asdict(draft.contact),
        "start_elevation_deg": draft.start_elevation_deg,
        "end_elevation_deg": draft.end_elevation_deg,
        "conditions": list(draft.conditions),
        "snapshot": _take_snapshot(connection, draft),
        "pinned": draft.pinned,
        "note": draft.note,
    }


def _take_snapshot(connection: Connection, draft: Draft) -> dict[str, Any]:
    """Name the configuration of a booking, which is then kept too."""
    if draft.configuration is None:
        return dict(draft.snapshot)
    digest = keep_configuration(connection, draft.configuration)
    return {**draft.snapshot, "configuration_digest": digest}


def find_antenna_key(connection: Connection, station_id: str, antenna_id: str) -> int:
    found = select(antenna.c.antenna_key).where(
        antenna.c.station_id == station_id, antenna.c.antenna_id == antenna_id
    )
    key = connection.execute(found).scalar()
    if key is None:
        inserted = connection.execute(
            insert(antenna).values(station_id=station_id, antenna_id=antenna_id)
        )
        primary_key = inserted.inserted_primary_key
        key = primary_key[0] if primary_key else None
    if key is None:
        raise LookupError(f"antenna {station_id}/{antenna_id} got no key")
    return int(key)


def record_event(
    connection: Connection,
    reservation_id: str,
    at_utc: datetime,
    who: str,
    verb: str,
    source_state: str | None,
    target_state: str,
    why: str,
    detail: Mapping[str, Any],
) -> None:
    """Record a change in the reservation's history, the event log and the log file."""
    connection.execute(
        insert(reservation_event).values(
            reservation_id=reservation_id,
            at_utc=at_utc,
            who=who,
            verb=verb,
            source_state=source_state,
            target_state=target_state,
            why=why,
            detail=dict(detail),
        )
    )
    item = read_reservation(connection, reservation_id)
    known = {
        "source": source_state,
        "target": target_state,
        "why": why,
        "satellite_id": item.contact.satellite_id if item.contact else None,
        "station_id": item.station_id,
        "antenna_id": item.antenna_id,
        "plan_id": item.plan_id,
        "reserved_start_utc": format_utc(item.reserved_start_utc),
        "reserved_end_utc": format_utc(item.reserved_end_utc),
    }
    action = f"contact.{verb}"
    add_audit_entry(
        connection, at_utc, who, action, reservation_id, known | dict(detail), item.owner
    )
    log_on_commit(
        connection,
        "contact changed",
        contact_id=reservation_id,
        plan_id=item.plan_id,
        verb=verb,
        source_state=source_state,
        target_state=target_state,
        who=who,
        why=why,
    )
