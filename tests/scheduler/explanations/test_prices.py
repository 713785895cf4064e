"""Prices are plans: each is compared with all plans of a tiny problem, by plain enumeration."""

import pytest

from scheduler.explanations.prices import price_goal, price_leaving, price_taking
from scheduler.problem.model import AntennaResource, Choice, Forbid, GroupTerm, Pin
from scheduler.solvers.base import Deadline
from scheduler.solvers.ilp import solve_ilp
from tests.scheduler.brute_force import find_best
from tests.scheduler.problem_builders import problem_of, random_problem, whole, window


def solve_again(problem):
    return solve_ilp(problem, deadline=Deadline(20.0), seed=1, report=lambda step: None)


@pytest.mark.parametrize("seed", [1, 3, 8, 15, 21, 34, 146])
def test_price_of_a_loser_is_what_all_plans_say(seed):
    """Bite: a bonus that ignores the clashing contacts left the loser out (seeds 3, 21).

    Seed 146: two contacts of one satellite were held apart by the slew between two satellites,
    and a plan with a loss of 15.4 instead of 9.4 was called proven.
    """
    problem = random_problem(seed, largest=5)
    plan = solve_again(problem)
    best, _ = find_best(problem)
    taken = {choice.opportunity_id for choice in plan.choices}
    losers = [item.id for item in problem.opportunities if item.id not in taken]

    for name in losers:
        if any(forbid.opportunity_id == name for forbid in problem.forbids):
            continue
        price = price_taking(problem, plan.choices, name, solve_again, bound=plan.bound)
        forced, _ = find_best(problem, must_hold=name)

        if forced is None:
            assert price.loss is None
        else:
            assert price.loss == pytest.approx(best - forced, abs=1e-5)


def test_price_names_what_is_dropped_and_what_comes_instead():
    one, two = window("one", 100, 200, 5.0), window("two", 300, 400, 5.0)
    long, side = window("long", 190, 310, 6.0), window("side", 405, 500, 1.0)
    problem = problem_of([one, two, long, side])
    choices = [whole(one), whole(two)]

    price = price_taking(problem, choices, "long", solve_again)

    assert (price.dropped, price.added) == (("one", "two"), ("long", "side"))
    assert price.loss == pytest.approx(3.0)
    assert price.is_proven


def test_price_of_leaving_counts_what_takes_the_place():
    one, near = window("one", 100, 200, 5.0), window("near", 150, 260, 3.0)
    problem = problem_of([one, near])

    price = price_leaving(problem, [whole(one)], "one", solve_again)

    assert (price.loss, price.added) == (pytest.approx(2.0), ("near",))


def test_what_cannot_be_taken_has_no_price_but_a_reason():
    one, near = window("one", 100, 200), window("near", 205, 300)
    far, down = window("far", 1000, 1100), window("down", 3000, 3100)
    problem = problem_of(
        [one, near, far, down],
        antennas=(AntennaResource("a", "s", 10.0, 5.0, downtimes=((3050.0, 3060.0),)),),
        pins=(Pin(whole(one)),),
        group_terms=(GroupTerm("s", "fair_share", "count", ("far", "one"), at_most=1.0),),
    )
    choices = [Choice("one", ("a",), 100, 200)]

    reasons = [
        price_taking(problem, choices, n, solve_again).reason for n in ("near", "far", "down")
    ]

    assert reasons == ["pinned_away", "limit_reached", "in_downtime"]


def test_a_forbid_is_lifted_for_the_question():
    one, barred = window("one", 100, 200, 1.0), window("barred", 150, 250, 4.0)
    problem = problem_of([one, barred], forbids=(Forbid("barred"),))

    price = price_taking(problem, [whole(one)], "barred", solve_again)

    assert price.loss == pytest.approx(-3.0)


def test_goal_is_served_at_the_price_of_what_it_drives_out():
    mine, other = window("mine", 100, 200, 1.0), window("other", 150, 250, 9.0)
    goal = GroupTerm("g", "satisfaction", "count", ("mine",), lines=((2.0, -2.0), (0.0, 0.0)))
    problem = problem_of([mine, other], group_terms=(goal,))

    price = price_goal(problem, [whole(other)], "g", solve_again)

    assert (price.added, price.dropped) == (("mine",), ("other",))
    assert price.loss == pytest.approx(6.0)
