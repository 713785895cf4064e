"""Prove that no antenna is ever booked twice: a storm of contested requests over HTTP.

    python bench/prove_storm.py --clients 64 --slots 100

For each kind of database two real server processes share one database. Every client asks once for
every slot, in its own order: for one of the passes that meet in the slot, or to block a span around
it, all with other edges. Afterwards the database itself is asked: no two reservations of an antenna
overlap, each slot has one winner, each 201 is there, each 409 named what really holds
the slot and the nearest pass that is still free. Then every answer is lost once: the winners'
requests are repeated with their Idempotency-Key, and nothing is booked twice.

First the harness is shown servers without the guard and a database without its constraint.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sqlalchemy import text

from app.store.session import open_engine, upgrade
from tests.postgres_server import create_database, find_postgres, run_postgres

ROOT = Path(__file__).resolve().parent.parent
SPACING = timedelta(minutes=45)  # between the cores of slots; no pass reaches the next one
LONGEST = timedelta(minutes=20)
DAYS = 9
RETRIES = 1_000
OCCUPYING = "('reserved', 'preparing', 'executing', 'post_pass', 'blocked')"
OVERLAPS = text(  # reservations that begin before an earlier one of their antenna has ended
    "SELECT count(*) FROM (SELECT reserved_start_utc, MAX(reserved_end_utc) OVER (PARTITION BY"
    " antenna_key ORDER BY reserved_start_utc ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
    f" AS taken_until_utc FROM reservation WHERE state IN {OCCUPYING}) ordered"
    " WHERE reserved_start_utc < taken_until_utc"
)
DROP_GUARD = {
    "sqlite": ("DROP TRIGGER reservation_guard_insert", "DROP TRIGGER reservation_guard_update"),
    "postgresql": ("ALTER TABLE reservation DROP CONSTRAINT ex_reservation_no_overlap",),
}


@dataclass(frozen=True)
class Slot:
    """An instant that every request of the slot covers, and the offers that do."""

    core_utc: datetime
    offers: Sequence[dict[str, Any]]


@dataclass(frozen=True)
class Answer:
    """What one client got for one slot."""

    slot: int
    status: int
    body: dict[str, Any]
    seconds: float
    key: str
    order: dict[str, Any]


@dataclass
class Verdict:
    """What the storm left behind."""

    faults: list[str] = field(default_factory=list)
    overlaps: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    alternatives: int = 0
    retries: int = 0
    median_s: float = 0.0
    p99_s: float = 0.0
    seconds: float = 0.0


class Caller:
    """One keep-alive connection to one server."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._connection = http.client.HTTPConnection(*address, timeout=120)

    def ask(
        self, method: str, path: str, order: dict[str, Any] | None = None, key: str = ""
    ) -> tuple[int, dict[str, Any]]:
        headers = {"Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        body = None if order is None else json.dumps(order)
        self._connection.request(method, path, body=body, headers=headers)
        answer = self._connection.getresponse()
        return answer.status, json.loads(answer.read() or b"{}")


@contextmanager
def serve(database_url: str, folder: Path, *, broken: bool) -> Iterator[tuple[str, int]]:
    """Run one server process on a free port; give its address."""
    environment = os.environ | {
        "ASPAN_DATABASE_URL": database_url,
        "ASPAN_FIRST_PLAN_DAYS": "0",
        "ASPAN_PORT": "0",
        "ASPAN_LOG_LEVEL": "error",
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, str(Path(__file__).resolve()), "--serve"]
    process = subprocess.Popen(
        [*command, "--broken"] if broken else command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"http://([^:]+):(\d+)/", line)
        if found is None:
            raise RuntimeError(f"the server did not start: {line!r}")
        yield found[1], int(found[2])
    finally:
        process.terminate()
        process.wait(60)


def run_server(*, broken: bool) -> None:
    """Be a server; a broken one looks for nothing before it books."""
    from app.commands.serve import run_serve
    from app.settings import load_settings
    from app.store import booking, reservation_guard

    if broken:
        reservation_guard.find_collision = lambda *words, **more: None
        booking.find_collision = reservation_guard.find_collision
    run_serve(load_settings())


def find_slots(address: tuple[str, int], count: int) -> list[Slot]:
    """Choose instants far from each other at which several passes can be had."""
    query = urlencode({"satellite": "all", "station": "kaznu", "days": DAYS, "limit": 1000})
    caller, offers, offset = Caller(address), [], 0
    while True:
        status, page = caller.ask("GET", f"/v1/available-passes?{query}&offset={offset}")
        if status != 200:
            raise RuntimeError(f"available passes: {status} {page}")
        offers += page["available"]
        if page["next_offset"] is None:
            break
        offset = page["next_offset"]
    spans = [(read_span(each["contact"]), each) for each in offers]
    spans = [(span, each) for span, each in spans if span[1] - span[0] < LONGEST]
    slots: list[Slot] = []
    for (start, end), _ in sorted(spans, key=lambda item: item[0]):
        core = start + (end - start) / 2
        if slots and core - slots[-1].core_utc < SPACING:
            continue
        around = [each for (low, high), each in spans if low < core < high]
        if len(around) >= 2:
            slots.append(Slot(core, around))
    if len(slots) < count:
        raise RuntimeError(f"only {len(slots)} slots of {count}")
    return slots[:count]


def read_span(contact: dict[str, Any]) -> tuple[datetime, datetime]:
    return (
        datetime.fromisoformat(contact["start_utc"]),
        datetime.fromisoformat(contact["end_utc"]),
    )


def storm(
    addresses: Sequence[tuple[str, int]], slots: Sequence[Slot], clients: int, seed: int
) -> list[Answer]:
    """Let every client ask for every slot, all at once."""
    answers: list[Answer] = []
    failures: list[BaseException] = []
    start = threading.Barrier(clients)

    def run(client: int) -> None:
        chance = random.Random(seed * 1_000 + client)
        caller = Caller(addresses[client % len(addresses)])
        start.wait()
        try:
            # Neighbours in the order fight for the same slot at the same time.
            order = sorted(range(len(slots)), key=lambda slot: slot + chance.uniform(0, 3))
            for slot in order:
                key = f"storm-{seed}-{client}-{slot}"
                path, body = make_order(slots[slot], chance)
                began = time.monotonic()
                status, answer = caller.ask("POST", path, body, key)
                seconds = time.monotonic() - began
                answers.append(Answer(slot, status, answer, seconds, key, body))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(client,)) for client in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return answers


