"""Shared fixtures: databases of both kinds; with ASPAN_REQUIRE_ALL=1 a skip is a failure."""

from __future__ import annotations

import os

import pytest

from tests.postgres_server import create_database, drop_database, find_postgres, run_postgres

REQUIRE_ALL = os.environ.get("ASPAN_REQUIRE_ALL") == "1"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Turn every skip into a failure when ASPAN_REQUIRE_ALL=1: not checked is not passed."""
    outcome = yield
    report = outcome.get_result()
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, but ASPAN_REQUIRE_ALL=1: {report.longrepr}"


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch):
    """Keep the tests away from the ASPAN_ settings of whoever runs them."""
    for name in list(os.environ):
        if name.startswith("ASPAN_") and name not in ("ASPAN_REQUIRE_ALL", "ASPAN_CHROMIUM"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory):
    """Run a throw-away PostgreSQL server on a socket in a temporary folder; give that folder."""
    binaries = find_postgres()
    if binaries is None:
        pytest.skip("no PostgreSQL server installed (apt install postgresql)")
    with run_postgres(binaries, tmp_path_factory.mktemp("postgres", numbered=True)) as folder:
        yield folder


@pytest.fixture
def postgres_url(postgres_server, request):
    """Create an empty PostgreSQL database for one test and give its URL."""
    name = f"t{abs(hash(request.node.nodeid)) % 10**12}"
    yield create_database(postgres_server, name)
    drop_database(postgres_server, name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path):
    """Give the URL of an empty database, once of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'test.sqlite3'}"
    return request.getfixturevalue("postgres_url")


@pytest.fixture
def store(database_url):
    """Give an open, migrated store on each kind of database."""
    from app.store import open_store

    opened = open_store(database_url)
    yield opened
    opened.close()


@pytest.fixture
def counted_store(tmp_path):
    """Give a store on SQLite and a list with the steps its machine has made, in tens."""
    from sqlalchemy import event

    from app.store import open_store

    opened, steps = open_store(f"sqlite:///{tmp_path}/counted.sqlite3"), [0]

    def count() -> None:
        steps[0] += 1

    @event.listens_for(opened._engine, "connect")
    def watch(connection, _record) -> None:
        connection.set_progress_handler(count, 10)

    opened._engine.dispose()  # the connections to come are watched
    yield opened, steps
    opened.close()
