"""The threads that deliver: one looks what is new and due, some send."""

from __future__ import annotations

import threading

import structlog

from app.delivery.contact_clock import ContactClock
from app.delivery.webhooks import Sender

_log = structlog.get_logger(__name__)
_LOOK_S = 0.5
_SENDERS = 4


class DeliveryRunner:
    """Runs the clock of contacts and the senders until it is closed.

    Everything is in the database: what a stop interrupts goes on at the next start, in this process
    or in another.
    """

    def __init__(self, clock: ContactClock, sender: Sender, *, senders: int = _SENDERS) -> None:
        self._clock = clock
        self._sender = sender
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._look, name="aspan-events", daemon=True),
            *(
                threading.Thread(target=self._send, name=f"aspan-webhooks-{at}", daemon=True)
                for at in range(senders)
            ),
        ]

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def close(self, timeout_s: float = 5.0) -> None:
        """Stop; a request on its way is left to its lease."""
        self._stopping.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout_s)

    def _look(self) -> None:
        while not self._stopping.wait(_LOOK_S):
            try:
                self._clock.announce_due()
                while self._sender.spread() and not self._stopping.is_set():
                    pass
            except Exception:
                _log.exception("events could not be read")

    def _send(self) -> None:
        while not self._stopping.wait(_LOOK_S):
            try:
                while not self._stopping.is_set() and self._sender.send_one():
                    pass
            except Exception:
                _log.exception("a webhook could not be sent")
