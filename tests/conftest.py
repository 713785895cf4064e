"""Shared fixtures: databases of both kinds; with ASPAN_REQUIRE_ALL=1 a skip is a failure."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

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


def find_postgres() -> Path | None:
    """Return the folder with initdb and pg_ctl of the newest installed server."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda at: at.parts[-2])
    found = [folder for folder in folders if (folder / "initdb").exists()]
    if found:
        return found[-1]
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory):
    """Run a throw-away PostgreSQL server on a socket in a temporary folder; give that folder."""
    binaries = find_postgres()
    if binaries is None:
        pytest.skip("no PostgreSQL server installed (apt install postgresql)")
    folder = tmp_path_factory.mktemp("postgres", numbered=True)
    is_root = os.geteuid() == 0
    who = {"user": "postgres", "group": "postgres"} if is_root else {}
    if is_root:
        folder = Path("/tmp") / f"aspan-postgres-{os.getpid()}"  # the user postgres must reach it
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o755)
        shutil.chown(folder, "postgres", "postgres")
    data = folder / "data"

    def run(*words: str) -> None:
        subprocess.run(
            [str(binaries / words[0]), *words[1:]],
            check=True,
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **who,
        )

    run("initdb", "-D", str(data), "-U", "aspan", "-A", "trust", "-E", "UTF8", "--no-sync")
    options = f"-c listen_addresses= -k {folder} -c fsync=off -c max_connections=60"
    run("pg_ctl", "-D", str(data), "-o", options, "-l", str(folder / "log"), "-w", "start")
    try:
        yield folder
    finally:
        run("pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")
        if is_root:
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server, request):
    """Create an empty PostgreSQL database for one test and give its URL."""
    import psycopg

    name = f"t{abs(hash(request.node.nodeid)) % 10**12}"
    with psycopg.connect(
        f"host={postgres_server} user=aspan dbname=postgres", autocommit=True
    ) as c:
        c.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        c.execute(f"CREATE DATABASE {name}")
    yield f"postgresql://aspan@/{name}?host={postgres_server}"
    with psycopg.connect(
        f"host={postgres_server} user=aspan dbname=postgres", autocommit=True
    ) as c:
        c.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


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
