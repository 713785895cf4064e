"""Scenarios in the store: a name, what was changed, the plan that came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.errors import InputError
from app.store.audit import add_audit_entry
from app.store.jobs import finish_job
from app.store.plans import add_plan
from app.store.schema import plan
from app.store.schema_scenarios import scenario
from app.store.session import reading
from scheduler.plan import ContactPlan


@dataclass(frozen=True, slots=True)
class Scenario:
    """One named what-if. Its plan is hidden among the plans until it is promoted."""

    scenario_id: str
    name: str
    note: str
    plan_id: str
    base_plan_id: str | None
    changes: Mapping[str, Any]
    comparison: Mapping[str, Any]
    created_utc: datetime
    created_by: str
    promoted_utc: datetime | None = None
    promoted_by: str | None = None


class ScenarioStore:
    """Add, read, promote and remove scenarios."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, item: Scenario, made: ContactPlan, *, job_id: str | None = None) -> bool:
        """Store a scenario with its plan, whole or not at all; end its job in the same step.

        False: the job had been ended. InputError: the name is taken.
        """
        try:
            with self._engine.begin() as connection:
                if job_id is not None and not finish_job(
                    connection,
                    job_id,
                    {
                        "url": f"/v1/scenarios/{item.scenario_id}",
                        "scenario_id": item.scenario_id,
                        "plan_id": item.plan_id,
                    },
                    now_utc=item.created_utc,
                ):
                    return False
                add_plan(connection, made, created_utc=item.created_utc)
                _insert(connection, item)
        except IntegrityError as error:
            raise _refuse_name(item.name) from error
        return True

    def list(self, *, limit: int, offset: int = 0) -> tuple[tuple[Scenario, ...], int]:
        """Return one page of the scenarios, newest first, and how many there are."""
        with reading(self._engine) as connection:
            total = connection.execute(select(func.count()).select_from(scenario)).scalar_one()
            rows = connection.execute(
                select(scenario)
                .order_by(scenario.c.created_utc.desc(), scenario.c.scenario_id)
                .limit(limit)
                .offset(offset)
            ).all()
        return tuple(_read_row(row) for row in rows), total

    def read(self, name: str) -> Scenario | None:
        """Return a scenario by its id or its name."""
        with reading(self._engine) as connection:
            row = connection.execute(
                select(scenario).where((scenario.c.scenario_id == name) | (scenario.c.name == name))
            ).first()
        return None if row is None else _read_row(row)

    def promote(self, scenario_id: str, *, who: str, now_utc: datetime) -> bool:
        """Make the scenario's plan a plan like any other; False when it is one already."""
        with self._engine.begin() as connection:
            done = connection.execute(
                update(scenario)
                .where(scenario.c.scenario_id == scenario_id, scenario.c.promoted_utc.is_(None))
                .values(promoted_utc=now_utc, promoted_by=who)
            )
            if done.rowcount != 1:
                return False
            plan_id = connection.execute(
                select(scenario.c.plan_id).where(scenario.c.scenario_id == scenario_id)
            ).scalar_one()
            connection.execute(
                update(plan).where(plan.c.plan_id == plan_id).values(created_utc=now_utc)
            )
            detail = {"plan_id": plan_id}
            add_audit_entry(connection, now_utc, who, "scenario.promote", scenario_id, detail)
            return True

    def remove(self, scenario_id: str, *, who: str, now_utc: datetime) -> bool:
        """Remove a scenario, and its plan unless it was promoted; False when there is none."""
        with self._engine.begin() as connection:
            row = connection.execute(
                select(scenario).where(scenario.c.scenario_id == scenario_id)
            ).first()
            if row is None:
                return False
            connection.execute(delete(scenario).where(scenario.c.scenario_id == scenario_id))
            if row.promoted_utc is None:
                connection.execute(delete(plan).where(plan.c.plan_id == row.plan_id))
            add_audit_entry(connection, now_utc, who, "scenario.remove", scenario_id, {})
            return True


def _insert(connection: Connection, item: Scenario) -> None:
    taken = connection.execute(
        select(scenario.c.scenario_id).where(scenario.c.name == item.name)
    ).first()
    if taken is not None:
        raise _refuse_name(item.name)
    fields = {name: getattr(item, name) for name in Scenario.__dataclass_fields__}
    fields |= {"changes": dict(item.changes), "comparison": dict(item.comparison)}
    connection.execute(insert(scenario).values(fields))
    add_audit_entry(
        connection, item.created_utc, item.created_by, "scenario.add", item.scenario_id,
        {"name": item.name, "plan_id": item.plan_id},
    )  # fmt: skip


def _refuse_name(name: str) -> InputError:
    return InputError(
        "name", f"a scenario {name!r} exists; give another name, or remove it", value=name
    )


def _read_row(row: Any) -> Scenario:
    return Scenario(**{name: getattr(row, name) for name in Scenario.__dataclass_fields__})
