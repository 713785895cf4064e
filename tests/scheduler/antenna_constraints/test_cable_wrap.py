"""Cable wrap: turns that fit, tilted axes, and what a short travel loses."""

from __future__ import annotations

import numpy as np
import pytest

from scheduler.prediction.mount import (
    fitting_wraps_deg,
    mount_angles_deg,
    to_mount,
)
from scheduler.stations import Antenna
from scheduler.window_pointing import point_windows
from scheduler.windows import cut_passes
from tests.scheduler.sky_builders import find_by_sampling, make_elements, make_station, see

ORBITS = [make_elements(600.0), make_elements(800.0, 98.6, 90.0), make_elements(512.0, 41.4, 80.0)]


def antenna(travel=None, **changes) -> Antenna:
    return Antenna("a1", "dish", azimuth_travel_deg=travel, **changes)


def test_the_wrap_that_lets_the_whole_pass_through_is_chosen():
    # Through north from 350 to 20 (unwrapped 350 to 380): only one turn back fits +/-270.
    # Bite: choosing the turn for the first azimuth alone gives 0 for the second path.
    half_turns = antenna((-270.0, 270.0))

    assert fitting_wraps_deg(np.array([350.0, 380.0]), half_turns) == (-360.0,)
    assert fitting_wraps_deg(np.array([200.0, 300.0]), half_turns) == (-360.0,)
    assert fitting_wraps_deg(np.array([110.0, 260.0]), half_turns) == (-360.0, 0.0)
    assert fitting_wraps_deg(np.array([10.0, 250.0]), antenna((-180.0, 180.0))) == ()
    assert fitting_wraps_deg(np.array([10.0, 750.0]), antenna(None)) == (0.0,)


def test_unwrapped_azimuth_never_jumps_and_points_at_the_satellite():
    # reliability C6: no jump of more than 180 degrees. Bite: raw azimuth across north.
    station = make_station()
    table = find_by_sampling(ORBITS, station, hours=48.0)
    windows = cut_passes(table, station)
    through_north = 0
    for row, path in zip(windows.window_row, point_windows(table, station, windows), strict=True):
        look = see(table.objects[table.object_index[row]].elements, station, path.unix_s)
        turn = (path.azimuth_deg - look.azimuth_deg + 180.0) % 360.0 - 180.0

        assert np.max(np.abs(turn)) < 1e-3
        assert np.max(np.abs(np.diff(path.azimuth_deg))) < 180.0
        assert -270.0 <= np.min(path.azimuth_deg) <= np.max(path.azimuth_deg) <= 270.0
        through_north += bool(np.any(np.abs(np.diff(look.azimuth_deg)) > 180.0))
    assert through_north > 1


def test_a_travel_too_short_keeps_the_longest_stretch_that_fits():
    # Bite: keeping the first stretch instead of the longest one.
    station = make_station(azimuth_travel_deg=(-180.0, 180.0))
    table = find_by_sampling(ORBITS, station, hours=48.0)
    hit = 0
    for row, (windows, cuts) in enumerate(cut_passes(table, station)):
        instants = np.arange(table.aos_unix_s[row], table.los_unix_s[row], 1.0)
        look = see(table.objects[table.object_index[row]].elements, station, instants)
        south = np.flatnonzero(np.abs(np.diff((look.azimuth_deg + 180.0) % 360.0)) > 180.0)
        if not len(south):
            assert not cuts
            continue
        hit += 1
        stop = instants[south[0]]
        (window,), (cut,) = windows, cuts
        longest = max(stop - table.aos_unix_s[row], table.los_unix_s[row] - stop)
        assert window.end_unix_s - window.start_unix_s == pytest.approx(longest, abs=1.5)
        assert (cut.reason, abs(cut.limit_value)) == ("beyond_cable_wrap", 180.0)
    assert hit > 3


def test_a_tilted_axis_sees_its_own_direction_as_the_zenith():
    # Bite: turning by the opposite angle puts it at 76 deg.
    tilted = antenna(tilt_deg=7.0, tilt_azimuth_deg=120.0)
    east, north = np.sin(np.radians(120.0)), np.cos(np.radians(120.0))
    axis = np.array([[east, north, 0.0]]) * np.sin(np.radians(7.0))
    axis[0, 2] = np.cos(np.radians(7.0))

    assert to_mount(axis, tilted)[0] == pytest.approx([0.0, 0.0, 1.0], abs=1e-12)
    _, elevation_deg = mount_angles_deg(np.array([[0.0, 0.0, 1.0]]), tilted)
    assert elevation_deg[0] == pytest.approx(83.0)
