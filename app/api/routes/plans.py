"""Contact plans: order one, list them, read one."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter, Response
from starlette.exceptions import HTTPException

from app.access import Principal
from app.api import schemas, schemas_plans
from app.api.deps import (
    ApplicationDep,
    JobsDep,
    Limit,
    Offset,
    ViewerDep,
    find_next_offset,
    require,
)
from app.api.routes.jobs import describe_job
from app.api.routes.publishing import describe_changes
from app.application import Application
from app.errors import NotFoundError
from app.exports.json_plan import write_contact, write_instant, write_plan
from app.services.plan_view import PlanView, TakenSpan, view_diff, view_plan
from app.services.planning import PlanQuery
from app.services.prediction import PassQuery
from app.store.plans import PlanSummary
from scheduler.plan_states import PlanState
from tle.timebase import format_utc

router = APIRouter(tags=["plans"])


@router.post("/plans", status_code=202, dependencies=[require("scheduler", records="plan.order")])
def order_plan(
    application: ApplicationDep, jobs: JobsDep, order: schemas.PlanOrder, response: Response
) -> schemas.Job:
    """Start the computation of a plan; the job says how far it is and, at its end, where it is."""
    job = application.planning.order(
        jobs,
        PlanQuery(
            passes=PassQuery(
                stations=tuple(order.station),
                satellites=tuple(order.satellite),
                start=order.start,
                end=order.end,
                days=order.days,
                min_elevation_deg=order.min_elevation,
                use_mask=not order.no_mask,
            ),
            solver=order.solver,
            time_limit_s=order.time_limit,
            seed=order.seed,
            requests=tuple(order.requests),
            pins=tuple(order.pins),
            forbids=tuple(order.forbids),
            previous=order.previous,
            freeze_s=order.freeze,
            change_price=order.change_price,
        ),
    )
    response.headers["Location"] = f"/v1/jobs/{job.job_id}"
    return describe_job(job)


@router.get("/plans")
def list_plans(
    application: ApplicationDep, principal: ViewerDep, limit: Limit = 100, offset: Offset = 0
) -> schemas_plans.Plans:
    """List the plans with their states, newest first."""
    page, total = application.store.plans.list(limit=limit, offset=offset)
    standings = application.store.plan_states.read([summary.plan_id for summary in page])
    return schemas_plans.Plans(
        plans=[_describe_summary(summary, standings[summary.plan_id].state) for summary in page],
        total=total,
        next_offset=find_next_offset(offset, len(page), total),
    )


@router.get("/plans/{plan_id}")
def get_plan(application: ApplicationDep, principal: ViewerDep, plan_id: str) -> schemas_plans.Plan:
    """Read one plan: its contacts, what was not taken and why, and its provenance."""
    view = _view(application, principal, plan_id)
    state = application.store.plan_states.read([plan_id])[plan_id].state
    return schemas_plans.Plan.model_validate(
        write_plan(view.plan, application.configuration.satellite_names)
        | {"state": state, "taken": [_describe_taken(span) for span in view.taken]}
    )


@router.get("/plans/{plan_id}/contacts")
def list_contacts(
    application: ApplicationDep,
    principal: ViewerDep,
    plan_id: str,
    limit: Limit = 100,
    offset: Offset = 0,
) -> schemas.Contacts:
    """List the contacts of a plan in order of time; to an owner its own."""
    names = application.configuration.satellite_names
    if principal.sees_all:
        provenance = application.store.plans.read_provenance(plan_id)
        if provenance is None:
            raise NotFoundError("plan_id", "no such plan", value=plan_id)
        page, total = application.store.plans.contacts(plan_id, limit=limit, offset=offset)
    else:
        own = _view(application, principal, plan_id).plan
        provenance = own.provenance
        page, total = own.contacts[offset : offset + limit], len(own.contacts)
    return schemas.Contacts(
        contacts=[
            schemas.Contact.model_validate(write_contact(contact, names, provenance))
            for contact in page
        ],
        total=total,
        next_offset=find_next_offset(offset, len(page), total),
    )


@router.get(
    "/plans/{plan_id}/problem",
    response_class=Response,
    responses={200: {"content": {"application/json": {"schema": {"type": "object"}}}}},
)
def get_problem(application: ApplicationDep, principal: ViewerDep, plan_id: str) -> Response:
    """Export the planning problem that a plan solves: solve it again, or with another solver.

    It holds the wishes of all owners: a key that is bound to one is refused.
    """
    if not principal.sees_all:
        raise HTTPException(403, "a planning problem holds the wishes of all owners")
    return Response(application.planning.read_problem(plan_id), media_type="application/json")


@router.get("/plans/{plan_id}/diff/{new_plan_id}")
def compare_plans(
    application: ApplicationDep,
    principal: ViewerDep,
    plan_id: str,
    new_plan_id: str,
    limit: Limit = 1_000,
    offset: Offset = 0,
) -> schemas_plans.PlanDiff:
    """Say what became of a plan's contacts in another plan: kept, moved, added, dropped; why."""
    diff = view_diff(
        application.planning.compare(plan_id, new_plan_id), principal, application.configuration
    )
    page = diff.changes[offset : offset + limit]
    return schemas_plans.PlanDiff(
        old_plan_id=diff.old_plan_id,
        new_plan_id=diff.new_plan_id,
        counts=dict(diff.counts),
        changes=list(describe_changes(page)),
        total=len(diff.changes),
        next_offset=find_next_offset(offset, len(page), len(diff.changes)),
    )


def _view(application: Application, principal: Principal, plan_id: str) -> PlanView:
    plan = application.store.plans.read(plan_id)
    if plan is None:
        raise NotFoundError("plan_id", "no such plan", value=plan_id)
    return view_plan(plan, principal, application.configuration)


def _describe_taken(span: TakenSpan) -> dict[str, str]:
    return {
        "station_id": span.station_id,
        "antenna_id": span.antenna_id,
        "reserved_start_utc": write_instant(span.reserved_start_unix_s),
        "reserved_end_utc": write_instant(span.reserved_end_unix_s),
    }


def _describe_summary(summary: PlanSummary, state: PlanState) -> schemas_plans.PlanSummary:
    fields = asdict(summary) | {
        name: format_utc(getattr(summary, name)) for name in ("created_utc", "start_utc", "end_utc")
    }
    return schemas_plans.PlanSummary.model_validate(fields | {"state": state})
