"""Send events to webhooks: signed, tried again with growing pauses, given up at last.

Delivery is at least once: a sender that dies between the receiver's answer and our record of it
sends again, under the same ``webhook-id``, by which a receiver drops what it has.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import urlsplit

import structlog

from app.clock import Clock
from app.delivery.events import Event, find_kind, read_event, write_event
from app.delivery.signature import sign
from app.errors import InputError
from app.store.audit import AuditEntry
from app.store.webhooks import Claimed, Webhook, WebhookStore
from tle.errors import SourceError
from tle.sources.transport import HttpAnswer
from tle.timebase import to_unix_s

_log = structlog.get_logger(__name__)
_BUSY = (429, 503)
_GONE = 410
_ABOUT_WEBHOOKS = "webhook."


class Post(Protocol):
    """What sends a body to an address once, and raises SourceError for any fault on the way."""

    def post(
        self, url: str, form: bytes, *, headers: Mapping[str, str] | None = None
    ) -> HttpAnswer: ...


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long to wait after the n-th failed attempt, and after which to give up.

    The default tries 10 times in about 11 hours. ``lease`` is how long a sender may take.
    """

    first_s: float = 5.0
    factor: float = 3.0
    cap_s: float = 6 * 3_600.0
    attempts: int = 10
    pause_cap_s: float = 900.0
    lease: timedelta = timedelta(seconds=60)
    jitter: random.Random = field(default_factory=random.Random, compare=False)

    def wait_s(self, attempt: int, cap_s: float | None = None) -> float:
        """Return the pause after an attempt, up to a tenth longer, so that senders spread out."""
        pause_s = min(self.first_s * self.factor ** (attempt - 1), cap_s or self.cap_s)
        return pause_s * (1.0 + 0.1 * self.jitter.random())


@dataclass(frozen=True, slots=True)
class Attempt:
    """What an attempt brought: ``status`` None when no complete answer came."""

    delivered: bool
    status: int | None
    reason: str
    answered: bool


class Sender:
    """Sends what is due, one delivery at a time; several may run side by side."""

    def __init__(
        self,
        store: WebhookStore,
        transport: Post,
        clock: Clock,
        *,
        allowed_hosts: frozenset[str],
        policy: RetryPolicy,
    ) -> None:
        self._store = store
        self._transport = transport
        self._clock = clock
        self._allowed_hosts = allowed_hosts
        self._policy = policy

    def spread(self) -> int:
        """Make the deliveries of new events."""
        return self._store.spread(wants, now_utc=self._clock())

    def send_one(self) -> bool:
        """Send the delivery that is due first; False when none is."""
        claimed = self._store.claim(now_utc=self._clock(), lease=self._policy.lease)
        if claimed is None:
            return False
        event = read_event(claimed.entry)
        if event is None:  # never spread; a log entry of another version
            self._store.settle(
                claimed, "dead", status=None, reason="no event", now_utc=self._clock()
            )
            return True
        self._settle(claimed, self.attempt(claimed.webhook, event))
        return True

    def attempt(self, hook: Webhook, event: Event) -> Attempt:
        """Send one event once; only an answer of 200 to 299 counts as delivered."""
        body = json.dumps(write_event(event), separators=(",", ":")).encode()
        message_id = f"{hook.webhook_id}.{event.event_id}"
        timestamp_s = int(to_unix_s(self._clock()))
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp_s),
            "webhook-signature": sign(hook.secret, message_id, timestamp_s, body),
        }
        try:
            check_address(hook.url, self._allowed_hosts)
            answer = self._transport.post(hook.url, body, headers=headers)
        except InputError as error:
            return Attempt(False, None, error.reason, answered=False)
        except SourceError as error:
            return Attempt(False, None, str(error), answered=False)
        if 200 <= answer.status < 300:
            return Attempt(True, answer.status, "", answered=True)
        return Attempt(False, answer.status, f"HTTP {answer.status}", answered=True)

    def _settle(self, claimed: Claimed, outcome: Attempt) -> None:
        now_utc = self._clock()
        if outcome.delivered:
            self._store.settle(
                claimed, "delivered", status=outcome.status, reason="", now_utc=now_utc
            )
            return
        count = claimed.delivery.attempt_count
        dead = count >= self._policy.attempts
        _log.warning(
            "webhook not delivered",
            webhook_id=claimed.webhook.webhook_id,
            event_id=claimed.delivery.event_id,
            attempt=count,
            reason=outcome.reason,
            given_up=dead,
        )
        self._store.settle(
            claimed,
            "dead" if dead else "waiting",
            status=outcome.status,
            reason=outcome.reason,
            now_utc=now_utc,
            next_attempt_utc=now_utc + timedelta(seconds=self._policy.wait_s(count)),
            paused_until_utc=self._find_pause(claimed.webhook, outcome, now_utc),
        )
        if outcome.status == _GONE:
            self._store.set_state(
                claimed.webhook.webhook_id,
                "disabled",
                reason="the receiver answered 410 Gone",
                who="aspan",
                now_utc=now_utc,
            )

    def _find_pause(self, hook: Webhook, outcome: Attempt, now_utc: datetime) -> datetime | None:
        """Leave a receiver alone that does not answer, or asks for it; one that refuses a single
        event still gets the others.
        """
        if outcome.answered and outcome.status not in _BUSY:
            return None
        pause_s = self._policy.wait_s(hook.failure_count + 1, self._policy.pause_cap_s)
        return now_utc + timedelta(seconds=pause_s)


def wants(hook: Webhook, entry: AuditEntry) -> bool:
    """Tell whether a webhook is to get an entry; none hears of the failures of webhooks."""
    kind = find_kind(entry)
    if kind is None or entry.action.startswith(_ABOUT_WEBHOOKS):
        return False
    station_id = entry.detail.get("station_id")
    return (
        (not hook.kinds or kind in hook.kinds)
        and (not hook.station_ids or station_id is None or station_id in hook.station_ids)
        and (hook.owner == "" or entry.owner in ("", hook.owner))
    )


def check_address(url: str, allowed_hosts: frozenset[str]) -> None:
    """Refuse an address that is not on the allow-list, or that smuggles something past it.

    Entries of the list are ``host``, for https on port 443, or ``host:port``, for any scheme.
    """
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError as error:
        raise InputError("url", "this is no address") from error
    default = {"https": 443, "http": 80}.get(parts.scheme)
    if default is None or not host or not url.isascii() or not url.isprintable() or " " in url:
        raise InputError("url", "give an https:// address")
    if parts.username is not None or parts.password is not None or "\\" in url or parts.fragment:
        raise InputError("url", "give it without user, password and fragment")
    named = f"[{host}]" if ":" in host else host
    port = default if port is None else port
    with_port = f"{named}:{port}"
    is_default = parts.scheme == "https" and port == 443
    if with_port not in allowed_hosts and not (is_default and named in allowed_hosts):
        raise InputError(
            "url",
            f"{with_port} is not on the list of allowed hosts; add it to ASPAN_WEBHOOK_HOSTS",
            value=with_port,
        )
