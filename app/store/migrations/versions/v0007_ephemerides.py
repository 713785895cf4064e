"""Ephemerides (OEM) that operators gave."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ephemeris",
        sa.Column("ephemeris_id", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("satellite_id", sa.String(length=100), nullable=True),
        sa.Column("object_id", sa.String(length=40), nullable=False),
        sa.Column("object_name", sa.String(length=100), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("received_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_from_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("ephemeris_id", name=op.f("pk_ephemeris")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_ephemeris_fingerprint")),
    )
    op.create_index(op.f("ix_ephemeris_valid_to_utc"), "ephemeris", ["valid_to_utc"])


def downgrade() -> None:
    op.drop_index(op.f("ix_ephemeris_valid_to_utc"), table_name="ephemeris")
    op.drop_table("ephemeris")
