"""The store as the sink of a refresh: what sources were asked, and everything they brought."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, delete, func, insert, select, text, update

from app.store.audit import add_audit_entry
from app.store.element_sets import LAST_UTC, add_judged_sets, read_row, select_nearest
from app.store.ephemerides import add_ephemerides
from app.store.schema import (
    alert,
    element_refusal,
    element_set,
    source,
    source_attempt,
    source_query,
)
from app.store.session import reading
from tle.elements import ElementSet
from tle.reading_result import Refusal
from tle.refresh import Alert, Decision, Outcome
from tle.sources.base import Query, QueryMemory, SourceMemory

_ATTEMPTS_KEPT = timedelta(days=2)
_RECENT_EACH = 30
_NUMBERS_A_STATEMENT = 500
SILENCE_PLACE = ("all sources", "served satellites")  # source and subject of that alert
_ANSWERED = ("data", "not_modified", "no_data")
_FAULTS = ("failed", "refused", "broken")


@dataclass(frozen=True, slots=True)
class StoredAlert:
    """An alert as kept: open until it is closed; a repeated one is seen again, not raised anew."""

    alert_id: int
    source: str
    subject: str
    tag: str
    text: str
    norad_cat_id: int | None
    raised_utc: datetime
    last_seen_utc: datetime
    closed_utc: datetime | None


class RefreshMemory:
    """What survives restarts, and holds for several processes, of asking sources for elements."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def claim(
        self,
        source: str,
        query: Query,
        now_utc: datetime,
        decide: Callable[[SourceMemory], Decision],
    ) -> Decision:
        """Ask ``decide`` and record the attempt it wants, atomically against other processes."""
        with self._engine.begin() as connection:
            _lock(connection, source)
            decision = decide(_read_memory(connection, source))
            if decision.record_attempt:
                _record_attempt(connection, source, query, now_utc)
        return decision

    def read_memory(self, source: str) -> SourceMemory:
        """Return what is remembered of a source; an empty memory for a new one."""
        with reading(self._engine) as connection:
            return _read_memory(connection, source)

    def list_sources(self) -> tuple[SourceMemory, ...]:
        """Return the memory of every source that was ever asked, by name."""
        with reading(self._engine) as connection:
            names = set(connection.execute(select(source_query.c.source).distinct()).scalars())
            names |= set(connection.execute(select(source.c.source)).scalars())
            return tuple(_read_memory(connection, name) for name in sorted(names))

    def read_recent(self, norad_cat_ids: Iterable[int]) -> Mapping[int, Sequence[ElementSet]]:
        """Return the newest usable sets of each object, at most 30, ascending by epoch."""
        numbers = sorted(set(norad_cat_ids))
        found: dict[int, list[ElementSet]] = {}
        with reading(self._engine) as connection:
            for start in range(0, len(numbers), _NUMBERS_A_STATEMENT):
                some = numbers[start : start + _NUMBERS_A_STATEMENT]
                chosen = select_nearest(
                    [element_set.c.norad_cat_id],
                    [(number,) for number in some],
                    LAST_UTC,
                    count=_RECENT_EACH,
                )
                rows = connection.execute(
                    chosen.order_by(
                        element_set.c.norad_cat_id,
                        element_set.c.epoch_utc.desc(),
                        element_set.c.received_utc.desc(),
                        element_set.c.fingerprint,
                    )
                )
                for row in rows:
                    sets = found.setdefault(row.norad_cat_id, [])
                    if len(sets) < _RECENT_EACH:
                        sets.append(read_row(row))
        return {number: sets[::-1] for number, sets in found.items()}

    def commit(self, outcome: Outcome) -> int:
        """Keep everything of one attempt in one transaction; return how many sets were new."""
        with self._engine.begin() as connection:
            _lock(connection, outcome.source)
            new = len(add_judged_sets(connection, outcome.judged))
            new += add_ephemerides(connection, outcome.ephemerides)
            _remember_outcome(connection, outcome)
            if outcome.blocks:
                _block(connection, outcome)
            _keep_refusals(connection, outcome)
            for each in outcome.alerts:
                _raise_alert(
                    connection, outcome.source, outcome.query.key, each, outcome.finished_utc
                )
            if outcome.status == "data":
                _close_alerts(connection, outcome)
            _log_outcome(connection, outcome, new)
        return new

    def acknowledge(self, name: str, *, who: str, now_utc: datetime) -> bool:
        """Let a blocked source be asked again, by a person; False: it was not blocked."""
        with self._engine.begin() as connection:
            _lock(connection, name)
            row = connection.execute(
                select(source).where(source.c.source == name, source.c.blocked_utc.is_not(None))
            ).first()
            if row is None:
                return False
            connection.execute(
                update(source)
                .where(source.c.source == name)
                .values(blocked_utc=None, blocked_reason="")
            )
            add_audit_entry(
                connection,
                now_utc,
                who,
                "acknowledge_source",
                name,
                {"blocked_reason": row.blocked_reason},
            )
            return True

    def keep_silence(self, silence: Alert | None, *, now_utc: datetime) -> None:
        """Raise the alert of silence, or close the one that is open."""
        with self._engine.begin() as connection:
            if silence is not None:
                _raise_alert(connection, *SILENCE_PLACE, silence, now_utc)
                return
            connection.execute(
                update(alert)
                .where(alert.c.tag == "silent", alert.c.closed_utc.is_(None))
                .values(closed_utc=now_utc)
            )

    def list_alerts(
        self, *, only_open: bool = True, limit: int = 100, offset: int = 0
    ) -> tuple[tuple[StoredAlert, ...], int]:
        """Return one page of the alerts, newest first, and how many there are."""
        wanted = alert.c.closed_utc.is_(None) if only_open else alert.c.alert_id.is_not(None)
        with reading(self._engine) as connection:
            total = connection.execute(
                select(func.count()).select_from(alert).where(wanted)
            ).scalar_one()
            rows = connection.execute(
                select(alert)
                .where(wanted)
                .order_by(alert.c.raised_utc.desc(), alert.c.alert_id.desc())
                .limit(limit)
                .offset(offset)
            ).all()
        return tuple(StoredAlert(**row._mapping) for row in rows), total

    def list_refusals(
        self, *, limit: int = 100, offset: int = 0
    ) -> tuple[tuple[tuple[datetime, str, Refusal], ...], int]:
        """Return one page of refused sets (when, source, refusal), newest first, and the count."""
        with reading(self._engine) as connection:
            total = connection.execute(
                select(func.count()).select_from(element_refusal)
            ).scalar_one()
            rows = connection.execute(
                select(element_refusal)
                .order_by(element_refusal.c.received_utc.desc(), element_refusal.c.refusal_id)
                .limit(limit)
                .offset(offset)
            ).all()
        return tuple(
            (
                row.received_utc,
                row.source,
                Refusal(row.line, row.name, row.norad_cat_id, row.field, row.reason),
            )
            for row in rows
        ), total


