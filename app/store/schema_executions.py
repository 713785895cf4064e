"""The tables of what really happened: one record per contact, and who drives an antenna."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
)

from app.store.schema import UTCDateTime, metadata

execution = Table(
    "execution",
    metadata,
    Column(
        "reservation_id",
        ForeignKey("reservation.reservation_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("element_set_id", String(100), nullable=True),  # frozen when setup started
    Column("actual_start_utc", UTCDateTime, nullable=True),
    Column("actual_stop_utc", UTCDateTime, nullable=True),
    Column("actual_aos_utc", UTCDateTime, nullable=True),
    Column("predicted_aos_utc", UTCDateTime, nullable=True),
    Column("timing_bound95_s", Double, nullable=True),
    Column("received_bytes", BigInteger, nullable=True),
    Column("received_frames", BigInteger, nullable=True),
    Column("lost_frames", BigInteger, nullable=True),
    Column("quality", Double, nullable=True),  # 0 to 1, as the receiver grades it
    Column("data_outcome", String(20), nullable=False),
    Column("cause", String(40), nullable=False),  # of loss; empty: nothing was lost, or not said
    Column("note", Text, nullable=False),
    Column("tracking", JSON(none_as_null=True), nullable=True),  # app.drive.tracking.TrackingRecord
    Column("version", Integer, nullable=False),
    Column("reported_utc", UTCDateTime, nullable=False),
    Column("reported_by", String(200), nullable=False),
    CheckConstraint("actual_start_utc <= actual_stop_utc", name="order"),
)

antenna_drive = Table(
    "antenna_drive",
    metadata,
    Column("antenna_key", ForeignKey("antenna.antenna_key"), primary_key=True, autoincrement=False),
    Column("locked_utc", UTCDateTime, nullable=True),  # None: no lockout
    Column("locked_by", String(200), nullable=False),
    Column("locked_why", Text, nullable=False),
    Column("driver", String(200), nullable=False),  # empty: nobody drives
    Column("driven_until_utc", UTCDateTime, nullable=True),  # lease of the driver
)
