"""What is booked, as a re-plan needs it: a plan to keep to, pins, and antennas that are blocked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.store import Store
from app.store.reservation_rows import EVERYTHING, Reservation
from app.store.schema_reservations import BLOCKED, OCCUPYING
from scheduler.intervals import Span
from scheduler.plan import Contact, ContactPlan
from scheduler.stations import Downtime, Station
from tle.timebase import to_unix_s

BOOKED = "booked"  # names what is booked now wherever a plan id is asked for


@dataclass(frozen=True, slots=True)
class BookedPlan:
    """What holds the antennas of some stations in a span.

    ``plan`` has the booked contacts, ``pins`` the ids of those that a person pinned.
    """

    plan: ContactPlan
    pins: tuple[str, ...]
    blocked: tuple[Reservation, ...]


def read_booked(store: Store, stations: Sequence[Station], span: Span) -> BookedPlan:
    """Read what is booked. A contact inside a downtime is left out: no plan can hold it."""
    rows, _ = store.reservations.list(
        start_utc=span.start_utc,
        end_utc=span.end_utc,
        station_ids=[station.id for station in stations],
        states=OCCUPYING,
        limit=EVERYTHING,
    )
    booked = [
        (row, row.contact)
        for row in rows
        if row.contact is not None and not _is_down(row.contact, stations)
    ]
    plan = ContactPlan(
        plan_id=BOOKED,
        station_ids=tuple(station.id for station in stations),
        start_unix_s=to_unix_s(span.start_utc),
        end_unix_s=to_unix_s(span.end_utc),
        solver="",
        status="feasible",
        objective=sum(contact.value for _, contact in booked),
        bound=None,
        gap=None,
        objective_unit="",
        contacts=tuple(contact for _, contact in booked),
        not_taken=(),
        provenance={},
    )
    pins = tuple(contact.contact_id for row, contact in booked if row.pinned)
    return BookedPlan(plan, pins, tuple(row for row in rows if row.state == BLOCKED))


def block_antennas(
    stations: Sequence[Station], blocked: Sequence[Reservation]
) -> tuple[Station, ...]:
    """Add blocked spans to the downtimes of the antennas."""
    return tuple(
        replace(
            station,
            antennas=tuple(
                replace(
                    antenna,
                    downtimes=(
                        *antenna.downtimes,
                        *(
                            Downtime(row.reserved_start_utc, row.reserved_end_utc, row.note)
                            for row in blocked
                            if (row.station_id, row.antenna_id) == (station.id, antenna.id)
                        ),
                    ),
                )
                for antenna in station.antennas
            ),
        )
        for station in stations
    )


def _is_down(contact: Contact, stations: Sequence[Station]) -> bool:
    return any(
        to_unix_s(down.start_utc) < contact.reserved_end_unix_s
        and contact.reserved_start_unix_s < to_unix_s(down.end_utc)
        for station in stations
        if station.id == contact.station_id
        for antenna in station.antennas
        if antenna.id == contact.antenna_id
        for down in antenna.downtimes
    )
