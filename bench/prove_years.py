"""Prove that a station with years behind it is answered as quickly as one with weeks.

    python bench/prove_years.py --years 3

A service plans a week and publishes it. Copies of its database then get that week again and again
into the past, five weeks and some years: contacts with their history, element sets, log entries,
plans. On each kind of database both are served side by side, and every page and list is asked in
turn. It fails when one takes more than ``RATIO`` times as long with years, and ``SPARE_S`` more.

First the harness is shown the five weeks without the indexes that lead to what is live.
"""

from __future__ import annotations

import argparse
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from app.store.maintenance import copy_database
from app.store.session import open_engine
from bench.aged_station import YOUNG_YEARS, ask, copy, grow, make_station
from bench.loaded_service import Service, quiet, serve
from bench.visitor import PAGES, READS
from tests.postgres_server import create_database, find_postgres, run_postgres

RATIO, SPARE_S = 2.0, 0.1
ROUNDS = 5
SATELLITE = "terra"
LIVE_INDEXES = (
    "ix_reservation_live",
    "ix_reservation_reserved_end_utc",
    "ix_element_set_number_epoch",
    "ix_element_set_number_source_epoch",
)
# Their content grows: up to 1,000 sets of a satellite, contacts of the last two weeks.
GROWING = ("/elements/terra", "/v1/contacts/export?format=icalendar")
MORE_READS = (
    "/v1/contacts/export?format=icalendar&start={now}",
    "/v1/contacts?start={now}",
    "/v1/passes?satellite={satellite}&days=1",
    "/v1/available-passes?satellite={satellite}&days=5",
    "/v1/notices",
)


def compare(
    young_url: str, old_url: str, plan_id: str, rounds: int
) -> dict[str, tuple[float, float]]:
    """Serve two databases, ask both for every page and list in turn; return median seconds."""
    with serve(young_url) as young, serve(old_url) as old:
        found = _ask_in_turn((young, old), plan_id, rounds)
        for service in (young, old):
            service.terminate(30.0)
        return found


def _ask_in_turn(
    services: tuple[Service, Service], plan_id: str, rounds: int
) -> dict[str, tuple[float, float]]:
    found = {}
    asked = [each for each in (*PAGES, *READS, *MORE_READS) if each not in GROWING]
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    for path in asked:
        address = path.format(plan=plan_id, satellite=SATELLITE, now=now)
        taken: tuple[list[float], list[float]] = ([], [])
        for _ in range(rounds):
            for service, times in zip(services, taken, strict=True):
                began = time.perf_counter()
                ask(service, "GET", address)
                times.append(time.perf_counter() - began)
        found[path] = (statistics.median(taken[0]), statistics.median(taken[1]))
    return found


def find_slow(found: Mapping[str, tuple[float, float]]) -> list[str]:
    """List what takes too much longer with the years."""
    return [
        f"{path}: {old_s * 1e3:.0f} ms instead of {new_s * 1e3:.0f}"
        for path, (new_s, old_s) in found.items()
        if old_s > RATIO * new_s + SPARE_S
    ]


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    words.add_argument("--years", type=float, default=1.0)
    given = words.parse_args()
    quiet()
    binaries = find_postgres()
    if binaries is None:
        print("postgresql: NOT CHECKED, no server is installed")
        return 1
    with tempfile.TemporaryDirectory() as name, run_postgres(binaries, Path(name) / "pg") as socket:
        young, old, bare = (Path(name) / each for each in ("young", "old", "bare"))
        plan_id = make_station(young)
        copy(young, old)
        for file, years in ((young, YOUNG_YEARS), (old, given.years)):
            rows = grow(file, years)
            print(f"{years:g} years: {', '.join(f'{n} {table}' for table, n in rows.items())}")
        copy(young, bare)
        with closing(sqlite3.connect(bare)) as connection:
            for index in LIVE_INDEXES:
                connection.execute(f"DROP INDEX {index}")
        planted = find_slow(compare(f"sqlite:///{young}", f"sqlite:///{bare}", plan_id, 1))
        blind = "" if planted else ": THE HARNESS IS BLIND"
        print(f"planted, no indexes: {len(planted)} too slow, {'; '.join(planted[:3])}{blind}")
        failed = not planted
        for kind in ("sqlite", "postgresql"):
            urls = [f"sqlite:///{file}" for file in (young, old)]
            if kind == "postgresql":
                targets = [create_database(socket, name) for name in ("young", "old")]
                urls = [move(*each) for each in zip(urls, targets, strict=True)]
            found = compare(urls[0], urls[1], plan_id, ROUNDS)
            print(f"{kind}: weeks, years, ratio")
            for path, (new_s, old_s) in found.items():
                print(f"{new_s * 1e3:7.1f} ms  {old_s * 1e3:7.1f} ms  {old_s / new_s:5.1f}  {path}")
            for slow in find_slow(found):
                print(f"  FAULT {slow}")
                failed = True
    print("FAILED" if failed else "proven")
    return int(failed)


def move(url: str, target_url: str) -> str:
    """Copy a database to another one; return that."""
    engines = [open_engine(each) for each in (url, target_url)]
    copy_database(*engines)
    for engine in engines:
        engine.dispose()
    return target_url


if __name__ == "__main__":
    sys.exit(main())
