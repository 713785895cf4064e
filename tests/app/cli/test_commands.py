"""The command line as a user runs it: one process each."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.tle.element_builders import EPOCH, make_elements
from tests.tle.oem_builders import make_oem
from tle.oem_format import write_oem
from tle.omm_format import write_omm_csv
from tle.timebase import format_utc

START = "2026-09-06T12:00:00Z"
STARTER = Path("tle/starter.csv").resolve()
SPAN = ("--start", START, "--days", "1")


@pytest.fixture
def run(tmp_path):
    """Run ``aspan`` in an empty folder; give its finished process."""

    def run_aspan(*words, **environment):
        return subprocess.run(
            [sys.executable, "-m", "app.cli", *words],
            cwd=tmp_path,
            env=clean_environment() | environment,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run_aspan


@pytest.fixture
def run_here(tmp_path, monkeypatch, capfdbinary):
    """Run ``aspan`` in this process, which costs no start; give exit code, output and errors."""
    from app.cli import main

    def run_aspan(*words, **environment):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["aspan", *words])
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capfdbinary.readouterr()
        return subprocess.CompletedProcess(
            words, ended.value.code, captured.out.decode(), captured.err.decode()
        )

    return run_aspan


def clean_environment():
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ASPAN_")}
    return kept | {"PYTHONPATH": str(Path.cwd())}


def test_passes_of_a_file_touch_no_database(run, tmp_path):
    done = run("passes", "--elements", str(STARTER), "--satellite", "39731", *SPAN)

    assert done.returncode == 0
    assert "kazeosat-1" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_plan_of_a_file_touches_no_database_either(run, tmp_path):
    # Bite: with the application opened for a plan, data/aspan.sqlite3 appears.
    words = ("plan", "--elements", str(STARTER), "--satellite", "terra", *SPAN, "--solver=greedy")
    done = run(*words, "--format=json")
    refused = run(*words, "--previous", "plan-1")

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["contacts"]
    assert "not stored" in done.stderr
    assert list(tmp_path.iterdir()) == []
    assert refused.returncode == 2
    assert "previous: leave it out" in refused.stderr


def test_an_ephemeris_in_a_file_gives_passes_inside_its_states(run_here, tmp_path):
    """The states are SGP4's, so the passes are those of the element set."""
    oem = make_oem(step_s=60.0, count=1_441)
    (tmp_path / "flight.oem").write_text(write_oem(oem, encoding="kvn"))
    (tmp_path / "flight.csv").write_text(write_omm_csv([make_elements()]))
    start = format_utc(EPOCH)
    passes = [
        json.loads(run_here("passes", "--elements", name, "--start", start, "--days=2",
                            "--satellite", "kazeosat-1", "--format=json").stdout)["passes"]
        for name in ("flight.oem", "flight.csv")
    ]  # fmt: skip
    other = run_here("passes", "--elements", "flight.oem", "--satellite", "terra", "--days=1")

    assert {each["served_by"] for each in passes[0]} == {"ephemeris"}
    flown = [each for each in passes[0] if not each["ends_after_span"]]  # the states end in a pass
    inside = [each for each in passes[1] if each["los_utc"] < format_utc(EPOCH + timedelta(1))]
    assert len(flown) == len(passes[0]) - 1 == len(inside) >= 3
    for ours, theirs in zip(flown, inside, strict=True):
        rises = [datetime.fromisoformat(each["aos_utc"]) for each in (ours, theirs)]
        assert abs(rises[0] - rises[1]) < timedelta(seconds=0.01)
    assert other.returncode == 2
    assert "of other satellites" in other.stderr


def test_json_ndjson_and_csv_tell_the_same_passes(run_here):
    words = ("passes", "--elements", str(STARTER), "--satellite", "terra", *SPAN, "--format")
    whole = json.loads(run_here(*words, "json").stdout)
    lines = [json.loads(line) for line in run_here(*words, "ndjson").stdout.splitlines()]
    rows = run_here(*words, "csv").stdout.splitlines()

    assert whole["passes"] == lines
    assert len(rows) - 1 == len(lines) > 3


