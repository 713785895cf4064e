"""Terrain and buildings: time below the horizon mask, linear in azimuth, is cut."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scheduler.antenna_constraints.base import NO_LOSSES, IntArray, Losses, PassBatch, Shape
from scheduler.antenna_constraints.crossings import Arcs, find_losses_below
from scheduler.prediction.sky_paths import azimuth_elevation_deg
from scheduler.stations import Antenna, HorizonMask
from tle.timebase import FloatArray


class HorizonMaskCut:
    """Cut the time in which the satellite stands below the horizon mask of the station."""

    shape: Shape = "cuts"
    reason = "below_horizon_mask"
    limit_unit = "deg"

    def cuts_on(self, antenna: Antenna) -> bool:
        return True

    def find_losses(self, batch: PassBatch, antenna: Antenna) -> Losses:
        mask = batch.station.horizon_mask
        if mask is None or not len(batch):
            return NO_LOSSES
        return find_losses_below(batch.paths, MaskLimit(mask))


class MaskLimit:
    """A horizon mask as a limit: margin in degrees of elevation above it."""

    def __init__(self, mask: HorizonMask) -> None:
        azimuth = np.asarray(mask.azimuth_deg, dtype=np.float64)
        elevation = np.asarray(mask.elevation_deg, dtype=np.float64)
        # Three turns, so that a range of azimuths across north is one stretch of the table.
        self._azimuth_deg = np.concatenate([azimuth - 360.0, azimuth, azimuth + 360.0])
        self._elevation_deg = np.tile(elevation, 3)
        self._highest = RangeExtreme(self._elevation_deg)
        self._lowest = RangeExtreme(-self._elevation_deg)

    def elevation_deg(self, azimuth_deg: FloatArray) -> FloatArray:
        """Return the elevation of the mask at azimuths (n,) from -360 to 720."""
        return np.interp(np.mod(azimuth_deg, 360.0), self._azimuth_deg, self._elevation_deg)

    def margin(self, unix_s: FloatArray, directions: FloatArray) -> FloatArray:
        azimuth_deg, elevation_deg = azimuth_elevation_deg(directions)
        return elevation_deg - self.elevation_deg(azimuth_deg)

    def value(self, unix_s: FloatArray, directions: FloatArray) -> FloatArray:
        return self.elevation_deg(azimuth_elevation_deg(directions)[0])

    def bounds(self, arcs: Arcs) -> tuple[FloatArray, FloatArray]:
        """Compare the elevations of each arc with the extremes of the mask under it."""
        z_a, z_b = arcs.first[:, 2], arcs.last[:, 2]
        low = _to_elevation_deg(np.minimum(z_a, z_b) - arcs.bulge)
        high = _to_elevation_deg(np.maximum(z_a, z_b) + arcs.bulge)
        low -= np.max(self._elevation_deg)
        high -= np.min(self._elevation_deg)
        # Most arcs stand above the whole mask; only the others ask where on it they are.
        near = np.flatnonzero((low <= 0.0) & (high >= 0.0))
        if len(near):
            left, right = _azimuth_range_deg(arcs.first[near], arcs.last[near], arcs.bulge[near])
            low[near] += np.max(self._elevation_deg) - self._highest_between(left, right)
            high[near] += np.min(self._elevation_deg) - self._lowest_between(left, right)
        return low, high

    def _highest_between(self, left_deg: FloatArray, right_deg: FloatArray) -> FloatArray:
        first, last = self._points_between(left_deg, right_deg)
        ends = np.maximum(self.elevation_deg(left_deg), self.elevation_deg(right_deg))
        return np.maximum(ends, self._highest.query(first, last))

    def _lowest_between(self, left_deg: FloatArray, right_deg: FloatArray) -> FloatArray:
        first, last = self._points_between(left_deg, right_deg)
        ends = np.minimum(self.elevation_deg(left_deg), self.elevation_deg(right_deg))
        return np.minimum(ends, -self._lowest.query(first, last))

    def _points_between(
        self, left_deg: FloatArray, right_deg: FloatArray
    ) -> tuple[IntArray, IntArray]:
        """Return the points of the mask from ``left`` to ``right``: first, and one past last."""
        return (
            np.searchsorted(self._azimuth_deg, left_deg, side="left"),
            np.searchsorted(self._azimuth_deg, right_deg, side="right"),
        )


class RangeExtreme:
    """The largest of ``values[first:last]`` for many ranges at once, by doubling tables."""

    def __init__(self, values: FloatArray) -> None:
        levels = [np.asarray(values, dtype=np.float64)]
        width = 1
        while 2 * width <= len(values):
            previous = levels[-1]
            merged = previous.copy()
            merged[:-width] = np.maximum(previous[:-width], previous[width:])
            levels.append(merged)
            width *= 2
        self._levels: NDArray[np.float64] = np.stack(levels)

    def query(self, first: IntArray, last: IntArray) -> FloatArray:
        """Return the largest value of each range (n,); minus infinity for an empty one."""
        count = last - first
        level = np.frexp(np.maximum(count, 1))[1] - 1
        reach = np.left_shift(1, level)
        left = np.minimum(first, self._levels.shape[1] - 1)
        largest = np.maximum(
            self._levels[level, left], self._levels[level, np.maximum(last - reach, 0)]
        )
        return np.where(count > 0, largest, -np.inf)


def _to_elevation_deg(sine: FloatArray) -> FloatArray:
    return np.degrees(np.arcsin(np.clip(sine, -1.0, 1.0)))


def _azimuth_range_deg(
    first: FloatArray, last: FloatArray, bulge: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return azimuths, left in [-180, 360) and right of it, between which each arc stays.

    The horizontal parts of chord and bulge are a segment and the discs around it; a segment that
    comes within a bulge of the zenith may have any azimuth.
    """
    azimuth_a = np.degrees(np.arctan2(first[:, 0], first[:, 1]))
    azimuth_b = np.degrees(np.arctan2(last[:, 0], last[:, 1]))
    turn = (azimuth_b - azimuth_a + 180.0) % 360.0 - 180.0
    step = last[:, :2] - first[:, :2]
    length2 = np.maximum(np.einsum("ij,ij->i", step, step), 1e-30)
    share = np.clip(-np.einsum("ij,ij->i", first[:, :2], step) / length2, 0.0, 1.0)
    nearest = np.hypot(first[:, 0] + share * step[:, 0], first[:, 1] + share * step[:, 1])
    anywhere = nearest <= 1.01 * bulge
    slack = np.degrees(np.arcsin(np.where(anywhere, 0.0, bulge / np.maximum(nearest, 1e-12))))
    left = azimuth_a + np.minimum(turn, 0.0) - slack
    right = azimuth_a + np.maximum(turn, 0.0) + slack
    anywhere |= right - left >= 360.0
    return np.where(anywhere, -180.0, left), np.where(anywhere, 180.0, right)
