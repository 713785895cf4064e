"""The price of a switch."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from scheduler.antenna_constraints.changeover import (
    changeover_s,
    longest_changeover_s,
    minimum_gap_s,
)
from scheduler.axis_motion import move_s
from scheduler.stations import Antenna

DISH = Antenna(
    "a1",
    "dish",
    azimuth_rate_deg_s=10.0,
    azimuth_acceleration_deg_s2=5.0,
    elevation_rate_deg_s=5.0,
    elevation_acceleration_deg_s2=2.0,
    azimuth_travel_deg=(-270.0, 270.0),
    settle_s=5.0,
    setup_s=120.0,
    teardown_s=60.0,
)


@pytest.mark.parametrize("distance_deg", [0.0, 0.3, 5.0, 19.9, 20.1, 90.0, 500.0])
def test_a_move_takes_as_long_as_its_simulated_trapezoid(distance_deg):
    # Independent: integrate speed up, cruise and braking in small steps.
    # Bite: d/r alone, or braking left out (r/2a), fails from 0.3 deg on.
    rate, acceleration, step = 10.0, 5.0, 1e-4
    at, speed, seconds = 0.0, 0.0, 0.0
    while distance_deg - at > 1e-9 and seconds < 100.0:
        must_brake = distance_deg - at <= speed**2 / (2.0 * acceleration)
        speed += (-acceleration if must_brake else acceleration) * step
        speed = min(max(speed, 1e-3), rate)
        at += speed * step
        seconds += step

    assert move_s(distance_deg, rate, acceleration) == pytest.approx(seconds, abs=0.02)


def test_the_slower_axis_decides():
    assert changeover_s(DISH, 0.0, 5.0, 90.0, 5.0) == pytest.approx(9.0 + 2.0 + 5.0)
    assert changeover_s(DISH, 0.0, 5.0, 90.0, 85.0) == pytest.approx(16.0 + 2.5 + 5.0)


def test_cables_unwind_the_whole_way_and_a_continuous_mount_takes_the_shorter():
    # Bite: taking the shorter way on a mount with limited travel.
    continuous = replace(DISH, azimuth_travel_deg=None)

    assert changeover_s(DISH, 260.0, 5.0, -90.0, 5.0) == pytest.approx(35.0 + 2.0 + 5.0)
    assert changeover_s(continuous, 260.0, 5.0, -90.0, 5.0) == pytest.approx(2 * 2**0.5 + 5.0)


def test_setup_runs_while_the_mount_moves_and_waits_for_it():
    # gap >= teardown + max(setup, slew + settle). Bite: adding setup and slew.
    slow = replace(DISH, azimuth_rate_deg_s=1.0)

    assert minimum_gap_s(DISH, 0.0, 5.0, 90.0, 5.0) == pytest.approx(60.0 + 120.0)
    assert minimum_gap_s(slow, 0.0, 5.0, 180.0, 5.0) == pytest.approx(60.0 + 180.2 + 5.0)


def test_no_pair_of_pointings_takes_longer_than_the_longest_changeover():
    generator = np.random.default_rng(3)
    pointings = np.column_stack(
        [generator.uniform(-270.0, 270.0, 5_000), generator.uniform(5.0, 90.0, 5_000)]
    )
    times = [changeover_s(DISH, *a, *b) for a, b in pairwise(pointings)]

    assert max(times) <= longest_changeover_s(DISH)
    assert max(times) > 0.9 * longest_changeover_s(DISH)
