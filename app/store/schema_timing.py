"""What was learnt of each satellite's timing, so that nobody learns it twice."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Integer, String, Table

from app.store.schema import UTCDateTime, metadata

timing_model = Table(
    "timing_model",
    metadata,
    Column("satellite_id", String(100), primary_key=True),
    Column("set_count", Integer, nullable=False),  # of the history it was learnt from
    Column("newest_fingerprint", String(64), nullable=False),
    Column("learnt_utc", UTCDateTime, nullable=False),
    Column("pair_count", Integer, nullable=False),
    Column("bound95_curve_s", JSON, nullable=False),
    Column("sigma_curve_s", JSON, nullable=False),
)
