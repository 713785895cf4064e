"""Prove that the service stays as it is, hour after hour: memory, descriptors, threads, log.

    python bench/prove_soak.py --minutes 24

A real service on SQLite, with five weeks behind it and a week ahead (``bench/aged_station.py``),
gets five requests a second of what people and machines ask: passes,
offers, bookings, cancellations, blocked spans, plans, pages, exports, health, metrics, event
streams that open and close. Meanwhile a refresh of its own brings newer element sets from a server
on this machine every two minutes, and every contact is compared with them. The service and its
workers are measured every second. In the warm-up people ask three times as often, so that what is
remembered of everything is remembered; after it memory must not grow. Nothing may be answered with
5xx, and at the end everything that was accepted is in the database.

**Slope and resolution.** Memory moves in steps: minutes of nothing, then an arena more. So the
slope is the line through the medians of ten spans of the time after the warm-up, and its
uncertainty (95 %, Student's t) comes from how far the medians lie from the line. A leak that grows
faster than slope and uncertainty together would have been seen, a slower one not. It fails when
the growth is certain: slope less uncertainty above the limit.

First the harness is shown services in which every request leaves something behind: 20 kB in a
global list (about 400 MB an hour, of which half must be seen); an open file and a thread.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import degrees
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import psutil

from app.memory import share_one_heap
from app.store import open_store
from bench.aged_station import YOUNG_YEARS, copy, grow, make_station
from bench.loaded_service import (
    CLIENTS,
    Plant,
    Promises,
    find_lost,
    quiet,
    serve,
)
from bench.visitor import RATE_HZ, Visitor
from tests.tle.sources.celestrak_server import CelestrakServer
from tle.elements import ElementSet
from tle.propagation import find_record
from tle.refresh import refresh_query
from tle.sources.base import Politeness, Query
from tle.sources.celestrak import CelestrakSource
from tle.sources.transport import Transport
from tle.starter import load_starter

REFRESH_S = 120.0
SAMPLE_S = 1.0
SPANS = 10
STUDENT_T = 2.306  # 95 %, two-sided, of SPANS - 2 degrees of freedom
SLOPE_LIMIT_MB_H = 1.0
MEMORY_LIMIT_MB = 400.0
PLANTED_MB_H = 400.0
SPREAD = 5  # of descriptors and threads
LOG_LIMIT_MB = 64.0
MB = 1e6


@dataclass(frozen=True)
class Sample:
    """The service at one moment.

    ``memory_mb`` is resident memory of the service and its workers, each shared page counted once;
    ``own_memory_mb`` all that is resident in the service's own process.
    """

    at_s: float
    memory_mb: float
    own_memory_mb: float
    descriptors: int
    threads: int
    log_mb: float


@dataclass
class Soak:
    """What was seen and told."""

    samples: list[Sample] = field(default_factory=list)
    promises: Promises = field(default_factory=Promises)
    took_s: float = 0.0
    streams: int = 0
    refreshes: Counter[str] = field(default_factory=Counter)
    new_sets: int = 0
    faults: list[str] = field(default_factory=list)


def bring_forward(elements: ElementSet, epoch_utc: datetime) -> ElementSet:
    """Turn a set's angles on to a later epoch by its own secular rates."""
    record = find_record(elements)
    minutes = (epoch_utc - elements.epoch_utc) / timedelta(minutes=1)

    def turn(angle_deg: float, rate_rad_min: float) -> float:
        return round((angle_deg + degrees(rate_rad_min * minutes)) % 360.0, 4) % 360.0

    return replace(
        elements,
        epoch_utc=epoch_utc,
        raan_deg=turn(elements.raan_deg, record.nodedot),
        arg_perigee_deg=turn(elements.arg_perigee_deg, record.argpdot),
        mean_anomaly_deg=turn(elements.mean_anomaly_deg, record.mdot),
    )


class Refresher(threading.Thread):
    """Another process's refresh: newer sets of all satellites, from a server of its own."""

    def __init__(self, url: str, soak: Soak) -> None:
        super().__init__(daemon=True)
        self.stopping = threading.Event()
        self._store = open_store(url)
        self._soak = soak
        self._server = CelestrakServer({})
        self._source = CelestrakSource(
            Transport(allow_private_addresses=True),
            base_url=self._server.url,
            politeness=Politeness(0.0),
        )

    def refresh(self) -> None:
        """Bring the sets of an hour ago."""
        epoch_utc = datetime.now(UTC) - timedelta(hours=1)
        sets = [bring_forward(each, epoch_utc) for each in load_starter()]
        self._server.update({"resource": sets})
        report = refresh_query(
            self._source,
            Query("group", "resource"),
            self._store.refresh_memory,
            lambda: datetime.now(UTC),
        )
        self._soak.refreshes[report.status] += 1
        self._soak.new_sets += report.new_count
        if report.status != "data":
            self._soak.faults.append(f"refresh: {report.status} {report.reason}")

    def run(self) -> None:
        while not self.stopping.wait(REFRESH_S):
            self.refresh()

    def close(self) -> None:
        self.stopping.set()
        if self.is_alive():
            self.join(60)
        self._server.close()
        self._store.close()


