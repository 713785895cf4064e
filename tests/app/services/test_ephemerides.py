"""Passes come from an OEM inside its validity and from the element set around it.

Bite: without ``add_ephemerides`` in the choice the passes do not move.
"""

from dataclasses import replace

import numpy as np
import pytest

from tests.app.builders import START_UNIX_S
from tests.app.conftest import NOW_UTC
from tle.oem import Oem, OemSegment
from tle.oem_format import write_oem
from tle.propagation import Sgp4Ephemeris
from tle.starter import load_starter

SHIFT_S = 20.0
TERRA = next(e for e in load_starter() if e.norad_cat_id == 25994)
PASSES = "/v1/passes?station=kaznu&satellite={}&start=2026-09-06T12:00:00Z&days=2"


def late_oem(**changes):
    """Sample Terra 20 s late, for the second day only."""
    unix_s = START_UNIX_S + 86_400.0 + 60.0 * np.arange(1441)
    r_km, v_km_s, _ = Sgp4Ephemeris(TERRA).position_velocity(unix_s - SHIFT_S)
    segment = OemSegment("TERRA", "1999-068A", "TEME", unix_s, r_km, v_km_s,
                         float(unix_s[0]), float(unix_s[-1]))  # fmt: skip
    return write_oem(Oem("TEST", NOW_UTC, (replace(segment, **changes),), "test", NOW_UTC))


def upload(client, text, **extra):
    return client.post("/v1/element-sets", json={"text": text, "file_name": "x.oem", **extra})


def read_passes(client, satellite="25994"):
    return client.get(PASSES.format(satellite)).json()["passes"]


def instant(text):
    return np.datetime64(text.removesuffix("Z"), "ms").astype(float) / 1e3


def test_passes_inside_the_validity_follow_the_ephemeris_and_the_others_do_not(client):
    before = read_passes(client)

    answer = upload(client, late_oem())

    assert answer.status_code == 201
    assert answer.json()["ephemerides"][0]["object_id"] == "1999-068A"
    after = read_passes(client)
    moved = [
        instant(b["aos_utc"]) - instant(a["aos_utc"]) for a, b in zip(before, after, strict=True)
    ]
    inside = [instant(a["aos_utc"]) > START_UNIX_S + 86_400.0 for a in before]
    assert any(inside)
    assert not all(inside)
    for shift_s, is_inside in zip(moved, inside, strict=True):
        # the Earth turns on while the satellite is late: a second or two at the horizon
        assert shift_s == pytest.approx(
            SHIFT_S if is_inside else 0.0, abs=3.0 if is_inside else 0.01
        )


def test_a_satellite_with_an_ephemeris_alone_is_predicted_inside_it(client):
    satellites = client.get("/v1/satellites").json()["satellites"]
    alone = next(s["id"] for s in satellites if s["served"] and not read_passes(client, s["id"]))

    assert upload(client, late_oem(object_name="X"), satellite=alone).status_code == 201

    passes = read_passes(client, alone)
    assert len(passes) >= 3
    assert all(instant(p["aos_utc"]) >= START_UNIX_S + 86_400.0 for p in passes)


def test_a_broken_ephemeris_is_refused_with_its_reason(client):
    answer = upload(client, late_oem().replace("EARTH", "MARS"))

    assert answer.status_code == 422
    assert answer.json()["refused"][0]["field"] == "CENTER_NAME"


def test_passes_say_which_of_the_two_they_were_predicted_from(client):
    """Bite: without ``name_origins`` every pass carries the element set."""
    upload(client, late_oem())

    passes = read_passes(client)

    inside = [instant(p["aos_utc"]) >= START_UNIX_S + 86_400.0 for p in passes]
    assert [p["served_by"] == "ephemeris" for p in passes] == inside
    sets = {p["element_set_id"] for p in passes if p["served_by"] == "element_set"}
    assert sets == {TERRA.element_set_id}
    ephemeris = next(p for p in passes if p["served_by"] == "ephemeris")
    assert ephemeris["element_set_id"] not in sets
    # the message was created at the first state but one day: ages count from its first state
    first = instant(ephemeris["aos_utc"]) - (START_UNIX_S + 86_400.0)
    assert ephemeris["element_age_s"] == pytest.approx(first, abs=1.0)
    assert ephemeris["timing_bound95_s"] < passes[-1]["element_age_s"]


def test_windows_and_pointing_follow_the_ephemeris(client):
    """Bite: a track by the element set points where the satellite was 20 s before."""
    before = {p["culmination_utc"]: p for p in read_passes(client)}
    plain = client.get(f"/v1/passes/{list(before.values())[-1]['pass_id']}/track?step_s=10").json()
    upload(client, late_oem())

    last = read_passes(client)[-1]
    track = client.get(f"/v1/passes/{last['pass_id']}/track?step_s=10").json()

    assert last["served_by"] == "ephemeris"
    assert track["element_set_id"] == last["element_set_id"]
    early, late = plain["samples"][30], track["samples"][30]
    apart_s = instant(late["utc"]) - instant(early["utc"])
    assert apart_s == pytest.approx(SHIFT_S, abs=3.0)
    assert abs(late["azimuth_deg"] - early["azimuth_deg"]) < 2.0
    window = last["windows"][0]
    assert instant(window["start_utc"]) >= instant(last["aos_utc"]) - 0.01


def test_the_id_that_a_pass_carries_leads_to_its_ephemeris(client):
    """Bite: looked up among the element sets alone it is not found."""
    upload(client, late_oem())
    served = next(p for p in read_passes(client) if p["served_by"] == "ephemeris")

    answer = client.get(f"/v1/element-sets/{served['element_set_id']}")

    assert answer.status_code == 200
    assert answer.json()["object_id"] == "1999-068A"
    assert "ephemeris (OEM) that serves from 2026-09-07T12:00" in answer.json()["verdict_text"]
