"""A real service in a process of its own, and people who book, cancel, block and order plans.

Every client writes down what it was promised; ``find_lost`` asks the database afterwards.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import re
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text

from app.commands.serve import run_serve
from app.log import configure_log
from app.services.availability import make_offer
from app.services.contacts import TOKEN_SECRET
from app.settings import Settings
from app.store import open_store
from app.store.session import open_engine
from bench.killed_work import HALF_PLANS
from bench.prove_storm import OVERLAPS
from tests.app.builders import START_UNIX_S, make_contact
from tle.timebase import to_unix_s

CLIENTS = 4
GOOD = (200, 201, 202, 404, 409, 422, 429)
Plant = Callable[[], None]


@dataclass
class Service:
    """A service process and where it listens."""

    process: int
    address: tuple[str, int]

    def terminate(self, limit_s: float) -> tuple[int | None, float]:
        """Send SIGTERM; return how the process ended (None: it did not) and after how long."""
        began = time.monotonic()
        os.kill(self.process, signal.SIGTERM)
        while time.monotonic() - began < limit_s:
            done, status = os.waitpid(self.process, os.WNOHANG)
            if done:
                return os.waitstatus_to_exitcode(status), time.monotonic() - began
            time.sleep(0.01)
        return None, limit_s


@contextmanager
def serve(url: str, plant: Plant | None = None, **settings: Any) -> Iterator[Service]:
    """Fork a service on a free port; it is killed at the end if it still lives."""
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        with suppress(BaseException):
            os.close(reading)
            os.dup2(writing, 1)
            sys.stdout = os.fdopen(1, "w", buffering=1)
            del sys.modules["__main__"].__file__  # its workers need not load the proof
            if plant is not None:
                plant()
            chosen = {"first_plan_days": 0, "port": 0, "log_level": "critical"} | settings
            run_serve(Settings(database_url=url, **chosen))
        os._exit(0)
    os.close(writing)
    try:
        with os.fdopen(reading) as told:
            found = re.search(r"http://([^:]+):(\d+)/", told.readline())
            if found is None:
                raise RuntimeError("the service did not start")
            yield Service(process, (found[1], int(found[2])))
    finally:
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)


@dataclass
class Promises:
    """What clients were told; ``allowed`` are the states that each reservation may be in."""

    allowed: dict[str, set[str]] = field(default_factory=dict)
    jobs: set[str] = field(default_factory=set)
    statuses: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    successes: list[float] = field(default_factory=list)  # instants of accepted writes
    slowest_s: float = 0.0

    def add(self, other: Promises) -> None:
        self.allowed |= other.allowed
        self.jobs |= other.jobs
        self.statuses += other.statuses
        self.faults += other.faults
        self.successes += other.successes
        self.slowest_s = max(self.slowest_s, other.slowest_s)


class Client(threading.Thread):
    """Somebody who works with the service until told to stop.

    ``persistent`` clients go on after a lost connection; ``every_s`` is the time from one act to
    the next.
    """

    def __init__(
        self,
        address: tuple[str, int],
        tokens: Sequence[str],
        seed: int,
        *,
        persistent: bool = False,
        every_s: float = 0.0,
        orders_plans: bool = False,
    ) -> None:
        super().__init__(daemon=True)
        self.promises = Promises()
        self.stopping = threading.Event()
        self._address = address
        self._tokens = tokens
        self._chance = random.Random(seed)
        self._persistent = persistent
        self._every_s = every_s
        self._orders_plans = orders_plans
        self._mine: list[str] = []
        self._connection: http.client.HTTPConnection | None = None

    def run(self) -> None:
        """Act until stopped, or until the service is gone."""
        due_s = time.monotonic()
        while not self.stopping.wait(max(0.0, due_s - time.monotonic())):
            due_s = max(due_s, time.monotonic() - 2.0 * self._every_s) + self._every_s
            try:
                self._act()
            except (OSError, http.client.HTTPException, ValueError):
                self._connection = None
                if not self._persistent:
                    return
                time.sleep(0.05)

    def _act(self) -> None:
        dice = self._chance.random()
        if self._orders_plans and not self.promises.jobs:
            dice = 0.87  # the first thing, so that a plan is being made when it stops
        if dice < 0.45 and self._tokens:
            order = {"token": self._chance.choice(self._tokens), "override": "load"}
            self._keep(self._ask("POST", "/v1/contacts", order), "reserved")
        elif dice < 0.65:
            self._keep(self._ask("POST", "/v1/blocks", self._make_block()), "blocked")
        elif dice < 0.85 and self._mine:
            self._give_back(self._mine.pop(self._chance.randrange(len(self._mine))))
        elif dice < 0.88 and self._orders_plans:
            status, body = self._ask("POST", "/v1/plans", {"days": 0.5, "solver": "greedy"})
            if status == 202:
                self.promises.jobs.add(body["job_id"])
        else:
            self._ask("GET", "/v1/contacts?limit=20", None)

    def _make_block(self) -> dict[str, str]:
        start = datetime.now(UTC) + timedelta(days=30, minutes=self._chance.randrange(10**6))
        return {
            "station": "kaznu",
            "antenna": "antenna-1",
            "start": start.isoformat(),
            "end": (start + timedelta(minutes=1)).isoformat(),
            "why": "load",
        }

    def _keep(self, answer: tuple[int, dict[str, Any]], state: str) -> None:
        status, body = answer
        if status == 201:
            self.promises.allowed[body["reservation_id"]] = {state}
            self._mine.append(body["reservation_id"])

    def _give_back(self, name: str) -> None:
        is_block = name.startswith("block-")
        after = "lifted" if is_block else "cancelled"
        self.promises.allowed[name].add(after)  # asked, not answered: both may be
        verb = f"/v1/blocks/{name}/lift" if is_block else f"/v1/contacts/{name}/cancel"
        status, _ = self._ask("POST", verb, {"why": "load"})
        if status == 200:
            self.promises.allowed[name] = {after}

    def _ask(self, method: str, path: str, order: Any) -> tuple[int, dict[str, Any]]:
        status, body = self._fetch(method, path, order)
        return status, json.loads(body or b"{}")

    def _fetch(self, method: str, path: str, order: Any = None) -> tuple[int, bytes]:
        if self._connection is None:
            self._connection = http.client.HTTPConnection(*self._address, timeout=200)
        began = time.monotonic()
        body = None if order is None else json.dumps(order)
        self._connection.request(method, path, body, {"Content-Type": "application/json"})
        answer = self._connection.getresponse()
        told = answer.read()
        promises, now_s = self.promises, time.monotonic()
        promises.statuses[answer.status] += 1
        promises.slowest_s = max(promises.slowest_s, now_s - began)
        if method == "POST" and answer.status in (200, 201, 202):
            promises.successes.append(now_s)
        is_patient = answer.status == 503 and answer.getheader("Retry-After")
        if answer.status not in GOOD and not is_patient:
            promises.faults.append(f"{method} {path}: {answer.status} {told[:100]!r}")
        return answer.status, told


@dataclass
class Load:
    """Clients at work; their promises are complete when they have stopped."""

    clients: list[Client]
    promises: Promises = field(default_factory=Promises)

    def wait_for_writes(self, count: int, limit_s: float = 60.0) -> None:
        """Wait until so many writes were accepted: a stop is to come in the middle of work."""
        until_s = time.monotonic() + limit_s
        while time.monotonic() < until_s:
            if sum(len(client.promises.successes) for client in self.clients) >= count:
                return
            time.sleep(0.01)

    def wait_for_refusals(self, limit_s: float) -> None:
        """Wait until somebody was told that the database does not answer."""
        until_s = time.monotonic() + limit_s
        while time.monotonic() < until_s:
            if any(client.promises.statuses[503] for client in self.clients):
                return
            time.sleep(0.01)


@contextmanager
def load(
    address: tuple[str, int], tokens: Sequence[str], seed: int, **words: Any
) -> Iterator[Load]:
    """Let clients work with a service."""
    clients = [
        Client(address, tokens, seed * 100 + at, orders_plans=at == 0, **words)
        for at in range(CLIENTS)
    ]
    for client in clients:
        client.start()
    work = Load(clients)
    try:
        yield work
    finally:
        for client in clients:
            client.stopping.set()
        for client in clients:
            client.join(200)
            work.promises.add(client.promises)


def make_tokens(url: str) -> list[str]:
    """Make tokens that the service on a database accepts, for contacts of the coming days."""
    store = open_store(url)
    secret, now_utc = store.secrets.read(TOKEN_SECRET), datetime.now(UTC)
    store.close()
    first_h = int((to_unix_s(now_utc) - START_UNIX_S) / 3_600.0) + 2
    contacts = [make_contact(first_h + hour) for hour in range(120)]
    return [make_offer(contact, secret, now_utc).token for contact in contacts]


def find_lost(url: str, promises: Promises) -> list[str]:
    """Ask the database what became of everything that was promised."""
    engine = open_engine(url)
    with engine.connect() as connection:
        states = dict(
            connection.execute(text("SELECT reservation_id, state FROM reservation")).all()
        )
        jobs = dict(connection.execute(text("SELECT job_id, state FROM job")).all())
        counts = {
            "overlaps": connection.execute(OVERLAPS).scalar(),
            "half plans": connection.execute(text(HALF_PLANS)).scalar(),
            "succeeded jobs without their plan": connection.execute(
                text(
                    "SELECT count(*) FROM job WHERE kind = 'plan' AND state = 'succeeded' AND"
                    " (SELECT count(*) FROM plan) < (SELECT count(*) FROM job WHERE kind = 'plan'"
                    " AND state = 'succeeded')"
                )
            ).scalar(),
        }
    engine.dispose()
    faults = [f"{count} {what}" for what, count in counts.items() if count]
    faults += [
        f"{name} was accepted and is {states.get(name, 'lost')}, not {' or '.join(sorted(may))}"
        for name, may in promises.allowed.items()
        if states.get(name) not in may
    ]
    return faults + [f"job {name} was accepted and is lost" for name in promises.jobs - jobs.keys()]


def find_unfinished(url: str) -> list[str]:
    """List jobs that a stopped service left without an end."""
    engine = open_engine(url)
    with engine.connect() as connection:
        names = connection.execute(
            text("SELECT job_id FROM job WHERE state NOT IN ('succeeded', 'failed')")
        ).scalars()
        left = [f"job {name} has no end" for name in names]
    engine.dispose()
    return left


def quiet() -> None:
    """Say nothing but what is fatal."""
    configure_log("critical")
