"""Contradictions between what a problem demands: all of them at once, each with both sides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from scheduler.problem.conflicts import TOLERANCE_S, find_clash, fits_window
from scheduler.problem.measure import counts_in, get_setup_s, get_teardown_s, measure_quantity
from scheduler.problem.model import Choice, Opportunity, Pin, PlanningProblem
from tle.timebase import format_utc, from_unix_s

UNIX_FROM_S = 3e8  # 1979: no problem that counts from its own beginning is nine years long


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two demands that cannot both hold: a stable tag, the two sides, a sentence."""

    kind: str
    left: str
    right: str
    sentence: str


def find_contradictions(problem: PlanningProblem) -> tuple[Contradiction, ...]:
    """Find every contradiction between pins, forbids, windows, downtimes and hard limits."""
    found: list[Contradiction] = []
    for pin in problem.pins:
        found.extend(_check_pin(problem, pin))
    found.extend(_check_pairs(problem))
    found.extend(_check_limits(problem))
    found.extend(_check_minimums(problem))
    return tuple(found)


def _tell(problem: PlanningProblem, start_s: float, end_s: float) -> str:
    """Write a span in UTC where the problem's seconds are Unix seconds, as in Aspan's own."""
    if problem.start_s < UNIX_FROM_S:
        return f"[{start_s:.0f}, {end_s:.0f}) s"
    ends = (format_utc(from_unix_s(instant_s))[:19] for instant_s in (start_s, end_s))
    return "[" + ", ".join(f"{end}Z" for end in ends) + ")"


def _tell_lengths(opportunity: Opportunity) -> str:
    least = f"at least {opportunity.min_s:g} s"
    return least if opportunity.max_s is None else f"{least}, at most {opportunity.max_s:g} s"


def _name(pin: Pin) -> str:
    choice = pin.choice
    return f"{pin.reason} {choice.opportunity_id} on {'+'.join(choice.antennas)}"


def _check_pin(problem: PlanningProblem, pin: Pin) -> Iterator[Contradiction]:
    choice, name = pin.choice, _name(pin)

    def contradict(kind: str, right: str, sentence: str) -> Contradiction:
        return Contradiction(kind, name, right, sentence)

    opportunity = problem.opportunity_by_id.get(choice.opportunity_id)
    if opportunity is None:
        yield contradict(
            "pin_without_window", choice.opportunity_id, f"{name}: there is no such window"
        )
        return
    for forbid in problem.forbids:
        if forbid.opportunity_id == choice.opportunity_id:
            yield contradict(
                "pin_forbidden",
                f"forbid {forbid.opportunity_id}",
                f"{name} may not be taken: {forbid.reason}",
            )
    if choice.antennas not in opportunity.antenna_sets:
        yield contradict(
            "pin_on_wrong_antenna",
            f"window {opportunity.id}",
            f"{name}: the window is not open on {'+'.join(choice.antennas)}",
        )
        return
    yield from _check_window(problem, pin, opportunity)
    for antenna_id in choice.antennas:
        antenna = problem.antenna_by_id[antenna_id]
        low_s = choice.start_s - get_setup_s(antenna, opportunity)
        high_s = choice.end_s + get_teardown_s(antenna, opportunity)
        for hole_start_s, hole_end_s in antenna.downtimes:
            if low_s < hole_end_s - TOLERANCE_S and hole_start_s < high_s - TOLERANCE_S:
                yield contradict(
                    "pin_in_downtime",
                    f"downtime {antenna_id} {_tell(problem, hole_start_s, hole_end_s)}",
                    f"{name}: with setup and teardown {_tell(problem, low_s, high_s)} it meets "
                    f"the downtime of {antenna_id} {_tell(problem, hole_start_s, hole_end_s)}",
                )


def _check_window(
    problem: PlanningProblem, pin: Pin, opportunity: Opportunity
) -> Iterator[Contradiction]:
    choice, name = pin.choice, _name(pin)
    if not fits_window(problem, choice):
        yield Contradiction(
            "pin_outside_window",
            name,
            f"window {opportunity.id} {_tell(problem, opportunity.start_s, opportunity.end_s)}",
            f"{name}: {_tell(problem, choice.start_s, choice.end_s)} is not a contact that the "
            f"window {_tell(problem, opportunity.start_s, opportunity.end_s)} allows (trim "
            f"{opportunity.trim}, {_tell_lengths(opportunity)})",
        )


