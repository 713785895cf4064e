"""The sky at an instant and ground tracks over HTTP, on the starter elements of 2026-09-06."""

import pytest

PASSES = {"satellite": "aqua", "start": "2026-09-06T12:00:00Z", "days": 1}


@pytest.fixture
def one_pass(client):
    passes = client.get("/v1/passes", params=PASSES).json()["passes"]
    return max(passes, key=lambda each: each["max_elevation_deg"])


def test_the_sky_has_a_satellite_where_its_pass_culminates(client, one_pass):
    # Bite: an instant read as now puts Aqua elsewhere.
    sky = client.get("/v1/stations/kaznu/sky", params={"at": one_pass["culmination_utc"]}).json()
    (aqua,) = [each for each in sky["satellites"] if each["satellite_id"] == "aqua"]

    assert aqua["elevation_deg"] == pytest.approx(one_pass["max_elevation_deg"], abs=0.01)
    assert aqua["azimuth_deg"] == pytest.approx(one_pass["culmination_azimuth_deg"], abs=0.3)
    assert 650 < aqua["altitude_km"] < 750
    assert len(sky["satellites"]) > 20


def test_the_sun_stands_in_the_south_at_local_noon(client):
    """In Almaty (76.9 deg east) the Sun is highest near 6:50 UTC."""
    sky = client.get("/v1/stations/kaznu/sky", params={"at": "2026-09-06T06:51:00Z"}).json()
    sun = sky["sun"]

    assert sun["azimuth_deg"] == pytest.approx(180.0, abs=1.0)
    assert sun["elevation_deg"] == pytest.approx(90 - 43.2235 + sun["latitude_deg"], abs=0.1)
    assert sun["longitude_deg"] == pytest.approx(76.9, abs=0.5)


def test_a_ground_track_passes_below_the_satellite_at_its_step(client, one_pass):
    at = one_pass["culmination_utc"]
    sky = client.get("/v1/stations/kaznu/sky", params={"at": at}).json()
    (aqua,) = [each for each in sky["satellites"] if each["satellite_id"] == "aqua"]
    track = client.get(
        "/v1/satellites/aqua/ground-track",
        params={"start": at, "end": "2026-09-07T12:00:00Z", "step_s": 60},
    ).json()
    first = track["points"][0]

    assert (first["latitude_deg"], first["longitude_deg"]) == pytest.approx(
        (aqua["latitude_deg"], aqua["longitude_deg"]), abs=0.01
    )
    assert max(point["latitude_deg"] for point in track["points"]) == pytest.approx(81.8, abs=0.3)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/stations/nowhere/sky", 404),
        ("/v1/stations/kaznu/sky?at=tomorrow", 422),
        ("/v1/satellites/nothing/ground-track", 404),
        ("/v1/satellites/aqua/ground-track?step_s=0", 422),
        (
            "/v1/satellites/aqua/ground-track"
            "?start=2026-09-06T00:00:00Z&end=2026-09-07T20:00:00Z&step_s=1",
            422,
        ),
    ],
)
def test_what_cannot_be_answered_says_why(client, path, status):
    answer = client.get(path)

    assert answer.status_code == status
    assert answer.json()["detail"]
