"""The tables of named scenarios, and of settled months."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, String, Table, Text, UniqueConstraint

from app.store.schema import UTCDateTime, metadata

scenario = Table(
    "scenario",
    metadata,
    Column("scenario_id", String(40), primary_key=True),
    Column("name", String(100), nullable=False),
    Column("note", Text, nullable=False),
    Column("plan_id", ForeignKey("plan.plan_id", ondelete="CASCADE"), nullable=False),
    Column("base_plan_id", String(40), nullable=True),  # the stored plan it was compared with
    Column("changes", JSON, nullable=False),
    Column("comparison", JSON, nullable=False),
    Column("created_utc", UTCDateTime, nullable=False),
    Column("created_by", String(200), nullable=False),
    Column("promoted_utc", UTCDateTime, nullable=True),  # from then on its plan is a plan like any
    Column("promoted_by", String(200), nullable=True),
    UniqueConstraint("name", name="uq_scenario_name"),
    UniqueConstraint("plan_id", name="uq_scenario_plan_id"),
)

settlement = Table(
    "settlement",
    metadata,
    Column("station_id", String(100), primary_key=True),
    Column("month", String(7), primary_key=True),  # 2026-11, UTC
    Column("sheet", JSON, nullable=False),  # all figures as they were settled; never changed
    Column("digest", String(64), nullable=False),  # SHA-256 of the sheet, printed on it
    Column("settled_utc", UTCDateTime, nullable=False),
    Column("settled_by", String(200), nullable=False),
)
