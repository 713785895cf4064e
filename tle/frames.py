"""Turn states of the frames that an OEM may use into TEME, the frame that passes are found in.

Inertial frames go through the IAU 2006/2000A precession, nutation and bias (ERFA); Earth-fixed
ones through the sidereal angle of ``earth_rotation``, so polar motion (10 m) is left out.
"""

from __future__ import annotations

import erfa
import numpy as np

from tle.earth_rotation import EARTH_RATE_RAD_S, greenwich_angle_rad, rotate_to_earth
from tle.oem import EARTH_FIXED_FRAME, INERTIAL_FRAMES
from tle.timebase import FloatArray, count_leap_seconds, julian_pair

_TT_MINUS_TAI_S = 32.184


def turn_to_teme(
    frame: str, unix_s: FloatArray, r_km: FloatArray, v_km_s: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Turn positions (n, 3) and velocities (n, 3) at instants (n,) from a frame into TEME.

    Raises ValueError for a frame that is not supported.
    """
    if frame == "TEME":
        return r_km, v_km_s
    if EARTH_FIXED_FRAME.fullmatch(frame):
        angle_rad = greenwich_angle_rad(unix_s)
        spin = EARTH_RATE_RAD_S * np.column_stack([-r_km[:, 1], r_km[:, 0], np.zeros(len(r_km))])
        return rotate_to_earth(r_km, -angle_rad), rotate_to_earth(v_km_s + spin, -angle_rad)
    if frame not in INERTIAL_FRAMES:
        raise ValueError(f"frame: {frame!r} is not supported; give TEME, ITRF, GCRF or EME2000")
    matrix = _build_matrix(frame, unix_s)
    # The frame itself turns by 1e-11 rad/s: 0.1 mm/s of velocity, left out.
    return np.einsum("nij,nj->ni", matrix, r_km), np.einsum("nij,nj->ni", matrix, v_km_s)


def _build_matrix(frame: str, unix_s: FloatArray) -> FloatArray:
    """Build the rotations (n, 3, 3) to TEME: bias, precession and nutation, then the equinox.

    The last turn is the apparent sidereal angle of today's models less the mean one of 1982, by
    which TEME is turned to the Earth: so the place over the ground is that of today's models. UT1
    enters both alike and is taken as UTC.
    """
    days, fraction = julian_pair(unix_s)
    tt_fraction = fraction + (count_leap_seconds(unix_s) + _TT_MINUS_TAI_S) / 86_400.0
    to_true = erfa.pnm06a(days, tt_fraction)
    if frame in ("EME2000", "J2000"):
        bias, _, _ = erfa.bp06(2_451_545.0, 0.0)
        to_true = to_true @ bias.T
    equinoxes = erfa.gst06a(days, fraction, days, tt_fraction) - erfa.gmst82(days, fraction)
    cosine, sine = np.cos(equinoxes), np.sin(equinoxes)
    zero, one = np.zeros_like(cosine), np.ones_like(cosine)
    turn = np.stack(
        [
            np.stack([cosine, sine, zero], axis=-1),
            np.stack([-sine, cosine, zero], axis=-1),
            np.stack([zero, zero, one], axis=-1),
        ],
        axis=-2,
    )
    return np.asarray(turn @ to_true, dtype=np.float64)
