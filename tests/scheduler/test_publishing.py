"""Publishing a plan over what is booked already; one antenna, times in seconds."""

from dataclasses import replace

import pytest

from scheduler.plan import Contact, NotTaken
from scheduler.publishing import (
    BlockedSpan,
    BookedContact,
    list_changes,
    reconcile,
    share_room_s,
)
from tests.app.builders import make_plan


def contact(start: float, satellite_id: str = "a", contact_id: str = "", antenna_id: str = "x"):
    return Contact(
        contact_id=contact_id or f"{satellite_id}{start:g}",
        pass_id="p",
        satellite_id=satellite_id,
        norad_cat_id=1,
        owner="o",
        station_id="s",
        antenna_id=antenna_id,
        service="d",
        reserved_start_unix_s=start - 120.0,
        start_unix_s=start,
        end_unix_s=start + 600.0,
        reserved_end_unix_s=start + 660.0,
        aos_unix_s=start,
        los_unix_s=start + 600.0,
        max_elevation_deg=30.0,
        start_azimuth_deg=0.0,
        end_azimuth_deg=0.0,
        expected_bytes=None,
        tentative=False,
        provisional=False,
        element_set_id="e",
        element_age_s=0.0,
    )


def meet(left: Contact, right: Contact) -> bool:
    return (
        left.antenna_id == right.antenna_id
        and left.reserved_start_unix_s < right.reserved_end_unix_s
        and right.reserved_start_unix_s < left.reserved_end_unix_s
    )


def compare(planned, booked=(), blocked=(), reason=lambda contact: None):
    return reconcile(planned, booked, blocked, find_reason=reason, tolerance_s=30.0, clash=meet)


def test_what_the_plan_keeps_is_kept_what_it_drops_is_released_and_the_rest_is_new():
    booked = [
        BookedContact("r1", contact(1000), fixed=False),
        BookedContact("r2", contact(3000, "b"), fixed=False),
    ]

    result = compare([contact(1000.2), contact(5000, "c")], booked)

    assert (result.kept, result.released) == (("r1",), ("r2",))
    assert [each.satellite_id for each in result.new] == ["c"]


def test_a_shift_within_the_tolerance_moves_no_promise_and_a_larger_one_moves_the_contact():
    # Bite: comparing starts to the second releases and books anew after every refresh.
    booked = [BookedContact("r1", contact(1000), fixed=False)]

    near, far = compare([contact(1025)], booked), compare([contact(1031)], booked)

    assert (near.kept, near.moved, near.new) == (("r1",), (), ())
    assert (far.kept, far.moved, far.released) == ((), (("r1", contact(1031)),), ())


def test_a_contact_moves_when_keeping_it_would_cost_a_planned_one():
    booked = [BookedContact("r1", contact(1000), fixed=False)]
    planned = [contact(980), contact(1765, "b")]  # 5 s too near to the booked one

    result = compare(planned, booked)

    assert result.moved == (("r1", planned[0]),)
    assert result.new == (planned[1],)


def test_a_fixed_contact_stays_and_refuses_what_meets_it():
    # Bite: releasing every booked contact that the plan does not have drops r1.
    booked = [BookedContact("r1", contact(1000), fixed=True)]

    result = compare([contact(1300, "b")], booked)

    assert (result.kept, result.released, result.new) == (("r1",), (), ())
    assert [(each.reason, each.in_the_way) for each in result.refused] == [
        ("meets_fixed_contact", "r1")
    ]


def test_a_blocked_span_refuses_what_meets_it_and_nothing_else():
    blocked = [BlockedSpan("b1", "s", "x", 1500.0, 2000.0)]

    result = compare([contact(1000), contact(2120)], blocked=blocked)

    assert [(each.reason, each.in_the_way) for each in result.refused] == [
        ("meets_blocked_span", "b1")
    ]
    assert result.new == (contact(2120),)


def test_a_contact_with_a_reason_against_it_is_refused_with_that():
    result = compare([contact(1000)], reason=lambda each: "begins_in_the_past")

    assert [each.reason for each in result.refused] == ["begins_in_the_past"]


def test_every_planned_and_every_booked_contact_ends_in_exactly_one_place():
    booked = [BookedContact(f"r{at}", contact(at * 1000.0), fixed=at % 3 == 0) for at in range(9)]
    planned = [contact(at * 1000.0 + (at % 2) * 50.0) for at in range(12)]

    result = compare(planned, booked)

    moved = [name for name, _ in result.moved]
    names = sorted([*result.kept, *moved, *result.released])
    assert names == [each.reservation_id for each in booked]
    partners = sum(1 for item in booked if item.fixed or item.reservation_id in (*moved,))
    kept = [item for item in booked if item.reservation_id in result.kept and not item.fixed]
    assert len(result.new) + len(result.refused) + partners + len(kept) == len(planned)


def test_the_changes_name_their_causes():
    booked = [BookedContact(f"r{at}", contact(at * 1000.0), fixed=False) for at in range(3)]
    newer = replace(contact(1100), element_set_id="f")
    loser = NotTaken("p", "a", 1, "s", 2000.0, 2600.0, "beaten_by", ("c5000",))
    plan = make_plan(contacts=0, losers=0, not_taken=(loser,))

    found = list_changes(compare([contact(0), newer, contact(5000, "c")], booked), booked, plan)

    assert [(each.kind, each.cause, each.through) for each in found] == [
        ("kept", "", ""),
        ("moved", "new_elements", ""),
        ("dropped", "beaten_by", "c5000"),  # Bite: without ``through`` the winner is not named
        ("added", "not_booked_before", ""),
    ]


@pytest.mark.parametrize(
    ("wanted_s", "room_s", "shares", "given_s"),
    [
        (20, 90, True, 20),
        (60, 90, True, 45),
        (60, 90, False, 60),
        (60, 0, False, 0),
        (0, 9, True, 0),
    ],
)
def test_reserved_time_widens_into_room_that_nobody_holds(wanted_s, room_s, shares, given_s):
    assert share_room_s(wanted_s, room_s, neighbour_widens=shares) == given_s
