"""What is live is found by an index, however much lies in the past: reservations, newest sets."""

import sqlalchemy as sa
from alembic import op

from app.store.migrations.versions.v0002_reservations import create_guards

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_OCCUPYING = "state IN ('reserved', 'preparing', 'executing', 'post_pass', 'blocked')"
_OLD = ("ix_reservation_antenna_time", "reservation", ["antenna_key", "reserved_start_utc"])
_NEW = (
    ("ix_reservation_reserved_end_utc", "reservation", ["reserved_end_utc"]),
    ("ix_reservation_kind_state", "reservation", ["kind", "state", "antenna_key"]),
    (
        "ix_element_set_number_source_epoch",
        "element_set",
        ["norad_cat_id", "source", "epoch_utc"],
    ),
)
# What holds an antenna never overlaps: of all that starts earlier only the last can still hold it.
_FROM_THE_LAST_BEFORE = f"""
    AND other.reserved_start_utc >= coalesce(
      (SELECT early.reserved_start_utc FROM reservation AS early
       WHERE early.antenna_key = NEW.antenna_key AND early.{_OCCUPYING}
         AND early.reserved_start_utc <= NEW.reserved_start_utc
       ORDER BY early.reserved_start_utc DESC LIMIT 1),
      NEW.reserved_start_utc)"""  # noqa: S608 (built from constants above)


def upgrade() -> None:
    op.drop_index(_OLD[0], table_name=_OLD[1])
    op.create_index(
        "ix_reservation_live",
        "reservation",
        ["antenna_key", "reserved_start_utc"],
        sqlite_where=sa.text(_OCCUPYING),
        postgresql_where=sa.text(_OCCUPYING),
    )
    for name, table, columns in _NEW:
        op.create_index(name, table, columns)
    _guard(_FROM_THE_LAST_BEFORE)


def downgrade() -> None:
    for name, table, _ in _NEW:
        op.drop_index(name, table_name=table)
    op.drop_index("ix_reservation_live", table_name="reservation")
    op.create_index(*_OLD)
    _guard()


def _guard(bound: str = "") -> None:
    """Write the triggers of SQLite anew; PostgreSQL's constraint has an index of its own."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER reservation_guard_insert")
        op.execute("DROP TRIGGER reservation_guard_update")
        create_guards(bound)
