"""The audit log becomes the event log; final states are final for the database too.

Also the mount's azimuth at both ends of a contact, for the changeover to its neighbours.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_FINAL = "OLD.state IN ('completed', 'failed', 'missed', 'cancelled', 'lifted')"
_AZIMUTHS = ("start_mount_azimuth_deg", "end_mount_azimuth_deg")


def upgrade() -> None:
    op.add_column(
        "audit_entry",
        sa.Column("owner", sa.String(length=100), server_default="", nullable=False),
    )
    op.create_index(op.f("ix_audit_entry_subject"), "audit_entry", ["subject"])
    for name in _AZIMUTHS:
        op.add_column("contact", sa.Column(name, sa.Double(), nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'check_violation'; END $$"
        )
        op.execute(
            "CREATE TRIGGER reservation_final BEFORE UPDATE OR DELETE ON reservation"
            f" FOR EACH ROW WHEN ({_FINAL}) EXECUTE FUNCTION refuse_change('final_state')"
        )
        op.execute(
            "CREATE TRIGGER audit_entry_final BEFORE UPDATE OR DELETE ON audit_entry"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change('audit_log')"
        )
    else:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER reservation_final_{verb.lower()} BEFORE {verb} ON reservation"
                f" WHEN {_FINAL} BEGIN SELECT RAISE(ABORT, 'final_state'); END"
            )
            op.execute(
                f"CREATE TRIGGER audit_entry_final_{verb.lower()} BEFORE {verb} ON audit_entry"
                " BEGIN SELECT RAISE(ABORT, 'audit_log'); END"
            )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER audit_entry_final ON audit_entry")
        op.execute("DROP TRIGGER reservation_final ON reservation")
        op.execute("DROP FUNCTION refuse_change()")
    else:
        for verb in ("update", "delete"):
            op.execute(f"DROP TRIGGER audit_entry_final_{verb}")
            op.execute(f"DROP TRIGGER reservation_final_{verb}")
    for name in _AZIMUTHS:
        op.drop_column("contact", name)
    op.drop_index(op.f("ix_audit_entry_subject"), table_name="audit_entry")
    op.drop_column("audit_entry", "owner")
