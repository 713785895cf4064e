"""What still fits: the rest of a pass, another pass, the satellite's own contact."""

import pytest

from scheduler.explanations.alternatives import find_alternatives, find_rest
from scheduler.solvers.base import Deadline
from scheduler.solvers.ilp import solve_ilp
from tests.scheduler.problem_builders import problem_of, whole, window


def solve_again(problem):
    return solve_ilp(problem, deadline=Deadline(20.0), seed=1, report=lambda step: None)


def test_rest_of_a_pass_keeps_setup_and_teardown_clear():
    """Bite: without the gap of 15 s (teardown and setup) the rest began at 200."""
    one, late = window("one", 100, 200), window("late", 150, 400, min_s=60.0)
    problem = problem_of([one, late])

    rest = find_rest(problem, [whole(one)], late)

    assert (rest.start_s, rest.end_s, rest.needs_trim) == (215.0, 400.0, True)


def test_rest_shorter_than_the_shortest_contact_is_none():
    one, late = window("one", 100, 200), window("late", 150, 260, min_s=60.0)
    problem = problem_of([one, late])

    assert find_rest(problem, [whole(one)], late) is None


def test_other_pass_that_fits_for_nothing_comes_before_any_price():
    own = {"satellite_id": "sat"}
    winner, lost = window("winner", 100, 200, 9.0), window("lost", 150, 250, min_s=90.0, **own)
    free, held = window("free", 2000, 2100, 0.0, **own), window("held", 900, 1000, **own)
    problem = problem_of([winner, lost, free, held])

    found = find_alternatives(problem, [whole(winner), whole(held)], "lost", solve_again)

    assert [(item.kind, item.opportunity_id, item.loss) for item in found] == [
        ("other_pass", "free", 0.0),
        ("own_contact", "held", 0.0),
    ]


def test_without_a_free_pass_the_cheapest_of_the_next_is_priced():
    own = {"satellite_id": "sat"}
    big, lost = window("big", 100, 200, 9.0), window("lost", 150, 250, 1.0, min_s=90.0, **own)
    rival, next_pass = window("rival", 2000, 2100, 4.0), window("next", 2050, 2150, 1.0, **own)
    problem = problem_of([big, lost, rival, next_pass])

    (found,) = find_alternatives(problem, [whole(big), whole(rival)], "lost", solve_again)

    assert (found.opportunity_id, found.price.dropped) == ("next", ("rival",))
    assert found.loss == pytest.approx(3.0)
