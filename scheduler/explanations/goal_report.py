"""How far a plan meets its goals: what was asked, what it gives, what is missing and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from scheduler.problem.measure import measure_excess_s, measure_group
from scheduler.problem.model import Choice, GapTerm, PlanningProblem
from scheduler.problem.offers import Offers


@dataclass(frozen=True, slots=True)
class GoalReport:
    """One goal, or one day of it.

    All figures are in the quantity's unit: contacts, seconds, bytes. Of a largest gap ``given`` is
    the longest one and ``shortfall`` the seconds by which gaps are too long, in all. ``reason`` is
    empty when the goal is met, ``no_window`` when all its windows together would not do (each
    satellite in one contact at a time), ``beaten_by`` when others were worth more.
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
    """Report every term that has a target, in the problem's order."""
    taken = {choice.opportunity_id: choice for choice in choices}
    offers = Offers(problem)
    reports = []
    for term in problem.group_terms:
        if term.target is None or term.name != "satisfaction":
            continue
        own = [taken[member] for member in term.members if member in taken]
        given = measure_group(problem, term, own)
        missing = max(0.0, term.target - given)
        reason = ""
        if missing > 1e-6:
            reason = "beaten_by" if offers.sum_most(term) >= term.target - 1e-6 else "no_window"
        reports.append(
            GoalReport(
                term.id, term.request_id, term.owner, term.quantity, term.target, given, missing,
                reason,
            )
        )  # fmt: skip
    reports += [_report_gap(gap, taken, offers) for gap in problem.gap_terms]
    return reports


def _report_gap(gap: GapTerm, taken: Mapping[str, Choice], offers: Offers) -> GoalReport:
    spans = sorted(
        (taken[member].start_s, taken[member].end_s) for member in gap.members if member in taken
    )
    excess_s = measure_excess_s(gap, spans)
    reason = ""
    if excess_s > 1e-6:
        reason = "no_window" if offers.find_least_excess_s(gap) > 1e-6 else "beaten_by"
    return GoalReport(
        gap.id, gap.request_id, gap.owner, "gap_s", gap.max_gap_s, _find_longest_s(gap, spans),
        excess_s, reason,
    )  # fmt: skip


def _find_longest_s(gap: GapTerm, spans: Sequence[tuple[float, float]]) -> float:
    reach_s, longest_s = gap.start_s, 0.0
    for start_s, end_s in [*spans, (gap.end_s, gap.end_s)]:
        longest_s = max(longest_s, min(start_s, gap.end_s) - reach_s)
        reach_s = max(reach_s, end_s)
    return longest_s


def to_record(report: GoalReport) -> dict[str, Any]:
    """Turn a report into plain JSON values."""
    return asdict(report)
