"""A pass is one contact, however many antennas and wraps could take parts of it."""

import itertools
from dataclasses import replace

import pytest

from scheduler.goals import read_goal
from scheduler.plan_demands import PlanDemands
from scheduler.problem.json_form import read_problem
from scheduler.problem.pass_limits import limit_passes
from scheduler.stations import Antenna
from tests.scheduler.plan_builders import OPEN, plan_two_days
from tests.scheduler.problem_builders import window


def limit(*spans, trim="both"):
    """Limit windows of one pass, each (name, start, end); return the members of the requests."""
    windows = [
        window(name, start_s, end_s, pass_id="p", trim=trim) for name, start_s, end_s in spans
    ]
    return [request.members for request in limit_passes(windows)]


def test_windows_that_are_open_at_once_share_one_contact() -> None:
    assert limit(("a", 0, 600), ("b", 10, 590), ("c", 20, 500)) == [("a", "b", "c")]


def test_two_halves_on_one_antenna_exclude_the_whole_on_another_but_not_each_other() -> None:
    assert limit(("first", 0, 250), ("whole", 0, 600), ("second", 350, 600)) == [
        ("first", "whole"),
        ("whole", "second"),
    ]


def test_windows_apart_and_windows_that_may_not_be_trimmed_need_no_limit() -> None:
    assert limit(("a", 0, 100), ("b", 100, 200)) == []
    assert limit(("a", 0, 100), ("b", 50, 200), trim="none") == []


@pytest.mark.parametrize("solver", ["greedy", "ilp", "large"])
def test_a_goal_of_many_contacts_cuts_no_pass_into_pieces(solver) -> None:
    """Bite: of 4 passes ilp made 10 contacts, by wraps of a slow antenna one after the other."""
    slow = Antenna(
        "a1", "A", azimuth_rate_deg_s=1.5, azimuth_travel_deg=(-270.0, 450.0), setup_s=10.0,
        teardown_s=0.0, min_contact_s=60.0,
    )  # fmt: skip
    goal = read_goal(
        {"id": "many", "satellites": ["sat0"], "contacts": 50, "priority": 100}, place="request"
    )

    plan = plan_two_days(
        antenna=slow, service=replace(OPEN, trim="both"), solver=solver,
        demands=PlanDemands(goals=(goal,)),
    )  # fmt: skip

    windows = read_problem(plan.problem_json).opportunity_by_id
    taken = [windows[contact.contact_id.partition("@")[0]] for contact in plan.contacts]
    assert any("wrap" in name for name in windows)
    assert len(taken) > 10
    for one, other in itertools.combinations(taken, 2):
        assert one.pass_id != other.pass_id or max(one.start_s, other.start_s) >= min(
            one.end_s, other.end_s
        )
