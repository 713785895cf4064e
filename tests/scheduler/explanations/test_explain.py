"""Every opportunity ends in a contact or in one reason."""

from dataclasses import replace

import pytest

from scheduler.explanations.explain import explain
from scheduler.problem.model import AntennaResource, Choice, Forbid, GroupTerm, Pin, Request
from scheduler.reasons import REASONS
from scheduler.solvers.base import Deadline
from scheduler.solvers.greedy import solve_greedy
from tests.scheduler.problem_builders import problem_of, random_problem, whole, window


@pytest.mark.parametrize("seed", range(80))
def test_opportunities_are_contacts_plus_reasons(seed) -> None:
    """Bite: skipping opportunities without a free span lost those in a downtime."""
    problem = random_problem(seed)
    solution = solve_greedy(problem, deadline=Deadline(2.0), seed=1, report=lambda step: None)

    explanations = explain(problem, solution.choices)

    taken = {choice.opportunity_id for choice in solution.choices}
    assert taken.isdisjoint(explanations)
    assert taken | set(explanations) == set(problem.opportunity_by_id)
    assert {item.reason for item in explanations.values()} <= set(REASONS)


def test_loser_names_the_contacts_that_beat_it() -> None:
    one, two = window("one", 100, 200), window("two", 300, 400)
    long = window("long", 150, 350)

    found = explain(problem_of([one, two, long]), [whole(one), whole(two)])

    assert (found["long"].reason, found["long"].beaten_by) == ("beaten_by", ("one", "two"))


def test_pins_and_limits_are_told_apart_from_competition() -> None:
    one, near = window("one", 100, 200), window("near", 205, 300)
    far, barred = window("far", 1000, 1100), window("barred", 2000, 2100)
    down, poor = window("down", 3000, 3100), window("poor", 4000, 4100, -1.0)
    share = GroupTerm("s", "fair_share", "reserved_s", ("far", "one"), at_most=150.0)
    problem = problem_of(
        [one, near, far, barred, down, poor],
        antennas=(AntennaResource("a", "s", 10.0, 5.0, downtimes=((3050.0, 3060.0),)),),
        pins=(Pin(whole(one)),),
        forbids=(Forbid("barred", "frozen"),),
        group_terms=(share,),
    )

    reasons = {name: item.reason for name, item in explain(problem, [whole(one)]).items()}

    assert reasons == {
        "near": "pinned_away",
        "far": "owner_share_used",
        "barred": "frozen",
        "down": "in_downtime",
        "poor": "not_worth_it",
    }


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"min_s": 500.0}, "shorter_than_min_contact"),
        ({"start_s": 9_900.0, "end_s": 10_100.0}, "no_window"),
        ({"max_s": 50.0}, "no_window"),
        ({"start_s": 3_000.0, "end_s": 3_100.0}, "in_downtime"),
    ],
)
def test_a_window_without_room_says_what_takes_it(changes, reason) -> None:
    """Bite: whatever was in the way was called a downtime, of an antenna that had none."""
    antenna = AntennaResource("a", "s", 10.0, 5.0, downtimes=((3050.0, 3060.0),))
    tight = replace(window("tight", 1000, 1100), **changes)

    found = explain(problem_of([tight], antennas=(antenna,)), ())

    assert found["tight"].reason == reason


def test_second_contact_of_an_unsplittable_request_is_fulfilled() -> None:
    one, other = window("one", 100, 200), window("other", 1000, 1100)
    problem = problem_of([one, other], requests=(Request("r", ("one", "other"), max_contacts=1),))

    found = explain(problem, [Choice("one", ("a",), 100, 200)])

    assert (found["other"].reason, found["other"].limit) == ("request_fulfilled", "r")


def test_limit_of_a_span_is_no_reason_for_what_starts_outside_it() -> None:
    """Bite: found by the proof (seed 1198): the limit of a morning refused an afternoon."""
    one, late = window("one", 100, 200), window("late", 1000, 1100, -1.0)
    morning = GroupTerm("g", "x", "count", ("one", "late"), at_most=1.0, starts_within=(0.0, 500.0))
    problem = problem_of([one, late], group_terms=(morning,))

    assert explain(problem, [whole(one)])["late"].reason == "not_worth_it"
