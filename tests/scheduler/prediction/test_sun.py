"""The Sun's place against the almanac's low-precision formula, and the shadow of the Earth."""

from __future__ import annotations

import numpy as np
import pytest

from scheduler.prediction.sun import is_sunlit, sun_elevation_deg, sun_teme_km
from tests.scheduler.sky_builders import make_station
from tle.timebase import parse_utc, to_unix_s


def at(text: str) -> np.ndarray:
    return np.array([to_unix_s(parse_utc(text))])


def test_the_sun_keeps_to_the_almanac_through_the_year():
    # The Astronomical Almanac's low-precision formula promises 0.01 deg for 1950 to 2050.
    # Bite: light from the Sun 8 minutes late, or no precession since 2000 (0.36 deg).
    unix_s = np.arange(0.0, 366.0, 3.7) * 86_400.0 + at("2026-01-01T00:00:00Z")
    days = unix_s / 86_400.0 + 2_440_587.5 - 2_451_545.0
    anomaly = np.radians(357.528 + 0.9856003 * days)
    longitude = np.radians(
        280.460 + 0.9856474 * days + 1.915 * np.sin(anomaly) + 0.020 * np.sin(2.0 * anomaly)
    )
    tilt = np.radians(23.439 - 4e-7 * days)
    expected = np.column_stack(
        [np.cos(longitude), np.cos(tilt) * np.sin(longitude), np.sin(tilt) * np.sin(longitude)]
    )

    sun_km = sun_teme_km(unix_s)
    distance_km = np.linalg.norm(sun_km, axis=1)
    cosine = np.einsum("ij,ij->i", sun_km, expected) / distance_km

    assert np.max(np.degrees(np.arccos(cosine))) < 0.013
    assert np.min(distance_km) == pytest.approx(147.1e6, rel=1e-3)
    assert np.max(distance_km) == pytest.approx(152.1e6, rel=1e-3)


def test_the_sun_crosses_the_equator_at_the_equinox_of_2026():
    # 2026-03-20T14:46Z in every almanac; the declination gains 0.0165 deg an hour.
    sun_km = sun_teme_km(at("2026-03-20T14:46:00Z"))[0]

    assert np.degrees(np.arcsin(sun_km[2] / np.linalg.norm(sun_km))) == pytest.approx(0, abs=3e-4)


def test_the_sun_stands_high_over_almaty_at_noon_in_june_and_below_at_midnight():
    # Noon there is at 06:54Z: 90 - 43.2235 + 23.43 deg. Bite: the sign of the rotation.
    station = make_station()

    assert sun_elevation_deg(station, at("2026-06-21T06:54:00Z"))[0] == pytest.approx(70.2, abs=0.1)
    assert sun_elevation_deg(station, at("2026-06-21T18:54:00Z"))[0] == pytest.approx(
        -23.3, abs=0.1
    )


def test_a_satellite_behind_the_earth_is_dark_and_one_beside_it_is_lit():
    instants = np.repeat(at("2026-09-06T12:00:00Z"), 4)
    sun = sun_teme_km(instants)[0] / 1.496e8
    across = np.cross(sun, [0.0, 0.0, 1.0])
    places = np.array(
        [7_000.0 * sun, -7_000.0 * sun, 7_000.0 * across, -7_000.0 * sun + 6_500 * across]
    )

    assert list(is_sunlit(places, instants)) == [True, False, True, True]


def test_a_circular_orbit_spends_its_known_share_in_shadow():
    # In the plane of the Sun at 600 km: arcsin(R / r) of a half circle is dark, 36.8 %.
    # Bite: a shadow in front of the Earth as well gives 73.6 %.
    turn = np.linspace(0.0, 2.0 * np.pi, 20_000, endpoint=False)
    instants = np.repeat(at("2026-09-06T12:00:00Z"), len(turn))
    sun = sun_teme_km(instants[:1])[0]
    sun /= np.linalg.norm(sun)
    across = np.cross(sun, [0.0, 0.0, 1.0])
    across /= np.linalg.norm(across)
    orbit_km = 6_978.137 * (np.cos(turn)[:, None] * sun + np.sin(turn)[:, None] * across)

    dark = 1.0 - np.mean(is_sunlit(orbit_km, instants))

    assert dark == pytest.approx(np.arcsin(6_378.137 / 6_978.137) / np.pi, abs=5e-4)
