"""One fault of a source in one format, tried against any refresh sink: what came of it."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Mapping
from dataclasses import dataclass

from tests.tle.element_builders import (
    RECEIVED,
    csv_text,
    kvn_text,
    make_elements,
    tle_lines,
    xml_text,
)
from tests.tle.sources.fault_server import FAULTS, FaultServer
from tle.refresh import QueryReport, RefreshSink, refresh_query
from tle.sources.base import Query
from tle.sources.celestrak import CelestrakSource
from tle.sources.transport import Transport

DEADLINE_S = 1.0
PATIENT_S = 20.0  # for faults that show at once, on a loaded machine
SLOW = ("connect_timeout", "slow_drip", "slow_headers")
MEMORY_LIMIT_BYTES = 50 * 2**20
NUMBERS = range(40001, 40021)
SETS = [make_elements(norad_cat_id=n, object_id="", name=f"SAT {n}") for n in NUMBERS]
TEXTS = {
    "tle": "".join(f"{s.name}\r\n{a}\r\n{b}\r\n" for s in SETS for a, b in [tle_lines(
        norad_cat_id=s.norad_cat_id, object_id="")]),
    "csv": csv_text(*SETS),
    "kvn": kvn_text(*SETS),
    "xml": xml_text(*SETS),
}  # fmt: skip
REFUSED = [f for f in FAULTS if f.startswith(("status", "redirect", "blocked"))]
BROKEN = ["empty_body", "html", "json_error", "truncated_without_length"]
EXPECTED = {
    "no_gp_data": ("no_data", False),
    "not_updated_403": ("not_modified", False),
    **dict.fromkeys(REFUSED, ("refused", True)),
    **dict.fromkeys(BROKEN, ("broken", False)),
}


@dataclass(frozen=True)
class Outcome:
    """What one fault did: the report, requests, time and memory it took, the sets left after."""

    report: QueryReport
    requests: int
    took_s: float
    peak_bytes: int
    before: Mapping
    after: Mapping
    is_blocked: bool

    def find_wrong(self, fault: str, deadline_s: float) -> list[str]:
        """List what is not as it must be; empty when all is."""
        status, blocks = EXPECTED.get(fault, ("failed", False))
        checks = {
            "status": self.report.status == status,
            "reason": bool(self.report.reason),
            "blocked": self.is_blocked == blocks == self.report.outcome.blocks,
            "nothing new": self.report.new_count == 0,
            "old sets": self.after == self.before and len(self.before) == len(SETS),
            "one request": self.requests <= 1,
            "deadline": self.took_s < deadline_s + 10.0,  # a loaded machine
            "memory": self.peak_bytes <= MEMORY_LIMIT_BYTES,
        }
        return [name for name, is_right in checks.items() if not is_right]


def address_of(fault: str, server: FaultServer, full_port: int) -> str:
    if fault == "connect_timeout":
        return f"http://127.0.0.1:{full_port}/gp.php"
    if fault == "dns_failure":
        return "http://no-such-host.invalid/gp.php"
    return "http://127.0.0.1:9/gp.php" if fault == "refused" else server.url(fault)


def ask(sink, address, *, name="celestrak", group="weather", deadline_s=PATIENT_S):
    source = CelestrakSource(
        Transport(deadline_s=deadline_s, allow_private_addresses=True), base_url=address, name=name
    )
    return refresh_query(source, Query("group", group), sink, lambda: RECEIVED)


def try_fault(
    sink: RefreshSink,
    fault: str,
    server: FaultServer,
    full_port: int,
    *,
    name: str = "celestrak",
    deadline_s: float,
    measure: bool = False,
) -> Outcome:
    """Ask once under a fault; ``name`` keeps the memories of cases in one sink apart."""
    before, requests = sink.read_recent(NUMBERS), len(server.requests)
    if measure:
        tracemalloc.start()
    started = time.monotonic()
    address = address_of(fault, server, full_port)
    report = ask(sink, address, name=name, deadline_s=deadline_s)
    took_s = time.monotonic() - started
    peak_bytes = tracemalloc.get_traced_memory()[1] if measure else 0
    if measure:
        tracemalloc.stop()
    return Outcome(
        report,
        len(server.requests) - requests,
        took_s,
        peak_bytes,
        before,
        sink.read_recent(NUMBERS),
        sink.read_memory(name).blocked_utc is not None,
    )
