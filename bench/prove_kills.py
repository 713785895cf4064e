"""Prove that a killed process leaves nothing half done and loses nothing it had promised.

    python bench/prove_kills.py --bookings 1000 --plans 300 --nights 50

Children book pairs of contacts, store and publish plans, and run nights, and are killed with
SIGKILL at random instants; on PostgreSQL also the server's own backends. After each kill the
database is read: every id that a child had been given is there, pairs are whole, every reservation
has its event and its log entry, plans are whole, exactly one plan is in force and exactly its
contacts are booked, every night ends with one plan however often it died.

First the harness is shown three planted bugs: contacts of a pair committed one by one, an id told
before the commit, and a plan committed before its contacts.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import select
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sqlalchemy import text

from app.application import open_application
from app.log import configure_log
from app.services.nightly import NightlyJob
from app.settings import Settings
from app.store import open_store
from app.store.reservation_rows import draft_of
from app.store.session import open_engine
from bench.prove_storm import OVERLAPS
from tests.app.builders import make_contact, make_plan
from tests.postgres_server import create_database, find_postgres, run_postgres

NOW = datetime(2026, 9, 6, 12, tzinfo=UTC)
CONTACTS = 40  # of a plan
HALF_PAIRS = (
    "SELECT count(*) FROM (SELECT note FROM reservation GROUP BY note HAVING count(*) <> 2) h"
)
NO_EVENT = (
    "SELECT count(*) FROM reservation r WHERE NOT EXISTS"
    " (SELECT 1 FROM reservation_event e WHERE e.reservation_id = r.reservation_id)"
    " OR NOT EXISTS (SELECT 1 FROM audit_entry a WHERE a.subject = r.reservation_id)"
)
HALF_PLANS = (
    "SELECT count(*) FROM plan p WHERE contact_count <>"
    " (SELECT count(*) FROM contact c WHERE c.plan_id = p.plan_id) OR not_taken_count <>"
    " (SELECT count(*) FROM not_taken n WHERE n.plan_id = p.plan_id)"
)
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


Work = Callable[[str, Callable[[str], None], int], None]


@contextlib.contextmanager
def child(work: Work, url: str, number: int) -> Iterator[tuple[int, int]]:
    """Fork a child that works until it is killed; give its id and the pipe it tells by."""
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        code = 1
        with contextlib.suppress(BaseException):
            os.close(reading)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # what a dying child says is no news
            work(url, lambda line: _tell(writing, line), number)
            code = 0
        os._exit(code)
    os.close(writing)
    try:
        yield process, reading
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        os.close(reading)


def _tell(pipe: int, line: str) -> None:
    os.write(pipe, f"{line}\n".encode())


class Killer:
    """Kills children at random instants: after some lines, at any point of the step that follows.

    How long a step takes is learnt as it goes, so that a slow machine is killed as thoroughly.
    """

    def __init__(self, seed: int, most_lines: int) -> None:
        self.chance = random.Random(seed)
        self._most_lines = most_lines
        self._step_s = 0.05

    def kill(self, work: Work, url: str, number: int) -> list[str]:
        """Kill a child; return what it was told until then."""
        with child(work, url, number) as (process, pipe):
            told = self._wait(pipe)
            time.sleep(self.chance.uniform(0.0, 1.5 * self._step_s))
            os.kill(process, signal.SIGKILL)
            told += read_rest(pipe)
        return read_lines(told)

    def _wait(self, pipe: int) -> bytes:
        wanted, told, last = self.chance.randint(1, self._most_lines), b"", 0.0
        while told.count(b"\n") < wanted:
            if not select.select([pipe], [], [], 120.0)[0] or not (part := os.read(pipe, 65_536)):
                break
            now = time.monotonic()
            if told:
                self._step_s = 0.9 * self._step_s + 0.1 * (now - last)
            told, last = told + part, now
        return told


def read_rest(pipe: int) -> bytes:
    told = b""
    while part := os.read(pipe, 65_536):
        told += part
    return told


def read_lines(told: bytes) -> list[str]:
    return [line for line in told.decode().split("\n")[:-1] if line != "ready"]


def book_pairs(url: str, tell: Callable[[str], None], number: int, plant: str = "") -> None:
    """Book pairs of contacts for ever."""
    store = open_store(url)
    tell("ready")
    for step in range(10_000):
        name = f"pair {number} {step}"
        hours = number * 40.0 + step * 2.0
        drafts = [draft_of(make_contact(hours + extra), note=name) for extra in (0.0, 1.0)]
        how: dict[str, Any] = {"who": "e", "why": "", "now_utc": NOW, "gap_rule": lambda a, b: 0.0}
        if plant == "one by one":
            booked = [store.reservations.book([draft], **how)[0] for draft in drafts]
        else:
            if plant == "told too early":
                tell(f"early {name}")
            booked = list(store.reservations.book(drafts, **how))
        for item in booked:
            tell(item.reservation_id)
        if step == 19:
            return


def publish_plans(url: str, tell: Callable[[str], None], number: int, plant: str = "") -> None:
    """Store plans and publish each, for ever."""
    settings = Settings(database_url=url, first_plan_days=0, freeze_s=0)
    application = open_application(settings, clock=lambda: NOW)
    if plant == "plan before contacts":
        _split_plans(application)
    chance = random.Random(number)
    tell("ready")
    for step in range(1_000):
        shift_h = chance.uniform(0.0, 0.5)
        plan = make_plan(
            plan_id=f"plan-{number}-{step}",
            contacts=0,
            losers=60,
        )
        contacts = tuple(make_contact(at + 1 + shift_h) for at in range(CONTACTS))
        application.planning.keep(replace(plan, contacts=contacts))
        application.contacts.publish(plan.plan_id, who="e", why="")
        tell(plan.plan_id)


def _split_plans(application: Any) -> None:
    """The planted bug: the plan's row in one transaction, its contacts in the next."""
    from sqlalchemy import insert

    from app.store import plans
    from app.store.schema import contact

    def keep(made: Any) -> None:
        engine = application.store._engine
        with engine.begin() as connection:
            plans.add_plan(connection, replace(made, contacts=()), created_utc=NOW)
            connection.execute(
                text("UPDATE plan SET contact_count = :n WHERE plan_id = :p"),
                {"n": len(made.contacts), "p": made.plan_id},
            )
        for at, each in enumerate(made.contacts):
            with engine.begin() as connection:
                row = plans._write_contact(made.plan_id, at, each)
                connection.execute(insert(contact), [row])

    application.planning.keep = keep


