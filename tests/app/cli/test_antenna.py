"""``aspan drive``, ``lockout`` and ``report`` as a user runs them."""

import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.application import open_application
from app.cli import app as command_line
from app.settings import Settings
from app.store.reservation_rows import draft_of
from scheduler.plan import Contact
from scheduler.prediction.track import sample_instants
from tests.app.drive.rotators import running_rotctld, wait_for
from tle.timebase import to_unix_s

ROOT = Path(__file__).parents[3]


def book(url, *, start_utc, elements_of):
    """Book ten minutes of KazEOSat-1 at kaznu that start at an instant."""
    start = to_unix_s(start_utc)
    contact = Contact(
        contact_id="c", pass_id="p", satellite_id="kazeosat-1", norad_cat_id=39731, owner="kaznu",
        station_id="kaznu", antenna_id="antenna-1", service="x", reserved_start_unix_s=start - 5.0,
        start_unix_s=start, end_unix_s=start + 600.0, reserved_end_unix_s=start + 660.0,
        aos_unix_s=start, los_unix_s=start + 600.0, max_elevation_deg=40.0,
        start_azimuth_deg=10.0, end_azimuth_deg=170.0, expected_bytes=None, tentative=False,
        provisional=False, element_set_id="e", element_age_s=0.0,
    )  # fmt: skip
    application = open_application(
        Settings(database_url=url, first_plan_days=0), clock=lambda: elements_of
    )
    (booked,) = application.store.reservations.book(
        [draft_of(contact)], who="dana", why="", now_utc=elements_of,
        gap_rule=lambda first, second: 0.0,
    )  # fmt: skip
    application.store.close()
    return booked.reservation_id


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'cli.sqlite3'}"


@pytest.fixture
def run(url):
    """Run a command in this process on that database; give its result."""

    def run_words(*words, **more):
        return CliRunner().invoke(command_line, [*words, "--database-url", url], **more)

    return run_words


def test_a_dry_run_prints_the_track_and_moves_nothing(run, url):
    now = datetime.now(UTC)
    name = book(url, start_utc=now + timedelta(hours=1), elements_of=now)

    result = run("drive", name, "--dry-run")
    head, _, *rows, foot = result.output.splitlines()

    assert result.exit_code == 0, result.output
    assert "refraction added; drive_enabled is false: not driven" in head
    assert len(rows) == len(sample_instants(0.0, 600.0, 1.0))
    assert rows[0].split()[0].endswith("Z")
    assert foot.startswith("# stow at az 0 el 90 deg")


def test_a_drive_without_rotator_or_permission_or_at_a_wild_rate_is_refused(run, url):
    now = datetime.now(UTC)
    name = book(url, start_utc=now + timedelta(hours=1), elements_of=now)

    refused = [
        run("drive", name),
        run("drive", name, "--rotctld", "nowhere:x"),
        run("drive", name, "--rotctld", "localhost:1"),
        run("drive", name, "--rotctld", "localhost:1", "--rate", "1000"),
        run("drive", "contact-none", "--dry-run"),
    ]
    words = ("--dry-run", "HOST:PORT", "drive_enabled = true", "1000 Hz", "not known")

    for result, word in zip(refused, words, strict=True):
        assert result.exit_code != 0
        assert word in str(result.exception)


def test_an_antenna_is_locked_listed_and_released(run):
    started = run("lockout", "start", "kaznu/antenna-1", "--why", "people at the dish")
    listed = run("lockout", "list")
    ended = run("lockout", "end", "kaznu/antenna-1")
    after = run("lockout", "list")
    wrong = run("lockout", "start", "kaznu", "--why", "x")

    assert started.exit_code == ended.exit_code == 0
    assert "kaznu/antenna-1" in listed.output
    assert "people at the dish" in listed.output
    assert "no antenna is locked" in after.output
    assert "STATION/ANTENNA" in str(wrong.exception)


def test_a_contact_is_reported_by_hand_and_by_table_and_summed(run, url, tmp_path):
    then = datetime.now(UTC) - timedelta(hours=2)
    first = book(url, start_utc=then, elements_of=then - timedelta(days=1))
    second = book(url, start_utc=then + timedelta(minutes=20), elements_of=then)
    table = tmp_path / "night.csv"
    table.write_text(f"contact_id,state,cause,note\n{second},failed,weather,=1+1\n")

    by_hand = run(
        "report", "contact", first, "--state", "completed", "--bytes", "5", "--data", "received"
    )
    by_table = run("report", "upload", str(table), "--why", "log of the night")
    summed = run("report", "availability", "--by", "satellite")
    as_json = run("report", "availability", "--by", "cause", "--format", "json")
    timing = run("report", "timing")

    assert f"{first}: completed, data received" in by_hand.output
    assert f"{second}: failed, data unknown" in by_table.output
    assert "50.0 %  weather 10.0 min" in summed.output
    assert '"weather": 600.0' in as_json.output
    assert "nobody reported" in timing.output
    assert "no such file" in str(run("report", "upload", "nothing.csv").exception)


def test_a_drive_that_is_interrupted_stops_the_antenna_and_says_so(url, tmp_path):
    """A real process in real time; Bite: without the handler SIGTERM leaves the contact open."""
    text = (ROOT / "stations.toml").read_text(encoding="utf-8")
    stations = tmp_path / "stations.toml"
    stations.write_text(
        text.replace('tracking = "program"', 'tracking = "program"\ndrive_enabled = true', 1)
    )
    now = datetime.now(UTC)
    name = book(url, start_utc=now - timedelta(seconds=30), elements_of=now)
    with running_rotctld() as port:
        words = ["drive", name, "--rotctld", f"127.0.0.1:{port}", "--database-url", url]
        process = subprocess.Popen(
            [sys.executable, "-m", "app.cli", *words, "--stations", str(stations)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        application = open_application(Settings(database_url=url, first_plan_days=0))
        wait_for(lambda: application.contacts.read(name).state == "executing", "the drive")
        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate(timeout=60)
    execution = application.store.executions.read(name)
    application.store.close()

    assert process.returncode == 1
    assert "failed: operator" in output
    assert "following until" in output
    assert execution.cause == "operator"
    assert "Traceback" not in errors
