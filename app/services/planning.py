"""Plans as the application makes them: what is asked, what that needs, and the plan."""

from __future__ import annotations

import json
import math
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from app.clock import Clock
from app.errors import InputError, NotFoundError
from app.exports.json_plan import FREQUENCY_CONJUNCTIONS
from app.services.booked_plan import BOOKED, block_antennas, read_booked
from app.services.contact_conjunctions import list_conjunctions
from app.services.prediction import (
    PassQuery,
    PredictionService,
    PredictionTask,
    StationPasses,
    predict,
)
from app.services.problems import SOLVE_JOB, SolveTask, solve_problem
from app.services.selection import check_owners, find_satellite, quote
from app.settings import Configuration
from app.store import Store
from app.store.jobs import Job
from app.worker_process import END_EARLY, OnProgress
from scheduler.comparison.diff import PlanDiff, diff_plans
from scheduler.errors import UnknownNamesError
from scheduler.goals import Goal, read_goal, read_standing_goals
from scheduler.plan import ContactPlan
from scheduler.plan_demands import PlanDemands
from scheduler.problem.json_form import read_problem
from scheduler.satellites import Satellite
from scheduler.solvers import SOLVERS
from tle.timebase import format_utc

PLAN_JOB = "plan"
DEFAULT_SOLVER = "ilp"
DEFAULT_TIME_LIMIT_S = 60.0
DEFAULT_PLAN_DAYS = 7.0
MAX_TIME_LIMIT_S = 3_600.0
DEFAULT_SEED = 1
_RESERVE_S = 2.0  # of the time limit: audit, explanation, storing


@dataclass(frozen=True, slots=True)
class PlanQuery:
    """What a caller wants planned; ``time_limit_s`` is wall time from the passes to the plan.

    ``requests`` are one-off goals, in the form of the standing ones of satellites.toml, with the
    ids of their satellites. ``pins`` and ``forbids`` name passes or contacts. Contacts of the plan
    ``previous`` that start within ``freeze_s`` are held; changing another costs ``change_price``.
    """

    passes: PassQuery = field(default_factory=PassQuery)
    solver: str = DEFAULT_SOLVER
    time_limit_s: float = DEFAULT_TIME_LIMIT_S
    seed: int = DEFAULT_SEED
    requests: tuple[Mapping[str, Any], ...] = ()
    pins: tuple[str, ...] = ()
    forbids: tuple[str, ...] = ()
    previous: str | None = None  # a plan id, or "booked": what is booked now, pins included
    freeze_s: float = 0.0
    change_price: float = 0.0


@dataclass(frozen=True, slots=True)
class PlanTask:
    """Everything a plan needs; it can travel to another process of this machine."""

    plan_id: str
    prediction: PredictionTask
    satellites: tuple[Satellite, ...]
    solver: str
    seed: int
    time_limit_s: float
    provenance: dict[str, Any]
    demands: PlanDemands


def check_solver(solver: str, time_limit_s: float) -> None:
    """Refuse a solver that does not exist, and a time limit out of range."""
    if solver not in SOLVERS:
        raise InputError("solver", f"{quote(solver)} is none of {', '.join(SOLVERS)}", value=solver)
    if not (math.isfinite(time_limit_s) and 0 < time_limit_s <= MAX_TIME_LIMIT_S):
        raise InputError(
            "time_limit",
            f"{time_limit_s:g} s cannot be kept; give more than 0 and at most "
            f"{MAX_TIME_LIMIT_S:g} s",
            value=time_limit_s,
            unit="s",
        )


def read_goals(
    configuration: Configuration,
    requests: Sequence[Mapping[str, Any]],
    planned: Sequence[Satellite],
) -> tuple[Goal, ...]:
    """Read one-off requests; InputError names the request and the key.

    No id may be used twice, nor be that of a standing request of a planned satellite.
    """
    goals: list[Goal] = []
    taken = {goal.id for satellite in planned for goal in read_standing_goals(satellite)}
    for at, table in enumerate(requests):
        place = f"requests[{at}]"
        try:
            goal = read_goal(table, place=place)
        except (ValueError, TypeError) as error:
            raise InputError("requests", str(error)) from error
        named = tuple(
            dict.fromkeys(find_satellite(configuration, name).id for name in goal.satellites)
        )
        check_owners(configuration, [goal.owner] if goal.owner else [])
        if goal.id in taken:
            raise InputError(
                "requests", f"{place}.id: {quote(goal.id)} is another request's", value=goal.id
            )
        taken.add(goal.id)
        goals.append(replace(goal, satellites=named))
    return tuple(goals)


