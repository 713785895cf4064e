"""What routes depend on: the application, the workers, paging, and the right to write."""

from __future__ import annotations

import hmac
from typing import Annotated

from fastapi import Depends, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.exceptions import HTTPException

from app.application import Application
from app.jobs import JobRunner
from app.worker_process import WorkerPool

MAX_PAGE = 1_000
MAX_OFFSET = 10_000_000


def get_application(request: Request) -> Application:
    application: Application = request.app.state.application
    return application


def get_jobs(request: Request) -> JobRunner:
    runner: JobRunner = request.app.state.jobs
    return runner


def get_predictors(request: Request) -> WorkerPool:
    pool: WorkerPool = request.app.state.predictors
    return pool


ApplicationDep = Annotated[Application, Depends(get_application)]
JobsDep = Annotated[JobRunner, Depends(get_jobs)]
PredictorsDep = Annotated[WorkerPool, Depends(get_predictors)]

Limit = Annotated[int, Query(ge=1, le=MAX_PAGE, description="Most entries of one page.")]
Offset = Annotated[int, Query(ge=0, le=MAX_OFFSET, description="Entries to skip.")]


def find_next_offset(offset: int, shown: int, total: int) -> int | None:
    """Return where the next page starts, or None after the last."""
    return offset + shown if shown and offset + shown < total else None


_bearer = HTTPBearer(
    auto_error=False, description="The admin key; needed for writes whenever one is set."
)


def require_writer(
    application: ApplicationDep,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> None:
    """Let a write through: with the admin key where one is set, on loopback also without."""
    key = application.settings.admin_key
    if key is None:
        if application.settings.is_loopback:
            return
        raise HTTPException(403, "writes need an admin key, and none is set")
    given = credentials.credentials if credentials is not None else ""
    if not hmac.compare_digest(given.encode(), key.get_secret_value().encode()):
        raise HTTPException(
            401,
            "writes need the admin key: send Authorization: Bearer KEY",
            headers={"WWW-Authenticate": "Bearer"},
        )


WriterDep = Depends(require_writer)
