"""The side of a drive that talks to the database, in a thread of its own: it never waits for it."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from typing import Any

import structlog

from app.drive.clock import DriveClock
from app.store import DATABASE_ERRORS, Store
from app.store.executions import Entry
from app.store.reservation_rows import Reservation
from scheduler.contact_states import ContactState
from scheduler.errors import IllegalTransitionError
from tle.timebase import from_unix_s

_WHO = "aspan drive"
_LOOK_EVERY_S = 2.0
_UNKNOWN_AFTER_S = 20.0
_RETRY_S = 0.5
_KEEP_TRYING_S = 120.0
_log = structlog.get_logger(__name__)


class DriveWatch:
    """Renews the lease, looks for lockouts and cancellations, and marks states, in that order.

    A database that does not answer for 20 s ends the drive: nobody could lock the antenna.
    """

    LEASE_S = 30.0

    def __init__(
        self, store: Store, reservation: Reservation, driver: str, clock: DriveClock
    ) -> None:
        self._store = store
        self._reservation = reservation
        self._driver = driver
        self._clock = clock
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="drive-watch")
        self._look: Future[str] | None = None
        self._marks: list[Future[None]] = []
        self._asked_unix_s = self._known_unix_s = clock.now_unix_s()

    def find_veto(self) -> str:
        """Return why the drive must stop, or nothing; never waits."""
        now = self._clock.now_unix_s()
        if self._look is not None and self._look.done():
            look, self._look = self._look, None
            try:
                veto = look.result()
            except DATABASE_ERRORS as error:
                _log.error("the database does not answer", error=type(error).__name__)
            else:
                self._known_unix_s = now
                if veto:
                    return veto
        if self._look is None and now - self._asked_unix_s >= _LOOK_EVERY_S:
            self._asked_unix_s = now
            self._look = self._pool.submit(self._look_once)
        return "lockout_unknown" if now - self._known_unix_s > _UNKNOWN_AFTER_S else ""

    def mark(self, target: ContactState, verb: str, why: str) -> None:
        """Take the contact along a transition as soon as the database takes it."""
        now_utc = from_unix_s(self._clock.now_unix_s())
        name = self._reservation.reservation_id

        def change() -> None:
            self._store.reservations.change_state(
                name, target, verb=verb, who=_WHO, why=why, now_utc=now_utc
            )

        self._marks.append(self._pool.submit(_retry, change))

    def finish(self) -> None:
        """Wait until all marks are made; a refused one is told, not raised."""
        self._pool.shutdown(wait=True)
        for mark in self._marks:
            try:
                mark.result()
            except (*DATABASE_ERRORS, IllegalTransitionError) as error:
                _log.error("the state of the contact was not marked", error=str(error))

    def keep(
        self, entry: Entry, *, why: str, now_utc: datetime, tracking: Mapping[str, Any] | None
    ) -> None:
        """Record the end; what no database takes is printed, so that it is not lost."""

        def write() -> None:
            self._store.executions.keep([entry], who=_WHO, why=why, now_utc=now_utc)

        try:
            _retry(write)
        except DATABASE_ERRORS:
            told = {"contact_id": entry.reservation_id, "why": why, "tracking": tracking}
            print(f"aspan: NOT RECORDED: {json.dumps(told)}", file=sys.stderr)
            raise

    def _look_once(self) -> str:
        item = self._reservation
        state = self._store.executions.claim_drive(
            item.station_id,
            item.antenna_id,
            self._driver,
            now_utc=from_unix_s(self._clock.now_unix_s()),
            lease_s=self.LEASE_S,
        )
        if state.locked_utc is not None:
            return "lockout"
        if state.driver != self._driver:
            return "software"  # our lease ran out and another process took the antenna
        found = self._store.reservations.read(item.reservation_id)
        if found is None or found.state == "cancelled":
            return "cancelled"
        return ""


def _retry(write: Callable[[], None]) -> None:
    """Try until the database takes it, at most two minutes."""
    deadline_s = time.monotonic() + _KEEP_TRYING_S
    while True:
        try:
            return write()
        except DATABASE_ERRORS:
            if time.monotonic() > deadline_s:
                raise
            time.sleep(_RETRY_S)
