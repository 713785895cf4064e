"""Why a stored plan is as it is: explanations, prices, fairness, what limits it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.access import Principal
from app.clock import Clock
from app.errors import InputError, NotFoundError
from app.exports.explanation_records import write_scarcity, write_worth
from app.services.planning import PlanningService, Runner
from app.services.selection import quote
from app.settings import Configuration
from app.store import Store
from app.store.jobs import Job
from app.worker_process import OnProgress
from scheduler.explanations.fairness import GoalFulfilment, OwnerFulfilment, rate_goals, rate_owners
from scheduler.explanations.pass_explanation import (
    PassExplanation,
    PlanExplanation,
    explain_plan,
    find_named,
    list_choices,
    price_pass,
)
from scheduler.intervals import Span
from scheduler.plan import ContactPlan
from scheduler.problem.json_form import read_problem
from scheduler.problem.model import PlanningProblem
from scheduler.shares import available_antenna_s
from scheduler.solvers import solve
from scheduler.solvers.base import Solution
from tle.timebase import from_unix_s

WORTH_JOB = "limiting-resource"
DEFAULT_PRICE_LIMIT_S = 20.0  # of one question, all its re-solves together
MAX_PRICE_LIMIT_S = 600.0
_JOBS_LOOKED_AT = 1_000
MAX_PRICED = 20  # passes of one question


@dataclass(frozen=True, slots=True)
class PriceTask:
    """Passes to be priced; it can travel to another process."""

    plan: ContactPlan
    problem_json: str
    found: tuple[PassExplanation, ...]
    time_limit_s: float


@dataclass(frozen=True, slots=True)
class WorthTask:
    """A plan whose limiting resource is to be found and valued."""

    plan: ContactPlan
    problem_json: str
    time_limit_s: float


class ExplanationService:
    """Explain stored plans."""

    def __init__(
        self, configuration: Configuration, store: Store, planning: PlanningService, clock: Clock
    ) -> None:
        self._configuration = configuration
        self._store = store
        self._planning = planning
        self._clock = clock

    def read(self, plan_id: str) -> tuple[ContactPlan, PlanningProblem]:
        """Return a stored plan and the problem that it solves."""
        plan = self._planning.read(plan_id)
        return plan, read_problem(self._planning.read_problem(plan_id))

    def explain_plan(self, plan_id: str) -> PlanExplanation:
        """Explain every candidate and pass of a plan, without prices."""
        return explain_plan(*self.read(plan_id))

    def prepare_prices(
        self, plan_id: str, name: str, *, time_limit_s: float = DEFAULT_PRICE_LIMIT_S
    ) -> PriceTask:
        """Find what a pass, contact, candidate or satellite id names in a plan, to be priced."""
        if not 0 < time_limit_s <= MAX_PRICE_LIMIT_S:
            raise InputError(
                "time_limit",
                f"{time_limit_s:g} s is outside 0 to {MAX_PRICE_LIMIT_S:g} s",
                value=time_limit_s,
                unit="s",
            )
        plan = self._planning.read(plan_id)
        text = self._planning.read_problem(plan_id)
        found = find_named(explain_plan(plan, read_problem(text)), name)
        if not found:
            raise NotFoundError(
                "pass_id",
                f"{quote(name)} names no pass, candidate, contact or satellite of {plan_id}; "
                "its explanations list them all",
                value=name,
            )
        return PriceTask(plan, text, found, time_limit_s)

    def find_hidden(self, problem: PlanningProblem, principal: Principal) -> frozenset[str]:
        """Name the satellites whose details are not for a reader."""
        return frozenset(
            satellite.id for satellite in problem.satellites if not principal.sees(satellite.owner)
        )

    def rate(self, plan_id: str) -> tuple[list[GoalFulfilment], list[OwnerFulfilment]]:
        """Rate the goals and the owners of a plan, the worst served first."""
        plan, problem = self.read(plan_id)
        choices = list_choices(plan)
        promised = self._list_promises(plan)
        return rate_goals(problem, choices), rate_owners(problem, choices, promised)

    def order_worth(self, runner: Runner, plan_id: str, *, time_limit_s: float) -> Job:
        """Start a job that finds what limits a plan and solves again with more of it."""
        task = WorthTask(
            self._planning.read(plan_id), self._planning.read_problem(plan_id), time_limit_s
        )

        def finish(job_id: str, found: dict[str, Any]) -> bool:
            result = {"url": f"/v1/jobs/{job_id}", "plan_id": plan_id} | found
            return self._store.finish_job(job_id, result, now_utc=self._clock())

        parameters = {"plan_id": plan_id, "time_limit": time_limit_s}
        return runner.submit(WORTH_JOB, parameters, compute_worth, task, finish)

    def find_worth(self, plan_id: str) -> Mapping[str, Any]:
        """Return what the newest finished job found to limit a plan."""
        self._planning.read(plan_id)
        page, _ = self._store.jobs.list(limit=_JOBS_LOOKED_AT)
        for job in page:
            if job.kind == WORTH_JOB and job.result and job.result.get("plan_id") == plan_id:
                return job.result
        raise NotFoundError(
            "plan_id", f"not found out yet: POST /v1/plans/{plan_id}/limiting-resource starts it"
        )

    def _list_promises(self, plan: ContactPlan) -> dict[str, float]:
        span = Span(from_unix_s(plan.start_unix_s), from_unix_s(plan.end_unix_s))
        promised: dict[str, float] = {}
        for station in self._configuration.stations:
            if station.id not in plan.station_ids:
                continue
            available_s = available_antenna_s(station, span)
            for share in station.owners:
                promised[share.owner] = promised.get(share.owner, 0.0) + share.share * available_s
        return promised


def compute_prices(task: PriceTask, on_progress: OnProgress) -> tuple[PassExplanation, ...]:
    """Price the passes of a task in the order of time, as far as its time limit reaches."""
    problem = read_problem(task.problem_json)
    end_s = time.monotonic() + task.time_limit_s
    priced = []
    for at, item in enumerate(task.found):
        on_progress(at / len(task.found), item.pass_id)
        left_s = end_s - time.monotonic()
        if at >= MAX_PRICED or left_s <= 0:
            priced.append(item)
            continue
        priced.append(price_pass(item, task.plan, problem, _solver_until(end_s)))
    return tuple(priced)


def compute_worth(task: WorthTask, on_progress: OnProgress) -> dict[str, Any]:
    """Rank what is scarce by LP prices; solve again with more of the scarcest that can be added."""
    from scheduler.explanations.limiting_resource import measure_worth, rank_scarcity  # noqa: PLC0415 (heavy)

    problem = read_problem(task.problem_json)
    end_s = time.monotonic() + task.time_limit_s
    ranked = rank_scarcity(problem)
    choices = list_choices(task.plan)
    on_progress(0.3, "scarcity known, solving again")
    worth = None
    for item in ranked:
        worth = measure_worth(problem, choices, item, _solver_until(end_s))
        if worth is not None:
            break
    return {
        "scarcity": [write_scarcity(item) for item in ranked],
        "worth": None if worth is None else write_worth(worth, problem.value_unit),
    }


def _solver_until(end_s: float) -> Callable[[PlanningProblem], Solution]:
    """Return what solves a problem again before an instant of the monotonic clock."""

    def solve_again(problem: PlanningProblem) -> Solution:
        return solve(problem, time_limit_s=max(0.5, end_s - time.monotonic()))

    return solve_again
