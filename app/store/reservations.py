"""Booked time in the store: contacts and blocked spans, their states and their history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, func, insert, select, update

from app.errors import InputError, NotFoundError, StaleVersionError
from app.store.reservation_guard import (
    GapRule,
    change_state,
    claim,
    lock_antenna,
    lock_name,
    refuse_collision,
    set_state,
    write_guarded,
)
from app.store.reservation_rows import (
    Draft,
    Reservation,
    ReservationEvent,
    find_reservation,
    read_reservation,
    read_row,
    record_event,
    select_reservations,
    write_values,
)
from app.store.schema_reservations import (
    BLOCKED,
    LIFTED,
    OCCUPYING,
    antenna,
    idempotent_request,
    reservation,
    reservation_event,
)
from app.store.session import reading
from scheduler.contact_states import ContactState
from tle.timebase import format_utc


class ReservationStore:
    """Book, block, change and read antenna time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def book(
        self,
        drafts: Sequence[Draft],
        *,
        who: str,
        why: str,
        now_utc: datetime,
        gap_rule: GapRule,
        replacing: Iterable[str] = (),
    ) -> tuple[Reservation, ...]:
        """Book all drafts or none; ``replacing`` contacts are cancelled in the same transaction.

        Raises CollisionError naming what is in the way of each draft that does not fit.
        """
        with self._engine.begin() as connection:
            for name in sorted(replacing):
                change_state(connection, name, "cancelled", "cancel", who, why, now_utc, {})
            return tuple(
                claim(connection, draft, who, why, now_utc, gap_rule)
                for draft in sorted(drafts, key=lambda d: (d.station_id, d.antenna_id))
            )

    def book_once(
        self,
        key: str,
        digest: str,
        draft: Draft,
        *,
        who: str,
        why: str,
        now_utc: datetime,
        gap_rule: GapRule,
    ) -> tuple[Reservation, bool]:
        """Book under an idempotency key: a repeated request gets the first one's reservation.

        Returns the reservation and whether it is new. A key used for another request raises
        InputError.
        """
        with self._engine.begin() as connection:
            lock_name(connection, f"key {who} {key}")
            known = connection.execute(
                select(idempotent_request).where(
                    idempotent_request.c.who == who, idempotent_request.c.key == key
                )
            ).one_or_none()
            if known is not None:
                if known.digest != digest:
                    raise InputError(
                        "Idempotency-Key", f"{key!r} was used for another request; take a new one"
                    )
                return read_reservation(connection, known.answer["reservation_id"]), False
            booked = claim(connection, draft, who, why, now_utc, gap_rule)
            connection.execute(
                insert(idempotent_request).values(
                    who=who,
                    key=key,
                    digest=digest,
                    answer={"reservation_id": booked.reservation_id},
                    created_utc=now_utc,
                )
            )
            return booked, True

    def move(
        self,
        reservation_id: str,
        draft: Draft,
        *,
        version: int | None,
        who: str,
        why: str,
        now_utc: datetime,
        gap_rule: GapRule,
    ) -> Reservation:
        """Give a reserved contact another window; the old one is free only when the new one is had.

        Raises StaleVersionError when somebody changed it since ``version``.
        """
        with self._engine.begin() as connection:
            before = read_reservation(connection, reservation_id, lock=True)
            _require_version(before, version)
            if before.state != "reserved":
                raise InputError(
                    "state", f"a contact that is {before.state} cannot be moved", value=before.state
                )
            lock_antenna(connection, draft.station_id, draft.antenna_id)
            refuse_collision(connection, draft, gap_rule, own_id=reservation_id)
            values = write_values(connection, draft) | {"version": before.version + 1}
            write_guarded(
                connection,
                update(reservation)
                .where(reservation.c.reservation_id == reservation_id)
                .values(**values),
                draft,
            )
            record_event(
                connection,
                reservation_id,
                now_utc,
                who,
                "move",
                before.state,
                before.state,
                why,
                {
                    "from": [
                        format_utc(before.reserved_start_utc),
                        format_utc(before.reserved_end_utc),
                    ],
                    "to": [
                        format_utc(draft.reserved_start_utc),
                        format_utc(draft.reserved_end_utc),
                    ],
                },
            )
            return read_reservation(connection, reservation_id)

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
            before = read_reservation(connection, reservation_id, lock=True)
            _require_version(before, version)
            if before.state not in OCCUPYING:
                raise InputError(
                    "state", f"a contact that is {before.state} holds nothing", value=before.state
                )
            connection.execute(
                update(reservation)
                .where(reservation.c.reservation_id == reservation_id)
                .values(pinned=pinned, version=before.version + 1)
            )
            verb = "pin" if pinned else "unpin"
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
            _require_version(read_reservation(connection, reservation_id, lock=True), version)
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
        recorded. A contact in a final state is left alone.
        """
        with self._engine.begin() as connection:
            before = read_reservation(connection, reservation_id, lock=True)
            if before.state not in OCCUPYING:
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
                    dict(prediction),
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
        chosen = select_reservations()
        if start_utc is not None:
            chosen = chosen.where(reservation.c.reserved_end_utc > start_utc)
        if end_utc is not None:
            chosen = chosen.where(reservation.c.reserved_start_utc < end_utc)
        if station_ids:
            chosen = chosen.where(antenna.c.station_id.in_(station_ids))
        if states:
            chosen = chosen.where(reservation.c.state.in_(states))
        with reading(self._engine) as connection:
            total = connection.execute(
                select(func.count()).select_from(chosen.subquery())
            ).scalar_one()
            rows = connection.execute(
                chosen.order_by(reservation.c.reserved_start_utc, reservation.c.reservation_id)
                .limit(limit)
                .offset(offset)
            )
            return tuple(read_row(row) for row in rows), total


def _require_version(before: Reservation, version: int | None) -> None:
    if version is not None and version != before.version:
        raise StaleVersionError(before.reservation_id, version)
