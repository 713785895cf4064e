"""Long proofs of the refresh against the real store, on SQLite and PostgreSQL.

    python -m pytest tests/app/store/prove_sources.py -s -q        (make prove-sources)

Every fault of a source with the product's own deadline (an end within 30 s) and its memory
measured; 30 simulated days with four processes that are restarted every hour; the night's lock. The
bites are those of the tests beside it; ``test_the_harness_sees_what_it_must`` plants its own.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.services.nightly import name_night
from app.store import Store
from app.store.session import open_engine
from tests.tle.sources.fault_cases import SETS, TEXTS, ask, try_fault
from tests.tle.sources.fault_server import FAULTS, FaultServer, open_full_port
from tle.refresh import refresh_query
from tle.sources import celestrak, spacetrack
from tle.sources.base import Answer, Politeness, Query
from tle.sources.transport import Transport

REAL_DEADLINE_S = Transport().deadline_s  # 25 s: an end within 30 s even on a loaded machine
START = datetime(2026, 9, 6, 0, 17, tzinfo=UTC)
DAYS, STEP = 30, timedelta(minutes=30)
PROCESSES = 4
SPAWN = multiprocessing.get_context("spawn")


# --- faults, with the real deadline ---------------------------------------------------------------


def run_faults(store, encoding, full_port):
    """Try every fault in one format; return what was wrong and the costliest figures."""
    server = FaultServer(TEXTS[encoding].encode())
    sink, wrong, took = store.refresh_memory, [], []
    ask(sink, server.url("good"), name=f"before-{encoding}")
    for fault in FAULTS:
        name = f"{fault}-{encoding}"
        outcome = try_fault(sink, fault, server, full_port, name=name, deadline_s=REAL_DEADLINE_S)
        wrong += [f"{encoding} {fault}: {each}" for each in outcome.find_wrong(fault, 20.0)]
        took.append((outcome.took_s, fault))
    server.close()
    return wrong, max(took)


def test_every_fault_with_the_real_deadline(store, database_url):
    """All formats at once: the slow ones only wait."""
    with open_full_port() as full_port, ThreadPoolExecutor(len(TEXTS)) as pool:
        results = list(pool.map(lambda each: run_faults(store, each, full_port), TEXTS))

    wrong = [text for found, _ in results for text in found]
    slowest_s, fault = max(worst for _, worst in results)
    print(f"\n{database_url.split(':')[0]}: {len(FAULTS) * len(TEXTS)} cases, {len(wrong)} wrong; "
          f"slowest {slowest_s:.1f} s ({fault})")  # fmt: skip
    assert wrong == []


def test_the_memory_of_every_fault(store, database_url):
    peaks = []
    with open_full_port() as full_port:
        for encoding, text in TEXTS.items():
            server = FaultServer(text.encode())
            ask(store.refresh_memory, server.url("good"), name=f"before-{encoding}")
            for fault in FAULTS:
                outcome = try_fault(
                    store.refresh_memory, fault, server, full_port,
                    name=f"{fault}-{encoding}", deadline_s=1.0, measure=True,
                )  # fmt: skip
                peaks.append((outcome.peak_bytes, fault, encoding))
            server.close()
    assert len(SETS) == 20
    most, fault, encoding = max(peaks)
    print(f"\n{database_url.split(':')[0]}: {len(peaks)} cases, at most {most / 2**20:.1f} MiB "
          f"({fault}, {encoding})")  # fmt: skip
    assert most <= 50 * 2**20


# --- 30 days of four processes --------------------------------------------------------------------


@dataclass
class ScriptedSource:
    """Answer by a seeded draw, and remember when it was asked."""

    name: str
    politeness: Politeness
    now_utc: datetime = START
    asked: list[tuple[datetime, str, str]] = field(default_factory=list)

    def check(self, query):
        pass

    def fetch(self, query):
        draw = random.Random(f"{self.name}{query.key}{self.now_utc}").random()
        status = "refused" if draw < 0.02 else "failed" if draw < 0.1 else "not_modified"
        self.asked.append((self.now_utc, query.key, status))
        return Answer(status, "as drawn")


QUERIES = {
    "celestrak": (celestrak.POLITENESS, ["group=resource", "group=weather", "number=25994"]),
    "space-track": (spacetrack.POLITENESS, ["numbers=1,2", "numbers=3,4"]),
}


def work(number, url, barrier, report):
    """Be one process: every half hour ask what is due, every hour open the database anew."""
    sources = [ScriptedSource(name, politeness) for name, (politeness, _) in QUERIES.items()]
    acknowledged, store = [], None
    for step in range(DAYS * 48):
        true_utc = START + step * STEP
        # from the tenth day on the clock stands an hour behind
        clock_utc = true_utc - timedelta(hours=1) * (step >= 480)
        if step % 2 == 0:
            if store is not None:
                store.close()
            store = Store(open_engine(url))
        barrier.wait()
        for source in sources:
            source.now_utc = true_utc
            if number == 0 and step % 48 == 47:
                if store.refresh_memory.acknowledge(source.name, who="p", now_utc=clock_utc):
                    acknowledged.append((true_utc, source.name))
                continue
            for key in QUERIES[source.name][1]:
                query = Query(*key.split("="))
                refresh_query(source, query, store.refresh_memory, lambda now=clock_utc: now)
    store.close()
    asked = [(at, s.name, key, status) for s in sources for at, key, status in s.asked]
    report.put((asked, acknowledged))


def find_impolite(asked, acknowledged):
    """List what broke the rules: the interval of a query, the rate, asking while blocked."""
    wrong = []
    by_source = defaultdict(list)
    for at, name, key, status in sorted(asked):
        by_source[name].append((at, key, status))
    for name, asks in by_source.items():
        politeness = QUERIES[name][0]
        last, blocked = {}, None
        # of one instant the acknowledgement comes first: nothing is asked without it
        events = [(at, 1, key, status) for at, key, status in asks]
        events += [(at, 0, "", "acknowledged") for at, who in acknowledged if who == name]
        for at, _, key, status in sorted(events):
            if status == "acknowledged":
                blocked = None
                continue
            if key in last and (at - last[key]).total_seconds() < politeness.interval_s:
                wrong.append(f"{name} {key} at {at}: asked {at - last[key]} before")
            if blocked and at > blocked:
                wrong.append(f"{name} {key} at {at}: asked while blocked since {blocked}")
            if at.minute in politeness.quiet_minutes:
                wrong.append(f"{name} at {at}: a quiet minute")
            last[key] = at
            blocked = at if status == "refused" else blocked
        times = [at for at, _, _ in asks]
        for count, window_s in politeness.rates:
            for first, later in zip(times, times[count:], strict=False):
                if (later - first).total_seconds() < window_s:
                    wrong.append(f"{name} at {later}: more than {count} in {window_s:.0f} s")
    return wrong


def test_thirty_days_of_four_processes_restarted_every_hour(store, database_url):
    store.close()
    barrier, report = SPAWN.Barrier(PROCESSES), SPAWN.Queue()
    started = time.monotonic()
    processes = [
        SPAWN.Process(target=work, args=(number, database_url, barrier, report))
        for number in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    results = [report.get(timeout=1500) for _ in processes]
    for process in processes:
        process.join()

    asked = [each for part, _ in results for each in part]
    acknowledged = [each for _, part in results for each in part]
    wrong = find_impolite(asked, acknowledged)
    counts = defaultdict(int)
    for _, name, _, status in asked:
        counts[name, status] += 1
    print(f"\n{database_url.split(':')[0]}: {DAYS} days, {PROCESSES} processes, "
          f"{PROCESSES * DAYS * 24} openings, {len(asked)} questions asked {dict(counts)}, "
          f"{len(acknowledged)} acknowledged, {len(wrong)} wrong, "
          f"{time.monotonic() - started:.0f} s")  # fmt: skip
    assert wrong == []
    assert counts["celestrak", "not_modified"] > 100
    assert counts["celestrak", "refused"] > 0


def test_the_harness_sees_what_it_must():
    at = START
    early = [(at, "celestrak", "number=1", "failed")]
    assert find_impolite([*early, (at + 3 * STEP, *early[0][1:])], [])
    refused = [(at, "celestrak", "number=1", "refused")]
    later = (at + timedelta(days=1), "celestrak", "number=2", "data")
    assert find_impolite([*refused, later], [])
    assert not find_impolite([*refused, later], [(at + timedelta(hours=3), "celestrak")])


# --- the night's lock -----------------------------------------------------------------------------


def start_nights(number, url, barrier, report, nights):
    store = Store(open_engine(url))
    verdicts = []
    for night in range(nights):
        barrier.wait()
        name, runner = f"night-{night}", f"runner-{number}"
        claim = store.nightly_runs.claim(name, runner, now_utc=START)
        if claim.verdict == "yours":
            store.nightly_runs.finish(name, runner, {}, now_utc=START)
        verdicts.append(claim.verdict)
    store.close()
    report.put(verdicts)


def test_two_hundred_nights_started_eight_times_at_once(store, database_url):
    store.close()
    barrier, report = SPAWN.Barrier(8), SPAWN.Queue()
    processes = [
        SPAWN.Process(target=start_nights, args=(number, database_url, barrier, report, 200))
        for number in range(8)
    ]
    for process in processes:
        process.start()
    verdicts = [report.get(timeout=600) for _ in processes]
    for process in processes:
        process.join()

    owners = [list(night).count("yours") for night in zip(*verdicts, strict=True)]
    print(f"\n{database_url.split(':')[0]}: {owners.count(1)} of 200 nights worked once")
    assert owners == [1] * 200


def hold(url, report):
    store = Store(open_engine(url))
    report.put(store.nightly_runs.claim("n", "dies", now_utc=START).verdict)
    time.sleep(600)


def test_a_killed_run_gives_the_night_free_after_a_minute(store, database_url):
    report = SPAWN.Queue()
    process = SPAWN.Process(target=hold, args=(database_url, report))
    process.start()
    assert report.get(timeout=60) == "yours"
    os.kill(process.pid, signal.SIGKILL)
    process.join()

    claim = store.nightly_runs.claim
    assert claim("n", "next", now_utc=START + timedelta(seconds=59)).verdict == "running"
    assert claim("n", "next", now_utc=START + timedelta(seconds=61)).verdict == "yours"


@pytest.mark.parametrize("zone", ["Asia/Almaty", "Europe/Athens", "America/New_York"])
def test_every_night_of_a_leap_year_is_worked_once(store, zone):
    """A timer at 02:17 local time, changes of summer time included, and a second start after it."""
    first, again = [], []
    for day in range(366):
        local = datetime(2028, 1, 1, 2, 17, tzinfo=ZoneInfo(zone)) + timedelta(days=day)
        at = local.astimezone(UTC)
        claim = store.nightly_runs.claim(name_night(at), "first", now_utc=at)
        first.append(claim.verdict)
        store.nightly_runs.finish(name_night(at), "first", {}, now_utc=at)
        later = at + timedelta(minutes=20)
        again.append(store.nightly_runs.claim(name_night(later), "again", now_utc=later).verdict)

    assert first == ["yours"] * 366
    assert again == ["done"] * 366
