"""The clock of contacts: tell of each booked contact shortly before its start and at its end."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.clock import Clock
from app.exports.json_plan import write_instant
from app.store import Store
from app.store.reservation_rows import Reservation
from scheduler.contact_states import BOOKED_STATES
from tle.timebase import from_unix_s

_LATE = timedelta(days=1)  # ends that fell into a stop of the service are still told
_ENDED_STATES = (*BOOKED_STATES, "completed")
_MOST = 10_000


class ContactClock:
    """Adds the events ``aos_soon`` and ``los``; each once, however many processes run it."""

    def __init__(self, store: Store, clock: Clock, *, notice_s: float) -> None:
        self._store = store
        self._clock = clock
        self._notice = timedelta(seconds=notice_s)
        self._told: set[tuple[str, str, datetime]] = set()

    def announce_due(self) -> int:
        """Announce what has become due; return how many events were added."""
        now_utc = self._clock()
        near, _ = self._store.reservations.list(
            start_utc=now_utc - _LATE,
            end_utc=now_utc + self._notice + timedelta(hours=1),
            states=_ENDED_STATES,
            limit=_MOST,
        )
        added, due_now = 0, set()
        for item in near:
            if item.contact is None:
                continue
            start_utc = from_unix_s(item.contact.start_unix_s)
            end_utc = from_unix_s(item.contact.end_unix_s)
            for kind, due_utc, until_utc in (
                ("aos_soon", start_utc - self._notice, start_utc),
                ("los", end_utc, end_utc + _LATE),
            ):
                key = (item.reservation_id, kind, due_utc)
                if not due_utc <= now_utc < until_utc:
                    continue
                due_now.add(key)
                if key not in self._told:
                    added += self._announce(item, kind, due_utc, now_utc)
        self._told = due_now
        return added

    def _announce(self, item: Reservation, kind: str, due_utc: datetime, now_utc: datetime) -> bool:
        contact = item.contact
        if contact is None:
            return False
        newest = item.prediction or {}
        return self._store.contact_notices.announce(
            item.reservation_id,
            kind,
            due_utc,
            now_utc=now_utc,
            owner=item.owner,
            detail={
                "satellite_id": contact.satellite_id,
                "station_id": item.station_id,
                "antenna_id": item.antenna_id,
                "plan_id": item.plan_id,
                "state": item.state,
                "conditions": list(item.conditions),
                "start_utc": write_instant(contact.start_unix_s),
                "end_utc": write_instant(contact.end_unix_s),
                "aos_utc": write_instant(newest.get("aos_unix_s") or contact.aos_unix_s),
                "los_utc": write_instant(newest.get("los_unix_s") or contact.los_unix_s),
            },
        )
