"""Long tracks as the neighbourhood search sees them: tasks, their options, and free spans.

A task is a request (or an opportunity that no request names) with up to ``max_parts`` contacts.
An option is one way to place a part: an antenna set and the spans of a window; equal windows of
one request are copies of one option. Everything a task does not free is frozen and cuts spans.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from scheduler.problem.conflicts import TOLERANCE_S, find_spans
from scheduler.problem.measure import get_setup_s, get_teardown_s
from scheduler.problem.model import AntennaSet, Choice, Opportunity, PlanningProblem, Request
from scheduler.solvers.draft import is_simple

Span = tuple[float, float]
TrackPlan = dict[int, tuple[Choice, ...]]  # task number -> its contacts, ascending

MAX_PARTS = 6  # a request with more contacts is a pass request, not a long track
MODELLED = ("count", "duration_s", "usable_s")


@dataclass(frozen=True)
class Option:
    """One way to place a part. ``before_s`` and ``after_s`` are held on each antenna around it."""

    copies: tuple[str, ...]  # ids of equal opportunities: as many parts may use the option
    opportunity: Opportunity
    antennas: AntennaSet
    spans: tuple[Span, ...]
    before_s: tuple[float, ...]
    after_s: tuple[float, ...]
    recovery_s: float

    @property
    def least_s(self) -> float:
        return self.opportunity.min_s

    @property
    def longest_s(self) -> float:
        longest_s = max(end_s - start_s for start_s, end_s in self.spans)
        most_s = self.opportunity.max_s
        return longest_s if most_s is None else min(longest_s, most_s)


@dataclass(frozen=True)
class Task:
    """A request with its options and what its parts must sum to."""

    id: str
    options: tuple[Option, ...]
    max_parts: int
    min_total_s: float
    max_total_s: float


def has_long_tracks(problem: PlanningProblem) -> bool:
    """Ask whether the track model says everything the problem does.

    Both ends free, value per contact and per second only, simple changeovers, at most one request
    per opportunity and a few contacts per request, no gap terms, no price of change. Without any
    request there is nothing to choose a track for: these are passes that may be trimmed.
    """
    named = [member for request in problem.requests for member in request.members]
    return (
        bool(problem.opportunities)
        and bool(problem.requests)
        and not problem.gap_terms
        and not (problem.previous and problem.change_price)
        and len(named) == len(set(named))
        and all(request.max_contacts is not None for request in problem.requests)
        and all((request.max_contacts or 0) <= MAX_PARTS for request in problem.requests)
        and all(is_simple(antenna) for antenna in problem.antennas)
        and all(_is_track(opportunity) for opportunity in problem.opportunities)
        and all(
            group.quantity in MODELLED
            and group.starts_within is None
            and group.at_least is None
            and all(weight >= 0 for weight in group.weights)
            for group in problem.group_terms
        )
    )


def _is_track(opportunity: Opportunity) -> bool:
    return (
        opportunity.trim == "both"
        and opportunity.value_per_volume == 0
        and not opportunity.interruptions
        and opportunity.lock_s <= opportunity.min_s
    )


def list_tasks(problem: PlanningProblem) -> list[Task]:
    """List the tasks; what pins already give a request is taken off its parts and totals."""
    named = {member for request in problem.requests for member in request.members}
    lone = [
        Request(id=item.id, members=(item.id,), max_contacts=1)
        for item in problem.opportunities
        if item.id not in named
    ]
    pinned = {pin.choice.opportunity_id: pin.choice for pin in problem.pins}
    barred = {forbid.opportunity_id for forbid in problem.forbids} | set(pinned)
    tasks = []
    for request in [*problem.requests, *lone]:
        held = [pinned[member] for member in request.members if member in pinned]
        held_s = sum(choice.end_s - choice.start_s for choice in held)
        options = _list_options(
            problem, [member for member in request.members if member not in barred]
        )
        most_s = request.max_total_s
        total_s = sum(option.longest_s * len(option.copies) for option in options)
        tasks.append(
            Task(
                id=request.id,
                options=tuple(options),
                max_parts=max(0, (request.max_contacts or 1) - len(held)),
                min_total_s=max(0.0, request.min_total_s - held_s),
                max_total_s=total_s if most_s is None else max(0.0, most_s - held_s),
            )
        )
    return tasks


def _list_options(problem: PlanningProblem, members: Iterable[str]) -> list[Option]:
    copies: dict[Opportunity, list[str]] = defaultdict(list)
    for member in members:
        opportunity = problem.opportunity_by_id[member]
        copies[replace(opportunity, id="", pass_id="")].append(member)
    options = []
    for opportunity, ids in copies.items():
        for antennas in opportunity.antenna_sets:
            spans = find_spans(problem, opportunity, antennas)
            if spans:
                resources = [problem.antenna_by_id[name] for name in antennas]
                options.append(
                    Option(
                        copies=tuple(ids),
                        opportunity=opportunity,
                        antennas=antennas,
                        spans=tuple(spans),
                        before_s=tuple(get_setup_s(one, opportunity) for one in resources),
                        after_s=tuple(get_teardown_s(one, opportunity) for one in resources),
                        recovery_s=problem.satellite_by_id[opportunity.satellite_id].recovery_s,
                    )
                )
    return options


@dataclass(frozen=True)
class Occupancy:
    """What frozen contacts hold, ascending: reserved spans per antenna, contacts per satellite."""

    antennas: Mapping[str, list[Span]]
    satellites: Mapping[str, list[Span]]


def list_occupancy(problem: PlanningProblem, choices: Iterable[Choice]) -> Occupancy:
    """List what contacts hold."""
    antennas: dict[str, list[Span]] = defaultdict(list)
    satellites: dict[str, list[Span]] = defaultdict(list)
    for choice in choices:
        opportunity = problem.opportunity_by_id[choice.opportunity_id]
        for name in choice.antennas:
            antenna = problem.antenna_by_id[name]
            antennas[name].append(
                (
                    choice.start_s - get_setup_s(antenna, opportunity),
                    choice.end_s + get_teardown_s(antenna, opportunity),
                )
            )
        satellites[opportunity.satellite_id].append((choice.start_s, choice.end_s))
    for spans in [*antennas.values(), *satellites.values()]:
        spans.sort()
    return Occupancy(antennas, satellites)


def find_free_spans(option: Option, occupancy: Occupancy) -> list[Span]:
    """Return where a part may lie beside the frozen contacts, as far as its least length fits."""
    blocks = [
        (start_s - option.recovery_s, end_s + option.recovery_s)
        for start_s, end_s in occupancy.satellites.get(option.opportunity.satellite_id, ())
    ]
    for name, before_s, after_s in zip(
        option.antennas, option.before_s, option.after_s, strict=True
    ):
        blocks += [
            (start_s - after_s, end_s + before_s)
            for start_s, end_s in occupancy.antennas.get(name, ())
        ]
    blocks.sort()
    least_s = max(option.least_s, TOLERANCE_S)
    return [
        piece
        for span in option.spans
        for piece in _subtract(span, blocks)
        if piece[1] - piece[0] >= least_s
    ]


def _subtract(span: Span, blocks: Sequence[Span]) -> list[Span]:
    pieces, reach_s = [], span[0]
    for start_s, end_s in blocks:
        if end_s <= reach_s:
            continue
        if start_s >= span[1]:
            break
        if start_s > reach_s:
            pieces.append((reach_s, start_s))
        reach_s = end_s
    if reach_s < span[1]:
        pieces.append((reach_s, span[1]))
    return pieces
