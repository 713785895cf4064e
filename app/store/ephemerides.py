"""Ephemerides in the store: each OEM kept once, read back for the satellites it serves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select

from app.store.audit import add_audit_entry
from app.store.element_sets import ARRIVALS_LOCK, KeptElementSet
from app.store.schema_ephemerides import ephemeris
from app.store.session import lock_name, reading
from tle.oem import Oem
from tle.oem_format import read_oem, write_oem
from tle.offers import describe_oem
from tle.timebase import format_utc, from_unix_s


@dataclass(frozen=True, slots=True)
class KeptEphemeris:
    """An OEM with the satellite that a person gave it to, if one did."""

    satellite_id: str | None
    message: Oem


class EphemerisStore:
    """Keep and read the ephemerides of the store."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(
        self, messages: Sequence[Oem], *, satellite_id: str | None = None, who: str = "aspan"
    ) -> int:
        """Keep messages that are not kept yet; return how many were new."""
        with self._engine.begin() as connection:
            new = add_ephemerides(connection, messages, satellite_id=satellite_id)
            if new:
                detail = {"new_sets": new, "satellite_id": satellite_id}
                at_utc = max(message.received_utc for message in messages)
                add_audit_entry(connection, at_utc, who, "elements.refresh", "by hand", detail)
            return new

    def read_orbit(self, element_set_id: str) -> KeptElementSet | None:
        """Return the orbit of the ephemeris that passes name by this id: its fingerprint's head."""
        with reading(self._engine) as connection:
            row = connection.execute(
                select(ephemeris).where(
                    func.substr(ephemeris.c.fingerprint, 1, 16) == element_set_id
                )
            ).first()
        kept = None if row is None else _read_row(row)
        if kept is None:
            return None
        message = kept.message
        start, end = (
            format_utc(from_unix_s(s)) for s in (message.valid_from_unix_s, message.valid_to_unix_s)
        )
        orbit = describe_oem(message, name=message.object_name, norad_cat_id=None)
        text = f"orbit of an ephemeris (OEM) that serves from {start} to {end}"
        return KeptElementSet(orbit, "accepted", (), text, kept.satellite_id)

    def read_valid(self, from_utc: datetime) -> tuple[KeptEphemeris, ...]:
        """Return every ephemeris that is valid at an instant or later, oldest arrival first."""
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(ephemeris)
                .where(ephemeris.c.valid_to_utc >= from_utc)
                .order_by(ephemeris.c.received_utc, ephemeris.c.ephemeris_id)
            ).all()
        return tuple(kept for row in rows if (kept := _read_row(row)) is not None)


def _read_row(row: Any) -> KeptEphemeris | None:
    result = read_oem(row.message, encoding="kvn", source=row.source, received_utc=row.received_utc)
    return None if result.message is None else KeptEphemeris(row.satellite_id, result.message)


def add_ephemerides(
    connection: Connection, messages: Sequence[Oem], *, satellite_id: str | None = None
) -> int:
    """Insert the messages that are not kept yet, inside a transaction of the caller."""
    new = 0
    lock_name(connection, ARRIVALS_LOCK)
    for message in messages:
        known = connection.execute(
            select(ephemeris.c.ephemeris_id).where(ephemeris.c.fingerprint == message.fingerprint)
        ).first()
        if known is not None:
            continue
        connection.execute(
            insert(ephemeris).values(
                fingerprint=message.fingerprint,
                satellite_id=satellite_id,
                object_id=message.object_id[:40],
                object_name=message.object_name,
                source=message.source[:200],
                received_utc=message.received_utc,
                valid_from_utc=from_unix_s(message.valid_from_unix_s),
                valid_to_utc=from_unix_s(message.valid_to_unix_s),
                message=write_oem(message),
            )
        )
        new += 1
    return new
