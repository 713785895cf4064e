"""The track: rates against differences, refraction against rays, mount angles, the Sun."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scheduler.prediction.refraction import refraction_deg
from scheduler.prediction.track import compute_track, sample_instants
from scheduler.satellites import Service
from tests.scheduler.sky_builders import find_by_sampling, make_elements, make_station
from tle.errors import PropagationError

TERRA = Service("db", "DB", centre_hz=8212.5e6)
UNKNOWN = Service("x", "X-band")
ORBIT = make_elements(700.0, 98.2, 250.0)


@pytest.fixture(scope="module")
def tall():
    """Give station, AOS and LOS of the highest pass of two days."""
    station = make_station()
    table = find_by_sampling([ORBIT], station, hours=42.0)
    row = int(np.argmax(table.max_elevation_deg))
    return station, table.aos_unix_s[row], table.los_unix_s[row]


def test_range_rate_and_doppler_are_the_slope_of_the_range(tall):
    # Bite: Doppler with the sign of the range rate, or velocities left in the inertial frame.
    station, aos, los = tall
    instants = sample_instants(aos, los, 0.5)
    track = compute_track(ORBIT, station, instants, services=[TERRA, UNKNOWN])
    slope_km_s = np.gradient(track.range_km, instants)

    assert np.max(np.abs(slope_km_s - track.range_rate_km_s)[1:-2]) < 1e-4
    assert set(track.doppler_hz) == {"db"}
    doppler_hz = track.doppler_hz["db"]
    assert np.max(np.abs(doppler_hz + 8212.5e6 * slope_km_s / 299_792.458)[1:-2]) < 3.0
    assert 170e3 < doppler_hz[0] < 200e3
    assert -200e3 < doppler_hz[-1] < -170e3


def test_path_loss_is_that_of_the_table_at_five_degrees(tall):
    # 702 km, 5 deg, 8.2 GHz: 178.9 dB at 2568 km (computed beforehand).
    station, aos, _ = tall
    track = compute_track(ORBIT, station, np.array([aos]), services=[TERRA])

    expected = 178.9 + 20.0 * np.log10(track.range_km[0] / 2568.0 * 8212.5 / 8200.0)
    assert track.path_loss_db["db"][0] == pytest.approx(expected, abs=0.05)


def test_refraction_is_added_once_or_left_to_the_control_unit(tall):
    # Bite: adding it for every antenna points a refracting control unit 0.16 deg too high.
    station, aos, _ = tall
    unit = replace(station.antennas[0], acu_applies_refraction=True)
    ours = compute_track(ORBIT, station, np.array([aos]))
    theirs = compute_track(ORBIT, station, np.array([aos]), antenna=unit)
    geometry = compute_track(ORBIT, station, np.array([aos]), refract=False)

    assert (ours.refraction, theirs.refraction, geometry.refraction) == (
        "added",
        "left_to_control_unit",
        "none",
    )
    assert ours.elevation_deg[0] == theirs.pointing_elevation_deg[0] == pytest.approx(5.0, abs=1e-4)
    assert ours.pointing_elevation_deg[0] - 5.0 == pytest.approx(0.160, abs=0.002)
    assert geometry.pointing_elevation_deg[0] == geometry.elevation_deg[0]


@pytest.mark.parametrize("seen_deg", [0.5, 2.0, 5.0, 10.0, 40.0, 89.0])
def test_refraction_is_the_bending_of_a_ray_walked_through_the_air(seen_deg):
    # Independent: walk a ray in small steps in Cartesian coordinates, bending it by the gradient.
    # Bite: the lift read at the seen instead of the geometric elevation is 4 % off at 2 deg.
    place = np.array([0.0, 6_371.0 + 0.91])
    way = np.array([np.cos(np.radians(seen_deg)), np.sin(np.radians(seen_deg))])
    for _ in range(60_000):
        radius = np.hypot(*place)
        if radius > 6_471.0:
            break
        step_km = 0.02 + 0.002 * (radius - 6_371.9)
        excess = 315e-6 * np.exp(-(radius - 6_371.0) / 7.35)
        gradient = -excess / 7.35 * place / radius
        way = way + (gradient - way * (way @ gradient)) / (1.0 + excess) * step_km
        way /= np.hypot(*way)
        place = place + way * step_km
    geometric_deg = np.degrees(np.arctan2(way[1], way[0]))

    lift_deg = refraction_deg(np.array([geometric_deg]), 910.0)[0]

    assert lift_deg == pytest.approx(seen_deg - geometric_deg, rel=0.01, abs=2e-5)


def test_the_mount_follows_the_pointing_without_a_jump(tall):
    station, aos, los = tall
    track = compute_track(ORBIT, station, sample_instants(aos, los, 1.0))
    turn = (track.mount_azimuth_deg - track.azimuth_deg + 180.0) % 360.0 - 180.0

    assert np.max(np.abs(turn)) < 1e-6
    assert np.max(np.abs(np.diff(track.mount_azimuth_deg))) < 180.0
    assert np.all(np.abs(track.mount_azimuth_deg) <= 270.0)
    wound = replace(station.antennas[0], azimuth_travel_deg=(-900.0, -360.0))
    back = compute_track(ORBIT, station, track.unix_s, antenna=wound).mount_azimuth_deg
    assert np.all((back >= -900.0) & (back <= -360.0))
    assert np.allclose(track.mount_elevation_deg, track.pointing_elevation_deg)


def test_the_subsatellite_point_is_under_a_satellite_overhead(tall):
    station, aos, los = tall
    track = compute_track(ORBIT, station, sample_instants(aos, los, 1.0))
    top = int(np.argmax(track.elevation_deg))
    aside_deg = (90.0 - track.elevation_deg[top]) / 9.0 + 0.1  # about 700 km up: ten to one

    assert abs(track.latitude_deg[top] - 43.2235) < aside_deg
    assert abs(track.longitude_deg[top] - 76.9225) < aside_deg / np.cos(np.radians(43.2))
    assert 680.0 < track.altitude_km[top] < 730.0


def test_the_sun_angle_is_zero_when_the_satellite_stands_before_the_sun(tall):
    # The Sun's own direction, turned into a path by its azimuth and elevation.
    station, aos, los = tall
    track = compute_track(ORBIT, station, sample_instants(aos, los, 5.0))

    assert np.all((track.sun_angle_deg >= 0.0) & (track.sun_angle_deg <= 180.0))
    near = np.abs(track.sun_elevation_deg - track.elevation_deg)
    assert np.all(track.sun_angle_deg >= near - 1e-9)


def test_instants_hold_both_ends_at_any_step():
    assert list(sample_instants(0.0, 10.0, 4.0)) == [0.0, 4.0, 8.0, 10.0]
    assert list(sample_instants(0.0, 8.0, 4.0)) == [0.0, 4.0, 8.0]
    with pytest.raises(ValueError, match="step_s: 0"):
        sample_instants(0.0, 8.0, 0.0)


def test_a_decayed_satellite_has_no_track():
    fallen = replace(ORBIT, mean_motion_rev_day=16.4, bstar=0.05)
    with pytest.raises(PropagationError, match="no position at 2026-10"):
        compute_track(fallen, make_station(), np.array([1_790_980_000.0]))
