"""How old an element set is, and the grade that its age earns."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Protocol

from tle.elements import ElementSet
from tle.timebase import require_utc

Grade = Literal["fresh", "ageing", "stale", "expired"]
GRADES: tuple[Grade, ...] = ("fresh", "ageing", "stale", "expired")  # from best to worst


class AgeLimits(Protocol):
    """The ages in seconds at which the grade falls, ascending."""

    @property
    def ageing_s(self) -> float: ...
    @property
    def stale_s(self) -> float: ...
    @property
    def expired_s(self) -> float: ...


def age_s(elements: ElementSet, at_utc: datetime) -> float:
    """Count seconds from the epoch to an instant; negative before the epoch, which is legal."""
    return (require_utc(at_utc) - elements.epoch_utc).total_seconds()


def grade(elements: ElementSet, now_utc: datetime, limits: AgeLimits) -> Grade:
    """Grade a set by now minus epoch; an epoch in the future is fresh.

    A grade hides nothing: it says how far an answer may be trusted.
    """
    age = age_s(elements, now_utc)
    if age < limits.ageing_s:
        return "fresh"
    if age < limits.stale_s:
        return "ageing"
    if age < limits.expired_s:
        return "stale"
    return "expired"


def worst_grade(grades: list[Grade]) -> Grade | None:
    """Return the worst of several grades; None of no grade."""
    return max(grades, key=GRADES.index) if grades else None
