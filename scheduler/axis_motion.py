"""How long one axis of a mount takes from rest to rest."""

from __future__ import annotations

import math


def move_s(distance_deg: float, rate_deg_s: float, acceleration_deg_s2: float) -> float:
    """Return the seconds of one axis over a distance: d/r + r/a, or 2 sqrt(d/a) when short.

    An acceleration of 0 stands for an axis that reaches its rate at once.
    """
    if acceleration_deg_s2 <= 0.0:
        return distance_deg / rate_deg_s
    if distance_deg * acceleration_deg_s2 >= rate_deg_s**2:
        return distance_deg / rate_deg_s + rate_deg_s / acceleration_deg_s2
    return 2.0 * math.sqrt(distance_deg / acceleration_deg_s2)
