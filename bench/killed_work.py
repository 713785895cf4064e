"""Children that work until they are killed: they book, store and publish plans, run nights.

Whoever kills them reads by a pipe what they had been told until then. ``plant`` makes a child work
with a fault that the proof must see.
"""

from __future__ import annotations

import contextlib
import os
import random
import select
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, text

import scheduler.planning  # noqa: F401 (so that no child has to import it)
from app.application import open_application
from app.services.nightly import NightlyJob
from app.settings import Settings
from app.store import open_store, plans
from app.store.reservation_rows import draft_of
from app.store.schema import contact
from tests.app.builders import make_contact, make_plan

NOW = datetime(2026, 9, 6, 12, tzinfo=UTC)
CONTACTS = 40  # of a plan
HALF_PAIRS = (
    "SELECT count(*) FROM (SELECT note FROM reservation GROUP BY note HAVING count(*) <> 2) h"
)
NO_EVENT = (
    "SELECT count(*) FROM (SELECT reservation_id FROM reservation EXCEPT SELECT reservation_id FROM"
    " (SELECT reservation_id FROM reservation_event INTERSECT SELECT subject FROM audit_entry) told"
    ") untold"
)
HALF_PLANS = (
    "SELECT count(*) FROM plan p WHERE contact_count <>"
    " (SELECT count(*) FROM contact c WHERE c.plan_id = p.plan_id) OR not_taken_count <>"
    " (SELECT count(*) FROM not_taken n WHERE n.plan_id = p.plan_id)"
)

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

    def __init__(self, seed: int, most_lines: int, step_s: float) -> None:
        self.chance = random.Random(seed)
        self._most_lines = most_lines
        self._step_s = step_s

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
                self._step_s = 0.7 * self._step_s + 0.3 * (now - last)
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
    report = job.run(policy="publish", days=0.4, on_step=lambda name, figures: None)
    tell(report.verdict)
