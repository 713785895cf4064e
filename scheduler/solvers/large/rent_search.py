"""Better rents step by step: subgradient steps towards the value of the plan."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from scheduler.problem.model import Choice, PlanningProblem
from scheduler.solvers.base import Deadline
from scheduler.solvers.large.block_solver import Rents
from scheduler.solvers.large.rent_bound import RentBound, step_rents

GOOD_GAP = 1e-4  # relative; below it rents are no longer improved
PATIENCE = 3  # steps without a better bound before they become shorter
SHORTER = 0.7
LEAST_THETA = 1e-3  # steps this short bring nothing
MAX_STEPS = 200  # a question
MIN_GAIN = 1e-9


class RentSearch:
    """The best rents so far and their bound; every bound on the way holds."""

    def __init__(self, problem: PlanningProblem, plan: Sequence[Choice]) -> None:
        self.bounding = RentBound(problem, plan)
        self.bound = np.inf
        self.rents: list[Rents] = []
        self.theta = 1.0

    def improve(self, fresh: Sequence[Rents], value: float, limit_s: float) -> tuple[float, bool]:
        """Step the rents; return the best bound, and whether more steps may lower it.

        ``fresh`` rents take the place of the best ones if they are better.
        """
        end = Deadline(limit_s)
        if fresh:
            self.theta = 1.0
        here, best, since = self.rents, self.rents, 0
        if fresh and (not here or self.bounding.evaluate(fresh)[0] < self.bound):
            here = list(fresh)
        for _ in range(MAX_STEPS):
            bound, excess = self.bounding.evaluate(here)
            if bound < self.bound - MIN_GAIN:
                self.bound, since, best = bound, 0, here
            else:
                since += 1
                self.theta *= SHORTER if since % PATIENCE == 0 else 1.0
            distance = bound - value
            length = sum(float(np.square(over).sum()) for over in excess)
            near = self.bound - value <= GOOD_GAP * abs(value)
            if length == 0 or near or self.theta < LEAST_THETA:
                self.rents = best
                return float(self.bound), False
            if end.has_passed:
                break
            here = step_rents(here, excess, self.theta * distance / length)
        self.rents = best
        return float(self.bound), True
