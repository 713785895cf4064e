"""What-if: the same plan with some inputs changed, compared, kept under a name, promoted.

Base and trial are planned from the same elements at the same instant; the stored base plan itself
is the base as long as it was made from those elements and this configuration. No published plan
and no booking is touched.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.clock import Clock
from app.errors import InputError, NotFoundError
from app.services.planning import PlanningService, PlanQuery, PlanTask, Runner, compute_plan
from app.services.selection import choose_satellites, find_satellite, quote
from app.settings import Configuration
from app.store import Store
from app.store.jobs import Job
from app.store.scenarios import Scenario
from app.worker_process import OnProgress
from scheduler.comparison.side_by_side import compare_plans, write_comparison
from scheduler.plan import ContactPlan
from scheduler.problem.json_form import read_problem
from scheduler.scenario import (
    Changes,
    change_satellites,
    change_stations,
    read_changes,
    write_changes,
)
from tle.timebase import format_utc, from_unix_s

SCENARIO_JOB = "scenario"
_NAME_LENGTH = 100


@dataclass(frozen=True, slots=True)
class ScenarioTask:
    """Both sides of a comparison; ``base`` is planned anew unless ``base_plan`` still holds."""

    base: PlanTask
    base_plan: ContactPlan | None
    base_problem: str | None
    trial: PlanTask
    changes: Changes


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """Both plans and the comparison in JSON-ready values."""

    base: ContactPlan
    trial: ContactPlan
    comparison: Mapping[str, Any]


class ScenarioService:
    """Prepare, order, keep, promote and remove scenarios."""

    def __init__(
        self, configuration: Configuration, store: Store, planning: PlanningService, clock: Clock
    ) -> None:
        self._configuration = configuration
        self._store = store
        self._planning = planning
        self._clock = clock

    def read_changes(self, table: Mapping[str, Any]) -> Changes:
        """Read changes; InputError names the key, or the satellite that is not configured."""
        try:
            changes = read_changes(table)
        except ValueError as error:
            raise InputError("changes", str(error)) from error
        names = (*changes.without, *changes.including, *(name for name, _ in changes.priorities))
        ids = {name: find_satellite(self._configuration, name).id for name in names}
        return replace(
            changes,
            without=tuple(ids[name] for name in changes.without),
            including=tuple(ids[name] for name in changes.including),
            priorities=tuple((ids[name], value) for name, value in changes.priorities),
        )

    def repeat(self, plan_id: str, query: PlanQuery) -> PlanQuery:
        """Return the query that made a plan, with the solver and limits of another query."""
        plan = self._planning.read(plan_id)
        asked = plan.provenance.get("query", {})
        passes = replace(
            query.passes,
            stations=plan.station_ids,
            satellites=tuple(asked.get("satellites", ())),
            start=format_utc(from_unix_s(plan.start_unix_s)),
            end=format_utc(from_unix_s(plan.end_unix_s)),
            days=None,
            min_elevation_deg=asked.get("min_elevation_deg"),
            use_mask=asked.get("use_mask", True),
        )
        return replace(
            query,
            passes=passes,
            requests=tuple(asked.get("requests", ())),
            pins=tuple(asked.get("pins", ())),
            forbids=tuple(asked.get("forbids", ())),
        )

    def prepare(
        self, query: PlanQuery, changes: Changes, *, base_plan_id: str | None = None
    ) -> ScenarioTask:
        """Prepare both plans; with a base plan its span, stations and requests are the query."""
        if not changes:
            raise InputError("changes", "nothing is changed; say what is different")
        if base_plan_id is not None:
            query = self.repeat(base_plan_id, query)
        base = self._planning.prepare(query)
        trial = self._planning.prepare(self._change_query(query, changes))
        try:
            stations = change_stations(trial.prediction.stations, changes)
            satellites = change_satellites(trial.satellites, changes)
        except ValueError as error:
            raise InputError("changes", str(error)) from error
        choice = replace(trial.prediction.choice, satellites=satellites)
        prediction = replace(trial.prediction, stations=stations, choice=choice)
        stored, problem = self._find_stored(base_plan_id, base)
        return ScenarioTask(
            base,
            stored,
            problem,
            replace(trial, prediction=prediction, satellites=satellites),
            changes,
        )

    def order(
        self,
        runner: Runner,
        task: ScenarioTask,
        *,
        name: str,
        note: str,
        who: str,
    ) -> Job:
        """Start a job that plans, compares and keeps a scenario under its name."""
        self.check_name(name)

        def finish(job_id: str, result: ScenarioResult) -> bool:
            item = self._describe(task, result, name=name, note=note, who=who)
            return self._store.scenarios.add(item, result.trial, job_id=job_id)

        parameters = {"name": name, "changes": write_changes(task.changes)}
        return runner.submit(SCENARIO_JOB, parameters, compute_scenario, task, finish)

    def keep(
        self, task: ScenarioTask, result: ScenarioResult, *, name: str, note: str, who: str
    ) -> Scenario:
        """Keep a scenario that was computed here."""
        self.check_name(name)
        item = self._describe(task, result, name=name, note=note, who=who)
        self._store.scenarios.add(item, result.trial)
        return item

    def check_name(self, name: str) -> None:
        """Refuse a name that is empty, too long or taken."""
        if not name.strip() or len(name) > _NAME_LENGTH or not name.isprintable():
            raise InputError("name", f"give 1 to {_NAME_LENGTH} printable characters", value=name)
        if self._store.scenarios.read(name) is not None:
            raise InputError(
                "name", f"a scenario {name!r} exists; give another name, or remove it", value=name
            )

    def read(self, name: str) -> Scenario:
        """Return a scenario by id or name."""
        found = self._store.scenarios.read(name)
        if found is None:
            raise NotFoundError("scenario", f"{quote(name)}: no such scenario", value=name)
        return found

    def promote(self, name: str, *, who: str) -> Scenario:
        """Make a scenario's plan a plan like any other, the newest; it can then be published.

        Refused when it needs what does not exist, or when its span is over.
        """
        found = self.read(name)
        if read_changes(found.changes).is_hypothetical:
            raise InputError(
                "scenario",
                "its plan needs an antenna or a mask that the station does not have; change "
                "stations.toml and plan again",
                value=name,
            )
        plan = self._planning.read(found.plan_id)
        now_utc = self._clock()
        if from_unix_s(plan.end_unix_s) <= now_utc:
            raise InputError("scenario", "the span of its plan is over", value=name)
        if not self._store.scenarios.promote(found.scenario_id, who=who, now_utc=now_utc):
            raise InputError("scenario", "it is promoted already", value=name)
        return self.read(found.scenario_id)

    def remove(self, name: str, *, who: str) -> None:
        """Remove a scenario, with its plan unless that was promoted."""
        found = self.read(name)
        self._store.scenarios.remove(found.scenario_id, who=who, now_utc=self._clock())

    def _change_query(self, query: PlanQuery, changes: Changes) -> PlanQuery:
        satellites = query.passes.satellites
        if changes.without or changes.including:
            chosen = [item.id for item in choose_satellites(self._configuration, satellites)]
            satellites = tuple(
                name
                for name in dict.fromkeys([*chosen, *changes.including])
                if name not in changes.without
            )
            if not satellites:
                raise InputError("changes.without", "no satellite is left to plan")
        return replace(
            query,
            passes=replace(query.passes, satellites=satellites),
            pins=(*query.pins, *changes.pins),
            forbids=(*query.forbids, *changes.forbids),
        )

    def _find_stored(
        self, plan_id: str | None, task: PlanTask
    ) -> tuple[ContactPlan | None, str | None]:
        """Return the stored base plan while it rests on the elements that serve now."""
        if plan_id is None:
            return None, None
        plan = self._planning.read(plan_id)
        made_of = {
            row["satellite_id"]: row["fingerprint"]
            for row in plan.provenance.get("element_sets", ())
        }
        serves = {
            tracked.satellite_id: tracked.elements.fingerprint
            for tracked in task.prediction.choice.objects
        }
        digest = plan.provenance.get("configuration_digest")
        problem = self._store.plans.read_problem(plan_id)
        if made_of == serves and digest == self._configuration.digest and problem is not None:
            return plan, problem
        return None, None

    def _describe(
        self, task: ScenarioTask, result: ScenarioResult, *, name: str, note: str, who: str
    ) -> Scenario:
        return Scenario(
            scenario_id=f"scenario-{secrets.token_hex(8)}",
            name=name.strip(),
            note=note,
            plan_id=result.trial.plan_id,
            base_plan_id=None if task.base_plan is None else task.base_plan.plan_id,
            changes=write_changes(task.changes),
            comparison=result.comparison,
            created_utc=self._clock(),
            created_by=who,
        )


def compute_scenario(task: ScenarioTask, on_progress: OnProgress) -> ScenarioResult:
    """Plan both sides and compare them."""
    base, problem = task.base_plan, task.base_problem
    if base is None or problem is None:
        base = compute_plan(task.base, lambda done, text: on_progress(0.5 * done, f"base: {text}"))
        problem = base.problem_json
    trial = compute_plan(
        task.trial, lambda done, text: on_progress(0.5 + 0.5 * done, f"scenario: {text}")
    )
    found = compare_plans(base, trial, read_problem(problem), read_problem(trial.problem_json))
    comparison = write_comparison(found) | {
        "is_stored_base": task.base_plan is not None,
        "changes": [
            {
                "kind": change.kind,
                "satellite_id": change.satellite_id,
                "start_utc": format_utc(from_unix_s(change.start_unix_s)),
                "old_contact_id": change.old_contact_id,
                "new_contact_id": change.new_contact_id,
                "cause": change.cause,
                "through": change.through,
            }
            for change in found.diff.changes
            if change.kind != "kept"
        ],
    }
    return ScenarioResult(base, trial, comparison)
