"""Prove that backups, migrations and copies of the database lose nothing.

    python bench/prove_database.py --backups 100 --rows 10000

**Backups.** While writers book pairs of contacts and note two halves of a thing in one
transaction, the database is backed up again and again; each backup is restored into an empty
database, and there every pair is whole, every constraint holds, and nothing is missing that was
committed before the backup began. **Migrations.** A database with ten thousand rows goes down and
up again over every revision: each time the schema is the one that a fresh database has at that
revision, and every value that both revisions know is unchanged. **Copies.** The same rows go from
SQLite to PostgreSQL and back; a digest made here, not by Aspan, is compared for every table. The
two kinds of database are proven side by side.

First the harness is shown planted bugs: a backup that copies the live file, one that reads the
tables in transactions of their own, a migration that loses a constraint, and one changed value.
"""

from __future__ import annotations

import argparse
import hashlib
import multiprocessing
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sqlalchemy import Engine, MetaData, insert, inspect, select, text

from app.log import configure_log
from app.store import maintenance, open_store
from app.store.maintenance import back_up, copy_database, restore
from app.store.reservation_rows import draft_of
from app.store.schema import HEAD_REVISION, audit_entry
from app.store.session import migrate, open_engine, reading, upgrade
from bench.killed_work import HALF_PAIRS, HALF_PLANS, NO_EVENT
from bench.prove_storm import OVERLAPS
from tests.app.builders import make_contact, make_elements, make_plan
from tests.postgres_server import create_database, find_postgres, run_postgres

NOW = datetime(2026, 9, 6, 12, 0, 0, 123_456, tzinfo=UTC)
HOW: dict[str, Any] = {"who": "w", "why": "", "now_utc": NOW, "gap_rule": lambda a, b: 0.0}
PAUSE_S = 0.1  # of a writer; without any SQLite lets the other one wait for ever
HALVES = (
    "SELECT count(*) FROM (SELECT subject FROM audit_entry WHERE who = 'halves'"
    " GROUP BY subject HAVING count(*) <> 2) h"
)


