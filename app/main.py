"""Build the web application: wiring only."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from app.api import schemas
from app.api.errors import add_error_handlers
from app.api.guard import Guard
from app.api.routes import (
    audit,
    booking,
    configurations,
    contacts,
    element_sets,
    events,
    executions,
    explanations,
    exports,
    feeds,
    health,
    imports,
    jobs,
    keys,
    metrics,
    passes,
    plans,
    problems,
    publishing,
    satellites,
    scenarios,
    sky,
    sources,
    stations,
    studies,
    tracks,
    usage,
    webhooks,
)
from app.api.routes.docs import add_docs
from app.application import Application
from app.delivery.event_stream import EventWatch
from app.errors import SettingsError
from app.jobs import JobRunner
from app.services.availability import RecentContacts
from app.settings import Settings
from app.web import add_pages
from app.web.languages import read_translations
from app.worker_process import WorkerPool

_ROUTES = (
    stations,
    satellites,
    scenarios,
    passes,
    sky,
    tracks,
    usage,
    plans,
    publishing,
    explanations,
    problems,
    exports,  # before contacts: /contacts/export is no contact
    contacts,
    executions,
    booking,
    configurations,
    jobs,
    keys,
    audit,
    element_sets,
    sources,
    studies,
    events,
    webhooks,
    feeds,
    imports,
)
_PROBLEMS = {
    status: {
        "description": text,
        "content": {"application/problem+json": {"schema": schemas.Problem.model_json_schema()}},
    }
    for status, text in (
        (401, "The admin key is missing or wrong"),
        (403, "Refused"),
        (404, "Not found"),
        (409, "Taken by another reservation, or changed in the meantime"),
        (413, "Body too large"),
        (422, "Bad input: the field, its value and what to do"),
        (429, "Too much is waiting"),
        (503, "The database or a worker does not answer"),
    )
}
_DESCRIPTION = (
    "Satellite passes over ground stations, and the contact plan made of them. Instants are "
    "ISO-8601 UTC; units are in the names; errors are RFC 9457 problem documents."
)


def create_app(
    application: Application, *, warm_workers: bool = False, deliver: bool = False
) -> FastAPI:
    """Build the service around an open application.

    ``warm_workers`` starts the worker processes with the service, not with their first task;
    ``deliver`` announces contacts and sends webhooks.
    """
    settings = application.settings
    check_exposure(settings)

    app = FastAPI(
        title="Aspan",
        version="1",
        description=_DESCRIPTION,
        lifespan=_make_lifespan(warm_workers=warm_workers, deliver=deliver),
        docs_url=None,
        redoc_url=None,
        responses=_PROBLEMS,  # type: ignore[arg-type]
    )
    app.state.application = application
    app.state.read_translations = read_translations
    app.state.event_watch = EventWatch(
        application.store.audit, stream_limit=settings.event_streams_limit
    )
    app.state.predictors = WorkerPool(
        settings.prediction_workers, name="prediction", preload=("app.services.pass_pages",)
    )
    app.state.recent_contacts = RecentContacts(application.clock)
    app.state.jobs = JobRunner(
        application.store,
        application.clock,
        workers=settings.job_workers,
        time_limit_s=settings.job_time_limit_s,
        waiting_limit=settings.waiting_jobs_limit,
    )
    add_error_handlers(app)
    for routes in _ROUTES:
        app.include_router(routes.router, prefix="/v1")
    app.include_router(health.router)
    app.include_router(metrics.router)
    add_docs(app)
    add_pages(app)
    app.add_middleware(GZipMiddleware, minimum_size=1_000, compresslevel=5)
    app.add_middleware(
        Guard, body_limit_bytes=settings.body_limit_bytes, host_names=_find_host_names(settings)
    )
    return app


def _make_lifespan(
    *, warm_workers: bool, deliver: bool
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Make what starts workers and deliveries with the service and stops them with it."""

    @asynccontextmanager
    async def live(app: FastAPI) -> AsyncIterator[None]:
        app.state.jobs.start(warm=warm_workers)
        app.state.predictors.start(warm=warm_workers)
        runner = app.state.application.webhooks.make_runner() if deliver else None
        if runner is not None:
            runner.start()
        try:
            yield
        finally:
            app.state.event_watch.stop()
            if runner is not None:
                runner.close()
            app.state.predictors.close()
            app.state.jobs.close()

    return live


def check_exposure(settings: Settings) -> None:
    """Refuse to listen beyond this machine without a key for writes."""
    if not settings.is_loopback and settings.admin_key is None:
        raise SettingsError(
            f"host: {settings.host} is reachable from other machines; "
            "set ASPAN_ADMIN_KEY (writes then need it), or listen on 127.0.0.1"
        )


def _find_host_names(settings: Settings) -> frozenset[str] | None:
    """Return the names under which browsers may reach a service whose writes need no key."""
    named = {name.strip().lower() for name in settings.allowed_hosts.split(",") if name.strip()}
    if settings.admin_key is not None and not named:
        return None
    return frozenset(named | {settings.host.lower()})
