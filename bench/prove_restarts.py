"""Prove that a stop, or a restart of the database, loses nothing that was promised.

    python bench/prove_restarts.py --stops 200 --restarts 50

**Stops.** A real service under load (people book, cancel, block and order plans) gets SIGTERM at
a random instant. It must end by itself within 30 s; no client may have been told of a fault of the
service; what was accepted is in the database, every job has its end, every plan is whole.

**Restarts.** PostgreSQL is restarted, kindly or at once, under the same load, with one service
that lives through all of it. Meanwhile every answer is right or 503 with Retry-After; at most 10 s
later writes are accepted again; at the end everything accepted is there. On SQLite somebody holds
the write lock until a write is answered 503 with Retry-After; then all is as before.

First the harness is shown planted bugs: a service that loses one booking in twenty, one that takes
no time to stop, one that answers 500 when the database is away.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sqlalchemy import text

from app.store.session import open_engine, upgrade
from bench.loaded_service import (
    Plant,
    Promises,
    find_lost,
    find_unfinished,
    load,
    make_tokens,
    quiet,
    serve,
)
from tests.postgres_server import create_database, find_postgres, run_postgres

STOP_LIMIT_S = 30.0
RECOVERY_LIMIT_S = 10.0
LOCK_LIMIT_S = 180.0


@dataclass
class Tally:
    """What was done, the longest it took, what clients were told, what was wrong."""

    count: int = 0
    longest_s: float = 0.0
    promised: int = 0
    jobs: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def take(self, promises: Promises) -> None:
        self.promised += len(promises.allowed)
        self.jobs += len(promises.jobs)
        self.statuses += promises.statuses
        self.faults += promises.faults

    def add(self, other: Tally) -> None:
        self.count += other.count
        self.longest_s = max(self.longest_s, other.longest_s)
        self.promised += other.promised
        self.jobs += other.jobs
        self.statuses += other.statuses
        self.faults += other.faults


@dataclass(frozen=True)
class Piece:
    """A part of the stops, on a database of its own."""

    name: str
    url: str
    count: int
    seed: int
    plant: Plant | None = None

    def run(self) -> Tally:
        return prove_stops(self.url, self.count, self.seed, self.plant)


def prove_stops(url: str, count: int, seed: int, plant: Plant | None = None) -> Tally:
    """Stop services under load, one after the other on one database."""
    tally, chance, tokens = Tally(), random.Random(seed), make_tokens(url)
    for number in range(count):
        with (
            serve(url, plant) as service,
            load(service.address, tokens, seed + number) as work,
        ):
            work.wait_for_writes(chance.randint(1, 40))
            time.sleep(chance.uniform(0.0, 0.3))
            code, took_s = service.terminate(STOP_LIMIT_S)
        tally.count += 1
        tally.longest_s = max(tally.longest_s, took_s)
        tally.take(work.promises)
        if code not in (0, -signal.SIGTERM):
            tally.faults.append(f"stop {number}: ended with {code} after {took_s:.1f} s")
        faults = find_lost(url, work.promises) + find_unfinished(url)
        tally.faults += [f"stop {number}: {fault}" for fault in faults]
    return tally


def prove_restarts(
    socket: Path, binaries: Path, url: str, count: int, seed: int, plant: Plant | None = None
) -> Tally:
    """Restart the server under load; one service lives through it."""
    tally, chance, instants = Tally(), random.Random(seed), []
    with serve(url, plant) as service:
        with load(service.address, make_tokens(url), seed, persistent=True) as work:
            for _ in range(count):
                time.sleep(chance.uniform(0.5, 2.0))
                control(socket, binaries, "stop", "-m", chance.choice(("fast", "immediate")))
                time.sleep(chance.uniform(0.0, 1.0))
                control(socket, binaries, "start", "-l", str(socket / "log"))
                instants.append(time.monotonic())
            time.sleep(RECOVERY_LIMIT_S + 2.0)
        code, _ = service.terminate(STOP_LIMIT_S)
    tally.count = count
    tally.take(work.promises)
    if code not in (0, -signal.SIGTERM):
        tally.faults.append(f"the service ended with {code}")
    for number, back_s in enumerate(instants):
        first_s = min((at for at in work.promises.successes if at > back_s), default=float("inf"))
        took_s = first_s - back_s
        tally.longest_s = max(tally.longest_s, took_s)
        if took_s > RECOVERY_LIMIT_S:
            tally.faults.append(f"restart {number}: no write accepted for {took_s:.1f} s")
    tally.faults += find_lost(url, work.promises)
    return tally


def control(socket: Path, binaries: Path, *words: str) -> None:
    """Stop or start the PostgreSQL server in a folder, and wait for it."""
    who = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
    options = f"-c listen_addresses= -k {socket} -c fsync=off -c max_connections=60"
    more = ["-o", options] if words[0] == "start" else []
    subprocess.run(
        [str(binaries / "pg_ctl"), "-D", str(socket / "data"), "-w", *more, *words],
        check=True,
        cwd="/",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **who,  # type: ignore[call-overload]
    )


def prove_lock(file: Path, seed: int) -> Tally:
    """Hold SQLite's write lock until somebody is told that the database is busy."""
    tally, url = Tally(count=1), f"sqlite:///{file}"
    with serve(url) as service:
        with load(service.address, make_tokens(url), seed, persistent=True) as work:
            time.sleep(1.0)
            other = sqlite3.connect(file, isolation_level=None, timeout=60)
            other.execute("BEGIN IMMEDIATE")
            work.wait_for_refusals(LOCK_LIMIT_S)
            other.execute("ROLLBACK")
            free_s = time.monotonic()
            time.sleep(RECOVERY_LIMIT_S + 2.0)
        service.terminate(STOP_LIMIT_S)
    tally.take(work.promises)
    tally.longest_s = min(
        (at - free_s for at in work.promises.successes if at > free_s), default=1e9
    )
    if tally.longest_s > RECOVERY_LIMIT_S:
        tally.faults.append(f"no write accepted for {tally.longest_s:.1f} s")
    if not work.promises.statuses[503]:
        tally.faults.append("nobody was told that the database is busy")
    tally.faults += find_lost(url, work.promises)
    return tally


