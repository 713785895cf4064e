"""A hard lower limit on a group: reached at a price, or said to be out of reach."""

import pytest

from scheduler.problem.model import GroupTerm
from scheduler.solvers import solve
from tests.scheduler.problem_builders import problem_of, window


def limited(at_least):
    """Offer three good windows, and two poor ones of which so many are demanded."""
    good = [window(f"good{k}", 1000 * k, 1000 * k + 300, 9.0) for k in range(1, 4)]
    poor = [window(f"poor{k}", 1000 * k + 200, 1000 * k + 500, 1.0) for k in range(1, 3)]
    members = tuple(item.id for item in poor)
    term = GroupTerm("least", "demand", "count", members, at_least=at_least)
    return problem_of([*good, *poor], group_terms=(term,))


@pytest.mark.parametrize(("at_least", "value"), [(0.0, 27.0), (1.0, 19.0), (2.0, 11.0)])
def test_hard_minimum_is_reached_at_its_price(at_least, value) -> None:
    solution = solve(limited(at_least), solver="ilp", time_limit_s=10.0)

    assert (solution.status, solution.value) == ("optimal", value)


@pytest.mark.parametrize("solver", ["greedy", "ilp"])
def test_minimum_out_of_reach_is_a_result_with_its_reason(solver) -> None:
    """Bite: without the check greedy answered with a plan that the audit refuses."""
    solution = solve(limited(3.0), solver=solver, time_limit_s=10.0)

    assert (solution.status, solution.choices) == ("infeasible", ())
    assert "at_least" in solution.message
