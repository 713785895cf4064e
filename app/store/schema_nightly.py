"""The table of nightly runs: one row a night, whoever starts it."""

from __future__ import annotations

from sqlalchemy import JSON, Column, String, Table

from app.store.schema import UTCDateTime, metadata

nightly_run = Table(
    "nightly_run",
    metadata,
    Column("night", String(10), primary_key=True),  # the UTC day, 2026-11-22
    Column("runner", String(200), nullable=False),
    Column("started_utc", UTCDateTime, nullable=False),
    Column("heartbeat_utc", UTCDateTime, nullable=False),
    Column("finished_utc", UTCDateTime, nullable=True),
    Column("steps", JSON, nullable=False),  # what is done, step by step, with its figures
)
