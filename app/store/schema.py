"""The tables. Every change here needs a migration beside it (a test compares the two)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy.types import TypeDecorator

HEAD_REVISION = "0015"

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UTCDateTime(TypeDecorator[datetime]):
    """An aware instant that both databases give back as the same UTC instant."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value.isoformat()} has no UTC offset; append Z or +05:00")
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        instant: datetime = value
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


element_set = Table(
    "element_set",
    metadata,
    Column("fingerprint", String(64), primary_key=True),
    Column("element_set_id", String(16), nullable=False, unique=True),
    Column("satellite_id", String(100), nullable=True),  # set when given to one of our satellites
    Column("norad_cat_id", Integer, nullable=True),
    Column("object_id", String(40), nullable=False),
    Column("name", Text, nullable=False),
    Column("epoch_utc", UTCDateTime, nullable=False),
    Column("mean_motion_rev_day", Double, nullable=False),
    Column("eccentricity", Double, nullable=False),
    Column("inclination_deg", Double, nullable=False),
    Column("raan_deg", Double, nullable=False),
    Column("arg_perigee_deg", Double, nullable=False),
    Column("mean_anomaly_deg", Double, nullable=False),
    Column("bstar", Double, nullable=False),
    Column("mean_motion_dot", Double, nullable=False),
    Column("mean_motion_ddot", Double, nullable=False),
    Column("classification", String(4), nullable=False),
    Column("ephemeris_type", Integer, nullable=False),
    Column("element_set_no", BigInteger, nullable=True),
    Column("rev_at_epoch", BigInteger, nullable=True),
    Column("source", Text, nullable=False),
    Column("received_utc", UTCDateTime, nullable=False),
    Column("verdict", String(12), nullable=False),  # accepted, flagged, quarantined, rejected
    Column("verdict_reasons", JSON, nullable=False),
    Column("verdict_text", Text, nullable=False),
)
Index("ix_element_set_verdict", element_set.c.verdict, element_set.c.received_utc)
Index(
    "ix_element_set_number_source_epoch",
    element_set.c.norad_cat_id,
    element_set.c.source,
    element_set.c.epoch_utc,
)
Index("ix_element_set_number_epoch", element_set.c.norad_cat_id, element_set.c.epoch_utc)
Index("ix_element_set_satellite_epoch", element_set.c.satellite_id, element_set.c.epoch_utc)

element_refusal = Table(
    "element_refusal",
    metadata,
    Column("refusal_id", Integer, primary_key=True, autoincrement=True),
    Column("source", String(100), nullable=False),
    Column("query", Text, nullable=False),
    Column("received_utc", UTCDateTime, nullable=False, index=True),
    Column("line", Integer, nullable=True),
    Column("name", Text, nullable=False),
    Column("norad_cat_id", Integer, nullable=True),
    Column("field", String(100), nullable=False),
    Column("reason", Text, nullable=False),
)

source = Table(
    "source",
    metadata,
    Column("source", String(100), primary_key=True),
    Column("blocked_utc", UTCDateTime, nullable=True),  # waits for a person
    Column("blocked_reason", Text, nullable=False),
)

source_query = Table(
    "source_query",
    metadata,
    Column("source", String(100), primary_key=True),
    Column("key", String(300), primary_key=True),
    Column("last_attempt_utc", UTCDateTime, nullable=True),
    Column("last_success_utc", UTCDateTime, nullable=True),
    Column("last_status", String(20), nullable=False),
    Column("last_reason", Text, nullable=False),
    Column("set_count", Integer, nullable=True),
    Column("held_numbers", JSON, nullable=True),  # catalogue numbers of the last full answer
)

source_attempt = Table(
    "source_attempt",
    metadata,
    Column("attempt_id", Integer, primary_key=True, autoincrement=True),
    Column("source", String(100), nullable=False),
    Column("attempted_utc", UTCDateTime, nullable=False),
)
Index("ix_source_attempt_source_time", source_attempt.c.source, source_attempt.c.attempted_utc)

alert = Table(
    "alert",
    metadata,
    Column("alert_id", Integer, primary_key=True, autoincrement=True),
    Column("source", String(100), nullable=False),
    Column("subject", String(300), nullable=False),
    Column("tag", String(60), nullable=False),
    Column("text", Text, nullable=False),
    Column("norad_cat_id", Integer, nullable=True),
    Column("raised_utc", UTCDateTime, nullable=False),
    Column("last_seen_utc", UTCDateTime, nullable=False),
    Column("closed_utc", UTCDateTime, nullable=True, index=True),
)

