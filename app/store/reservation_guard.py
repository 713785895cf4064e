"""The one door to booked time: lock the antenna, look, ask whether it can get there, write.

Nothing else in Aspan writes a row that occupies an antenna. The database refuses overlaps once
more by itself (``schema_reservations``).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, insert, text, update
from sqlalchemy.exc import IntegrityError

from app.errors import CollisionError, NotFoundError, StaleVersionError
from app.store.reservation_rows import (
    Draft,
    Reservation,
    describe,
    read_reservation,
    read_row,
    record_event,
    select_reservations,
    write_values,
)
from app.store.schema_reservations import BLOCKED, OCCUPYING, antenna, reservation
from scheduler.contact_states import ContactState, require_transition
from scheduler.plan import Contact
from tle.timebase import format_utc

# What the antenna needs between two contacts that follow each other, in seconds.
GapRule = Callable[[Reservation | Draft, Reservation | Draft], float]


def claim(
    connection: Connection,
    draft: Draft,
    who: str,
    why: str,
    now_utc: datetime,
    gap_rule: GapRule,
) -> Reservation:
    """The one door to a new reservation: lock the antenna, look, write, record."""
    lock_antenna(connection, draft.station_id, draft.antenna_id)
    refuse_collision(connection, draft, gap_rule, own_id=None)
    kind = "block" if draft.contact is None else "contact"
    state = BLOCKED if draft.contact is None else "reserved"
    reservation_id = f"{kind}-{secrets.token_hex(8)}"
    values = write_values(connection, draft) | {
        "reservation_id": reservation_id,
        "kind": kind,
        "state": state,
        "version": 1,
        "created_utc": now_utc,
        "created_by": who,
        "prediction": None,
    }
    write_guarded(connection, insert(reservation).values(**values), draft)
    verb = "block" if draft.contact is None else "reserve"
    record_event(connection, reservation_id, now_utc, who, verb, None, state, why, {})
    return read_reservation(connection, reservation_id)


def change_state(
    connection: Connection,
    reservation_id: str,
    target: ContactState,
    verb: str,
    who: str,
    why: str,
    now_utc: datetime,
    detail: Mapping[str, Any],
) -> None:
    """Take a contact along one transition of the table, or raise IllegalTransitionError."""
    before = read_reservation(connection, reservation_id, lock=True)
    if before.kind != "contact":
        raise NotFoundError("contact", f"{reservation_id} is a blocked span, not a contact")
    require_transition(before.state, target)  # type: ignore[arg-type]
    set_state(connection, before, target)
    record_event(connection, reservation_id, now_utc, who, verb, before.state, target, why, detail)


def set_state(connection: Connection, before: Reservation, target: str) -> None:
    """Change the state if nobody was faster; final states are never left."""
    changed = connection.execute(
        update(reservation)
        .where(
            reservation.c.reservation_id == before.reservation_id,
            reservation.c.state == before.state,
        )
        .values(state=target, version=before.version + 1)
    )
    if changed.rowcount != 1:
        raise StaleVersionError(before.reservation_id, before.version)


def refuse_collision(
    connection: Connection, draft: Draft, gap_rule: GapRule, *, own_id: str | None
) -> None:
    """Raise CollisionError if the draft overlaps something, or the antenna cannot get there."""
    on_antenna = and_(
        antenna.c.station_id == draft.station_id,
        antenna.c.antenna_id == draft.antenna_id,
        reservation.c.state.in_(OCCUPYING),
        reservation.c.reservation_id != (own_id or ""),
    )
    rows = select_reservations()
    overlapping = connection.execute(
        rows.where(
            on_antenna,
            reservation.c.reserved_start_utc < draft.reserved_end_utc,
            reservation.c.reserved_end_utc > draft.reserved_start_utc,
        ).order_by(reservation.c.reserved_start_utc)
    ).all()
    if overlapping:
        raise CollisionError("overlap", [describe(read_row(row)) for row in overlapping])
    if draft.contact is None:
        return
    before = connection.execute(
        rows.where(on_antenna, reservation.c.reserved_end_utc <= draft.reserved_start_utc)
        .order_by(reservation.c.reserved_end_utc.desc())
        .limit(1)
    ).one_or_none()
    after = connection.execute(
        rows.where(on_antenna, reservation.c.reserved_start_utc >= draft.reserved_end_utc)
        .order_by(reservation.c.reserved_start_utc)
        .limit(1)
    ).one_or_none()
    for row, is_before in ((before, True), (after, False)):
        if row is None:
            continue
        other = read_row(row)
        if other.contact is None:
            continue
        first, second = (other, draft) if is_before else (draft, other)
        needed_s = gap_rule(first, second)
        gap_s = _contact_of(second).start_unix_s - _contact_of(first).end_unix_s
        if gap_s < needed_s - 1e-6:
            raise CollisionError(
                "changeover",
                [describe(other) | {"needed_gap_s": round(needed_s, 3), "gap_s": round(gap_s, 3)}],
            )


def _contact_of(item: Reservation | Draft) -> Contact:
    if item.contact is None:
        raise ValueError("a blocked span has no contact")
    return item.contact


def write_guarded(connection: Connection, statement: Any, draft: Draft) -> None:
    """Write; what the database itself refuses is a collision too."""
    try:
        connection.execute(statement)
    except IntegrityError as error:
        raise CollisionError(
            "overlap",
            [
                {
                    "station_id": draft.station_id,
                    "antenna_id": draft.antenna_id,
                    "reserved_start_utc": format_utc(draft.reserved_start_utc),
                    "reserved_end_utc": format_utc(draft.reserved_end_utc),
                }
            ],
        ) from error


def lock_antenna(connection: Connection, station_id: str, antenna_id: str) -> None:
    lock_name(connection, f"antenna {station_id} {antenna_id}")


def lock_name(connection: Connection, name: str) -> None:
    """Serialise on a name. SQLite needs nothing: its write transactions are immediate."""
    if connection.dialect.name == "postgresql":
        connection.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name}
        )