def fill(url: str, rows: int) -> int:
    """Fill a database through its own doors with about so many rows; return how many there are."""
    store = open_store(url)
    store.element_sets.add([make_elements(hours=hour) for hour in range(rows // 20)])
    for number in range(rows // 200):
        plan = make_plan(plan_id=f"plan-{number}", contacts=25, losers=75)
        store.plans.add(plan, created_utc=NOW + timedelta(minutes=number))
    drafts = [
        draft_of(make_contact(at), note=f"pair {at // 2}", plan_id="plan-0")
        for at in range(rows // 10 // 2 * 2)
    ]
    for start in range(0, len(drafts), 100):
        store.reservations.book(drafts[start : start + 100], **HOW)
    store.close()
    engine = open_engine(url)
    with engine.begin() as connection:
        connection.execute(insert(audit_entry), [_make_entry(at) for at in range(rows // 10)])
    count = sum(maintenance.inspect_database(engine).rows.values())
    engine.dispose()
    return count


def _make_entry(at: int) -> dict[str, Any]:
    detail = {"ü": [at / 7.0, None, "қазақ"], "n": at}
    return {"at_utc": NOW, "who": "fill", "action": "act", "subject": f"s{at}", "detail": detail}


class Writers:
    """Two writers, who work while ``may_write`` is set; ``made`` counts their transactions."""

    def __init__(self) -> None:
        self.made = [0, 0]
        self.may_write = threading.Event()
        self.stopping = threading.Event()

    def go_on(self) -> bool:
        """Wait for leave to write; False: stop."""
        while not self.stopping.is_set():
            if self.may_write.wait(PAUSE_S):
                return True
        return False


@contextmanager
def writing(url: str) -> Iterator[Writers]:
    """Let two writers work; what they made is complete afterwards."""
    writers = Writers()
    made = writers.made

    def book() -> None:
        store = open_store(url)
        _, before = store.reservations.list(limit=1)
        while writers.go_on():
            hours = before + 2 * made[0]
            note = f"written {hours}"
            drafts = [draft_of(make_contact(hours + at), note=note) for at in (0, 1)]
            store.reservations.book(drafts, **HOW)
            made[0] += 1
            time.sleep(PAUSE_S)
        store.close()

    def note() -> None:
        engine, name = open_engine(url), time.monotonic()
        while writers.go_on():
            with engine.begin() as connection:
                for half in ("a", "b"):
                    row = {**_make_entry(0), "who": "halves", "subject": f"{name} {made[1]}"}
                    connection.execute(insert(audit_entry), row | {"action": half})
            made[1] += 1
            time.sleep(PAUSE_S)
        engine.dispose()

    threads = [threading.Thread(target=work) for work in (book, note)]
    for thread in threads:
        thread.start()
    try:
        yield writers
    finally:
        writers.stopping.set()
        for thread in threads:
            thread.join()


Backup = Callable[[Engine, Path], Any]


def prove_backups(url: str, folder: Path, count: int, take: Backup = back_up) -> list[str]:
    """Back up under writes and restore each; list what is wrong."""
    faults = []
    engine = open_engine(url)
    with writing(url) as writers:
        for number in range(count):
            writers.may_write.set()
            while not all(writers.made):
                time.sleep(0.05)
            before, committed = sum(writers.made), count_reservations(engine)
            file, restored = folder / f"backup-{number}", folder / f"restored-{number}"
            target = open_engine(f"sqlite:///{restored}")
            try:
                take(engine, file)
                while sum(writers.made) <= before:  # nothing was written meanwhile: wait
                    time.sleep(0.01)
                writers.may_write.clear()
                restore(file, target)
                faults += [f"backup {number}: {fault}" for fault in find_faults(target)]
                missing = committed - count_reservations(target)
                if missing > 0:
                    faults.append(f"backup {number}: {missing} committed before it are missing")
            except Exception as error:
                faults.append(f"backup {number}: {type(error).__name__}: {str(error)[:120]}")
            target.dispose()
            for path in folder.glob(f"*-{number}*"):
                path.unlink()
    engine.dispose()
    return faults


def count_reservations(engine: Engine) -> int:
    with reading(engine) as connection:
        return int(connection.execute(text("SELECT count(*) FROM reservation")).scalar_one())


def find_faults(engine: Engine) -> list[str]:
    """List what is torn in a database."""
    queries = {
        "half pairs": text(HALF_PAIRS),
        "halves": text(HALVES),
        "reservations without their record": text(NO_EVENT),
        "half plans": text(HALF_PLANS),
        "overlaps": OVERLAPS,
    }
    with reading(engine) as connection:
        counts = {what: connection.execute(query).scalar() for what, query in queries.items()}
    faults = [f"{count} {what}" for what, count in counts.items() if count]
    return faults + list(maintenance.inspect_database(engine).faults)


def copy_file(engine: Engine, file: Path) -> None:
    """Plant: copy the live file."""
    shutil.copy(str(engine.url.database), file)


def copy_in_parts(engine: Engine, file: Path) -> None:
    """Plant: read every table in a transaction of its own."""
    target = open_engine(f"sqlite:///{file}")
    upgrade(target)
    for table in maintenance.metadata.sorted_tables:
        with engine.connect() as one, target.begin() as other:
            rows = [dict(row) for row in one.execute(select(table)).mappings()]
            if rows:
                other.execute(insert(table), rows)
        time.sleep(PAUSE_S)  # a writer's turn
    target.dispose()


def prove_migrations(url: str, fresh_url: str, plant: str = "") -> list[str]:
    """Walk down and up over every revision with the rows there; list what differs."""
    faults, engine = [], open_engine(url)
    for number in range(int(HEAD_REVISION), 0, -1):
        upper, lower = f"{number:04d}", f"{number - 1:04d}" if number > 1 else "base"
        at_upper, rows = read_schema(engine), digest_columns(engine)
        migrate(engine, lower)
        if number > 1:
            kept = digest_columns(engine)
            faults += compare(f"{upper} to {lower}", rows, kept, only_common=True)
            faults += _compare_fresh(fresh_url, lower, read_schema(engine))
        migrate_up(engine, upper)
        if plant == upper:
            _lose_constraint(engine)
        faults += _compare_schemas(f"{lower} to {upper}", at_upper, read_schema(engine))
        if number > 1:
            again = digest_columns(engine)
            faults += compare(f"{lower} to {upper}", kept, again, only_common=True)
        migrate(engine, lower)
    engine.dispose()
    return faults


def migrate_up(engine: Engine, revision: str) -> None:
    """Go up to one revision, not to the newest."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    folder = Path(maintenance.__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def _lose_constraint(engine: Engine) -> None:
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.execute(text("DROP TRIGGER reservation_guard_insert"))
        else:
            connection.execute(
                text("ALTER TABLE reservation DROP CONSTRAINT ex_reservation_no_overlap")
            )


def _compare_fresh(url: str, revision: str, found: Mapping[str, str]) -> list[str]:
    engine = open_engine(url)
    if read_schema(engine):
        migrate(engine, "base")
    migrate_up(engine, revision)
    fresh = read_schema(engine)
    engine.dispose()
    return _compare_schemas(f"down at {revision} against fresh", fresh, found)


def _compare_schemas(where: str, wanted: Mapping[str, str], found: Mapping[str, str]) -> list[str]:
    return [
        f"{where}: {name}: {found.get(name, 'missing')} instead of {wanted.get(name, 'nothing')}"
        for name in sorted(wanted.keys() | found.keys())
        if wanted.get(name) != found.get(name)
    ]


def read_schema(engine: Engine) -> dict[str, str]:
    """Describe every column, key, index, constraint and trigger by the database's own words."""
    found = {}
    with engine.connect() as connection:
        looked = inspect(connection)
        for table in looked.get_table_names():
            for column in looked.get_columns(table):
                name = f"{table}.{column['name']}"
                found[name] = f"{column['type']} {column['nullable']} {column['default']}"
            found[f"{table} key"] = str(looked.get_pk_constraint(table))
            for kind in ("indexes", "foreign_keys", "unique_constraints", "check_constraints"):
                for item in getattr(looked, f"get_{kind}")(table):
                    options = {
                        name: str(words)  # a condition is an object of its own each time
                        for name, words in item.pop("dialect_options", {}).items()
                    }
                    found[f"{table} {kind} {item['name']}"] = f"{item} {options}"
        query = (
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
            if engine.dialect.name == "sqlite"
            else "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal"
            " UNION ALL SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE contype IN ('x', 'c')"
        )
        found |= {f"rule {name}": str(words) for name, words in connection.execute(text(query))}
    return {name: words for name, words in found.items() if not name.startswith("alembic_version")}


def digest_columns(engine: Engine) -> dict[str, str]:
    """Digest every column with its rows' keys, as the database gives the values."""
    metadata, found = MetaData(), {}
    metadata.reflect(engine)
    with engine.connect() as connection:
        for table in metadata.sorted_tables:
            if table.name == "alembic_version":
                continue
            keys = [column.name for column in table.primary_key.columns]
            rows = connection.execute(select(table)).mappings().all()
            found[f"{table.name} rows"] = str(len(rows))
            for column in table.columns:
                lines = sorted(repr(([row[key] for key in keys], row[column.name])) for row in rows)
                digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
                found[f"{table.name}.{column.name}"] = digest
    return found


def compare(
    where: str, one: Mapping[str, str], other: Mapping[str, str], *, only_common: bool
) -> list[str]:
    """List what two digests disagree about."""
    names = one.keys() & other.keys() if only_common else one.keys() | other.keys()
    return [
        f"{where}: {name} differs" for name in sorted(names) if one.get(name) != other.get(name)
    ]


def digest_values(engine: Engine) -> dict[str, str]:
    """Digest every row of the schema's tables as Python values, the same on both databases."""
    found = {}
    with engine.connect() as connection:
        for table in maintenance.metadata.sorted_tables:
            rows = connection.execute(select(table)).all()
            lines = sorted(repr(tuple(row)) for row in rows)
            digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
            found[table.name] = f"{len(rows)} {digest}"
    return found


def prove_copies(
    source_url: str, target_url: str, back_url: str, *, plant: bool = False
) -> list[str]:
    """Copy to the other kind of database and back; list the tables whose rows differ."""
    source, target, back = (open_engine(url) for url in (source_url, target_url, back_url))
    copy_database(source, target)
    if plant:
        with target.begin() as connection:
            connection.execute(text("UPDATE contact SET value = value + 1 WHERE position = 7"))
    copy_database(target, back)
    faults = [
        fault
        for name, engine in (("there", target), ("back", back))
        for fault in compare(name, digest_values(source), digest_values(engine), only_common=False)
    ]
    for engine in (source, target, back):
        engine.dispose()
    return faults


def report(name: str, done: str, faults: list[str]) -> bool:
    print(f"{name}: {done}, {len(faults)} faults", flush=True)
    for fault in faults[:10]:
        print(f"  FAULT {fault}", flush=True)
    return bool(faults)


def show_plants(folder: Path, rows: int) -> bool:
    """Show the harness what it must see; tell whether it is blind."""
    url = f"sqlite:///{folder}/planted"
    fill(url, rows)
    found = {
        "live file copied": prove_backups(url, folder, 3, copy_file),
        "tables one by one": prove_backups(url, folder, 5, copy_in_parts),
        "constraint lost": prove_migrations(url, f"sqlite:///{folder}/fresh-planted", "0009"),
    }
    for name, faults in found.items():
        print(f"planted, {name}: {len(faults)} faults{'' if faults else ': BLIND'}", flush=True)
    return not all(found.values())


def make_url(kind: str, folder: Path, socket: Path, part: str) -> str:
    """Name a new database of a kind."""
    return f"sqlite:///{folder}/{part}" if kind == "sqlite" else create_database(socket, part)


def prove_kind(
    kind: str, folder: Path, socket: Path, backups: int, rows: int
) -> list[tuple[str, str, list[str]]]:
    """Prove everything for one kind of database; return what was done and what was wrong."""
    other = "postgresql" if kind == "sqlite" else "sqlite"
    url, back, fresh = (
        make_url(kind, folder, socket, part) for part in ("filled", "back", "fresh")
    )
    there = make_url(other, folder, socket, f"there_{kind}")
    place = folder / kind
    place.mkdir()
    count = fill(url, rows)
    copies = prove_copies(url, there, back)
    torn = prove_backups(url, place, backups)
    done = f"{int(HEAD_REVISION)} revisions down, up, down"
    return [
        (f"{kind} copied and back", f"{count} rows", copies),
        (f"{kind} backups under writes", f"{backups} restored", torn),
        (f"{kind} migrations", done, prove_migrations(url, fresh)),
    ]


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--backups", type=int, default=100)
    words.add_argument("--rows", type=int, default=10_000)
    given = words.parse_args()
    configure_log("critical")
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        binaries = find_postgres()
        if binaries is None:
            print("postgresql: NOT CHECKED, no server is installed")
            return 1
        socket = stack.enter_context(run_postgres(binaries, folder / "postgres"))
        failed = show_plants(folder, 1_000)
        context = multiprocessing.get_context("fork")
        with ProcessPoolExecutor(2, mp_context=context) as pool:
            waiting = [
                pool.submit(prove_kind, kind, folder, socket, given.backups // 2, given.rows)
                for kind in ("sqlite", "postgresql")
            ]
            for each in as_completed(waiting):
                for part, done, faults in each.result():
                    failed |= report(part, done, faults)
        copied = prove_copies(
            f"sqlite:///{folder}/there_postgresql",
            create_database(socket, "p1"),
            f"sqlite:///{folder}/p2",
            plant=True,
        )
        print(f"planted, one value changed: {len(copied)} faults{'' if copied else ': BLIND'}")
        failed |= not copied
    spent = sum(os.times()[:4])
    print(
        f"{'FAILED' if failed else 'proven'}, {time.monotonic() - began:.0f} s, {spent:.0f} s CPU"
    )
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