class NoRefresh:
    """A refresh that asks nobody."""

    def refresh_served(self) -> list[Any]:
        return []


def run_night(url: str, tell: Callable[[str], None], number: int) -> None:
    """Run the night of a number; every attempt comes two minutes after the one before."""
    night, attempt = divmod(number, 1_000)
    now_utc = NOW + timedelta(days=night, minutes=2 * attempt)
    settings = Settings(database_url=url, first_plan_days=0)
    application = open_application(settings, clock=lambda: now_utc)
    job = NightlyJob(
        settings,
        application.store,
        NoRefresh(),  # type: ignore[arg-type]
        application.planning,
        application.contacts,
        application.drift_watch,
        application.clock,
    )
    tell("ready")
    report = job.run(policy="publish", days=0.4, say=lambda line: None)
    tell(report.verdict)


def prove_bookings(url: str, kills: int, seed: int, *, plant: str = "") -> Tally:
    """Kill children that book; everything told is there, every pair is whole."""
    tally, killer = Tally(), Killer(seed, most_lines=9)
    open_store(url).close()

    def work(url: str, tell: Callable[[str], None], number: int) -> None:
        book_pairs(url, tell, number, plant)

    for number in range(kills):
        told = killer.kill(work, url, number)
        tally.kills += 1
        tally.told += len(told)
        tally.faults += [f"kill {number}: {fault}" for fault in _check_bookings(url, told)]
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
        with child(book_pairs, url, 10_000 + number) as (_, pipe):
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
    tally, killer = Tally(), Killer(seed, most_lines=3)
    open_store(url).close()

    def work(url: str, tell: Callable[[str], None], number: int) -> None:
        publish_plans(url, tell, number, plant)

    for number in range(kills):
        told = killer.kill(work, url, number)
        tally.kills += 1
        tally.told += len(told)
        tally.faults += [f"kill {number}: {fault}" for fault in _check_plans(url, told)]
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
    """Kill each night's run until it is let through; each night has one plan and ends once."""
    tally, chance = Tally(), random.Random(seed)
    open_store(url).close()
    whole_s = 0.0
    for night in range(nights):
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
        tally.told += 1
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


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--bookings", type=int, default=1_000)
    words.add_argument("--plans", type=int, default=300)
    words.add_argument("--nights", type=int, default=50)
    words.add_argument("--backends", type=int, default=50)
    words.add_argument("--databases", default="sqlite,postgresql")
    words.add_argument("--seed", type=int, default=1)
    given = words.parse_args()
    configure_log("critical")
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder, failed = Path(name), False
        if "sqlite" in given.databases:
            failed |= not _is_sharp(folder, given.seed)
            failed |= _prove_all(lambda part: f"sqlite:///{folder}/{part}", "sqlite", given)
        if "postgresql" in given.databases:
            binaries = find_postgres()
            if binaries is None:
                print("postgresql: NOT CHECKED, no server is installed")
                return 1
            socket = stack.enter_context(run_postgres(binaries, folder / "postgres"))
            failed |= _prove_all(lambda part: create_database(socket, part), "postgresql", given)
    print("FAILED" if failed else "proven")
    return int(failed)


