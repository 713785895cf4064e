"""Calendar feeds: addresses with a token, for programs that cannot send a key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.store.audit import add_audit_entry
from app.store.schema_webhooks import contact_notice, feed
from app.store.session import reading

_LISTS = ("station_ids", "satellite_ids", "owners")


@dataclass(frozen=True, slots=True)
class Feed:
    """What an address shows: never more than its maker could see. Empty names: all."""

    feed_id: str
    digest: str
    name: str
    owner: str
    station_ids: tuple[str, ...]
    satellite_ids: tuple[str, ...]
    owners: tuple[str, ...]
    reminder_s: float | None
    created_utc: datetime
    created_by: str
    revoked_utc: datetime | None = None


class FeedStore:
    """Add, find, list and revoke feeds."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, made: Feed) -> None:
        """Keep a new feed, and record who made it."""
        fields = {name: getattr(made, name) for name in Feed.__dataclass_fields__}
        with self._engine.begin() as connection:
            connection.execute(
                insert(feed).values(fields | {name: list(fields[name]) for name in _LISTS})
            )
            add_audit_entry(
                connection,
                made.created_utc,
                made.created_by,
                "add_feed",
                made.feed_id,
                {},
                made.owner,
            )

    def find(self, digest: str) -> Feed | None:
        """Return the open feed whose token has a digest."""
        with reading(self._engine) as connection:
            row = connection.execute(
                select(feed).where(feed.c.digest == digest, feed.c.revoked_utc.is_(None))
            ).one_or_none()
        return None if row is None else _read(row)

    def list(self, *, owner: str = "") -> tuple[Feed, ...]:
        """Return the feeds, or those of one owner, newest first."""
        chosen = select(feed).order_by(feed.c.created_utc.desc(), feed.c.feed_id)
        if owner:
            chosen = chosen.where(feed.c.owner == owner)
        with reading(self._engine) as connection:
            return tuple(_read(row) for row in connection.execute(chosen))

    def revoke(self, feed_id: str, *, owner: str, who: str, now_utc: datetime) -> bool:
        """End a feed for good; False when there is no such open feed of that owner."""
        wanted = [feed.c.feed_id == feed_id, feed.c.revoked_utc.is_(None)]
        if owner:
            wanted.append(feed.c.owner == owner)
        with self._engine.begin() as connection:
            done = connection.execute(update(feed).where(*wanted).values(revoked_utc=now_utc))
            if done.rowcount == 1:
                add_audit_entry(connection, now_utc, who, "revoke_feed", feed_id, {}, owner)
            return done.rowcount == 1


class ContactNoticeStore:
    """Which contacts were announced; each announcement is an event, made once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def announce(
        self,
        reservation_id: str,
        kind: str,
        due_utc: datetime,
        *,
        now_utc: datetime,
        detail: dict[str, Any],
        owner: str,
    ) -> bool:
        """Add the event of a contact's start or end; False: another process or run did."""
        try:
            with self._engine.begin() as connection:
                connection.execute(
                    insert(contact_notice).values(
                        reservation_id=reservation_id, kind=kind, due_utc=due_utc
                    )
                )
                add_audit_entry(
                    connection, now_utc, "aspan", f"contact.{kind}", reservation_id, detail, owner
                )
        except IntegrityError:
            return False
        return True


def _read(row: Any) -> Feed:
    fields = dict(row._mapping)
    return Feed(**fields | {name: tuple(fields[name]) for name in _LISTS})
