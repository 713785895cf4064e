"""What really happened to contacts, and who drives or locks an antenna."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_INSTANTS = ("actual_start_utc", "actual_stop_utc", "actual_aos_utc", "predicted_aos_utc")
_COUNTS = ("received_bytes", "received_frames", "lost_frames")


def upgrade() -> None:
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "execution",
        sa.Column("reservation_id", sa.String(length=200), nullable=False),
        sa.Column("element_set_id", sa.String(length=100), nullable=True),
        *(sa.Column(name, instant, nullable=True) for name in _INSTANTS),
        sa.Column("timing_bound95_s", sa.Double(), nullable=True),
        *(sa.Column(name, sa.BigInteger(), nullable=True) for name in _COUNTS),
        sa.Column("quality", sa.Double(), nullable=True),
        sa.Column("data_outcome", sa.String(length=20), nullable=False),
        sa.Column("cause", sa.String(length=40), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("tracking", sa.JSON(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("reported_utc", instant, nullable=False),
        sa.Column("reported_by", sa.String(length=200), nullable=False),
        sa.CheckConstraint("actual_start_utc <= actual_stop_utc", name=op.f("ck_execution_order")),
        sa.ForeignKeyConstraint(
            ["reservation_id"],
            ["reservation.reservation_id"],
            name=op.f("fk_execution_reservation_id_reservation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("reservation_id", name=op.f("pk_execution")),
    )
    op.create_table(
        "antenna_drive",
        sa.Column("antenna_key", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("locked_utc", instant, nullable=True),
        sa.Column("locked_by", sa.String(length=200), nullable=False),
        sa.Column("locked_why", sa.Text(), nullable=False),
        sa.Column("driver", sa.String(length=200), nullable=False),
        sa.Column("driven_until_utc", instant, nullable=True),
        sa.ForeignKeyConstraint(
            ["antenna_key"],
            ["antenna.antenna_key"],
            name=op.f("fk_antenna_drive_antenna_key_antenna"),
        ),
        sa.PrimaryKeyConstraint("antenna_key", name=op.f("pk_antenna_drive")),
    )


def downgrade() -> None:
    op.drop_table("antenna_drive")
    op.drop_table("execution")
