"""Open the database: engine, transactions, and the migration to the newest schema."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, Table, create_engine, event, insert, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError
from sqlalchemy.pool import ConnectionPoolEntry

from app.errors import SettingsError, StoreError
from app.store.schema import HEAD_REVISION

_log = structlog.get_logger(__name__)
_HAS_TURN = "aspan_has_turn"
_TURN_S = 30.0  # a thread that waits longer tries its luck with the database
# Of each SQLite connection: pages are in the system's cache too, and many connections are open.
_CACHE_KIB, _STATEMENTS_KEPT = 512, 32
_LAST_ROWS = "aspan_last_rows"
_LOG_LINES = "aspan_log_lines"
_DATABASE_URL = "database_url (ASPAN_DATABASE_URL)"
_MIGRATION_LOCK = 0x41_73_70_61_6E  # "Aspan", for pg_advisory_xact_lock


def open_engine(database_url: str, *, field: str = _DATABASE_URL) -> Engine:
    """Create the engine of an ``sqlite:///`` or ``postgresql://`` URL; make the SQLite folder.

    Errors name the URL by ``field``.
    """
    url = _read_url(database_url, field)
    backend = url.get_backend_name()
    if backend == "sqlite":
        if url.database and url.database != ":memory:":
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(url, connect_args={"cached_statements": _STATEMENTS_KEPT})
        _prepare_sqlite(engine)
        _insert_what_is_last(engine)
        _log_what_is_committed(engine)
        return engine
    if backend == "postgresql":
        try:
            engine = create_engine(url, pool_pre_ping=True, isolation_level="READ COMMITTED")
            _insert_what_is_last(engine)
            _log_what_is_committed(engine)
            return engine
        except (ModuleNotFoundError, NoSuchModuleError) as error:
            raise SettingsError(
                f"{field}: no driver for {url.drivername} ({error}); "
                "install the extra: pip install 'aspan[postgres]'"
            ) from error
    raise SettingsError(
        f"{field}: {backend} is not supported; give sqlite:///FILE or postgresql://…"
    )


def open_existing(database_url: str) -> Engine:
    """Create the engine of a database that is there; an SQLite file that is not is StoreError.

    ``open_engine`` makes the file, because whoever opens the store creates the database.
    """
    url = _read_url(database_url, _DATABASE_URL)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise StoreError(
            f"{url.database or database_url}: no such file; name the database by --database-url "
            "or ASPAN_DATABASE_URL"
        )
    return open_engine(database_url)


def _read_url(database_url: str, field: str) -> URL:
    try:
        return make_url(database_url)
    except ArgumentError as error:
        raise SettingsError(
            f"{field}: not a database URL; give sqlite:///FILE or postgresql://USER@HOST/NAME"
        ) from error


def tell_database_error(error: Exception) -> str:
    """Return what the database itself said, in one line."""
    return " ".join(str(getattr(error, "orig", None) or error).split())


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def set_up_connection(dbapi_connection: Any, _record: Any) -> None:
        dbapi_connection.isolation_level = None  # the driver must not begin by itself
        for pragma in (
            "busy_timeout=30000",
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "foreign_keys=ON",
            f"cache_size=-{_CACHE_KIB}",
        ):
            dbapi_connection.execute(f"PRAGMA {pragma}")

    # SQLite lets its waiting writers poll, and of many some starve. The threads of this process
    # queue here first, so that only processes compete for the database.
    turn = threading.Lock()

    @event.listens_for(engine, "begin")
    def begin_explicitly(connection: Connection) -> None:
        if connection.get_execution_options().get("read_only", False):
            connection.exec_driver_sql("BEGIN DEFERRED")
            return
        connection.info[_HAS_TURN] = turn.acquire(timeout=_TURN_S)
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    def give_turn(info: dict[Any, Any]) -> None:
        if info.pop(_HAS_TURN, False):
            turn.release()

    @event.listens_for(engine, "rollback")
    def after_rollback(connection: Connection) -> None:
        give_turn(_get_notes(connection))

    @event.listens_for(engine, "checkin")
    def after_use(_connection: Any, record: ConnectionPoolEntry) -> None:
        give_turn(record.info)


def insert_on_commit(connection: Connection, lock: str, table: Table, row: dict[str, Any]) -> None:
    """Insert a row as the last thing that the transaction does, in turn with all others.

    The lock is taken then: rows get their numbers in the order in which they become visible, and
    no transaction waits for anything while it holds it.
    """
    connection.info.setdefault(_LAST_ROWS, []).append((lock, table, row))


def _insert_what_is_last(engine: Engine) -> None:
    @event.listens_for(engine, "commit")
    def write(connection: Connection) -> None:
        rows = connection.info.pop(_LAST_ROWS, ())
        for lock in dict.fromkeys(lock for lock, _, _ in rows):
            lock_name(connection, lock)
        for _, table, row in rows:
            connection.execute(insert(table), row)

    @event.listens_for(engine, "rollback")
    def forget(connection: Connection) -> None:
        _get_notes(connection).pop(_LAST_ROWS, None)


def log_on_commit(connection: Connection, message: str, **fields: Any) -> None:
    """Write a log line when the transaction is committed; a transaction undone leaves none."""
    connection.info.setdefault(_LOG_LINES, []).append((message, fields))


def _log_what_is_committed(engine: Engine) -> None:
    @event.listens_for(engine, "commit")
    def write(connection: Connection) -> None:
        for message, fields in connection.info.pop(_LOG_LINES, ()):
            _log.info(message, **fields)

    @event.listens_for(engine, "rollback")
    def forget(connection: Connection) -> None:
        _get_notes(connection).pop(_LOG_LINES, None)


def _get_notes(connection: Connection) -> dict[Any, Any]:
    """Return what is noted at a connection; one that the server cut took its notes with it."""
    return {} if connection.invalidated else connection.info


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Give a connection that only reads, in one snapshot where the database has them."""
    with engine.connect().execution_options(read_only=True) as connection, connection.begin():
        yield connection


def lock_name(connection: Connection, name: str) -> None:
    """Serialise on a name until the transaction ends.

    SQLite needs nothing: its write transactions are immediate.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name}
        )


def upgrade(engine: Engine) -> None:
    """Bring the schema to the newest revision; safe when several processes start at once."""
    if read_revision(engine) == HEAD_REVISION:
        return
    migrate(engine, "head")


def migrate(engine: Engine, revision: str) -> None:
    """Run the migrations up or down to ``revision`` (``head``, ``base`` or a number)."""
    from alembic import command  # noqa: PLC0415 (a slow import that a current database never needs)
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        config.attributes["connection"] = connection
        try:
            if revision == "base" or (revision != "head" and revision < HEAD_REVISION):
                command.downgrade(config, revision)
            else:
                command.upgrade(config, revision)
        except CommandError as error:
            raise StoreError(
                f"the database is at a revision that this version does not know ({error}); "
                "install the Aspan that made it, or a newer one"
            ) from error
        except DatabaseError as error:
            raise StoreError(
                f"the migration failed and changed nothing: {tell_database_error(error)}"
            ) from error


def read_revision(engine: Engine) -> str | None:
    """Return the revision of the schema; None: the database is empty. StoreError: it is none."""
    try:
        with reading(engine) as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except DatabaseError as error:
        name = engine.url.render_as_string(hide_password=True)
        raise StoreError(
            f"the database cannot be reached ({name}): {tell_database_error(error)}"
        ) from error
    return None if found is None else str(found)
