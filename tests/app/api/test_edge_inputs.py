"""Every parameter of every operation takes 17 edge inputs without a 5xx, on both databases."""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from fastapi import FastAPI
from starlette.testclient import TestClient

from app.api.errors import add_error_handlers
from app.services.planning import PlanQuery, compute_plan
from app.services.prediction import PassQuery
from tests.app.api.edge_inputs import EDGES, find_faults, list_probes

STRIDE = int(os.environ.get("EDGE_STRIDE", "11"))  # each so many probes; 1 sends all


BLOCK = ("station", "antenna", "start", "end")
SPAN = {"start": "2026-09-06T13:00:00Z", "days": 0.1}
SMALL = {"station": "kaznu", "satellite": "kazeosat-1", **SPAN}
SMALL_PLAN = {"station": ["kaznu"], "satellite": ["kazeosat-1"], **SPAN}
GOOD = {
    "station_id": "kaznu", "satellite_id": "kazeosat-1", "station": "kaznu", "month": "2026-08",
    "antenna": "antenna-1", "start": "2026-09-20T00:00:00Z", "end": "2026-09-20T01:00:00Z",
    "name": "edge", "format": "csv", "role": "viewer", "why": "edge", "text": "edge",
    "kind": "block", "changes": {}, "problem": {}, "verb": "prepare", "url": "https://example.org/hook",
    "state": "disabled", "source": "celestrak", "job_id": "job-0", "scenario_id": "scenario-0",
    "token": "edge", "key_id": "key-0", "feed_id": "feed-0", "webhook_id": "webhook-0",
    "/v1/passes": SMALL, "/v1/available-passes": SMALL,
    "/v1/plans": SMALL_PLAN, "/v1/scenarios": SMALL_PLAN,
}  # fmt: skip


def find_known(client):
    """Make a key, a booking, a block and a plan; give good values for all that is required."""
    made = client.post("/v1/keys", json={"name": "edge", "role": "admin"}).json()
    client.headers["Authorization"] = f"Bearer {made['key']}"
    offer = client.get("/v1/available-passes", params={**SMALL, "days": 1}).json()["available"][-1]
    booked = client.post("/v1/contacts", json={"token": offer["token"]}).json()
    block = client.post("/v1/blocks", json={name: GOOD[name] for name in BLOCK}).json()
    planning = client.app.state.application.planning
    query = PlanQuery(PassQuery(("kaznu",), ("kazeosat-1",), start=SPAN["start"], days=1))
    plan = compute_plan(planning.prepare(replace(query, solver="greedy")), lambda done, text: None)
    planning.keep(plan)
    sets = client.get("/v1/satellites/kazeosat-1/element-sets").json()["element_sets"]
    return GOOD | {
        "contact_id": booked["reservation_id"], "block_id": block["reservation_id"],
        "pass_id": offer["contact"]["pass_id"], "element_set_id": sets[0]["element_set_id"],
        "plan_id": plan.plan_id, "new_plan_id": plan.plan_id,
        "digest": booked["configuration_digest"],
    }  # fmt: skip


def test_no_edge_input_is_answered_with_5xx(database_url, make_client):
    """Bite: test_a_planted_overflow_is_found."""
    client = make_client(database_url, waiting_jobs_limit=1, satellite_days_limit=10)
    known = find_known(client)
    probes = list(list_probes(client.get("/openapi.json").json(), known))

    answers, faults = find_faults(client, probes[::STRIDE])

    assert faults == []
    assert len(probes) > 200 * len(EDGES)
    assert answers.total() == len(probes[::STRIDE])
    assert answers[200] + answers[201] > answers.total() / 50  # what is odd and yet allowed
    assert 401 not in answers


def test_a_planted_overflow_is_found():
    app = FastAPI()
    add_error_handlers(app)

    @app.get("/end")
    def add_days(days: float = 1.0) -> str:
        return str(datetime(2026, 9, 6, tzinfo=UTC) + timedelta(days=days))

    with TestClient(app, raise_server_exceptions=False) as client:
        probes = list(list_probes(client.get("/openapi.json").json(), {}))
        answers, faults = find_faults(client, probes)

    assert answers.total() == len(EDGES) == 17
    assert any("days = 1000000000" in fault for fault in faults)
    assert any("days = nan" in fault for fault in faults)
