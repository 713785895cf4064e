"""Independent audit of a plan: knows the problem and the plan, and no solver.

On purpose it shares nothing with ``problem.conflicts``, ``problem.measure`` and the solvers: it
judges every rule of ``docs/planning-problem.md`` again from the equations alone, and values the
plan again. A plan that it does not accept is never stored.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from scheduler.problem.model import (
    AntennaResource,
    Choice,
    GroupTerm,
    Opportunity,
    PlanningProblem,
)

SLACK_S = 1e-5  # what rounding may cost
SLACK_VALUE = 1e-6  # relative


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule: its equation, a stable tag, the contacts, a sentence."""

    equation: str
    tag: str
    opportunity_ids: tuple[str, ...]
    sentence: str


def audit(
    problem: PlanningProblem, choices: Sequence[Choice], value: float | None = None
) -> tuple[Violation, ...]:
    """Judge a plan, and the value that was claimed for it; no violation means accepted."""
    found = list(_judge_contacts(problem, choices))
    if any(violation.tag == "unknown" for violation in found):
        return tuple(found)
    found += _judge_antennas(problem, choices)
    found += _judge_satellites(problem, choices)
    found += _judge_requests(problem, choices)
    found += _judge_commitments(problem, choices)
    if value is not None:
        own = revalue(problem, choices)
        if not abs(own - value) <= SLACK_VALUE * max(1.0, abs(own)):
            found.append(
                Violation(
                    "eq 1", "value", (), f"claimed value {value!r}, the contacts give {own!r}"
                )
            )
    return tuple(found)


def _judge_contacts(problem: PlanningProblem, choices: Sequence[Choice]) -> Iterator[Violation]:
    times = Counter(choice.opportunity_id for choice in choices)
    for name, count in sorted(times.items()):
        if count > 1:
            yield Violation("eq 5", "used_twice", (name,), f"{name} is taken {count} times")
    for choice in choices:
        who = (choice.opportunity_id,)
        window = problem.opportunity_by_id.get(choice.opportunity_id)
        if window is None:
            yield Violation("eq 5", "unknown", who, f"{who[0]} is no opportunity")
            continue
        if not any(set(names) == set(choice.antennas) for names in window.antenna_sets) or len(
            set(choice.antennas)
        ) != len(choice.antennas):
            yield Violation("eq 5", "unknown", who, f"{who[0]} cannot use {choice.antennas}")
            continue
        length_s = choice.end_s - choice.start_s
        if not (math.isfinite(length_s) and length_s > 0):
            yield Violation("eq 5", "unknown", who, f"{who[0]} lasts {length_s} s")
            continue
        low_s, high_s = max(window.start_s, problem.start_s), min(window.end_s, problem.end_s)
        if choice.start_s < low_s - SLACK_S or choice.end_s > high_s + SLACK_S:
            yield Violation("eq 5", "outside_window", who, f"{who[0]} leaves its window or horizon")
        if window.trim in ("none", "stop") and abs(choice.start_s - window.start_s) > SLACK_S:
            yield Violation("eq 5", "start_moved", who, f"{who[0]}: its start may not move")
        if window.trim in ("none", "start") and abs(choice.end_s - window.end_s) > SLACK_S:
            yield Violation("eq 5", "end_moved", who, f"{who[0]}: its end may not move")
        if length_s < window.min_s - SLACK_S:
            yield Violation("eq 5", "too_short", who, f"{who[0]}: {length_s:g} s")
        if window.max_s is not None and length_s > window.max_s + SLACK_S:
            yield Violation("eq 5", "too_long", who, f"{who[0]}: {length_s:g} s")
        for name in choice.antennas:
            antenna = problem.antenna_by_id[name]
            before_s, after_s = _setup(antenna, window), _teardown(antenna, window)
            for down_s, up_s in antenna.downtimes:
                overlap_s = min(choice.end_s + after_s, up_s) - max(
                    choice.start_s - before_s, down_s
                )
                if overlap_s > SLACK_S:
                    yield Violation("eq 5", "in_downtime", who, f"{who[0]}: downtime of {name}")


