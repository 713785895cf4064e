"""The best plan of a tiny problem by trying every set of contacts, judged by the audit alone."""

from __future__ import annotations

import math

from scheduler.audit import audit, revalue
from scheduler.problem.model import Choice, PlanningProblem
from tests.scheduler.problem_builders import list_all_choices

PARTIAL = ("eq 5", "eq 6", "eq 7")  # rules that more contacts can only break again


def find_best(
    problem: PlanningProblem, *, must_hold: str = "", must_miss: str = ""
) -> tuple[float | None, int]:
    """Return the best value (None when no plan is allowed) and how many plans were tried.

    ``must_hold`` and ``must_miss`` name an opportunity that every plan takes, or none does.
    """
    options = list_options(problem)
    known: dict[tuple[Choice, Choice], bool] = {}
    best: float | None = None
    tried = 0

    def clashes(one: Choice, other: Choice) -> bool:
        if (one, other) not in known:
            known[one, other] = audit_parts(problem, [one, other])
        return known[one, other]

    def extend(index: int, plan: list[Choice]) -> None:
        nonlocal best, tried
        if index == len(options):
            tried += 1
            value = revalue(problem, plan)
            if (best is None or value > best) and not audit(problem, plan):
                best = value
            return
        name = problem.opportunities[index].id
        if name != must_hold:
            extend(index + 1, plan)
        for choice in options[index] if name != must_miss else ():
            if not any(clashes(taken, choice) for taken in plan):
                extend(index + 1, [*plan, choice])

    extend(0, [])
    return best, tried


def list_options(problem: PlanningProblem) -> list[list[Choice]]:
    """List for every opportunity the contacts that are allowed by themselves."""
    return [
        [item for item in choices if not audit_parts(problem, [item])]
        for choices in list_all_choices(problem)
    ]


def count_plans(problem: PlanningProblem) -> int:
    """Count the sets of contacts that ``find_best`` would try if nothing clashed."""
    return math.prod(1 + len(choices) for choices in list_options(problem))


def audit_parts(problem: PlanningProblem, plan: list[Choice]) -> bool:
    """Ask whether a partial plan already breaks a rule that no further contact can mend."""
    return any(violation.equation in PARTIAL for violation in audit(problem, plan))
