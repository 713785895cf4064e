"""Who sees what on the pages: nobody without a key, an owner its own, everybody after signing in.

Bite: reading the plan of a page past ``Visit.read_plan`` shows contacts to nobody's eyes.
"""

from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient

from app.access import make_key
from app.application import open_application
from app.main import create_app
from app.services.planning import PlanQuery, compute_plan
from app.services.prediction import PassQuery
from app.settings import Settings

NOW = datetime(2026, 9, 6, 15, tzinfo=UTC)
ROWS = '<th scope="row" class="name"><a href="/?'


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """Give a service with a plan, the keys of an operator and of a partner, and its URL."""
    url = f"sqlite:///{tmp_path_factory.mktemp('visitors') / 'a.sqlite3'}"
    settings = Settings(database_url=url, first_plan_days=0)
    application = open_application(settings, clock=lambda: NOW)
    task = application.planning.prepare(PlanQuery(PassQuery(days=0.5), solver="greedy"))
    application.planning.keep(compute_plan(task, lambda done, text: None))
    keys = {}
    for name, role, owner in (
        ("desk", "operator", ""),
        ("chief", "admin", ""),
        ("partner", "viewer", "turkiye"),
        ("rival", "viewer", "kaznu"),
    ):
        keys[name], kept = make_key(name, role, owner, now_utc=NOW, expires_utc=None)
        application.store.api_keys.add(kept, who="test")
    with TestClient(create_app(application), base_url="http://127.0.0.1") as client:
        yield client, keys
    application.store.close()


def sign_in(client, key):
    client.cookies.clear()
    return client.post("/sign-in", data={"key": key}, follow_redirects=False)


def test_nobody_sees_contacts_without_a_key(service):
    client, _ = service
    client.cookies.clear()
    page = client.get("/?lang=en").text

    assert ROWS not in page
    assert "for those who sign in" in page
    assert "for those who sign in" in client.get("/plan?lang=en").text


def test_a_key_signs_in_by_a_cookie_that_scripts_cannot_read(service):
    client, keys = service
    answer = sign_in(client, keys["desk"])
    cookie = answer.headers["set-cookie"].lower()

    assert answer.status_code == 303
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert ROWS in client.get("/?lang=en").text


def test_a_wrong_key_is_refused_and_sets_no_cookie(service):
    client, _ = service
    answer = sign_in(client, "aspan_wrong")

    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
    assert "not valid" in client.get("/sign-in?lang=en").text or "not valid" in answer.text


def test_a_partner_sees_its_own_satellites_only(service):
    client, keys = service
    sign_in(client, keys["desk"])
    everybody = client.get("/?lang=en").text.count(ROWS)
    sign_in(client, keys["partner"])
    own = client.get("/?lang=en").text

    assert 0 < own.count(ROWS) < everybody
    assert "Al-Farabi Kazakh National University</td>" not in own


def test_signing_out_forgets_the_key(service):
    client, keys = service
    sign_in(client, keys["desk"])
    client.post("/sign-out", follow_redirects=False)

    assert ROWS not in client.get("/?lang=en").text


def test_a_stranger_s_page_cannot_sign_anybody_in(service):
    client, keys = service
    client.cookies.clear()
    answer = client.post(
        "/sign-in", data={"key": keys["desk"]}, headers={"Origin": "http://evil.example"}
    )

    assert answer.status_code == 403


def test_an_owner_reads_which_contact_it_lost_to_an_emergency_and_others_do_not(service):
    """Bite: with all cancelled contacts listed the first page tells of the one given back too."""
    client, keys = service
    client.cookies.clear()
    headers = {"Authorization": f"Bearer {keys['chief']}"}
    path = "/v1/available-passes?satellite=gokturk-1&days=1"
    free = client.get(path, headers=headers).json()["available"]
    orders = [{"token": each["token"]} for each in free[:2]]
    booked = [client.post("/v1/contacts", json=order, headers=headers).json() for order in orders]
    back = f"/v1/contacts/{booked[1]['reservation_id']}/cancel"

    assert client.post(back, json={}, headers=headers).status_code == 200
    emergency = orders[0] | {"emergency": "flood"}
    assert client.post("/v1/contacts", json=emergency, headers=headers).status_code == 201

    told = {}
    for name in ("partner", "rival", "desk"):
        sign_in(client, keys[name])
        told[name] = client.get("/?lang=en").text.count("lost to an emergency: ")
    client.cookies.clear()
    told["nobody"] = client.get("/?lang=en").text.count("lost to an emergency: ")

    assert told == {"partner": 1, "rival": 0, "desk": 1, "nobody": 0}
