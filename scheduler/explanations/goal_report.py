"""How far a plan meets its goals: what was asked, what it gives, what is missing and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from scheduler.problem.conflicts import find_spans
from scheduler.problem.measure import counts_in, measure_excess_s, measure_group, measure_quantity
from scheduler.problem.model import Choice, GroupTerm, PlanningProblem


@dataclass(frozen=True, slots=True)
class GoalReport:
    """One goal, or one day of it.

    ``shortfall`` is in the quantity's unit: contacts, seconds, bytes; for a gap the seconds by
    which gaps are too long, in all. ``reason`` is empty when the goal is met, ``no_window`` when
    all its windows together would not do, ``beaten_by`` when others were worth more.
    """

    term_id: str
    request_id: str
    owner: str
    quantity: str
    asked: float
    given: float
    shortfall: float
    reason: str


def report_goals(problem: PlanningProblem, choices: Sequence[Choice]) -> list[GoalReport]:
    """Report every term that has a target, the worst served first within a request's order."""
    taken = {choice.opportunity_id: choice for choice in choices}
    reports = []
    for term in problem.group_terms:
        if term.target is None or term.name != "satisfaction":
            continue
        own = [taken[member] for member in term.members if member in taken]
        given = measure_group(problem, term, own)
        missing = max(0.0, term.target - given)
        reason = ""
        if missing > 1e-6:
            reason = "beaten_by" if _offer(problem, term) >= term.target else "no_window"
        reports.append(
            GoalReport(
                term.id, term.request_id, term.owner, term.quantity, term.target, given, missing,
                reason,
            )
        )  # fmt: skip
    for gap in problem.gap_terms:
        spans = sorted(
            (taken[member].start_s, taken[member].end_s)
            for member in gap.members
            if member in taken
        )
        excess_s = measure_excess_s(gap, spans)
        windows = sorted(
            (item.start_s, item.end_s)
            for item in (problem.opportunity_by_id[member] for member in gap.members)
        )
        reason = ""
        if excess_s > 1e-6:
            reason = "no_window" if measure_excess_s(gap, windows) > 1e-6 else "beaten_by"
        reports.append(
            GoalReport(
                gap.id, gap.request_id, gap.owner, "gap_s", gap.max_gap_s,
                gap.max_gap_s + excess_s if excess_s else gap.max_gap_s, excess_s, reason,
            )
        )  # fmt: skip
    return reports


def to_record(report: GoalReport) -> dict[str, Any]:
    """Turn a report into plain JSON values."""
    return asdict(report)


def _offer(problem: PlanningProblem, term: GroupTerm) -> float:
    """Sum what all windows of a term would give, each whole and alone on its antenna."""
    barred = {forbid.opportunity_id for forbid in problem.forbids}
    total = 0.0
    weights = term.weights or (1.0,) * len(term.members)
    for member, weight in zip(term.members, weights, strict=True):
        opportunity = problem.opportunity_by_id[member]
        spans = [
            (antennas, span)
            for antennas in opportunity.antenna_sets
            for span in find_spans(problem, opportunity, antennas)
        ]
        if member in barred or not spans or weight <= 0:
            continue
        antennas, span = max(spans, key=lambda item: item[1][1] - item[1][0])
        if counts_in(term, span[0]) or opportunity.trim in ("start", "both"):
            total += weight * measure_quantity(
                problem, Choice(member, antennas, *span), term.quantity
            )
    return total
