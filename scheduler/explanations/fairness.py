"""Who is served how well: every goal and every owner, the worst served first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scheduler.explanations.goal_report import GoalReport, report_goals
from scheduler.problem.measure import measure_quantity
from scheduler.problem.model import Choice, Opportunity, PlanningProblem


@dataclass(frozen=True, slots=True)
class GoalFulfilment:
    """One request over all its terms (a goal a day is one term): the part of them that is met.

    ``fulfilment`` is the mean over the terms of given / asked, at most 1 each; of a largest gap it
    is asked / given. ``reason`` is that of the worst term.
    """

    request_id: str
    owner: str
    fulfilment: float
    terms: int
    met: int
    worst: GoalReport


@dataclass(frozen=True, slots=True)
class OwnerFulfilment:
    """One owner: contacts, reserved time, what the windows offered, and what was promised.

    ``offered`` counts the candidates; ``offered_s`` and ``served_s`` are contact time, without
    setup. ``promised_s`` is None where the owner has no share that the plan knows.
    """

    owner: str
    contacts: int
    offered: int
    served_s: float
    offered_s: float
    reserved_s: float
    promised_s: float | None
    goals: float | None  # mean fulfilment of the owner's goals

    @property
    def fulfilment(self) -> float:
        """The measure by which owners are put in order: goals, else promise, else what is offered.

        In 0..1; an owner who is promised more than its windows offer is measured by the windows.
        """
        if self.goals is not None:
            return self.goals
        if self.promised_s:
            return min(1.0, self.reserved_s / self.promised_s)
        return self.served_s / self.offered_s if self.offered_s > 0 else 1.0


def rate_goals(problem: PlanningProblem, choices: Sequence[Choice]) -> list[GoalFulfilment]:
    """Rate every request, the worst served first."""
    by_request: dict[str, list[GoalReport]] = {}
    for report in report_goals(problem, choices):
        by_request.setdefault(report.request_id or report.term_id, []).append(report)
    rated = [
        GoalFulfilment(
            request_id=name,
            owner=reports[0].owner,
            fulfilment=sum(rate(report) for report in reports) / len(reports),
            terms=len(reports),
            met=sum(not report.reason for report in reports),
            worst=min(reports, key=rate),
        )
        for name, reports in by_request.items()
    ]
    return sorted(rated, key=lambda item: (item.fulfilment, item.request_id))


def rate(report: GoalReport) -> float:
    """Relate what is given to what was asked, in 0..1."""
    if not report.reason or report.asked <= 0:
        return 1.0
    part = (
        report.asked / report.given if report.quantity == "gap_s" else report.given / report.asked
    )
    return min(1.0, max(0.0, part))


def rate_owners(
    problem: PlanningProblem,
    choices: Sequence[Choice],
    promised_s: Mapping[str, float] | None = None,
) -> list[OwnerFulfilment]:
    """Rate every owner, the worst served first; ``promised_s`` maps owners to antenna seconds."""
    owner_of = {satellite.id: satellite.owner for satellite in problem.satellites}
    everybody = [*owner_of.values(), *(promised_s or {})]
    taken: dict[str, list[Choice]] = {owner: [] for owner in everybody}
    offered: dict[str, list[Opportunity]] = {owner: [] for owner in everybody}
    for opportunity in problem.opportunities:
        offered[owner_of[opportunity.satellite_id]].append(opportunity)
    for choice in choices:
        satellite_id = problem.opportunity_by_id[choice.opportunity_id].satellite_id
        taken[owner_of[satellite_id]].append(choice)
    goals: dict[str, list[float]] = {}
    for goal in rate_goals(problem, choices):
        goals.setdefault(goal.owner, []).append(goal.fulfilment)
    rated = [
        OwnerFulfilment(
            owner=owner,
            contacts=len(taken[owner]),
            offered=len(offered[owner]),
            served_s=sum(item.end_s - item.start_s for item in taken[owner]),
            offered_s=sum(item.end_s - item.start_s for item in offered[owner]),
            reserved_s=sum(measure_quantity(problem, item, "reserved_s") for item in taken[owner]),
            promised_s=(promised_s or {}).get(owner),
            goals=sum(goals[owner]) / len(goals[owner]) if owner in goals else None,
        )
        for owner in offered
    ]
    return sorted(rated, key=lambda item: (item.fulfilment, item.owner))
