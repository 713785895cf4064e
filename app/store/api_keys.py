"""Keys in the store: digests only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Engine, insert, select, update

from app.access import ApiKey
from app.store.audit import add_audit_entry
from app.store.schema_access import api_key
from app.store.session import reading


class ApiKeyStore:
    """Add, find, list and revoke keys."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, key: ApiKey, *, who: str) -> None:
        """Keep a new key, and record who made it."""
        with self._engine.begin() as connection:
            connection.execute(
                insert(api_key).values(
                    {name: getattr(key, name) for name in ApiKey.__dataclass_fields__}
                )
            )
            detail = {"name": key.name, "role": key.role, "owner": key.owner}
            add_audit_entry(connection, key.created_utc, who, "add_key", key.key_id, detail)

    def find(self, digest: str) -> ApiKey | None:
        """Return the key with a digest, valid or not."""
        with reading(self._engine) as connection:
            row = connection.execute(
                select(api_key).where(api_key.c.digest == digest)
            ).one_or_none()
        return None if row is None else _read_row(row)

    def list(self) -> tuple[ApiKey, ...]:
        """Return all keys, the newest first."""
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(api_key).order_by(api_key.c.created_utc.desc(), api_key.c.key_id)
            )
            return tuple(_read_row(row) for row in rows)

    def any_exists(self) -> bool:
        """Tell whether keys are in use here, be they valid or not."""
        with reading(self._engine) as connection:
            return connection.execute(select(api_key.c.key_id).limit(1)).first() is not None

    def revoke(self, key_id: str, *, who: str, now_utc: datetime) -> bool:
        """End a key for good; False when there is no such key that is still open."""
        with self._engine.begin() as connection:
            done = connection.execute(
                update(api_key)
                .where(api_key.c.key_id == key_id, api_key.c.revoked_utc.is_(None))
                .values(revoked_utc=now_utc)
            )
            if done.rowcount == 1:
                add_audit_entry(connection, now_utc, who, "revoke_key", key_id, {})
            return done.rowcount == 1


def _read_row(row: Any) -> ApiKey:
    return ApiKey(**{name: getattr(row, name) for name in ApiKey.__dataclass_fields__})
