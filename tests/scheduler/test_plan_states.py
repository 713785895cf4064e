"""The states of plan versions."""

import itertools

import pytest

from scheduler.errors import IllegalTransitionError
from scheduler.plan_states import (
    PLAN_STATES,
    PLAN_TRANSITIONS,
    PlanExtent,
    require_plan_transition,
    supersedes,
)


@pytest.mark.parametrize(("source", "target"), list(itertools.product(PLAN_STATES, PLAN_STATES)))
def test_what_is_not_in_the_table_is_refused(source, target):
    if (source, target) in {(each.source, each.target) for each in PLAN_TRANSITIONS}:
        require_plan_transition(source, target)
    else:
        with pytest.raises(IllegalTransitionError, match="a plan in"):
            require_plan_transition(source, target)


def test_nothing_leads_out_of_withdrawn():
    assert not any(each.source == "withdrawn" for each in PLAN_TRANSITIONS)


@pytest.mark.parametrize(
    ("stations", "start", "end", "covered"),
    [
        ("a", 50, 200, True),  # its past needs no cover
        ("ab", 0, 100, True),
        ("b", 0, 200, False),  # another station
        ("a", 70, 200, False),  # leaves a part before it in force
        ("a", 50, 99, False),  # and one behind it
    ],
)
def test_a_plan_supersedes_one_of_which_it_leaves_nothing(stations, start, end, covered):
    older = PlanExtent(frozenset("a"), 0.0, 100.0)

    assert supersedes(PlanExtent(frozenset(stations), start, end), older, 60.0) is covered
