"""Settled months in the store: figures that partners have signed, and that never change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import IntegrityError

from app.store.audit import add_audit_entry
from app.store.schema_scenarios import settlement
from app.store.session import reading


@dataclass(frozen=True, slots=True)
class Settlement:
    """One station's month as it was settled."""

    station_id: str
    month: str
    sheet: Mapping[str, Any]
    digest: str
    settled_utc: datetime
    settled_by: str


class SettlementStore:
    """Settle a month once, and read it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, item: Settlement) -> bool:
        """Keep a month's figures; False when the month is settled already."""
        fields = {name: getattr(item, name) for name in Settlement.__dataclass_fields__}
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(settlement).values(fields | {"sheet": dict(item.sheet)}))
                add_audit_entry(
                    connection, item.settled_utc, item.settled_by, "usage.settle",
                    f"{item.station_id} {item.month}", {"digest": item.digest},
                )  # fmt: skip
        except IntegrityError:
            return False
        return True

    def read(self, station_id: str, month: str) -> Settlement | None:
        """Return the settled figures of a month; None: it is open."""
        with reading(self._engine) as connection:
            row = connection.execute(
                select(settlement).where(
                    settlement.c.station_id == station_id, settlement.c.month == month
                )
            ).first()
        if row is None:
            return None
        return Settlement(**{name: getattr(row, name) for name in Settlement.__dataclass_fields__})
