"""The objects that a prediction is made of, and those that cannot be predicted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from scheduler.prediction.passes import TrackedObject
from scheduler.satellites import ElementLimits, Satellite
from tle.freshness import Grade, grade
from tle.timing import TimingModel
from tle.watch import OrbitWatch, limit_grade


@dataclass(frozen=True, slots=True)
class Missing:
    """A satellite that cannot be predicted, and why (a stable tag and a sentence)."""

    satellite_id: str
    norad_cat_id: int | None
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class ObjectChoice:
    """The objects to predict, with the element limits of each, and those that have no elements.

    ``satellites`` are all that were asked for, with elements or without.
    """

    objects: tuple[TrackedObject, ...]
    limits: tuple[ElementLimits, ...]
    missing: tuple[Missing, ...]
    satellites: tuple[Satellite, ...]
    timing: Mapping[str, TimingModel] = field(default_factory=dict)  # by satellite, where learnt
    orbits: Mapping[str, OrbitWatch] = field(default_factory=dict)  # those that are not steady

    def grade(self, tracked: TrackedObject, limits: ElementLimits, now_utc: datetime) -> Grade:
        """Grade an object's elements by age, and lower by the status of its orbit."""
        by_age = grade(tracked.elements, now_utc, limits)
        watch = self.orbits.get(tracked.satellite_id)
        return by_age if watch is None else limit_grade(by_age, watch.status)
