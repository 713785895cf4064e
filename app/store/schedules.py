"""Walks over plans and bookings of any length: a page at a time, each row once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import Engine, and_, or_, select

from app.store.plans import read_contact
from app.store.reservation_rows import Reservation, read_row, select_reservations
from app.store.schema import contact
from app.store.schema_reservations import antenna, reservation
from app.store.session import reading
from scheduler.plan import Contact

_PAGE = 500


class ScheduleWalks:
    """Read contacts of plans and reservations in order of time without holding them all.

    The next page starts behind the last row that was read, so that what is booked meanwhile
    neither hides a row nor shows one twice.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def plan_contacts(self, plan_id: str) -> Iterator[Contact]:
        """Yield the contacts of a plan."""
        chosen = (
            select(contact)
            .where(contact.c.plan_id == plan_id)
            .order_by(contact.c.start_utc, contact.c.position)
            .limit(_PAGE)
        )
        page = chosen
        while True:
            with reading(self._engine) as connection:
                rows = connection.execute(page).all()
            yield from (read_contact(row) for row in rows)
            if len(rows) < _PAGE:
                return
            last = rows[-1]
            page = chosen.where(
                or_(
                    contact.c.start_utc > last.start_utc,
                    and_(
                        contact.c.start_utc == last.start_utc,
                        contact.c.position > last.position,
                    ),
                )
            )

    def reservations(
        self,
        *,
        start_utc: datetime,
        end_utc: datetime,
        station_ids: Sequence[str] = (),
        owners: Sequence[str] = (),
    ) -> Iterator[Reservation]:
        """Yield what touches [start, end): contacts in every state, and blocked spans.

        ``owners`` leaves out the contacts of others; blocked spans are everybody's.
        """
        chosen = select_reservations().where(
            reservation.c.reserved_end_utc > start_utc, reservation.c.reserved_start_utc < end_utc
        )
        if station_ids:
            chosen = chosen.where(antenna.c.station_id.in_(station_ids))
        if owners:
            chosen = chosen.where(
                or_(reservation.c.owner.in_(owners), reservation.c.kind == "block")
            )
        chosen = chosen.order_by(
            reservation.c.reserved_start_utc, reservation.c.reservation_id
        ).limit(_PAGE)
        page = chosen
        while True:
            with reading(self._engine) as connection:
                found = [read_row(row) for row in connection.execute(page)]
            yield from found
            if len(found) < _PAGE:
                return
            last = found[-1]
            page = chosen.where(
                or_(
                    reservation.c.reserved_start_utc > last.reserved_start_utc,
                    and_(
                        reservation.c.reserved_start_utc == last.reserved_start_utc,
                        reservation.c.reservation_id > last.reservation_id,
                    ),
                )
            )
