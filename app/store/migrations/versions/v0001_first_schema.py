"""First schema: element sets with their sources, plans with their contacts, jobs, audit."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alert",
        sa.Column("alert_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("tag", sa.String(length=60), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("norad_cat_id", sa.Integer(), nullable=True),
        sa.Column("raised_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_utc", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_alert")),
    )
    op.create_index(op.f("ix_alert_closed_utc"), "alert", ["closed_utc"], unique=False)
    op.create_table(
        "audit_entry",
        sa.Column("entry_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(length=200), nullable=False),
        sa.Column("action", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_audit_entry")),
    )
    op.create_index(op.f("ix_audit_entry_at_utc"), "audit_entry", ["at_utc"], unique=False)
    op.create_table(
        "element_refusal",
        sa.Column("refusal_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("received_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("norad_cat_id", sa.Integer(), nullable=True),
        sa.Column("field", sa.String(length=100), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("refusal_id", name=op.f("pk_element_refusal")),
    )
    op.create_index(
        op.f("ix_element_refusal_received_utc"), "element_refusal", ["received_utc"], unique=False
    )
    op.create_table(
        "element_set",
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("element_set_id", sa.String(length=16), nullable=False),
        sa.Column("satellite_id", sa.String(length=100), nullable=True),
        sa.Column("norad_cat_id", sa.Integer(), nullable=True),
        sa.Column("object_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("epoch_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mean_motion_rev_day", sa.Double(), nullable=False),
        sa.Column("eccentricity", sa.Double(), nullable=False),
        sa.Column("inclination_deg", sa.Double(), nullable=False),
        sa.Column("raan_deg", sa.Double(), nullable=False),
        sa.Column("arg_perigee_deg", sa.Double(), nullable=False),
        sa.Column("mean_anomaly_deg", sa.Double(), nullable=False),
        sa.Column("bstar", sa.Double(), nullable=False),
        sa.Column("mean_motion_dot", sa.Double(), nullable=False),
        sa.Column("mean_motion_ddot", sa.Double(), nullable=False),
        sa.Column("classification", sa.String(length=4), nullable=False),
        sa.Column("ephemeris_type", sa.Integer(), nullable=False),
        sa.Column("element_set_no", sa.BigInteger(), nullable=True),
        sa.Column("rev_at_epoch", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("received_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verdict", sa.String(length=12), nullable=False),
        sa.Column("verdict_reasons", sa.JSON(), nullable=False),
        sa.Column("verdict_text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_element_set")),
        sa.UniqueConstraint("element_set_id", name=op.f("uq_element_set_element_set_id")),
    )
    op.create_index(
        "ix_element_set_number_epoch", "element_set", ["norad_cat_id", "epoch_utc"], unique=False
    )
    op.create_index(
        "ix_element_set_satellite_epoch", "element_set", ["satellite_id", "epoch_utc"], unique=False
    )
    op.create_index(
        "ix_element_set_verdict", "element_set", ["verdict", "received_utc"], unique=False
    )
    op.create_table(
        "job",
        sa.Column("job_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("progress", sa.Double(), nullable=False),
        sa.Column("activity", sa.Text(), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.Column("error", sa.JSON(), nullable=True),
        sa.Column("runner", sa.String(length=200), nullable=False),
        sa.Column("heartbeat_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_utc", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_utc", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_job")),
    )
    op.create_index(op.f("ix_job_created_utc"), "job", ["created_utc"], unique=False)
    op.create_table(
        "plan",
        sa.Column("plan_id", sa.String(length=40), nullable=False),
        sa.Column("created_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("station_ids", sa.JSON(), nullable=False),
        sa.Column("start_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("solver", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("objective", sa.Double(), nullable=False),
        sa.Column("bound", sa.Double(), nullable=True),
        sa.Column("gap", sa.Double(), nullable=True),
        sa.Column("objective_unit", sa.String(length=80), nullable=False),
        sa.Column("contact_count", sa.Integer(), nullable=False),
        sa.Column("not_taken_count", sa.Integer(), nullable=False),
        sa.Column("provenance", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("plan_id", name=op.f("pk_plan")),
    )
    op.create_index(op.f("ix_plan_created_utc"), "plan", ["created_utc"], unique=False)
    op.create_table(
        "source",
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("blocked_utc", sa.DateTime(timezone=True), nullable=True),
        sa.Column("blocked_reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_source")),
    )
    op.create_table(
        "source_attempt",
        sa.Column("attempt_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("attempted_utc", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_source_attempt")),
    )
    op.create_index(
        "ix_source_attempt_source_time", "source_attempt", ["source", "attempted_utc"], unique=False
    )
    op.create_table(
        "source_query",
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("last_attempt_utc", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_success_utc", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_status", sa.String(length=20), nullable=False),
        sa.Column("last_reason", sa.Text(), nullable=False),
        sa.Column("set_count", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("source", "key", name=op.f("pk_source_query")),
    )
    op.create_table(
        "contact",
        sa.Column("plan_id", sa.String(length=40), nullable=False),
        sa.Column("contact_id", sa.String(length=200), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("pass_id", sa.String(length=300), nullable=False),
        sa.Column("satellite_id", sa.String(length=100), nullable=False),
        sa.Column("norad_cat_id", sa.Integer(), nullable=True),
        sa.Column("owner", sa.String(length=100), nullable=False),
        sa.Column("station_id", sa.String(length=100), nullable=False),
        sa.Column("antenna_id", sa.String(length=100), nullable=False),
        sa.Column("service", sa.String(length=100), nullable=False),
        sa.Column("reserved_start_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("start_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reserved_end_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("aos_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("los_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("max_elevation_deg", sa.Double(), nullable=False),
        sa.Column("start_azimuth_deg", sa.Double(), nullable=False),
        sa.Column("end_azimuth_deg", sa.Double(), nullable=False),
        sa.Column("expected_bytes", sa.Double(), nullable=True),
        sa.Column("tentative", sa.Boolean(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("element_set_id", sa.String(length=16), nullable=False),
        sa.Column("element_age_s", sa.Double(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("start_elevation_deg", sa.Double(), nullable=True),
        sa.Column("end_elevation_deg", sa.Double(), nullable=True),
        sa.Column("culmination_utc", sa.DateTime(timezone=True), nullable=True),
        sa.Column("timing_sigma_s", sa.Double(), nullable=True),
        sa.Column("timing_bound95_s", sa.Double(), nullable=True),
        sa.Column("uncertain", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["plan.plan_id"], name=op.f("fk_contact_plan_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("plan_id", "contact_id", name=op.f("pk_contact")),
    )
    op.create_index("ix_contact_plan_start", "contact", ["plan_id", "start_utc"], unique=False)
    op.create_table(
        "not_taken",
        sa.Column("plan_id", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("pass_id", sa.String(length=300), nullable=False),
        sa.Column("satellite_id", sa.String(length=100), nullable=False),
        sa.Column("norad_cat_id", sa.Integer(), nullable=True),
        sa.Column("station_id", sa.String(length=100), nullable=False),
        sa.Column("aos_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("los_utc", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=80), nullable=False),
        sa.Column("beaten_by", sa.JSON(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["plan.plan_id"], name=op.f("fk_not_taken_plan_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("plan_id", "position", name=op.f("pk_not_taken")),
    )


def downgrade() -> None:
    op.drop_table("not_taken")
    op.drop_index("ix_contact_plan_start", table_name="contact")
    op.drop_table("contact")
    op.drop_table("source_query")
    op.drop_index("ix_source_attempt_source_time", table_name="source_attempt")
    op.drop_table("source_attempt")
    op.drop_table("source")
    op.drop_index(op.f("ix_plan_created_utc"), table_name="plan")
    op.drop_table("plan")
    op.drop_index(op.f("ix_job_created_utc"), table_name="job")
    op.drop_table("job")
    op.drop_index("ix_element_set_verdict", table_name="element_set")
    op.drop_index("ix_element_set_satellite_epoch", table_name="element_set")
    op.drop_index("ix_element_set_number_epoch", table_name="element_set")
    op.drop_table("element_set")
    op.drop_index(op.f("ix_element_refusal_received_utc"), table_name="element_refusal")
    op.drop_table("element_refusal")
    op.drop_index(op.f("ix_audit_entry_at_utc"), table_name="audit_entry")
    op.drop_table("audit_entry")
    op.drop_index(op.f("ix_alert_closed_utc"), table_name="alert")
    op.drop_table("alert")
