"""Publishing a plan over what is booked already; one antenna, times in seconds."""

import pytest

from scheduler.plan import Contact
from scheduler.publishing import BookedContact, reconcile, widen


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


def test_what_the_plan_keeps_is_kept_what_it_drops_is_released_and_the_rest_is_new():
    booked = [
        BookedContact("r1", contact(1000), fixed=False),
        BookedContact("r2", contact(3000, "b"), fixed=False),
    ]

    result = reconcile([contact(1000.2), contact(5000, "c")], booked, now_unix_s=0.0)

    assert (result.kept, result.released) == (("r1",), ("r2",))
    assert [each.satellite_id for each in result.new] == ["c"]


def test_a_fixed_contact_stays_and_refuses_what_meets_it():
    # Bite: releasing every booked contact that the plan does not have drops r1.
    booked = [BookedContact("r1", contact(1000), fixed=True)]

    result = reconcile([contact(1300, "b")], booked, now_unix_s=0.0)

    assert (result.kept, result.released, result.new) == (("r1",), (), ())
    assert [(each.reason, each.in_the_way) for each in result.refused] == [
        ("meets_fixed_contact", "r1")
    ]


def test_a_contact_whose_setup_should_have_begun_is_refused():
    result = reconcile([contact(1000)], [], now_unix_s=881.0)

    assert [each.reason for each in result.refused] == ["begins_in_the_past"]


def test_every_planned_and_every_booked_contact_ends_in_exactly_one_place():
    booked = [BookedContact(f"r{at}", contact(at * 1000.0), fixed=at % 3 == 0) for at in range(9)]
    planned = [contact(at * 1000.0 + (at % 2) * 50.0) for at in range(12)]

    result = reconcile(planned, booked, now_unix_s=1500.0)

    assert sorted(result.kept + result.released) == sorted(each.reservation_id for each in booked)
    same = sum(
        1 for item in booked if any(p.start_unix_s == item.contact.start_unix_s for p in planned)
    )
    assert len(result.new) + len(result.refused) + same == len(planned)


def test_reserved_time_widens_by_the_timing_bound_up_to_the_cap():
    (first, second) = widen(
        [contact(1000), contact(9000)], {"a1000": 20.0, "a9000": 500.0}, cap_s=60.0
    )

    assert (first.reserved_start_unix_s, first.reserved_end_unix_s) == (860.0, 1680.0)
    assert (second.reserved_start_unix_s, second.reserved_end_unix_s) == (8820.0, 9720.0)
    assert (first.start_unix_s, first.end_unix_s) == (1000.0, 1600.0)


@pytest.mark.parametrize("gap", [0.0, 30.0])
def test_neighbours_on_one_antenna_never_widen_into_each_other(gap):
    # Bite: widening without looking at the neighbour overlaps by 2 x 60 s - gap.
    second_start = 1660.0 + gap + 120.0

    first, second = widen(
        [contact(1000), contact(second_start)],
        {"a1000": 99.0, f"a{second_start:g}": 99.0},
        cap_s=60.0,
    )

    assert first.reserved_end_unix_s <= second.reserved_start_unix_s
