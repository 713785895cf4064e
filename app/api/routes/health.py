"""Health: is the process alive, and can it do its work."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import APIRouter, Response

from app.api import schemas
from app.api.deps import ApplicationDep
from app.errors import StoreError
from app.services.refresh import detect_silence

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def get_health() -> schemas.Health:
    """Say that the process answers."""
    return schemas.Health(status="ok", version=version("aspan"))


@router.get("/readyz", responses={503: {"model": schemas.Readiness}})
def get_readiness(application: ApplicationDep, response: Response) -> schemas.Readiness:
    """Say whether the database answers and there are elements to work with.

    A source that waits for a person, and a day without any newer set, are told here too; the
    service works on without them.
    """
    checks = {"database": "ok", "elements": "ok"}
    try:
        application.store.check()
        if application.store.element_sets.is_empty():
            checks["elements"] = "no element sets are stored"
        for memory in application.store.refresh_memory.list_sources():
            if memory.blocked_utc is not None:
                checks[f"source {memory.source}"] = f"waits for a person: {memory.blocked_reason}"
        silence = detect_silence(application.store, application.configuration, application.clock())
        if silence is not None:
            checks["sources"] = silence.text
    except StoreError as error:
        checks["database"] = str(error)
        checks["elements"] = "not checked"
    is_ready = all(checks[name] == "ok" for name in ("database", "elements"))
    response.status_code = 200 if is_ready else 503
    return schemas.Readiness(status="ready" if is_ready else "not ready", checks=checks)
