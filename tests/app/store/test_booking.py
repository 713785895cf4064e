"""Pre-emption, widening and publishing in the store, on both databases."""

import dataclasses

import pytest

from app.errors import CollisionError
from app.store.booking import KeyedRequest, Publication
from scheduler.errors import IllegalTransitionError
from tests.app.builders import make_plan
from tests.app.store.test_reservations import NOW, book, draft_at, make_contact, no_gap
from tle.timebase import format_utc

HOW = {"who": "dana", "why": "flood", "now_utc": NOW, "gap_rule": no_gap}


def let_go(found):
    """Let every reserved contact be pre-empted."""


def preempt(store, draft, **more):
    return store.reservations.preempt(
        draft, **HOW | {"told": ("hainan",), "release_rule": let_go} | more
    )


def list_states(store):
    return sorted(item.state for item in store.reservations.list()[0])


def test_an_emergency_takes_the_place_of_reserved_contacts_and_tells_who_is_to_be_told(store):
    # Bite: without the notice of `_tell` the list of owners is empty.
    first, second = book(store, draft_at(0), draft_at(800))

    done = preempt(store, draft_at(300))

    assert {item.reservation_id for item in done.gone} == {
        first.reservation_id,
        second.reservation_id,
    }
    assert list_states(store) == ["cancelled", "cancelled", "reserved"]
    notices, _ = store.audit.list(action="notice.")
    assert sorted(each.owner for each in notices) == ["hainan", "hainan", "kaznu", "kaznu"]
    assert {each.detail["why"] for each in notices} == {"flood"}
    verbs = [event.verb for event in store.reservations.events(first.reservation_id)]
    assert verbs == ["reserve", "preempt"]


def test_an_emergency_never_stops_what_is_running_or_opens_a_blocked_span(store):
    (running,) = book(store, draft_at(0))
    store.reservations.change_state(
        running.reservation_id, "preparing", verb="prepare", who="a", why="", now_utc=NOW
    )
    book(store, dataclasses.replace(draft_at(5000), contact=None))

    for start in (100, 5100):
        with pytest.raises(CollisionError):
            preempt(store, draft_at(start))

    assert list_states(store) == ["blocked", "preparing"]
    assert store.audit.list(action="notice.")[1] == 0


def test_a_repeated_emergency_pre_empts_once_and_is_told_again_what_went(store):
    """Bite: with an empty ``gone`` in _remember_request the second is told of nobody."""
    book(store, draft_at(0))

    first = preempt(store, draft_at(100), request=KeyedRequest("key-1", "digest"))
    second = preempt(store, draft_at(100), request=KeyedRequest("key-1", "digest"))

    assert second.booked == first.booked
    assert not second.is_new
    assert [each.reservation_id for each in second.gone] == [
        each.reservation_id for each in first.gone
    ]
    assert len(first.gone) == 1


def test_reserved_time_widens_by_the_bound_but_into_nobody(store):
    book(store, draft_at(0))  # ends at 660
    (booked,) = book(store, dataclasses.replace(draft_at(800), widen_s=45.0))  # from 680 to 1460

    assert (booked.reserved_start_utc - NOW).total_seconds() == 660.0
    assert (booked.reserved_end_utc - NOW).total_seconds() == 1505.0
    assert booked.contact.start_unix_s == make_contact(800).start_unix_s


def publish(store, plan_id, released=(), moved=(), new=()):
    changes = Publication(plan_id, tuple(released), tuple(moved), tuple(new))
    return store.reservations.publish(changes, **HOW)


@pytest.fixture
def plans(store):
    for name in ("plan-1", "plan-2"):
        store.plans.add(make_plan(plan_id=name), created_utc=NOW)
    return store


def test_a_published_plan_supersedes_the_one_it_covers_and_both_are_recorded(plans):
    publish(plans, "plan-1", new=[draft_at(0)])
    publish(plans, "plan-2", new=[draft_at(2000)])

    standings = plans.plan_states.read(["plan-1", "plan-2", "plan-3"])
    assert [each.state for each in standings.values()] == ["superseded", "published", "draft"]
    assert plans.plan_states.list_published() == ("plan-2",)
    actions = [each.action for each in plans.audit.list(subject="plan-1", action="plan.")[0]]
    assert actions[:2] == ["plan.supersede", "plan.publish"]


def test_publishing_changes_all_or_nothing(plans):
    # Bite: supersede or cancel in a transaction of their own would stay behind.
    (held,) = book(plans, draft_at(0))
    book(plans, draft_at(5000))

    with pytest.raises(CollisionError):
        publish(plans, "plan-1", released=[held.reservation_id], new=[draft_at(5100)])

    assert plans.reservations.read(held.reservation_id).state == "reserved"
    assert plans.plan_states.list_published() == ()


def test_contacts_that_wait_for_each_others_place_all_get_there(plans):
    one, two = book(plans, draft_at(0), draft_at(800))
    moves = [(one.reservation_id, draft_at(400)), (two.reservation_id, draft_at(1200))]

    publish(plans, "plan-1", moved=moves)

    starts = {
        item.reservation_id: item.contact.start_unix_s
        for item in plans.reservations.list(states=("reserved",))[0]
    }
    assert starts[one.reservation_id] == make_contact(400).start_unix_s
    assert starts[two.reservation_id] == make_contact(1200).start_unix_s


def test_a_moved_contact_widens_into_no_place_that_a_new_one_of_the_plan_needs(plans):
    # Bite: widening each moved contact at once takes the first 30 s of the new one.
    (one,) = book(plans, draft_at(0))
    wide = dataclasses.replace(draft_at(100), widen_s=60.0)
    moves = [(one.reservation_id, wide)]

    publish(plans, "plan-1", moved=moves, new=[draft_at(910)])  # 30 s behind the moved one

    moved, new = plans.reservations.list(states=("reserved",))[0]
    assert (moved.reserved_end_utc - NOW).total_seconds() == 790.0
    assert moved.reserved_end_utc == new.reserved_start_utc
    event = plans.reservations.events(one.reservation_id)[-1]
    assert event.detail["to"][0] == format_utc(moved.reserved_start_utc)


def test_two_contacts_can_change_places(plans):
    one, two = book(plans, draft_at(0), draft_at(800))
    moves = [(one.reservation_id, draft_at(800)), (two.reservation_id, draft_at(0))]

    publish(plans, "plan-1", moved=moves)

    left = plans.reservations.list(states=("reserved",))[0]
    starts = [make_contact(at).start_unix_s for at in (0, 800)]
    assert [item.contact.start_unix_s for item in left] == starts


def test_a_withdrawn_plan_gives_back_its_contacts_and_is_never_published_again(plans):
    (booked,) = publish(plans, "plan-1", new=[draft_at(0)])

    was = plans.reservations.withdraw(
        "plan-1", [booked.reservation_id], who="dana", why="wrong", now_utc=NOW
    )

    assert was == "published"
    assert plans.reservations.read(booked.reservation_id).state == "cancelled"
    with pytest.raises(IllegalTransitionError, match="plan in 'withdrawn'"):
        publish(plans, "plan-1")
