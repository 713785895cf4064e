"""The audit refuses every kind of broken plan: one planted fault a rule."""

from dataclasses import replace

import pytest

from scheduler.audit import audit, revalue
from scheduler.problem.model import (
    AntennaResource,
    AxisRates,
    Choice,
    Forbid,
    GapTerm,
    GroupTerm,
    Pin,
    Request,
    SatelliteResource,
)
from tests.scheduler.problem_builders import problem_of, whole, window


def tags(problem, *choices):
    return {violation.tag for violation in audit(problem, choices)}


def test_two_contacts_with_just_enough_changeover_are_accepted() -> None:
    one, other = window("one", 100, 200), window("other", 215, 300)

    assert tags(problem_of([one, other]), whole(one), whole(other)) == set()


def test_contact_inside_the_changeover_of_another_is_refused() -> None:
    """Bite: judging by teardown alone let a gap of 14.9 s of 15 s pass."""
    one, other = window("one", 100, 200), window("other", 214.9, 300)

    assert tags(problem_of([one, other]), whole(one), whole(other)) == {"changeover"}


@pytest.mark.parametrize(("gap_s", "broken"), [(24.9, True), (25.1, False)])
def test_slew_longer_than_setup_sets_the_gap(gap_s, broken) -> None:
    """From 0 to 40 deg at 2 deg/s is 20 s: teardown 5 + max(setup 10, 20) = 25 s."""
    one = window("one", 100, 200, pointing=((100.0, 0.0, 5.0), (200.0, 0.0, 5.0)))
    other = window("other", 200 + gap_s, 400, pointing=((200.0, 40.0, 5.0), (400.0, 40.0, 5.0)))
    antenna = AntennaResource("a", "s", 10.0, 5.0, axes=AxisRates(2.0, 2.0))

    problem = problem_of([one, other], antennas=(antenna,))
    assert tags(problem, whole(one), whole(other)) == ({"changeover"} if broken else set())


def test_changeover_is_judged_beyond_the_next_contact() -> None:
    """A short contact between two far ones must not hide their own too small gap."""
    table = {"sat-one|sat-third": 200.0}
    antenna = AntennaResource("a", "s", 0.0, 0.0, "additive", pair_slew_s=table)
    items = [window("one", 0, 100), window("two", 110, 120), window("third", 130, 200)]
    antenna = replace(antenna, settle_s=0.0)

    problem = problem_of(items, antennas=(antenna,))
    assert tags(problem, *map(whole, items)) == {"changeover"}


def test_satellite_needs_its_recovery_between_stations() -> None:
    one = window("one", 100, 200, satellite_id="x")
    other = window("other", 250, 300, satellite_id="x", antenna_sets=(("b",),))
    antennas = (AntennaResource("a"), AntennaResource("b"))

    problem = problem_of(
        [one, other], antennas=antennas, satellites=(SatelliteResource("x", recovery_s=60.0),)
    )
    assert tags(problem, whole(one), whole(other, "b")) == {"satellite_busy"}


@pytest.mark.parametrize(
    ("settings", "start_s", "end_s", "tag"),
    [
        ({}, 99, 200, "outside_window"),
        ({"trim": "stop"}, 110, 200, "start_moved"),
        ({"trim": "start"}, 100, 190, "end_moved"),
        ({"trim": "both", "min_s": 60.0}, 100, 150, "too_short"),
        ({"trim": "both", "max_s": 60.0}, 100, 170, "too_long"),
    ],
)
def test_contact_stays_in_its_window_as_its_trim_allows(settings, start_s, end_s, tag) -> None:
    problem = problem_of([window("one", 100, 200, **settings)])

    assert tag in tags(problem, Choice("one", ("a",), start_s, end_s))


def test_teardown_may_not_reach_into_a_downtime() -> None:
    antenna = AntennaResource("a", "s", 10.0, 5.0, downtimes=((204.0, 300.0),))
    one = window("one", 100, 200)

    assert tags(problem_of([one], antennas=(antenna,)), whole(one)) == {"in_downtime"}


def test_missing_pin_and_taken_forbid_are_refused() -> None:
    one, other = window("one", 100, 200), window("other", 1000, 1100)
    problem = problem_of([one, other], pins=(Pin(whole(one)),), forbids=(Forbid("other"),))

    assert tags(problem, whole(other)) == {"pin_missing", "forbidden"}


def test_request_limits_are_judged_on_the_sum() -> None:
    items = [window(name, 1000 * k, 1000 * k + 100) for k, name in enumerate("uvw", 1)]
    request = Request("r", ("u", "v", "w"), max_contacts=2, min_total_s=150.0, max_total_s=250.0)
    problem = problem_of(items, requests=(request,))

    assert tags(problem, whole(items[0])) == {"below_minimum"}
    assert tags(problem, *map(whole, items)) == {"too_many", "above_maximum"}
    assert tags(problem, *map(whole, items[:2])) == set()


def test_value_claimed_wrongly_is_refused() -> None:
    one = window("one", 100, 200, 7.0)

    assert [item.tag for item in audit(problem_of([one]), [whole(one)], 8.0)] == ["value"]


def test_value_counts_groups_gaps_and_changes() -> None:
    one, other = window("one", 1000, 1100, 7.0), window("other", 5000, 5100, 1.0)
    group = GroupTerm("g", "n", "count", ("one", "other"), lines=((3.0, -6.0), (0.0, 0.0)))
    gap = GapTerm("m", "n", ("one", "other"), 0.0, 10_000.0, 4000.0, 0.01)
    problem = problem_of(
        [one, other], group_terms=(group,), gap_terms=(gap,), previous=(whole(other),),
        change_price=2.0,
    )  # fmt: skip

    # 7 for the contact, one of two missing (-3), gap of 8900 s (-49), one dropped, one new (-4)
    assert revalue(problem, [whole(one)]) == pytest.approx(7 - 3 - 49 - 4)


def test_unknown_and_repeated_opportunities_are_refused() -> None:
    one = window("one", 100, 200)

    assert tags(problem_of([one]), Choice("nobody", ("a",), 0, 1)) == {"unknown"}
    assert "used_twice" in tags(problem_of([one]), whole(one), whole(one))
