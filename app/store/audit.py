"""The audit log: who did what, when; entries are only ever added."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select

from app.store.schema import audit_entry
from app.store.session import reading


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One act of a person or of the service."""

    entry_id: int
    at_utc: datetime
    who: str
    action: str
    subject: str
    detail: Mapping[str, Any]


class AuditLog:
    """Read the audit log."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def list(self, *, limit: int = 100, offset: int = 0) -> tuple[tuple[AuditEntry, ...], int]:
        """Return one page, newest first, and how many entries there are."""
        with reading(self._engine) as connection:
            total = connection.execute(select(func.count()).select_from(audit_entry)).scalar_one()
            rows = connection.execute(
                select(audit_entry)
                .order_by(audit_entry.c.entry_id.desc())
                .limit(limit)
                .offset(offset)
            ).all()
        return tuple(AuditEntry(**row._mapping) for row in rows), total


def add_audit_entry(
    connection: Connection,
    at_utc: datetime,
    who: str,
    action: str,
    subject: str,
    detail: Mapping[str, Any],
) -> None:
    """Add an entry inside the caller's transaction."""
    connection.execute(
        insert(audit_entry),
        {
            "at_utc": at_utc,
            "who": who,
            "action": action,
            "subject": subject,
            "detail": dict(detail),
        },
    )
