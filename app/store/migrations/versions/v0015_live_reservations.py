"""Reservations that hold an antenna are found by an index, however many lie in the past."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_TABLE = "reservation"
_OCCUPYING = "state IN ('reserved', 'preparing', 'executing', 'post_pass', 'blocked')"
_OLD_INDEX = "ix_reservation_antenna_time"
_LIVE_INDEX = "ix_reservation_live"
_END_INDEX = "ix_reservation_reserved_end_utc"
_CLASH = f"""
SELECT RAISE(ABORT, 'no_overlap') WHERE EXISTS (
  SELECT 1 FROM reservation AS other
  WHERE other.antenna_key = NEW.antenna_key AND other.reservation_id <> NEW.reservation_id
    AND other.{_OCCUPYING}
    AND other.reserved_start_utc < NEW.reserved_end_utc
    AND NEW.reserved_start_utc < other.reserved_end_utc"""  # noqa: S608 (built from constants)
# What holds an antenna never overlaps: of all that starts earlier only the last can still hold it.
_FROM_THE_LAST_BEFORE = f"""
    AND other.reserved_start_utc >= coalesce(
      (SELECT early.reserved_start_utc FROM reservation AS early
       WHERE early.antenna_key = NEW.antenna_key AND early.{_OCCUPYING}
         AND early.reserved_start_utc <= NEW.reserved_start_utc
       ORDER BY early.reserved_start_utc DESC LIMIT 1),
      NEW.reserved_start_utc)"""  # noqa: S608 (built from constants above)


def upgrade() -> None:
    op.drop_index(_OLD_INDEX, table_name=_TABLE)
    op.create_index(
        _LIVE_INDEX,
        _TABLE,
        ["antenna_key", "reserved_start_utc"],
        sqlite_where=sa.text(_OCCUPYING),
        postgresql_where=sa.text(_OCCUPYING),
    )
    op.create_index(_END_INDEX, _TABLE, ["reserved_end_utc"])
    _guard(_FROM_THE_LAST_BEFORE)


def downgrade() -> None:
    op.drop_index(_END_INDEX, table_name=_TABLE)
    op.drop_index(_LIVE_INDEX, table_name=_TABLE)
    op.create_index(_OLD_INDEX, _TABLE, ["antenna_key", "reserved_start_utc"])
    _guard("")


def _guard(bound: str) -> None:
    """Write the triggers of SQLite anew; PostgreSQL's constraint has an index of its own."""
    if op.get_bind().dialect.name != "sqlite":
        return
    for verb in ("INSERT", "UPDATE"):
        op.execute(f"DROP TRIGGER reservation_guard_{verb.lower()}")
        op.execute(
            f"CREATE TRIGGER reservation_guard_{verb.lower()} BEFORE {verb} ON reservation "
            f"WHEN NEW.{_OCCUPYING} BEGIN "
            f"{_CLASH}{bound}); END"
        )
