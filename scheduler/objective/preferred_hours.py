"""Preferred hours of the day: a contact that starts in them is worth more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from scheduler.objective.base import Terms
from scheduler.problem.model import Opportunity
from tle.timebase import DAY_S


def value_preferred_hours(
    members: Sequence[Opportunity],
    *,
    hours_utc: tuple[tuple[float, float], ...],
    bonus_per_s: float,
) -> Terms:
    """Add a value per usable second to members that start in one of the spans of hours (eq 1).

    A span whose end is not after its start runs over midnight.
    """
    return Terms(
        tuple(
            replace(item, value_per_s=item.value_per_s + bonus_per_s)
            if any(_holds(span, item.start_s % DAY_S / 3600.0) for span in hours_utc)
            else item
            for item in members
        )
    )


def _holds(span: tuple[float, float], hour: float) -> bool:
    low, high = span
    return low <= hour < high if low < high else hour >= low or hour < high
