"""Which element set serves an object and an instant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from tle.elements import ElementSet
from tle.timebase import require_utc

ObjectKey = tuple[str, int | str]


def object_key(elements: ElementSet) -> ObjectKey:
    """Say which object a set is of: by number, else by designator, else by name."""
    if elements.norad_cat_id is not None:
        return ("number", elements.norad_cat_id)
    if elements.object_id:
        return ("designator", elements.object_id)
    return ("name", elements.name)


def group_by_object(sets: Iterable[ElementSet]) -> Mapping[ObjectKey, tuple[ElementSet, ...]]:
    """Group sets by object, objects and sets in the order of their first appearance."""
    groups: dict[ObjectKey, list[ElementSet]] = {}
    for elements in sets:
        groups.setdefault(object_key(elements), []).append(elements)
    return {key: tuple(group) for key, group in groups.items()}


def find_newest(sets: Iterable[ElementSet]) -> ElementSet | None:
    """Return the set with the newest epoch; of one epoch issued twice, the later arrival."""
    return max(sets, key=lambda e: (e.epoch_utc, e.received_utc, e.fingerprint), default=None)


def select_for(
    sets: Iterable[ElementSet], at_utc: datetime, *, known_utc: datetime | None = None
) -> ElementSet | None:
    """Choose, of the sets of one object, the one that serves an instant: the nearest epoch.

    For instants after the newest epoch that is the newest set, whatever order the sets came in.
    Of one epoch issued twice the later arrival wins. ``known_utc`` leaves out what had not yet
    reached us then.
    """
    at_utc = require_utc(at_utc)

    def rank(elements: ElementSet) -> tuple[timedelta, float, str]:
        arrival = -elements.received_utc.timestamp()
        return (abs(elements.epoch_utc - at_utc), arrival, elements.fingerprint)

    known = [e for e in sets if known_utc is None or e.received_utc <= known_utc]
    return min(known, key=rank) if len(known) > 1 else next(iter(known), None)


def select_each(sets: Iterable[ElementSet], at_utc: datetime) -> tuple[ElementSet, ...]:
    """Choose one set for every object of a mixed collection, objects in their first order."""
    chosen = (select_for(group, at_utc) for group in group_by_object(sets).values())
    return tuple(elements for elements in chosen if elements is not None)
