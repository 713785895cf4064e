"""``aspan serve``: the service on its port, and a first plan behind it."""

from __future__ import annotations

import socket
import sys
from datetime import timedelta

import structlog
import uvicorn
from fastapi import FastAPI

from app.application import Application, open_application
from app.errors import InputError, SettingsError
from app.jobs import JobRunner
from app.log import configure_library_log, configure_log
from app.main import check_exposure, create_app
from app.memory import giving_back, share_one_heap
from app.services.planning import PlanQuery
from app.services.prediction import PassQuery
from app.settings import Settings

_PLAN_IS_RECENT = timedelta(hours=6)
_log = structlog.get_logger(__name__)


class AnnouncingServer(uvicorn.Server):
    """A server that prints its address when it answers, and then has the first plan made."""

    def __init__(self, config: uvicorn.Config, application: Application, service: FastAPI) -> None:
        super().__init__(config)
        self._application = application
        self._service = service

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.started or not sockets:
            return
        host, port = sockets[0].getsockname()[:2]
        address = f"[{host}]" if ":" in host else host
        print(f"Aspan is at http://{address}:{port}/ (stop with Ctrl+C)", flush=True)
        order_first_plan(self._application, self._service.state.jobs)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._service.state.event_watch.stop()  # streams would hold the service up
        await super().shutdown(sockets)


def run_serve(settings: Settings) -> None:
    """Open the application, bind the port and serve until stopped."""
    check_exposure(settings)
    share_one_heap()  # before there are threads
    configure_log(settings.log_level)
    configure_library_log(settings.log_level)
    application = open_application(settings)
    listener = _bind(settings)
    service = create_app(application, warm_workers=True, deliver=True)
    config = uvicorn.Config(
        service,
        log_config=None,  # its lines go the way of ours
        log_level=settings.log_level,
        access_log=settings.log_level == "debug",
        server_header=False,
        timeout_graceful_shutdown=10,
        h11_max_incomplete_event_size=65_536,
    )
    try:
        with giving_back():
            AnnouncingServer(config, application, service).run(sockets=[listener])
    finally:
        listener.close()
        application.store.close()


def order_first_plan(application: Application, runner: JobRunner) -> None:
    """Order a plan for the coming days unless a recent one is stored."""
    days = application.settings.first_plan_days
    if days <= 0:
        return
    now_utc = application.clock()
    plans, _ = application.store.plans.list(limit=1)
    if plans and now_utc - plans[0].created_utc < _PLAN_IS_RECENT and plans[0].end_utc > now_utc:
        return
    try:
        job = application.planning.order(runner, PlanQuery(PassQuery(days=days)))
        _log.info("first plan ordered", job_id=job.job_id)
    except InputError as error:
        print(f"aspan: note: no first plan: {error}", file=sys.stderr)


def _bind(settings: Settings) -> socket.socket:
    host = settings.host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, settings.port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise SettingsError(
            f"port: {settings.host}:{settings.port} cannot be used ({error}); "
            "stop what listens there, or give another --port"
        ) from error
    listener.set_inheritable(True)
    return listener
