"""Ephemerides in the store: each OEM kept once, read back for the satellites it serves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, insert, select

from app.store.audit import add_audit_entry
from app.store.element_sets import ARRIVALS_LOCK
from app.store.schema_ephemerides import ephemeris
from app.store.session import lock_name, reading
from tle.oem import Oem
from tle.oem_format import read_oem, write_oem
from tle.timebase import from_unix_s


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

    def read_valid(self, from_utc: datetime) -> tuple[KeptEphemeris, ...]:
        """Return every ephemeris that is valid at an instant or later, oldest arrival first."""
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(ephemeris)
                .where(ephemeris.c.valid_to_utc >= from_utc)
                .order_by(ephemeris.c.received_utc, ephemeris.c.ephemeris_id)
            ).all()
        kept = []
        for row in rows:
            result = read_oem(
                row.message, encoding="kvn", source=row.source, received_utc=row.received_utc
            )
            if result.message is not None:
                kept.append(KeptEphemeris(row.satellite_id, result.message))
        return tuple(kept)


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
