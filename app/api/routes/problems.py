"""Planning problems that people bring: solved in a job, without touching stored plans."""

from __future__ import annotations

import json

from fastapi import APIRouter, Response

from app.api import schemas, schemas_plans
from app.api.deps import ApplicationDep, JobsDep, PredictorsDep, require
from app.api.routes.jobs import describe_job
from app.services.planning import check_solver
from app.services.problems import SolveTask, check_problem

router = APIRouter(tags=["problems"])
_CHECK_LIMIT_S = 30.0


@router.post(
    "/problems/solve",
    status_code=202,
    dependencies=[require("operator", records="problem.solve")],
)
def solve_problem(
    application: ApplicationDep,
    jobs: JobsDep,
    predictors: PredictorsDep,
    order: schemas_plans.SolveOrder,
    response: Response,
) -> schemas.Job:
    """Start to solve a planning problem; the job's result holds the audited solution.

    A problem that cannot be read is refused at once, with everything that is wrong with it.
    """
    check_solver(order.solver, order.time_limit)
    text = json.dumps(order.problem)
    predictors.run(check_problem, text, time_limit_s=_CHECK_LIMIT_S)
    task = SolveTask(text, order.solver, order.time_limit, order.seed)
    job = application.planning.order_solve(jobs, task)
    response.headers["Location"] = f"/v1/jobs/{job.job_id}"
    return describe_job(job)
