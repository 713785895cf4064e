"""A station with a past: a plan that a service published, and weeks of the same behind it."""

from __future__ import annotations

import json
import sqlite3
import time
import urllib.request
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from bench.loaded_service import Service, serve

WEEKS_A_YEAR = 52
YOUNG_YEARS = 0.1


def make_station(file: Path) -> str:
    """Make a database in which a week is planned and published; return the plan's id."""
    with serve(f"sqlite:///{file}") as service:
        plan_id = publish_week(service)
        service.terminate(30.0)
    return plan_id


def ask(service: Service, method: str, path: str, order: Any = None) -> bytes:
    """Ask and return what was told; an answer that is none of success raises."""
    host, port = service.address
    request = urllib.request.Request(
        f"http://{host}:{port}{path}",
        None if order is None else json.dumps(order).encode(),
        {"Content-Type": "application/json"},
        method=method,
    )
    with urllib.request.urlopen(request, timeout=300) as answer:
        told: bytes = answer.read()
    return told


def publish_week(service: Service) -> str:
    """Let the service plan a week and publish it; return the plan's id."""
    job = json.loads(ask(service, "POST", "/v1/plans", {"days": 7}))["job_id"]
    while (state := json.loads(ask(service, "GET", f"/v1/jobs/{job}")))["state"] != "succeeded":
        if state["state"] == "failed":
            raise RuntimeError(state["error"])
        time.sleep(0.2)
    plan_id: str = state["result"]["plan_id"]
    order = {"why": "years", "override": "the elements are those of the bundle"}
    ask(service, "POST", f"/v1/plans/{plan_id}/publish", order)
    return plan_id


def copy(file: Path, target: Path) -> None:
    """Copy a database with what its log still holds."""
    with closing(sqlite3.connect(file)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)


def grow(file: Path, years: float) -> dict[str, int]:
    """Repeat the week in the database back through years; return the rows of each table."""
    tables = ("reservation", "reservation_event", "audit_entry", "plan", "contact", "not_taken")
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        guards = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall()
        connection.execute("BEGIN")
        for name, _ in guards:
            connection.execute(f"DROP TRIGGER {name}")
        for table in (*tables, "element_set"):
            connection.execute(f"CREATE TEMP TABLE new_{table} AS SELECT * FROM {table}")
        for week in range(1, round(years * WEEKS_A_YEAR) + 1):
            old = f"'w{week}-' || "
            _repeat(
                connection,
                "reservation",
                7 * week,
                {"reservation_id": f"{old} reservation_id", "state": "'completed'"},
            )
            for _ in range(2):  # reserved, completed
                _repeat(
                    connection,
                    "reservation_event",
                    7 * week,
                    {"event_id": "NULL", "reservation_id": f"{old} reservation_id"},
                )
            for _ in range(3):
                _repeat(connection, "audit_entry", 7 * week, {"entry_id": "NULL"})
            names = {"plan_id": f"{old} plan_id"}
            for table in ("plan", "contact", "not_taken"):
                _repeat(connection, table, 7 * week, names)
            for day in range(7):
                _repeat(
                    connection,
                    "element_set",
                    7 * week + day,
                    {
                        "fingerprint": f"'d{day}-' || {old} substr(fingerprint, 1, 40)",
                        "element_set_id": f"'{week}.{day}-' || substr(element_set_id, 1, 8)",
                    },
                )
        for _, sql in guards:
            connection.execute(sql)
        connection.execute("COMMIT")
        return {
            table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in (*tables, "element_set")
        }


def _repeat(
    connection: sqlite3.Connection, table: str, days: int, changed: Mapping[str, str]
) -> None:
    """Insert the first rows of a table again, so many days earlier."""
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    values = [
        changed.get(name)
        or (
            f"strftime('%Y-%m-%d %H:%M:%f000', {name}, '-{days} days')"
            if name.endswith("_utc")
            else name
        )
        for name in columns
    ]
    connection.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)} FROM new_{table}"
    )
