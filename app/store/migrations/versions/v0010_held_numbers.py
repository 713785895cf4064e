"""What each query last held, so that an omission is seen; the second AOS after a manoeuvre."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("source_query", sa.Column("held_numbers", sa.JSON(), nullable=True))
    op.add_column(
        "contact", sa.Column("alternative_aos_utc", sa.DateTime(timezone=True), nullable=True)
    )


def downgrade() -> None:
    op.drop_column("contact", "alternative_aos_utc")
    op.drop_column("source_query", "held_numbers")
