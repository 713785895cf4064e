"""Booked time in the store: contacts and blocked spans, their states and their history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, TextClause, func, select, text, update

from app.errors import NotFoundError
from app.store.booking import BookingStore, require_version
from app.store.reservation_guard import change_state, set_state
from app.store.reservation_rows import (
    Reservation,
    ReservationEvent,
    find_reservation,
    read_contact,
    read_reservation,
    read_row,
    record_event,
    select_reservations,
)
from app.store.schema_reservations import (
    BLOCKED,
    LIFTED,
    OCCUPYING,
    OCCUPYING_SQL,
    antenna,
    reservation,
    reservation_event,
)
from app.store.session import reading
from scheduler.contact_states import BOOKED_STATES, ContactState, require_state


class ReservationStore(BookingStore):
    """Book, block, change and read antenna time."""

    def pin(
        self,
        reservation_id: str,
        pinned: bool,
        *,
        version: int | None,
        who: str,
        why: str,
        now_utc: datetime,
    ) -> Reservation:
        """Pin a booked contact or let it go; no re-plan changes a pinned one."""
        with self._engine.begin() as connection:
            before = read_contact(connection, reservation_id)
            require_version(before, version)
            verb = "pin" if pinned else "unpin"
            require_state(before.state, BOOKED_STATES, verb)
            connection.execute(
                update(reservation)
                .where(reservation.c.reservation_id == reservation_id)
                .values(pinned=pinned, version=before.version + 1)
            )
            record_event(
                connection, reservation_id, now_utc, who, verb, before.state, before.state, why, {}
            )
            return read_reservation(connection, reservation_id)

    def change_state(
        self,
        reservation_id: str,
        target: ContactState,
        *,
        verb: str,
        who: str,
        why: str,
        now_utc: datetime,
        version: int | None = None,
        detail: Mapping[str, Any] | None = None,
    ) -> Reservation:
        """Take a contact along one transition of the table, or raise IllegalTransitionError."""
        with self._engine.begin() as connection:
            require_version(read_reservation(connection, reservation_id, lock=True), version)
            change_state(connection, reservation_id, target, verb, who, why, now_utc, detail or {})
            return read_reservation(connection, reservation_id)

    def lift(self, reservation_id: str, *, who: str, why: str, now_utc: datetime) -> Reservation:
        """Give a blocked span back."""
        with self._engine.begin() as connection:
            before = read_reservation(connection, reservation_id, lock=True)
            if before.kind != "block":
                raise NotFoundError("block", f"{reservation_id} is a contact, not a blocked span")
            if before.state == BLOCKED:
                set_state(connection, before, LIFTED)
                record_event(
                    connection, reservation_id, now_utc, who, "lift", BLOCKED, LIFTED, why, {}
                )
            return read_reservation(connection, reservation_id)

    def note_prediction(
        self,
        reservation_id: str,
        *,
        conditions: tuple[str, ...],
        prediction: Mapping[str, Any],
        now_utc: datetime,
    ) -> bool:
        """Keep the newest AOS and LOS and the conditions of a booked contact.

        The reserved window stays as it is. Returns whether the conditions changed, which is then
        recorded. A contact in a final state is left alone, and so is one of which nothing new is
        known: its version grows only with a change.
        """
        with self._engine.begin() as connection:
            before = read_reservation(connection, reservation_id, lock=True)
            known = (before.conditions, before.prediction)
            if before.state not in OCCUPYING or known == (conditions, dict(prediction)):
                return False
            changed = before.conditions != conditions
            connection.execute(
                update(reservation)
                .where(reservation.c.reservation_id == reservation_id)
                .values(
                    conditions=list(conditions),
                    prediction=dict(prediction),
                    version=before.version + 1,
                )
            )
            if changed:
                record_event(
                    connection,
                    reservation_id,
                    now_utc,
                    "aspan",
                    "assess",
                    before.state,
                    before.state,
                    ", ".join(conditions) or "fits again",
                    {"conditions": list(conditions), **prediction},
                )
            return changed

    def read(self, reservation_id: str) -> Reservation | None:
        """Return one reservation, or None."""
        with reading(self._engine) as connection:
            return find_reservation(connection, reservation_id)

    def events(self, reservation_id: str) -> tuple[ReservationEvent, ...]:
        """Return everything that happened to a reservation, oldest first."""
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(reservation_event)
                .where(reservation_event.c.reservation_id == reservation_id)
                .order_by(reservation_event.c.event_id)
            )
            return tuple(
                ReservationEvent(
                    row.at_utc,
                    row.who,
                    row.verb,
                    row.source_state,
                    row.target_state,
                    row.why,
                    row.detail,
                )
                for row in rows
            )

    def list(
        self,
        *,
        start_utc: datetime | None = None,
        end_utc: datetime | None = None,
        station_ids: Sequence[str] = (),
        states: Sequence[str] = (),
        limit: int = 1_000,
        offset: int = 0,
    ) -> tuple[tuple[Reservation, ...], int]:
        """Return one page of what touches [start, end), by start, and how many there are."""
        order = (reservation.c.reserved_start_utc, reservation.c.reservation_id)
        wanted: list[ColumnElement[bool] | TextClause] = []
        if start_utc is not None:
            wanted.append(reservation.c.reserved_end_utc > start_utc)
        if end_utc is not None:
            wanted.append(reservation.c.reserved_start_utc < end_utc)
        if station_ids:
            keys = select(antenna.c.antenna_key).where(antenna.c.station_id.in_(station_ids))
            wanted.append(reservation.c.antenna_key.in_(keys))
        if states:
            wanted.append(reservation.c.state.in_(states))
        if states and set(states) <= set(OCCUPYING):
            wanted.append(text(OCCUPYING_SQL))
        with reading(self._engine) as connection:
            total = connection.execute(
                select(func.count()).select_from(reservation).where(*wanted)
            ).scalar_one()
            page = select(reservation.c.reservation_id).where(*wanted).order_by(*order)
            rows = connection.execute(
                select_reservations()
                .where(reservation.c.reservation_id.in_(page.limit(limit).offset(offset)))
                .order_by(*order)
            )
            return tuple(read_row(row) for row in rows), total
