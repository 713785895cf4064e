"""Orders with goals, pins, forbids and the plan they replace."""

from tests.app.api.test_resources import START, wait_for

WISH = {"id": "x", "satellites": ["terra"], "contacts": 1}
ORDER = {"start": START, "days": 1, "satellite": ["terra", "aqua"], "solver": "greedy"}


def make(client, **changes):
    accepted = client.post("/v1/plans", json=ORDER | changes)
    assert accepted.status_code == 202, accepted.text
    job = wait_for(client, accepted.headers["location"])
    return job if job["state"] == "failed" else client.get(job["result"]["url"]).json()


def test_a_forbidden_pass_is_left_out_with_that_reason_and_the_rest_stays(client):
    free = make(client)
    unwanted = free["contacts"][0]["pass_id"]
    plan = make(client, forbids=[unwanted], previous=free["plan_id"])
    reasons = {loser["pass_id"]: loser["reason"] for loser in plan["not_taken"]}

    assert reasons[unwanted] == "forbidden"
    assert len(plan["contacts"]) == len(free["contacts"]) - 1


def test_a_pinned_pass_is_taken_though_another_satellite_is_worth_more(client):
    names = ["kazeosat-1", "terra", "aqua", "noaa-20", "sentinel-1a", "gaofen-1"]
    free = make(client, satellite=names)
    loser = next(each for each in free["not_taken"] if each["reason"] == "beaten_by")
    plan = make(client, satellite=names, pins=[loser["pass_id"]])

    assert loser["pass_id"] in {contact["pass_id"] for contact in plan["contacts"]}


def test_a_pin_that_names_nothing_fails_the_job_with_the_name(client):
    job = make(client, pins=["kaznu.terra.20200101T000000Z.00000000"])

    assert job["error"]["reason"] == "bad_input"
    assert "20200101T000000Z" in job["error"]["detail"]


def test_demands_that_contradict_each_other_fail_the_job_with_both_sides_of_each(client):
    # Bite: the job succeeded with a plan of no contacts, which could be published.
    free = make(client)
    one, other = free["contacts"][:2]
    names = [one["contact_id"], other["contact_id"]]
    job = make(client, pins=names, forbids=names)
    plans = client.get("/v1/plans").json()

    assert job["error"]["reason"] == "bad_input"
    for each in (one, other):
        assert f"pinned {each['contact_id'].split('@')[0]}" in job["error"]["detail"]
    assert job["error"]["detail"].count("may not be taken: forbidden") == 2
    assert [plan["status"] for plan in plans["plans"]].count("infeasible") == 0


def test_a_request_is_reported_with_what_it_asked_and_got(client):
    wish = {"id": "many", "satellites": ["terra"], "contacts": 50}
    goals = make(client, requests=[wish])["provenance"]["goals"]

    assert goals[0]["request_id"] == "many"
    assert goals[0]["asked"] == 50
    assert goals[0]["shortfall"] > 0
    assert goals[0]["reason"] == "no_window"


def test_a_request_may_name_its_satellite_by_catalogue_number(client):
    # Bite: compared as it stands (without `satellites=named`), it counts no contact.
    wish = {"id": "some", "satellites": ["25994"], "contacts": 1}
    goals = make(client, requests=[wish])["provenance"]["goals"]

    assert goals[0]["given"] >= 1
    assert goals[0]["reason"] == ""


def test_bad_requests_and_unknown_plans_are_refused_at_once(client):
    for changes, status, field in (
        ({"requests": [{"id": "x", "satellites": ["terra"]}]}, 422, "requests"),
        ({"requests": [{"nonsense": 1}]}, 422, "requests"),
        ({"requests": [{"id": "x", "satellites": ["no-such"], "contacts": 1}]}, 404, "satellite"),
        ({"requests": [WISH, WISH]}, 422, "requests"),
        ({"requests": [WISH | {"owner": "nobdy"}]}, 404, "owner"),
        ({"previous": "no-such"}, 404, "plan_id"),
        ({"freeze": -1}, 422, None),
    ):
        answer = client.post("/v1/plans", json=ORDER | changes)

        assert answer.status_code == status, answer.text
        assert field is None or answer.json()["field"] == field