def _check_pairs(problem: PlanningProblem) -> Iterator[Contradiction]:
    pins = [pin for pin in problem.pins if _is_known(problem, pin.choice)]
    pins.sort(key=lambda pin: (pin.choice.start_s, pin.choice.opportunity_id))
    groups: dict[tuple[str, str], list[Pin]] = defaultdict(list)
    for pin in pins:
        satellite = problem.opportunity_by_id[pin.choice.opportunity_id].satellite_id
        groups["satellite", satellite].append(pin)
        for name in pin.choice.antennas:
            groups["antenna", name].append(pin)
    seen: set[tuple[int, int]] = set()
    for members in groups.values():
        for index, left in enumerate(members):
            for right in members[index + 1 :]:
                key = (id(left), id(right))
                tag = None if key in seen else find_clash(problem, left.choice, right.choice)
                if tag is not None:
                    seen.add(key)
                    yield Contradiction(
                        "pins_clash",
                        _name(left),
                        _name(right),
                        f"{_name(left)} and {_name(right)} exclude each other ({tag}): "
                        f"{_tell(problem, left.choice.start_s, left.choice.end_s)} and "
                        f"{_tell(problem, right.choice.start_s, right.choice.end_s)}",
                    )


def _is_known(problem: PlanningProblem, choice: Choice) -> bool:
    return choice.opportunity_id in problem.opportunity_by_id and all(
        name in problem.antenna_by_id for name in choice.antennas
    )


def _check_limits(problem: PlanningProblem) -> Iterator[Contradiction]:
    pinned = {
        pin.choice.opportunity_id: pin.choice
        for pin in problem.pins
        if _is_known(problem, pin.choice)
    }
    for request in problem.requests:
        held = [pinned[member] for member in request.members if member in pinned]
        total_s = sum(choice.end_s - choice.start_s for choice in held)
        names = ", ".join(choice.opportunity_id for choice in held)
        if request.max_contacts is not None and len(held) > request.max_contacts:
            yield Contradiction(
                "pins_exceed_request",
                names,
                f"request {request.id}",
                f"{len(held)} pins ({names}) serve {request.id}, which takes "
                f"{request.max_contacts} at most",
            )
        if request.max_total_s is not None and total_s > request.max_total_s + TOLERANCE_S:
            yield Contradiction(
                "pins_exceed_request",
                names,
                f"request {request.id}",
                f"pins ({names}) give {request.id} {total_s:g} s, more than "
                f"{request.max_total_s:g} s",
            )
    for term in problem.group_terms:
        if term.at_most is None or any(weight < 0 for weight in term.weights):
            continue
        weights = dict(zip(term.members, term.weights or (1.0,) * len(term.members), strict=True))
        held = [pinned[member] for member in term.members if member in pinned]
        total = sum(
            weights[choice.opportunity_id] * measure_quantity(problem, choice, term.quantity)
            for choice in held
            if counts_in(term, choice.start_s)
        )
        if total > term.at_most + TOLERANCE_S:
            yield Contradiction(
                "pins_exceed_limit",
                ", ".join(choice.opportunity_id for choice in held),
                f"limit {term.id}",
                f"pins give {term.id} {total:g}, more than its hard limit {term.at_most:g}",
            )


def _check_minimums(problem: PlanningProblem) -> Iterator[Contradiction]:
    """Name the hard minimums that all windows together do not reach."""
    forbidden = {forbid.opportunity_id for forbid in problem.forbids}
    for term in problem.group_terms:
        if term.at_least is None or term.quantity not in ("count", "duration_s"):
            continue
        weights = dict(zip(term.members, term.weights or (1.0,) * len(term.members), strict=True))
        most = sum(
            max(0.0, weights[name])
            * (1.0 if term.quantity == "count" else _measure_longest_s(problem, name))
            for name in term.members
            if name not in forbidden
        )
        if most < term.at_least - TOLERANCE_S:
            yield Contradiction(
                "minimum_out_of_reach",
                f"limit {term.id}",
                "windows",
                f"limit {term.id}: at_least {term.at_least:g} is out of reach, all its windows "
                f"together give {most:g}",
            )
    pinned = {pin.choice.opportunity_id for pin in problem.pins}
    for request in problem.requests:
        held = [name for name in request.members if name in pinned]
        most_s = sum(
            _measure_longest_s(problem, name) for name in request.members if name not in forbidden
        )
        if held and most_s < request.min_total_s - TOLERANCE_S:
            names = ", ".join(held)
            yield Contradiction(
                "minimum_out_of_reach",
                names,
                f"request {request.id}",
                f"pins ({names}) serve {request.id}, whose min_total_s {request.min_total_s:g} s "
                f"is out of reach: all its windows together give {most_s:g} s",
            )


def _measure_longest_s(problem: PlanningProblem, name: str) -> float:
    opportunity = problem.opportunity_by_id[name]
    length_s = opportunity.end_s - opportunity.start_s
    return length_s if opportunity.max_s is None else min(length_s, opportunity.max_s)
