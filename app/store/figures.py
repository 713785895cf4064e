"""Figures for monitoring that are cheaper to count in the database than to read out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, func, select

from app.store.schema import plan
from app.store.schema_executions import execution
from app.store.schema_nightly import nightly_run
from app.store.schema_reservations import antenna, reservation
from app.store.schema_webhooks import webhook_delivery
from app.store.session import reading


@dataclass(frozen=True, slots=True)
class LastDrive:
    """What was measured when an antenna was last driven."""

    station_id: str
    antenna_id: str
    reported_utc: datetime
    tracking: dict[str, Any]


class FigureStore:
    """Count what monitoring asks for."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def count_contacts(self) -> dict[tuple[str, str], int]:
        """Return how many contacts there are, by station and state."""
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(antenna.c.station_id, reservation.c.state, func.count())
                .join(antenna)
                .where(reservation.c.kind == "contact")
                .group_by(antenna.c.station_id, reservation.c.state)
            )
            return {(row[0], row[1]): int(row[2]) for row in rows}

    def last_night_utc(self) -> datetime | None:
        """Return when a nightly run was last finished."""
        with reading(self._engine) as connection:
            found = connection.execute(select(func.max(nightly_run.c.finished_utc))).scalar()
        return found

    def last_provenance(self) -> dict[str, Any]:
        """Return the provenance of the newest plan; empty: there is none."""
        with reading(self._engine) as connection:
            found = connection.execute(
                select(plan.c.provenance).order_by(plan.c.created_utc.desc()).limit(1)
            ).scalar()
        return dict(found or {})

    def last_drives(self) -> tuple[LastDrive, ...]:
        """Return the newest drive of each antenna."""
        key = reservation.c.antenna_key
        newest = (
            select(key, func.max(execution.c.reported_utc).label("reported_utc"))
            .join(execution, execution.c.reservation_id == reservation.c.reservation_id)
            .where(execution.c.tracking.is_not(None))
            .group_by(key)
            .subquery()
        )
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(
                    antenna.c.station_id,
                    antenna.c.antenna_id,
                    execution.c.reported_utc,
                    execution.c.tracking,
                )
                .select_from(execution)
                .join(reservation, reservation.c.reservation_id == execution.c.reservation_id)
                .join(antenna)
                .join(
                    newest,
                    (newest.c.antenna_key == key)
                    & (newest.c.reported_utc == execution.c.reported_utc),
                )
            )
            return tuple(LastDrive(*row) for row in rows if row.tracking)

    def count_dead_deliveries(self) -> int:
        """Return how many webhook deliveries were given up."""
        with reading(self._engine) as connection:
            return int(
                connection.execute(
                    select(func.count())
                    .select_from(webhook_delivery)
                    .where(webhook_delivery.c.state == "dead")
                ).scalar_one()
            )