def _lock(connection: Connection, name: str) -> None:
    """Let one process at a time decide about a source (SQLite locks by BEGIN IMMEDIATE)."""
    if connection.dialect.name == "postgresql":
        connection.execute(
            text("SELECT pg_advisory_xact_lock(:space, :key)"),
            {"space": 0x736F7572, "key": zlib.crc32(name.encode()) - 2**31},
        )


def _read_memory(connection: Connection, name: str) -> SourceMemory:
    state = connection.execute(select(source).where(source.c.source == name)).first()
    queries = connection.execute(select(source_query).where(source_query.c.source == name)).all()
    attempts = connection.execute(
        select(source_attempt.c.attempted_utc)
        .where(source_attempt.c.source == name)
        .order_by(source_attempt.c.attempted_utc)
    ).scalars()
    return SourceMemory(
        source=name,
        blocked_utc=state.blocked_utc if state else None,
        blocked_reason=state.blocked_reason if state else "",
        queries={
            row.key: QueryMemory(
                row.key,
                row.last_attempt_utc,
                row.last_success_utc,
                row.last_status,
                row.last_reason,
                row.set_count,
                frozenset(row.held_numbers or ()),
            )
            for row in queries
        },
        attempts_utc=tuple(attempts),
    )


def _record_attempt(connection: Connection, name: str, query: Query, now_utc: datetime) -> None:
    """Write an attempt; forget those that no rule looks at, and those ahead of the clock."""
    connection.execute(
        delete(source_attempt).where(
            source_attempt.c.source == name,
            (source_attempt.c.attempted_utc > now_utc)
            | (source_attempt.c.attempted_utc < now_utc - _ATTEMPTS_KEPT),
        )
    )
    connection.execute(
        update(source_query)
        .where(source_query.c.source == name, source_query.c.last_attempt_utc > now_utc)
        .values(last_attempt_utc=now_utc)
    )
    connection.execute(insert(source_attempt), {"source": name, "attempted_utc": now_utc})
    _write_query(connection, name, query.key, {"last_attempt_utc": now_utc})


