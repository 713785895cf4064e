"""Points of lanes: contacts that are allowed, and that fit together."""

import numpy as np
import pytest

from scheduler.solvers.columns import find_pools
from scheduler.solvers.lane_table import LaneTable, list_lanes
from tests.scheduler.problem_builders import problem_of, random_problem, window


def build_table(problem) -> LaneTable:
    return LaneTable(problem, list_lanes(problem, find_pools(problem)))


@pytest.mark.parametrize("seed", range(30))
def test_every_pair_of_points_lasts_long_enough_inside_its_window(seed) -> None:
    """Bite: without the check of a window's end, 27 of these tests fail."""
    table = build_table(random_problem(seed))
    for points in (
        table.list_exact_points(0.0, 60.0, [table.before_s]),
        table.list_aligned_points(0.0, 60.0),
    ):
        for lane in range(len(table.lanes)):
            starts = np.flatnonzero(points.may_start[lane])
            ends = np.flatnonzero(points.may_end[lane])
            pairs = [(i, j) for i in starts for j in ends if i <= j]
            length_s = [points.end_s[lane, j] - points.start_s[lane, i] for i, j in pairs]
            assert pairs
            assert min(length_s) >= table.least_s[lane] - 1e-6
            assert points.start_s[lane, starts].min() >= table.low_s[lane] - 1e-6
            assert points.end_s[lane, ends].max() <= table.high_s[lane] + 1e-6


def test_aligned_contacts_leave_no_rest_between_them() -> None:
    problem = problem_of(
        [window("a", 1003, 2017, trim="both", min_s=120), window("b", 1203, 2011, trim="none")]
    )
    table = build_table(problem)
    points = table.list_aligned_points(0.0, 15.0)
    own = points.may_start[0] & points.may_end[0]

    assert np.all((points.start_s[0, own] - 10.0) % 15.0 == 0)  # 10 s of setup
    assert np.all((points.end_s[0, own] + 5.0) % 15.0 == 0)  # 5 s of teardown
    assert (points.start_s[1, 0], points.end_s[1, 0]) == (1203.0, 2011.0)
