"""Exports, calendar feeds, events, webhooks and imports over HTTP."""

import csv
import io
import json
import threading
import time
from datetime import timedelta

import httpx2
import icalendar
import pytest
from anyio.from_thread import start_blocking_portal

from app.access import LOCAL, make_key
from app.application import open_application
from app.delivery.event_stream import stream_events
from app.log import configure_log
from app.main import create_app
from app.services.exports import ExportQuery
from app.store.reservation_rows import draft_of
from tests.app.api.test_fuzz import serve
from tests.app.builders import make_contact, make_plan
from tests.app.conftest import NOW_UTC, make_settings

ADMIN_KEY = "a" * 43


def book(client, contact):
    store = client.app.state.application.store
    (booked,) = store.reservations.book(
        [draft_of(contact)], who="x", why="", now_utc=NOW_UTC, gap_rule=lambda a, b: 0.0
    )
    return booked


def add_key(client, name, role="viewer", owner=""):
    text, key = make_key(name, role, owner, now_utc=NOW_UTC, expires_utc=None)
    client.app.state.application.store.api_keys.add(key, who="test")
    return {"Authorization": f"Bearer {text}"}, key.key_id


def read_events(text):
    return list(icalendar.Calendar.from_ical(text).walk("VEVENT"))


def test_a_plan_is_exported_under_a_name_of_its_own(client):
    client.app.state.application.store.plans.add(make_plan(contacts=3), created_utc=NOW_UTC)

    answer = client.get("/v1/plans/plan-1/export", params={"format": "csv"})

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="aspan-plan-1.csv"'
    assert len(list(csv.DictReader(io.StringIO(answer.text)))) == 3


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ({"format": "xls"}, 422, "format"),
        ({"format": "oem"}, 422, "elements"),
        ({"format": "csv", "station": "nowhere"}, 404, "station"),
        ({"format": "csv", "satellite": "nothing"}, 404, "satellite"),
        ({"format": "csv", "owner": "nobody"}, 404, "owner"),
        ({"format": "csv", "contact": "contact-9"}, 404, "contact"),
        ({"format": "csv", "elements": "oldest"}, 422, "elements"),
        ({"format": "csv", "step_s": "0"}, 422, None),
    ],
)
def test_what_cannot_be_exported_is_said_before_the_first_byte(client, query, status, field):
    client.app.state.application.store.plans.add(make_plan(), created_utc=NOW_UTC)

    answer = client.get("/v1/plans/plan-1/export", params=query)

    assert answer.status_code == status
    assert answer.json().get("field") == field


def test_a_booking_and_an_offer_call_the_satellite_by_its_name(client):
    """Bite: write_contact without the configured names gives kazeosat-1."""
    book(client, make_contact(1, satellite_id="kazeosat-1"))

    listed = client.get("/v1/contacts").json()["reservations"][0]["contact"]
    offers = client.get("/v1/available-passes", params={"satellite": "terra", "days": 1}).json()

    assert listed["satellite_name"] == "KazEOSat-1"
    assert {each["contact"]["satellite_name"] for each in offers["available"]} == {"Terra"}


def test_a_map_of_a_plan_shows_the_stations_of_that_plan(client):
    """Bite: all configured stations instead of those of the plan."""
    client.app.state.application.store.plans.add(make_plan(), created_utc=NOW_UTC)
    application = client.app.state.application

    schedule = application.exports.open_plan("plan-1", ExportQuery(), LOCAL)

    assert set(schedule.stations) == {"kaznu"} < {s.id for s in application.configuration.stations}


def test_a_pass_is_exported_by_its_id(client):
    passes = client.get("/v1/passes", params={"satellite": "kazeosat-1", "days": 1}).json()
    name = passes["passes"][0]["pass_id"]

    oem = client.get(f"/v1/passes/{name}/export", params={"format": "oem"})
    pointing = client.get(f"/v1/passes/{name}/export", params={"format": "pointing"})

    assert oem.text.startswith("CCSDS_OEM_VERS = 2.0")
    rows = list(csv.DictReader(io.StringIO(pointing.text)))
    assert rows[0]["utc"][:19] == passes["passes"][0]["aos_utc"][:19]
    assert rows[0]["refraction"] == "added"


def test_a_large_plan_leaves_in_parcels(client):
    # Bite: a route that gathers the whole text first gives one parcel.
    store = client.app.state.application.store
    store.plans.add(make_plan(contacts=2_000), created_utc=NOW_UTC)

    with client.stream("GET", "/v1/plans/plan-1/export", params={"format": "json"}) as answer:
        parcels = [len(parcel) for parcel in answer.iter_raw()]

    assert len(parcels) > 5
    assert max(parcels) < 200_000


