"""How far the Earth has turned: the angle between TEME and the Earth-fixed frame.

TEME turns into the Earth-fixed frame by the Greenwich mean sidereal angle of 1982 alone
(AIAA 2006-6753, appendix C); polar motion is left out. UT1 and leap seconds are those of
skyfield's built-in time scale.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from skyfield.api import load
from skyfield.sgp4lib import theta_GMST1982

from tle.timebase import DAY_S, FloatArray

EARTH_RATE_RAD_S = 7.292115855306589e-05  # derivative of the 1982 sidereal angle, 2000-01-01
_DAY_END_S = DAY_S - 1e-3  # a leap second falls between this and the next midnight
_TABLE_DAYS = 64


def greenwich_angle_rad(unix_s: FloatArray) -> FloatArray:
    """Return the Greenwich mean sidereal angle in radians, not wrapped, same shape."""
    unix_s = np.asarray(unix_s, dtype=np.float64)
    if not unix_s.size:
        return unix_s.copy()
    first = int(np.min(unix_s) // DAY_S) // _TABLE_DAYS
    last = int(np.max(unix_s) // DAY_S) // _TABLE_DAYS
    nodes_s, lead_rad = _sidereal_lead(first * _TABLE_DAYS, (last + 1) * _TABLE_DAYS)
    # The table holds only what departs from steady rotation, which linear interpolation serves.
    days = unix_s / DAY_S
    turn_rad = 2.0 * math.pi * (days - np.floor(days))
    return np.asarray(turn_rad + np.interp(unix_s, nodes_s, lead_rad))


def rotate_to_earth(vectors: FloatArray, angle_rad: FloatArray) -> FloatArray:
    """Turn TEME vectors, shape (n, 3), into the Earth-fixed frame; a new array."""
    cosine, sine = np.cos(angle_rad), np.sin(angle_rad)
    return np.column_stack(
        [
            cosine * vectors[:, 0] + sine * vectors[:, 1],
            cosine * vectors[:, 1] - sine * vectors[:, 0],
            vectors[:, 2],
        ]
    )


@lru_cache(maxsize=16)
def _sidereal_lead(first_day: int, end_day: int) -> tuple[FloatArray, FloatArray]:
    """Tabulate sidereal angle minus the turn of the UTC day, twice a day, for days since 1970.

    Two nodes a day keep a leap second between the last of one day and the first of the next.
    """
    days = np.arange(first_day, end_day + 1, dtype=np.float64)
    seconds = np.array([0.0, _DAY_END_S])
    time = load.timescale(builtin=True).utc(
        1970, 1, np.repeat(1.0 + days, 2), 0, 0, np.tile(seconds, len(days))
    )
    angle_rad, _ = theta_GMST1982(time.whole, time.ut1_fraction)
    turn_rad = 2.0 * math.pi * np.tile(seconds / DAY_S, len(days))
    nodes_s = (np.repeat(days, 2) * DAY_S) + np.tile(seconds, len(days))
    return nodes_s, np.unwrap(angle_rad - turn_rad)
