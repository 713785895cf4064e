"""Reports, availability and lockouts over HTTP."""

from datetime import timedelta

import pytest

from app.access import make_key
from app.store.reservation_rows import draft_of
from tests.app.builders import make_contact
from tests.app.conftest import NOW_UTC

LATER = NOW_UTC + timedelta(days=1)


def book(client, *contacts):
    booked = client.app.state.application.store.reservations.book(
        [draft_of(each) for each in contacts],
        who="dana",
        why="",
        now_utc=NOW_UTC,
        gap_rule=lambda first, second: 0.0,
    )
    in_time = sorted(booked, key=lambda each: each.reserved_start_utc)
    return [each.reservation_id for each in in_time]


@pytest.fixture
def client(make_client):
    return make_client(clock=lambda: LATER)


def test_a_contact_is_reported_and_read(client):
    (name,) = book(client, make_contact())
    told = {
        "state": "completed",
        "actual_start": "2026-09-06T12:00:01Z",
        "actual_stop": "2026-09-06T12:09:59Z",
        "received_bytes": 2**40,
        "received_frames": 1000,
        "lost_frames": 3,
        "quality": 0.997,
        "data_outcome": "received",
    }

    answer = client.post(f"/v1/contacts/{name}/execution", json=told)
    read = client.get(f"/v1/contacts/{name}/execution").json()

    assert answer.status_code == 200
    assert answer.json() == read
    assert (read["received_bytes"], read["lost_frames"], read["quality"]) == (2**40, 3, 0.997)
    assert read["actual_stop_utc"] == "2026-09-06T12:09:59.000Z"
    assert client.get(f"/v1/contacts/{name}").json()["state"] == "completed"


def test_what_nobody_reported_is_an_empty_record(client):
    (name,) = book(client, make_contact())

    read = client.get(f"/v1/contacts/{name}/execution").json()

    assert (read["version"], read["data_outcome"], read["received_bytes"]) == (0, "unknown", None)


def test_a_table_is_taken_whole_or_refused_with_its_line(client):
    first, second = book(client, make_contact(0), make_contact(2))
    rows = f"contact_id,state,cause\n{first},completed,\n{second},failed,weather\n"

    refused = client.post("/v1/executions", json={"text": rows.replace("weather", "gremlins")})
    taken = client.post("/v1/executions", json={"text": rows})
    availability = client.get("/v1/availability", params={"by": "cause"}).json()["availability"]

    assert (refused.status_code, refused.json()["field"]) == (422, "cause")
    assert taken.json() == {"kept": 2, "contact_ids": sorted([first, second])}
    assert [(each["key"], each["availability"]) for each in availability] == [
        ("nothing_lost", 1.0),
        ("weather", 0.0),
    ]


def test_an_end_that_is_final_is_a_conflict(client):
    (name,) = book(client, make_contact())
    client.post(f"/v1/contacts/{name}/execution", json={"state": "failed", "cause": "power"})

    again = client.post(f"/v1/contacts/{name}/execution", json={"state": "completed"})

    assert again.status_code == 409


def test_an_owner_reports_and_sees_its_own_contacts_alone(client):
    # Bite: without may_touch a table of one owner changes the contacts of another.
    mine, other = book(client, make_contact(0), make_contact(2, owner="nwpu"))
    key, kept = make_key("desk", "operator", "kaznu", now_utc=NOW_UTC, expires_utc=None)
    client.app.state.application.store.api_keys.add(kept, who="test")
    client.headers["Authorization"] = f"Bearer {key}"

    def upload(name):
        table = f"contact_id,state\n{name},completed\n"
        return client.post("/v1/executions", json={"text": table}).status_code

    assert (upload(mine), upload(other)) == (200, 404)
    assert client.get(f"/v1/contacts/{other}/execution").status_code == 403
    assert client.post(f"/v1/contacts/{other}/execution", json={"note": "x"}).status_code == 403
    found = client.get("/v1/availability", params={"by": "owner"}).json()["availability"]
    assert [each["key"] for each in found] == ["kaznu"]


def test_reported_aos_are_checked_against_their_bound(client):
    names = book(client, *(make_contact(at, timing_bound95_s=1.0) for at in range(0, 20, 2)))
    rows = "\n".join(f"{name},2026-09-06T{12 + at:02d}:00:30Z" for name, at in zip(
        names, range(0, 20, 2), strict=True) if at < 12)  # fmt: skip

    client.post("/v1/executions", json={"text": f"contact_id,actual_aos\n{rows}\n"})
    (check,) = client.get("/v1/executions/timing").json()["checks"]

    assert (check["count"], check["outside"], check["verdict"]) == (6, 6, "bound_too_small")
    assert check["mean_s"] == pytest.approx(30.0, abs=0.1)


def test_an_antenna_is_locked_and_released(client):
    order = {"station": "kaznu", "antenna": "antenna-1", "why": "people at the dish"}

    locked = client.post("/v1/lockouts", json=order).json()
    (listed,) = client.get("/v1/lockouts").json()["lockouts"]
    client.post("/v1/lockouts/end", json=order)

    assert listed == locked
    assert (locked["locked_by"], locked["locked_why"]) == ("local", "people at the dish")
    assert client.get("/v1/lockouts").json()["lockouts"] == []
    assert client.post("/v1/lockouts", json=order | {"antenna": "x"}).status_code == 404


def test_a_character_that_no_database_keeps_is_bad_input(database_url, make_client):
    # Bite: on PostgreSQL a NUL was answered as if the database were away (503).
    client = make_client(database_url, clock=lambda: LATER)
    order = {"station": "kaznu", "antenna": "antenna-1", "why": "a\x00b"}

    locked = client.post("/v1/lockouts", json=order)
    read = client.get("/v1/contacts/a%00b")

    assert locked.status_code in (200, 422)  # SQLite keeps it
    assert read.status_code in (404, 422)