def _describe_query(query: PlanQuery) -> dict[str, Any]:
    """Write down what was asked, so that a scenario can ask it again with changes."""
    asked = {
        "satellites": list(query.passes.satellites),
        "min_elevation_deg": query.passes.min_elevation_deg,
        "use_mask": query.passes.use_mask,
        "requests": [dict(table) for table in query.requests],
        "pins": list(query.pins),
        "forbids": list(query.forbids),
    }
    return json.loads(json.dumps(asked, default=lambda value: value.isoformat()))  # type: ignore[no-any-return]


def make_plan_task(
    configuration: Configuration, query: PlanQuery, prediction: PredictionTask
) -> PlanTask:
    """Make the task of a plan that replaces no other, with the provenance of its inputs."""
    check_solver(query.solver, query.time_limit_s)
    return PlanTask(
        plan_id=f"plan-{secrets.token_hex(8)}",
        # a flat limit or not: a plan keeps to what its antennas can follow
        prediction=replace(prediction, constraints=None),
        satellites=prediction.choice.satellites,
        solver=query.solver,
        seed=query.seed,
        time_limit_s=query.time_limit_s,
        provenance={
            "configuration_digest": configuration.digest,
            "stations_file": configuration.stations_file,
            "satellites_file": configuration.satellites_file,
            "query": _describe_query(query),
        },
        demands=PlanDemands(
            goals=read_goals(configuration, query.requests, prediction.choice.satellites),
            pins=query.pins,
            forbids=query.forbids,
            freeze_s=query.freeze_s,
            change_price=query.change_price,
        ),
    )


class Runner(Protocol):
    """What starts long computations (``app.jobs.JobRunner``)."""

    def submit(
        self,
        kind: str,
        parameters: Mapping[str, Any],
        compute: Callable[[Any, OnProgress], Any],
        task: Any,
        finish: Callable[[str, Any], bool],
    ) -> Job: ...


class PlanningService:
    """Order, make, keep and find plans."""

    def __init__(
        self,
        configuration: Configuration,
        store: Store,
        prediction: PredictionService,
        clock: Clock,
    ) -> None:
        self._configuration = configuration
        self._store = store
        self._prediction = prediction
        self._clock = clock

    def prepare(self, query: PlanQuery) -> PlanTask:
        """Resolve what is to be planned, and leave out what somebody has blocked."""
        check_solver(query.solver, query.time_limit_s)
        prediction = self._prediction.prepare(query.passes, default_days=DEFAULT_PLAN_DAYS)
        booked = read_booked(self._store, prediction.stations, prediction.span)
        stations = block_antennas(prediction.stations, booked.blocked)
        task = make_plan_task(self._configuration, query, replace(prediction, stations=stations))
        if query.previous != BOOKED:
            held = replace(task.demands, previous=self._read_previous(query.previous))
        else:
            held = replace(task.demands, pins=(*query.pins, *booked.pins), previous=booked.plan)
        return replace(task, demands=held)

    def _read_previous(self, plan_id: str | None) -> ContactPlan | None:
        return None if plan_id is None else self.read(plan_id, losers=False)

    def order(self, runner: Runner, query: PlanQuery) -> Job:
        """Start a job that computes a plan and stores it whole."""
        task = self.prepare(query)
        span = task.prediction.span
        parameters = {
            "station": [station.id for station in task.prediction.stations],
            "satellite": list(query.passes.satellites),
            "start": format_utc(span.start_utc),
            "end": format_utc(span.end_utc),
            "solver": query.solver,
            "time_limit": query.time_limit_s,
            "seed": query.seed,
        }
        return runner.submit(PLAN_JOB, parameters, compute_plan, task, self._finish)

    def keep(self, made: ContactPlan) -> None:
        """Store a plan that was computed here."""
        self._store.plans.add(made, created_utc=self._clock())

    def read(self, plan_id: str, *, losers: bool = True) -> ContactPlan:
        """Return a stored plan; ``losers``: with what was not taken."""
        found = self._store.plans.read(plan_id, losers=losers)
        if found is None:
            raise NotFoundError("plan_id", f"{quote(plan_id)}: no such plan", value=plan_id)
        return found

    def read_problem(self, plan_id: str) -> str:
        """Return the planning problem that a stored plan solves, as JSON text."""
        if self._store.plans.summary(plan_id) is None:
            raise NotFoundError("plan_id", f"{quote(plan_id)}: no such plan", value=plan_id)
        text = self._store.plans.read_problem(plan_id)
        if text is None:
            raise NotFoundError(
                "plan_id", f"{plan_id} was stored without its problem", value=plan_id
            )
        return text

    def compare(self, old_id: str, new_id: str) -> PlanDiff:
        """Say what became of the contacts of one plan in another."""
        problems = (self._store.plans.read_problem(name) for name in (old_id, new_id))
        old, new = (None if text is None else read_problem(text) for text in problems)
        return diff_plans(self.read(old_id), self.read(new_id), old, new)

    def order_solve(self, runner: Runner, task: SolveTask) -> Job:
        """Start a job that solves a problem that somebody brought; its result holds all of it."""
        check_solver(task.solver, task.time_limit_s)
        parameters = {"solver": task.solver, "time_limit": task.time_limit_s, "seed": task.seed}

        def finish(job_id: str, solution: dict[str, Any]) -> bool:
            result = {"url": f"/v1/jobs/{job_id}", "solution": solution}
            return self._store.finish_job(job_id, result, now_utc=self._clock())

        return runner.submit(SOLVE_JOB, parameters, solve_problem, task, finish)

    def newest_for(self, station_id: str) -> ContactPlan | None:
        """Return the newest stored plan of a station, before all one that is not over yet."""
        plan_id = self._store.plans.newest_id(station_id, self._clock())
        return None if plan_id is None else self._store.plans.read(plan_id)

    def _finish(self, job_id: str, made: ContactPlan) -> bool:
        result = {"plan_id": made.plan_id, "url": f"/v1/plans/{made.plan_id}"}
        return self._store.finish_plan_job(job_id, made, result, now_utc=self._clock())