@contextmanager
def visiting(address: tuple[str, int], soak: Soak, seed: int, warm_up_s: float) -> Iterator[None]:
    """Let visitors work; their promises are complete afterwards."""
    visitors = [Visitor(address, seed * 100 + at, warm_up_s) for at in range(CLIENTS)]
    for visitor in visitors:
        visitor.start()
    try:
        yield
    finally:
        for visitor in visitors:
            visitor.stopping.set()
        for visitor in visitors:
            visitor.join(200)
            soak.promises.add(visitor.promises)
            soak.streams += visitor.streams_opened


def measure(process: psutil.Process, log: Path, began_s: float) -> Sample:
    """Measure the service and its workers now."""
    own = read_memory(process.pid)
    memory_mb = own["Pss"]
    for child in process.children(recursive=True):
        with suppress(OSError, KeyError):  # a worker that has just ended
            memory_mb += read_memory(child.pid)["Pss"]
    return Sample(
        at_s=time.monotonic() - began_s,
        memory_mb=memory_mb,
        own_memory_mb=own["Rss"],
        descriptors=process.num_fds(),
        threads=process.num_threads(),
        log_mb=log.stat().st_size / MB if log.exists() else 0.0,
    )


def read_memory(process_id: int) -> dict[str, float]:
    """Read the kernel's sums of a process's pages (Rss, Pss, ...), in MB."""
    rows = Path(f"/proc/{process_id}/smaps_rollup").read_text(encoding="ascii").splitlines()[1:]
    return {
        name: int(size.split()[0]) * 1_024 / MB
        for name, _, size in (r.partition(":") for r in rows)
    }


def soak_service(
    station: Path, seconds: float, seed: int, warm_up_s: float, plant: Plant | None = None
) -> Soak:
    """Let a service work for so long on a copy of a station's database."""
    soak, file = Soak(), station.with_name(f"soak-{seed}.sqlite3")
    url, log = f"sqlite:///{file}", Path(f"{file}-wal")
    copy(station, file)
    with serve(url, plant) as service:
        refresher = Refresher(url, soak)
        refresher.refresh()
        process, began_s = psutil.Process(service.process), time.monotonic()
        with visiting(service.address, soak, seed, warm_up_s):
            refresher.start()
            while (passed_s := time.monotonic() - began_s) < seconds:
                soak.samples.append(measure(process, log, began_s))
                time.sleep(SAMPLE_S - (time.monotonic() - began_s - passed_s) % SAMPLE_S)
        soak.took_s = time.monotonic() - began_s
        refresher.close()
        service.terminate(30.0)
    soak.faults += soak.promises.faults + find_lost(url, soak.promises)
    return soak


def split(samples: Sequence[Sample], parts: int) -> list[Sequence[Sample]]:
    """Cut samples into parts of one length."""
    edges = [round(at * len(samples) / parts) for at in range(parts + 1)]
    return [samples[start:end] for start, end in pairwise(edges)]


def find_slope(samples: Sequence[Sample], name: str) -> tuple[float, float]:
    """Return the growth of a figure in units an hour, and its uncertainty (95 %)."""
    parts = split(samples, SPANS)
    hours = [statistics.median(each.at_s for each in part) / 3_600.0 for part in parts]
    levels = [statistics.median(getattr(each, name) for each in part) for part in parts]
    slope, start = statistics.linear_regression(hours, levels)
    left = sum(
        (level - start - slope * hour) ** 2 for hour, level in zip(hours, levels, strict=True)
    )
    middle = statistics.mean(hours)
    width = sum((hour - middle) ** 2 for hour in hours)
    return slope, STUDENT_T * (left / (SPANS - 2) / width) ** 0.5