def test_a_satellite_that_is_not_configured_is_named_by_its_number(run_here, tmp_path):
    text = STARTER.read_text().splitlines()
    row = next(line for line in text if ",39731," in line).replace(",39731,", ",799501299,")
    (tmp_path / "new.csv").write_text("\n".join([text[0], row]) + "\n")
    done = run_here(
        "passes", "--elements", "new.csv", "--satellite", "799501299", *SPAN, "--format=json"
    )
    passes = json.loads(done.stdout)["passes"]

    assert {each["satellite_id"] for each in passes} == {"norad-799501299"}
    assert passes[0]["norad_cat_id"] == 799_501_299


def test_a_refused_set_is_noted_and_the_good_ones_are_used(run_here, tmp_path):
    text = STARTER.read_text().splitlines()
    broken = text[1].replace(",0", ",nonsense", 1)
    (tmp_path / "some.csv").write_text("\n".join([text[0], broken, *text[2:4]]) + "\n")
    done = run_here("passes", "--elements", "some.csv", *SPAN, "--format", "ndjson")

    assert done.returncode == 0
    assert "line 2" in done.stderr
    assert done.stdout


BAD_INPUT = {
    "unknown station": (("--station", "nowhere"), "station"),
    "unknown satellite": (("--satellite", "no-such"), "satellite"),
    "naive time": (("--start", "2026-09-06T12:00:00"), "start"),
    "reversed times": (("--start", START, "--end", "2026-09-06T11:00:00Z"), "end"),
    "too long": (("--days", "400"), "days"),
    "not a time": (("--start", "tomorrow"), "start"),
    "elements of another satellite": (("--satellite", "25544"), "25544"),
    "elevation": (("--min-elevation", "90"), "min_elevation"),
}


@pytest.mark.parametrize(("words", "named"), BAD_INPUT.values(), ids=BAD_INPUT)
def test_bad_input_is_one_clear_line_and_exit_code_2(run_here, words, named):
    done = run_here("passes", "--elements", str(STARTER), *words)

    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert named in done.stderr


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.tle", b"", "empty"),
        ("page.html", b"<!DOCTYPE html><html><body>No</body></html>", "web page"),
        ("binary.tle", bytes(range(256)), ""),
    ],
)
def test_files_without_elements_are_refused(run_here, tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)
    done = run_here("passes", "--elements", name, *SPAN)

    assert done.returncode == 2
    assert name in done.stderr
    assert said in done.stderr


def test_a_broken_configuration_names_file_and_place(run_here, tmp_path):
    (tmp_path / "bad.toml").write_text("[[station]\nid = 1")
    named = run_here("passes", "--stations", "bad.toml", "--elements", str(STARTER))
    by_environment = run_here("passes", "--elements", str(STARTER), ASPAN_STATIONS="bad.toml")

    for done in (named, by_environment):
        assert done.returncode == 2
        assert "bad.toml" in done.stderr
        assert "line 1" in done.stderr


def test_files_beside_the_working_folder_come_before_the_shipped_ones(run_here, tmp_path):
    shutil.copy("stations.toml", tmp_path / "stations.toml")
    text = (tmp_path / "stations.toml").read_text().replace('id = "kaznu"', 'id = "ours"', 1)
    (tmp_path / "stations.toml").write_text(text)
    done = run_here(
        "passes", "--elements", str(STARTER), "--satellite", "terra", *SPAN, "--format=json"
    )

    assert {p["station_id"] for p in json.loads(done.stdout)["passes"]} == {"ours"}


def test_a_plan_is_stored_and_printed_with_its_fields(run, tmp_path):
    words = ("plan", *SPAN, "--satellite", "terra", "--satellite", "39731")
    done = run(*words, "--solver", "greedy", "--format", "json")
    plan = json.loads(done.stdout)

    assert done.returncode == 0
    assert (tmp_path / "data" / "aspan.sqlite3").exists()
    assert {"plan_id", "objective", "bound", "gap", "objective_unit", "not_taken"} <= set(plan)
    assert len(plan["contacts"]) > 2
    assert plan["contacts"][0]["reserved_start_utc"] < plan["contacts"][0]["start_utc"]
    assert done.stderr == ""


def test_a_solver_that_does_not_exist_leaves_no_plan(run_here):
    done = run_here("plan", *SPAN, "--solver", "magic")

    assert done.returncode == 2
    assert "magic" in done.stderr