def compute_plan(task: PlanTask, on_progress: OnProgress) -> ContactPlan:
    """Predict, cut, choose, audit and explain: the whole way to a plan, in this process.

    Demands that contradict each other, and pins that name nothing, raise InputError with all of
    them: there is no plan to keep.
    """
    from scheduler.planning import make_plan  # noqa: PLC0415 (only who plans loads the planner)
    from scheduler.solvers.worker import warm_up  # noqa: PLC0415

    started_s = time.monotonic()
    warm_up()  # the solver's process loads its engine while passes are searched
    prediction = predict(task.prediction, lambda done, text: on_progress(0.1 * done, text))
    try:
        made = make_plan(
            [(each.station, each.table, each.windows) for each in prediction],
            task.satellites,
            task.prediction.span,
            grades=prediction[0].grade_by_origin,
            now_utc=task.prediction.now_utc,
            solver=task.solver,
            time_limit_s=max(1.0, task.time_limit_s - (time.monotonic() - started_s) - _RESERVE_S),
            seed=task.seed,
            demands=task.demands,
            provenance=task.provenance | {"element_sets": _list_element_sets(prediction[0])},
            on_progress=lambda done, text: on_progress(0.1 + 0.9 * done, text),
            stop=END_EARLY,
        )
    except UnknownNamesError as error:
        raise InputError("pins", str(error), value=error.names[0]) from error
    if made.status == "infeasible":
        raise InputError("pins", f"no plan: {made.provenance['solver_message']}")
    provenance = {**made.provenance, FREQUENCY_CONJUNCTIONS: list_conjunctions(made, prediction)}
    return replace(made, plan_id=task.plan_id, provenance=provenance)


def _list_element_sets(predicted: StationPasses) -> list[dict[str, Any]]:
    """Say which element set every satellite was predicted with."""
    return [
        {
            "satellite_id": tracked.satellite_id,
            "element_set_id": tracked.elements.element_set_id,
            "fingerprint": tracked.elements.fingerprint,
            "epoch_utc": format_utc(tracked.elements.epoch_utc),
            "source": tracked.elements.source,
            "grade": grade,
        }
        for tracked, grade in zip(predicted.table.objects, predicted.grades, strict=True)
    ]
