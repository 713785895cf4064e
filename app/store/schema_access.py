"""The tables of access: keys, and the service's own secrets."""

from __future__ import annotations

from sqlalchemy import Column, String, Table

from app.store.schema import UTCDateTime, metadata

api_key = Table(
    "api_key",
    metadata,
    Column("key_id", String(40), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("role", String(20), nullable=False),
    Column("owner", String(100), nullable=False),  # empty: sees all owners
    Column("digest", String(64), nullable=False, unique=True),
    Column("created_utc", UTCDateTime, nullable=False),
    Column("expires_utc", UTCDateTime, nullable=True),
    Column("revoked_utc", UTCDateTime, nullable=True),
)

secret = Table(
    "secret",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", String(100), nullable=False),
)
