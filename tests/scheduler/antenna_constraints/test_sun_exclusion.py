"""The Sun: guard angles against the published table, losses against direct sampling."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scheduler.antenna_constraints.beam import half_power_beam_deg
from scheduler.antenna_constraints.sun_exclusion import (
    sun_guard_deg,
    sun_loss_angle_deg,
    sun_loss_db,
)
from scheduler.prediction.sun import sun_directions
from scheduler.stations import Antenna
from scheduler.windows import cut_passes
from tests.scheduler.sky_builders import find_by_sampling, make_elements, make_station, see

# Computed beforehand with other code at 8.2 GHz, 130 K, 250 sfu: dish m, beam deg, Sun on axis
# dB, separation for 1 dB.
TABLE = [
    (3.7, 0.69, 16.7, 1.04),
    (5.4, 0.47, 19.0, 0.81),
    (6.1, 0.42, 19.6, 0.76),
    (7.3, 0.35, 20.3, 0.68),
    (12.0, 0.21, 21.2, 0.53),
]


@pytest.mark.parametrize(("dish_m", "beam_deg", "on_axis_db", "guard_deg"), TABLE)
def test_beam_noise_and_guard_agree_with_the_table(dish_m, beam_deg, on_axis_db, guard_deg):
    # Bite: a point source instead of a disc gives 26.7 dB on axis for 12 m.
    assert half_power_beam_deg(dish_m, 8.2e9) == pytest.approx(beam_deg, abs=0.006)
    assert sun_loss_db(dish_m, 8.2e9, 0.0) == pytest.approx(on_axis_db, abs=0.15)
    assert sun_loss_angle_deg(dish_m, 8.2e9, 1.0) == pytest.approx(guard_deg, abs=0.02)


def test_the_guard_is_about_a_degree_for_seven_metres_unless_configured():
    dish = Antenna("a1", "dish", dish_diameter_m=7.3)

    assert sun_guard_deg(dish) == pytest.approx(1.0, abs=0.05)
    assert sun_guard_deg(replace(dish, dish_diameter_m=3.7)) == pytest.approx(1.5, abs=0.05)
    assert sun_guard_deg(replace(dish, sun_guard_deg=2.5)) == 2.5


@pytest.fixture(scope="module")
def found():
    # A wide guard so that many passes meet the Sun; also an orbit of hours in view.
    station = make_station(sun_guard_deg=12.0)
    sets = [make_elements(600.0, 97.8, raan) for raan in range(-15, 345, 30)]
    sets += [make_elements(15_000.0, 50.0), make_elements(35_786.0, 7.0, 250.0)]
    table = find_by_sampling(sets, station, hours=48.0)
    return station, table, cut_passes(table, station, constraints=["sun_exclusion"])


def lost_near_sun(table, station, row, guard_deg):
    instants = np.arange(table.aos_unix_s[row], table.los_unix_s[row], 1.0)
    look = see(table.objects[table.object_index[row]].elements, station, instants)
    azimuth, elevation = np.radians(look.azimuth_deg), np.radians(look.elevation_deg)
    level = np.cos(elevation)
    to_satellite = np.column_stack(
        [np.sin(azimuth) * level, np.cos(azimuth) * level, np.sin(elevation)]
    )
    cosine = np.einsum("ij,ij->i", to_satellite, sun_directions(station, instants))
    return instants, np.degrees(np.arccos(cosine)) < guard_deg


def test_interruptions_are_the_seconds_within_the_guard(found):
    # Bite: a pre-filter that forgets half of the azimuths, or the Sun's motion during days in view.
    station, table, windows = found
    met = 0
    for row in range(len(table)):
        instants, lost = lost_near_sun(table, station, row, 12.0)
        (window,), cuts = windows[row]
        told = np.zeros(len(instants), dtype=bool)
        for hole in window.interruptions:
            told |= (instants >= hole.start_unix_s) & (instants < hole.end_unix_s)
            assert (hole.reason, hole.limit_value) == ("sun_interference", 12.0)
        assert np.array_equal(told, lost)
        assert cuts == ()
        met += bool(np.any(lost))
    assert met > 8


def test_an_antenna_that_forbids_the_sun_loses_that_time(found):
    station, table, _ = found
    strict = replace(
        station, antennas=(replace(station.antennas[0], sun_forbids=True, split_gap_s=0.0),)
    )
    kept = cut_passes(table, strict, constraints=["sun_exclusion"])

    lost_s = sum(c.end_unix_s - c.start_unix_s for _, cuts in kept for c in cuts)
    assert lost_s > 30.0
    assert not any(window.interruptions for windows, _ in kept for window in windows)