def make_order(slot: Slot, chance: random.Random) -> tuple[str, dict[str, Any]]:
    """Choose a pass of the slot, or a blocked span around its core."""
    if chance.random() < 0.75:
        offer = chance.choice(slot.offers)
        return "/v1/contacts", {"token": offer["token"], "override": "storm", "why": "storm"}
    before, after = (timedelta(seconds=chance.uniform(5, 600)) for _ in range(2))
    return "/v1/blocks", {
        "station": "kaznu",
        "antenna": "antenna-1",
        "start": (slot.core_utc - before).isoformat(),
        "end": (slot.core_utc + after).isoformat(),
        "why": "storm",
    }


def judge(engine: Any, slots: Sequence[Slot], answers: Sequence[Answer], clients: int) -> Verdict:
    """Ask the database, not the answers."""
    verdict = Verdict(statuses=Counter(answer.status for answer in answers))
    with engine.connect() as connection:
        verdict.overlaps = connection.execute(OVERLAPS).scalar()
        rows = connection.execute(
            text(
                "SELECT reservation_id, reserved_start_utc, reserved_end_utc FROM reservation"
                f" WHERE state IN {OCCUPYING}"
            )
        ).all()
    if verdict.overlaps:
        verdict.faults.append(f"{verdict.overlaps} overlapping reservations")
    spans = {row[0]: (read_utc(row[1]), read_utc(row[2])) for row in rows}
    for at, slot in enumerate(slots):
        holders = {name for name, (low, high) in spans.items() if low < slot.core_utc < high}
        won = {a.body["reservation_id"] for a in answers if a.slot == at and a.status == 201}
        if len(holders) != 1 or won != holders:
            verdict.faults.append(f"slot {at}: {len(won)} told they won, {len(holders)} hold it")
        lost = [a for a in answers if a.slot == at and a.status == 409]
        verdict.faults += [
            f"slot {at}: 409 names {a.body.get('others')}"
            for a in lost
            if not any(other.get("reservation_id") in holders for other in a.body["others"])
        ]
        contacts = [a for a in lost if "token" in a.order]
        verdict.alternatives += sum(1 for a in contacts if a.body["alternative"] is not None)
        verdict.faults += [
            f"slot {at}: no alternative" for a in contacts if a.body["alternative"] is None
        ]
    asked = clients * len(slots)
    if verdict.statuses[201] + verdict.statuses[409] != asked:
        verdict.faults.append(f"answers {dict(verdict.statuses)} to {asked} requests")
    if len(rows) != len(slots):
        verdict.faults.append(f"{len(rows)} reservations for {len(slots)} slots")
    return verdict


def read_utc(value: Any) -> datetime:
    """Read an instant of either database (SQLite keeps text without an offset)."""
    instant = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return instant.astimezone() if instant.tzinfo else datetime.fromisoformat(f"{value}+00:00")