def test_other_owners_contacts_are_only_taken_time(make_client):
    client = make_client(admin_key=ADMIN_KEY)
    headers, _ = add_key(client, "desk", owner="hainan")
    book(client, make_contact(1, satellite_id="kazeosat-1"))
    book(client, make_contact(2, owner="hainan", satellite_id="sat-h"))

    entries = client.get("/v1/contacts/export", params={"format": "json"}, headers=headers).json()[
        "entries"
    ]

    assert [each["kind"] for each in entries] == ["block", "contact"]
    assert "sat-a" not in json.dumps(entries[0])
    assert entries[1]["satellite_id"] == "sat-h"


def test_a_calendar_follows_its_contact_until_it_is_cancelled(client):
    # Bite: a UID made of the time of the contact, or a sequence that stands still, fails.
    store = client.app.state.application.store
    booked = book(client, make_contact(1, satellite_id="kazeosat-1"))
    path = client.post("/v1/feeds", json={"name": "Shift", "reminder_s": 600}).json()["path"]

    (before,) = read_events(client.get(path).text)
    store.reservations.change_state(
        booked.reservation_id, "cancelled", verb="cancel", who="x", why="", now_utc=NOW_UTC
    )
    (after,) = read_events(client.get(path).text)

    assert str(before["uid"]) == str(after["uid"]) == f"{booked.reservation_id}@aspan"
    assert str(before["status"]) == "TENTATIVE"  # the contact has no agreement
    assert str(after["status"]) == "CANCELLED"
    assert int(after["sequence"]) > int(before["sequence"])
    assert before.decoded("dtstart").timestamp() == booked.contact.reserved_start_unix_s
    assert before.walk("VALARM")[0].decoded("trigger") == timedelta(seconds=-600)
    assert after.walk("VALARM") == []


def test_an_unchanged_calendar_is_not_sent_again(client):
    booked = book(client, make_contact(1, satellite_id="kazeosat-1"))
    path = client.post("/v1/feeds", json={"name": "Shift"}).json()["path"]
    tag = client.get(path).headers["etag"]

    assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
    client.app.state.application.store.reservations.pin(
        booked.reservation_id, True, version=None, who="x", why="", now_utc=NOW_UTC
    )
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 200


def test_a_feed_needs_no_key_and_shows_no_more_than_its_maker_may_see(make_client):
    client = make_client(admin_key=ADMIN_KEY)
    headers, key_id = add_key(client, "desk", owner="hainan")
    book(client, make_contact(1, satellite_id="kazeosat-1"))
    book(client, make_contact(2, owner="hainan", satellite_id="sat-h"))
    made = client.post("/v1/feeds", json={"name": "Desk"}, headers=headers).json()

    text = client.get(made["path"]).text

    assert [str(e["summary"]) for e in read_events(text)] == [
        "kaznu antenna-1 taken",
        "sat-h over kaznu",
    ]
    assert made["path"].split("/")[3] not in client.get("/v1/feeds", headers=headers).text
    client.app.state.application.store.api_keys.revoke(key_id, who="test", now_utc=NOW_UTC)
    assert client.get(made["path"]).status_code == 404


def test_a_revoked_feed_is_gone(client):
    made = client.post("/v1/feeds", json={"name": "Shift"}).json()

    assert client.delete(f"/v1/feeds/{made['feed_id']}").status_code == 204
    assert client.get(made["path"]).status_code == 404
    assert client.delete(f"/v1/feeds/{made['feed_id']}").status_code == 404
    assert client.get("/v1/feeds/wrong/calendar.ics").status_code == 404


def test_feeds_are_of_a_station_an_owner_or_a_satellite(client):
    book(client, make_contact(1, satellite_id="kazeosat-1"))
    book(client, make_contact(2, owner="hainan", satellite_id="kazeosat-2"))

    def count(**order):
        path = client.post("/v1/feeds", json={"name": "x", **order}).json()["path"]
        return len(read_events(client.get(path).text))

    assert count() == 2
    assert count(stations=["kaznu"]) == 2
    assert count(stations=["astana"]) == 0
    assert count(owners=["hainan"]) == 1
    assert count(satellites=["40010"]) == 1


def test_the_event_log_is_read_page_by_page(client):
    for at in range(3):
        book(client, make_contact(at))

    first = client.get("/v1/events", params={"kind": "contact", "limit": 2}).json()
    rest = client.get("/v1/events", params={"after": first["next_after"]}).json()

    assert [event["data"]["change"] for event in first["events"]] == ["reserve", "reserve"]
    assert len(rest["events"]) == 1
    assert rest["events"][0]["station_id"] == "kaznu"
    assert client.get("/v1/events", params={"kind": "nonsense"}).status_code == 422


@pytest.fixture
def live(tmp_path):
    """Give the address of a service on a port, and its store: streams need a real server."""
    configure_log("critical")
    application = open_application(
        make_settings(f"sqlite:///{tmp_path / 'live.sqlite3'}", event_streams_limit=2),
        clock=lambda: NOW_UTC,
    )
    app = create_app(application)
    with serve(app) as address:
        yield address, application
        app.state.event_watch.stop()
    application.store.close()