def _judge_antennas(problem: PlanningProblem, choices: Sequence[Choice]) -> list[Violation]:
    """Judge eq 6 on every pair that could be too close, not on neighbours alone."""
    found = []
    on_antenna: dict[str, list[Choice]] = defaultdict(list)
    for choice in choices:
        for name in choice.antennas:
            on_antenna[name].append(choice)
    for name, contacts in sorted(on_antenna.items()):
        antenna = problem.antenna_by_id[name]
        windows = problem.opportunity_by_id
        contacts.sort(key=lambda item: (item.start_s, item.end_s))
        ceiling_s = _bound_need(problem, antenna, contacts)
        for index, first in enumerate(contacts):
            for second in contacts[index + 1 :]:
                pause_s = second.start_s - first.end_s
                if pause_s >= ceiling_s:
                    break
                need_s = _need(antenna, first, windows[first.opportunity_id], second,
                               windows[second.opportunity_id])  # fmt: skip
                if pause_s < need_s - SLACK_S:
                    who = (first.opportunity_id, second.opportunity_id)
                    sentence = f"{name}: {who[0]} to {who[1]} has {pause_s:.1f} s of {need_s:.1f} s"
                    found.append(Violation("eq 6", "changeover", who, sentence))
    return found


def _bound_need(
    problem: PlanningProblem, antenna: AntennaResource, contacts: Sequence[Choice]
) -> float:
    windows = [problem.opportunity_by_id[item.opportunity_id] for item in contacts]
    setup_s = max(_setup(antenna, window) for window in windows)
    teardown_s = max(_teardown(antenna, window) for window in windows)
    slew_s = max(antenna.pair_slew_s.values(), default=0.0)
    if antenna.axes is not None:
        for axis, rate, acceleration in _axes(antenna):
            angles = [row[axis] for window in windows for row in window.pointing]
            way = max(angles, default=0.0) - min(angles, default=0.0)
            ramp_s = rate / acceleration if acceleration > 0 else 0.0
            slew_s = max(slew_s, way / rate + ramp_s)
    return setup_s + teardown_s + slew_s + antenna.settle_s + SLACK_S


def _need(
    antenna: AntennaResource, first: Choice, one: Opportunity, second: Choice, other: Opportunity
) -> float:
    """Compute the pause that eq 6 asks for between two contacts in this order."""
    teardown_s, setup_s = _teardown(antenna, one), _setup(antenna, other)
    if not antenna.pair_slew_s and antenna.axes is None:
        return teardown_s + setup_s
    slew_s = antenna.pair_slew_s.get(f"{one.satellite_id}|{other.satellite_id}", 0.0)
    if antenna.axes is not None and one.pointing and other.pointing:
        for axis, rate, acceleration in _axes(antenna):
            way = abs(_angle(other, axis, second.start_s) - _angle(one, axis, first.end_s))
            if axis == 1 and antenna.axes.azimuth_is_continuous:
                way = min(way % 360.0, -way % 360.0)
            if acceleration <= 0:
                axis_s = way / rate
            else:
                peak = min(rate, math.sqrt(way * acceleration))
                axis_s = 0.0 if way == 0 else way / peak + peak / acceleration
            slew_s = max(slew_s, axis_s)
    moving_s = slew_s + antenna.settle_s
    if antenna.changeover == "additive":
        return teardown_s + setup_s + moving_s
    return teardown_s + (setup_s if setup_s > moving_s else moving_s)


def _axes(antenna: AntennaResource) -> tuple[tuple[int, float, float], ...]:
    axes = antenna.axes
    if axes is None:
        return ()
    return (
        (1, axes.azimuth_rate_deg_s, axes.azimuth_acceleration_deg_s2),
        (2, axes.elevation_rate_deg_s, axes.elevation_acceleration_deg_s2),
    )


