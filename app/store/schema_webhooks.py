"""The tables of what leaves the house by itself: webhooks, their deliveries, calendar feeds."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from app.store.schema import UTCDateTime, metadata

webhook = Table(
    "webhook",
    metadata,
    Column("webhook_id", String(40), primary_key=True),
    Column("url", Text, nullable=False),
    Column("secret", String(100), nullable=False),  # signs what is sent; shown once
    Column("kinds", JSON, nullable=False),  # empty: every kind
    Column("station_ids", JSON, nullable=False),  # empty: every station
    Column("owner", String(100), nullable=False),  # empty: sees all owners
    Column("state", String(10), nullable=False),  # enabled or disabled
    Column("reason", Text, nullable=False),  # why it is disabled
    Column("seen_event_id", Integer, nullable=False),  # deliveries exist for all up to this
    Column("failure_count", Integer, nullable=False),  # attempts without an answer, in a row
    Column("paused_until_utc", UTCDateTime, nullable=True),
    Column("created_utc", UTCDateTime, nullable=False),
    Column("created_by", String(200), nullable=False),
)

webhook_delivery = Table(
    "webhook_delivery",
    metadata,
    Column("delivery_id", Integer, primary_key=True, autoincrement=True),
    Column("webhook_id", ForeignKey("webhook.webhook_id", ondelete="CASCADE"), nullable=False),
    Column("event_id", Integer, nullable=False),
    Column("state", String(10), nullable=False),  # waiting, delivered or dead
    Column("attempt_count", Integer, nullable=False),
    Column("next_attempt_utc", UTCDateTime, nullable=False),
    Column("claimed_until_utc", UTCDateTime, nullable=True),  # somebody is sending it
    Column("last_status", Integer, nullable=True),
    Column("last_reason", Text, nullable=False),
    Column("finished_utc", UTCDateTime, nullable=True),
    UniqueConstraint("webhook_id", "event_id", name="uq_webhook_delivery_webhook_id"),
)
Index(  # its queue
    "ix_webhook_delivery_webhook_id_state_event_id",
    webhook_delivery.c.webhook_id,
    webhook_delivery.c.state,
    webhook_delivery.c.event_id,
)
Index(  # whether somebody is sending to it
    "ix_webhook_delivery_webhook_id_state_claimed_until_utc",
    webhook_delivery.c.webhook_id,
    webhook_delivery.c.state,
    webhook_delivery.c.claimed_until_utc,
)

contact_notice = Table(
    "contact_notice",
    metadata,
    Column("reservation_id", String(200), primary_key=True),
    Column("kind", String(20), primary_key=True),
    Column("due_utc", UTCDateTime, primary_key=True),  # a contact that moves is told of again
)

feed = Table(
    "feed",
    metadata,
    Column("feed_id", String(40), primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),  # of the token in its address
    Column("name", String(200), nullable=False),
    Column("owner", String(100), nullable=False),  # what its maker may see; empty: all
    Column("station_ids", JSON, nullable=False),
    Column("satellite_ids", JSON, nullable=False),
    Column("owners", JSON, nullable=False),
    Column("reminder_s", Double, nullable=True),
    Column("created_utc", UTCDateTime, nullable=False),
    Column("created_by", String(200), nullable=False),
    Column("revoked_utc", UTCDateTime, nullable=True),
)
