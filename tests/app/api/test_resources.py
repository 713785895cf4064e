"""Stations, satellites, passes, plans, jobs: what a client gets."""

import csv
import io
import json
import multiprocessing
import time

START = "2026-09-06T12:00:00Z"


def wait_for(client, address, seconds=60.0):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        job = client.get(address).json()
        if job["state"] in ("succeeded", "failed"):
            return job
        time.sleep(0.1)
    raise AssertionError(f"the job did not end: {job}")


def test_stations_and_satellites_are_paged(client):
    first = client.get("/v1/satellites", params={"limit": 10}).json()
    second = client.get("/v1/satellites", params={"limit": 10, "offset": first["next_offset"]})

    assert client.get("/v1/stations").json()["stations"][0]["id"] == "kaznu"
    assert len(first["satellites"]) == 10
    assert second.json()["satellites"][0] not in first["satellites"]


def test_a_satellite_shows_the_age_of_its_elements_or_that_it_has_none(client):
    satellites = client.get("/v1/satellites", params={"limit": 1000}).json()["satellites"]
    by_id = {satellite["id"]: satellite for satellite in satellites}

    assert by_id["kazeosat-1"]["elements"]["grade"] == "fresh"
    assert 0 < by_id["kazeosat-1"]["elements"]["age_s"] < 86_400
    assert any(s["served"] and s["elements"] is None for s in satellites)


def test_passes_of_pages_put_together_are_the_passes_of_one_page(client):
    query = {"satellite": ["39731", "terra"], "start": START, "days": 2}
    whole = client.get("/v1/passes", params=query).json()
    pieces, offset = [], 0
    while offset is not None:
        page = client.get("/v1/passes", params=query | {"limit": 4, "offset": offset}).json()
        pieces += page["passes"]
        offset = page["next_offset"]

    assert whole["total"] == len(pieces) > 8
    assert pieces == whole["passes"]


def test_passes_come_as_lines_and_as_a_table_too_and_the_next_page_is_linked(client):
    query = {"satellite": "terra", "start": START, "days": 2, "limit": 3}
    whole = client.get("/v1/passes", params=query)
    lines = client.get("/v1/passes", params=query | {"format": "ndjson"})
    table = client.get("/v1/passes", params=query | {"format": "csv"})
    rows = list(csv.DictReader(io.StringIO(table.text, newline="")))

    assert [json.loads(line) for line in lines.text.splitlines()] == whole.json()["passes"]
    assert [row["pass_id"] for row in rows] == [p["pass_id"] for p in whole.json()["passes"]]
    assert lines.headers["content-type"] == "application/x-ndjson"
    assert table.headers["content-type"].startswith("text/csv")
    after = client.get(table.links["next"]["url"])
    assert whole.json()["next_offset"] == 3
    assert after.text.count("\n") > 1
    assert rows[0]["pass_id"] not in after.text


def test_a_parameter_that_is_not_known_is_refused_with_those_that_are(client):
    """Bite: ignored, ``min-elevation`` gives the passes of another limit without a word."""
    answer = client.get("/v1/passes", params={"start": START, "min-elevation": 10})

    assert answer.status_code == 422
    assert answer.json()["field"] == "min-elevation"
    assert "min_elevation" in answer.json()["detail"]


def test_a_satellite_without_elements_is_answered_not_forgotten(client):
    answer = client.get("/v1/passes", params={"satellite": "67070", "start": START}).json()

    assert answer["passes"] == []
    assert [a["kind"] for a in answer["answers"]] == ["no_elements"]


def test_bad_input_names_field_and_value(client):
    for query, status, field in (
        ({"station": "nowhere"}, 404, "station"),
        ({"satellite": "no-such"}, 404, "satellite"),
        ({"start": "2026-09-06T12:00:00"}, 422, "start"),
        ({"start": START, "end": "2026-09-06T11:00:00Z"}, 422, "end"),
        ({"start": START, "days": 400}, 422, "days"),
        ({"start": START, "days": 2, "end": START}, 422, "days"),
        ({"start": "1800-01-01T00:00:00Z"}, 422, "start"),
    ):
        response = client.get("/v1/passes", params=query)

        assert response.status_code == status, response.text
        assert response.json()["field"] == field
        assert response.json()["value"] is not None


def test_a_body_that_is_no_json_object_is_refused_in_plain_words(client):
    for body, kind, said in (
        (b"{", "application/json", "body: is not JSON at character 1"),
        (b"x=1", "application/x-www-form-urlencoded", "body: give a JSON object"),
        (b'{"unknown": 1}', "application/json", "unknown: is not known here; leave it out"),
    ):
        response = client.post("/v1/plans", content=body, headers={"Content-Type": kind})

        assert response.status_code == 422
        assert response.json()["detail"].startswith(said)
        assert "b'" not in response.text


def test_a_prediction_that_is_too_large_is_refused_before_a_worker_is_asked(make_client):
    """Bite: checking the size after the prediction starts a worker process."""
    client = make_client(satellite_days_limit=10)
    before = set(multiprocessing.active_children())
    response = client.get("/v1/passes", params={"start": START, "days": 31})

    assert response.status_code == 422
    assert response.json()["type"] == "urn:aspan:problem:limit-exceeded"
    assert set(multiprocessing.active_children()) == before


def test_an_ordered_plan_is_computed_and_stored(client):
    order = {"start": START, "days": 0.5, "solver": "greedy", "satellite": ["terra", "aqua"]}
    accepted = client.post("/v1/plans", json=order)
    job = wait_for(client, accepted.headers["location"])
    plan = client.get(job["result"]["url"]).json()
    contacts = client.get(job["result"]["url"] + "/contacts").json()

    assert accepted.status_code == 202
    assert (job["state"], job["progress"]) == ("succeeded", 1.0)
    assert plan["contacts"] == contacts["contacts"]
    assert contacts["total"] == len(plan["contacts"]) > 0
    assert {c["satellite_id"] for c in plan["contacts"]} <= {"terra", "aqua"}
    assert client.get("/v1/plans").json()["plans"][0]["plan_id"] == plan["plan_id"]
    assert plan["provenance"]["element_sets"][0]["fingerprint"]


def test_health_answers_while_a_plan_is_computed(client):
    """Bite: with the computation in the event loop health waits for it."""
    job = client.post("/v1/plans", json={"start": START, "days": 7}).headers["location"]
    slowest = 0.0
    while client.get(job).json()["state"] in ("queued", "running"):
        begun = time.monotonic()
        assert client.get("/healthz").status_code == 200
        slowest = max(slowest, time.monotonic() - begun)

    assert slowest < 1.0  # a shared machine; 0.25 s is measured alone


def test_more_jobs_than_may_wait_are_refused_with_when_to_come_back(make_client):
    client = make_client(waiting_jobs_limit=1)
    first = client.post("/v1/plans", json={"start": START, "days": 1})
    second = client.post("/v1/plans", json={"start": START, "days": 1})

    assert (first.status_code, second.status_code) == (202, 429)
    assert second.headers["retry-after"]
    wait_for(client, first.headers["location"])
