"""The SatNet command on a made-up week: its rows keep the benchmark's rules."""

import itertools
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MONDAY_S = int(datetime(2018, 3, 5, tzinfo=UTC).timestamp())  # ISO week 10
HOUR_S = 3600


def make_row(number, hours, least, antennas, *, first_h=0, last_h=60):
    """Make a request of mission 100 + number % 2, in view from first_h to last_h."""
    start_s, end_s = MONDAY_S + first_h * HOUR_S, MONDAY_S + last_h * HOUR_S
    return {
        "subject": 100 + number % 2,
        "track_id": f"t{number}",
        "duration": hours,
        "duration_min": least,
        "setup_time": 60,
        "teardown_time": 15,
        "time_window_start": start_s,
        "time_window_end": end_s,
        "resource_vp_dict": {
            key: [{"RISE": start_s, "SET": end_s, "TRX ON": start_s, "TRX OFF": end_s}]
            for key in antennas
        },
    }


@pytest.fixture(scope="module")
def schedule(tmp_path_factory):
    """Plan five requests on two antennas, one of them an array, around a maintenance."""
    folder = tmp_path_factory.mktemp("week")
    rows = [
        make_row(0, 8.0, 6.4, ["D1"], last_h=20),
        make_row(1, 4.0, 4.0, ["D2_D1"]),
        make_row(2, 2.5, 2.5, ["D2"], last_h=12),
        make_row(3, 1.1, 1.1, ["D1", "D2"]),
        make_row(4, 6.0, 6.0, ["D1"], first_h=24, last_h=27),
    ]
    problems, maintenance = folder / "problems.json", folder / "maintenance.csv"
    problems.write_text(json.dumps({"W10_2018": rows}))
    maintenance.write_text(
        "week,year,starttime,endtime,antenna\n"
        f"10.0,2018,{MONDAY_S + 8 * HOUR_S},{MONDAY_S + 10 * HOUR_S},D1\n"
    )
    output = folder / "schedule.json"
    command = [sys.executable, str(ROOT / "bench/satnet.py"), "--problems", str(problems)]
    command += ["--maintenance", str(maintenance), "--week", "10", "--time-limit", "20"]
    answer = subprocess.run(
        [*command, "--seed", "1", "--output", str(output)],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    return json.loads(output.read_text()), answer.stdout


def list_clashes(spans):
    """List neighbours that overlap."""
    spans = sorted(spans)
    return [pair for pair in itertools.pairwise(spans) if pair[0][1] > pair[1][0]]


def test_a_week_keeps_the_rules_of_the_benchmark(schedule):
    """Bite: without the downtimes in the problem a track lies in the maintenance."""
    rows, _ = schedule
    hole = (MONDAY_S + 8 * HOUR_S, MONDAY_S + 10 * HOUR_S)

    assert all(row["TRACKING_ON"] - row["START_TIME"] == 3600 for row in rows)
    assert all(row["END_TIME"] - row["TRACKING_OFF"] == 900 for row in rows)
    assert min(row["START_TIME"] for row in rows) >= MONDAY_S
    for antenna in ("D1", "D2"):
        own = [(row["START_TIME"], row["END_TIME"]) for row in rows if row["RESOURCE"] == antenna]
        assert list_clashes([*own, hole] if antenna == "D1" else own) == []
    for mission in (100, 101):
        own = {
            (row["TRACKING_ON"], row["TRACKING_OFF"], row["TRACK_ID"])
            for row in rows
            if row["SC"] == mission
        }
        assert list_clashes(own) == []


def test_an_array_has_a_row_per_antenna_and_a_request_without_room_none(schedule):
    rows, printed = schedule
    lengths = {}
    for row in rows:
        lengths.setdefault(row["TRACK_ID"], []).append(row["TRACKING_OFF"] - row["TRACKING_ON"])

    assert lengths["t1"] == [4 * HOUR_S, 4 * HOUR_S]
    assert lengths["t3"] == [3960]
    assert sum(lengths["t0"]) == 8 * HOUR_S
    assert "t4" not in lengths
    assert "satisfied 4" in printed
    assert "status optimal" in printed
