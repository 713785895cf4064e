"""An application on a fresh database with a clock that stands still, and a client for it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient

from app.application import open_application
from app.log import configure_log
from app.main import create_app
from app.settings import Settings

NOW_UTC = datetime(2026, 9, 6, 12, tzinfo=UTC)


def make_settings(database_url, **changes):
    return Settings(database_url=database_url, first_plan_days=0, **changes)


@pytest.fixture
def make_client(tmp_path):
    """Give a function that starts a service with its settings changed; on SQLite unless said."""
    opened = []
    configure_log("critical")

    def start(url=f"sqlite:///{tmp_path / 'client.sqlite3'}", clock=lambda: NOW_UTC, **changes):
        application = open_application(make_settings(url, **changes), clock=clock)
        client = TestClient(
            create_app(application),
            base_url="http://127.0.0.1:8000",
            raise_server_exceptions=False,
        )
        client.__enter__()
        opened.append((client, application))
        return client

    yield start
    for client, application in reversed(opened):
        client.__exit__(None, None, None)
        application.store.close()


@pytest.fixture
def client(make_client):
    return make_client()
