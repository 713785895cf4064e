"""The objects that a prediction is made of, and those that cannot be predicted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from scheduler.prediction.passes import TrackedObject
from scheduler.satellites import ElementLimits, Satellite
from tle.elements import ElementSet
from tle.freshness import Grade, grade
from tle.offers import OemOrbit
from tle.timing import TimingModel
from tle.watch import OrbitWatch, limit_grade


@dataclass(frozen=True, slots=True)
class Missing:
    """A satellite that cannot be predicted, and why (a stable tag and a sentence)."""

    satellite_id: str
    norad_cat_id: int | None
    reason: str
    detail: str


@dataclass(frozen=True)
class ObjectChoice:
    """The objects to predict, and those that have no elements.

    ``satellites`` are all that were asked for, with elements or without.
    """

    objects: tuple[TrackedObject, ...]
    missing: tuple[Missing, ...]
    satellites: tuple[Satellite, ...]
    timing: Mapping[str, TimingModel] = field(default_factory=dict)  # by satellite, where learnt
    orbits: Mapping[str, OrbitWatch] = field(default_factory=dict)  # those that are not steady

    @property
    def alternatives(self) -> dict[str, ElementSet]:
        """Return, by satellite, the set before a manoeuvre that no second set has confirmed."""
        return {
            name: watch.alternative
            for name, watch in self.orbits.items()
            if watch.alternative is not None
        }

    @cached_property
    def _limits(self) -> dict[str, ElementLimits]:
        return {satellite.id: satellite.element_limits for satellite in self.satellites}

    def part(self, first: int, end: int) -> ObjectChoice:
        """Return the objects from ``first`` up to but not including ``end``, and none missing."""
        objects = self.objects[first:end]
        ids = {tracked.satellite_id for tracked in objects}
        return ObjectChoice(
            objects,
            (),
            tuple(satellite for satellite in self.satellites if satellite.id in ids),
            {name: model for name, model in self.timing.items() if name in ids},
            {name: watch for name, watch in self.orbits.items() if name in ids},
        )

    def grade(self, objects: Sequence[TrackedObject], now_utc: datetime) -> tuple[Grade, ...]:
        """Grade each by age, and lower by the status of the orbit where elements tell it."""
        grades = []
        for tracked in objects:
            by_age = grade(tracked.elements, now_utc, self._limits[tracked.satellite_id])
            watch = self.orbits.get(tracked.satellite_id)
            lowered = watch is not None and not isinstance(tracked.elements, OemOrbit)
            grades.append(limit_grade(by_age, watch.status) if watch and lowered else by_age)
        return tuple(grades)