def check_alternatives(
    address: tuple[str, int], slots: Sequence[Slot], answers: Sequence[Answer], count: int = 20
) -> list[str]:
    """Lose again now that all is quiet, and book the alternative each time."""
    faults = []
    caller = Caller(address)
    lost = [a for a in answers if a.status == 409 and "token" in a.order]
    for answer in random.Random(1).sample(lost, min(count, len(lost))):
        status, body = caller.ask("POST", "/v1/contacts", answer.order)
        token = (body.get("alternative") or {}).get("token", "none")
        order = {"token": token, "override": "storm"}
        booked, told = caller.ask("POST", "/v1/contacts", order)
        if (status, booked) != (409, 201):
            faults.append(f"alternative of slot {answer.slot}: {status}, {booked} {told}")
        else:
            caller.ask("POST", f"/v1/contacts/{told['reservation_id']}/cancel", {"why": "storm"})
    return faults


def retry(
    addresses: Sequence[tuple[str, int]], answers: Sequence[Answer], count: int
) -> tuple[int, list[str]]:
    """Repeat winners' requests with their keys, several at once; the same contact must answer."""
    winners = [a for a in answers if a.status == 201 and "token" in a.order]
    work = list(itertools.islice(itertools.cycle(winners), count)) if winners else []
    faults: list[str] = []

    def run(part: Sequence[Answer], address: tuple[str, int]) -> None:
        caller = Caller(address)
        for winner in part:
            status, body = caller.ask("POST", "/v1/contacts", winner.order, winner.key)
            if status != 200 or body["reservation_id"] != winner.body["reservation_id"]:
                faults.append(f"retry of {winner.body['reservation_id']}: {status} {body}")

    threads = [
        threading.Thread(target=run, args=(work[at::8], addresses[at % len(addresses)]))
        for at in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(work), faults


def prove(
    database_url: str, folder: Path, *, clients: int, slots: int, seed: int, broken: bool = False
) -> Verdict:
    """Storm one database with two servers and judge what is left."""
    engine = open_engine(database_url)
    upgrade(engine)
    if broken:
        with engine.begin() as connection:
            for statement in DROP_GUARD[engine.dialect.name]:
                connection.execute(text(statement))
    began = time.monotonic()
    with ExitStack() as stack:
        addresses = [
            stack.enter_context(serve(database_url, folder, broken=broken)) for _ in range(2)
        ]
        chosen = find_slots(addresses[0], slots)
        answers = storm(addresses, chosen, clients, seed)
        verdict = judge(engine, chosen, answers, clients)
        if not broken:
            verdict.faults += check_alternatives(addresses[1], chosen, answers)
            verdict.retries, faults = retry(addresses, answers, RETRIES)
            verdict.faults += faults
            again = judge(engine, chosen, answers, clients)
            verdict.faults += [f"after the retries: {fault}" for fault in again.faults]
    seconds = sorted(answer.seconds for answer in answers)
    verdict.median_s = seconds[len(seconds) // 2]
    verdict.p99_s = seconds[int(len(seconds) * 0.99)]
    verdict.seconds = time.monotonic() - began
    engine.dispose()
    return verdict


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--clients", type=int, default=64)
    words.add_argument("--slots", type=int, default=100)
    words.add_argument("--databases", default="sqlite,postgresql")
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    words.add_argument("--broken", action="store_true", help=argparse.SUPPRESS)
    given = words.parse_args()
    if given.serve:
        run_server(broken=given.broken)
        return 0
    failed = False
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder, socket = Path(name), None
        binaries = find_postgres()
        for kind in given.databases.split(","):
            if kind == "postgresql":
                if binaries is None:
                    print("postgresql: NOT CHECKED, no server is installed")
                    return 1
                socket = stack.enter_context(run_postgres(binaries, folder / "postgres"))
            for broken in (True, False):
                if socket is not None:
                    url = create_database(socket, f"storm{broken:d}")
                else:
                    url = f"sqlite:///{folder}/storm{broken:d}.sqlite3"
                clients, slots = (16, 20) if broken else (given.clients, given.slots)
                verdict = prove(
                    url, folder, clients=clients, slots=slots, seed=given.seed, broken=broken
                )
                report(kind, clients * slots, verdict, broken=broken)
                failed |= bool(verdict.faults) != broken
    print("FAILED" if failed else "proven")
    return int(failed)


def report(kind: str, requests: int, verdict: Verdict, *, broken: bool) -> None:
    if broken:
        print(
            f"{kind}: without guard and constraint {verdict.overlaps} overlapping reservations in "
            f"{requests} requests, {len(verdict.faults)} faults seen"
            + ("" if verdict.faults else ": THE HARNESS IS BLIND"),
            flush=True,
        )
        return
    print(
        f"{kind}: {requests} requests in {verdict.seconds:.0f} s, answers "
        f"{dict(sorted(verdict.statuses.items()))}, {verdict.overlaps} overlaps, "
        f"{verdict.alternatives} alternatives, {verdict.retries} retries with their key, "
        f"median {verdict.median_s:.2f} s, p99 {verdict.p99_s:.2f} s, "
        f"{len(verdict.faults)} faults",
        flush=True,
    )
    for fault in verdict.faults[:20]:
        print(f"  FAULT {fault}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
