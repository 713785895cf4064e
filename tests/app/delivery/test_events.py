"""The event log as others see it, and the clock that tells of starts and ends."""

from datetime import UTC, datetime, timedelta

import pytest

from app.delivery.contact_clock import ContactClock
from app.delivery.events import EVENT_KINDS, find_kind, read_event
from app.store.audit import AuditEntry
from app.store.reservation_rows import draft_of
from tests.app.builders import START_UNIX_S, make_contact, make_plan
from tle.timebase import from_unix_s

NOW = datetime(2026, 9, 6, 12, tzinfo=UTC)


def make_entry(action, **detail):
    return AuditEntry(7, NOW, "aigerim", action, "contact-1", detail, "kaznu")


@pytest.mark.parametrize(
    ("action", "detail", "kind"),
    [
        ("elements.refresh", {}, "refresh"),
        ("plan.store", {}, "plan"),
        ("plan.publish", {}, "publish"),
        ("contact.reserve", {}, "contact"),
        ("contact.assess", {"conditions": ["drifted"]}, "drift"),
        ("contact.assess", {"conditions": ["drifted", "conflicting"]}, "conflict"),
        ("contact.assess", {"conditions": []}, "contact"),
        ("contact.aos_soon", {}, "aos_soon"),
        ("contact.los", {}, "los"),
        ("contact.fail", {}, "failure"),
        ("contact.miss", {}, "failure"),
        ("source.fail", {}, "failure"),
        ("job.fail", {}, "failure"),
        ("webhook.dead", {}, "failure"),
        ("add_key", {}, None),
        ("add_feed", {}, None),
        ("accept_element_set", {}, None),
    ],
)
def test_an_entry_has_the_kind_that_is_documented(action, detail, kind):
    assert find_kind(make_entry(action, **detail)) == kind
    assert kind is None or kind in EVENT_KINDS


def test_an_event_names_its_place_beside_its_data():
    event = read_event(make_entry("contact.move", station_id="kaznu", why="rain"))

    assert (event.event_id, event.kind, event.station_id) == (7, "contact", "kaznu")
    assert event.satellite_id is None
    assert event.data == {"change": "move", "who": "aigerim", "why": "rain"}


def book(store, contact):
    (booked,) = store.reservations.book(
        [draft_of(contact)], who="x", why="", now_utc=NOW, gap_rule=lambda a, b: 0.0
    )
    return booked


def list_kinds(store, kind):
    entries = store.audit.list_after(0, limit=1000)
    return [entry for entry in entries if find_kind(entry) == kind]


def test_a_contact_is_announced_before_its_start_and_at_its_end_once(store):
    # Bite: without the row of contact_notice a second clock tells everything again.
    book(store, make_contact(2))
    start = from_unix_s(START_UNIX_S + 7_200.0)
    now = [start - timedelta(seconds=301)]
    clocks = [ContactClock(store, lambda: now[0], notice_s=300.0) for _ in range(2)]

    assert [clock.announce_due() for clock in clocks] == [0, 0]
    now[0] = start - timedelta(seconds=299)
    assert [clock.announce_due() for clock in (*clocks, *clocks)] == [1, 0, 0, 0]
    now[0] = start + timedelta(seconds=601)
    assert [clock.announce_due() for clock in (*clocks, *clocks)] == [1, 0, 0, 0]

    (soon,), (los,) = list_kinds(store, "aos_soon"), list_kinds(store, "los")
    assert soon.detail["satellite_id"] == "sat-a"
    assert soon.owner == los.owner == "kaznu"
    assert soon.entry_id < los.entry_id


def test_a_stop_of_the_service_delays_the_end_and_drops_the_late_warning(quick_store):
    book(quick_store, make_contact(2))
    clock = ContactClock(quick_store, lambda: from_unix_s(START_UNIX_S + 10_000.0), notice_s=300.0)

    assert clock.announce_due() == 1
    assert list_kinds(quick_store, "aos_soon") == []
    assert len(list_kinds(quick_store, "los")) == 1


def test_a_cancelled_contact_is_not_announced(quick_store):
    booked = book(quick_store, make_contact(2))
    quick_store.reservations.change_state(
        booked.reservation_id, "cancelled", verb="cancel", who="x", why="", now_utc=NOW
    )
    clock = ContactClock(quick_store, lambda: from_unix_s(START_UNIX_S + 7_100.0), notice_s=300.0)

    assert clock.announce_due() == 0


def test_element_sets_by_hand_and_from_sources_are_told(quick_store):
    from tests.app.builders import make_elements
    from tle.quarantine import judge

    judged = [judge(make_elements(hours=at), ()) for at in range(2)]
    quick_store.element_sets.add_judged(judged, who="aigerim")
    quick_store.element_sets.add_judged(judged, who="aigerim")

    (entry,) = list_kinds(quick_store, "refresh")
    assert (entry.who, entry.detail["new_sets"]) == ("aigerim", 2)


def test_plans_and_failed_jobs_are_told_in_the_transaction_of_the_change(quick_store):
    quick_store.plans.add(make_plan(), created_utc=NOW)
    quick_store.jobs.add("job-1", "plan", {}, runner="a/1/x", now_utc=NOW)
    quick_store.jobs.fail("job-1", {"reason": "time_limit", "detail": "900 s"}, now_utc=NOW)
    quick_store.jobs.fail("job-1", {"reason": "time_limit", "detail": "again"}, now_utc=NOW)

    (plan,), (job,) = list_kinds(quick_store, "plan"), list_kinds(quick_store, "failure")
    assert plan.subject == "plan-1"
    assert plan.detail["contacts"] == 3
    assert job.detail["reason"] == "time_limit"
