"""24 faults of a source in 4 formats: what is there stays, a reason is kept, nothing is retried.

Bite: with a plain ``httpx2.get`` that follows redirects in the transport, the drip and the slow
headers outlast the deadline and the redirects are followed.
"""

import threading
import time
import tracemalloc
from dataclasses import dataclass

import pytest

from tests.tle.element_builders import (
    RECEIVED,
    FileSink,
    csv_text,
    kvn_text,
    make_elements,
    tle_lines,
    xml_text,
)
from tests.tle.sources.fault_server import FAULTS, FaultServer, open_full_port
from tle.errors import SourceError
from tle.refresh import refresh_query
from tle.sources.base import Query
from tle.sources.celestrak import CelestrakSource
from tle.sources.transport import Transport

DEADLINE_S = 1.0
PATIENT_S = 20.0  # for faults that show at once, on a loaded machine
SLOW = ("connect_timeout", "slow_drip", "slow_headers")
MEMORY_LIMIT_BYTES = 50 * 2**20
SETS = [make_elements(norad_cat_id=n, object_id="", name=f"SAT {n}") for n in range(40001, 40021)]
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


@pytest.fixture(scope="module")
def servers():
    running = {encoding: FaultServer(text.encode()) for encoding, text in TEXTS.items()}
    yield running
    for server in running.values():
        server.close()


@pytest.fixture(scope="module")
def full_port():
    with open_full_port() as port:
        yield port


@dataclass
class Refresher:
    sink: FileSink
    server: FaultServer

    def run(self, path, *, base_url=None, group="weather", deadline_s=DEADLINE_S):
        source = CelestrakSource(
            Transport(deadline_s=deadline_s, allow_private_addresses=True),
            base_url=base_url or self.server.url(path),
        )
        return refresh_query(source, Query("group", group), self.sink, lambda: RECEIVED)


def address_of(fault, server, full_port):
    if fault == "connect_timeout":
        return f"http://127.0.0.1:{full_port}/gp.php"
    if fault == "dns_failure":
        return "http://no-such-host.invalid/gp.php"
    return "http://127.0.0.1:9/gp.php" if fault == "refused" else server.url(fault)


@pytest.mark.parametrize("encoding", TEXTS)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_leaves_the_old_sets_and_a_reason(fault, encoding, servers, full_port, tmp_path):
    refresher = Refresher(FileSink(tmp_path / "memory.json"), servers[encoding])
    first = refresher.run("good", group="before", deadline_s=PATIENT_S)
    assert first.new_count == len(SETS)
    before = dict(refresher.sink.sets)
    requests = len(refresher.server.requests)

    started = time.monotonic()
    deadline_s = DEADLINE_S if fault in SLOW else PATIENT_S
    address = address_of(fault, refresher.server, full_port)
    report = refresher.run(fault, base_url=address, deadline_s=deadline_s)
    took_s = time.monotonic() - started

    status, blocks = EXPECTED.get(fault, ("failed", False))
    assert (report.status, report.outcome.blocks) == (status, blocks)
    assert report.reason
    assert report.new_count == 0
    assert refresher.sink.sets == before
    assert took_s < deadline_s + 10.0  # a loaded machine; the drip alone would take 100 s
    assert len(refresher.server.requests) - requests <= 1
    assert (refresher.sink.read_memory("celestrak").blocked_utc is not None) == blocks


def test_a_server_that_accepts_and_says_nothing_is_left_at_the_deadline(servers):
    started = time.monotonic()

    with pytest.raises(SourceError, match="no complete answer within"):
        Transport(deadline_s=0.5, allow_private_addresses=True).get(servers["csv"].url("silence"))

    assert time.monotonic() - started < 1.5


def test_a_gzip_bomb_costs_little_memory(servers):
    """Bite: without the byte limit the bomb of 300 KB became 300 MB."""
    tracemalloc.start()
    try:
        with pytest.raises(SourceError, match="larger than"):
            Transport(allow_private_addresses=True).get(servers["csv"].url("gzip_bomb"))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < MEMORY_LIMIT_BYTES


def test_a_compressed_answer_is_unpacked(servers):
    answer = Transport(allow_private_addresses=True).get(servers["csv"].url("gzip_good"))

    assert answer.body == TEXTS["csv"].encode()


def test_addresses_inside_the_own_network_are_refused(servers):
    server = servers["csv"]
    requests = len(server.requests)

    for host in ("127.0.0.1", "localhost", "[::1]", "10.0.0.1", "169.254.169.254", "0.0.0.0"):
        with pytest.raises(SourceError, match="inside the own network"):
            Transport(deadline_s=1.0).get(f"http://{host}:{server.port}/good")

    assert len(server.requests) == requests


@pytest.mark.parametrize("url", ["ftp://example.org/x", "file:///etc/passwd", "no address", ""])
def test_other_schemes_are_refused(url):
    with pytest.raises(SourceError):
        Transport(deadline_s=1.0).get(url)


def test_secrets_reach_neither_logs_nor_reasons(servers, caplog):
    """Bite: the INFO line of the HTTP library prints the whole address."""
    secret = "canary-7f3a"
    transport = Transport(deadline_s=1.0, allow_private_addresses=True)
    caplog.set_level("DEBUG")

    transport.get(servers["csv"].url(f"good?key={secret}"), headers={"Cookie": f"s={secret}"})
    with pytest.raises(SourceError) as caught:
        transport.get(f"http://user:{secret}@127.0.0.1:9/x?key={secret}")

    assert secret not in caplog.text
    assert secret not in str(caught.value)


def test_no_thread_stays_behind_after_a_slow_answer(servers):
    before = threading.active_count()

    with pytest.raises(SourceError):
        Transport(deadline_s=0.3, allow_private_addresses=True).get(
            servers["csv"].url("slow_headers")
        )

    time.sleep(0.2)
    assert threading.active_count() <= before
