"""Prove that a killed process leaves nothing half done and loses nothing it had promised.

    python bench/prove_kills.py --bookings 1000 --plans 300 --nights 50

Children book pairs of contacts, store and publish plans, and run nights, and are killed with
SIGKILL at random instants; on PostgreSQL also the server's own backends. After each kill the
database is read: every id that a child had been given is there, pairs are whole, every reservation
has its event and its log entry, plans are whole, exactly one plan is in force and exactly its
contacts are booked, every night ends with one plan however often it died.

First the harness is shown three planted bugs until it sees them: contacts of a pair committed one
by one, an id told before the commit, and a plan committed before its contacts.

The kills are cut into pieces, each with a database of its own, and the pieces run side by side.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sqlalchemy import text

from app.log import configure_log
from app.store import open_store
from app.store.session import open_engine
from bench.killed_work import (
    CONTACTS,
    HALF_PAIRS,
    HALF_PLANS,
    NO_EVENT,
    Killer,
    book_pairs,
    child,
    publish_plans,
    read_lines,
    read_rest,
    run_night,
)
from bench.prove_storm import OVERLAPS
from tests.postgres_server import create_database, find_postgres, run_postgres

STRAY = (
    "SELECT count(*) FROM reservation r WHERE state = 'reserved' AND plan_id IS NOT NULL AND"
    " NOT EXISTS (SELECT 1 FROM plan_state s WHERE s.state = 'published')"
)


@dataclass
class Tally:
    """Kills, what the children were told, and what was wrong afterwards."""

    kills: int = 0
    told: int = 0
    faults: list[str] = field(default_factory=list)


def prove_bookings(url: str, kills: int, seed: int, *, plant: str = "") -> Tally:
    """Kill children that book; everything told is there, every pair is whole."""
    tally, killer = Tally(), Killer(seed, most_lines=9, step_s=0.05)
    open_store(url).close()

    def work(url: str, tell: Callable[[str], None], number: int) -> None:
        book_pairs(url, tell, number, plant)

    for number in range(kills):
        told = killer.kill(work, url, number)
        tally.kills += 1
        tally.told += len(told)
        tally.faults += [f"kill {number}: {fault}" for fault in _check_bookings(url, told)]
        if plant and tally.faults:
            break
    return tally


def _check_bookings(url: str, told: Sequence[str]) -> list[str]:
    engine = open_engine(url)
    with engine.connect() as connection:
        counts = {
            "overlaps": connection.execute(OVERLAPS).scalar(),
            "half pairs": connection.execute(text(HALF_PAIRS)).scalar(),
            "reservations without their record": connection.execute(text(NO_EVENT)).scalar(),
        }
        for name in told:
            column, value = (
                ("note", name[6:]) if name.startswith("early") else ("reservation_id", name)
            )
            wanted = text(f"SELECT count(*) FROM reservation WHERE {column} = :value")
            if not connection.execute(wanted, {"value": value}).scalar():
                counts["accepted but lost"] = (counts.get("accepted but lost") or 0) + 1
    engine.dispose()
    return [f"{count} {what}" for what, count in counts.items() if count]


def prove_backends(url: str, kills: int, seed: int) -> Tally:
    """Kill the server's own process of a child's connection (PostgreSQL)."""
    tally, chance = Tally(), random.Random(seed)
    for number in range(kills):
        with child(book_pairs, url, number) as (_, pipe):
            told, wanted = b"", chance.randint(2, 9)
            while told.count(b"\n") < wanted and (part := os.read(pipe, 65_536)):
                told += part
            _kill_backends(url)
            lines = read_lines(told + read_rest(pipe))
        _wait_for(url)
        tally.kills += 1
        tally.told += len(lines)
        tally.faults += [f"backend {number}: {fault}" for fault in _check_bookings(url, lines)]
    return tally


def _kill_backends(url: str) -> None:
    engine = open_engine(url)
    with contextlib.suppress(Exception), engine.connect() as connection:
        found = connection.execute(
            text(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
        ).scalars()
        for process in list(found):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
    engine.dispose()


def _wait_for(url: str) -> None:
    """Wait until the server has recovered."""
    for _ in range(600):
        engine = open_engine(url)
        try:
            with engine.connect() as connection:
                connection.execute(text("SELECT 1"))
                return
        except Exception:
            time.sleep(0.1)
        finally:
            engine.dispose()
    raise RuntimeError("the server did not come back")


def prove_plans(url: str, kills: int, seed: int, *, plant: str = "") -> Tally:
    """Kill children that store and publish plans; plans are whole, one is in force."""
    tally, killer = Tally(), Killer(seed, most_lines=3, step_s=0.5)
    open_store(url).close()

    def work(url: str, tell: Callable[[str], None], number: int) -> None:
        publish_plans(url, tell, number, plant)

    for number in range(kills):
        told = killer.kill(work, url, number)
        tally.kills += 1
        tally.told += len(told)
        tally.faults += [f"kill {number}: {fault}" for fault in _check_plans(url, told)]
        if plant and tally.faults:
            break
    return tally


def _check_plans(url: str, told: Sequence[str]) -> list[str]:
    engine = open_engine(url)
    faults = []
    with engine.connect() as connection:
        for what, query in (("half plans", HALF_PLANS), ("stray contacts", STRAY)):
            count = connection.execute(text(query)).scalar()
            faults += [f"{count} {what}"] if count else []
        published = connection.execute(
            text("SELECT plan_id FROM plan_state WHERE state = 'published'")
        ).scalars()
        names = list(published)
        reserved = connection.execute(
            text("SELECT count(*) FROM reservation WHERE state = 'reserved'")
        ).scalar()
        known = set(connection.execute(text("SELECT plan_id FROM plan_state")).scalars())
    engine.dispose()
    if len(names) > 1:
        faults.append(f"{len(names)} plans in force")
    if reserved != (CONTACTS if names else 0):
        faults.append(f"{reserved} contacts booked of {CONTACTS}")
    return faults + [f"{name} was published and is not" for name in told if name not in known]


def prove_nights(url: str, nights: int, seed: int) -> Tally:
    """Kill each night's run until it is let through; each night has one plan and ends once.

    One more night goes before them, undisturbed, to learn how long a night takes.
    """
    tally, chance = Tally(), random.Random(seed)
    open_store(url).close()
    whole_s = 0.0
    for night in range(nights + 1):
        for attempt in range(20):
            number = night * 1_000 + attempt
            with child(run_night, url, number) as (process, pipe):
                told = os.read(pipe, 65_536)
                began = time.monotonic()
                if whole_s and (attempt == 0 or chance.random() < 0.3):
                    time.sleep(chance.uniform(0.0, whole_s))
                    os.kill(process, signal.SIGKILL)
                    tally.kills += 1
                    told += read_rest(pipe)
                else:
                    told += read_rest(pipe)
                    whole_s = time.monotonic() - began
            if b"done" in told:
                break
        tally.told += night > 0
        tally.faults += [f"night {night}: {fault}" for fault in _check_night(url, night)]
    return tally


def _check_night(url: str, night: int) -> list[str]:
    engine = open_engine(url)
    faults = []
    with engine.connect() as connection:
        counts = {
            "half plans": connection.execute(text(HALF_PLANS)).scalar(),
            "overlaps": connection.execute(OVERLAPS).scalar(),
        }
        plans = connection.execute(text("SELECT count(*) FROM plan")).scalar()
        ended = connection.execute(
            text("SELECT count(*) FROM nightly_run WHERE finished_utc IS NOT NULL")
        ).scalar()
    engine.dispose()
    faults += [f"{count} {what}" for what, count in counts.items() if count]
    if plans != night + 1 or ended != night + 1:
        faults.append(f"{plans} plans and {ended} ends of {night + 1} nights")
    return faults


@dataclass(frozen=True)
class Piece:
    """A part of the kills, on a database of its own."""

    name: str
    prove: Callable[..., Tally]
    url: str
    count: int
    seed: int
    plant: str = ""

    def run(self) -> Tally:
        planted = {"plant": self.plant} if self.plant else {}
        return self.prove(self.url, self.count, self.seed, **planted)


def cut(
    name: str,
    prove: Callable[..., Tally],
    count: int,
    most: int,
    make_url: Callable[[str], str],
    seed: int,
) -> list[Piece]:
    """Cut a number of kills into pieces of ``most``."""
    starts = range(0, count, most)
    part = "_".join(name.split())
    return [
        Piece(name, prove, make_url(f"{part}_{at}"), min(most, count - at), seed * 1_000 + at)
        for at in starts
    ]


def list_pieces(
    kind: str, make_url: Callable[[str], str], given: argparse.Namespace
) -> list[Piece]:
    """List the pieces of one kind of database; the longest first."""
    is_sqlite = kind == "sqlite"
    bookings = given.bookings if is_sqlite else given.bookings * 3 // 10
    nights = given.nights if is_sqlite else 0
    return [
        *cut(f"{kind} nights", prove_nights, nights, 10, make_url, given.seed),
        *cut(f"{kind} plans", prove_plans, given.plans, 50, make_url, given.seed),
        *cut(f"{kind} bookings", prove_bookings, bookings, 100, make_url, given.seed),
    ]


def list_plants(folder: Path, seed: int) -> list[Piece]:
    """List the planted bugs that the harness must see, each within so many kills."""
    url = f"sqlite:///{folder}/planted"
    return [
        Piece("plan before contacts", prove_plans, f"{url}_2", 150, seed, "plan before contacts"),
        Piece("one by one", prove_bookings, f"{url}_0", 100, seed, "one by one"),
        Piece("told too early", prove_bookings, f"{url}_1", 100, seed, "told too early"),
    ]


def run_pieces(pieces: Sequence[Piece], workers: int) -> dict[str, Tally]:
    """Run pieces side by side; add up those of one name."""
    whole: dict[str, Tally] = defaultdict(Tally)
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        for piece, tally in zip(pieces, pool.map(Piece.run, pieces), strict=True):
            print(f"  {piece.name}: {tally.kills} kills, {len(tally.faults)} faults", flush=True)
            total = whole[piece.name]
            total.kills += tally.kills
            total.told += tally.told
            total.faults += tally.faults
    return whole


def is_sharp(folder: Path, given: argparse.Namespace) -> bool:
    """Show the harness what it must see."""
    tallies = run_pieces(list_plants(folder, given.seed), given.workers)
    for name, tally in tallies.items():
        seen = f"seen after {tally.kills}" if tally.faults else f"NOT SEEN in {tally.kills}"
        print(f"planted, {name}: {seen} kills", flush=True)
    return all(tally.faults for tally in tallies.values())


def report(name: str, tally: Tally) -> bool:
    print(f"{name}: {tally.kills} kills, {tally.told} told, {len(tally.faults)} faults", flush=True)
    if not tally.told:
        tally.faults.append("nothing was told to any child: nothing is shown")
    for fault in tally.faults[:10]:
        print(f"  FAULT {fault}", flush=True)
    return bool(tally.faults)


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--bookings", type=int, default=1_000)
    words.add_argument("--plans", type=int, default=300)
    words.add_argument("--nights", type=int, default=50)
    words.add_argument("--backends", type=int, default=50)
    words.add_argument("--databases", default="sqlite,postgresql")
    words.add_argument("--workers", type=int, default=2, help="pieces at once")
    words.add_argument("--seed", type=int, default=1)
    given = words.parse_args()
    configure_log("critical")
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder, pieces = Path(name), []
        failed = not is_sharp(folder, given)
        if "sqlite" in given.databases:
            pieces += list_pieces("sqlite", lambda part: f"sqlite:///{folder}/{part}", given)
        if "postgresql" in given.databases:
            binaries = find_postgres()
            if binaries is None:
                print("postgresql: NOT CHECKED, no server is installed")
                return 1
            socket = stack.enter_context(run_postgres(binaries, folder / "postgres"))
            pieces += list_pieces("postgresql", lambda part: create_database(socket, part), given)
        for name, tally in run_pieces(pieces, given.workers).items():
            failed |= report(name, tally)
        if "postgresql" in given.databases:  # alone: a killed backend restarts the whole server
            url = create_database(socket, "backends")
            open_store(url).close()
            failed |= report("postgresql backends", prove_backends(url, given.backends, given.seed))
    spent = sum(os.times()[:4])
    print(
        f"{'FAILED' if failed else 'proven'}, {time.monotonic() - began:.0f} s, {spent:.0f} s CPU"
    )
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
