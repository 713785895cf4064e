"""The tables of booked time: one row for everything that occupies an antenna.

A booked contact and a blocked span are rows of one table, so that one constraint guards both:
an exclusion constraint on PostgreSQL, triggers on SQLite
(``migrations/versions/v0002_reservations``).
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint

from app.store.schema import UTCDateTime, metadata
from scheduler.contact_states import BOOKED_STATES

BLOCKED = "blocked"
LIFTED = "lifted"
OCCUPYING = (*BOOKED_STATES, BLOCKED)
# In words of SQL: with bound values SQLite would not use the index of what holds an antenna.
OCCUPYING_SQL = "state IN ({})".format(", ".join(f"'{state}'" for state in OCCUPYING))

antenna = Table(
    "antenna",
    metadata,
    Column("antenna_key", Integer, primary_key=True, autoincrement=True),
    Column("station_id", String(100), nullable=False),
    Column("antenna_id", String(100), nullable=False),
    UniqueConstraint("station_id", "antenna_id", name="uq_antenna_station_id"),
)

reservation = Table(
    "reservation",
    metadata,
    Column("reservation_id", String(200), primary_key=True),
    Column("kind", String(10), nullable=False),  # contact or block
    Column("state", String(20), nullable=False),
    Column("antenna_key", ForeignKey("antenna.antenna_key"), nullable=False),
    Column("owner", String(100), nullable=False),
    Column("reserved_start_utc", UTCDateTime, nullable=False),
    Column("reserved_end_utc", UTCDateTime, nullable=False),
    Column("version", Integer, nullable=False),  # grows with every change; for ETag and SEQUENCE
    Column("created_utc", UTCDateTime, nullable=False),
    Column("created_by", String(200), nullable=False),
    Column("plan_id", String(40), nullable=True, index=True),
    Column("contact", JSON, nullable=True),  # scheduler.plan.Contact as booked; None for a block
    Column("start_elevation_deg", Double, nullable=True),
    Column("end_elevation_deg", Double, nullable=True),
    Column("conditions", JSON, nullable=False),
    Column("prediction", JSON, nullable=True),  # newest AOS, LOS, element set, drift figures
    Column("snapshot", JSON, nullable=False),  # digest of its configuration, row of its import
    Column("pinned", Boolean, nullable=False),
    Column("note", Text, nullable=False),
    CheckConstraint("reserved_start_utc < reserved_end_utc", name="order"),
)
Index(
    "ix_reservation_live",
    reservation.c.antenna_key,
    reservation.c.reserved_start_utc,
    sqlite_where=text(OCCUPYING_SQL),
    postgresql_where=text(OCCUPYING_SQL),
)
Index("ix_reservation_reserved_end_utc", reservation.c.reserved_end_utc)
Index(
    "ix_reservation_kind_state",
    reservation.c.kind,
    reservation.c.state,
    reservation.c.antenna_key,
)
reservation.append_constraint(
    ExcludeConstraint(
        (
            func.int4range(reservation.c.antenna_key, reservation.c.antenna_key, text("'[]'")),
            "=",
        ),
        (
            func.tstzrange(reservation.c.reserved_start_utc, reservation.c.reserved_end_utc),
            "&&",
        ),
        where=text(OCCUPYING_SQL),
        using="gist",
        name="ex_reservation_no_overlap",
    ).ddl_if(dialect="postgresql")
)

configuration = Table(
    "configuration",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("stations_toml", Text, nullable=False),  # the files as they were, word for word
    Column("satellites_toml", Text, nullable=False),
)

reservation_event = Table(
    "reservation_event",
    metadata,
    Column("event_id", Integer, primary_key=True, autoincrement=True),
    Column(
        "reservation_id",
        ForeignKey("reservation.reservation_id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("at_utc", UTCDateTime, nullable=False),
    Column("who", String(200), nullable=False),
    Column("verb", String(40), nullable=False),
    Column("source_state", String(20), nullable=True),
    Column("target_state", String(20), nullable=False),
    Column("why", Text, nullable=False),
    Column("detail", JSON, nullable=False),
)

idempotent_request = Table(
    "idempotent_request",
    metadata,
    Column("who", String(200), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("answer", JSON, nullable=False),
    Column("created_utc", UTCDateTime, nullable=False),
)

plan_state = Table(
    "plan_state",
    metadata,
    Column("plan_id", ForeignKey("plan.plan_id", ondelete="CASCADE"), primary_key=True),
    Column("state", String(20), nullable=False),  # published, superseded, withdrawn; none: draft
    Column("changed_utc", UTCDateTime, nullable=False),
    Column("changed_by", String(200), nullable=False),
    Column("why", Text, nullable=False),
)
