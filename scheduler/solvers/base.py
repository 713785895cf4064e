"""The contract of a solver: a problem in, a solution with value and bound out, incumbents between.

A solver is a function of this form (``SolveFunction``); it honours the deadline as far as its
engine lets it (the worker ends it anyway), reports every better plan and every better bound, and
gives the same solution for the same problem and seed when it ends before the deadline.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from scheduler.plan import SolverStatus
from scheduler.problem.model import Choice, PlanningProblem

OPTIMAL_GAP = 1e-6  # relative; a smaller gap counts as proven
NO_PLAN = (
    "no plan was found that reaches every hard minimum (at_least, min_total_s); whether there is "
    "one is not proven: ilp with a longer time limit decides it"
)


@dataclass(frozen=True, slots=True)
class Incumbent:
    """The best plan so far after a stage, and the best bound (None: not known yet)."""

    stage: str
    value: float
    bound: float | None
    choices: tuple[Choice, ...]
    elapsed_s: float


def describe_step(step: Incumbent) -> str:
    """Say stage, value, bound and gap in a line."""
    text = f"{step.stage}: value {step.value:.6g}"
    if step.bound is None:
        return text
    return f"{text}, bound {step.bound:.6g}, gap {100 * compute_gap(step.value, step.bound):.4f} %"


@dataclass(frozen=True, slots=True)
class Stage:
    """One line of the record of a solve: what was known when a stage ended."""

    stage: str
    value: float
    bound: float | None
    elapsed_s: float


@dataclass(frozen=True, slots=True)
class Solution:
    """A plan in the problem's own terms, with its proof as far as there is one."""

    status: SolverStatus
    solver: str
    seed: int
    value: float | None
    bound: float | None
    choices: tuple[Choice, ...]
    stages: tuple[Stage, ...] = ()
    elapsed_s: float = 0.0
    message: str = ""

    @property
    def gap(self) -> float | None:
        """Return (bound - value) / |value|, None while one of them is unknown."""
        if self.value is None or self.bound is None:
            return None
        return compute_gap(self.value, self.bound)


Report = Callable[[Incumbent], None]


class SolveFunction(Protocol):
    """What every solver of the registry looks like."""

    def __call__(
        self, problem: PlanningProblem, *, deadline: Deadline, seed: int, report: Report
    ) -> Solution: ...


@dataclass(frozen=True)
class Deadline:
    """An instant of the monotonic clock until which a solver may work."""

    limit_s: float
    started_s: float = field(default_factory=time.monotonic)

    @property
    def elapsed_s(self) -> float:
        return time.monotonic() - self.started_s

    @property
    def remaining_s(self) -> float:
        return max(0.0, self.limit_s - self.elapsed_s)

    @property
    def has_passed(self) -> bool:
        return self.elapsed_s >= self.limit_s


def compute_gap(value: float, bound: float) -> float:
    """Relate bound minus value to the value; 0 when they agree."""
    return max(0.0, bound - value) / max(abs(value), 1e-9)
