"""Ephemerides (OEM) that operators gave, whole, as the text that reads back to them."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table, Text

from app.store.schema import UTCDateTime, metadata

ephemeris = Table(
    "ephemeris",
    metadata,
    Column("ephemeris_id", Integer, primary_key=True),
    Column("fingerprint", String(64), nullable=False, unique=True),
    Column("satellite_id", String(100)),  # whom a person gave it to; None: by its designator
    Column("object_id", String(40), nullable=False),
    Column("object_name", String(100), nullable=False),
    Column("source", String(200), nullable=False),
    Column("received_utc", UTCDateTime, nullable=False),
    Column("valid_from_utc", UTCDateTime, nullable=False),
    Column("valid_to_utc", UTCDateTime, nullable=False),
    Column("message", Text, nullable=False),  # OEM KVN
    Index(None, "valid_to_utc"),
)
