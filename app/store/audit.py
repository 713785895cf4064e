"""The event log: who did what, when; every change adds its entry in its own transaction.

Entries are only ever added (the database refuses anything else), and their ids grow in the order
in which they become visible, so that a reader who has seen one id misses nothing behind it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, and_, func, or_, select, true

from app.store.schema import audit_entry
from app.store.session import insert_on_commit, reading

LOG_LOCK = "event log"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One act of a person or of the service. ``owner`` is whom it concerns; empty: everybody."""

    entry_id: int
    at_utc: datetime
    who: str
    action: str
    subject: str
    detail: Mapping[str, Any]
    owner: str


class AuditLog:
    """Read the event log."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def list(
        self,
        *,
        limit: int = 100,
        offset: int = 0,
        subject: str | None = None,
        action: str = "",
        owner: str = "",
    ) -> tuple[tuple[AuditEntry, ...], int]:
        """Return one page, newest first, and how many entries there are.

        ``action`` is a beginning (``contact.``); ``owner`` leaves out what concerns other owners.
        """
        wanted = and_(
            true() if subject is None else audit_entry.c.subject == subject,
            audit_entry.c.action.startswith(action, autoescape=True),
            _concerns(owner),
        )
        with reading(self._engine) as connection:
            total = connection.execute(
                select(func.count()).select_from(audit_entry).where(wanted)
            ).scalar_one()
            rows = connection.execute(
                select(audit_entry)
                .where(wanted)
                .order_by(audit_entry.c.entry_id.desc())
                .limit(limit)
                .offset(offset)
            ).all()
        return tuple(AuditEntry(**row._mapping) for row in rows), total

    def list_after(
        self, entry_id: int, *, limit: int = 100, owner: str = ""
    ) -> tuple[AuditEntry, ...]:
        """Return what came after an entry, oldest first; none is ever skipped."""
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(audit_entry)
                .where(audit_entry.c.entry_id > entry_id, _concerns(owner))
                .order_by(audit_entry.c.entry_id)
                .limit(limit)
            ).all()
        return tuple(AuditEntry(**row._mapping) for row in rows)

    def find_subjects(self, action: str, subjects: Sequence[str]) -> frozenset[str]:
        """Return those of ``subjects`` that an act was about."""
        with reading(self._engine) as connection:
            found = connection.execute(
                select(audit_entry.c.subject).where(
                    audit_entry.c.subject.in_(subjects), audit_entry.c.action == action
                )
            ).scalars()
            return frozenset(found)

    def newest_id(self) -> int:
        """Return the id of the last entry; 0 while there is none."""
        with reading(self._engine) as connection:
            return connection.execute(select(func.max(audit_entry.c.entry_id))).scalar() or 0

    def add(
        self,
        at_utc: datetime,
        who: str,
        action: str,
        subject: str,
        detail: Mapping[str, Any],
        owner: str = "",
    ) -> None:
        """Add an entry of its own, for an act that changes nothing else in the store."""
        with self._engine.begin() as connection:
            add_audit_entry(connection, at_utc, who, action, subject, detail, owner)


def _concerns(owner: str) -> ColumnElement[bool]:
    return true() if owner == "" else or_(audit_entry.c.owner == owner, audit_entry.c.owner == "")


def add_audit_entry(
    connection: Connection,
    at_utc: datetime,
    who: str,
    action: str,
    subject: str,
    detail: Mapping[str, Any],
    owner: str = "",
) -> None:
    """Add an entry to the caller's transaction; it is written when that commits."""
    insert_on_commit(
        connection,
        LOG_LOCK,
        audit_entry,
        {
            "at_utc": at_utc,
            "who": who,
            "action": action,
            "subject": subject,
            "detail": dict(detail),
            "owner": owner,
        },
    )
