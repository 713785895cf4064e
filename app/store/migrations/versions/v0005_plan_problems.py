"""A plan keeps the problem it solves."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("plan", sa.Column("problem", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("plan", "problem")  # no batch: its DROP TABLE would take the contacts along