def follow(address, count, got, headers=None, **query):
    """Read messages from the stream until there are so many."""
    with (
        httpx2.Client(timeout=30) as client,
        client.stream(
            "GET",
            f"{address}/v1/events",
            params=query,
            headers={"Accept": "text/event-stream"} | (headers or {}),
        ) as answer,
    ):
        got.append(answer.headers["content-type"])
        lines, deadline = {}, time.monotonic() + 40
        for line in answer.iter_lines():
            if time.monotonic() > deadline:
                return
            if line:
                name, _, value = line.partition(": ")
                lines[name] = value
            elif "data" in lines:
                got.append((int(lines["id"]), lines["event"], json.loads(lines["data"])))
                if len(got) > count:
                    return
                lines = {}


def test_a_stream_tells_what_happens_and_resumes_where_it_was_cut(live):
    # Bite: ignoring Last-Event-ID loses what came while the stream was cut.
    address, application = live
    log = application.store.audit
    log.add(NOW_UTC, "x", "plan.publish", "before", {})
    got = []
    thread = threading.Thread(target=follow, args=(address, 2, got))
    thread.start()
    deadline = time.monotonic() + 30
    while not got and time.monotonic() < deadline:
        time.sleep(0.05)
    for name in ("one", "two", "three"):
        log.add(NOW_UTC, "x", "plan.publish", name, {})
    thread.join(30)

    assert got[0] == "text/event-stream; charset=utf-8"
    assert [(kind, data["subject"]) for _, kind, data in got[1:]] == [
        ("publish", "one"),
        ("publish", "two"),
    ]
    resumed = []
    follow(address, 1, resumed, headers={"Last-Event-ID": str(got[-1][0])})
    assert [data["subject"] for _, _, data in resumed[1:]] == ["three"]


def test_streams_are_counted(live):
    address, _application = live
    watch_headers = {"Accept": "text/event-stream"}
    with httpx2.Client(timeout=30) as client:
        first = client.stream("GET", f"{address}/v1/events", headers=watch_headers)
        second = client.stream("GET", f"{address}/v1/events", headers=watch_headers)
        with first, second:
            third = client.get(f"{address}/v1/events", headers=watch_headers)

    assert third.status_code == 429


def test_a_stream_ends_when_its_key_does():
    class Watch:
        newest_id, is_stopping, left = 0, False, False

        def leave(self):
            self.left = True

    async def collect(watch):
        stream = stream_events(
            watch,
            lambda after, limit: (),
            after=0,
            kinds=frozenset(),
            is_allowed=lambda: False,
            heartbeat_s=0.0,
        )
        return [text async for text in stream]

    watch = Watch()
    with start_blocking_portal() as portal:  # a thread whose loop is its own
        texts = portal.call(collect, watch)

    assert texts == ["retry: 3000\n\n"]
    assert watch.left


def test_a_webhook_is_made_with_a_secret_that_is_shown_once(make_client):
    client = make_client(webhook_hosts="ops.example")

    made = client.post("/v1/webhooks", json={"url": "https://ops.example/x", "kinds": ["drift"]})
    name = made.json()["webhook_id"]

    assert made.status_code == 201
    assert made.json()["secret"].startswith("whsec_")
    assert "secret" not in client.get(f"/v1/webhooks/{name}").json()
    assert made.json()["secret"] not in client.get("/v1/webhooks").text
    assert client.post("/v1/webhooks", json={"url": "https://evil.example/"}).status_code == 422
    off = client.post(f"/v1/webhooks/{name}/state", json={"state": "disabled"}).json()
    assert off["state"] == "disabled"
    assert client.get(f"/v1/webhooks/{name}/deliveries").json()["total"] == 0
    assert client.post(f"/v1/webhooks/{name}/replay", json={}).json() == {"count": 0}
    assert client.delete(f"/v1/webhooks/{name}").status_code == 204
    assert client.get(f"/v1/webhooks/{name}").status_code == 404


def test_a_private_receiver_is_refused_unless_it_is_allowed(make_client):
    # Bite: allow_private_addresses=True in WebhookService fails the first assertion.
    client = make_client(webhook_hosts="127.0.0.1:9")
    made = client.post("/v1/webhooks", json={"url": "http://127.0.0.1:9/"}).json()

    outcome = client.post(f"/v1/webhooks/{made['webhook_id']}/test").json()

    assert outcome == {
        "delivered": False,
        "status": None,
        "reason": "127.0.0.1: leads to an address inside the own network, which is not allowed",
    }


def test_blocks_come_in_over_http(client):
    text = "uid,start,end\na,2026-09-07T03:00:00Z,2026-09-07T04:00:00Z\n"
    order = {"text": text, "kind": "blocks", "station": "kaznu", "antenna": "antenna-1"}

    trial = client.post("/v1/imports", json=order | {"dry_run": True}).json()
    done = client.post("/v1/imports", json=order).json()

    assert (trial["booked"], done["booked"]) == (False, True)
    assert trial["counts"] == done["counts"] == {"book": 1}
    name = done["lines"][0]["reservation_id"]
    assert client.get(f"/v1/contacts/{name}").json()["state"] == "blocked"
