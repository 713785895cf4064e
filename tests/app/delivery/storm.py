"""A storm over webhooks: receivers that are down, slow or lie, senders killed at random.

    python -m tests.app.delivery.storm --events 3000 --webhooks 12 --kills 40 [--database URL]

Writers add events from several threads while sender processes are killed and started again. At the
end every webhook must have acknowledged every event exactly once; twice only where a sender died
between the answer and its record, which is never more often than senders were killed. Every body
must carry a signature that holds and the ``webhook-id`` of its event.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import multiprocessing
import random
import signal
import socket
import struct
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from app.access import Principal
from app.delivery.runner import DeliveryRunner
from app.delivery.webhooks import RetryPolicy
from app.services.webhooks import WebhookService
from app.settings import Settings, load_configuration
from app.store import Store, open_store
from tle.sources.transport import Transport

ME = Principal("storm", "admin")
DEADLINE_S = 1.0
LEASE = timedelta(seconds=4)
FAULTS = (
    "error",  # 500 after the event was taken in
    "reset",  # the connection torn down after the event was taken in
    "slow",  # an answer later than the deadline
    "drip",  # headers now, the body one byte at a time
    "truncated",  # 200 with a length that never comes
    "endless",  # 200 and a body without end
    "redirect",  # 302 to an address inside
    "teapot",  # 418
    "garbage",  # no HTTP at all
)


@dataclass
class Book:
    """What one receiver was sent and what it answered with a complete 200."""

    secret: str = ""
    seen: Counter[str] = field(default_factory=Counter)
    acknowledged: Counter[str] = field(default_factory=Counter)
    forged: int = 0
    stolen: int = 0  # requests that a redirect led here


class Receiver(ThreadingHTTPServer):
    """One other side; ``faults`` is the share of requests that it answers badly."""

    daemon_threads = True

    def __init__(self, name: str, faults: float, seed: int) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.name = name
        self.faults = faults
        self.dice = random.Random(seed)
        self.book = Book()
        self.lock = threading.Lock()
        self.is_down = False
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request, client_address) -> None:
        """Say nothing: faults are what this server is for."""


class Handler(BaseHTTPRequestHandler):
    server: Receiver
    protocol_version = "HTTP/1.1"

    def log_message(self, *_words) -> None:
        pass

    def do_GET(self) -> None:
        with self.server.lock:
            self.server.book.stolen += 1
        self.answer(200)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        book, name = self.server.book, self.headers["webhook-id"]
        with self.server.lock:
            if not holds(book.secret, self.headers, body):
                book.forged += 1
            book.seen[name] += 1
            down = self.server.is_down
            bad = self.server.dice.random() < self.server.faults
            fault = self.server.dice.choice(FAULTS) if bad else ""
        if down:
            self.tear_down()
        elif fault:
            getattr(self, f"do_{fault}")()
        else:
            with self.server.lock:
                book.acknowledged[name] += 1
            self.answer(200)

    def answer(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def tear_down(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def do_error(self) -> None:
        self.answer(500)

    def do_teapot(self) -> None:
        self.answer(418)

    def do_redirect(self) -> None:
        self.answer(302, Location=f"http://{self.server.host}/stolen")

    def do_reset(self) -> None:
        self.tear_down()

    def do_slow(self) -> None:
        time.sleep(DEADLINE_S * 1.5)
        self.answer(200)

    def do_drip(self) -> None:
        self.start(200, 1_000)
        for _ in range(int(DEADLINE_S * 15)):
            self.wfile.write(b"x")
            time.sleep(0.1)
        self.close_connection = True

    def do_truncated(self) -> None:
        self.start(200, 1_000)
        self.wfile.write(b"half")
        self.close_connection = True

    def do_endless(self) -> None:
        self.start(200, 2**40)
        for _ in range(200):
            self.wfile.write(b"x" * 65_536)
        self.close_connection = True

    def do_garbage(self) -> None:
        self.wfile.write(b"\x00\x01 this is no HTTP\r\n\r\n")
        self.close_connection = True

    def start(self, status: int, length: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(length))
        self.end_headers()


def holds(secret: str, headers, body: bytes) -> bool:
    """Check a signature as a receiver does, and that the id is the event's."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    event_id = json.loads(body)["event_id"]
    return headers["webhook-signature"] == f"v1,{digest}" and headers["webhook-id"].endswith(
        f".{event_id}"
    )


def make_service(store: Store, hosts: str) -> WebhookService:
    """Make a service with short deadlines and pauses, so that a storm fits into minutes."""
    return WebhookService(
        load_configuration(Settings()),
        Settings(webhook_hosts=hosts, allow_private_webhooks=True),
        store,
        lambda: datetime.now(UTC),
        transport=Transport(deadline_s=DEADLINE_S, max_bytes=65_536, allow_private_addresses=True),
        policy=RetryPolicy(
            first_s=0.05, factor=1.5, cap_s=1.0, attempts=10_000, pause_cap_s=0.5, lease=LEASE
        ),
    )


class NoContacts:
    """A clock of contacts with nothing to tell."""

    def announce_due(self) -> int:
        return 0


def run_sender(url: str, hosts: str) -> None:
    """Send until killed."""
    import structlog

    structlog.configure(processors=[lambda *_: (_ for _ in ()).throw(structlog.DropEvent)])
    DeliveryRunner(NoContacts(), make_service(open_store(url), hosts).sender, senders=4).start()
    signal.pause()


