"""Element sets from designs, against satellites that fly such designs."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tle.drag import Drag
from tle.earth_rotation import greenwich_angle_rad, rotate_to_earth
from tle.errors import ElementRangeError
from tle.nominal import (
    InclinedOrbit,
    InjectionState,
    RepeatGroundTrack,
    SunSynchronous,
    make_nominal,
    mean_altitude_km,
)
from tle.propagation import build_record, propagate
from tle.solar_time import local_time_h
from tle.timebase import to_unix_s

EPOCH = datetime(2026, 9, 6, 12, tzinfo=UTC)


def elements_of(design, **extra):
    return make_nominal(design, EPOCH, name="NKSAT", **extra).elements


@pytest.mark.parametrize(
    ("design", "motion", "inclination_deg"),
    [
        (RepeatGroundTrack(143, 10, local_time_h=22.5), 14.30818788, 98.5625),  # Sentinel-2A
        (RepeatGroundTrack(233, 16, local_time_h=22.2), 14.57111098, 98.2233),  # Landsat 8
        (RepeatGroundTrack(127, 10, inclination_deg=66.0437), 12.80928912, 66.0437),  # Sentinel-6B
    ],
)
def test_published_repeat_cycles_give_the_orbits_that_fly(design, motion, inclination_deg):
    """Authority: elements of 2026-09-06 of satellites with published cycles (ESA, USGS, EUMETSAT).
    The flying inclination breathes within the operators' 0.02 deg.
    Bite: Kozai for Brouwer mean motion is off by 6e-3 rev/day."""
    elements = elements_of(design)

    assert elements.mean_motion_rev_day == pytest.approx(motion, abs=2e-5)
    assert elements.inclination_deg == pytest.approx(inclination_deg, abs=0.02)


@pytest.mark.parametrize(
    ("altitude_km", "sun"), [(500.0, "mean"), (600.0, "mean"), (850.0, "apparent")]
)
def test_sun_synchronous_node_keeps_its_local_time_for_half_a_year(altitude_km, sun):
    """SGP4 itself carries the node; it keeps the mean Sun, so the apparent one is asked once."""
    elements = elements_of(SunSynchronous(altitude_km, 10.5, node="descending", sun=sun))
    now, half_year = to_unix_s(EPOCH), 182 * 86_400.0
    drift_deg = np.degrees(build_record(elements).nodedot) * half_year / 60.0

    assert local_time_h(elements.raan_deg, now, sun) == pytest.approx(22.5, abs=1e-6)
    mean_h = [
        local_time_h(elements.raan_deg, now),
        local_time_h(elements.raan_deg + drift_deg, now + half_year),
    ]
    assert mean_h[1] == pytest.approx(mean_h[0], abs=5 / 3600)


@settings(max_examples=40, deadline=None)
@given(st.floats(200, 30_000), st.floats(0.001, 170), st.floats(0, 0.02))
def test_altitude_is_the_one_asked_for_in_sgp4s_own_axis(altitude_km, inclination_deg, e):
    elements = elements_of(InclinedOrbit(altitude_km, inclination_deg, 30.0, eccentricity=e))

    assert mean_altitude_km(elements) == pytest.approx(altitude_km, abs=1e-6)


def node_longitudes_deg(elements, days):
    """Find by the minute where the track crosses the equator northwards; linear between."""
    unix_s = to_unix_s(EPOCH) + np.arange(0.0, days * 86_400.0, 60.0)
    r, _, _ = propagate(build_record(elements), unix_s)
    fixed = rotate_to_earth(r, greenwich_angle_rad(unix_s))
    up = np.flatnonzero((fixed[:-1, 2] < 0) & (fixed[1:, 2] >= 0))
    part = (-fixed[up, 2] / (fixed[up + 1, 2] - fixed[up, 2]))[:, None]
    crossing = fixed[up] * (1 - part) + fixed[up + 1] * part
    return np.degrees(np.arctan2(crossing[:, 1], crossing[:, 0]))


def test_ground_track_returns_after_its_cycle_and_not_before():
    """15 revolutions a day: 11 km on the equator is 0.1 deg.
    Bite: counting a nodal day as a sidereal one shifts the track by 15 deg."""
    elements = elements_of(RepeatGroundTrack(44, 3, local_time_h=18.0))
    longitudes = node_longitudes_deg(elements, 6.2)
    away = (longitudes - longitudes[0] + 180) % 360 - 180

    assert abs(away[44]) < 0.1
    assert np.abs(away[1:44]).min() > 7.0


def test_argument_of_latitude_puts_the_satellite_where_it_was_asked():
    elements = elements_of(
        InclinedOrbit(600, 90.0, 0.0, eccentricity=0.02, argument_of_latitude_deg=60.0)
    )
    r, _, _ = propagate(build_record(elements), np.array([to_unix_s(EPOCH)]))

    latitude_deg = np.degrees(np.arcsin(r[0, 2] / np.linalg.norm(r[0])))
    assert latitude_deg == pytest.approx(60.0, abs=0.1)  # J2 short periods


def test_earth_fixed_injection_state_is_met_where_the_earth_stands():
    """Bite: forgetting the 0.46 km/s of the turning Earth changes the orbit by hundreds of km."""
    inertial = elements_of(SunSynchronous(500.0, 10.5))
    at = np.array([to_unix_s(EPOCH)])
    r, v, _ = propagate(build_record(inertial), at)
    angle = greenwich_angle_rad(at)
    fixed_r = rotate_to_earth(r, angle)
    later = rotate_to_earth(r + 1e-3 * v, greenwich_angle_rad(at + 1e-3))
    fixed_v = (later - fixed_r) / 1e-3  # by difference: independent of the code's own rotation
    found = elements_of(InjectionState(tuple(fixed_r[0]), tuple(fixed_v[0]), frame="ITRF"))

    assert found.inclination_deg == pytest.approx(inertial.inclination_deg, abs=1e-3)
    assert found.mean_motion_rev_day == pytest.approx(inertial.mean_motion_rev_day, abs=1e-3)


def test_nominal_sets_say_what_they_are_and_rest_on():
    orbit = make_nominal(
        SunSynchronous(500.0, 10.5), EPOCH, name="NKSAT", drag=Drag(area_m2=0.5, mass_kg=100.0)
    )

    assert orbit.elements.source == "nominal"
    assert orbit.elements.norad_cat_id is None
    assert orbit.elements.bstar > 0
    assert any("F10.7 140" in line for line in orbit.assumptions)
    assert any("not observed" in line for line in orbit.assumptions)


@pytest.mark.parametrize(
    ("design", "field"),
    [
        (SunSynchronous(100.0, 10.5), "altitude_km"),
        (SunSynchronous(7000.0, 10.5), "altitude_km"),
        (SunSynchronous(500.0, 24.0), "local_time_h"),
        (InclinedOrbit(500.0, 181.0, 0.0), "inclination_deg"),
        (InclinedOrbit(float("nan"), 50.0, 0.0), "altitude_km"),
        (InclinedOrbit(500.0, 50.0, 0.0, eccentricity=1.0), "eccentricity"),
        (InclinedOrbit(500.0, 50.0, 0.0, eccentricity=0.1), "altitude_km"),
        (RepeatGroundTrack(17, 1, local_time_h=10.0), "revolutions"),
        (RepeatGroundTrack(15, 1), "local_time_h"),
    ],
)
def test_impossible_design_is_refused_with_its_field(design, field):
    with pytest.raises(ElementRangeError) as refused:
        elements_of(design, drag=Drag(area_m2=1.0, mass_kg=100.0))

    assert refused.value.field == field
