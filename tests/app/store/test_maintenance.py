"""Backups, restores and copies lose nothing, on both kinds of database.

Bite: a table left out of the copy, sequences not advanced, and a restore into a database with rows
were each reported; that a changed value shows is the test of the digest.
"""

import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, select, update

from app.errors import StoreError
from app.store import maintenance
from app.store.maintenance import back_up, copy_database, inspect_database, restore
from app.store.schema import audit_entry, metadata
from app.store.session import open_engine, open_existing, upgrade
from tle.starter import load_starter

NOW = datetime(2026, 9, 6, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def filled(database_url):
    """A database of each kind with element sets and audit entries."""
    from app.store import open_store

    store = open_store(database_url)
    store.element_sets.add(load_starter())
    store.close()
    engine = open_engine(database_url)
    for number in range(5):
        add_entry(engine, f"subject {number}")
    yield engine
    engine.dispose()


@pytest.fixture
def empty(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    yield engine
    engine.dispose()


def add_entry(engine, subject):
    with engine.begin() as connection:
        values = {"at_utc": NOW, "who": "test", "action": "act", "subject": subject}
        connection.execute(insert(audit_entry), {**values, "detail": {"ü": [1.5, None]}})


def read_entries(engine):
    with engine.connect() as connection:
        return connection.execute(select(audit_entry).order_by(audit_entry.c.entry_id)).all()


def test_backup_restores_to_the_same_rows(filled, empty, tmp_path):
    counts = back_up(filled, tmp_path / "backup.sqlite3")

    restored = restore(tmp_path / "backup.sqlite3", empty)

    assert restored == counts == dict(inspect_database(filled).rows)
    assert counts["element_set"] == 44
    assert read_entries(empty) == read_entries(filled)
    assert inspect_database(empty).faults == ()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_copy_goes_to_postgresql_and_new_keys_start_behind_the_copied(filled, postgres_url):
    target = open_engine(postgres_url)
    copy_database(filled, target)
    add_entry(target, "after")

    *copied, added = read_entries(target)
    assert copied == read_entries(filled)
    assert added.entry_id == copied[-1].entry_id + 1 == len(copied) + 1
    target.dispose()


def test_backup_under_writes_is_one_consistent_snapshot(filled, tmp_path):
    stop = threading.Event()

    def write():
        number = 0
        while not stop.is_set():
            with filled.begin() as connection:  # two entries, or none
                for half in ("a", "b"):
                    values = {"at_utc": NOW, "who": "w", "action": half, "subject": str(number)}
                    connection.execute(insert(audit_entry), {**values, "detail": {}})
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(5):
            back_up(filled, tmp_path / f"{number}.sqlite3")
    finally:
        stop.set()
        writer.join()

    for number in range(5):
        connection = sqlite3.connect(tmp_path / f"{number}.sqlite3")
        halves = connection.execute(
            "SELECT action, count(*) FROM audit_entry WHERE who = 'w' GROUP BY action ORDER BY 1"
        ).fetchall()
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert [count for _, count in halves] in ([], [halves[0][1]] * 2 if halves else [])
        connection.close()


def test_backup_never_overwrites_and_a_failed_one_leaves_nothing(filled, tmp_path, monkeypatch):
    file = tmp_path / "backup.sqlite3"
    back_up(filled, file)

    with pytest.raises(StoreError, match="exists already"):
        back_up(filled, file)
    monkeypatch.setattr(maintenance, "_digest", lambda connection, table: object())
    with pytest.raises(StoreError, match="differs after the copy"):
        back_up(filled, tmp_path / "other.sqlite3")
    assert [path.name for path in tmp_path.glob("*backup*")] == ["backup.sqlite3"]
    assert not list(tmp_path.glob("*other*"))


def test_restore_refuses_a_database_with_rows_and_a_file_that_is_none(filled, tmp_path):
    back_up(filled, tmp_path / "backup.sqlite3")

    with pytest.raises(StoreError, match="holds rows already"):
        restore(tmp_path / "backup.sqlite3", filled)
    with pytest.raises(StoreError, match="no such file"):
        restore(tmp_path / "none.sqlite3", filled)


def test_digest_sees_one_changed_value(filled, empty):
    copy_database(filled, empty)
    table = metadata.tables["element_set"]

    with empty.begin() as connection:
        connection.execute(update(table).values(name="X").where(table.c.norad_cat_id == 25994))

    with filled.connect() as one, empty.connect() as other:
        assert maintenance._digest(one, table) != maintenance._digest(other, table)


def test_check_reports_an_old_schema_and_a_lost_column(database_url):
    engine = open_engine(database_url)
    before = inspect_database(engine)
    upgrade(engine)

    assert "aspan db upgrade" in before.faults[0]
    assert inspect_database(engine).faults == ()
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE job RENAME COLUMN kind TO sort")
    assert "job.kind" in inspect_database(engine).faults[0]
    engine.dispose()


@pytest.mark.parametrize("use", [inspect_database, upgrade, lambda found: restore_into(found)])
@pytest.mark.parametrize("address", ["sqlite:///{}/junk", "postgresql://ann:secret@127.0.0.1:1/x"])
def test_what_is_no_database_is_said_with_its_name_and_without_its_password(tmp_path, use, address):
    # Bite: inspect_database and restore let the driver's own error through, a page of traceback.
    (tmp_path / "junk").write_text("this is no database, however long one looks at it\n" * 9)
    named = address.format(tmp_path)
    engine = open_engine(named)

    with pytest.raises(StoreError, match="cannot be reached") as refused:
        use(engine)

    assert named.replace("secret", "***") in str(refused.value)
    assert "secret" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_there_is_said_and_not_made(tmp_path):
    """Bite: with open_engine in open_existing the folder and an empty file appear."""
    file = tmp_path / "folder" / "lost.sqlite3"

    with pytest.raises(StoreError, match=r"lost\.sqlite3: no such file"):
        open_existing(f"sqlite:///{file}")

    assert list(tmp_path.iterdir()) == []


def test_check_reports_broken_pages_a_newer_revision_and_a_lost_one(filled, tmp_path):
    """Bite: without its except clause the check of broken pages ends in DatabaseError."""
    back_up(filled, tmp_path / "backup.sqlite3")

    def check(spoil):
        file = tmp_path / f"{spoil.__name__}.sqlite3"
        file.write_bytes((tmp_path / "backup.sqlite3").read_bytes())
        spoil(file)
        engine = open_existing(f"sqlite:///{file}")
        found = inspect_database(engine).faults[0]
        engine.dispose()
        return found

    def renumber(file):
        execute(file, "UPDATE alembic_version SET version_num = '9999'")

    def forget(file):
        execute(file, "DROP TABLE alembic_version")

    def tear(file):
        content = bytearray(file.read_bytes())
        content[20_000:40_000] = b"\x7f" * 20_000
        file.write_bytes(content)

    assert "restore a backup" in check(tear)
    assert "revision 9999 is of a newer Aspan" in check(renumber)
    assert "no revision" in check(forget)


def execute(file, words):
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(words)


def test_a_migration_that_cannot_run_is_one_line(filled, tmp_path):
    back_up(filled, tmp_path / "backup.sqlite3")
    execute(tmp_path / "backup.sqlite3", "DROP TABLE alembic_version")
    engine = open_existing(f"sqlite:///{tmp_path / 'backup.sqlite3'}")

    with pytest.raises(StoreError, match=r"changed nothing: table .* already exists$"):
        upgrade(engine)
    engine.dispose()


def restore_into(engine):
    source = open_engine("sqlite://")
    upgrade(source)
    copy_database(source, engine)
