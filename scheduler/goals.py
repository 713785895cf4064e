"""Requests as goals: what people ask for, read strictly, and turned into terms of the problem.

A goal is soft: what cannot be had is reported as a shortfall, never as an error. Its prices are in
the plan's value unit (priority-minutes): a missing contact costs as much as ``CONTACT_MINUTES`` of
contact time of the goal's priority, a missing minute one minute, a missing share of the volume
that share of the minutes that the volume takes, an hour of a gap too long ``GAP_MINUTES_PER_H``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from scheduler.objective import (
    value_preferred_hours,
    value_revisit_gap,
    value_satisfaction,
)
from scheduler.objective.base import Terms
from scheduler.problem.candidates import Candidate
from scheduler.problem.measure import measure_usable_s, measure_volume
from scheduler.problem.model import GapTerm, GroupTerm, Opportunity, Request
from scheduler.satellites import Satellite
from tle.timebase import DAY_S, parse_utc, to_unix_s

CONTACT_MINUTES = 20.0
GAP_MINUTES_PER_H = 10.0
PREFERRED_PART = 0.5  # of the goal's priority, added to a minute in the preferred hours


@dataclass(frozen=True, slots=True)
class Goal:
    """What somebody asks for; None and 0 mean not asked.

    The first block chooses the passes that count; the second says how many or how much, over the
    plan's span unless the name says per day or per orbit; ``about`` charges too much as well.
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


@dataclass(frozen=True, slots=True)
class GoalTerms:
    """What goals add to a problem, and opportunities with changed coefficients and limits."""

    opportunities: tuple[Opportunity, ...]
    requests: tuple[Request, ...]
    terms: Terms


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
    asked = (goal.contacts_per_day, goal.contacts_per_orbit, goal.contacts, goal.minutes)
    if all(item is None for item in (*asked, goal.volume_bytes, goal.max_gap_s)) and (
        not goal.preferred_hours_utc
    ):
        raise ValueError(
            f"{place}: asks for nothing; give contacts_per_day, contacts_per_orbit, contacts, "
            "minutes, volume_bytes, max_gap_s or preferred_hours_utc"
        )
    return goal


