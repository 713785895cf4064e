"""Server-sent events: the event log as a stream that a browser follows and resumes."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Sequence

import structlog

from app.delivery.events import find_kind, read_event, write_event
from app.errors import BusyError
from app.store.audit import AuditEntry, AuditLog

_log = structlog.get_logger(__name__)
_LOOK_S = 0.25
_HEARTBEAT_S = 15.0
_PAGE = 200


class EventWatch:
    """Knows the newest event: one thread asks the database for all the streams of this process."""

    def __init__(self, log: AuditLog, *, stream_limit: int) -> None:
        self._log = log
        self._stream_limit = stream_limit
        self._streams = 0
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self.newest_id = 0

    @property
    def is_stopping(self) -> bool:
        return self._stopping.is_set()

    def open(self) -> None:
        """Count a stream in, and look at once; BusyError when there are too many."""
        with self._lock:
            if self._streams >= self._stream_limit:
                raise BusyError("events", f"{self._streams} streams are open, which is the limit")
            self._streams += 1
            self.newest_id = self._log.newest_id()
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._look, name="aspan-event-watch", daemon=True
                )
                self._thread.start()

    def leave(self) -> None:
        """Count a stream out."""
        with self._lock:
            self._streams -= 1

    def stop(self) -> None:
        """End all streams, so that the service can stop."""
        self._stopping.set()

    def _look(self) -> None:
        while not self._stopping.wait(_LOOK_S):
            if self._streams == 0:
                continue
            try:
                self.newest_id = self._log.newest_id()
            except Exception:
                _log.exception("events could not be read")


async def stream_events(
    watch: EventWatch,
    read: Callable[[int, int], Sequence[AuditEntry]],
    *,
    after: int,
    kinds: frozenset[str],
    is_allowed: Callable[[], bool],
    heartbeat_s: float = _HEARTBEAT_S,
) -> AsyncIterator[str]:
    """Yield messages from an event on, comments while nothing happens; ends with the service.

    ``read`` gives the entries after an id, at most so many. ``is_allowed`` is asked at every
    comment: a key that was revoked ends its streams.
    """
    loop = asyncio.get_running_loop()
    try:
        yield "retry: 3000\n\n"
        said_at = loop.time()
        while not watch.is_stopping:
            newest_id = watch.newest_id
            if newest_id > after:
                entries = await asyncio.to_thread(read, after, _PAGE)
                for entry in entries:
                    text = write_message(entry, kinds)
                    if text:
                        yield text
                        said_at = loop.time()
                if len(entries) < _PAGE:
                    after = max(newest_id, after)
                if entries:
                    after = max(entries[-1].entry_id, after)
            elif loop.time() - said_at >= heartbeat_s:
                if not await asyncio.to_thread(is_allowed):
                    return
                yield ": nothing new\n\n"
                said_at = loop.time()
            else:
                await asyncio.sleep(_LOOK_S)
    finally:
        watch.leave()


def write_message(entry: AuditEntry, kinds: frozenset[str]) -> str:
    """Write one entry as a message; empty when it is no event, or of no wanted kind."""
    kind = find_kind(entry)
    event = read_event(entry)
    if kind is None or event is None or (kinds and kind not in kinds):
        return ""
    return f"id: {entry.entry_id}\nevent: {kind}\ndata: {json.dumps(write_event(event))}\n\n"
