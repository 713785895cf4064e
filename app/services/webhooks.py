"""Webhooks as people manage them: make, list, test, send again."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from app.access import Principal
from app.clock import Clock
from app.delivery.contact_clock import ContactClock
from app.delivery.events import EVENT_KINDS, Event
from app.delivery.runner import DeliveryRunner
from app.delivery.signature import make_secret
from app.delivery.webhooks import Attempt, Post, RetryPolicy, Sender, check_address
from app.errors import InputError, NotFoundError
from app.services.selection import choose_stations
from app.settings import Configuration, Settings
from app.store import Store
from app.store.webhooks import Webhook
from tle.sources.transport import Transport
from tle.timebase import format_utc

DEADLINE_S = 10.0
_ANSWER_LIMIT_BYTES = 65_536
_STATES = ("enabled", "disabled")


class WebhookService:
    """Make, list, change and test webhooks; their events are sent by a ``DeliveryRunner``."""

    def __init__(
        self,
        configuration: Configuration,
        settings: Settings,
        store: Store,
        clock: Clock,
        *,
        transport: Post | None = None,
        policy: RetryPolicy | None = None,
    ) -> None:
        self._configuration = configuration
        self._store = store
        self._clock = clock
        self._notice_s = settings.aos_notice_s
        self._allowed_hosts = frozenset(
            name.strip().lower() for name in settings.webhook_hosts.split(",") if name.strip()
        )
        self.sender = Sender(
            store.webhooks,
            transport
            or Transport(
                deadline_s=DEADLINE_S,
                max_bytes=_ANSWER_LIMIT_BYTES,
                allow_private_addresses=settings.allow_private_webhooks,
            ),
            clock,
            allowed_hosts=self._allowed_hosts,
            policy=policy or RetryPolicy(),
        )

    def make_runner(self) -> DeliveryRunner:
        """Make the threads that deliver, not yet started."""
        clock = ContactClock(self._store, self._clock, notice_s=self._notice_s)
        return DeliveryRunner(clock, self.sender)

    def add(
        self, url: str, *, kinds: Sequence[str], stations: Sequence[str], principal: Principal
    ) -> Webhook:
        """Make a webhook; it hears what its maker may see, from now on."""
        check_address(url, self._allowed_hosts)
        for kind in kinds:
            if kind not in EVENT_KINDS:
                raise InputError(
                    "kinds", f"{kind!r} is none of {', '.join(EVENT_KINDS)}", value=kind
                )
        if stations:
            choose_stations(self._configuration, stations)
        made = Webhook(
            webhook_id=f"webhook-{secrets.token_hex(8)}",
            url=url,
            secret=make_secret(),
            kinds=tuple(dict.fromkeys(kinds)),
            station_ids=tuple(dict.fromkeys(stations)),
            owner=principal.owner,
            state="enabled",
            reason="",
            seen_event_id=0,
            failure_count=0,
            paused_until_utc=None,
            created_utc=self._clock(),
            created_by=principal.name,
        )
        self._store.webhooks.add(made)
        return made

    def read(self, webhook_id: str, principal: Principal) -> Webhook:
        """Return one webhook that the principal may manage."""
        found = self._store.webhooks.read(webhook_id)
        if found is None or principal.owner not in ("", found.owner):
            raise NotFoundError("webhook_id", "there is no such webhook", value=webhook_id)
        return found

    def set_state(self, webhook_id: str, state: str, *, why: str, principal: Principal) -> Webhook:
        """Enable or disable a webhook; what waits goes on waiting."""
        self.read(webhook_id, principal)
        if state not in _STATES:
            raise InputError("state", f"{state!r} is none of {', '.join(_STATES)}", value=state)
        self._store.webhooks.set_state(
            webhook_id, state, reason=why, who=principal.name, now_utc=self._clock()
        )
        return self.read(webhook_id, principal)

    def remove(self, webhook_id: str, *, principal: Principal) -> None:
        """Forget a webhook and what waits for it."""
        self.read(webhook_id, principal)
        self._store.webhooks.remove(webhook_id, who=principal.name, now_utc=self._clock())

    def replay(self, webhook_id: str, event_ids: Sequence[int], *, principal: Principal) -> int:
        """Send deliveries again; returns how many."""
        self.read(webhook_id, principal)
        return self._store.webhooks.replay(
            webhook_id, event_ids=event_ids, who=principal.name, now_utc=self._clock()
        )

    def test(self, webhook_id: str, *, principal: Principal) -> Attempt:
        """Send a test event at once, and say what came back."""
        event = Event(
            event_id=0,
            at_utc=format_utc(self._clock()),
            kind="test",
            subject=webhook_id,
            station_id=None,
            antenna_id=None,
            satellite_id=None,
            owner=principal.owner,
            data={"who": principal.name},
        )
        return self.sender.attempt(self.read(webhook_id, principal), event)
