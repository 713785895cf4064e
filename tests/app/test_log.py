"""The log: JSON lines with the ids of contact and plan, and no secret in any of them."""

import json
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
import structlog

from app.log import configure_library_log, configure_log
from app.store.reservation_rows import draft_of
from tests.app.builders import make_contact, make_plan
from tests.app.conftest import NOW_UTC

CANARY = "canary-" + "c" * 40


@pytest.fixture
def log(capsys):
    """Give a function that starts the log and one that returns its lines so far."""
    before, level = logging.getLogger().handlers[:], logging.getLogger().level
    yield (
        lambda: configure_log("info"),
        lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()],
    )
    configure_log("critical")
    logging.getLogger().handlers[:] = before
    logging.getLogger().setLevel(level)


def test_every_change_of_a_contact_is_a_line_with_its_ids(log, store):
    # Bite: logging before the commit tells of the refused booking too.
    start, lines = log
    start()
    store.plans.add(make_plan(contacts=1), created_utc=NOW_UTC)

    def book(*contacts):
        return store.reservations.book(
            [draft_of(each, plan_id="plan-1") for each in contacts],
            who="dana",
            why="first light",
            now_utc=NOW_UTC,
            gap_rule=lambda first, second: 0.0,
        )

    (booked,) = book(make_contact())
    with pytest.raises(ValueError, match="already reserved"):
        book(make_contact(5), make_contact(0))  # the first is undone with the second
    (line,) = [each for each in lines() if each["event"] == "contact changed"]

    assert line["contact_id"] == booked.reservation_id
    assert line["plan_id"] == "plan-1"
    assert (line["verb"], line["target_state"], line["who"]) == ("reserve", "reserved", "dana")
    assert line["timestamp"].endswith("Z")


def test_a_stored_plan_is_a_line_with_solver_and_gap(log, store):
    start, lines = log
    start()
    store.plans.add(make_plan(contacts=2), created_utc=NOW_UTC)

    (line,) = [each for each in lines() if each["event"] == "plan stored"]

    assert (line["plan_id"], line["solver"], line["contacts"]) == ("plan-1", "ilp", 2)
    assert line["gap"] == 0.0


def test_what_libraries_log_is_json_too_and_requests_are_left_out(log):
    _, lines = log
    configure_library_log("info")

    logging.getLogger("somewhere").warning("a %s", "word")
    logging.getLogger("httpx2").info("GET https://user:pass@host/?key=1")
    (line,) = lines()

    assert (line["event"], line["logger"], line["level"]) == ("a word", "somewhere", "warning")


def test_an_unknown_level_is_refused():
    from app.errors import SettingsError

    with pytest.raises(SettingsError, match="none of debug"):
        configure_log("loud")


def test_no_secret_reaches_the_log_at_its_loudest(tmp_path):
    # Bite: an access log line of a feed holds its token.
    environment = {name: value for name, value in os.environ.items() if name[:6] != "ASPAN_"} | {
        "ASPAN_ADMIN_KEY": CANARY,
        "ASPAN_LOG_LEVEL": "debug",
        "ASPAN_SPACETRACK_IDENTITY": CANARY,
        "ASPAN_SPACETRACK_PASSWORD": CANARY,
        "ASPAN_DATA_FOLDER": str(tmp_path),
        "ASPAN_FIRST_PLAN_DAYS": "0",
    }
    program = Path(sys.executable).parent / "aspan"
    with (tmp_path / "log").open("w") as log:
        service = subprocess.Popen(
            [program, "serve", "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=environment,
        )
    try:
        address = service.stdout.readline().split()[3].rstrip("/")
        with httpx2.Client(base_url=address, timeout=60.0) as client:
            key = {"Authorization": f"Bearer {CANARY}"}
            made = client.post("/v1/keys", headers=key, json={"name": "desk", "role": "viewer"})
            feed = client.post("/v1/feeds", headers=key, json={"name": "wall"})
            client.get("/v1/contacts", headers={"Authorization": f"Bearer {CANARY}x"})
            client.get("/v1/contacts", headers={"Cookie": f"aspan_key={CANARY}y"})
            assert client.get(feed.json()["path"]).status_code == 200
    finally:
        service.send_signal(signal.SIGTERM)
        service.communicate(timeout=60)
    log = (tmp_path / "log").read_text()
    token = feed.json()["path"].split("/")[-2]

    assert "/v1/contacts" in log
    assert [word for word in (CANARY, made.json()["key"], token) if word in log] == []
    assert all(isinstance(json.loads(line), dict) for line in log.splitlines())
    assert structlog.is_configured()
