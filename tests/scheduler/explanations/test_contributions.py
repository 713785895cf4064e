"""What each contact brings: the parts are what the plan loses without the contact."""

import pytest

from scheduler.explanations.contributions import list_contributions
from scheduler.problem.measure import value_plan
from scheduler.solvers.base import Deadline
from scheduler.solvers.greedy import solve_greedy
from tests.scheduler.problem_builders import random_problem


@pytest.mark.parametrize("seed", range(40))
def test_contributions_of_a_contact_sum_to_what_is_lost_without_it(seed):
    """Bite: crediting a goal with its mean instead of the last contact's part fails (seed 2)."""
    problem = random_problem(seed)
    choices = solve_greedy(
        problem, deadline=Deadline(2.0), seed=1, report=lambda step: None
    ).choices
    brought = list_contributions(problem, choices)

    for choice in choices:
        without = [item for item in choices if item != choice]
        lost = value_plan(problem, choices) - value_plan(problem, without)
        if problem.previous and problem.change_price:
            kept = choice in problem.previous
            lost -= problem.change_price if kept else -problem.change_price
        parts = brought[choice.opportunity_id]
        assert sum(part.value for part in parts) == pytest.approx(lost, abs=1e-6)