def _prove_all(make_url: Callable[[str], str], kind: str, given: argparse.Namespace) -> bool:
    """Run every part that is asked for on one kind of database; tell whether any failed."""
    failed, seed = False, given.seed
    if given.bookings:
        count = given.bookings if kind == "sqlite" else max(1, given.bookings * 3 // 10)
        url = make_url("bookings")
        failed |= _report(f"{kind} bookings", prove_bookings(url, count, seed))
        if kind == "postgresql" and given.backends:
            failed |= _report(f"{kind} backends", prove_backends(url, given.backends, seed))
    if given.plans:
        failed |= _report(f"{kind} plans", prove_plans(make_url("plans"), given.plans, seed))
    if given.nights and kind == "sqlite":
        failed |= _report(f"{kind} nights", prove_nights(make_url("nights"), given.nights, seed))
    return failed


def _is_sharp(folder: Path, seed: int) -> bool:
    """Show the harness what it must see."""
    tallies = {
        plant: prove_bookings(f"sqlite:///{folder}/{at}", 40, seed, plant=plant)
        for at, plant in enumerate(("one by one", "told too early"))
    }
    plant = "plan before contacts"
    tallies[plant] = prove_plans(f"sqlite:///{folder}/plant", 15, seed, plant=plant)
    for name, tally in tallies.items():
        blind = "" if tally.faults else ": THE HARNESS IS BLIND"
        print(
            f"planted, {name}: {len(tally.faults)} of {tally.kills} kills show it{blind}",
            flush=True,
        )
    return all(tally.faults for tally in tallies.values())


def _report(name: str, tally: Tally) -> bool:
    print(f"{name}: {tally.kills} kills, {tally.told} told, {len(tally.faults)} faults", flush=True)
    for fault in tally.faults[:10]:
        print(f"  FAULT {fault}", flush=True)
    return bool(tally.faults)


if __name__ == "__main__":
    sys.exit(main())
