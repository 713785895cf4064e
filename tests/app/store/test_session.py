"""Opening and migrating the database."""

from datetime import UTC, datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.exc import OperationalError

from app.errors import SettingsError
from app.store import open_store
from app.store.audit import add_audit_entry
from app.store.schema import HEAD_REVISION, metadata
from app.store.session import migrate, open_engine, upgrade
from tests.app.builders import make_plan

NOW = datetime(2026, 9, 6, 12, tzinfo=UTC)


def compare_schema(engine):
    with engine.connect() as connection:
        return compare_metadata(MigrationContext.configure(connection), metadata)


def test_migrations_build_the_schema_that_the_code_expects(database_url):
    """Bite: a column added to schema.py without a migration shows up as a difference."""
    engine = open_engine(database_url)
    upgrade(engine)

    assert compare_schema(engine) == []
    engine.dispose()


def test_migrations_go_down_to_nothing_and_up_again(database_url):
    engine = open_engine(database_url)
    upgrade(engine)
    migrate(engine, "base")
    left = set(inspect(engine).get_table_names()) - {"alembic_version"}
    upgrade(engine)

    assert left == set()
    assert compare_schema(engine) == []
    engine.dispose()


def test_going_down_and_up_keeps_the_contacts_of_plans(database_url):
    """Bite: revision 0005 went down by a copy of the plan table; SQLite's cascade took them."""
    store = open_store(database_url)
    store.plans.add(make_plan(contacts=3, losers=2), created_utc=NOW)
    store.close()
    engine = open_engine(database_url)

    migrate(engine, "0001")
    upgrade(engine)

    with engine.connect() as connection:
        counts = [
            connection.execute(text(f"SELECT count(*) FROM {table}")).scalar()
            for table in ("plan", "contact", "not_taken")
        ]
    assert counts == [1, 3, 2]
    engine.dispose()


def test_head_revision_is_the_last_migration():
    config = Config()
    config.set_main_option("script_location", "app/store/migrations")

    assert ScriptDirectory.from_config(config).get_current_head() == HEAD_REVISION


def test_unknown_database_kind_is_refused_with_what_to_give():
    with pytest.raises(SettingsError, match="sqlite:///FILE or postgresql://"):
        open_engine("mysql://somewhere/aspan")


def test_a_connection_that_the_server_cut_is_an_error_of_the_database_and_leaves_nothing(
    postgres_url,
):
    """Bite: notes read from the dead connection raised PendingRollbackError, answered 500."""
    store = open_store(postgres_url)
    kept = store.audit.newest_id()

    def write_while_the_server_cuts():
        with store._engine.begin() as connection:
            add_audit_entry(connection, NOW, "test", "act", "lost", {})
            mine = connection.execute(text("SELECT pg_backend_pid()")).scalar()
            with store._engine.connect() as other:
                other.execute(text(f"SELECT pg_terminate_backend({mine})"))
            connection.execute(text("SELECT 1"))

    with pytest.raises(OperationalError):
        write_while_the_server_cuts()
    store.audit.add(NOW, "test", "act", "kept", {})

    assert [entry.subject for entry in store.audit.list_after(kept)] == ["kept"]
    store.close()
