"""Blocks of time: what a plan leaves open in a span is a planning problem of its own.

Contacts that start outside the span are frozen. Those near it are pins of the block; the others
are folded into its terms: sums shift the lines (eq 2), and a gap runs from the last frozen
contact before the span to the first one after it (eq 3). So every solver can solve a block.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from scheduler.problem.conflicts import bound_gaps_s
from scheduler.problem.measure import counts_in, measure_quantity
from scheduler.problem.model import (
    Choice,
    GapTerm,
    GroupTerm,
    Opportunity,
    Pin,
    PlanningProblem,
    Request,
)

Taken = Mapping[str, Choice]  # opportunity id -> contact


@dataclass(frozen=True)
class BlockIndex:
    """What does not change from block to block: opportunities by start, terms by member."""

    problem: PlanningProblem
    ordered: tuple[Opportunity, ...]
    starts_s: tuple[float, ...]
    longest_s: float
    reach_s: float
    held: frozenset[str]  # pinned or forbidden: never free
    groups_of: Mapping[str, Sequence[int]]
    gaps_of: Mapping[str, Sequence[int]]
    requests_of: Mapping[str, Sequence[int]]


def index_problem(problem: PlanningProblem) -> BlockIndex:
    """Index a problem once for all its blocks."""
    ordered = tuple(sorted(problem.opportunities, key=lambda item: (item.start_s, item.id)))
    reach_s = max(bound_gaps_s(problem).values(), default=0.0)
    recovery_s = max((one.recovery_s for one in problem.satellites), default=0.0)
    return BlockIndex(
        problem=problem,
        ordered=ordered,
        starts_s=tuple(item.start_s for item in ordered),
        longest_s=max((item.end_s - item.start_s for item in ordered), default=0.0),
        reach_s=max(reach_s, recovery_s),
        held=frozenset(pin.choice.opportunity_id for pin in problem.pins)
        | frozenset(forbid.opportunity_id for forbid in problem.forbids),
        groups_of=_index_members(term.members for term in problem.group_terms),
        gaps_of=_index_members(term.members for term in problem.gap_terms),
        requests_of=_index_members(request.members for request in problem.requests),
    )


def _index_members(groups: Iterable[Sequence[str]]) -> dict[str, list[int]]:
    index: dict[str, list[int]] = defaultdict(list)
    for number, members in enumerate(groups):
        for member in members:
            index[member].append(number)
    return index


def list_free(index: BlockIndex, start_s: float, end_s: float) -> list[Opportunity]:
    """List the opportunities that a block may decide: their windows start in its span."""
    first = bisect_left(index.starts_s, start_s)
    last = bisect_left(index.starts_s, end_s)
    return [item for item in index.ordered[first:last] if item.id not in index.held]


def make_block(
    index: BlockIndex, taken: Taken, start_s: float, end_s: float, *, rolling: bool = False
) -> PlanningProblem | None:
    """Make the problem of a span beside the frozen rest of a plan; None when nothing is free.

    The block's value differs from the plan's by what the frozen contacts are worth, a constant.
    Not so when ``rolling``: then a gap is only counted to the end of the span where the plan has
    no contact soon after it, because that part is still to be planned.
    """
    problem = index.problem
    free = list_free(index, start_s, end_s)
    if not free:
        return None
    ids = {item.id for item in free}
    frozen = [choice for choice in taken.values() if choice.opportunity_id not in ids]
    margin_s = index.longest_s + index.reach_s
    near = [
        choice
        for choice in frozen
        if choice.end_s > start_s - index.reach_s and choice.start_s < end_s + margin_s
    ]
    pinned_ids = {choice.opportunity_id for choice in near}
    opportunities = (*free, *(problem.opportunity_by_id[name] for name in sorted(pinned_ids)))
    previous = tuple(one for one in problem.previous if one.opportunity_id in ids | pinned_ids)
    if problem.previous and problem.change_price and not previous:
        opportunities = tuple(_charge_change(item, problem.change_price) for item in opportunities)
    used = {item.satellite_id for item in opportunities}
    return replace(
        problem,
        satellites=tuple(one for one in problem.satellites if one.id in used),
        opportunities=opportunities,
        requests=tuple(_fold_requests(index, ids, taken)),
        group_terms=tuple(_fold_groups(index, ids, frozen)),
        gap_terms=tuple(_fold_gaps(index, ids, taken, start_s, end_s, rolling)),
        pins=tuple(Pin(choice) for choice in near),
        forbids=(),
        previous=previous,
    )


def _charge_change(item: Opportunity, price: float) -> Opportunity:
    return replace(item, value_per_contact=item.value_per_contact - price)


def _fold_groups(index: BlockIndex, ids: set[str], frozen: Sequence[Choice]) -> Iterator[GroupTerm]:
    """Yield the terms that the block can change, shifted by what is frozen."""
    problem = index.problem
    touched = sorted({number for name in ids for number in index.groups_of.get(name, ())})
    sums = dict.fromkeys(touched, 0.0)
    weights = {
        number: dict(
            zip(
                problem.group_terms[number].members,
                problem.group_terms[number].weights,
                strict=True,
            )
        )
        for number in touched
        if problem.group_terms[number].weights
    }
    for choice in frozen:
        for number in index.groups_of.get(choice.opportunity_id, ()):
            term = problem.group_terms[number]
            if number in sums and counts_in(term, choice.start_s):
                weight = weights[number][choice.opportunity_id] if number in weights else 1.0
                sums[number] += weight * measure_quantity(problem, choice, term.quantity)
    for number in touched:
        term, total = problem.group_terms[number], sums[number]
        kept = [place for place, name in enumerate(term.members) if name in ids]
        yield replace(
            term,
            members=tuple(term.members[place] for place in kept),
            weights=tuple(term.weights[place] for place in kept) if term.weights else (),
            lines=tuple((slope, intercept + slope * total) for slope, intercept in term.lines),
            at_least=None if term.at_least is None else term.at_least - total,
            at_most=None if term.at_most is None else term.at_most - total,
        )


def _fold_gaps(
    index: BlockIndex,
    ids: set[str],
    taken: Taken,
    start_s: float,
    end_s: float,
    rolling: bool,
) -> Iterator[GapTerm]:
    """Yield the gaps that the block can change, between the frozen contacts around it."""
    problem = index.problem
    spans: dict[int, tuple[list[float], list[float]]] = {
        number: ([problem.gap_terms[number].start_s], [problem.gap_terms[number].end_s])
        for number in sorted({one for name in ids for one in index.gaps_of.get(name, ())})
    }
    inside = set(ids)
    for choice in taken.values():
        if choice.opportunity_id in ids:
            continue
        window_s = problem.opportunity_by_id[choice.opportunity_id].start_s
        for number in index.gaps_of.get(choice.opportunity_id, ()):
            if number not in spans:
                continue
            if window_s < start_s:
                spans[number][0].append(choice.end_s)
            elif window_s >= end_s:
                spans[number][1].append(choice.start_s)
            else:
                inside.add(choice.opportunity_id)
    for number, (before_s, after_s) in spans.items():
        term = problem.gap_terms[number]
        if rolling and min(after_s) > end_s + term.max_gap_s:
            after_s = [max(end_s, max(before_s))]
        if min(after_s) - max(before_s) > term.max_gap_s:
            yield replace(
                term,
                members=tuple(name for name in term.members if name in inside),
                start_s=max(before_s),
                end_s=min(after_s),
            )


def _fold_requests(index: BlockIndex, ids: set[str], taken: Taken) -> Iterator[Request]:
    """Yield the requests that the block can change, less what is frozen."""
    touched = sorted({number for name in ids for number in index.requests_of.get(name, ())})
    for number in touched:
        request = index.problem.requests[number]
        frozen = [taken[name] for name in request.members if name in taken and name not in ids]
        frozen_s = sum(choice.end_s - choice.start_s for choice in frozen)
        most, most_s = request.max_contacts, request.max_total_s
        yield replace(
            request,
            members=tuple(name for name in request.members if name in ids),
            max_contacts=None if most is None else most - len(frozen),
            min_total_s=max(0.0, request.min_total_s - frozen_s),
            max_total_s=None if most_s is None else max(0.0, most_s - frozen_s),
        )
