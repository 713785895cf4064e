"""Contact plans in the store: a plan goes in whole, in one transaction, and never changes."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, case, func, insert, select

from app.store.audit import add_audit_entry
from app.store.schema import contact, not_taken, plan
from app.store.schema_scenarios import scenario
from app.store.session import log_on_commit, reading
from scheduler.plan import Contact, ContactPlan, NotTaken
from tle.timebase import from_unix_s, to_unix_s

_CONTACT_TIMES = (
    "reserved_start",
    "start",
    "end",
    "reserved_end",
    "aos",
    "los",
    "culmination",
    "alternative_aos",
)
_CONTACT_PLAIN = (
    "contact_id",
    "pass_id",
    "satellite_id",
    "norad_cat_id",
    "owner",
    "station_id",
    "antenna_id",
    "service",
    "max_elevation_deg",
    "start_azimuth_deg",
    "end_azimuth_deg",
    "expected_bytes",
    "tentative",
    "provisional",
    "element_set_id",
    "element_age_s",
    "value",
    "start_elevation_deg",
    "end_elevation_deg",
    "timing_sigma_s",
    "timing_bound95_s",
    "uncertain",
    "start_mount_azimuth_deg",
    "end_mount_azimuth_deg",
)
_NOT_TAKEN_PLAIN = ("pass_id", "satellite_id", "norad_cat_id", "station_id", "reason")
_HEAVY = ("provenance", "problem")
_PLAN_PLAIN = ("plan_id", "solver", "status", "objective", "bound", "gap", "objective_unit")
_IS_NO_TRIAL = plan.c.plan_id.not_in(
    select(scenario.c.plan_id).where(scenario.c.promoted_utc.is_(None))
)


@dataclass(frozen=True, slots=True)
class PlanSummary:
    """What a list of plans shows of one."""

    plan_id: str
    created_utc: datetime
    station_ids: tuple[str, ...]
    start_utc: datetime
    end_utc: datetime
    solver: str
    status: str
    objective: float
    bound: float | None
    gap: float | None
    objective_unit: str
    contact_count: int
    not_taken_count: int


class PlanStore:
    """Add and read plans."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, made: ContactPlan, *, created_utc: datetime) -> None:
        """Store a plan with its contacts and all that was not taken: whole, or not at all."""
        with self._engine.begin() as connection:
            add_plan(connection, made, created_utc=created_utc)

    def list(self, *, limit: int, offset: int = 0) -> tuple[tuple[PlanSummary, ...], int]:
        """Return one page of the plans, newest first, and how many there are.

        Plans of scenarios are none of them until they are promoted.
        """
        columns = [column for column in plan.c if column.name not in _HEAVY]
        with reading(self._engine) as connection:
            total = connection.execute(
                select(func.count()).select_from(plan).where(_IS_NO_TRIAL)
            ).scalar_one()
            rows = connection.execute(
                select(*columns)
                .where(_IS_NO_TRIAL)
                .order_by(plan.c.created_utc.desc(), plan.c.plan_id)
                .limit(limit)
                .offset(offset)
            ).all()
        return tuple(_summarise(row) for row in rows), total

    def newest_id(self, station_id: str, now_utc: datetime) -> str | None:
        """Return the plan of a station made last among those not over yet, else among all."""
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(plan.c.plan_id, plan.c.station_ids)
                .where(_IS_NO_TRIAL)
                .order_by(case((plan.c.end_utc > now_utc, 0), else_=1), plan.c.created_utc.desc())
            )
            return next((row.plan_id for row in rows if station_id in row.station_ids), None)

    def summary(self, plan_id: str) -> PlanSummary | None:
        with reading(self._engine) as connection:
            row = connection.execute(
                select(*(c for c in plan.c if c.name not in _HEAVY)).where(
                    plan.c.plan_id == plan_id
                )
            ).first()
        return None if row is None else _summarise(row)

    def read(self, plan_id: str, *, losers: bool = True) -> ContactPlan | None:
        """Return a plan, instants to the microsecond; ``losers``: with what was not taken."""
        with reading(self._engine) as connection:
            row = connection.execute(select(plan).where(plan.c.plan_id == plan_id)).first()
            if row is None:
                return None
            contacts = connection.execute(
                select(contact).where(contact.c.plan_id == plan_id).order_by(contact.c.position)
            ).all()
            rows = select(not_taken).where(not_taken.c.plan_id == plan_id)
            rest = connection.execute(rows.order_by(not_taken.c.position)).all() if losers else ()
        return ContactPlan(
            **{name: getattr(row, name) for name in _PLAN_PLAIN},
            station_ids=tuple(row.station_ids),
            start_unix_s=to_unix_s(row.start_utc),
            end_unix_s=to_unix_s(row.end_utc),
            contacts=tuple(read_contact(each) for each in contacts),
            not_taken=tuple(_read_not_taken(each) for each in rest),
            provenance=row.provenance,
        )

    def read_provenance(self, plan_id: str) -> Mapping[str, Any] | None:
        """Return what a plan rests on; None when there is no such plan."""
        with reading(self._engine) as connection:
            row = connection.execute(
                select(plan.c.provenance).where(plan.c.plan_id == plan_id)
            ).one_or_none()
        return None if row is None else row.provenance

    def read_problem(self, plan_id: str) -> str | None:
        """Return the planning problem of a plan as JSON text; None: it was not kept."""
        with reading(self._engine) as connection:
            packed = connection.execute(
                select(plan.c.problem).where(plan.c.plan_id == plan_id)
            ).scalar_one_or_none()
        return None if packed is None else zlib.decompress(packed).decode()

    def contacts(
        self, plan_id: str, *, limit: int, offset: int = 0
    ) -> tuple[tuple[Contact, ...], int]:
        """Return one page of a plan's contacts in order of time, and how many there are."""
        with reading(self._engine) as connection:
            total = connection.execute(
                select(func.count()).select_from(contact).where(contact.c.plan_id == plan_id)
            ).scalar_one()
            rows = connection.execute(
                select(contact)
                .where(contact.c.plan_id == plan_id)
                .order_by(contact.c.start_utc, contact.c.position)
                .limit(limit)
                .offset(offset)
            ).all()
        return tuple(read_contact(row) for row in rows), total