def test_refresh_takes_a_folder_once(run_here, tmp_path):
    (tmp_path / "drop").mkdir()
    shutil.copy(STARTER, tmp_path / "drop" / "sets.csv")
    text = STARTER.read_text().splitlines()
    newer = [text[0], text[1].replace("2026-09-06T", "2026-09-07T")]
    (tmp_path / "drop" / "newer.csv").write_text("\n".join(newer) + "\n")
    first, second = run_here("refresh", "drop"), run_here("refresh", "drop")

    assert first.returncode == second.returncode == 0
    assert "1 new element sets" in first.stdout
    assert "0 new element sets" in second.stdout


def test_refresh_without_a_network_keeps_what_is_there(run_here):
    done = run_here(
        "refresh",
        "--number",
        "25994",
        ASPAN_CELESTRAK_URL="http://127.0.0.1:9/gp.php",
        ASPAN_ALLOW_PRIVATE_SOURCES="1",
    )

    assert done.returncode == 1
    assert "failed" in done.stdout
    assert "what was there is kept" in done.stdout


def start_service(folder, *words, **environment):
    process = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "serve", "--port", "0", *words],
        cwd=folder,
        env=clean_environment() | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    line = process.stdout.readline()
    return process, line.split()[3].rstrip("/") if line else ""


def read(address):
    with urllib.request.urlopen(address, timeout=20) as answer:
        return json.load(answer)


def test_the_service_makes_a_first_plan_and_ends_jobs_of_a_killed_one(tmp_path):
    """Kill it while it plans: the next start says so, and no half plan is left."""
    process, address = start_service(tmp_path, ASPAN_FIRST_PLAN_DAYS="7")
    try:
        assert read(f"{address}/readyz")["status"] == "ready"
        job = read(f"{address}/v1/jobs")["jobs"][0]
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert job["state"] in ("queued", "running")

    process, address = start_service(tmp_path, ASPAN_FIRST_PLAN_DAYS="0")
    try:
        ended = read(f"{address}/v1/jobs/{job['job_id']}")
        plans = read(f"{address}/v1/plans")
    finally:
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=60)
    assert ended["state"] == "failed"
    assert ended["error"]["reason"] == "service_stopped"
    assert plans["total"] == 0
    assert process.returncode in (0, -signal.SIGTERM), err


def test_the_service_refuses_other_addresses_without_a_key(tmp_path):
    process, address = start_service(tmp_path, "--host", "0.0.0.0")
    _, err = process.communicate(timeout=60)

    assert (process.returncode, address) == (2, "")
    assert "ASPAN_ADMIN_KEY" in err


def test_an_admin_key_that_can_be_guessed_is_refused_and_not_printed(run):
    """Bite: without ``_refuse_short_key`` the table of passes is printed."""
    done = run("passes", "--elements", str(STARTER), *SPAN, ASPAN_ADMIN_KEY="sesame-sesame15")

    assert (done.returncode, done.stdout) == (2, "")
    assert "admin_key (ASPAN_ADMIN_KEY): shorter than 16 characters" in done.stderr
    assert "openssl rand -hex 32" in done.stderr
    assert "sesame" not in done.stderr


def test_a_copy_names_the_option_whose_url_is_wrong(run_here):
    """Bite: with ``open_engine(to)`` alone the fault was one of database_url."""
    run_here("db", "upgrade")

    for url in ("nonsense", "mysql://host/aspan"):
        done = run_here("db", "copy", "--to", url)

        assert done.returncode == 2
        assert done.stderr.startswith("aspan: error: --to: ")
    done = run_here("db", "check", "--database-url", "nonsense")
    assert done.stderr.startswith("aspan: error: database_url (ASPAN_DATABASE_URL): ")


def test_a_killed_service_takes_its_workers_along(tmp_path):
    psutil = pytest.importorskip("psutil")
    process, _ = start_service(tmp_path, ASPAN_FIRST_PLAN_DAYS="0")
    deadline = time.monotonic() + 30
    while not (children := psutil.Process(process.pid).children(recursive=True)):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    _, alive = psutil.wait_procs(children, timeout=20)

    assert alive == []


def test_elements_brought_by_hand_say_by_their_exit_code_what_became_of_them(run_here, tmp_path):
    good, jumped = make_elements(), make_elements(inclination_deg=97.0)
    texts = {"good": write_omm_csv([good]), "jumped": write_omm_csv([jumped]), "page": "<html>"}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    codes = {name: run_here("elements", "add", name).returncode for name in texts}
    shown = run_here("elements", "show", good.element_set_id).stdout

    assert codes == {"good": 0, "jumped": 1, "page": 2}
    assert good.fingerprint in shown
    assert "_fingerprint" not in shown
