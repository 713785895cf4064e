"""Angles as the mount sees them: a tilted azimuth axis, unwrapped azimuth, and cable wraps."""

from __future__ import annotations

import math

import numpy as np

from scheduler.prediction.sky_paths import azimuth_elevation_deg
from scheduler.stations import Antenna
from tle.timebase import FloatArray


def to_mount(directions: FloatArray, antenna: Antenna) -> FloatArray:
    """Turn east-north-up vectors, shape (n, 3), into the frame of a tilted azimuth axis.

    The axis leans by ``tilt_deg`` towards ``tilt_azimuth_deg``; the frame turns with it about the
    horizontal line across that direction (Rodrigues).
    """
    if antenna.tilt_deg == 0.0:
        return directions
    tilt, lean = math.radians(antenna.tilt_deg), math.radians(antenna.tilt_azimuth_deg)
    hinge = np.array([-math.cos(lean), math.sin(lean), 0.0])
    along = np.outer(directions @ hinge, hinge) * (1.0 - math.cos(tilt))
    return np.asarray(
        directions * math.cos(tilt) - np.cross(hinge, directions) * math.sin(tilt) + along
    )


def mount_angles_deg(directions: FloatArray, antenna: Antenna) -> tuple[FloatArray, FloatArray]:
    """Return azimuth, unwrapped from its first value in [0, 360), and elevation of a path.

    Directions (n, 3) of one path in order of time; neighbours turn by less than half a circle.
    """
    azimuth_deg, elevation_deg = azimuth_elevation_deg(to_mount(directions, antenna))
    return np.unwrap(azimuth_deg, period=360.0), elevation_deg


def fitting_wraps_deg(azimuth_deg: FloatArray, antenna: Antenna) -> tuple[float, ...]:
    """Return the whole turns to add so that an unwrapped path fits the travel, best first.

    The best keeps the path nearest to the middle of the travel. Empty when no turn fits; a
    continuous mount takes the path as it is.
    """
    if antenna.azimuth_travel_deg is None:
        return (0.0,)
    low, high = antenna.azimuth_travel_deg
    least, most = float(np.min(azimuth_deg)), float(np.max(azimuth_deg))
    first, last = math.ceil((low - least) / 360.0), math.floor((high - most) / 360.0)
    turns = [360.0 * number for number in range(first, last + 1)]
    middle = 0.5 * (low + high) - 0.5 * (least + most)
    return tuple(sorted(turns, key=lambda turn: (abs(turn - middle), turn)))