def lose_bookings() -> None:
    """Plant: one accepted booking in twenty is gone."""
    from app.store.reservations import ReservationStore

    real, chance = ReservationStore.book, random.Random(1)

    def book(self: Any, *words: Any, **more: Any) -> Any:
        booked = real(self, *words, **more)
        if chance.random() < 0.05:
            with self._engine.begin() as connection:
                row = {"name": booked[0].reservation_id}
                connection.execute(
                    text("DELETE FROM reservation WHERE reservation_id = :name"), row
                )
        return booked

    ReservationStore.book = book  # type: ignore[method-assign]


def stop_at_once() -> None:
    """Plant: SIGTERM ends the process as it stands."""
    import uvicorn

    def end(*_: Any) -> None:
        os._exit(0)

    uvicorn.Server.handle_exit = end  # type: ignore[method-assign]


def answer_plainly() -> None:
    """Plant: a database that does not answer is an error like any other."""
    from app.api import errors

    errors._answer_database = errors._answer_unexpected


def list_pieces(kind: str, make_url: Callable[[str], str], stops: int, seed: int) -> list[Piece]:
    """Cut the stops of one kind of database into pieces of 25."""
    return [
        Piece(f"{kind} stops", make_url(f"stops_{at}"), min(25, stops - at), seed * 1_000 + at)
        for at in range(0, stops, 25)
    ]


def run_pieces(pieces: Sequence[Piece], workers: int) -> dict[str, Tally]:
    """Run pieces side by side; add up those of one name."""
    whole: dict[str, Tally] = defaultdict(Tally)
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        for piece, tally in zip(pieces, pool.map(Piece.run, pieces), strict=True):
            print(f"  {piece.name}: {tally.count}, {len(tally.faults)} faults", flush=True)
            whole[piece.name].add(tally)
    return whole


def report(name: str, tally: Tally) -> bool:
    """Print a tally; tell whether it failed. Nothing promised shows nothing."""
    if not tally.promised or not tally.jobs:
        tally.faults.append("nothing was promised under load: nothing is shown")
    answers = ", ".join(f"{status}: {count}" for status, count in sorted(tally.statuses.items()))
    print(
        f"{name}: {tally.count}, longest {tally.longest_s:.1f} s, {tally.promised} reservations "
        f"and {tally.jobs} jobs accepted, {len(tally.faults)} faults; answers {answers}",
        flush=True,
    )
    for fault in tally.faults[:10]:
        print(f"  FAULT {fault}", flush=True)
    return bool(tally.faults)


def is_sharp(name: str, tally: Tally, word: str) -> bool:
    """Tell whether the harness saw a planted bug as what it is."""
    seen = [fault for fault in tally.faults if word in fault]
    blind = "" if seen else ": THE HARNESS IS BLIND"
    print(f"planted, {name}: {len(seen)} faults in {tally.count} runs{blind}", flush=True)
    return bool(seen)


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--stops", type=int, default=200)
    words.add_argument("--restarts", type=int, default=50)
    words.add_argument("--workers", type=int, default=2, help="stops at once")
    words.add_argument("--seed", type=int, default=1)
    given = words.parse_args()
    quiet()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)

        def make_file(part: str) -> str:
            url = f"sqlite:///{folder}/{part}"
            engine = open_engine(url)
            upgrade(engine)
            engine.dispose()
            return url

        def make_database(part: str) -> str:
            return create_database(socket, part)

        sharp = [
            is_sharp("loses bookings", prove_stops(make_file("p1"), 3, 1, lose_bookings), "lost"),
            is_sharp("stops at once", prove_stops(make_file("p2"), 6, 1, stop_at_once), "no end"),
        ]
        binaries = find_postgres()
        if binaries is None:
            print("postgresql: NOT CHECKED, no server is installed")
            return 1
        socket = stack.enter_context(run_postgres(binaries, folder / "postgres"))
        planted = prove_restarts(socket, binaries, make_database("p3"), 6, 1, answer_plainly)
        sharp.append(is_sharp("plain errors", planted, "500"))
        failed = not all(sharp)
        if given.stops:
            pieces = list_pieces("sqlite", make_file, given.stops // 2, given.seed)
            pieces += list_pieces("postgresql", make_database, given.stops // 2, given.seed)
            for name, tally in run_pieces(pieces, given.workers).items():
                failed |= report(name, tally)
        if given.restarts:
            url = make_database("restarts")
            tally = prove_restarts(socket, binaries, url, given.restarts, given.seed)
            failed |= report("postgresql restarts", tally)
            make_file("lock")
            failed |= report("sqlite locked", prove_lock(folder / "lock", given.seed))
    spent = sum(os.times()[:4])
    print(
        f"{'FAILED' if failed else 'proven'}, {time.monotonic() - began:.0f} s, {spent:.0f} s CPU"
    )
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
