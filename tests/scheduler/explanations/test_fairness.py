"""Goals and owners, the worst served first."""

import pytest

from scheduler.explanations.fairness import rate_goals, rate_owners
from scheduler.problem.model import GapTerm, GroupTerm, SatelliteResource
from tests.scheduler.problem_builders import problem_of, whole, window

A, B, C = window("a", 100, 200), window("b", 300, 400), window("c", 5000, 5100)
OWNED = {
    "satellites": (
        SatelliteResource("sat-a", "north"),
        SatelliteResource("sat-b", "south"),
        SatelliteResource("sat-c", "south"),
    )
}


def goal(name, members, target, request):
    return GroupTerm(
        name, "satisfaction", "count", members, lines=((1.0, -target), (0.0, 0.0)),
        target=target, request_id=request, owner="north",
    )  # fmt: skip


def test_request_is_the_mean_of_its_terms_and_the_worst_comes_first():
    """Bite: without the cap at 1 a day served twice makes up for a day without."""
    terms = (
        goal("one.day1", ("a", "b"), 1.0, "one"),
        goal("one.day2", ("c",), 1.0, "one"),
        goal("two", ("a", "b"), 2.0, "two"),
    )
    problem = problem_of([A, B, C], group_terms=terms)

    rated = rate_goals(problem, [whole(A), whole(B)])

    assert [(item.request_id, item.fulfilment) for item in rated] == [("one", 0.5), ("two", 1.0)]
    assert (rated[0].met, rated[0].terms, rated[0].worst.term_id) == (1, 2, "one.day2")


def test_gap_that_is_too_long_counts_as_the_part_that_was_asked():
    gap = GapTerm("g", "revisit_gap", ("a",), 0.0, 10_000.0, 4000.0, 1.0, request_id="g")
    problem = problem_of([A], gap_terms=(gap,))

    (rated,) = rate_goals(problem, [whole(A)])

    assert rated.fulfilment == pytest.approx(4000.0 / 9800.0)


def test_owners_are_measured_by_promise_and_named_even_without_windows():
    problem = problem_of([A, B, C], **OWNED)

    rated = rate_owners(
        problem, [whole(A), whole(B)], {"north": 115.0, "south": 460.0, "idle": 100.0}
    )

    assert [(item.owner, item.fulfilment) for item in rated] == [
        ("idle", 0.0),
        ("south", 0.25),
        ("north", 1.0),
    ]


def test_without_promise_an_owner_is_measured_by_what_was_offered():
    rated = rate_owners(problem_of([A, B, C], **OWNED), [whole(B)])

    assert [(item.owner, item.fulfilment) for item in rated] == [("north", 0.0), ("south", 0.5)]
