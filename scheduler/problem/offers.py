"""What the windows of a term would give if nothing else wanted the antennas: no plan gives more.

Reports tell by it whether a goal was out of reach, solvers bound by it what a term can be worth.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from scheduler.problem.conflicts import TOLERANCE_S, find_spans
from scheduler.problem.measure import (
    counts_in,
    measure_excess_s,
    measure_quantity,
    measure_usable_s,
    measure_volume,
)
from scheduler.problem.model import (
    Choice,
    GapTerm,
    GroupTerm,
    Opportunity,
    PlanningProblem,
    Quantity,
)

_Offer = tuple[Choice, float]  # the longest contact of a window, and what it adds to the sum


class Offers:
    """The longest contacts of all windows that are not forbidden, pinned ones as they are."""

    def __init__(self, problem: PlanningProblem) -> None:
        self._problem = problem
        self._pinned = {pin.choice.opportunity_id: pin.choice for pin in problem.pins}
        self._barred = {forbid.opportunity_id for forbid in problem.forbids}
        self._most = {request.id: request.max_contacts for request in problem.requests}
        self._single: dict[str, list[frozenset[str]]] = defaultdict(list)
        for request in problem.requests:
            if request.max_contacts == 1:
                for member in request.members:
                    self._single[member].append(frozenset(request.members))
        self._found: dict[str, list[Choice]] = {}

    def list_choices(self, opportunity: Opportunity) -> list[Choice]:
        """List the longest contact on each antenna set and in each free span of a window."""
        name = opportunity.id
        if name not in self._found:
            self._found[name] = []
            if name in self._pinned:
                self._found[name] = [self._pinned[name]]
            elif name not in self._barred:
                self._found[name] = [
                    Choice(name, antennas, *span)
                    for antennas in opportunity.antenna_sets
                    for span in find_spans(self._problem, opportunity, antennas)
                ]
        return self._found[name]

    def sum_most(self, term: GroupTerm) -> float:
        """Return the most that a term's sum can be; negative weights aside.

        A satellite has one contact at a time, so windows that are open at once, over several
        stations or as variants of one pass, do not add up; where they may be trimmed, they add up
        to the time that they cover, unless a request allows but one of them. Of the term's own
        request no more than ``max_contacts`` count.
        """
        by_satellite: dict[str, list[_Offer]] = defaultdict(list)
        weights = term.weights or (1.0,) * len(term.members)
        for member, weight in zip(term.members, weights, strict=True):
            opportunity = self._problem.opportunity_by_id[member]
            best = self._find_best(term, opportunity) if weight > 0 else None
            if best is not None:
                by_satellite[opportunity.satellite_id].append((best[0], weight * best[1]))
        total = sum(
            self._sum_satellite(term, sorted(offers, key=lambda item: item[0].start_s))
            for offers in by_satellite.values()
        )
        most = self._most.get(term.request_id)
        if most is None:
            return total
        gains = (gain for offers in by_satellite.values() for _, gain in offers)
        return min(total, sum(sorted(gains, reverse=True)[:most]))

    def find_least_excess_s(self, term: GapTerm) -> float:
        """Return by how many seconds gaps are too long when every window is used whole."""
        return measure_excess_s(
            term,
            sorted(
                (choice.start_s, choice.end_s)
                for member in term.members
                for choice in self.list_choices(self._problem.opportunity_by_id[member])
            ),
        )

    def _find_best(self, term: GroupTerm, opportunity: Opportunity) -> _Offer | None:
        """Find the longest contact that may count, and the most that any adds before its weight."""
        best: _Offer | None = None
        for choice in self.list_choices(opportunity):
            if opportunity.trim in ("none", "stop") and not counts_in(term, choice.start_s):
                continue
            if term.quantity == "volume":
                rate = tuple((instant_s, max(0.0, per_s)) for instant_s, per_s in opportunity.rate)
                gain = measure_volume(replace(opportunity, rate=rate), choice.start_s, choice.end_s)
            else:
                gain = measure_quantity(self._problem, choice, term.quantity)
            if opportunity.max_s is not None and term.quantity in ("duration_s", "usable_s"):
                gain = min(gain, opportunity.max_s)
            if best is None or gain > best[1]:
                best = choice, gain
        return best

    def _sum_satellite(self, term: GroupTerm, offers: Sequence[_Offer]) -> float:
        """Sum what one satellite gives, cluster by cluster of windows that are open at once."""
        total, at = 0.0, 0
        while at < len(offers):
            reach_s, upto = offers[at][0].end_s, at + 1
            while upto < len(offers) and offers[upto][0].start_s < reach_s:
                reach_s = max(reach_s, offers[upto][0].end_s)
                upto += 1
            total += self._sum_cluster(term, offers[at:upto], reach_s)
            at = upto
        return total

    def _sum_cluster(self, term: GroupTerm, offers: Sequence[_Offer], reach_s: float) -> float:
        if len(offers) == 1:
            return offers[0][1]
        names = {choice.opportunity_id for choice, _ in offers}
        if any(names <= members for members in self._single[offers[0][0].opportunity_id]):
            return max(gain for _, gain in offers)
        windows = [self._problem.opportunity_by_id[choice.opportunity_id] for choice, _ in offers]
        if any(window.trim != "none" for window in windows):
            in_all = sum(gain for _, gain in offers)
            if term.weights or term.quantity in ("count", "reserved_s"):
                return in_all
            per_s = max(_find_density(window, term.quantity) for window in windows)
            return min(in_all, per_s * (reach_s - offers[0][0].start_s))
        by_end = sorted(offers, key=lambda item: item[0].end_s)
        best = [0.0]  # over the first windows by end
        for place, (choice, gain) in enumerate(by_end):
            latest_s = choice.start_s + TOLERANCE_S
            before = sum(other.end_s <= latest_s for other, _ in by_end[:place])
            best.append(max(best[-1], best[before] + gain))
        return best[-1]


def _find_density(window: Opportunity, quantity: Quantity) -> float:
    """Find the most that a second of a window adds."""
    if quantity != "volume":
        return 1.0
    if window.rate:
        return max(0.0, *(per_s for _, per_s in window.rate))
    usable_s = measure_usable_s(window, window.start_s, window.end_s)
    return (window.volume or 0.0) / usable_s if usable_s > 0 else 0.0
