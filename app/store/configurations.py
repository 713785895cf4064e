"""The configurations under which contacts were booked: each text once, by its digest."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, select, text

from app.settings import ConfigurationText
from app.store.schema_reservations import configuration
from app.store.session import reading

# Two bookings may be the first at once. SQLAlchemy has these words apart for each database.
_KEEP = text(
    "INSERT INTO configuration (digest, stations_toml, satellites_toml)"
    " VALUES (:digest, :stations_toml, :satellites_toml) ON CONFLICT (digest) DO NOTHING"
)


class ConfigurationStore:
    """Read configurations by their digests."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def read(self, digest: str) -> ConfigurationText | None:
        """Return a configuration; None when nothing was booked under it while texts were kept."""
        with reading(self._engine) as connection:
            row = connection.execute(
                select(configuration).where(configuration.c.digest == digest)
            ).one_or_none()
        return None if row is None else ConfigurationText(row.stations_toml, row.satellites_toml)


def keep_configuration(connection: Connection, wanted: ConfigurationText) -> str:
    """Keep a configuration unless it is kept already; return its digest."""
    known = select(configuration.c.digest).where(configuration.c.digest == wanted.digest)
    if connection.execute(known).scalar_one_or_none() is None:
        values = {"stations_toml": wanted.stations_toml, "satellites_toml": wanted.satellites_toml}
        connection.execute(_KEEP, {"digest": wanted.digest, **values})
    return wanted.digest
