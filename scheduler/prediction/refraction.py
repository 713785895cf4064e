"""How much the air lifts a radio source: added when pointing, never when searching.

Rays are traced once per altitude through the reference atmosphere of ITU-R P.453 (315 N-units at
sea level, falling exponentially with 7.35 km) over a round Earth, by Bouguer's law. Real weather
moves the answer by about a tenth.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from tle.timebase import FloatArray

SURFACE_REFRACTIVITY = 315e-6  # n - 1 at sea level, ITU-R P.453 reference
SCALE_HEIGHT_KM = 7.35
_EARTH_RADIUS_KM = 6_371.0
_TOP_KM = 100.0
_STEPS = 4_000


def refraction_deg(elevation_deg: FloatArray, altitude_m: float) -> FloatArray:
    """Return the lift in degrees to add to geometric elevations (n,), at a site's altitude.

    Below the geometric elevation that is seen on the horizontal the lift keeps its value there.
    """
    geometric_deg, lift_deg = _lift_table(round(altitude_m / 10.0) * 10.0)
    return np.interp(elevation_deg, geometric_deg, lift_deg)


@lru_cache(maxsize=64)
def _lift_table(altitude_m: float) -> tuple[FloatArray, FloatArray]:
    """Trace rays seen from 0 to 90 deg: their geometric elevations, ascending, and their lift."""
    seen_deg = np.concatenate([np.linspace(0.0, 10.0, 101), np.linspace(10.5, 90.0, 160)])
    # Steps grow with height, and start small: near the horizontal all bending is close by.
    height_km = altitude_m / 1e3 + np.linspace(0.0, 1.0, _STEPS + 1) ** 2 * _TOP_KM
    index = 1.0 + SURFACE_REFRACTIVITY * np.exp(-height_km / SCALE_HEIGHT_KM)
    bouguer = index * (_EARTH_RADIUS_KM + height_km)
    middle = 0.5 * (bouguer[1:] + bouguer[:-1])
    cosine = bouguer[0] * np.cos(np.radians(seen_deg))[:, None] / middle
    bending = cosine / np.sqrt(1.0 - cosine**2) * -np.diff(np.log(index))
    lift_deg = np.degrees(np.sum(bending, axis=1))
    return seen_deg - lift_deg, lift_deg
