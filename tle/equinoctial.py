"""Equinoctial elements: six numbers of an orbit without trouble at circles and at the equator.

Rows are (ln n, h, k, p, q, longitude): n the mean motion in rev/day, h and k the eccentricity
vector e sin and e cos of the longitude of perigee, p and q tan(i/2) times sine and cosine of the
node, longitude = mean anomaly + argument of perigee + node, in radians. Broucke and Cefola 1972.
Orbits near 180 deg of inclination have no such elements.
"""

from __future__ import annotations

import numpy as np

from tle.timebase import DAY_S, FloatArray

EARTH_MU_KM3_S2 = 398_600.8  # WGS-72, as SGP4 takes it
EARTH_RADIUS_KM = 6378.135  # WGS-72, as SGP4 takes it


def from_states(position_km: FloatArray, velocity_km_s: FloatArray) -> FloatArray:
    """Turn states, shapes (n, 3), into osculating equinoctial elements (n, 6); NaN if not closed.

    The longitude lies in [0, 2 pi).
    """
    r, v = np.asarray(position_km, dtype=np.float64), np.asarray(velocity_km_s, dtype=np.float64)
    radius = np.linalg.norm(r, axis=1)
    momentum = np.cross(r, v)
    normal = momentum / np.linalg.norm(momentum, axis=1)[:, None]
    inverse_axis = 2.0 / radius - np.sum(v * v, axis=1) / EARTH_MU_KM3_S2
    inverse_axis = np.where(inverse_axis > 0.0, inverse_axis, np.nan)
    p, q = normal[:, 0] / (1.0 + normal[:, 2]), -normal[:, 1] / (1.0 + normal[:, 2])
    f, g = _axes(p, q)
    eccentricity = np.cross(v, momentum) / EARTH_MU_KM3_S2 - r / radius[:, None]
    k, h = np.sum(eccentricity * f, axis=1), np.sum(eccentricity * g, axis=1)
    x, y = np.sum(r * f, axis=1) * inverse_axis, np.sum(r * g, axis=1) * inverse_axis
    root = np.sqrt(np.maximum(1.0 - h * h - k * k, 0.0))
    b = 1.0 / (1.0 + root)
    cosine = k + ((1.0 - k * k * b) * x - h * k * b * y) / root
    sine = h + ((1.0 - h * h * b) * y - h * k * b * x) / root
    longitude = np.arctan2(sine, cosine) + h * cosine - k * sine  # Kepler's equation, forwards
    mean_motion = np.sqrt(EARTH_MU_KM3_S2 * inverse_axis**3) * DAY_S / (2.0 * np.pi)
    return np.column_stack([np.log(mean_motion), h, k, p, q, longitude % (2.0 * np.pi)])


def to_keplerian(equinoctial: FloatArray) -> tuple[float, float, float, float, float, float]:
    """Return mean motion (rev/day), eccentricity, inclination, node, perigee, anomaly (deg)."""
    log_motion, h, k, p, q, longitude = (float(value) for value in equinoctial)
    node, perigee = np.arctan2(p, q), np.arctan2(h, k)
    return (
        float(np.exp(log_motion)),
        float(np.hypot(h, k)),
        float(np.degrees(2.0 * np.arctan(np.hypot(p, q)))),
        float(np.degrees(node) % 360.0),
        float(np.degrees(perigee - node) % 360.0),
        float(np.degrees(longitude - perigee) % 360.0),
    )


def _axes(p: FloatArray, q: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the unit vectors f and g (n, 3) that span the orbital plane, f near the equinox."""
    norm = 1.0 + p * p + q * q
    f = np.column_stack([1.0 - p * p + q * q, 2.0 * p * q, -2.0 * p]) / norm[:, None]
    g = np.column_stack([2.0 * p * q, 1.0 + p * p - q * q, 2.0 * q]) / norm[:, None]
    return f, g
