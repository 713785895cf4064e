"""Studies of designs: computed in a job, its result the table."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Response

from app.api import schemas
from app.api.deps import ApplicationDep, JobsDep, require
from app.api.routes.jobs import describe_job
from app.services.studies import STUDY_EXAMPLE, order_study

router = APIRouter(tags=["studies"])


@router.post("/studies", status_code=202, dependencies=[require("operator", records="study.order")])
def start_study(
    application: ApplicationDep,
    jobs: JobsDep,
    document: Annotated[dict[str, Any], Body(examples=[STUDY_EXAMPLE])],
    response: Response,
) -> schemas.Job:
    """Start a study, given as the JSON form of a study file (docs/studies.md).

    The result of the job holds rows and summary; DELETE on the job gives it up.
    """
    job = order_study(
        document,
        application.configuration,
        application.elements.choose,
        jobs,
        application.store,
        application.clock,
    )
    response.headers["Location"] = f"/v1/jobs/{job.job_id}"
    return describe_job(job)
