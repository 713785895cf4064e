"""Scenarios over HTTP: planned apart, compared, promoted; nothing else is touched."""

import itertools
import time
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from app.application import open_application
from app.main import create_app
from app.services.planning import PlanQuery, compute_plan
from app.services.prediction import PassQuery
from app.settings import Settings
from tests.app.conftest import NOW_UTC

DAY = {"days": 0.5, "satellite": ["terra", "aqua", "aura", "landsat-8", "sentinel-3a"]}


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """Give a client on a service with one plan of half a day of five satellites.

    Its clock moves on by a millisecond a look: what comes later is newer.
    """
    looks = itertools.count()
    url = f"sqlite:///{tmp_path_factory.mktemp('scenarios') / 's.sqlite3'}"
    application = open_application(
        Settings(database_url=url, first_plan_days=0),
        clock=lambda: NOW_UTC + timedelta(milliseconds=next(looks)),
    )
    passes = PassQuery(satellites=tuple(DAY["satellite"]), days=DAY["days"])
    task = application.planning.prepare(PlanQuery(passes, time_limit_s=60.0))
    plan = compute_plan(task, lambda *_: None)
    application.planning.keep(plan)
    with TestClient(create_app(application), base_url="http://127.0.0.1:8000") as client:
        yield client, plan
    application.store.close()


def order(client, name, changes, **more):
    answer = client.post("/v1/scenarios", json={"name": name, "changes": changes, **more})
    assert answer.status_code == 202, answer.text
    return wait(client, answer.json()["job_id"])


def wait(client, job_id):
    for _ in range(600):
        job = client.get(f"/v1/jobs/{job_id}").json()
        if job["state"] in ("succeeded", "failed"):
            return job
        time.sleep(0.2)
    raise AssertionError("the job did not end")


def test_scenario_without_a_satellite_drops_it_and_names_the_cause(service):
    client, plan = service
    job = order(client, "no terra", {"without": ["terra"]}, base=plan.plan_id)

    found = client.get(job["result"]["url"]).json()

    comparison = found["comparison"]
    dropped = [each for each in comparison["changes"] if each["kind"] == "dropped"]
    assert {each["satellite_id"] for each in dropped} == {"terra"}
    assert {each["cause"] for each in dropped} == {"satellite_removed"}
    assert comparison["is_stored_base"]
    assert comparison["old_plan_id"] == plan.plan_id
    assert comparison["value"]["change"] < 0


def test_plan_of_a_scenario_is_hidden_until_it_is_promoted(service):
    """Bite: without the filter in the store the scenario is the station's newest plan."""
    client, _ = service
    before = [each["plan_id"] for each in client.get("/v1/plans").json()["plans"]]
    job = order(client, "dear aqua", {"priorities": {"aqua": 9}}, **DAY)
    name, plan_id = job["result"]["scenario_id"], job["result"]["plan_id"]
    hidden = [each["plan_id"] for each in client.get("/v1/plans").json()["plans"]]

    promoted = client.post(f"/v1/scenarios/{name}/promote")
    again = client.post(f"/v1/scenarios/{name}/promote")

    assert hidden == before
    assert plan_id not in before
    assert promoted.status_code == 200
    assert again.status_code == 422
    assert client.get("/v1/plans").json()["plans"][0]["plan_id"] == plan_id


def test_scenario_with_an_antenna_that_does_not_exist_cannot_be_promoted(service):
    client, plan = service
    changes = {"second_antenna": ["kaznu/antenna-1"], "lower_mask_deg": 1.0}
    order(client, "twin", changes, base=plan.plan_id)

    found = client.get("/v1/scenarios/twin").json()
    refused = client.post("/v1/scenarios/twin/promote")

    assert found["comparison"]["value"]["change"] > 0
    assert refused.status_code == 422
    assert "does not have" in refused.json()["detail"]


def test_removed_scenario_takes_its_plan_along(service):
    client, plan = service
    span = {"antenna": "kaznu/antenna-1", "start": "2026-09-06T12:00Z", "end": "2026-09-06T14:00Z"}
    job = order(client, "morning off", {"outages": [span]}, base=plan.plan_id)
    plan_id = job["result"]["plan_id"]
    assert client.get(f"/v1/plans/{plan_id}").status_code == 200

    assert client.delete("/v1/scenarios/morning off").status_code == 204
    assert client.get(f"/v1/plans/{plan_id}").status_code == 404


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "nothing is changed"),
        ({"without": ["nobody"]}, "nobody"),
        ({"second_antenna": ["kaznu/x"]}, "not planned"),
        ({"outages": [{"antenna": "kaznu/antenna-1", "start": "x", "end": "y"}]}, "start"),
        ({"priorities": {"terra": -1}}, "negative"),
    ],
)
def test_change_that_means_nothing_is_refused(service, changes, said):
    client, _ = service
    answer = client.post("/v1/scenarios", json={"name": "bad", "changes": changes, **DAY})

    assert answer.status_code in (404, 422)
    assert said in answer.text
