"""The curve of value against changes: its ends, its corners, its order."""

from dataclasses import replace

import pytest

from scheduler.comparison.trade_off import trace_trade_off
from scheduler.solvers.base import Deadline
from scheduler.solvers.ilp import solve_ilp
from tests.scheduler.problem_builders import problem_of, whole, window


def solve_again(problem):
    return solve_ilp(problem, deadline=Deadline(20.0), seed=1, report=lambda step: None)


def pairs(gains):
    """Pairs of windows that exclude each other: the old one worth 10, the new one so much more."""
    items, previous = [], []
    for at, gain in enumerate(gains):
        old = window(f"old{at}", 1000 * at + 100, 1000 * at + 200, 10.0)
        items += [old, window(f"new{at}", 1000 * at + 150, 1000 * at + 250, 10.0 + gain)]
        previous.append(whole(old))
    return replace(problem_of(items), previous=tuple(previous), change_price=1.0)


def test_curve_runs_from_no_change_to_the_most_value_by_the_best_swaps_first():
    """Bite: counting a swap as one change halves the prices."""
    points = trace_trade_off(pairs([1.0, 2.0, 4.0, 8.0]), solve_again)

    assert [(point.changes, point.value) for point in points] == [
        (0, pytest.approx(40.0)),
        (2, pytest.approx(48.0)),
        (4, pytest.approx(52.0)),
        (6, pytest.approx(54.0)),
        (8, pytest.approx(55.0)),
    ]
    assert all(point.is_proven for point in points)
    assert [(point.dropped, point.added) for point in points[1:3]] == [(1, 1), (2, 2)]


def test_curve_of_nothing_to_gain_is_one_point():
    points = trace_trade_off(pairs([-1.0, -2.0]), solve_again)

    assert [point.changes for point in points] == [0]


def test_number_of_points_is_a_limit():
    points = trace_trade_off(pairs([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), solve_again, points=4)

    assert len(points) == 4
    assert (points[0].changes, points[-1].changes) == (0, 12)
