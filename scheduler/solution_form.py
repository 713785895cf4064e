"""A solution as plain JSON values, for people who bring their own problem."""

from __future__ import annotations

from typing import Any

from scheduler.audit import audit
from scheduler.explanations.explain import explain
from scheduler.problem.model import PlanningProblem
from scheduler.solvers.base import Solution

FORMAT = "aspan-solution/1"


def write_solution(problem: PlanningProblem, solution: Solution) -> dict[str, Any]:
    """Write status, value, bound, gap, contacts, reasons and the audit's verdict."""
    explanations = explain(problem, solution.choices) if solution.value is not None else {}
    violations = audit(problem, solution.choices, solution.value) if solution.choices else ()
    return {
        "format": FORMAT,
        "solver": solution.solver,
        "seed": solution.seed,
        "status": solution.status,
        "message": solution.message,
        "value": solution.value,
        "value_unit": problem.value_unit,
        "bound": solution.bound,
        "gap": solution.gap,
        "elapsed_s": solution.elapsed_s,
        "contacts": [
            {
                "opportunity_id": choice.opportunity_id,
                "antennas": list(choice.antennas),
                "start_s": choice.start_s,
                "end_s": choice.end_s,
            }
            for choice in solution.choices
        ],
        "not_taken": [
            {
                "opportunity_id": item.opportunity_id,
                "reason": item.reason,
                "beaten_by": list(item.beaten_by),
                "limit": item.limit,
            }
            for item in explanations.values()
        ],
        "stages": [
            {
                "stage": stage.stage,
                "value": stage.value,
                "bound": stage.bound,
                "elapsed_s": stage.elapsed_s,
            }
            for stage in solution.stages
        ],
        "violations": [violation.sentence for violation in violations],
    }
