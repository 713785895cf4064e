"""What limits a plan: prices choose, the figure is solved again and compared with all plans."""

import pytest

from scheduler.explanations.limiting_resource import add_antenna_hours, measure_worth, rank_scarcity
from scheduler.problem.model import AntennaResource, GroupTerm
from scheduler.solvers.base import Deadline
from scheduler.solvers.ilp import solve_ilp
from tests.scheduler.brute_force import find_best
from tests.scheduler.problem_builders import problem_of, window

H = 3600.0


def solve_again(problem):
    return solve_ilp(problem, deadline=Deadline(20.0), seed=1, report=lambda step: None)


def at(name, hour, value, minutes=10):
    return window(name, hour * H, hour * H + minutes * 60.0, value, antenna_sets=(("s/a",),))


def crowd(**more):
    """Two windows at 01:00 that exclude each other, three at 05:00, one alone at 09:00."""
    items = [at("a1", 1, 3.0), at("a2", 1.05, 2.0), at("c", 9, 8.0)]
    items += [at(f"b{k}", 5 + 0.02 * k, 5.0 + k) for k in range(3)]
    settings = {"antennas": (AntennaResource("s/a", "s", 10.0, 5.0),), "end_s": 12 * H} | more
    return problem_of(items, **settings)


def test_hours_with_the_dearest_losers_come_first_and_idle_hours_have_no_price():
    problem = crowd()
    ranked = [item for item in rank_scarcity(problem) if item.kind == "antenna_hours"]

    assert [item.hours_utc for item in ranked] == [(4.0, 6.0), (0.0, 2.0)]


def test_worth_of_antenna_hours_is_what_all_plans_say():
    """Bite: an antenna without its closed hours also takes a2, and the gain is 8."""
    problem = crowd()
    plan = solve_again(problem)
    ranked = [item for item in rank_scarcity(problem) if item.kind == "antenna_hours"]

    worth = measure_worth(problem, plan.choices, ranked[0], solve_again)

    richer, hours = add_antenna_hours(problem, "s", (4.0, 6.0))
    assert (worth.added, hours) == (2.0, 2.0)
    assert worth.gain == pytest.approx(6.0)
    assert worth.gain == pytest.approx(find_best(richer)[0] - find_best(problem)[0])
    assert worth.is_proven
    assert worth.contacts == 1


def test_hard_share_that_binds_is_told_and_one_more_hour_of_it_solved():
    share = GroupTerm("share", "fair_share", "reserved_s", ("b2", "c"), at_most=700.0)
    problem = crowd(group_terms=(share,))
    plan = solve_again(problem)
    (found,) = [item for item in rank_scarcity(problem) if item.kind == "share"]

    worth = measure_worth(problem, plan.choices, found, solve_again)

    assert (found.place, worth.unit) == ("share", "hours")
    assert worth.gain == pytest.approx(find_best(crowd())[0] - find_best(problem)[0])


def test_plan_without_competition_is_limited_by_its_windows_alone():
    kinds = {item.kind for item in rank_scarcity(problem_of([at("c", 2, 8.0)], antennas=(
        AntennaResource("s/a", "s", 10.0, 5.0),
    )))}  # fmt: skip

    assert kinds == {"windows"}