def _angle(window: Opportunity, axis: int, instant_s: float) -> float:
    rows = window.pointing
    if instant_s <= rows[0][0]:
        return rows[0][axis]
    for left, right in pairwise(rows):
        if instant_s <= right[0]:
            part = (instant_s - left[0]) / (right[0] - left[0])
            return (1 - part) * left[axis] + part * right[axis]
    return rows[-1][axis]


def _setup(antenna: AntennaResource, window: Opportunity) -> float:
    return window.setup_s if window.setup_s is not None else antenna.setup_s


def _teardown(antenna: AntennaResource, window: Opportunity) -> float:
    return window.teardown_s if window.teardown_s is not None else antenna.teardown_s


def _judge_satellites(problem: PlanningProblem, choices: Sequence[Choice]) -> list[Violation]:
    found = []
    of_satellite: dict[str, list[Choice]] = defaultdict(list)
    for choice in choices:
        window = problem.opportunity_by_id[choice.opportunity_id]
        of_satellite[window.satellite_id].append(choice)
    for name, contacts in sorted(of_satellite.items()):
        recovery_s = problem.satellite_by_id[name].recovery_s
        latest: Choice | None = None
        for choice in sorted(contacts, key=lambda item: (item.start_s, item.end_s)):
            if latest is not None and choice.start_s - latest.end_s < recovery_s - SLACK_S:
                who = (latest.opportunity_id, choice.opportunity_id)
                pause_s = choice.start_s - latest.end_s
                sentence = f"{name}: {who[0]} to {who[1]} has {pause_s:.1f} s of {recovery_s:.1f} s"
                found.append(Violation("eq 7", "satellite_busy", who, sentence))
            if latest is None or choice.end_s > latest.end_s:
                latest = choice
    return found


def _judge_requests(problem: PlanningProblem, choices: Sequence[Choice]) -> Iterator[Violation]:
    taken = {choice.opportunity_id: choice for choice in choices}
    for request in problem.requests:
        served = [taken[member] for member in request.members if member in taken]
        who = tuple(choice.opportunity_id for choice in served)
        total_s = sum(choice.end_s - choice.start_s for choice in served)
        if request.max_contacts is not None and len(served) > request.max_contacts:
            yield Violation("eq 8", "too_many", who, f"{request.id}: {len(served)} contacts")
        if served and total_s < request.min_total_s - SLACK_S:
            yield Violation("eq 8", "below_minimum", who, f"{request.id}: {total_s:g} s in all")
        if request.max_total_s is not None and total_s > request.max_total_s + SLACK_S:
            yield Violation("eq 8", "above_maximum", who, f"{request.id}: {total_s:g} s in all")
    for term in problem.group_terms:
        total = _sum_group(problem, term, taken)
        slack = SLACK_S * max(1.0, abs(total))
        if term.at_least is not None and total < term.at_least - slack:
            yield Violation("eq 8", "below_limit", (), f"{term.id}: {total:g}")
        if term.at_most is not None and total > term.at_most + slack:
            yield Violation("eq 8", "above_limit", (), f"{term.id}: {total:g}")


def _judge_commitments(problem: PlanningProblem, choices: Sequence[Choice]) -> Iterator[Violation]:
    present = set(choices)
    for pin in problem.pins:
        if pin.choice not in present:
            name = pin.choice.opportunity_id
            yield Violation(
                "eq 9", "pin_missing", (name,), f"{pin.reason} {name} is not in the plan"
            )
    taken = {choice.opportunity_id for choice in choices}
    for forbid in problem.forbids:
        if forbid.opportunity_id in taken:
            name = forbid.opportunity_id
            yield Violation("eq 9", "forbidden", (name,), f"{name} is taken but {forbid.reason}")