def write_events(url: str, count: int, seed: int) -> None:
    """Add events, a contact's among the service's own."""
    store = open_store(url)
    for at in range(count):
        store.audit.add(
            datetime.now(UTC), f"writer-{seed}", "contact.reserve", f"contact-{seed}-{at}", {}
        )
    store.close()


def run_storm(
    url: str, *, events: int, webhooks: int, kills: int, seed: int, limit_s: float
) -> list[str]:
    """Run one storm; print its figures and return what went wrong."""
    began = time.monotonic()
    dice = random.Random(seed)
    receivers = [
        Receiver(f"receiver-{at}", 0.0 if at == 0 else dice.uniform(0.1, 0.7), seed + at)
        for at in range(webhooks)
    ]
    hosts = ",".join(each.host for each in receivers)
    opened = open_store(url)
    service, store = make_service(opened, hosts), opened.webhooks
    names = {}
    for each in receivers:
        made = service.add(
            f"http://{each.host}/hook", kinds=("contact",), stations=(), principal=ME
        )
        each.book.secret = made.secret
        names[made.webhook_id] = each
    context = multiprocessing.get_context("spawn")
    writers = [
        threading.Thread(target=write_events, args=(url, events // 4, number))
        for number in range(4)
    ]
    for writer in writers:
        writer.start()
    killed = storm_over(context, url, hosts, receivers, writers, kills, dice)
    for each in receivers:
        each.is_down, each.faults = False, each.faults / 4
    senders = start_senders(context, url, hosts)
    expected = events // 4 * 4
    try:
        while time.monotonic() - began < limit_s:
            service.sender.spread()
            done = (store.deliveries(name, state="delivered", limit=1)[1] for name in names)
            if all(count == expected for count in done):
                break
            time.sleep(0.5)
    finally:
        stop_senders(senders)
    faults = judge(names, store, expected, killed)
    attempts = sum(sum(each.book.seen.values()) for each in receivers)
    doubled = sum(n - 1 for each in receivers for n in each.book.acknowledged.values() if n > 1)
    print(
        f"{url.partition(':')[0]}: {expected} events x {webhooks} webhooks, {attempts} requests, "
        f"{attempts - expected * webhooks} of them again, {killed} senders killed, "
        f"acknowledged twice {doubled}, faults {len(faults)}, {time.monotonic() - began:.0f} s"
    )
    for each in receivers:
        each.shutdown()
        each.server_close()
    opened.close()
    return faults


def storm_over(context, url, hosts, receivers, writers, kills, dice) -> int:
    """Kill and start senders, take receivers down and up, until the writers are done."""
    senders = start_senders(context, url, hosts)
    killed = 0
    while killed < kills or any(writer.is_alive() for writer in writers):
        wait_for_requests(receivers, dice.randrange(3, 20))
        for receiver in receivers[1:]:
            receiver.is_down = dice.random() < 0.3
        if killed < kills:
            at = dice.randrange(len(senders))
            stop_senders([senders[at]])
            killed += 1
            (senders[at],) = start_senders(context, url, hosts, 1)
    stop_senders(senders)
    return killed + len(senders)


def start_senders(context, url, hosts, count=2) -> list:
    """Start sender processes."""
    senders = [context.Process(target=run_sender, args=(url, hosts)) for _ in range(count)]
    for sender in senders:
        sender.start()
    return senders


def stop_senders(senders) -> None:
    """Kill sender processes."""
    for sender in senders:
        sender.kill()
        sender.join()


def wait_for_requests(receivers, more: int, limit_s: float = 10.0) -> None:
    """Wait until so many more requests came: a sender is to be killed at work, not at its start."""
    wanted = sum(sum(list(each.book.seen.values())) for each in receivers) + more
    until = time.monotonic() + limit_s
    while time.monotonic() < until:
        if sum(sum(list(each.book.seen.values())) for each in receivers) >= wanted:
            return
        time.sleep(0.02)


def judge(names, store, expected: int, killed: int) -> list[str]:
    """Compare what the receivers have with what the store says; from both sides."""
    faults = []
    doubled = 0
    for name, receiver in names.items():
        book = receiver.book
        delivered = {each.event_id for each in list_all(store, name) if each.state == "delivered"}
        acknowledged = {int(each.rpartition(".")[2]) for each in book.acknowledged}
        if len(delivered) != expected:
            faults.append(f"{receiver.name}: {len(delivered)} of {expected} delivered")
        if delivered - acknowledged:
            faults.append(f"{receiver.name}: {len(delivered - acknowledged)} said, never answered")
        if book.forged or book.stolen:
            faults.append(f"{receiver.name}: {book.forged} forged, {book.stolen} redirected")
        doubled += sum(n - 1 for n in book.acknowledged.values())
    if doubled > killed * 4:  # four senders in each process, one request on its way each
        faults.append(f"{doubled} acknowledged twice with {killed} senders killed")
    return faults


def list_all(store, name):
    page, total = store.deliveries(name, limit=1_000_000)
    assert len(page) == total
    return page


def main() -> int:
    """Run storms from the command line; exit code 1 on any fault."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--events", type=int, default=2_000)
    parser.add_argument("--webhooks", type=int, default=10)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit-s", type=float, default=1_500.0)
    parser.add_argument("--database", default="", help="default: an SQLite file of its own")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = given.database or f"sqlite:///{Path(folder) / 'storm.sqlite3'}"
        faults = run_storm(
            url,
            events=given.events,
            webhooks=given.webhooks,
            kills=given.kills,
            seed=given.seed,
            limit_s=given.limit_s,
        )
    for fault in faults:
        print(f"FAULT {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
