"""The service's own secrets, made once and shared by all its processes."""

from __future__ import annotations

import secrets
from contextlib import suppress

from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import IntegrityError

from app.store.schema_access import secret
from app.store.session import reading


class SigningKeyStore:
    """Read a secret by name; the first reader makes it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def read(self, name: str) -> str:
        """Return the secret of a name, the same for every process."""
        found = self._find(name)
        while found is None:
            with suppress(IntegrityError), self._engine.begin() as connection:  # or another did
                connection.execute(
                    insert(secret).values(name=name, value=secrets.token_urlsafe(32))
                )
            found = self._find(name)
        return found

    def _find(self, name: str) -> str | None:
        with reading(self._engine) as connection:
            value = connection.execute(
                select(secret.c.value).where(secret.c.name == name)
            ).scalar_one_or_none()
        return None if value is None else str(value)
