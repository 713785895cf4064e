"""Why a plan is as it is: every candidate explained, priced on demand; fairness; what limits it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from app.api import schemas, schemas_explanations
from app.api.deps import (
    ApplicationDep,
    JobsDep,
    Limit,
    Offset,
    PredictorsDep,
    ViewerDep,
    find_next_offset,
    require,
)
from app.api.routes.jobs import describe_job
from app.exports.explanation_records import write_balance, write_explanation, write_fairness
from app.services.explanations import DEFAULT_PRICE_LIMIT_S, compute_prices
from scheduler.explanations.pass_explanation import VERSION
from scheduler.explanations.resource_sentences import write_worth_sentence

router = APIRouter(tags=["explanations"])
_GRACE_S = 30.0  # a worker may have to start

Language = Annotated[
    Literal["en", "kk", "ru", "zh"], Query(description="Language of the sentences.")
]
TimeLimit = Annotated[
    float, Query(gt=0, le=600, allow_inf_nan=False, description="For all re-solves, in seconds.")
]


def get_translate(request: Request, language: Language = "en") -> Callable[[str], str]:
    """Return the words of the language that was asked for."""
    translate: Callable[[str], str] = request.app.state.read_translations(language).gettext
    return translate


TranslateDep = Annotated[Callable[[str], str], Depends(get_translate)]


@router.get("/plans/{plan_id}/explanations")
def list_explanations(
    application: ApplicationDep,
    principal: ViewerDep,
    translate: TranslateDep,
    plan_id: str,
    reason: Annotated[str | None, Query(max_length=60, description="Only this tag.")] = None,
    satellite: Annotated[str | None, Query(max_length=100, description="Only this id.")] = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> schemas_explanations.Explanations:
    """List what became of every candidate and pass of a plan, in order of time, without prices."""
    service = application.explanations
    plan, problem = service.read(plan_id)
    explained = service.explain_plan(plan_id)
    hidden = service.find_hidden(problem, principal)
    wanted = [
        item
        for item in explained.passes
        if reason in (None, item.reason)
        and (satellite is None or (item.satellite_id == satellite and satellite not in hidden))
    ]
    page = wanted[offset : offset + limit]
    return schemas_explanations.Explanations(
        version=explained.version,
        plan_id=plan_id,
        conservation=schemas_explanations.Conservation.model_validate(
            write_balance(explained.conservation)
        ),
        explanations=[
            schemas_explanations.Explanation.model_validate(
                write_explanation(
                    item,
                    problem,
                    names=application.configuration.satellite_names,
                    unit=plan.objective_unit,
                    hidden=hidden,
                    translate=translate,
                )
            )
            for item in page
        ],
        total=len(wanted),
        next_offset=find_next_offset(offset, len(page), len(wanted)),
    )


@router.get("/plans/{plan_id}/explanations/{name}")
def explain_pass(
    application: ApplicationDep,
    principal: ViewerDep,
    predictors: PredictorsDep,
    translate: TranslateDep,
    plan_id: str,
    name: str,
    time_limit: TimeLimit = DEFAULT_PRICE_LIMIT_S,
) -> schemas_explanations.PassExplanations:
    """Explain a pass, contact, candidate or satellite: prices by solving again, alternatives.

    The price is what the plan would lose with the loser forced in (or the contact left out); a
    price that the time limit cut short says that it is not proven.
    """
    service = application.explanations
    plan, problem = service.read(plan_id)
    hidden = service.find_hidden(problem, principal)
    task = service.prepare_prices(plan_id, name, time_limit_s=time_limit)
    if not all(item.satellite_id in hidden for item in task.found):
        found = predictors.run(compute_prices, task, time_limit_s=time_limit + _GRACE_S)
    else:
        found = task.found
    return schemas_explanations.PassExplanations(
        version=VERSION,
        plan_id=plan_id,
        value_unit=plan.objective_unit,
        explanations=[
            schemas_explanations.Explanation.model_validate(
                write_explanation(
                    item,
                    problem,
                    names=application.configuration.satellite_names,
                    unit=plan.objective_unit,
                    hidden=hidden,
                    translate=translate,
                )
            )
            for item in found
        ],
    )


@router.get("/plans/{plan_id}/fairness")
def get_fairness(
    application: ApplicationDep, principal: ViewerDep, plan_id: str
) -> schemas_explanations.Fairness:
    """Say how well every goal and every owner is served, the worst served first."""
    goals, owners = application.explanations.rate(plan_id)
    return schemas_explanations.Fairness.model_validate(
        {"plan_id": plan_id} | write_fairness(goals, owners, principal.sees)
    )


@router.post(
    "/plans/{plan_id}/limiting-resource",
    status_code=202,
    dependencies=[require("operator", records="plan.limiting_resource")],
)
def find_limiting_resource(
    application: ApplicationDep,
    jobs: JobsDep,
    plan_id: str,
    response: Response,
    time_limit: TimeLimit = 60.0,
) -> schemas.Job:
    """Start to find which resource limits a plan, and what more of it is worth.

    The prices of the linear programme choose the resource; the worth in the job's result comes
    from solving again with more of it.
    """
    job = application.explanations.order_worth(jobs, plan_id, time_limit_s=time_limit)
    response.headers["Location"] = f"/v1/jobs/{job.job_id}"
    return describe_job(job)


@router.get("/plans/{plan_id}/limiting-resource")
def get_limiting_resource(
    application: ApplicationDep, _principal: ViewerDep, translate: TranslateDep, plan_id: str
) -> schemas_explanations.LimitingResource:
    """Say which single resource limits a plan and what more of it is worth, once a job found out.

    404 until then; POST to the same address starts the job.
    """
    found = application.explanations.find_worth(plan_id)
    return schemas_explanations.LimitingResource(
        plan_id=plan_id,
        sentence=write_worth_sentence(found["worth"], translate),
        worth=found["worth"],
        scarcity=found["scarcity"],
    )
