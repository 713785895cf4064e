"""The path of the mount: inside limits, never faster than its rates, as near as those allow."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.drive.pointing import Limits, limit_slope, limits_of, make_path, narrow, step
from scheduler.prediction.track import compute_track, sample_instants
from tests.app.drive.passes import find_pass, make_antenna

LIMITS = Limits(-270.0, 270.0, 5.0, 90.0, 10.0, 5.0)


def track_of(antenna, at_least_deg):
    found, tracked, station = find_pass(antenna, at_least_deg)
    instants = sample_instants(found.aos_unix_s, found.los_unix_s, 0.25)
    return compute_track(tracked.elements, station, instants, antenna=antenna)


def rates_of(path):
    seconds = np.diff(path.unix_s)
    return np.abs(np.diff(path.azimuth_deg)) / seconds, np.abs(
        np.diff(path.elevation_deg)
    ) / seconds


def test_a_pass_the_mount_can_follow_is_followed_exactly():
    antenna = make_antenna()

    path = make_path(track_of(antenna, 20.0), limits_of(antenna))

    assert path.lag_deg.max() < 1e-9
    assert path.elevation_deg.min() >= antenna.tracking_floor_deg - 1e-9


def test_a_pass_near_the_zenith_keeps_to_the_rates_and_shares_the_lag_out():
    # Bite: sending the track itself asks for more than 10 deg/s; following without a lead doubles
    # the largest error.
    antenna = make_antenna(azimuth_rate_deg_s=2.0)
    track = track_of(antenna, 84.0)
    asked = np.abs(np.diff(track.mount_azimuth_deg)) / 0.25

    path = make_path(track, limits_of(antenna))
    azimuth_rates, elevation_rates = rates_of(path)
    lag = path.azimuth_deg - path.wanted_azimuth_deg

    assert asked.max() > 3.0
    assert azimuth_rates.max() <= 2.0 + 1e-6
    assert elevation_rates.max() <= 5.0 + 1e-6
    assert lag.max() == pytest.approx(-lag.min(), rel=0.05)
    turned = path.azimuth_deg.max() - path.azimuth_deg.min()
    assert np.sum(path.lag_deg > 0.2) * 0.25 <= turned / 2.0  # off target only while it turns


@pytest.mark.parametrize("travel", [(-270.0, 270.0), (0.0, 450.0), (-360.0, 90.0)])
def test_the_cable_keeps_inside_its_travel(travel):
    antenna = make_antenna(azimuth_travel_deg=travel)

    path = make_path(track_of(antenna, 40.0), limits_of(antenna))

    assert travel[0] <= path.azimuth_deg.min()
    assert path.azimuth_deg.max() <= travel[1]
    assert path.lag_deg.max() < 1e-9


def test_a_rotator_that_reaches_less_than_the_mount_is_respected_or_refused():
    antenna = make_antenna()
    track = track_of(antenna, 40.0)
    here = track.mount_azimuth_deg
    mirrored = make_antenna(azimuth_travel_deg=(-400.0, 400.0))

    turned = make_path(track, narrow(limits_of(mirrored), -360.0, 0.0, 0.0, 80.0))

    assert turned.azimuth_deg == pytest.approx(here - 360.0)
    with pytest.raises(ValueError, match="min_az"):
        make_path(track, narrow(limits_of(antenna), here.min() + 5.0, here.max(), 0.0, 90.0))


def test_the_floor_and_the_top_of_elevation_hold():
    antenna = make_antenna(tracking_floor_deg=12.0, max_elevation_deg=50.0)
    found, tracked, station = find_pass(make_antenna(), 70.0)
    instants = sample_instants(found.aos_unix_s, found.los_unix_s, 0.25)

    path = make_path(
        compute_track(tracked.elements, station, instants, antenna=antenna), limits_of(antenna)
    )

    assert path.elevation_deg.min() == pytest.approx(12.0)
    assert path.elevation_deg.max() == pytest.approx(50.0)
    assert path.lag_deg.max() > 15.0


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.floats(-300.0, 300.0), min_size=2, max_size=40),
    st.floats(0.1, 20.0),
)
def test_no_curve_of_that_slope_has_a_smaller_largest_error(angles, rate):
    # Bite: taking `above` alone doubles the largest error.
    unix_s = np.arange(len(angles), dtype=float)
    angle = np.array(angles)

    found = limit_slope(unix_s, angle, rate)

    assert np.abs(np.diff(found)).max() <= rate + 1e-9
    assert found.min() >= angle.min() - 1e-9
    assert found.max() <= angle.max() + 1e-9
    apart = np.abs(angle[:, None] - angle[None, :])
    allowed = rate * np.abs(unix_s[:, None] - unix_s[None, :])
    least = 0.5 * (apart - allowed).max()  # no curve can be nearer to both of two samples
    assert np.abs(found - angle).max() == pytest.approx(max(0.0, least), abs=1e-9)


angle = st.floats(-1000.0, 1000.0)


@settings(max_examples=300, deadline=None)
@given(st.tuples(angle, angle), st.tuples(angle, angle), st.floats(0.01, 2.0))
def test_no_step_is_longer_than_the_axes_turn_and_none_leads_out(last, target, seconds):
    # Bite: clamping the result instead of the target jumps from outside the limits.
    azimuth, elevation = step(last, target, LIMITS, seconds)

    assert abs(azimuth - last[0]) <= 10.0 * seconds + 1e-9
    assert abs(elevation - last[1]) <= 5.0 * seconds + 1e-9
    for at, before, low, high in (
        (azimuth, last[0], -270.0, 270.0),
        (elevation, last[1], 5.0, 90.0),
    ):
        outside = max(0.0, low - at, at - high)
        assert outside <= max(0.0, low - before, before - high) + 1e-9


def test_refraction_is_in_the_path_unless_the_control_unit_adds_it():
    plain, lifted = (
        make_path(track_of(antenna, 20.0), limits_of(antenna))
        for antenna in (make_antenna(acu_applies_refraction=True), make_antenna())
    )

    lift = lifted.elevation_deg - plain.elevation_deg
    assert 0.05 < lift.max() < 0.25
    assert lift[len(lift) // 2] < 0.05
