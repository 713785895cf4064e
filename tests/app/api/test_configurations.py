"""The configuration that a contact was booked under, read over HTTP."""

import hashlib
import json
from pathlib import Path

import pytest

from app.access import make_key
from tests.app.api.test_publishing import make_plan
from tests.app.conftest import NOW_UTC

SPAN = {"satellite": "kazeosat-1", "start": "2026-09-06T13:00:00Z", "days": 2}
ROOT = Path(__file__).parents[3]


def sha256(data):
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def start(database_url, make_client, tmp_path):
    """Give a function that writes stations.toml with a setup time and starts a service on it."""

    def start_with(setup_s):
        text = (ROOT / "stations.toml").read_text(encoding="utf-8")
        changed = text.replace("setup_s = 120.0", f"setup_s = {setup_s:.1f}")
        (tmp_path / "stations.toml").write_text(changed, encoding="utf-8", newline="\r\n")
        return make_client(database_url, stations=tmp_path / "stations.toml")

    return start_with


def list_offers(client, **more):
    return client.get("/v1/available-passes", params=SPAN | more).json()["available"]


def book(client, offer):
    return client.post("/v1/contacts", json={"token": offer["token"]}).json()


def read_configuration(client, contact):
    answer = client.get(f"/v1/configurations/{contact['configuration_digest']}")
    assert answer.status_code == 200
    return answer.json()


def test_each_contact_leads_to_the_files_that_it_was_booked_under(start, tmp_path):
    """Bite: with the files now in force answered for every digest the first is wrong."""
    before = start(120)
    first, moved = (book(before, offer) for offer in list_offers(before)[:2])
    old_bytes = (tmp_path / "stations.toml").read_bytes()
    client = start(150)
    second = book(client, list_offers(client)[0])
    (again, *_) = list_offers(client, moving=moved["reservation_id"])
    order = {"token": again["token"]}
    moved = client.post(f"/v1/contacts/{moved['reservation_id']}/move", json=order).json()

    old, new = (read_configuration(client, each) for each in (first, second))

    now = client.get(f"/v1/contacts/{first['reservation_id']}").json()
    assert now["configuration_digest"] == first["configuration_digest"]
    assert moved["configuration_digest"] == second["configuration_digest"]
    assert old["stations_toml"].encode() == old_bytes
    assert new["stations_toml"].encode() == (tmp_path / "stations.toml").read_bytes()
    assert "setup_s = 120.0" in old["stations_toml"]
    assert "setup_s = 150.0" in new["stations_toml"]
    assert old["satellites_toml"] == (ROOT / "satellites.toml").read_text(encoding="utf-8")
    both = sha256(old_bytes) + sha256((ROOT / "satellites.toml").read_bytes())
    assert old["digest"] == first["configuration_digest"] == sha256(both.encode())
    elements = first["contact"]["element_set_id"]
    assert client.get(f"/v1/element-sets/{elements}").status_code == 200


def test_published_imported_and_extended_contacts_lead_to_it_too(start):
    # Bite: without configuration= in BookingRules.draft the digest is null and leads nowhere.
    before = start(120)
    contact = book(before, list_offers(before)[0])
    client = start(150)
    end = {"end": contact["contact"]["end_utc"]}
    extended = client.post(f"/v1/contacts/{contact['reservation_id']}/extend", json=end).json()
    offer = list_offers(client)[-1]["contact"]
    row = {"uid": "a", "satellite": "kazeosat-1", "station": "kaznu", "antenna": "antenna-1"}
    row |= {"start": offer["start_utc"], "end": offer["end_utc"]}
    imported = client.post(
        "/v1/imports", json={"kind": "contacts", "text": json.dumps([row])}
    ).json()
    plan = make_plan(client.app.state.application, ("terra", "gaofen-6"))
    published = client.post(f"/v1/plans/{plan.plan_id}/publish", json={}).json()

    booked = [extended["reservation_id"], imported["lines"][0]["reservation_id"]]
    booked += published["booked"]

    assert len(booked) > 3
    for name in booked:
        found = read_configuration(client, client.get(f"/v1/contacts/{name}").json())
        assert "setup_s = 150.0" in found["stations_toml"]


def test_who_is_bound_to_an_owner_reads_no_configuration(client):
    """Bite: with require("operator") in the route the bound key gets 200."""
    application = client.app.state.application
    digest = book(client, list_offers(client)[0])["configuration_digest"]
    answers = {}
    for owner in ("", "kaznu"):
        text, key = make_key("key", "operator", owner, now_utc=NOW_UTC, expires_utc=None)
        application.store.api_keys.add(key, who="test")
        headers = {"Authorization": f"Bearer {text}"}
        answers[owner] = client.get(f"/v1/configurations/{digest}", headers=headers)

    assert {owner: answer.status_code for owner, answer in answers.items()} == {
        "": 200,
        "kaznu": 403,
    }
    assert "bound to kaznu" in answers["kaznu"].json()["detail"]


def test_a_digest_without_text_is_said_with_the_reason(client):
    answer = client.get(f"/v1/configurations/{'0' * 64}")

    assert answer.status_code == 404
    assert "before schema revision 0014" in answer.json()["detail"]
    assert answer.json()["value"] == "0" * 64
