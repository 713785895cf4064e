"""Local solar time of a point of right ascension, such as an orbit's node, and back."""

from __future__ import annotations

import math
from typing import Literal

import erfa
import numpy as np

from tle.earth_rotation import greenwich_angle_rad
from tle.timebase import DAY_S, julian_pair

Sun = Literal["mean", "apparent"]


def local_time_h(right_ascension_deg: float, unix_s: float, sun: Sun = "mean") -> float:
    """Return the local solar time in hours, 0 to 24, of a right ascension in TEME.

    By the mean Sun, which moves evenly (the usual meaning of LTAN), or by the apparent one, which
    departs from it by up to 16 minutes. UTC stands for UT1: 0.9 s at the very most.
    """
    return (12.0 + (right_ascension_deg - _sun_right_ascension_deg(unix_s, sun)) / 15.0) % 24.0


def right_ascension_deg(local_h: float, unix_s: float, sun: Sun = "mean") -> float:
    """Return the right ascension in degrees whose local solar time is ``local_h``."""
    return (_sun_right_ascension_deg(unix_s, sun) + (local_h - 12.0) * 15.0) % 360.0


def _sun_right_ascension_deg(unix_s: float, sun: Sun) -> float:
    if sun == "mean":
        greenwich_deg = math.degrees(float(greenwich_angle_rad(np.array([unix_s]))[0]))
        return greenwich_deg - (unix_s % DAY_S) / DAY_S * 360.0 + 180.0
    # The Earth's heliocentric place turned round is the Sun's; 70 s of TT - UTC move it by 3".
    day, fraction = julian_pair(unix_s)
    earth, _ = erfa.epv00(day, fraction)
    x, y, _ = erfa.pnm06a(day, fraction) @ -np.asarray(earth["p"])
    return math.degrees(math.atan2(y, x))