def judge(soak: Soak, warm_up_s: float, limit_mb_h: float = SLOPE_LIMIT_MB_H) -> list[str]:
    """List what is wrong after the warm-up."""
    samples = [each for each in soak.samples if each.at_s >= warm_up_s]
    faults = list(soak.faults)
    for name, words in (("own_memory_mb", "own memory"), ("memory_mb", "memory with workers")):
        slope, uncertainty = find_slope(samples, name)
        if slope - uncertainty > limit_mb_h:
            faults.append(f"{words} grows by {slope:.1f} ± {uncertainty:.1f} MB/h")
    most_mb = max(each.memory_mb for each in soak.samples)
    if most_mb > MEMORY_LIMIT_MB:
        faults.append(f"memory reached {most_mb:.0f} MB")
    parts = split(samples, SPANS)
    for name in ("descriptors", "threads"):
        first, last = (
            statistics.median(getattr(each, name) for each in part)
            for part in (parts[0], parts[-1])
        )
        if abs(last - first) > SPREAD:
            faults.append(f"{name}: {first:.0f} became {last:.0f}")
    most_log_mb = max(each.log_mb for each in soak.samples)
    if most_log_mb > LOG_LIMIT_MB:
        faults.append(f"the database's log reached {most_log_mb:.0f} MB")
    asked = sum(soak.promises.statuses.values())
    if asked < 0.9 * RATE_HZ * soak.took_s:
        faults.append(f"only {asked / soak.took_s:.1f} requests a second: nothing is shown")
    return faults


def remember_requests() -> None:
    """Plant: every request leaves 20 kB in a global list."""
    kept = []
    _at_every_request(lambda: kept.append([bytes(200) for _ in range(100)]))


def leave_things_open() -> None:
    """Plant: every request leaves an open file and a thread."""
    kept = []

    def leave() -> None:
        kept.append(open(os.devnull))  # noqa: SIM115
        threading.Thread(target=threading.Event().wait, daemon=True).start()

    _at_every_request(leave)


def _at_every_request(act: Callable[[], None]) -> None:
    from app.api.guard import Guard

    real = Guard.__call__

    async def call(self: Any, scope: Any, receive: Any, send: Any) -> None:
        act()
        await real(self, scope, receive, send)

    Guard.__call__ = call  # type: ignore[method-assign]


def report(soak: Soak, warm_up_s: float) -> None:
    """Print what was measured."""
    samples = [each for each in soak.samples if each.at_s >= warm_up_s]
    first, last = split(samples, SPANS)[0], split(samples, SPANS)[-1]
    promises = soak.promises
    asked = sum(promises.statuses.values())
    answers = ", ".join(f"{status}: {count}" for status, count in sorted(promises.statuses.items()))
    print(
        f"{soak.took_s / 60:.1f} min, {asked} requests ({asked / soak.took_s:.2f}/s), answers "
        f"{answers}, slowest {promises.slowest_s:.1f} s; {len(promises.allowed)} reservations, "
        f"{len(promises.jobs)} plans, {soak.streams} event streams, "
        f"{sum(soak.refreshes.values())} refreshes with {soak.new_sets} new sets"
    )
    for name, unit in (
        ("memory_mb", "MB"),
        ("own_memory_mb", "MB without workers"),
        ("descriptors", "descriptors"),
        ("threads", "threads"),
        ("log_mb", "MB of write-ahead log"),
    ):
        levels = [statistics.median(getattr(each, name) for each in part) for part in (first, last)]
        most = max(getattr(each, name) for each in soak.samples)
        slope, uncertainty = find_slope(samples, name)
        print(
            f"  {levels[0]:,.1f} to {levels[1]:,.1f} {unit}, at most {most:,.1f}, "
            f"{slope:+,.1f} ± {uncertainty:,.1f} an hour"
        )


def is_sharp(station: Path) -> bool:
    """Show the harness what it must see."""
    sharp = True
    for at, (plant, words) in enumerate(PLANTS.items(), start=100):
        faults = judge(soak_service(station, 90.0, at, 30.0, plant), 45.0, PLANTED_MB_H / 2.0)
        blind = "" if all(word in "; ".join(faults) for word in words) else ": THE HARNESS IS BLIND"
        print(f"planted, {plant.__name__}: {'; '.join(faults)}{blind}", flush=True)
        sharp &= not blind
    return sharp


PLANTS = {
    remember_requests: ("own memory grows",),
    leave_things_open: ("descriptors", "threads"),
}


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    words.add_argument("--minutes", type=float, default=24.0)
    words.add_argument("--warm-up-minutes", type=float, default=5.0)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--samples", type=Path, help="write what was measured as CSV")
    given = words.parse_args()
    quiet()
    share_one_heap()  # before any thread: the services are forked from here
    with tempfile.TemporaryDirectory() as name:
        station = Path(name) / "station.sqlite3"
        make_station(station)
        grow(station, YOUNG_YEARS)
        sharp = is_sharp(station)
        warm_up_s = given.warm_up_minutes * 60.0
        soak = soak_service(station, given.minutes * 60.0, given.seed, warm_up_s)
    report(soak, warm_up_s)
    if given.samples:
        given.samples.write_text("\n".join(str(vars(each)) for each in soak.samples))
    faults = judge(soak, warm_up_s)
    for fault in faults[:20]:
        print(f"  FAULT {fault}")
    print("FAILED" if faults or not sharp else "proven")
    return int(bool(faults) or not sharp)


if __name__ == "__main__":
    sys.exit(main())
