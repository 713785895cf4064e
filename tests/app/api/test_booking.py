"""Booking single passes over HTTP, on the starter elements of 2026-09-06."""

from datetime import datetime, timedelta

import pytest

from app.access import make_key
from tests.app.builders import make_contact
from tests.app.conftest import NOW_UTC

SPAN = {"satellite": "kazeosat-1", "start": "2026-09-06T13:00:00Z", "days": 1}


def read_utc(text):
    return datetime.fromisoformat(text)


@pytest.fixture
def offers(client):
    return client.get("/v1/available-passes", params=SPAN).json()["available"]


RESERVED = ("reserved_start_utc", "reserved_end_utc")


def drop_reserved(contact):
    return {name: value for name, value in contact.items() if name not in RESERVED}


def test_an_offered_pass_is_booked_as_offered_with_reserved_time_widened_by_its_bound(
    client, offers
):
    # Bite: with widen_s left at 0 in the draft the reserved window is the offered one.
    answer = client.post("/v1/contacts", json={"token": offers[0]["token"], "why": "campaign"})
    booked = answer.json()

    assert answer.status_code == 201
    offered = offers[0]["contact"]
    assert drop_reserved(booked["contact"]) == drop_reserved(offered)
    earlier, later = (
        abs(read_utc(booked[name]) - read_utc(offered[name])).total_seconds() for name in RESERVED
    )
    bound_s = min(60.0, offered["timing_bound95_s"])
    assert earlier == pytest.approx(bound_s, abs=0.002)
    assert later == pytest.approx(bound_s, abs=0.002)
    assert booked["state"] == "reserved"
    assert booked.pop("preempted") == []
    assert client.get(answer.headers["Location"]).json() == booked


def test_losing_the_race_names_the_winner_and_the_nearest_pass_still_free(client, offers):
    # Bite: without `others` in the problem document the first assertion after 409 fails.
    first = client.post("/v1/contacts", json={"token": offers[1]["token"]}).json()

    lost = client.post("/v1/contacts", json={"token": offers[1]["token"]})
    problem = lost.json()

    assert lost.status_code == 409
    assert problem["type"] == "urn:aspan:problem:overlap"
    assert problem["others"][0]["reservation_id"] == first["reservation_id"]
    alternative = problem["alternative"]
    assert alternative["contact"]["pass_id"] != offers[1]["contact"]["pass_id"]
    assert client.post("/v1/contacts", json={"token": alternative["token"]}).status_code == 201


def test_a_repeated_request_with_its_key_books_once(client, offers):
    headers = {"Idempotency-Key": "desk-7-2026-09-06"}
    order = {"token": offers[0]["token"]}

    first = client.post("/v1/contacts", json=order, headers=headers)
    second = client.post("/v1/contacts", json=order, headers=headers)
    other = client.post("/v1/contacts", json={"token": offers[1]["token"]}, headers=headers)

    assert (first.status_code, second.status_code, other.status_code) == (201, 200, 422)
    assert first.json() == second.json()
    assert client.get("/v1/contacts").json()["total"] == 1


def test_a_request_repeated_after_its_token_expired_still_gets_its_contact(make_client):
    """Bite: with the token read first the answer is 422, and nobody knows of the contact."""
    now = [NOW_UTC]
    client = make_client(clock=lambda: now[0])
    offer = client.get("/v1/available-passes", params=SPAN).json()["available"][-1]
    order, headers = {"token": offer["token"]}, {"Idempotency-Key": "lost answer"}
    first = client.post("/v1/contacts", json=order, headers=headers)

    now[0] += timedelta(hours=1)
    again = client.post("/v1/contacts", json=order, headers=headers)

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["reservation_id"] == first.json()["reservation_id"]
    assert client.post("/v1/contacts", json=order).status_code == 422


def test_who_lost_a_race_hears_so_although_no_alternative_can_be_sought(client):
    """Bite: the search's own error, satellite not configured, was the answer: 404."""
    application = client.app.state.application
    lost = make_contact(5.0)  # of a satellite that has left the configuration
    token = application.contacts.offer([lost])[0].token
    assert client.post("/v1/contacts", json={"token": token}).status_code == 201

    answer = client.post("/v1/contacts", json={"token": token})

    assert answer.status_code == 409
    assert answer.json()["alternative"] is None


def test_a_booked_pass_is_offered_no_more(client, offers):
    client.post("/v1/contacts", json={"token": offers[0]["token"]})

    left = client.get("/v1/available-passes", params=SPAN).json()["available"]

    assert [each["contact"] for each in left] == [each["contact"] for each in offers[1:]]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda token: token[:-1] + ("B" if token.endswith("A") else "A"),
        lambda token: "x" + token,
        lambda token: "short",
    ],
)
def test_a_token_that_is_not_ours_is_refused(client, offers, spoil):
    answer = client.post("/v1/contacts", json={"token": spoil(offers[0]["token"])})

    assert answer.status_code == 422
    assert answer.json()["field"] == "token"


def test_a_contact_moves_to_another_offered_pass_and_can_be_pinned(client, offers):
    booked = client.post("/v1/contacts", json={"token": offers[0]["token"]}).json()
    place = f"/v1/contacts/{booked['reservation_id']}"

    moved = client.post(f"{place}/move", json={"token": offers[2]["token"], "version": 1}).json()
    stale = client.post(f"{place}/move", json={"token": offers[1]["token"], "version": 1})
    pinned = client.post(f"{place}/pin", json={"pinned": True}).json()
    events = client.get(f"{place}/events").json()["events"]

    assert drop_reserved(moved["contact"]) == drop_reserved(offers[2]["contact"])
    assert stale.status_code == 409
    assert pinned["pinned"] is True
    assert [event["verb"] for event in events] == ["reserve", "move", "pin"]


def test_another_owner_sees_that_the_antenna_is_taken_but_not_by_whom(client, offers):
    # Bite: describe() without the check of the owner shows the satellite.
    booked = client.post("/v1/contacts", json={"token": offers[0]["token"]}).json()
    application = client.app.state.application
    keys = {}
    for owner in ("kaznu", "hainan"):
        keys[owner], kept = make_key(
            owner, "operator", owner, now_utc=application.clock(), expires_utc=None
        )
        application.store.api_keys.add(kept, who="test")

    def ask(owner, method, path, **more):
        headers = {"Authorization": f"Bearer {keys[owner]}"}
        return client.request(method, path, headers=headers, **more)

    place = f"/v1/contacts/{booked['reservation_id']}"
    own, other = ask("kaznu", "GET", place).json(), ask("hainan", "GET", place).json()
    token = {"token": offers[0]["token"]}
    span = {"start": booked["reserved_start_utc"], "end": booked["reserved_end_utc"]}
    block = {"station": "kaznu", "antenna": "antenna-1"} | span

    assert own["contact"]["satellite_id"] == "kazeosat-1"
    assert other["contact"] is None
    assert other["owner"] is None
    assert other["reserved_start_utc"] == booked["reserved_start_utc"]
    assert ask("hainan", "GET", f"{place}/events").status_code == 403
    assert ask("hainan", "POST", f"{place}/cancel", json={}).status_code == 403
    assert ask("hainan", "POST", "/v1/contacts", json=token).status_code == 403
    refused = ask("hainan", "POST", "/v1/blocks", json=block)
    assert refused.status_code == 409
    assert "kazeosat-1" not in refused.text
    assert booked["reservation_id"] not in refused.text
    assert ask("hainan", "GET", "/v1/available-passes", params=SPAN).json()["total"] == 0