def _read_number(value: Any, place: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{place}: {value!r} is not a number")
    if value < 0:
        raise ValueError(f"{place}: {value!r} is negative")
    return float(value)


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
        low, high = (_read_number(number, place) for number in item)
        if max(low, high) > 24.0:
            raise ValueError(f"{place}: {item!r} is beyond 24 h")
        spans.append((low, high))
    return tuple(spans)


_READERS = {
    "id": _read_text,
    "owner": _read_text,
    "satellites": _read_texts,
    "only_sunlit": _read_flag,
    "about": _read_flag,
    "splittable": _read_flag,
    "deadline_utc": _read_instant,
    "preferred_hours_utc": _read_hours,
    **{
        key: _read_number
        for key in (
            "priority",
            "min_culmination_deg",
            "min_contact_s",
            "max_contact_s",
            "contacts_per_day",
            "contacts_per_orbit",
            "contacts",
            "minutes",
            "volume_bytes",
            "max_gap_s",
        )
    },
}


def build_goal_terms(
    candidates: Sequence[Candidate], goals: Sequence[Goal], start_s: float, end_s: float
) -> GoalTerms:
    """Turn goals into terms over the candidates that count for them (eqs 2, 3 and 8)."""
    opportunities = {item.opportunity.id: item.opportunity for item in candidates}
    requests: list[Request] = []
    groups: list[GroupTerm] = []
    gaps: list[GapTerm] = []
    for goal in goals:
        counting = [item for item in candidates if counts_for(goal, item)]
        members = []
        for item in counting:
            changed = _limit_length(goal, opportunities[item.opportunity.id])
            opportunities[changed.id] = changed
            members.append(changed)
        if goal.preferred_hours_utc:
            bonus_per_s = PREFERRED_PART * goal.priority / 60.0
            preferred = value_preferred_hours(
                members, hours_utc=goal.preferred_hours_utc, bonus_per_s=bonus_per_s
            ).opportunities
            opportunities.update((item.id, item) for item in preferred)
            members = list(preferred)
        for terms in _ask(goal, counting, members, start_s, end_s):
            groups += terms.group_terms
            gaps += terms.gap_terms
        requests.append(
            Request(
                id=goal.id,
                members=tuple(item.id for item in members),
                owner=goal.owner,
                max_contacts=None if goal.splittable else 1,
            )
        )
    return GoalTerms(
        tuple(opportunities[item.opportunity.id] for item in candidates),
        tuple(requests),
        Terms(group_terms=tuple(groups), gap_terms=tuple(gaps)),
    )


def counts_for(goal: Goal, candidate: Candidate) -> bool:
    """Ask whether a candidate counts for a goal."""
    deadline_s = math.inf if goal.deadline_utc is None else to_unix_s(goal.deadline_utc)
    opportunity = candidate.opportunity
    return (
        candidate.satellite.id in goal.satellites
        and candidate.visible.max_elevation_deg >= goal.min_culmination_deg
        and (candidate.sunlit or not goal.only_sunlit)
        and opportunity.end_s <= deadline_s
        and opportunity.end_s - opportunity.start_s >= goal.min_contact_s
    )


def _limit_length(goal: Goal, opportunity: Opportunity) -> Opportunity:
    least_s = max(opportunity.min_s, goal.min_contact_s)
    longest_s = opportunity.max_s
    if goal.max_contact_s is not None and opportunity.trim != "none":
        longest_s = max(least_s, min(goal.max_contact_s, longest_s or math.inf))
    return replace(opportunity, min_s=least_s, max_s=longest_s)


def _ask(
    goal: Goal,
    counting: Sequence[Candidate],
    members: Sequence[Opportunity],
    start_s: float,
    end_s: float,
) -> Iterator[Terms]:
    per_contact = CONTACT_MINUTES * goal.priority
    shared: dict[str, Any] = {
        "about": goal.about, "request_id": goal.id, "owner": goal.owner,
    }  # fmt: skip
    if goal.contacts_per_day is not None:
        for day_start_s, day_end_s in list_days(start_s, end_s):
            inside = [
                item for item in members if item.start_s < day_end_s and item.end_s > day_start_s
            ]
            yield value_satisfaction(
                inside, id=f"{goal.id}.contacts_per_day.{round(day_start_s)}", quantity="count",
                target=goal.contacts_per_day, price=per_contact,
                starts_within=(day_start_s, day_end_s), **shared,
            )  # fmt: skip
    if goal.contacts_per_orbit is not None:
        rates = [item.visible.elements.mean_motion_rev_day for item in counting]
        orbits = (end_s - start_s) / DAY_S * (max(rates) if rates else 0.0)
        yield value_satisfaction(
            members, id=f"{goal.id}.contacts_per_orbit", quantity="count",
            target=goal.contacts_per_orbit * orbits, price=per_contact, **shared,
        )  # fmt: skip
    if goal.contacts is not None:
        yield value_satisfaction(
            members, id=f"{goal.id}.contacts", quantity="count", target=goal.contacts,
            price=per_contact, **shared,
        )  # fmt: skip
    if goal.minutes is not None:
        yield value_satisfaction(
            members, id=f"{goal.id}.minutes", quantity="usable_s", target=60.0 * goal.minutes,
            price=goal.priority / 60.0, **shared,
        )  # fmt: skip
    if goal.volume_bytes is not None:
        seconds = sum(measure_usable_s(item, item.start_s, item.end_s) for item in members)
        volume = sum(measure_volume(item, item.start_s, item.end_s) for item in members)
        per_byte = goal.priority / 60.0 * seconds / volume if volume > 0 else 0.0
        yield value_satisfaction(
            members, id=f"{goal.id}.volume", quantity="volume", target=goal.volume_bytes,
            price=per_byte, **shared,
        )  # fmt: skip
    if goal.max_gap_s is not None:
        yield value_revisit_gap(
            members, id=f"{goal.id}.max_gap", start_s=start_s, end_s=end_s,
            max_gap_s=goal.max_gap_s,
            price_per_s=GAP_MINUTES_PER_H * goal.priority / 3600.0,
            request_id=goal.id, owner=goal.owner,
        )  # fmt: skip


def list_days(start_s: float, end_s: float) -> Iterator[tuple[float, float]]:
    """List the UTC days that lie whole inside a span."""
    first = math.ceil(start_s / DAY_S)
    for day in range(first, math.floor(end_s / DAY_S)):
        yield day * DAY_S, (day + 1) * DAY_S
