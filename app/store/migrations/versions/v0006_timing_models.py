"""What was learnt of each satellite's timing."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "timing_model",
        sa.Column("satellite_id", sa.String(length=100), nullable=False),
        sa.Column("set_count", sa.Integer(), nullable=False),
        sa.Column("newest_fingerprint", sa.String(length=64), nullable=False),
        sa.Column("learnt_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pair_count", sa.Integer(), nullable=False),
        sa.Column("bound95_curve_s", sa.JSON(), nullable=False),
        sa.Column("sigma_curve_s", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("satellite_id", name=op.f("pk_timing_model")),
    )


def downgrade() -> None:
    op.drop_table("timing_model")
