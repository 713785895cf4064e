"""Named scenarios with their plans, and settled months."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "scenario",
        sa.Column("scenario_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("plan_id", sa.String(length=40), nullable=False),
        sa.Column("base_plan_id", sa.String(length=40), nullable=True),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("comparison", sa.JSON(), nullable=False),
        sa.Column("created_utc", instant, nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("promoted_utc", instant, nullable=True),
        sa.Column("promoted_by", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["plan_id"],
            ["plan.plan_id"],
            name=op.f("fk_scenario_plan_id_plan"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("scenario_id", name=op.f("pk_scenario")),
        sa.UniqueConstraint("name", name=op.f("uq_scenario_name")),
        sa.UniqueConstraint("plan_id", name=op.f("uq_scenario_plan_id")),
    )
    op.create_table(
        "settlement",
        sa.Column("station_id", sa.String(length=100), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("sheet", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("settled_utc", instant, nullable=False),
        sa.Column("settled_by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("station_id", "month", name=op.f("pk_settlement")),
    )


def downgrade() -> None:
    op.drop_table("settlement")
    op.drop_table("scenario")
