"""Each webhook finds its next delivery by an index, however many wait."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_TABLE = "webhook_delivery"
_OLD = "ix_webhook_delivery_state_next_attempt_utc"
_QUEUE = "ix_webhook_delivery_webhook_id_state_event_id"
_BUSY = "ix_webhook_delivery_webhook_id_state_claimed_until_utc"


def upgrade() -> None:
    op.drop_index(_OLD, table_name=_TABLE)
    op.create_index(_QUEUE, _TABLE, ["webhook_id", "state", "event_id"])
    op.create_index(_BUSY, _TABLE, ["webhook_id", "state", "claimed_until_utc"])


def downgrade() -> None:
    op.drop_index(_BUSY, table_name=_TABLE)
    op.drop_index(_QUEUE, table_name=_TABLE)
    op.create_index(_OLD, _TABLE, ["state", "next_attempt_utc"])
