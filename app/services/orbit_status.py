"""What the history of each satellite says of its orbit: manoeuvred, decaying, lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from scheduler.satellites import Satellite
from tle.watch import OrbitWatch, watch_orbit

if TYPE_CHECKING:
    from app.store import Store

_CATALOGUES = ("celestrak", "space-track")


def watch_satellites(store: Store, satellites: Sequence[Satellite]) -> Mapping[str, OrbitWatch]:
    """Watch every satellite that has element sets; the steady ones are left out.

    Lost is only what a catalogue that should know it was asked for and had nothing newer of.
    """
    numbers = {s.id: s.norad_cat_id for s in satellites if s.norad_cat_id is not None}
    recent = store.refresh_memory.read_recent(numbers.values())
    answered = _read_answers(store)
    watched = {
        satellite_id: watch_orbit(recent[number], answered_utc=answered.get(number))
        for satellite_id, number in numbers.items()
        if number in recent
    }
    return {name: watch for name, watch in watched.items() if watch.status != "steady"}


def _read_answers(store: Store) -> Mapping[int, datetime]:
    """Return when a catalogue last answered a question that holds, or should hold, a number."""
    answered: dict[int, datetime] = {}
    for catalogue in _CATALOGUES:
        for key, query in store.refresh_memory.read_memory(catalogue).queries.items():
            kind, _, value = key.partition("=")
            if query.last_success_utc is None:
                continue
            by_number = kind in ("number", "numbers")
            for number in map(int, value.split(",")) if by_number else query.held:
                known = answered.get(number)
                answered[number] = max(known or query.last_success_utc, query.last_success_utc)
    return answered
