"""Between the states of an OEM, against the orbit that the states were sampled from.

Bite: with positions alone (slopes left at their divided differences) the error is 240 km.
"""

from functools import partial

import numpy as np
import pytest
from skyfield.api import load
from skyfield.sgp4lib import TEME

from tests.tle.oem_builders import fly_kepler, fly_sgp4, make_oem, oem_text
from tests.tle.test_oem_format import read, to_earth_fixed
from tle.frames import turn_to_teme
from tle.interpolation import NOT_COVERED, OemEphemeris
from tle.timebase import from_unix_s


def largest_error(message, fly=fly_kepler):
    """Compare at 400 instants inside the message: km and km/s."""
    instants = np.linspace(message.valid_from_unix_s, message.valid_to_unix_s, 400)
    r, v, error = OemEphemeris(message).position_velocity(instants)
    true_r, true_v = fly(instants)
    assert not error.any()
    return np.abs(r - true_r).max(), np.abs(v - true_v).max()


@pytest.mark.parametrize(("step_s", "limit_km"), [(60.0, 1e-6), (180.0, 1e-3), (300.0, 5e-2)])
def test_four_states_around_an_instant_give_the_orbit_back(step_s, limit_km):
    """A millimetre at 1 min steps, a metre at 3 min, 50 m at 5 min, the ends included."""
    error_km, error_km_s = largest_error(make_oem(step_s=step_s, fly=fly_kepler))

    assert error_km < limit_km
    assert error_km_s < limit_km / 20.0


def test_a_higher_recommended_degree_uses_more_states():
    coarse = make_oem(step_s=300.0, fly=fly_kepler)
    fine = make_oem(step_s=300.0, fly=fly_kepler, degree=13)

    assert largest_error(fine)[0] < largest_error(coarse)[0] / 20.0


def test_an_eccentric_orbit_is_followed_through_perigee():
    fly = partial(fly_kepler, axis_km=26_600.0, eccentricity=0.72)

    error_km, _ = largest_error(make_oem(fly=fly, count=240), fly)

    assert error_km < 1e-3


def test_states_sampled_from_sgp4_are_followed_to_a_metre():
    """SGP4's velocities are not quite the slopes of its positions (1e-5 km/s): no closer."""
    assert largest_error(make_oem(), fly_sgp4)[0] < 1e-3


def test_an_earth_fixed_message_gives_the_same_orbit():
    """Bite: leaving the Earth's rotation out of the velocities costs 16 km between the states."""
    message = make_oem(frame="ITRF", fly=fly_kepler, turn=to_earth_fixed)

    error_km, error_km_s = largest_error(message)

    assert error_km < 1e-5
    assert error_km_s < 1e-6


@pytest.mark.parametrize("frame", ["GCRF", "ICRF", "EME2000", "J2000"])
def test_inertial_frames_agree_with_skyfield(frame):
    """1 m in 7,000 km (30 mas), which is the bias between GCRF and EME2000.

    Bite: with the equation of the equinoxes alone the difference is 2 m.
    """
    message = make_oem()
    unix_s = message.segments[0].unix_s
    times = load.timescale(builtin=True).from_datetimes([from_unix_s(s) for s in unix_s])
    teme_to_gcrf = np.moveaxis(TEME.rotation_at(times), -1, 0).transpose(0, 2, 1)
    states = message.segments[0]
    gcrf_r = np.einsum("nij,nj->ni", teme_to_gcrf, states.position_km)
    gcrf_v = np.einsum("nij,nj->ni", teme_to_gcrf, states.velocity_km_s)

    r, v = turn_to_teme(frame, unix_s, gcrf_r, gcrf_v)

    assert np.abs(r - states.position_km).max() < 1e-3
    assert np.abs(v - states.velocity_km_s).max() < 1e-6


def test_nothing_is_extrapolated():
    message = make_oem()
    ends = np.array([message.valid_from_unix_s, message.valid_to_unix_s])

    r, _, error = OemEphemeris(message).position_velocity(
        np.concatenate([ends, ends + np.array([-1e-3, 1e-3])])
    )

    assert error.tolist() == [0, 0, NOT_COVERED, NOT_COVERED]
    assert np.isnan(r[2:]).all()


def test_a_gap_between_segments_is_not_bridged():
    text = oem_text()
    later = text[text.index("META_START") :].replace("2026-09-06", "2026-09-07")
    ephemeris = OemEphemeris(read(text + later).message)
    gap = np.array([ephemeris.valid_from_unix_s + 7200.0])

    assert ephemeris.position_velocity(gap)[2].tolist() == [NOT_COVERED]


def test_an_unknown_frame_is_refused():
    with pytest.raises(ValueError, match="is not supported"):
        turn_to_teme("RTN", np.zeros(1), np.zeros((1, 3)), np.zeros((1, 3)))
