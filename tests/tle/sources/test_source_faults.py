"""24 faults of a source in 4 formats: what is there stays, a reason is kept, nothing is retried.

Bite: with a plain ``httpx2.get`` that follows redirects in the transport, the drip and the slow
headers outlast the deadline and the redirects are followed.
"""

import threading
import time
import tracemalloc

import pytest

from tests.tle.element_builders import FileSink
from tests.tle.sources.fault_cases import (
    DEADLINE_S,
    MEMORY_LIMIT_BYTES,
    PATIENT_S,
    SETS,
    SLOW,
    TEXTS,
    ask,
    try_fault,
)
from tests.tle.sources.fault_server import FAULTS, FaultServer, open_full_port
from tle.errors import SourceError
from tle.sources.transport import Transport


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


@pytest.mark.parametrize("encoding", TEXTS)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_leaves_the_old_sets_and_a_reason(fault, encoding, servers, full_port, tmp_path):
    sink, server = FileSink(tmp_path / "memory.json"), servers[encoding]
    assert ask(sink, server.url("good"), group="before").new_count == len(SETS)
    deadline_s = DEADLINE_S if fault in SLOW else PATIENT_S

    outcome = try_fault(sink, fault, server, full_port, deadline_s=deadline_s)

    assert outcome.find_wrong(fault, deadline_s) == []


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
