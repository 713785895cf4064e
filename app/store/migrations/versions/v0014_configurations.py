"""Configurations under which contacts were booked, each once."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "configuration",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("stations_toml", sa.Text(), nullable=False),
        sa.Column("satellites_toml", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_configuration")),
    )


def downgrade() -> None:
    op.drop_table("configuration")
