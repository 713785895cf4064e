"""Care for the database: what state it is in, backup, restore, copy to another kind of database.

A copy reads one snapshot, writes one transaction and compares a digest of every table afterwards:
it is whole and equal, or it is not there. A backup is a copy into an SQLite file whatever the
database is, made beside its final name and renamed at the end.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, Table, create_engine, func, insert, inspect, select, text
from sqlalchemy.exc import DatabaseError

from app.errors import StoreError
from app.store.schema import HEAD_REVISION, metadata
from app.store.session import (
    open_engine,
    read_revision,
    reading,
    tell_database_error,
    upgrade,
)

_ROWS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """What ``aspan db check`` tells. ``faults`` is empty when all is well."""

    kind: str
    revision: str | None
    head: str
    rows: Mapping[str, int]
    faults: tuple[str, ...]


def inspect_database(engine: Engine) -> DatabaseState:
    """Read revision, row counts and what the database itself finds wrong."""
    revision = read_revision(engine)
    try:
        rows, faults = _inspect_tables(engine, revision)
    except DatabaseError as error:  # pages of the file are broken
        rows, faults = {}, [f"it cannot be read: {tell_database_error(error)}; restore a backup"]
    return DatabaseState(engine.dialect.name, revision, HEAD_REVISION, rows, tuple(faults))


def _inspect_tables(engine: Engine, revision: str | None) -> tuple[dict[str, int], list[str]]:
    """Count the rows of each table and list the faults."""
    with reading(engine) as connection:
        present = {
            name: {column["name"] for column in inspect(connection).get_columns(name)}
            for name in inspect(connection).get_table_names()
        }
        tables = [table for table in metadata.sorted_tables if table.name in present]
        rows = {
            table.name: int(
                connection.execute(select(func.count()).select_from(table)).scalar_one()
            )
            for table in tables
        }
        faults = list(_find_faults(connection))
    if revision is not None and revision > HEAD_REVISION:
        faults.append(
            f"revision {revision} is of a newer Aspan, this one knows {HEAD_REVISION}; install that"
        )
    elif revision is None and rows:
        faults.append("it holds tables of Aspan and no revision; restore a backup")
    elif revision != HEAD_REVISION:
        faults.append(f"revision {revision} is not {HEAD_REVISION}; run: aspan db upgrade")
    else:
        missing = [
            f"{table.name}.{column.name}"
            for table in metadata.sorted_tables
            for column in table.columns
            if column.name not in present.get(table.name, ())
        ]
        if missing:
            faults.append(f"missing: {', '.join(missing)}; restore a backup")
    return rows, faults


def back_up(engine: Engine, file: Path) -> dict[str, int]:
    """Copy the database into a new SQLite file; return the rows of each table."""
    if file.exists():
        raise StoreError(f"{file}: exists already; give a new name")
    draft = file.with_name(f".{file.name}.part")
    _remove(draft)
    target = open_engine(f"sqlite:///{draft}")
    try:
        rows = copy_database(engine, target)
        target.dispose()
        with closing(sqlite3.connect(draft)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")  # one file, no companions
        with draft.open("rb") as written:
            os.fsync(written.fileno())
        draft.rename(file)
    finally:
        target.dispose()
        _remove(draft)
    return rows


def _remove(draft: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        Path(f"{draft}{suffix}").unlink(missing_ok=True)


def restore(file: Path, engine: Engine) -> dict[str, int]:
    """Copy a backup into an empty database; return the rows of each table."""
    if not file.is_file():
        raise StoreError(f"{file}: no such file; give a backup made by aspan db backup")
    source = _open_read_only(file)
    try:
        return copy_database(source, engine)
    finally:
        source.dispose()


def copy_database(source: Engine, target: Engine) -> dict[str, int]:
    """Copy all rows into an empty database of any kind and compare digests; return the counts."""
    faults = inspect_database(source).faults
    if faults:
        raise StoreError(f"the source cannot be copied: {'; '.join(faults)}")
    upgrade(target)
    rows = {}
    with _snapshot(source) as source_connection, target.begin() as connection:
        for table in metadata.sorted_tables:
            if connection.execute(select(func.count()).select_from(table)).scalar_one():
                raise StoreError(
                    f"the target holds rows already (table {table.name}); "
                    "give a new file or an empty database"
                )
            rows[table.name] = _copy_table(source_connection, connection, table)
            if _digest(source_connection, table) != _digest(connection, table):
                raise StoreError(f"table {table.name} differs after the copy; nothing was kept")
        if connection.dialect.name == "postgresql":
            _advance_sequences(connection)
            connection.execute(text("ANALYZE"))  # until it has counted, it plans for empty tables
    return rows


def _snapshot(source: Engine) -> AbstractContextManager[Connection]:
    """Open one consistent view of the whole source."""
    if source.dialect.name == "postgresql":
        source = source.execution_options(isolation_level="REPEATABLE READ")
    return reading(source)


def _open_read_only(file: Path) -> Engine:
    """Open an SQLite file without leaving a trace in it."""
    address = f"file:{quote(str(file.resolve()))}?mode=ro"
    return create_engine(f"sqlite:///{file}", creator=lambda: sqlite3.connect(address, uri=True))


def _copy_table(source: Connection, target: Connection, table: Table) -> int:
    count = 0
    for rows in _read_rows(source, table):
        target.execute(insert(table), [dict(row) for row in rows])
        count += len(rows)
    return count


def _read_rows(connection: Connection, table: Table) -> Iterator[list[Mapping[str, Any]]]:
    """Give the rows in order of the primary key, a portion at a time."""
    ordered = select(table).order_by(*table.primary_key.columns)
    streamed = connection.execute(ordered, execution_options={"yield_per": _ROWS_AT_ONCE})
    for portion in streamed.mappings().partitions(_ROWS_AT_ONCE):
        yield [dict(row) for row in portion]


def _digest(connection: Connection, table: Table) -> str:
    """Digest all values of a table, whatever order the database sorts text in."""
    digests = sorted(
        hashlib.sha256(_canonical(row)).digest()
        for rows in _read_rows(connection, table)
        for row in rows
    )
    return hashlib.sha256(b"".join(digests)).hexdigest()


def _canonical(row: Mapping[str, Any]) -> bytes:
    return json.dumps(row, sort_keys=True, default=_as_text).encode()


def _as_text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(f"no canonical form for {type(value).__name__}")


def _find_faults(connection: Connection) -> Iterator[str]:
    if connection.dialect.name != "sqlite":
        return
    for (finding,) in connection.exec_driver_sql("PRAGMA integrity_check"):
        if finding != "ok":
            yield f"integrity: {finding}; restore a backup"
    for finding in connection.exec_driver_sql("PRAGMA foreign_key_check"):
        yield f"foreign key of table {finding[0]}, row {finding[1]}; restore a backup"


def _advance_sequences(connection: Connection) -> None:
    """Let new keys start behind the copied ones."""
    for table in metadata.sorted_tables:
        for column in table.primary_key.columns:
            name = connection.execute(
                text("SELECT pg_get_serial_sequence(:table, :column)"),
                {"table": table.name, "column": column.name},
            ).scalar()
            if name is not None:
                greatest = connection.execute(select(func.max(column))).scalar()
                connection.execute(
                    text("SELECT setval(:name, :value, :used)"),
                    {"name": name, "value": greatest or 1, "used": greatest is not None},
                )
