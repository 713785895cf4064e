"""The keyhole: the axis's best against linear programmes, and real passes near the zenith."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from ortools.linear_solver import pywraplp

from scheduler.antenna_constraints.azimuth_race import Axis, least_loss
from scheduler.antenna_constraints.keyhole import _read_losses_s
from scheduler.windows import cut_passes
from tests.scheduler.sky_builders import find_by_sampling, make_elements, make_station, see

HALF_BEAM_DEG = 0.175  # 7.3 m at 8.2 GHz


def cross(turn_deg_s, offset_deg, axis, n=40):
    """Make a straight crossing at an offset from the zenith: azimuth, tube and step."""
    reach_s = 90.0 / axis.rate_deg_s + 2.0 * axis.rate_deg_s / axis.acceleration_deg_s2 + 3.0
    t = np.linspace(-reach_s, reach_s, 2 * n + 1)
    azimuth = np.degrees(np.arctan2(turn_deg_s * t, offset_deg))
    level = np.sin(np.radians(np.hypot(turn_deg_s * t, offset_deg)))
    share = np.sin(np.radians(HALF_BEAM_DEG)) / level
    tube = np.where(share < 1.0, np.degrees(np.arcsin(np.minimum(share, 1.0))), 180.0)
    return azimuth, tube, reach_s / n


def can_bridge(azimuth, tube, step_s, axis, first, last) -> bool:
    """Ask a linear programme for any path inside the tube but for the gap, within the limits."""
    solver = pywraplp.Solver.CreateSolver("GLOP")
    at = [solver.NumVar(-1e4, 1e4, "") for _ in azimuth]
    for k, centre in enumerate(azimuth):
        if k <= first or k >= last:
            solver.Add(at[k] <= centre + tube[k])
            solver.Add(at[k] >= centre - tube[k])
        if k:
            way = axis.rate_deg_s * step_s
            solver.Add(at[k] - at[k - 1] <= way)
            solver.Add(at[k] - at[k - 1] >= -way)
        if k > 1:
            bend = axis.acceleration_deg_s2 * step_s**2
            solver.Add(at[k] - 2 * at[k - 1] + at[k - 2] <= bend)
            solver.Add(at[k] - 2 * at[k - 1] + at[k - 2] >= -bend)
    return solver.Solve() == pywraplp.Solver.OPTIMAL


@pytest.mark.parametrize(
    ("turn_deg_s", "offset_deg", "rate", "acceleration"),
    [
        (0.87, 1.0, 10.0, 5.0),
        (0.87, 4.2, 10.0, 5.0),
        (0.87, 2.0, 5.0, 2.0),
        (1.1, 0.05, 20.0, 10.0),
    ],
)
def test_the_loss_is_the_shortest_that_any_path_can_have(
    turn_deg_s, offset_deg, rate, acceleration
):
    # Bite: without the way lost in speeding up the gap cannot be bridged; with cruise at the top
    # rate alone, or the tube of the wrong side, it is longer than the programme's.
    axis = Axis(rate, acceleration)
    azimuth, tube, step_s = cross(turn_deg_s, offset_deg, axis)
    (first,), (last,) = least_loss(azimuth[None], tube[None], step_s, axis)
    gap = last - first

    assert gap >= 3
    assert can_bridge(azimuth, tube, step_s, axis, first, last)
    shorter = gap - 2
    starts = range(len(azimuth) - shorter)
    assert not any(can_bridge(azimuth, tube, step_s, axis, k, k + shorter) for k in starts)


def test_a_crossing_within_reach_loses_nothing():
    axis = Axis(10.0, 5.0)
    azimuth, tube, step_s = cross(0.87, 5.5, axis)

    assert can_bridge(azimuth, tube, step_s, axis, len(azimuth), len(azimuth))
    assert [int(end[0]) for end in least_loss(azimuth[None], tube[None], step_s, axis)] == [0, 0]


def test_a_falling_azimuth_loses_what_the_rising_one_loses():
    # Bite: leaving out the change of sign.
    axis = Axis(10.0, 5.0)
    azimuth, tube, step_s = cross(0.87, 1.0, axis)
    both = np.stack([azimuth, -azimuth, 500.0 - azimuth])
    first, last = least_loss(both, np.stack([tube] * 3), step_s, axis)

    assert len(set(last - first)) == 1


@pytest.fixture(scope="module")
def zenith():
    """Give passes at 500 km whose culminations rise to the zenith in small steps."""
    station = make_station()
    sets = [make_elements(500.0, 97.4, 275.0 + 0.15 * step) for step in range(14)]
    table = find_by_sampling(sets, station, hours=3.0)
    assert np.max(table.max_elevation_deg) > 88.0
    return station, table


def losses_s(table, station, **antenna):
    changed = replace(station, antennas=(replace(station.antennas[0], **antenna),))
    lost = []
    for windows, cuts in cut_passes(table, changed, constraints=["keyhole"]):
        assert not cuts
        assert {hole.reason for w in windows for hole in w.interruptions} <= {"in_keyhole"}
        lost.append(sum(h.end_unix_s - h.start_unix_s for w in windows for h in w.interruptions))
    return np.array(lost)


def test_the_keyhole_begins_where_the_rate_begins_to_miss(zenith):
    # At 500 km 10 deg/s are needed above 85.0 deg, 5 deg/s above 80.1 deg (computed beforehand).
    # A pencil beam and an axis without inertia leave that rule alone.
    station, table = zenith
    for rate, begins_deg in ((10.0, 85.0), (5.0, 80.1)):
        lost = losses_s(
            table,
            station,
            azimuth_rate_deg_s=rate,
            azimuth_acceleration_deg_s2=200.0,
            dish_diameter_m=500.0,
        )
        assert np.all(lost[table.max_elevation_deg < begins_deg - 0.3] == 0.0)
        assert np.all(lost[table.max_elevation_deg > begins_deg + 0.5] > 0.0)


def test_a_quicker_axis_and_a_wider_beam_lose_less_and_a_tilt_moves_the_keyhole(zenith):
    # Bite: tilting the wrong way, or the half-width taken for the full width.
    station, table = zenith
    usual = losses_s(table, station)
    quick = losses_s(table, station, azimuth_rate_deg_s=20.0, azimuth_acceleration_deg_s2=10.0)
    wide = losses_s(table, station, dish_diameter_m=2.4)
    tilted = losses_s(table, station, tilt_deg=7.0, tilt_azimuth_deg=100.0)
    high = usual > 0.0

    assert np.sum(high) >= 3
    assert np.all(quick[high] < usual[high])
    assert np.all(wide[high] < usual[high])
    assert np.all(tilted[table.max_elevation_deg > 87.0] == 0.0)
    assert np.any(tilted > 0.0)


def test_the_loss_lies_around_the_culmination_and_names_the_rate(zenith):
    station, table = zenith
    row = int(np.argmax(table.max_elevation_deg))
    (window,), _ = cut_passes(table, station, constraints=["keyhole"])[row]
    (hole,) = window.interruptions
    elements = table.objects[table.object_index[row]].elements
    ends = see(elements, station, [hole.start_unix_s, hole.end_unix_s])

    assert hole.start_unix_s < table.culmination_unix_s[row] < hole.end_unix_s
    assert 5.0 < hole.end_unix_s - hole.start_unix_s < 20.0
    assert np.all(ends.elevation_deg > 75.0)
    assert hole.limit_value == 10.0


@pytest.mark.parametrize(("turn_deg_s", "zenith_deg"), [(0.4, 0.3), (0.87, 1.0), (1.1, 2.5)])
def test_a_loss_read_from_the_table_is_that_of_the_race(turn_deg_s, zenith_deg):
    # Bite: with the two axes of the table exchanged the losses are seconds apart.
    antenna = make_station().antennas[0]
    axis = Axis(antenna.azimuth_rate_deg_s, antenna.azimuth_acceleration_deg_s2)
    azimuth, tube, step_s = cross(turn_deg_s, zenith_deg, axis, n=60)

    start_s, end_s = _read_losses_s(antenna, np.array([turn_deg_s]), np.array([zenith_deg]))
    first, last = least_loss(azimuth[None], tube[None], step_s, axis)

    assert last[0] > first[0]
    assert start_s[0] == pytest.approx(step_s * (first[0] - 60), abs=3.0 * step_s)
    assert end_s[0] == pytest.approx(step_s * (last[0] - 60), abs=3.0 * step_s)


def test_crossings_next_to_those_without_a_loss_are_raced_one_by_one():
    antenna = make_station().antennas[0]
    zenith_deg = np.linspace(2.0, 8.0, 200)

    start_s, end_s = _read_losses_s(antenna, np.full(200, 0.87), zenith_deg)
    doubtful = np.flatnonzero(np.isnan(start_s))

    assert len(doubtful)
    assert (end_s - start_s)[: doubtful[0]].min() > 0.0
