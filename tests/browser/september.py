"""Run the service with its clock set to an evening of September 2026, when the bundled elements
were half a day old: ``python september.py FOLDER``. Pages then look the same on every day."""

from __future__ import annotations

import socket
import sys
from datetime import UTC, datetime
from pathlib import Path

import uvicorn

from app.application import open_application
from app.commands.serve import AnnouncingServer
from app.main import create_app
from app.settings import load_settings

EVENING = datetime(2026, 9, 6, 15, 40, tzinfo=UTC)


def serve(folder: Path) -> None:
    """Serve on a free port of the loopback until stopped."""
    shift = EVENING - datetime.now(UTC)
    settings = load_settings(data_folder=folder, port=0, first_plan_days=2.0)
    application = open_application(settings, clock=lambda: datetime.now(UTC) + shift)
    service = create_app(application, warm_workers=True)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(service, log_level="warning", timeout_graceful_shutdown=2)
        AnnouncingServer(config, application, service).run(sockets=[listener])
    application.store.close()


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
