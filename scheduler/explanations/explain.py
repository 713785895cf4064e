"""Why an opportunity was not taken: one stable tag each, and the contacts that stand in its way.

Nothing is left out: opportunities = contacts + explanations, for every plan. The sentences of the
tags are in ``scheduler.reasons``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from scheduler.objective import fair_share
from scheduler.problem.conflicts import bound_gaps_s, find_clash, find_spans, holds_contact
from scheduler.problem.measure import counts_in, measure_group
from scheduler.problem.model import Choice, GroupTerm, Opportunity, PlanningProblem


@dataclass(frozen=True, slots=True)
class Explanation:
    """The reason of one opportunity without a contact; ``beaten_by`` names opportunities."""

    opportunity_id: str
    reason: str
    beaten_by: tuple[str, ...] = ()
    limit: str = ""  # the request or term whose limit is reached


def explain(problem: PlanningProblem, choices: Sequence[Choice]) -> dict[str, Explanation]:
    """Explain every opportunity that is not taken, in the problem's order.

    ``forbidden`` and the forbid's own tag; ``shorter_than_min_contact``, ``in_downtime`` and
    ``no_window`` (no place for the shortest contact in the window, between downtimes, or in the
    plan's span with the ends that may move);
    ``pinned_away`` (only pins stand in the way), ``beaten_by``; ``request_fulfilled`` and
    ``limit_reached`` (a hard limit leaves no room); ``not_worth_it`` (nothing is in its way, but
    taking it would not raise the plan's value, or the solver ended before it saw it).
    """
    taken = {choice.opportunity_id for choice in choices}
    pinned = {pin.choice.opportunity_id for pin in problem.pins}
    forbids = {forbid.opportunity_id: forbid.reason for forbid in problem.forbids}
    rivals = Rivals(problem, choices)
    full = _find_full(problem, choices)
    found: dict[str, Explanation] = {}
    for opportunity in problem.opportunities:
        name = opportunity.id
        if name in taken:
            continue
        if name in forbids:
            found[name] = Explanation(name, forbids[name])
            continue
        placements = [
            Choice(name, antennas, *span)
            for antennas in opportunity.antenna_sets
            for span in find_spans(problem, opportunity, antennas)
        ]
        if not placements:
            found[name] = Explanation(name, find_obstacle(problem, opportunity))
            continue
        beaten_by = _find_least(problem, rivals, placements)
        if name in full and not beaten_by:
            found[name] = Explanation(name, full[name][0], limit=full[name][1])
        elif not beaten_by:
            found[name] = Explanation(name, "not_worth_it")
        elif all(other in pinned for other in beaten_by):
            found[name] = Explanation(name, "pinned_away", beaten_by)
        else:
            found[name] = Explanation(name, "beaten_by", beaten_by)
    return found


def find_obstacle(problem: PlanningProblem, opportunity: Opportunity) -> str:
    """Say why no contact fits into a window, whatever else is taken."""
    if opportunity.end_s - opportunity.start_s < opportunity.min_s:
        return "shorter_than_min_contact"
    inside = (max(opportunity.start_s, problem.start_s), min(opportunity.end_s, problem.end_s))
    return "in_downtime" if holds_contact(opportunity, *inside) else "no_window"


class Rivals:
    """Taken contacts by antenna and satellite, to ask only those near a placement."""

    def __init__(self, problem: PlanningProblem, choices: Sequence[Choice]) -> None:
        self._problem = problem
        self._reach_s = bound_gaps_s(problem)
        self._near: dict[tuple[str, str], list[Choice]] = defaultdict(list)
        for choice in sorted(choices, key=lambda item: (item.start_s, item.opportunity_id)):
            satellite = problem.opportunity_by_id[choice.opportunity_id].satellite_id
            self._near["satellite", satellite].append(choice)
            for name in choice.antennas:
                self._near["antenna", name].append(choice)

    def find(self, placement: Choice) -> list[Choice]:
        """Return the taken contacts that exclude a placement, by start."""
        opportunity = self._problem.opportunity_by_id[placement.opportunity_id]
        satellite = self._problem.satellite_by_id[opportunity.satellite_id]
        places = [("satellite", satellite.id, satellite.recovery_s)]
        places += [("antenna", name, self._reach_s[name]) for name in placement.antennas]
        clashing: dict[str, Choice] = {}
        for kind, name, reach_s in places:
            for other in self._near.get((kind, name), ()):
                if other.start_s - reach_s > placement.end_s:
                    break
                if other.end_s + reach_s < placement.start_s:
                    continue
                if find_clash(self._problem, placement, other) is not None:
                    clashing[other.opportunity_id] = other
        return sorted(clashing.values(), key=lambda item: (item.start_s, item.opportunity_id))


def find_rivals(
    problem: PlanningProblem, choices: Sequence[Choice], placement: Choice
) -> list[Choice]:
    """Return the contacts of a plan that exclude a placement, by start."""
    return Rivals(problem, choices).find(placement)


def _find_least(
    problem: PlanningProblem, rivals: Rivals, placements: Sequence[Choice]
) -> tuple[str, ...]:
    """Return the smallest set of contacts that stand in the way of one of the placements."""
    sets = [tuple(other.opportunity_id for other in rivals.find(item)) for item in placements]
    return min(sets, key=len)


def _find_full(problem: PlanningProblem, choices: Sequence[Choice]) -> dict[str, tuple[str, str]]:
    """Map opportunities to the hard limit (reason, name) that is used up."""
    taken = {choice.opportunity_id: choice for choice in choices}
    full: dict[str, tuple[str, str]] = {}
    for term in problem.group_terms:
        if term.at_most is None:
            continue
        left = term.at_most - measure_group(problem, term, choices)
        reason = "owner_share_used" if term.name == fair_share.NAME else "limit_reached"
        least = 1.0 if term.quantity == "count" else 0.0
        for member in term.members:
            opportunity = problem.opportunity_by_id[member]
            need = least or _least_length_s(opportunity)
            if left < need and _always_counts(term, opportunity):
                full[member] = (reason, term.id)
    for request in problem.requests:
        served = [taken[member] for member in request.members if member in taken]
        total_s = sum(choice.end_s - choice.start_s for choice in served)
        for member in request.members:
            is_full = request.max_contacts is not None and len(served) >= request.max_contacts
            need_s = _least_length_s(problem.opportunity_by_id[member])
            if request.max_total_s is not None and request.max_total_s - total_s < need_s:
                is_full = True
            if is_full:
                full[member] = ("request_fulfilled", request.id)
    return full


def _always_counts(term: GroupTerm, opportunity: Opportunity) -> bool:
    """Ask whether a contact counts in a group wherever in its window it starts."""
    latest_s = opportunity.start_s
    if opportunity.trim in ("start", "both"):
        latest_s = opportunity.end_s - _least_length_s(opportunity)
    return counts_in(term, opportunity.start_s) and counts_in(term, latest_s)


def _least_length_s(opportunity: Opportunity) -> float:
    if opportunity.trim == "none":
        return opportunity.end_s - opportunity.start_s
    return max(opportunity.min_s, 1e-6)
