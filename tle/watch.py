"""Watch an object's history: has it manoeuvred, is it decaying, is it lost?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal

from tle.comparison import semi_major_axis_km
from tle.elements import ElementSet
from tle.freshness import GRADES, Grade
from tle.quarantine import find_manoeuvre

OrbitStatus = Literal["steady", "manoeuvred", "decaying", "lost"]

DECAY_SPAN = timedelta(days=5)  # the fall is measured over the sets of these days
DECAY_LIFETIME_DAYS = 45.0
SCALE_HEIGHT_KM = 40.0  # of the atmosphere near 250 km: the fall grows e-fold over this height
LOST_AFTER = timedelta(days=7)  # the feed's own worst delay was 6.5 days in January to May 2026
# The best grade that a satellite of this status can have.
BEST_GRADE: dict[OrbitStatus, Grade] = {
    "steady": "fresh",
    "manoeuvred": "ageing",
    "decaying": "stale",
    "lost": "expired",
}


@dataclass(frozen=True, slots=True)
class OrbitWatch:
    """The status of one object and why.

    ``since_utc`` is the epoch (or, when lost, the last epoch) from which it holds.
    ``alternative`` is the set before a manoeuvre that no second set has confirmed yet: passes by
    both are worth showing.
    """

    status: OrbitStatus
    text: str = ""
    since_utc: datetime | None = None
    alternative: ElementSet | None = None


def watch_orbit(sets: Sequence[ElementSet], *, answered_utc: datetime | None = None) -> OrbitWatch:
    """Judge the accepted sets of one object, in any order.

    ``answered_utc`` is when a source that should know the object last answered: an object is lost
    when sources answer without it, not when nobody could ask.
    """
    ordered = _order(sets)
    if not ordered:
        return OrbitWatch("steady")
    newest = ordered[-1]
    lifetime_days, fall_km_day = estimate_lifetime(ordered)
    if answered_utc is not None and answered_utc - newest.epoch_utc > LOST_AFTER:
        days = (answered_utc - newest.epoch_utc) / timedelta(days=1)
        text = f"the sources have nothing newer for {days:.1f} days"
        if lifetime_days < DECAY_LIFETIME_DAYS:
            text += f"; it fell by {fall_km_day:.1f} km a day and has probably decayed"
        return OrbitWatch("lost", text, newest.epoch_utc)
    if lifetime_days < DECAY_LIFETIME_DAYS:
        text = f"falls by {fall_km_day:.1f} km a day; about {lifetime_days:.0f} days are left"
        return OrbitWatch("decaying", text, newest.epoch_utc)
    return _find_unconfirmed(ordered)


def find_jumps(sets: Sequence[ElementSet]) -> tuple[tuple[ElementSet, str], ...]:
    """List the sets that begin a new orbit, each with the jump in words."""
    jumps = []
    for older, newer in pairwise(_order(sets)):
        found = find_manoeuvre(older, newer)
        if found:
            jumps.append((newer, "; ".join(text for _, text in found)))
    return tuple(jumps)


def keeps_orbit(sets: Sequence[ElementSet]) -> bool:
    """Say whether no set jumps and the object does not decay, over the whole of a history."""
    return not find_jumps(sets) and estimate_lifetime(_order(sets))[0] >= DECAY_LIFETIME_DAYS


def estimate_lifetime(ordered: Sequence[ElementSet]) -> tuple[float, float]:
    """Estimate the days left and the fall of the semi-major axis in km a day.

    The fall over the last 5 days, growing e-fold every 40 km, is over after 40 km / fall. Without
    a fall, or with too short a history, the lifetime is infinite.
    """
    newest = ordered[-1]
    span = [e for e in ordered if newest.epoch_utc - e.epoch_utc <= DECAY_SPAN]
    days = (newest.epoch_utc - span[0].epoch_utc) / timedelta(days=1)
    if days < 1.0:
        return float("inf"), 0.0
    fall_km_day = (semi_major_axis_km(span[0]) - semi_major_axis_km(newest)) / days
    return (SCALE_HEIGHT_KM / fall_km_day if fall_km_day > 0.0 else float("inf")), fall_km_day


def limit_grade(grade: Grade, status: OrbitStatus) -> Grade:
    """Lower a grade of age to what the status of the orbit allows."""
    return max(grade, BEST_GRADE[status], key=GRADES.index)


def _find_unconfirmed(ordered: Sequence[ElementSet]) -> OrbitWatch:
    """Report a jump to the newest set: a second set that agrees with it ends the doubt."""
    if len(ordered) < 2:
        return OrbitWatch("steady")
    found = find_manoeuvre(ordered[-2], ordered[-1])
    if not found:
        return OrbitWatch("steady")
    text = "; ".join(text for _, text in found)
    return OrbitWatch("manoeuvred", text, ordered[-1].epoch_utc, ordered[-2])


def _order(sets: Sequence[ElementSet]) -> list[ElementSet]:
    """Order by epoch; of one epoch issued twice only the later arrival counts."""
    latest: dict[datetime, ElementSet] = {}
    for elements in sorted(sets, key=lambda e: (e.epoch_utc, e.received_utc, e.fingerprint)):
        latest[elements.epoch_utc] = elements
    return list(latest.values())
