"""Requests as goals: what people ask for, read strictly. ``goal_terms`` turns them into terms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scheduler.satellites import Satellite
from tle.timebase import parse_utc


@dataclass(frozen=True, slots=True)
class Goal:
    """What somebody asks for; None and 0 mean not asked.

    The first block chooses the passes that count; the second says how many or how much, over the
    plan's span unless the name says per day or per orbit; ``about`` charges too much as well. Not
    ``splittable``: one contact has to give all of ``minutes`` or ``volume_bytes``.
    """

    id: str
    satellites: tuple[str, ...]
    owner: str = ""
    priority: float = 1.0
    min_culmination_deg: float = 0.0
    only_sunlit: bool = False
    deadline_utc: datetime | None = None
    min_contact_s: float = 0.0
    max_contact_s: float | None = None
    preferred_hours_utc: tuple[tuple[float, float], ...] = ()

    contacts_per_day: float | None = None
    contacts_per_orbit: float | None = None
    contacts: float | None = None
    minutes: float | None = None
    volume_bytes: float | None = None
    max_gap_s: float | None = None
    about: bool = False
    splittable: bool = True


_COUNTS = ("contacts_per_day", "contacts_per_orbit", "contacts")
_SUMS = (*_COUNTS, "minutes", "volume_bytes")


def read_goal(table: Mapping[str, Any], *, place: str, satellite: Satellite | None = None) -> Goal:
    """Read a goal from a table of TOML or JSON; raise ValueError that names place and key.

    A standing request of a satellite takes its id, owner and priority from it.
    """
    known = set(Goal.__dataclass_fields__)
    unknown = sorted(set(table) - known)
    if unknown:
        raise ValueError(f"{place}.{unknown[0]}: unknown key; known are {', '.join(sorted(known))}")
    values: dict[str, Any] = {}
    for key, value in table.items():
        values[key] = _READERS[key](value, f"{place}.{key}")
    if satellite is not None:
        values.setdefault("satellites", (satellite.id,))
        values.setdefault("owner", satellite.owner)
        values.setdefault("priority", satellite.priority)
        values.setdefault("id", f"{satellite.id}.{place}")
    for key in ("id", "satellites"):
        if not values.get(key):
            raise ValueError(f"{place}.{key}: missing")
    goal = Goal(**values)
    _check_sense(goal, place)
    return goal


def read_standing_goals(satellite: Satellite) -> tuple[Goal, ...]:
    """Read the standing requests of a satellite; raise ValueError as ``read_goal`` does."""
    return tuple(
        read_goal(table, place=f"requests[{index}]", satellite=satellite)
        for index, table in enumerate(satellite.requests)
    )


def _check_sense(goal: Goal, place: str) -> None:
    """Refuse what each key allows but all together do not say anything."""
    summed = [key for key in _SUMS if getattr(goal, key) is not None]
    if not summed and goal.max_gap_s is None and not goal.preferred_hours_utc:
        raise ValueError(
            f"{place}: asks for nothing; give contacts_per_day, contacts_per_orbit, contacts, "
            "minutes, volume_bytes, max_gap_s or preferred_hours_utc"
        )
    if goal.about and not summed:
        raise ValueError(f"{place}.about: needs one of {', '.join(_SUMS)}")
    if goal.max_contact_s is not None and goal.max_contact_s < goal.min_contact_s:
        raise ValueError(
            f"{place}.max_contact_s: {goal.max_contact_s:g} s is less than min_contact_s "
            f"{goal.min_contact_s:g} s"
        )
    if not goal.splittable:
        if goal.minutes is None and goal.volume_bytes is None:
            raise ValueError(
                f"{place}.splittable: false says that one contact gives all; give minutes or "
                "volume_bytes"
            )
        others = [key for key in (*_COUNTS, "max_gap_s") if getattr(goal, key) is not None]
        if goal.about:
            others.append("about")
        if others:
            raise ValueError(
                f"{place}.splittable: false goes with minutes or volume_bytes alone; put "
                f"{others[0]} into a request of its own"
            )


def _number(high: float, unit: str) -> Callable[[Any, str], float]:
    """Accept a finite number from 0 to ``high``."""

    def read(value: Any, place: str) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"{place}: {value!r} is not a number")
        if not 0 <= value <= high:  # NaN and infinite ones too; whole numbers of any length
            text = str(value)[:40]
            raise ValueError(f"{place}: {text} is not between 0 and {high:g}{unit and ' ' + unit}")
        return float(value)

    return read


def _read_flag(value: Any, place: str) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{place}: {value!r} is not true or false")
    return value


def _read_text(value: Any, place: str) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"{place}: {value!r} is not a text")
    return value


def _read_texts(value: Any, place: str) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list | tuple) or not value:
        raise ValueError(f"{place}: {value!r} is not a list of satellite ids")
    return tuple(_read_text(item, place) for item in value)


def _read_instant(value: Any, place: str) -> datetime:
    if isinstance(value, datetime):
        value = value.isoformat()
    return parse_utc(_read_text(value, place), field=place)


def _read_hours(value: Any, place: str) -> tuple[tuple[float, float], ...]:
    if not isinstance(value, list | tuple):
        raise ValueError(f"{place}: {value!r} is not a list of [from, to] hours UTC")
    spans = []
    for item in value:
        if not isinstance(item, list | tuple) or len(item) != 2:
            raise ValueError(f"{place}: {item!r} is not a pair [from, to] of hours UTC")
        low, high = (_number(24.0, "h")(number, place) for number in item)
        if low == high:
            raise ValueError(f"{place}: {item!r} ends when it begins; give [from, to] in hours UTC")
        spans.append((low, high))
    return tuple(spans)


_READERS: Mapping[str, Callable[[Any, str], Any]] = {
    "id": _read_text,
    "owner": _read_text,
    "satellites": _read_texts,
    "only_sunlit": _read_flag,
    "about": _read_flag,
    "splittable": _read_flag,
    "deadline_utc": _read_instant,
    "preferred_hours_utc": _read_hours,
    "priority": _number(1_000.0, ""),
    "min_culmination_deg": _number(90.0, "deg"),
    "min_contact_s": _number(86_400.0, "s"),
    "max_contact_s": _number(86_400.0, "s"),
    "contacts_per_day": _number(1_000.0, "contacts a day"),
    "contacts_per_orbit": _number(100.0, "contacts an orbit"),
    "contacts": _number(100_000.0, "contacts"),
    "minutes": _number(1_000_000.0, "min"),
    "volume_bytes": _number(1e18, "bytes"),
    "max_gap_s": _number(366 * 86_400.0, "s"),
}
