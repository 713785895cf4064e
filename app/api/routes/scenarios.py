"""What-if: order a scenario, read its comparison, promote or remove it."""

from __future__ import annotations

from fastapi import APIRouter, Response

from app.api import schemas, schemas_scenarios
from app.api.deps import (
    ApplicationDep,
    JobsDep,
    Limit,
    Offset,
    UnboundSchedulerDep,
    find_next_offset,
)
from app.api.routes.jobs import describe_job
from app.services.planning import PlanQuery
from app.services.prediction import PassQuery
from app.store.scenarios import Scenario
from tle.timebase import format_utc

router = APIRouter(tags=["scenarios"])


@router.post("/scenarios", status_code=202)
def order_scenario(
    application: ApplicationDep,
    jobs: JobsDep,
    principal: UnboundSchedulerDep,
    order: schemas_scenarios.ScenarioOrder,
    response: Response,
) -> schemas.Job:
    """Start to plan and compare a what-if; the job names the scenario at its end.

    Nothing that is published or booked is touched. Deleting the job stops it.
    """
    service = application.scenarios
    service.check_name(order.name)
    changes = service.read_changes(order.changes.model_dump(by_alias=True))
    query = PlanQuery(
        PassQuery(tuple(order.station), tuple(order.satellite), order.start, order.end, order.days),
        order.solver,
        order.time_limit,
        order.seed,
    )
    task = service.prepare(query, changes, base_plan_id=order.base)
    job = service.order(jobs, task, name=order.name, note=order.note, who=principal.name)
    response.headers["Location"] = f"/v1/jobs/{job.job_id}"
    return describe_job(job)


@router.get("/scenarios")
def list_scenarios(
    application: ApplicationDep,
    _principal: UnboundSchedulerDep,
    limit: Limit = 100,
    offset: Offset = 0,
) -> schemas_scenarios.Scenarios:
    """List the scenarios with their comparisons, the newest first."""
    page, total = application.store.scenarios.list(limit=limit, offset=offset)
    return schemas_scenarios.Scenarios(
        scenarios=[_describe(item) for item in page],
        total=total,
        next_offset=find_next_offset(offset, len(page), total),
    )


@router.get("/scenarios/{scenario_id}")
def get_scenario(
    application: ApplicationDep, _principal: UnboundSchedulerDep, scenario_id: str
) -> schemas_scenarios.Scenario:
    """Read a scenario by id or name: what is changed, and what came of it, change by change."""
    return _describe(application.scenarios.read(scenario_id))


@router.post("/scenarios/{scenario_id}/promote")
def promote_scenario(
    application: ApplicationDep, principal: UnboundSchedulerDep, scenario_id: str
) -> schemas_scenarios.Scenario:
    """Make a scenario's plan a plan like any other, the newest; publishing it is another step.

    Refused when it needs an antenna or a mask that the station does not have.
    """
    return _describe(application.scenarios.promote(scenario_id, who=principal.name))


@router.delete("/scenarios/{scenario_id}", status_code=204)
def remove_scenario(
    application: ApplicationDep, principal: UnboundSchedulerDep, scenario_id: str
) -> Response:
    """Remove a scenario, with its plan unless that was promoted."""
    application.scenarios.remove(scenario_id, who=principal.name)
    return Response(status_code=204)


def _describe(item: Scenario) -> schemas_scenarios.Scenario:
    return schemas_scenarios.Scenario(
        scenario_id=item.scenario_id,
        name=item.name,
        note=item.note,
        plan_id=item.plan_id,
        base_plan_id=item.base_plan_id,
        changes=dict(item.changes),
        comparison=dict(item.comparison),
        created_utc=format_utc(item.created_utc),
        created_by=item.created_by,
        promoted_utc=format_utc(item.promoted_utc) if item.promoted_utc else None,
        promoted_by=item.promoted_by,
    )
