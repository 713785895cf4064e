"""Where a contact may be put: whole-window placements, and the free rest of a window in a draft."""

from __future__ import annotations

import math

from scheduler.problem.conflicts import TOLERANCE_S, find_spans, is_allowed
from scheduler.problem.measure import measure_value
from scheduler.problem.model import AntennaSet, Choice, Opportunity, PlanningProblem


def list_placements(problem: PlanningProblem) -> list[Choice]:
    """List the longest contact of every opportunity, antenna set and free span; no forbidden ones.

    Pinned opportunities are left out: their contact is given.
    """
    barred = {forbid.opportunity_id for forbid in problem.forbids}
    barred |= {pin.choice.opportunity_id for pin in problem.pins}
    return [
        place_in_span(problem, opportunity, antennas, span)
        for opportunity in problem.opportunities
        if opportunity.id not in barred
        for antennas in opportunity.antenna_sets
        for span in find_spans(problem, opportunity, antennas)
    ]


def list_kept(problem: PlanningProblem) -> list[Choice]:
    """List the contacts of the previous plan that may be taken again."""
    barred = {forbid.opportunity_id for forbid in problem.forbids}
    return [
        choice
        for choice in problem.previous
        if choice.opportunity_id not in barred and is_allowed(problem, choice)
    ]


def place_in_span(
    problem: PlanningProblem,
    opportunity: Opportunity,
    antennas: AntennaSet,
    span: tuple[float, float],
) -> Choice:
    """Place the longest allowed contact in a span that holds one: the best of a few starts.

    Where the maximum length binds, the starts tried are those that put an end of the contact on
    an end of the span or on a step of the rate.
    """
    start_s, end_s = span
    longest_s = opportunity.max_s
    if longest_s is None or longest_s >= end_s - start_s or opportunity.trim == "none":
        return Choice(opportunity.id, antennas, start_s, end_s)
    if opportunity.trim == "start":
        return Choice(opportunity.id, antennas, end_s - longest_s, end_s)
    if opportunity.trim == "stop":
        return Choice(opportunity.id, antennas, start_s, start_s + longest_s)
    latest_s = end_s - longest_s
    starts = [start_s, latest_s]
    starts += [row[0] for row in opportunity.rate] + [
        row[0] - longest_s for row in opportunity.rate
    ]
    middle_s = (start_s + latest_s) / 2
    starts.append(middle_s - middle_s % problem.time_step_s)
    best_s = max(
        (start for start in starts if start_s <= start <= latest_s),
        key=lambda start: (measure_value(opportunity, start, start + longest_s), -start),
    )
    return Choice(opportunity.id, antennas, best_s, best_s + longest_s)


def list_all_placements(problem: PlanningProblem, most: int) -> list[Choice] | None:
    """List every contact on the time step (and on the edges of spans); None if more than ``most``.

    No forbidden or pinned opportunities, as in ``list_placements``.
    """
    found: list[Choice] = []
    barred = {forbid.opportunity_id for forbid in problem.forbids}
    barred |= {pin.choice.opportunity_id for pin in problem.pins}
    for opportunity in problem.opportunities:
        if opportunity.id in barred:
            continue
        for antennas in opportunity.antenna_sets:
            for span in find_spans(problem, opportunity, antennas):
                starts, ends = _list_edges(opportunity, span, problem.time_step_s)
                if len(found) + len(starts) * len(ends) > 4 * most:
                    return None
                longest_s = opportunity.max_s if opportunity.max_s is not None else math.inf
                found += [
                    Choice(opportunity.id, antennas, start_s, end_s)
                    for start_s in starts
                    for end_s in ends
                    if end_s > start_s
                    and opportunity.min_s - TOLERANCE_S <= end_s - start_s
                    and end_s - start_s <= longest_s + TOLERANCE_S
                ]
        if len(found) > most:
            return None
    return found


def _list_edges(
    opportunity: Opportunity, span: tuple[float, float], step_s: float
) -> tuple[list[float], list[float]]:
    start_s, end_s = span
    marks = [start_s, end_s]
    if opportunity.trim != "none":
        first, last = math.floor(start_s / step_s) + 1, math.ceil(end_s / step_s)
        marks = [start_s, *(step_s * number for number in range(first, last)), end_s]
    starts = marks[:-1] if opportunity.trim in ("start", "both") else [start_s]
    ends = marks[1:] if opportunity.trim in ("stop", "both") else [end_s]
    return starts, ends
