"""Studies over HTTP: a job with progress, a result, and a way to give it up."""

import time

from app.services.studies import STUDY_EXAMPLE
from tests.app.api.test_resources import wait_for

SMALL = STUDY_EXAMPLE | {"days": 1}
LONG = STUDY_EXAMPLE | {
    "days": 60,
    "phases": 20,
    "orbit": [{"id": "o", "altitude_km": [400 + k for k in range(60)], "local_time_h": 10.5}],
}


def test_study_runs_as_a_job_with_its_table_as_result(client):
    accepted = client.post("/v1/studies", json=SMALL)
    job = wait_for(client, accepted.headers["location"])
    listed = client.get("/v1/jobs").json()["jobs"][0]

    assert accepted.status_code == 202
    assert job["kind"] == "study"
    rows = job["result"]["study"]["rows"]
    assert [row["orbit"] for row in rows] == ["sso-altitude-500", "sso-altitude-600"]
    assert rows[0]["minutes_day"] > 0
    assert "study" not in listed["result"]


def test_study_given_up_ends_at_once_and_leaves_the_worker_free(make_client):
    """Bite: a cancelled job that computes on keeps the only worker from the next study."""
    client = make_client(job_workers=1)
    address = client.post("/v1/studies", json=LONG).headers["location"]
    while client.get(address).json()["progress"] == 0:
        time.sleep(0.2)
    gone = client.delete(address).json()
    after = wait_for(client, client.post("/v1/studies", json=SMALL).headers["location"])

    assert gone["state"] == "failed"
    assert gone["error"]["reason"] == "cancelled"
    assert after["state"] == "succeeded"
    assert client.get(address).json()["error"]["reason"] == "cancelled"


def test_job_that_has_ended_stays_as_it_is(client):
    address = client.post("/v1/studies", json=SMALL).headers["location"]
    wait_for(client, address)

    assert client.delete(address).json()["state"] == "succeeded"
    assert client.delete("/v1/jobs/job-unknown").status_code == 404


def test_study_that_cannot_be_read_is_refused_at_once(client):
    for change, said in (
        ({"days": -1}, "days"),
        ({"seasons_utc": ["yesterday"]}, "seasons_utc"),
        ({"station_set": [{"id": "a", "stations": ["nowhere"]}]}, "nowhere"),
        ({"orbit": 5}, "orbit"),
    ):
        response = client.post("/v1/studies", json=SMALL | change)

        assert response.status_code == 422, response.text
        assert said in response.json()["detail"]
        assert response.json()["detail"].count("study:") <= 1