def add_plan(connection: Connection, made: ContactPlan, *, created_utc: datetime) -> None:
    """Insert a plan inside the caller's transaction."""
    connection.execute(
        insert(plan),
        {name: getattr(made, name) for name in _PLAN_PLAIN}
        | {
            "created_utc": created_utc,
            "station_ids": list(made.station_ids),
            "start_utc": from_unix_s(made.start_unix_s),
            "end_utc": from_unix_s(made.end_unix_s),
            "contact_count": len(made.contacts),
            "not_taken_count": len(made.not_taken),
            "provenance": dict(made.provenance),
            "problem": zlib.compress(made.problem_json.encode()) if made.problem_json else None,
        },
    )
    add_audit_entry(
        connection,
        created_utc,
        "aspan",
        "plan.store",
        made.plan_id,
        {
            "station_ids": list(made.station_ids),
            "contacts": len(made.contacts),
            "not_taken": len(made.not_taken),
            "solver": made.solver,
            "status": made.status,
        },
    )
    log_on_commit(
        connection,
        "plan stored",
        plan_id=made.plan_id,
        solver=made.solver,
        status=made.status,
        gap=made.gap,
        solver_seconds=made.provenance.get("solver_seconds"),
        contacts=len(made.contacts),
    )
    if made.contacts:
        connection.execute(
            insert(contact),
            [_write_contact(made.plan_id, at, each) for at, each in enumerate(made.contacts)],
        )
    if made.not_taken:
        connection.execute(
            insert(not_taken),
            [_write_not_taken(made.plan_id, at, each) for at, each in enumerate(made.not_taken)],
        )


def _write_contact(plan_id: str, position: int, each: Contact) -> dict[str, Any]:
    row = {name: getattr(each, name) for name in _CONTACT_PLAIN}
    for name in _CONTACT_TIMES:
        unix_s = getattr(each, f"{name}_unix_s")
        row[f"{name}_utc"] = None if unix_s is None else from_unix_s(unix_s)
    return row | {"plan_id": plan_id, "position": position}


def read_contact(row: Any) -> Contact:
    """Build a contact from a row of the table."""
    fields: dict[str, Any] = {name: getattr(row, name) for name in _CONTACT_PLAIN}
    for name in _CONTACT_TIMES:
        instant = getattr(row, f"{name}_utc")
        fields[f"{name}_unix_s"] = None if instant is None else to_unix_s(instant)
    return Contact(**fields)


def _write_not_taken(plan_id: str, position: int, each: NotTaken) -> dict[str, Any]:
    return {name: getattr(each, name) for name in _NOT_TAKEN_PLAIN} | {
        "plan_id": plan_id,
        "position": position,
        "aos_utc": from_unix_s(each.aos_unix_s),
        "los_utc": from_unix_s(each.los_unix_s),
        "beaten_by": list(each.beaten_by),
        "detail": dict(each.detail),
    }


def _read_not_taken(row: Any) -> NotTaken:
    return NotTaken(
        **{name: getattr(row, name) for name in _NOT_TAKEN_PLAIN},
        aos_unix_s=to_unix_s(row.aos_utc),
        los_unix_s=to_unix_s(row.los_utc),
        beaten_by=tuple(row.beaten_by),
        detail=row.detail,
    )


def _summarise(row: Any) -> PlanSummary:
    fields = {
        name: getattr(row, name)
        for name in PlanSummary.__dataclass_fields__
        if name != "station_ids"
    }
    return PlanSummary(**fields, station_ids=tuple(row.station_ids))
