"""The Sun: its direction from the Earth's centre and from a station, and who stands in sunlight.

Positions come from ERFA's ``epv00`` (no data file), with the annual aberration, precession and
nutation of IAU 2006/2000A, in the TEME frame that satellites use.
"""

from __future__ import annotations

from functools import lru_cache

import erfa
import numpy as np
from numpy.typing import NDArray

from scheduler.prediction.topocentric import EARTH_RADIUS_KM, build_site
from scheduler.stations import Station
from tle.earth_rotation import greenwich_angle_rad, rotate_to_earth
from tle.timebase import DAY_S, UNIX_EPOCH_JD, FloatArray

AU_KM = 149_597_870.7  # IAU 2012 B2
SUN_RADIUS_KM = 695_700.0  # IAU 2015 B3, nominal
_LIGHT_AU_DAY = 173.144632674  # speed of light
_TT_MINUS_UTC_S = 69.184  # since 2017; an error of seconds moves the Sun by 1e-5 deg
_NODE_S = 3_600.0  # linear between: 7e-8 rad off at most
_NODES_PER_DAY = int(DAY_S / _NODE_S)


def sun_teme_km(unix_s: FloatArray) -> FloatArray:
    """Return the apparent place of the Sun from the Earth's centre, TEME, km, shape (n, 3)."""
    unix_s = np.atleast_1d(np.asarray(unix_s, dtype=np.float64))
    if not unix_s.size:
        return np.empty((0, 3))
    first, last = int(np.min(unix_s) // DAY_S), int(np.max(unix_s) // DAY_S)
    nodes = np.concatenate([_sun_of_day_km(day) for day in range(first, last + 1)])
    nodes = np.concatenate([nodes, _sun_of_day_km(last + 1)[:1]])
    place = unix_s / _NODE_S - first * _NODES_PER_DAY
    left = np.minimum(place.astype(np.int64), len(nodes) - 2)
    share = (place - left)[:, None]
    return np.asarray(nodes[left] * (1.0 - share) + nodes[left + 1] * share)


def sun_directions(station: Station, unix_s: FloatArray) -> FloatArray:
    """Return unit vectors to the Sun in a station's east, north, up, (n, 3); no refraction."""
    site = build_site(station)
    fixed_km = rotate_to_earth(sun_teme_km(unix_s), greenwich_angle_rad(np.atleast_1d(unix_s)))
    sight_km = (fixed_km - site.position_km) @ np.column_stack([site.east, site.north, site.up])
    return np.asarray(sight_km / np.linalg.norm(sight_km, axis=1)[:, None])


def sun_elevation_deg(station: Station, unix_s: FloatArray) -> FloatArray:
    """Return the elevation of the Sun's centre at a station, shape (n,); no refraction."""
    return np.degrees(np.arcsin(np.clip(sun_directions(station, unix_s)[:, 2], -1.0, 1.0)))


def is_sunlit(position_km: FloatArray, unix_s: FloatArray) -> NDArray[np.bool_]:
    """Tell whether more than half of the Sun's disc shines on TEME positions (n, 3).

    Geometry of discs as the satellite sees them, on a spherical Earth of the equatorial radius;
    the refraction of the limb is left out (a few seconds at the edge of the shadow).
    """
    sun_km = sun_teme_km(unix_s) - position_km
    sun_distance_km = np.linalg.norm(sun_km, axis=1)
    radius_km = np.linalg.norm(position_km, axis=1)
    cosine = -np.einsum("ij,ij->i", sun_km, position_km) / (sun_distance_km * radius_km)
    apart = np.arccos(np.clip(cosine, -1.0, 1.0))
    earth_half = np.arcsin(np.clip(EARTH_RADIUS_KM / radius_km, -1.0, 1.0))
    return np.asarray(apart > earth_half)


@lru_cache(maxsize=1024)
def _sun_of_day_km(day: int) -> FloatArray:
    """Compute the Sun at the hours of one day since 1970, TEME, km, shape (24, 3)."""
    tt_day = UNIX_EPOCH_JD + day
    tt_fraction = np.arange(_NODES_PER_DAY) / _NODES_PER_DAY + _TT_MINUS_UTC_S / DAY_S
    heliocentric, barycentric = erfa.epv00(tt_day, tt_fraction)
    sun = -heliocentric["p"]
    distance = np.linalg.norm(sun, axis=1)[:, None]
    apparent = sun / distance + barycentric["v"] / _LIGHT_AU_DAY
    apparent /= np.linalg.norm(apparent, axis=1)[:, None]
    of_date = np.einsum("nij,nj->ni", erfa.pnm06a(tt_day, tt_fraction), apparent)
    # True equinox of date -> TEME: back by the equation of the equinoxes.
    turned = rotate_to_earth(of_date, erfa.ee06a(tt_day, tt_fraction))
    return np.asarray(turned * distance * AU_KM)