audit_entry = Table(
    "audit_entry",
    metadata,
    Column("entry_id", Integer, primary_key=True, autoincrement=True),
    Column("at_utc", UTCDateTime, nullable=False, index=True),
    Column("who", String(200), nullable=False),
    Column("action", String(80), nullable=False),
    Column("subject", String(300), nullable=False, index=True),
    Column("detail", JSON, nullable=False),
    Column("owner", String(100), nullable=False, server_default=""),  # whom it concerns; "": all
)

plan = Table(
    "plan",
    metadata,
    Column("plan_id", String(40), primary_key=True),
    Column("created_utc", UTCDateTime, nullable=False, index=True),
    Column("station_ids", JSON, nullable=False),
    Column("start_utc", UTCDateTime, nullable=False),
    Column("end_utc", UTCDateTime, nullable=False),
    Column("solver", String(40), nullable=False),
    Column("status", String(20), nullable=False),
    Column("objective", Double, nullable=False),
    Column("bound", Double, nullable=True),
    Column("gap", Double, nullable=True),
    Column("objective_unit", String(80), nullable=False),
    Column("contact_count", Integer, nullable=False),
    Column("not_taken_count", Integer, nullable=False),
    Column("provenance", JSON, nullable=False),
    Column("problem", LargeBinary, nullable=True),  # zlib of its JSON
)

contact = Table(
    "contact",
    metadata,
    Column("plan_id", ForeignKey("plan.plan_id", ondelete="CASCADE"), primary_key=True),
    Column("contact_id", String(200), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("pass_id", String(300), nullable=False),
    Column("satellite_id", String(100), nullable=False),
    Column("norad_cat_id", Integer, nullable=True),
    Column("owner", String(100), nullable=False),
    Column("station_id", String(100), nullable=False),
    Column("antenna_id", String(100), nullable=False),
    Column("service", String(100), nullable=False),
    Column("reserved_start_utc", UTCDateTime, nullable=False),
    Column("start_utc", UTCDateTime, nullable=False),
    Column("end_utc", UTCDateTime, nullable=False),
    Column("reserved_end_utc", UTCDateTime, nullable=False),
    Column("aos_utc", UTCDateTime, nullable=False),
    Column("los_utc", UTCDateTime, nullable=False),
    Column("max_elevation_deg", Double, nullable=False),
    Column("start_azimuth_deg", Double, nullable=False),
    Column("end_azimuth_deg", Double, nullable=False),
    Column("expected_bytes", Double, nullable=True),
    Column("tentative", Boolean, nullable=False),
    Column("provisional", Boolean, nullable=False),
    Column("element_set_id", String(16), nullable=False),
    Column("element_age_s", Double, nullable=False),
    Column("value", Double, nullable=False),
    Column("start_elevation_deg", Double, nullable=True),
    Column("end_elevation_deg", Double, nullable=True),
    Column("culmination_utc", UTCDateTime, nullable=True),
    Column("timing_sigma_s", Double, nullable=True),
    Column("timing_bound95_s", Double, nullable=True),
    Column("uncertain", Boolean, nullable=False),
    Column("start_mount_azimuth_deg", Double, nullable=True),
    Column("end_mount_azimuth_deg", Double, nullable=True),
    Column("alternative_aos_utc", UTCDateTime, nullable=True),
)
Index("ix_contact_plan_start", contact.c.plan_id, contact.c.start_utc)

not_taken = Table(
    "not_taken",
    metadata,
    Column("plan_id", ForeignKey("plan.plan_id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("pass_id", String(300), nullable=False),
    Column("satellite_id", String(100), nullable=False),
    Column("norad_cat_id", Integer, nullable=True),
    Column("station_id", String(100), nullable=False),
    Column("aos_utc", UTCDateTime, nullable=False),
    Column("los_utc", UTCDateTime, nullable=False),
    Column("reason", String(80), nullable=False),
    Column("beaten_by", JSON, nullable=False),
    Column("detail", JSON, nullable=False),
)

job = Table(
    "job",
    metadata,
    Column("job_id", String(40), primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("state", String(20), nullable=False),
    Column("progress", Double, nullable=False),
    Column("activity", Text, nullable=False),  # what it is doing, for people
    Column("parameters", JSON, nullable=False),
    Column("result", JSON, nullable=True),
    Column("error", JSON, nullable=True),
    Column("runner", String(200), nullable=False),  # host/process/start that computes it
    Column("heartbeat_utc", UTCDateTime, nullable=False),
    Column("created_utc", UTCDateTime, nullable=False, index=True),
    Column("started_utc", UTCDateTime, nullable=True),
    Column("finished_utc", UTCDateTime, nullable=True),
)