def _write_query(connection: Connection, name: str, key: str, values: Mapping[str, object]) -> None:
    changed = connection.execute(
        update(source_query)
        .where(source_query.c.source == name, source_query.c.key == key)
        .values(**values)
    ).rowcount
    if not changed:
        row = {"source": name, "key": key, "last_status": "", "last_reason": ""}
        connection.execute(insert(source_query), row | dict(values))


def _remember_outcome(connection: Connection, outcome: Outcome) -> None:
    values: dict[str, object] = {"last_status": outcome.status, "last_reason": outcome.reason}
    if outcome.status in _ANSWERED:
        values["last_success_utc"] = outcome.finished_utc
    if outcome.status == "data":
        values["set_count"] = outcome.set_count
        # what it should have held stays expected, so that an omission is not forgotten
        values["held_numbers"] = sorted(outcome.numbers | outcome.query.expected)
    _write_query(connection, outcome.source, outcome.query.key, values)


def _block(connection: Connection, outcome: Outcome) -> None:
    values = {"blocked_utc": outcome.finished_utc, "blocked_reason": outcome.reason}
    changed = connection.execute(
        update(source).where(source.c.source == outcome.source).values(**values)
    ).rowcount
    if not changed:
        connection.execute(insert(source), {"source": outcome.source} | values)


def _keep_refusals(connection: Connection, outcome: Outcome) -> None:
    if outcome.refused:
        connection.execute(
            insert(element_refusal),
            [
                {
                    "source": outcome.source,
                    "query": outcome.query.key,
                    "received_utc": outcome.finished_utc,
                    "line": refusal.line,
                    "name": refusal.name,
                    "norad_cat_id": refusal.norad_cat_id,
                    "field": refusal.field[:100],
                    "reason": refusal.reason,
                }
                for refusal in outcome.refused
            ],
        )


def _raise_alert(
    connection: Connection, source: str, subject: str, each: Alert, seen_utc: datetime
) -> None:
    same = (
        alert.c.source == source,
        alert.c.subject == subject,
        alert.c.tag == each.tag,
        alert.c.norad_cat_id.is_not_distinct_from(each.norad_cat_id),
        alert.c.closed_utc.is_(None),
    )
    seen_again = connection.execute(
        update(alert).where(*same).values(last_seen_utc=seen_utc, text=each.text)
    ).rowcount
    if not seen_again:
        connection.execute(
            insert(alert),
            {
                "source": source,
                "subject": subject,
                "tag": each.tag,
                "text": each.text,
                "norad_cat_id": each.norad_cat_id,
                "raised_utc": seen_utc,
                "last_seen_utc": seen_utc,
            },
        )


def _close_alerts(connection: Connection, outcome: Outcome) -> None:
    """Close what a complete answer no longer shows."""
    connection.execute(
        update(alert)
        .where(
            alert.c.source == outcome.source,
            alert.c.subject == outcome.query.key,
            alert.c.closed_utc.is_(None),
            alert.c.last_seen_utc < outcome.finished_utc,
        )
        .values(closed_utc=outcome.finished_utc)
    )


def _log_outcome(connection: Connection, outcome: Outcome, new: int) -> None:
    """Tell of what came in, and of what went wrong; a quiet answer is no event."""
    detail: dict[str, object] = {
        "query": outcome.query.key,
        "status": outcome.status,
        "reason": outcome.reason,
    }
    if new:
        what, detail = "elements.refresh", detail | {"new_sets": new}
    elif outcome.status in _FAULTS or outcome.blocks:
        what = "source.fail"
    else:
        return
    add_audit_entry(connection, outcome.finished_utc, "aspan", what, outcome.source, detail)
