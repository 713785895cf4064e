"""The best plan and the best bound of a solve in stages, told as they improve."""

from __future__ import annotations

import numpy as np

from scheduler.plan import SolverStatus
from scheduler.problem.model import Choice, PlanningProblem
from scheduler.solvers.base import (
    NO_PLAN,
    OPTIMAL_GAP,
    Deadline,
    Incumbent,
    Report,
    Solution,
    Stage,
    compute_gap,
)
from scheduler.solvers.draft import Draft


class Search:
    """Keep the best plan and the best bound, and tell each improvement."""

    def __init__(self, problem: PlanningProblem, deadline: Deadline, report: Report) -> None:
        self.problem = problem
        self.deadline = deadline
        self.report = report
        self.value = -np.inf
        self.bound = np.inf
        self.choices: tuple[Choice, ...] = ()
        self.stages: list[Stage] = []
        self.sees_all = True  # the model holds every placement, so its bounds hold for all plans

    def offer(self, stage: str, draft: Draft) -> None:
        """Keep the draft's plan if it is the best, and tell what is known now."""
        self.keep(draft)
        self.tell(stage)

    def keep(self, draft: Draft) -> None:
        """Keep the draft's plan if it is the best."""
        draft.drop_incomplete()
        if draft.value > self.value and draft.meets_minimums():
            self.value, self.choices = draft.value, draft.list_choices()

    def lower_bound(self, stage: str, bound: float) -> None:
        """Keep a bound if it is the best; -inf says that there is no plan at all."""
        self.bound = min(self.bound, bound)
        self.tell(stage)

    def tell(self, stage: str) -> None:
        """Report what is known now, once there is a plan."""
        if not np.isfinite(self.value):
            return
        bound = float(self.bound) if np.isfinite(self.bound) else None
        elapsed_s = self.deadline.elapsed_s
        self.stages.append(Stage(stage, self.value, bound, elapsed_s))
        self.report(Incumbent(stage, self.value, bound, self.choices, elapsed_s))

    @property
    def is_proven(self) -> bool:
        if not np.isfinite(self.value):
            return self.is_impossible
        return compute_gap(self.value, self.bound) <= OPTIMAL_GAP

    @property
    def is_impossible(self) -> bool:
        """Ask whether no plan reaches every hard minimum, which is proven."""
        return self.bound == -np.inf

    def finish(self, solver: str, seed: int) -> Solution:
        """Turn what is known into a solution; a bound a rounding error below the value is it."""
        if not np.isfinite(self.value):
            return self._finish_without_plan(solver, seed)
        bound = max(float(self.bound), self.value) if np.isfinite(self.bound) else None
        proven = bound is not None and compute_gap(self.value, bound) <= OPTIMAL_GAP
        late = self.deadline.has_passed
        return Solution(
            status="optimal" if proven else "time_limit" if late else "feasible",
            solver=solver,
            seed=seed,
            value=self.value,
            bound=bound,
            choices=self.choices,
            stages=tuple(self.stages),
            elapsed_s=self.deadline.elapsed_s,
        )

    def _finish_without_plan(self, solver: str, seed: int) -> Solution:
        status: SolverStatus = "time_limit" if self.deadline.has_passed else "failed"
        message = NO_PLAN
        if self.is_impossible:
            status, message = "infeasible", "no plan reaches every hard minimum (at_least)"
        return Solution(
            status, solver, seed, None, None, (), elapsed_s=self.deadline.elapsed_s, message=message
        )
