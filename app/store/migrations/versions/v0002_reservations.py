"""Booked time: antennas, reservations that can never overlap, their history, idempotency keys."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_OCCUPYING = "state IN ('reserved', 'preparing', 'executing', 'post_pass', 'blocked')"
_GUARD = f"""
SELECT RAISE(ABORT, 'no_overlap') WHERE EXISTS (
  SELECT 1 FROM reservation AS other
  WHERE other.antenna_key = NEW.antenna_key AND other.reservation_id <> NEW.reservation_id
    AND other.{_OCCUPYING}
    AND other.reserved_start_utc < NEW.reserved_end_utc
    AND NEW.reserved_start_utc < other.reserved_end_utc%s);
"""  # noqa: S608 (built from constants above)


def upgrade() -> None:
    op.create_table(
        "antenna",
        sa.Column("antenna_key", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("station_id", sa.String(length=100), nullable=False),
        sa.Column("antenna_id", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("antenna_key", name=op.f("pk_antenna")),
        sa.UniqueConstraint("station_id", "antenna_id", name="uq_antenna_station_id"),
    )
    op.create_table(
        "idempotent_request",
        sa.Column("who", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("created_utc", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("who", "key", name=op.f("pk_idempotent_request")),
    )
    op.create_table(
        "reservation",
        sa.Column("reservation_id", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("antenna_key", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=100), nullable=False),
        sa.Column("reserved_start_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reserved_end_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("plan_id", sa.String(length=40), nullable=True),
        sa.Column("contact", sa.JSON(), nullable=True),
        sa.Column("start_elevation_deg", sa.Double(), nullable=True),
        sa.Column("end_elevation_deg", sa.Double(), nullable=True),
        sa.Column("conditions", sa.JSON(), nullable=False),
        sa.Column("prediction", sa.JSON(), nullable=True),
        sa.Column("snapshot", sa.JSON(), nullable=False),
        sa.Column("pinned", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "reserved_start_utc < reserved_end_utc", name=op.f("ck_reservation_order")
        ),
        sa.ForeignKeyConstraint(
            ["antenna_key"], ["antenna.antenna_key"], name=op.f("fk_reservation_antenna_key")
        ),
        sa.PrimaryKeyConstraint("reservation_id", name=op.f("pk_reservation")),
    )
    op.create_index(
        "ix_reservation_antenna_time", "reservation", ["antenna_key", "reserved_start_utc"]
    )
    op.create_index(op.f("ix_reservation_plan_id"), "reservation", ["plan_id"])
    op.create_table(
        "reservation_event",
        sa.Column("event_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("reservation_id", sa.String(length=200), nullable=False),
        sa.Column("at_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(length=200), nullable=False),
        sa.Column("verb", sa.String(length=40), nullable=False),
        sa.Column("source_state", sa.String(length=20), nullable=True),
        sa.Column("target_state", sa.String(length=20), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["reservation_id"],
            ["reservation.reservation_id"],
            name=op.f("fk_reservation_event_reservation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_reservation_event")),
    )
    op.create_index(
        op.f("ix_reservation_event_reservation_id"), "reservation_event", ["reservation_id"]
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "ALTER TABLE reservation ADD CONSTRAINT ex_reservation_no_overlap EXCLUDE USING gist ("
            " int4range(antenna_key, antenna_key, '[]') WITH =,"
            " tstzrange(reserved_start_utc, reserved_end_utc) WITH &&)"
            f" WHERE ({_OCCUPYING})"
        )
    else:
        create_guards()


def create_guards(bound: str = "") -> None:
    """Write the triggers of SQLite; ``bound`` says more of what can be met at all."""
    for verb in ("INSERT", "UPDATE"):
        op.execute(
            f"CREATE TRIGGER reservation_guard_{verb.lower()} BEFORE {verb} ON reservation "
            f"WHEN NEW.{_OCCUPYING} BEGIN {_GUARD % bound} END"
        )


def downgrade() -> None:
    op.drop_index(op.f("ix_reservation_event_reservation_id"), table_name="reservation_event")
    op.drop_table("reservation_event")
    op.drop_index(op.f("ix_reservation_plan_id"), table_name="reservation")
    op.drop_index("ix_reservation_antenna_time", table_name="reservation")
    op.drop_table("reservation")
    op.drop_table("idempotent_request")
    op.drop_table("antenna")
