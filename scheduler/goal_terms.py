"""Goals as terms of the problem: at least so much, no longer gap, better hours.

A goal is soft: what cannot be had is reported as a shortfall, never as an error. Its prices are in
the plan's value unit (priority-minutes): a missing contact costs as much as ``CONTACT_MINUTES`` of
contact time of the goal's priority, a missing minute one minute, a missing share of the volume
that share of the minutes that the volume takes, an hour of a gap too long ``GAP_MINUTES_PER_H``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from scheduler.goals import Goal
from scheduler.objective import (
    value_preferred_hours,
    value_revisit_gap,
    value_satisfaction,
)
from scheduler.objective.base import Terms
from scheduler.problem.candidates import Candidate
from scheduler.problem.measure import measure_usable_s, measure_volume
from scheduler.problem.model import GapTerm, GroupTerm, Opportunity, Request
from tle.elements import ElementSet
from tle.revolutions import count_revolution
from tle.timebase import DAY_S, from_unix_s, to_unix_s

CONTACT_MINUTES = 20.0
GAP_MINUTES_PER_H = 10.0
PREFERRED_PART = 0.5  # of the goal's priority, added to a minute in the preferred hours


@dataclass(frozen=True, slots=True)
class GoalTerms:
    """What goals add to a problem, and opportunities with changed coefficients and limits."""

    opportunities: tuple[Opportunity, ...]
    requests: tuple[Request, ...]
    terms: Terms


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
        for terms in _ask(goal, members, start_s, end_s):
            groups += terms.group_terms
            gaps += terms.gap_terms
        if goal.contacts_per_orbit is not None:
            groups += _ask_per_orbit(goal, candidates, counting, start_s, end_s)
        requests.append(
            Request(id=goal.id, members=tuple(item.id for item in members), owner=goal.owner)
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
        and (goal.splittable or _gives_all(goal, opportunity))
    )


def _gives_all(goal: Goal, opportunity: Opportunity) -> bool:
    """Ask whether one contact over the whole window gives all that a goal asks for."""
    ends_s = (opportunity.start_s, opportunity.end_s)
    return measure_usable_s(opportunity, *ends_s) >= 60.0 * (goal.minutes or 0.0) and (
        measure_volume(opportunity, *ends_s) >= (goal.volume_bytes or 0.0)
    )


def _limit_length(goal: Goal, opportunity: Opportunity) -> Opportunity:
    least_s = max(opportunity.min_s, goal.min_contact_s)
    if not goal.splittable:
        least_s = max(least_s, _find_least_s(goal, opportunity))
    longest_s = math.inf if opportunity.max_s is None else opportunity.max_s
    if goal.max_contact_s is not None and opportunity.trim != "none":
        longest_s = min(goal.max_contact_s, longest_s)
    longest_s = max(least_s, longest_s)
    return replace(
        opportunity, min_s=least_s, max_s=longest_s if math.isfinite(longest_s) else None
    )


def _find_least_s(goal: Goal, opportunity: Opportunity) -> float:
    """Find how long a contact has to be to give all, wherever it lies in its window."""
    length_s = opportunity.end_s - opportunity.start_s
    if goal.volume_bytes is not None:
        return length_s
    lost_s = opportunity.lock_s + sum(high - low for low, high in opportunity.interruptions)
    return min(length_s, 60.0 * (goal.minutes or 0.0) + lost_s)


def _ask(
    goal: Goal, members: Sequence[Opportunity], start_s: float, end_s: float
) -> Iterator[Terms]:
    per_contact = CONTACT_MINUTES * goal.priority
    shared = _share(goal)
    if not goal.splittable:
        yield value_satisfaction(
            members, id=f"{goal.id}.in_one_contact", quantity="count", target=1.0,
            price=per_contact, **shared,
        )  # fmt: skip
        return
    if goal.contacts_per_day is not None:
        for day_start_s, day_end_s in list_days(start_s, end_s):
            inside = [
                item for item in members if item.start_s < day_end_s and item.end_s > day_start_s
            ]
            yield value_satisfaction(
                inside, id=f"{goal.id}.contacts_per_day.{from_unix_s(day_start_s).date()}",
                quantity="count",
                target=goal.contacts_per_day * (day_end_s - day_start_s) / DAY_S,
                price=per_contact, starts_within=(day_start_s, day_end_s), **shared,
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


def _share(goal: Goal) -> dict[str, Any]:
    return {"about": goal.about, "request_id": goal.id, "owner": goal.owner}


def list_days(start_s: float, end_s: float) -> Iterator[tuple[float, float]]:
    """List the parts of UTC days that make up a span, in order."""
    for day in range(math.floor(start_s / DAY_S), math.ceil(end_s / DAY_S)):
        yield max(start_s, day * DAY_S), min(end_s, (day + 1) * DAY_S)


def _ask_per_orbit(
    goal: Goal,
    candidates: Sequence[Candidate],
    counting: Sequence[Candidate],
    start_s: float,
    end_s: float,
) -> Iterator[GroupTerm]:
    """Ask every revolution that lies whole in the span, of each satellite, for its contacts.

    Revolutions without a window are one term together, without a price: no plan can change it.
    """
    asked = goal.contacts_per_orbit or 0.0
    for satellite_id in goal.satellites:
        orbits = [item.visible.elements for item in candidates if item.satellite.id == satellite_id]
        own = [item for item in counting if item.satellite.id == satellite_id]
        members: dict[int, list[Opportunity]] = {}
        missing = 1  # of a satellite that no pass is known of
        if orbits:
            first, last = (count_turns(orbits[0], instant) for instant in (start_s, end_s))
            members = {number: [] for number in range(first + 1, last)}
            for item in own:
                number = count_turns(orbits[0], item.visible.aos_unix_s)
                members.get(number, []).append(item.opportunity)
            missing = sum(not each for each in members.values())
        for number, each in members.items():
            if each:
                yield from value_satisfaction(
                    each, id=f"{goal.id}.contacts_per_orbit.{satellite_id}.{number}",
                    quantity="count", target=asked, price=CONTACT_MINUTES * goal.priority,
                    **_share(goal),
                ).group_terms  # fmt: skip
        if missing:
            yield GroupTerm(
                id=f"{goal.id}.contacts_per_orbit.{satellite_id}.without_window",
                name="satisfaction", quantity="count", members=(), target=asked * missing,
                request_id=goal.id, owner=goal.owner,
            )  # fmt: skip


def count_turns(elements: ElementSet, unix_s: float) -> int:
    """Count the ascending nodes from the epoch to an instant; from mean motion where SGP4 fails."""
    number = count_revolution(replace(elements, rev_at_epoch=0), unix_s)
    if number is not None:
        return number
    days = (unix_s - to_unix_s(elements.epoch_utc)) / DAY_S
    return math.floor(days * elements.mean_motion_rev_day)
