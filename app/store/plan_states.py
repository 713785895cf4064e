"""The state of plan versions in the store: draft until published; then superseded or withdrawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, update

from app.errors import NotFoundError
from app.store.audit import add_audit_entry
from app.store.reservation_rows import Act
from app.store.schema import plan
from app.store.schema_reservations import plan_state
from app.store.session import reading
from scheduler.plan_states import PlanExtent, PlanState, require_plan_transition, supersedes
from tle.timebase import to_unix_s


@dataclass(frozen=True, slots=True)
class PlanStanding:
    """The state of a plan, since when, by whom and why. A draft has never been changed."""

    plan_id: str
    state: PlanState
    changed_utc: datetime | None = None
    changed_by: str = ""
    why: str = ""


class PlanStateStore:
    """Read the states of plans; they change in the transactions of ``app.store.booking``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def read(self, plan_ids: Sequence[str]) -> dict[str, PlanStanding]:
        """Return the standing of each plan; what was never published is a draft."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(plan_state).where(plan_state.c.plan_id.in_(plan_ids)))
            found = {row.plan_id: PlanStanding(**row._mapping) for row in rows}
        return {name: found.get(name, PlanStanding(name, "draft")) for name in plan_ids}

    def list_published(self) -> tuple[str, ...]:
        """Return the ids of all plans in force, the one published last first."""
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(plan_state.c.plan_id)
                .where(plan_state.c.state == "published")
                .order_by(plan_state.c.changed_utc.desc(), plan_state.c.plan_id)
            )
            return tuple(row.plan_id for row in rows)


def change_plan_state(
    connection: Connection,
    plan_id: str,
    target: PlanState,
    verb: str,
    act: Act,
    figures: Mapping[str, Any],
) -> PlanState:
    """Take a plan along one transition, recorded; return the state it comes from."""
    if not connection.execute(select(plan.c.plan_id).where(plan.c.plan_id == plan_id)).first():
        raise NotFoundError("plan", f"{plan_id!r} is not known", value=plan_id)
    chosen = plan_state.c.plan_id == plan_id
    source: PlanState | None = connection.execute(
        select(plan_state.c.state).where(chosen).with_for_update()
    ).scalar_one_or_none()
    require_plan_transition(source or "draft", target)
    values = {
        "state": target,
        "changed_utc": act.now_utc,
        "changed_by": act.who,
        "why": act.why,
    }
    if source is None:
        connection.execute(insert(plan_state).values(plan_id=plan_id, **values))
    else:
        connection.execute(update(plan_state).where(chosen).values(**values))
    detail = {"source": source or "draft", "target": target, "why": act.why, **figures}
    add_audit_entry(connection, act.now_utc, act.who, f"plan.{verb}", plan_id, detail)
    return source or "draft"


def supersede_plans(connection: Connection, plan_id: str, act: Act) -> tuple[str, ...]:
    """Supersede every published plan of which the given one leaves nothing in force."""
    columns = (plan.c.plan_id, plan.c.station_ids, plan.c.start_utc, plan.c.end_utc)
    newer = connection.execute(select(*columns).where(plan.c.plan_id == plan_id)).one()
    older = connection.execute(
        select(*columns)
        .join(plan_state, plan_state.c.plan_id == plan.c.plan_id)
        .where(plan_state.c.state == "published", plan.c.plan_id != plan_id)
        .order_by(plan.c.plan_id)
    ).all()
    now_unix_s = to_unix_s(act.now_utc)
    gone = [row.plan_id for row in older if supersedes(_measure(newer), _measure(row), now_unix_s)]
    for name in gone:
        change_plan_state(connection, name, "superseded", "supersede", act, {"by": plan_id})
    return tuple(gone)


def _measure(row: Any) -> PlanExtent:
    return PlanExtent(frozenset(row.station_ids), to_unix_s(row.start_utc), to_unix_s(row.end_utc))