def revalue(problem: PlanningProblem, choices: Sequence[Choice]) -> float:
    """Value a plan from the equations (eqs 1 to 4)."""
    taken = {choice.opportunity_id: choice for choice in choices}
    parts: list[float] = []
    for choice in choices:
        window = problem.opportunity_by_id[choice.opportunity_id]
        usable_s, volume = _yield_of(window, choice)
        parts.append(window.value_per_contact)
        parts.append(window.value_per_s * usable_s)
        parts.append(window.value_per_volume * volume)
    for term in problem.group_terms:
        if term.lines:
            total = _sum_group(problem, term, taken)
            parts.append(min(slope * total + intercept for slope, intercept in term.lines))
    for gap in problem.gap_terms:
        spans = sorted(
            (taken[member].start_s, taken[member].end_s)
            for member in gap.members
            if member in taken
        )
        covered_to_s = gap.start_s
        for start_s, end_s in spans:
            waited_s = min(start_s, gap.end_s) - covered_to_s
            parts.append(-gap.price_per_s * max(0.0, waited_s - gap.max_gap_s))
            covered_to_s = max(covered_to_s, end_s)
        parts.append(-gap.price_per_s * max(0.0, gap.end_s - covered_to_s - gap.max_gap_s))
    if problem.previous:
        before, after = set(problem.previous), set(choices)
        parts.append(-problem.change_price * (len(before - after) + len(after - before)))
    return math.fsum(parts)


def _yield_of(window: Opportunity, choice: Choice) -> tuple[float, float]:
    """Return usable seconds and volume, piece by piece of the usable time."""
    pieces = [(choice.start_s + window.lock_s, choice.end_s)]
    for hole_start_s, hole_end_s in window.interruptions:
        pieces = [
            part
            for low, high in pieces
            for part in ((low, min(high, hole_start_s)), (max(low, hole_end_s), high))
            if part[1] > part[0]
        ]
    usable_s = sum(high - low for low, high in pieces if high > low)
    if window.rate:
        ends = [instant for instant, _ in window.rate[1:]] + [window.end_s]
        volume = sum(
            per_s * (min(high, end) - max(low, start))
            for (start, per_s), end in zip(window.rate, ends, strict=True)
            for low, high in pieces
            if min(high, end) > max(low, start)
        )
        return usable_s, volume
    if window.volume is None:
        return usable_s, 0.0
    if (choice.start_s, choice.end_s) == (window.start_s, window.end_s):
        return usable_s, window.volume if usable_s > 0 else 0.0
    whole = Choice(choice.opportunity_id, choice.antennas, window.start_s, window.end_s)
    whole_s = _yield_of_whole(window, whole)
    return usable_s, window.volume * usable_s / whole_s if whole_s > 0 else 0.0


def _yield_of_whole(window: Opportunity, whole: Choice) -> float:
    first_s = whole.start_s + window.lock_s
    lost_s = sum(
        max(0.0, min(whole.end_s, high) - max(first_s, low)) for low, high in window.interruptions
    )
    return max(0.0, whole.end_s - first_s - lost_s)


def _sum_group(problem: PlanningProblem, term: GroupTerm, taken: dict[str, Choice]) -> float:
    weights = term.weights or tuple(1.0 for _ in term.members)
    total = 0.0
    for member, weight in zip(term.members, weights, strict=True):
        choice = taken.get(member)
        if choice is None:
            continue
        if term.starts_within is not None:
            first_s, last_s = term.starts_within
            if choice.start_s < first_s or choice.start_s >= last_s:
                continue
        window = problem.opportunity_by_id[member]
        total += weight * _quantity(problem, term, window, choice)
    return total


def _quantity(
    problem: PlanningProblem, term: GroupTerm, window: Opportunity, choice: Choice
) -> float:
    length_s = choice.end_s - choice.start_s
    if term.quantity == "count":
        return 1.0
    if term.quantity == "duration_s":
        return length_s
    if term.quantity == "reserved_s":
        antennas = [problem.antenna_by_id[name] for name in choice.antennas]
        return sum(length_s + _setup(item, window) + _teardown(item, window) for item in antennas)
    usable_s, volume = _yield_of(window, choice)
    return usable_s if term.quantity == "usable_s" else volume
