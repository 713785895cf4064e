"""Jobs: how far a long computation is, and what came of it."""

from __future__ import annotations

from fastapi import APIRouter

from app.api import schemas
from app.api.deps import (
    ApplicationDep,
    JobsDep,
    Limit,
    Offset,
    find_next_offset,
    require,
)
from app.errors import ConflictError, NotFoundError
from app.store.jobs import Job
from tle.timebase import format_utc

router = APIRouter(tags=["jobs"])


@router.get("/jobs", dependencies=[require("viewer")])
def list_jobs(application: ApplicationDep, limit: Limit = 100, offset: Offset = 0) -> schemas.Jobs:
    """List the jobs, newest first; ask for one to see all of its result."""
    page, total = application.store.jobs.list(limit=limit, offset=offset)
    return schemas.Jobs(
        jobs=[describe_job(job, with_solution=False) for job in page],
        total=total,
        next_offset=find_next_offset(offset, len(page), total),
    )


@router.get("/jobs/{job_id}", dependencies=[require("viewer")])
def get_job(application: ApplicationDep, job_id: str) -> schemas.Job:
    """Show one job: state, progress, result."""
    job = application.store.jobs.read(job_id)
    if job is None:
        raise NotFoundError("job_id", "no such job", value=job_id)
    return describe_job(job)


@router.delete("/jobs/{job_id}", dependencies=[require("operator", records="job.cancel")])
def cancel_job(application: ApplicationDep, jobs: JobsDep, job_id: str) -> schemas.Job:
    """Give up a job that waits or runs: it ends as failed with the reason ``cancelled``."""
    job = application.store.jobs.read(job_id)
    if job is None:
        raise NotFoundError("job_id", "no such job", value=job_id)
    jobs.cancel(job)
    return describe_job(application.store.jobs.read(job_id) or job)


@router.post("/jobs/{job_id}/stop", dependencies=[require("operator", records="job.stop")])
def stop_job(application: ApplicationDep, jobs: JobsDep, job_id: str) -> schemas.Job:
    """End a running plan or problem early: it succeeds with the best plan so far.

    A job that cannot end early goes on; one that has ended stays as it is.
    """
    job = application.store.jobs.read(job_id)
    if job is None:
        raise NotFoundError("job_id", "no such job", value=job_id)
    if job.state == "queued" or (job.state == "running" and not jobs.end_early(job)):
        raise ConflictError(
            "job_id",
            "the job does not run in this service now, so there is no plan to keep; "
            "DELETE gives it up",
            value=job_id,
        )
    return describe_job(job)


def describe_job(job: Job, *, with_solution: bool = True) -> schemas.Job:
    """Lay a job out for the wire, with or without the solution that may be in its result."""
    result = dict(job.result) if job.result else None
    if result is not None and not with_solution:
        result.pop("solution", None)
        result.pop("study", None)
    return schemas.Job(
        job_id=job.job_id,
        kind=job.kind,
        state=job.state,
        progress=job.progress,
        activity=job.activity,
        created_utc=format_utc(job.created_utc),
        started_utc=format_utc(job.started_utc) if job.started_utc else None,
        finished_utc=format_utc(job.finished_utc) if job.finished_utc else None,
        result=schemas.JobResult.model_validate(result) if result else None,
        error=schemas.JobError.model_validate(job.error) if job.error else None,
    )
