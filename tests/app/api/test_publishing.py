"""Plans over HTTP: what publishing would change, their states and history, what an owner sees."""

import pytest

from app.access import make_key
from app.services.planning import PlanQuery, compute_plan
from app.services.prediction import PassQuery

SATELLITES = ("kazeosat-1", "terra", "gaofen-6")


def make_plan(application, satellites=SATELLITES):
    query = PlanQuery(
        PassQuery(satellites=satellites, start="2026-09-06T14:00:00Z", days=0.5),
        solver="greedy",
        time_limit_s=20.0,
    )
    made = compute_plan(application.planning.prepare(query), lambda done, text: None)
    application.planning.keep(made)
    return made


@pytest.fixture
def application(client):
    return client.app.state.application


def post(client, plan_id, verb="publish", **order):
    return client.post(f"/v1/plans/{plan_id}/{verb}", json=order)


def test_a_dry_run_says_what_publishing_then_does(client, application):
    # Bite: a dry run that books leaves nothing to add for the second request.
    plan = make_plan(application)

    trial = post(client, plan.plan_id, dry_run=True).json()
    booked_before = client.get("/v1/contacts").json()["total"]
    done = post(client, plan.plan_id, why="week 37").json()

    assert (trial["state"], done["state"], booked_before) == ("draft", "published", 0)
    assert trial["changes"] == done["changes"]
    assert {change["cause"] for change in done["changes"]} == {"not_booked_before"}
    assert len(done["booked"]) == len(plan.contacts)


def test_the_history_of_a_plan_tells_who_published_replaced_and_withdrew_it(client, application):
    first, second = make_plan(application), make_plan(application, ("kazeosat-1",))
    post(client, first.plan_id, why="week 37")
    released = post(client, second.plan_id).json()["released"]

    taken_back = post(client, second.plan_id, "withdraw", why="wrong week").json()
    again = post(client, second.plan_id)
    states = {p["plan_id"]: p["state"] for p in client.get("/v1/plans").json()["plans"]}
    history = client.get(f"/v1/plans/{first.plan_id}/history").json()

    assert released
    assert (taken_back["was"], len(taken_back["released"])) == ("published", len(second.contacts))
    assert again.status_code == 409
    assert states == {first.plan_id: "superseded", second.plan_id: "withdrawn"}
    assert [event["verb"] for event in history["events"]] == ["publish", "supersede"]
    assert "week 37" in history["events"][0]["why"]


def test_blocked_time_is_left_out_of_a_publication_and_of_the_next_plan(client, application):
    plan = make_plan(application)
    contact = plan.contacts[0]
    block = {
        "station": "kaznu",
        "antenna": "antenna-1",
        "start": client.get(f"/v1/plans/{plan.plan_id}").json()["contacts"][0]["start_utc"],
        "end": "2026-09-06T20:00:00Z",
    }
    client.post("/v1/blocks", json=block)

    done = post(client, plan.plan_id).json()
    next_plan = make_plan(application)

    assert "meets_blocked_span" in {each["reason"] for each in done["refused"]}
    assert len(done["booked"]) + len(done["refused"]) == len(plan.contacts)
    assert all(each.start_unix_s != contact.start_unix_s for each in next_plan.contacts)
    assert {each.reason for each in next_plan.not_taken} >= {"in_downtime"}


@pytest.fixture
def ask(client, application):
    keys = {}
    for name, role, owner in (
        ("kz", "scheduler", "kaznu"),
        ("cn", "viewer", "hainan"),
        ("desk", "scheduler", ""),
    ):
        keys[name], kept = make_key(
            name, role, owner, now_utc=application.clock(), expires_utc=None
        )
        application.store.api_keys.add(kept, who="test")

    def ask(name, method, path, **more):
        headers = {"Authorization": f"Bearer {keys[name]}"} if name else {}
        return client.request(method, path, headers=headers, **more)

    return ask


def test_an_owner_reads_its_own_part_of_a_plan_and_when_the_antenna_is_taken(application, ask):
    # Bite: get_plan without view_plan shows every satellite to everybody.
    plan = make_plan(application)
    owner_of = {each.id: each.owner for each in application.configuration.satellites}
    path = f"/v1/plans/{plan.plan_id}"

    everything, own = (ask(name, "GET", path).json() for name in ("desk", "kz"))
    stranger = ask("cn", "GET", path)

    assert len(everything["contacts"]) == len(plan.contacts)
    assert {owner_of[each["satellite_id"]] for each in own["contacts"]} == {"kaznu"}
    assert len(own["contacts"]) + len(own["taken"]) == len(plan.contacts)
    hidden = {each.contact_id for each in plan.contacts if each.owner != "kaznu"}
    assert not any(name in ask("kz", "GET", path).text for name in hidden)
    assert "kazeosat-1" not in stranger.text
    assert ask("cn", "GET", f"{path}/problem").status_code == 403
    assert ask(None, "GET", path).status_code == 401


def test_only_a_key_of_no_owner_publishes_or_withdraws_what_concerns_all(client, application, ask):
    """Bite: with SchedulerDep kaznu's key released contacts of others and read their satellites."""
    plan = make_plan(application)

    answers = [
        ask(name, "POST", f"/v1/plans/{plan.plan_id}/{verb}", json=order)
        for name in ("kz", "desk")
        for verb, order in (("publish", {"dry_run": True}), ("publish", {}), ("withdraw", {}))
    ]

    assert [each.status_code for each in answers] == [403, 403, 403, 200, 200, 200]
    assert "bound to kaznu" in answers[0].json()["detail"]


def test_an_emergency_needs_the_configured_role_and_owner_and_tells_the_loser(
    client, application, ask
):
    offer = ask("desk", "GET", "/v1/available-passes?satellite=kazeosat-1&days=1").json()
    token = {"token": offer["available"][0]["token"]}
    lost = ask("kz", "POST", "/v1/contacts", json=token).json()
    emergency = token | {"emergency": "flood in Atyrau"}

    refused = [ask(name, "POST", "/v1/contacts", json=emergency) for name in ("kz", "desk")]
    key, kept = make_key("chief", "admin", "", now_utc=application.clock(), expires_utc=None)
    application.store.api_keys.add(kept, who="test")
    headers = {"Authorization": f"Bearer {key}"}
    won = client.post("/v1/contacts", json=emergency, headers=headers)

    assert [answer.status_code for answer in refused] == [403, 403]
    assert "preempt_role" in refused[0].json()["detail"]
    assert won.status_code == 201
    assert won.json()["preempted"] == [lost["reservation_id"]]
    (notice,) = ask("kz", "GET", "/v1/notices").json()["entries"]
    assert (notice["subject"], notice["detail"]["why"]) == (
        lost["reservation_id"],
        "flood in Atyrau",
    )
    assert ask("cn", "GET", "/v1/notices").json()["total"] == 0
    log = client.get("/v1/audit?action=contact.preempt", headers=headers).json()
    assert [(each["who"], each["subject"]) for each in log["entries"]] == [
        ("chief", lost["reservation_id"])
    ]
