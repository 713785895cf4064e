"""Prove that a station with years behind it is answered as quickly as one with weeks.

    python bench/prove_years.py --years 3

A service plans a week and publishes it, on SQLite. Copies of its database then get that week again
and again into the past, five weeks and some years: contacts with their history, element sets, log
entries, plans. Both are served side by side, and every page and list is asked in turn. It fails
when one of them takes more than ``RATIO`` times as long with the years, and ``SPARE_S`` more.

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
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.aged_station import YOUNG_YEARS, ask, copy, grow, make_station
from bench.loaded_service import Service, quiet, serve
from bench.prove_soak import PAGES, READS

RATIO, SPARE_S = 2.0, 0.1
ROUNDS = 5
SATELLITE = "terra"
LIVE_INDEXES = (
    "ix_reservation_live",
    "ix_reservation_reserved_end_utc",
    "ix_element_set_number_epoch",
    "ix_element_set_number_source_epoch",
)
COMING = "/v1/contacts/export?format=icalendar&start={now}"
MORE_READS = (
    COMING,
    "/v1/contacts?start={now}",
    "/v1/passes?satellite={satellite}&days=1",
    "/v1/available-passes?satellite={satellite}&days=5",
    "/v1/notices",
)


def compare(
    new: Service, old: Service, plan_id: str, rounds: int
) -> dict[str, tuple[float, float]]:
    """Ask both for every page and list in turn; return the median seconds of each."""
    found = {}
    reads = [
        path for path in READS if path != COMING.partition("&")[0]
    ]  # has two weeks of the past
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    for path in (*PAGES, *reads, *MORE_READS):
        address = path.format(plan=plan_id, satellite=SATELLITE, now=now)
        taken: tuple[list[float], list[float]] = ([], [])
        for _ in range(rounds):
            for service, times in zip((new, old), taken, strict=True):
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
    words.add_argument("--years", type=float, default=3.0)
    given = words.parse_args()
    quiet()
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        new_file, old_file, bare_file = (Path(name) / each for each in ("new", "old", "bare"))
        plan_id = make_station(new_file)
        copy(new_file, old_file)
        for file, years in ((new_file, YOUNG_YEARS), (old_file, given.years)):
            rows = grow(file, years)
            print(f"{years:g} years: {', '.join(f'{n} {table}' for table, n in rows.items())}")
        copy(new_file, bare_file)
        with closing(sqlite3.connect(bare_file)) as connection:
            for index in LIVE_INDEXES:
                connection.execute(f"DROP INDEX {index}")
        new = stack.enter_context(serve(f"sqlite:///{new_file}"))
        with serve(f"sqlite:///{bare_file}") as bare:
            planted = find_slow(compare(new, bare, plan_id, 1))
        blind = "" if planted else ": THE HARNESS IS BLIND"
        print(f"planted, no indexes: {len(planted)} too slow, {'; '.join(planted[:3])}{blind}")
        old = stack.enter_context(serve(f"sqlite:///{old_file}"))
        found = compare(new, old, plan_id, ROUNDS)
    for path, (new_s, old_s) in found.items():
        print(f"{new_s * 1e3:7.1f} ms  {old_s * 1e3:7.1f} ms  {old_s / new_s:5.1f}  {path}")
    slow = find_slow(found)
    for each in slow:
        print(f"  FAULT {each}")
    failed = bool(slow) or not planted
    print("FAILED" if failed else "proven")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
