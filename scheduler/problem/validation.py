"""Refuse what cannot be a planning problem at all: every fault with its place, all at once."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from scheduler.errors import ProblemError

if TYPE_CHECKING:
    from scheduler.problem.model import (
        Choice,
        GroupTerm,
        Opportunity,
        PlanningProblem,
        Request,
    )

MAX_FAULTS = 50
MAX_STEPS = 2e7  # of time_step_s in a span where contacts may be trimmed: 231 days of seconds


def check_problem(problem: PlanningProblem) -> None:
    """Raise ``ProblemError`` with the first ``MAX_FAULTS`` faults, if there is any."""
    faults: list[str] = []
    for fault in _find_faults(problem):
        faults.append(fault)
        if len(faults) == MAX_FAULTS:
            break
    if faults:
        raise ProblemError(tuple(faults))


def _find_faults(problem: PlanningProblem) -> Iterator[str]:
    yield from _check_header(problem)
    antenna_ids = {antenna.id for antenna in problem.antennas}
    satellite_ids = {satellite.id for satellite in problem.satellites}
    opportunity_ids = {opportunity.id for opportunity in problem.opportunities}
    for kind, ids in (
        ("antennas", [antenna.id for antenna in problem.antennas]),
        ("satellites", [satellite.id for satellite in problem.satellites]),
        ("opportunities", [opportunity.id for opportunity in problem.opportunities]),
        ("requests", [request.id for request in problem.requests]),
        (
            "terms",
            [term.id for term in problem.group_terms] + [term.id for term in problem.gap_terms],
        ),
    ):
        yield from _find_repeated(kind, ids)
    yield from _check_resources(problem)
    for opportunity in problem.opportunities:
        yield from _check_opportunity(opportunity, antenna_ids, satellite_ids)
    for kind, members in _name_members(problem):
        unknown = [member for member in members if member not in opportunity_ids]
        if unknown:
            yield f"{kind}: unknown opportunity {unknown[0]!r} ({len(unknown)} in all)"
    for place, choice in _name_choices(problem):
        yield from _check_choice(place, choice)
    for request in problem.requests:
        yield from _check_request(request)
    for term in problem.group_terms:
        yield from _check_group_term(term)
    for gap in problem.gap_terms:
        if not (_is_finite(gap.start_s, gap.end_s) and gap.start_s < gap.end_s):
            yield f"gap_terms.{gap.id}: end_s {gap.end_s} s is not after start_s {gap.start_s} s"
        if not (_is_finite(gap.max_gap_s, gap.price_per_s) and gap.max_gap_s >= 0):
            yield f"gap_terms.{gap.id}.max_gap_s: {gap.max_gap_s} s is not a length"
        elif gap.price_per_s < 0:
            yield f"gap_terms.{gap.id}.price_per_s: {gap.price_per_s} is negative"


def _check_header(problem: PlanningProblem) -> Iterator[str]:
    if not (_is_finite(problem.start_s, problem.end_s) and problem.start_s < problem.end_s):
        yield f"end_s: {problem.end_s} s is not after start_s {problem.start_s} s"
    if not (_is_finite(problem.time_step_s) and problem.time_step_s > 0):
        yield f"time_step_s: {problem.time_step_s} s is not positive"
    elif any(opportunity.trim != "none" for opportunity in problem.opportunities):
        steps = (problem.end_s - problem.start_s) / problem.time_step_s
        if steps > MAX_STEPS:
            yield (
                f"time_step_s: {problem.time_step_s:g} s cuts the span into {steps:.3g} steps; "
                f"give a longer one, for at most {MAX_STEPS:g} steps"
            )
    if not (_is_finite(problem.change_price) and problem.change_price >= 0):
        yield f"change_price: {problem.change_price} is not a price (0 or more)"


def _find_repeated(kind: str, ids: list[str]) -> Iterator[str]:
    if len(set(ids)) != len(ids):
        seen: set[str] = set()
        for name in ids:
            if name in seen:
                yield f"{kind}: the id {name!r} is used twice"
            seen.add(name)
    if "" in ids:
        yield f"{kind}: an id is empty"


def _check_resources(problem: PlanningProblem) -> Iterator[str]:
    for antenna in problem.antennas:
        place = f"antennas.{antenna.id}"
        lengths = (antenna.setup_s, antenna.teardown_s, antenna.settle_s)
        if not _is_finite(*lengths) or min(lengths) < 0:
            yield f"{place}: setup_s, teardown_s and settle_s {lengths} s must be 0 or more"
        slews = antenna.pair_slew_s.values()
        if not _is_finite(*slews) or min(slews, default=0.0) < 0:
            yield f"{place}.pair_slew_s: a slew is negative or not finite"
        if any(not (_is_finite(*hole) and hole[0] < hole[1]) for hole in antenna.downtimes):
            yield f"{place}.downtimes: a downtime does not end after its start"
        axes = antenna.axes
        if axes is not None and not (
            _is_finite(axes.azimuth_rate_deg_s, axes.elevation_rate_deg_s)
            and min(axes.azimuth_rate_deg_s, axes.elevation_rate_deg_s) > 0
            and _is_finite(axes.azimuth_acceleration_deg_s2, axes.elevation_acceleration_deg_s2)
            and min(axes.azimuth_acceleration_deg_s2, axes.elevation_acceleration_deg_s2) >= 0
        ):
            yield f"{place}.axes: rates must be positive and accelerations 0 or more"
    for satellite in problem.satellites:
        if not (_is_finite(satellite.recovery_s) and satellite.recovery_s >= 0):
            yield f"satellites.{satellite.id}.recovery_s: {satellite.recovery_s} s is negative"


def _check_opportunity(
    opportunity: Opportunity, antenna_ids: set[str], satellite_ids: set[str]
) -> Iterator[str]:
    place = f"opportunities.{opportunity.id}"
    if opportunity.satellite_id not in satellite_ids:
        yield f"{place}.satellite_id: unknown satellite {opportunity.satellite_id!r}"
    if not opportunity.antenna_sets:
        yield f"{place}.antenna_sets: empty; name at least one antenna"
    for antennas in opportunity.antenna_sets:
        unknown = [name for name in antennas if name not in antenna_ids]
        if unknown or not antennas:
            yield f"{place}.antenna_sets: unknown antenna {unknown[0] if unknown else ''!r}"
        elif len(set(antennas)) != len(antennas):
            yield f"{place}.antenna_sets: an antenna is named twice in {antennas}"
    if not _is_finite(opportunity.start_s, opportunity.end_s) or (
        opportunity.end_s <= opportunity.start_s
    ):
        yield f"{place}: end_s {opportunity.end_s} s is not after start_s {opportunity.start_s} s"
        return
    lengths = [opportunity.min_s, opportunity.lock_s]
    lengths += [
        length
        for length in (opportunity.max_s, opportunity.setup_s, opportunity.teardown_s)
        if length is not None
    ]
    if not _is_finite(*lengths) or min(lengths) < 0:
        yield f"{place}: min_s, max_s, lock_s, setup_s and teardown_s must be 0 or more"
    elif opportunity.max_s is not None and opportunity.max_s < opportunity.min_s:
        yield (
            f"{place}: min_s {opportunity.min_s:g} s is more than max_s {opportunity.max_s:g} s; "
            "lower the one or raise the other"
        )
    if not _is_finite(
        opportunity.value_per_contact,
        opportunity.value_per_s,
        opportunity.value_per_volume,
        opportunity.volume or 0.0,
    ):
        yield f"{place}: a value or the volume is not finite"
    instants = [row[0] for row in opportunity.rate]
    if instants != sorted(set(instants)) or not _is_finite(
        *(number for row in opportunity.rate for number in row)
    ):
        yield f"{place}.rate: instants must ascend and rates be finite"
    if opportunity.rate and opportunity.volume is not None:
        yield f"{place}: both rate and volume are given; give one"
    instants = [row[0] for row in opportunity.pointing]
    if instants != sorted(set(instants)) or not _is_finite(
        *(number for row in opportunity.pointing for number in row)
    ):
        yield f"{place}.pointing: instants must ascend and angles be finite"
    edges = [edge for hole in opportunity.interruptions for edge in hole]
    if not _is_finite(*edges) or edges != sorted(edges) or len(set(edges[::2])) * 2 != len(edges):
        yield f"{place}.interruptions: they must ascend and not overlap"


def _check_choice(place: str, choice: Choice) -> Iterator[str]:
    if not (_is_finite(choice.start_s, choice.end_s) and choice.start_s < choice.end_s):
        yield f"{place}: end_s {choice.end_s} s is not after start_s {choice.start_s} s"
    if not choice.antennas:
        yield f"{place}.antennas: empty; name the antennas of the contact"


def _check_request(request: Request) -> Iterator[str]:
    place = f"requests.{request.id}"
    if len(set(request.members)) != len(request.members):
        yield f"{place}.members: an opportunity is named twice"
    if request.max_contacts is not None and request.max_contacts < 0:
        yield f"{place}.max_contacts: {request.max_contacts} is negative"
    least_s, most_s = request.min_total_s, request.max_total_s
    if not (_is_finite(least_s) and least_s >= 0):
        yield f"{place}.min_total_s: {least_s} s is not a length"
    elif most_s is not None and not (_is_finite(most_s) and most_s >= least_s):
        yield f"{place}.max_total_s: {most_s} s is less than min_total_s {least_s:g} s"


def _check_group_term(term: GroupTerm) -> Iterator[str]:
    place = f"group_terms.{term.id}"
    if term.weights and len(term.weights) != len(term.members):
        yield f"{place}.weights: {len(term.weights)} weights for {len(term.members)} members"
    if len(set(term.members)) != len(term.members):
        yield f"{place}.members: an opportunity is named twice"
    numbers = [*term.weights, *(number for line in term.lines for number in line)]
    numbers += [number for number in (term.at_least, term.at_most) if number is not None]
    if not _is_finite(*numbers):
        yield f"{place}: a weight, line or limit is not finite"
    if term.at_least is not None and term.at_most is not None and term.at_least > term.at_most:
        yield f"{place}: at_least {term.at_least} is more than at_most {term.at_most}"


def _name_members(problem: PlanningProblem) -> Iterator[tuple[str, Iterable[str]]]:
    for request in problem.requests:
        yield f"requests.{request.id}.members", request.members
    for group in problem.group_terms:
        yield f"group_terms.{group.id}.members", group.members
    for gap in problem.gap_terms:
        yield f"gap_terms.{gap.id}.members", gap.members
    yield "forbids", [forbid.opportunity_id for forbid in problem.forbids]


def _name_choices(problem: PlanningProblem) -> Iterator[tuple[str, Choice]]:
    for index, pin in enumerate(problem.pins):
        yield f"pins[{index}]", pin.choice
    for index, choice in enumerate(problem.previous):
        yield f"previous[{index}]", choice


def _is_finite(*numbers: float) -> bool:
    return all(math.isfinite(number) for number in numbers)
