"""Problems that people bring, and stored plans exported, replayed and compared."""

import json
import subprocess
import sys

from tests.app.api.test_resources import START, wait_for


def make_stored_plan(client, **order):
    words = {"start": START, "days": 0.5, "satellite": ["terra", "aqua", "aura"]} | order
    accepted = client.post("/v1/plans", json=words)
    return wait_for(client, accepted.headers["location"])["result"]["plan_id"]


def test_a_stored_plan_is_exported_and_solved_again_to_the_same_contacts(client, tmp_path):
    plan_id = make_stored_plan(client)
    plan = client.get(f"/v1/plans/{plan_id}").json()
    problem = client.get(f"/v1/plans/{plan_id}/problem").json()
    accepted = client.post("/v1/problems/solve", json={"problem": problem, "time_limit": 30})
    job = wait_for(client, accepted.headers["location"])
    solution = job["result"]["solution"]
    listed = client.get("/v1/jobs").json()["jobs"][0]

    assert accepted.status_code == 202
    assert abs(solution["value"] - plan["objective"]) < 1e-6
    assert len(solution["contacts"]) == len(plan["contacts"]) > 2
    assert solution["violations"] == []
    assert "solution" not in listed["result"]

    (tmp_path / "problem.json").write_text(json.dumps(problem))
    words = ("solve", "problem.json", "--solver", "greedy", "--output", "solution.json")
    done = subprocess.run(
        [sys.executable, "-c", "from app.cli import main; main()", *words],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": "."},
    )
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "solution.json").read_text())["value"] <= plan["objective"] + 1e-6


def test_a_problem_that_cannot_be_read_is_refused_at_once_with_its_faults(client):
    for problem in ({}, {"antennas": 7}, {"nonsense": []}):
        response = client.post("/v1/problems/solve", json={"problem": problem})

        assert response.status_code == 422
        assert response.json()["field"] == "problem"
    unknown = client.post("/v1/problems/solve", json={"problem": {}, "solver": "magic"})
    assert unknown.json()["field"] == "solver"


def test_two_plans_are_compared(client):
    old, new = make_stored_plan(client), make_stored_plan(client, satellite=["terra", "aqua"])
    diff = client.get(f"/v1/plans/{old}/diff/{new}", params={"limit": 2}).json()

    assert sum(diff["counts"].values()) == diff["total"] > 2
    assert len(diff["changes"]) == 2
    assert diff["counts"]["dropped"] > 0
    assert client.get(f"/v1/plans/{old}/diff/unknown").status_code == 404
    assert client.get("/v1/plans/unknown/problem").status_code == 404
