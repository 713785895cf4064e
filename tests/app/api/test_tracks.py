"""Tracks and daylight over HTTP, on the starter elements of 2026-09-06."""

from datetime import datetime

import pytest

PASSES = {"satellite": "aqua", "start": "2026-09-06T12:00:00Z", "days": 1}


@pytest.fixture
def one_pass(client):
    passes = client.get("/v1/passes", params=PASSES).json()["passes"]
    return max(passes, key=lambda each: each["max_elevation_deg"])


def parse(text):
    return datetime.fromisoformat(text)


def test_a_track_runs_from_aos_to_los_at_its_step_and_peaks_at_culmination(client, one_pass):
    track = client.get(f"/v1/passes/{one_pass['pass_id']}/track", params={"step_s": 1}).json()
    samples = track["samples"]

    assert (track["aos_utc"], track["los_utc"]) == (one_pass["aos_utc"], one_pass["los_utc"])
    assert (samples[0]["utc"], samples[-1]["utc"]) == (one_pass["aos_utc"], one_pass["los_utc"])
    assert (parse(samples[1]["utc"]) - parse(samples[0]["utc"])).total_seconds() == 1.0
    assert samples[0]["elevation_deg"] == pytest.approx(5.0, abs=0.001)
    peak = max(samples, key=lambda each: each["elevation_deg"])
    assert peak["elevation_deg"] == pytest.approx(one_pass["max_elevation_deg"], abs=0.01)


def test_refraction_lifts_the_pointing_only_and_says_so(client, one_pass):
    # Bite: adding refraction to elevation_deg fails the first sample above.
    track = client.get(f"/v1/passes/{one_pass['pass_id']}/track").json()
    first = track["samples"][0]

    assert track["refraction"] == "added"
    assert 0.1 < first["pointing_elevation_deg"] - first["elevation_deg"] < 0.2


def test_doppler_is_positive_while_the_satellite_approaches(client, one_pass):
    track = client.get(f"/v1/passes/{one_pass['pass_id']}/track").json()
    first, last = track["samples"][0], track["samples"][-1]
    (service,) = first["doppler_hz"]

    assert first["range_rate_km_s"] < 0 < last["range_rate_km_s"]
    assert 100e3 < first["doppler_hz"][service] < 200e3
    assert -200e3 < last["doppler_hz"][service] < -100e3


@pytest.mark.parametrize(
    ("pass_id", "status"),
    [
        ("nonsense", 404),
        ("kaznu.unknown.20260906T150606Z.d335275e", 404),
        ("nowhere.aqua.20260906T150606Z.d335275e", 404),
        ("kaznu.aqua.20269906T150606Z.d335275e", 404),
    ],
)
def test_a_pass_that_does_not_exist_is_not_found(client, pass_id, status):
    answer = client.get(f"/v1/passes/{pass_id}/track")

    assert (answer.status_code, answer.json()["field"]) == (status, "pass_id")


def test_a_step_that_gives_too_many_samples_says_what_to_do(client, one_pass):
    assert (
        client.get(f"/v1/passes/{one_pass['pass_id']}/track", params={"step_s": 0}).status_code
        == 422
    )


def test_night_in_almaty_falls_around_local_midnight(client):
    answer = client.get(
        "/v1/stations/kaznu/daylight", params={"start": "2026-09-06T12:00:00Z", "days": 1}
    ).json()
    (night,) = answer["night"]

    assert len(answer["twilight"]) == 2
    assert night["start_utc"] < "2026-09-06T19:00:00Z" < night["end_utc"]  # 00:00 in Almaty
    assert answer["twilight"][0]["end_utc"] == night["start_utc"]
