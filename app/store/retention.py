"""Retention of the event log: old entries move into a file, and the log says so.

The database refuses every other way to take an entry away. Kept are the newest entry (ids never
start again), the changes of plans (their history is read from the log) and all that a webhook has
not been sent.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    and_,
    delete,
    func,
    select,
    text,
)

from app.errors import InputError, StoreError
from app.store.audit import LOG_LOCK, AuditEntry, add_audit_entry
from app.store.schema import HEAD_REVISION, audit_entry
from app.store.schema_reservations import idempotent_request
from app.store.schema_webhooks import webhook, webhook_delivery
from app.store.session import lock_name, read_revision
from app.store.webhooks import SPREAD_LOCK
from tle.timebase import format_utc

LEAST_AGE = timedelta(days=30)  # what is younger is never taken away
_ROWS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was taken out of the log, and what of that age stayed in it."""

    entries: int
    last_entry_id: int | None
    kept: int
    sha256: str  # of the archive; empty when there was nothing to take


def prune_log(
    engine: Engine, before_utc: datetime, archive: Path, *, who: str, now_utc: datetime
) -> Pruned:
    """Move the entries of the event log before an instant into a new file, one JSON object a line.

    Their webhook deliveries, and idempotency keys of that age, go too. The log keeps who did it,
    with the number of entries and the SHA-256 of the file. InputError when the instant is less
    than ``LEAST_AGE`` ago; StoreError when the file exists or cannot be written, or the schema is
    not the newest.
    """
    if now_utc - before_utc < LEAST_AGE:
        raise InputError(
            "before",
            f"give an instant at least {LEAST_AGE.days} days ago",
            value=format_utc(before_utc),
        )
    if archive.exists():
        raise StoreError(f"{archive}: exists already; give a new name")
    if read_revision(engine) != HEAD_REVISION:
        raise StoreError(f"the schema is not at revision {HEAD_REVISION}; run: aspan db upgrade")
    draft = archive.with_name(f".{archive.name}.part")
    try:
        with engine.begin() as connection:
            return _prune(connection, before_utc, archive, draft, who, now_utc)
    except OSError as error:
        raise StoreError(f"{archive}: cannot be written: {error.strerror}") from error
    finally:
        draft.unlink(missing_ok=True)


def _prune(
    connection: Connection,
    before_utc: datetime,
    archive: Path,
    draft: Path,
    who: str,
    now_utc: datetime,
) -> Pruned:
    for lock in (SPREAD_LOCK, LOG_LOCK):
        lock_name(connection, lock)
    is_old = audit_entry.c.at_utc < before_utc
    goes = and_(
        is_old,
        audit_entry.c.entry_id < _find_first_kept(connection),
        audit_entry.c.action.not_like("plan.%"),
    )
    old = _count(connection, is_old)
    count, sha256 = _write(connection, goes, draft)
    if not count:
        return Pruned(0, None, old, "")
    last_id = connection.execute(select(func.max(audit_entry.c.entry_id)).where(goes)).scalar()
    ids = select(audit_entry.c.entry_id).where(goes)
    connection.execute(delete(webhook_delivery).where(webhook_delivery.c.event_id.in_(ids)))
    connection.execute(delete(idempotent_request).where(_is_old_request(before_utc)))
    with _lifting_the_guard(connection):
        connection.execute(delete(audit_entry).where(goes))
    done = Pruned(count, last_id, old - count, sha256)
    detail = {"before_utc": format_utc(before_utc), "archive": archive.name, **asdict(done)}
    add_audit_entry(connection, now_utc, who, "log.prune", "event log", detail)
    draft.rename(archive)
    return done


def _is_old_request(before_utc: datetime) -> ColumnElement[bool]:
    return idempotent_request.c.created_utc < before_utc


def _find_first_kept(connection: Connection) -> int:
    """Return the id of the newest entry, or an older one that a webhook has not been sent."""
    needed = (
        select(func.max(audit_entry.c.entry_id)),
        select(func.min(webhook.c.seen_event_id) + 1),
        select(func.min(webhook_delivery.c.event_id)).where(webhook_delivery.c.state == "waiting"),
    )
    found = (connection.execute(each).scalar() for each in needed)
    return min((each for each in found if each is not None), default=0)


def _count(connection: Connection, wanted: ColumnElement[bool]) -> int:
    chosen = select(func.count()).select_from(audit_entry).where(wanted)
    return int(connection.execute(chosen).scalar_one())


def _write(connection: Connection, goes: ColumnElement[bool], draft: Path) -> tuple[int, str]:
    """Write the entries that go; return how many, and the SHA-256 of the file."""
    count, digest = 0, hashlib.sha256()
    chosen = select(audit_entry).where(goes).order_by(audit_entry.c.entry_id)
    with (
        draft.open("wb") as file,
        connection.execute(chosen, execution_options={"yield_per": _ROWS_AT_ONCE}) as rows,
    ):
        for row in rows:
            entry = asdict(AuditEntry(**row._mapping))
            line = json.dumps(entry | {"at_utc": format_utc(row.at_utc)}).encode() + b"\n"
            file.write(line)
            digest.update(line)
            count += 1
        file.flush()
        os.fsync(file.fileno())
    return count, digest.hexdigest()


@contextmanager
def _lifting_the_guard(connection: Connection) -> Iterator[None]:
    """Lift the trigger that keeps entries; for others it stands until this transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_final"))
        yield
        connection.execute(text("ALTER TABLE audit_entry ENABLE TRIGGER audit_entry_final"))
        return
    guard = connection.execute(
        text("SELECT sql FROM sqlite_master WHERE name = 'audit_entry_final_delete'")
    ).scalar_one()
    connection.execute(text("DROP TRIGGER audit_entry_final_delete"))
    yield
    connection.exec_driver_sql(guard)
