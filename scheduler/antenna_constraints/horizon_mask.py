"""Terrain and buildings: time below the horizon mask, linear in azimuth, is cut."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from scheduler.antenna_constraints.base import NO_LOSSES, IntArray, Losses, PassBatch, Shape
from scheduler.antenna_constraints.crossings import Bounds, Chords, Sightings, find_losses_below
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
        limit = MaskLimit(mask)
        lowest_deg = batch.table.min_elevation_deg
        if lowest_deg is None:
            return find_losses_below(batch.paths, limit)
        # A pass that only sweeps over parts of the mask below the flat limit meets none of it.
        meets = np.flatnonzero(limit.highest_between(*batch.swept_azimuth_deg) > lowest_deg)
        if not len(meets):
            return NO_LOSSES
        losses = find_losses_below(batch.paths_of(meets), limit)
        return replace(losses, pass_index=meets[losses.pass_index])


class MaskLimit:
    """A horizon mask as a limit: margin in degrees of elevation above it."""

    def __init__(self, mask: HorizonMask) -> None:
        azimuth = np.asarray(mask.azimuth_deg, dtype=np.float64)
        elevation = np.asarray(mask.elevation_deg, dtype=np.float64)
        # Three turns, so that a range of azimuths across north is one stretch of the table.
        self._azimuth_deg = np.concatenate([azimuth - 360.0, azimuth, azimuth + 360.0])
        self._elevation_deg = np.tile(elevation, 3)
        rise, run = np.diff(self._elevation_deg), np.diff(self._azimuth_deg)
        self._steepest = float(np.max(np.abs(rise) / np.maximum(run, 1e-9), initial=0.0))
        self._highest = RangeExtreme(self._elevation_deg)
        self._lowest = RangeExtreme(-self._elevation_deg)

    def elevation_deg(self, azimuth_deg: FloatArray) -> FloatArray:
        """Return the elevation of the mask at azimuths (n,) from -360 to 720."""
        return np.interp(np.mod(azimuth_deg, 360.0), self._azimuth_deg, self._elevation_deg)

    @property
    def clear_above(self) -> float:
        return math.sin(math.radians(float(np.max(self._elevation_deg))))

    def margin(self, at: Sightings) -> FloatArray:
        return at.elevation_deg - self.elevation_deg(at.azimuth_deg)

    def value(self, at: Sightings) -> FloatArray:
        return self.elevation_deg(at.azimuth_deg)

    def bounds(self, arcs: Chords) -> Bounds:
        """Settle most arcs by the steepest slope of the mask, the others by the mask under them."""
        sure = self._by_steepest(arcs)
        open_ = np.flatnonzero(~(sure.monotone | (sure.low > 0.0)))
        under = self._under(arcs.take(open_))
        for mine, its in (
            (sure.low, under.low),
            (sure.high, under.high),
            (sure.monotone, under.monotone),
        ):
            mine[open_] = its
        return sure

    def _by_steepest(self, arcs: Chords) -> Bounds:
        """Use that the mask changes by at most its steepest slope times the azimuth swept."""
        first, last = arcs.first, arcs.last
        turn = np.abs(_turn_deg(first, last))
        higher = np.maximum(first.elevation_deg, last.elevation_deg)
        lower = np.minimum(first.elevation_deg, last.elevation_deg)
        cosine = np.maximum(np.cos(np.radians(higher)), 1e-6)
        bend = np.degrees(arcs.bulge_rad) / cosine  # of the elevation, from a straight line in time
        sway = 1.3 * bend / cosine  # of the azimuth
        narrow = (turn < 60.0) & (bend < 20.0)  # where that holds
        # Elevations less margins are the mask at both ends.
        middle = 0.5 * (
            first.elevation_deg - arcs.first_margin + last.elevation_deg - arcs.last_margin
        )
        low = lower - bend - middle - self._steepest * (0.5 * turn + sway)
        # The satellite climbs or sinks faster than the mask under it can.
        climb = higher - lower - 4.0 * bend
        monotone = (climb > self._steepest * (turn + 4.0 * sway)) & narrow
        low[~narrow] = -np.inf
        return Bounds(low, np.full(len(low), np.inf), monotone)

    def _under(self, arcs: Chords) -> Bounds:
        """Compare the elevations of each arc with the extremes of the mask under it."""
        first, last, bulge_rad = arcs.first, arcs.last, arcs.bulge_rad
        left, right = _azimuth_range_deg(first, last, bulge_rad)
        begin = np.searchsorted(self._azimuth_deg, left, side="left")
        end = np.searchsorted(self._azimuth_deg, right, side="right")
        lower = np.minimum(first.elevation_deg, last.elevation_deg)
        upper = np.maximum(first.elevation_deg, last.elevation_deg)
        lower = _to_elevation_deg(np.sin(np.radians(lower)) - bulge_rad)
        upper = _to_elevation_deg(np.sin(np.radians(upper)) + bulge_rad)
        mask_left, mask_right = self.elevation_deg(left), self.elevation_deg(right)
        top = np.maximum(np.maximum(mask_left, mask_right), self._highest.query(begin, end))
        bottom = np.minimum(np.minimum(mask_left, mask_right), -self._lowest.query(begin, end))
        # Without a point of the mask under it the arc sees a straight edge, tilted by its slope.
        slope = np.abs(mask_right - mask_left) / np.maximum(right - left, 1e-12)
        cosine = np.maximum(np.cos(np.radians(upper)), 1e-6)
        bend = np.degrees(bulge_rad) / cosine * (1.0 + slope)
        straight = (end == begin) & (right - left < 360.0)
        nearer = np.minimum(arcs.first_margin, arcs.last_margin)
        farther = np.maximum(arcs.first_margin, arcs.last_margin)
        return Bounds(
            low=np.where(straight, nearer - bend, lower - top),
            high=np.where(straight, farther + bend, upper - bottom),
            monotone=straight & (arcs.changes > 4.0 * bend),
        )

    def highest_between(self, left_deg: FloatArray, right_deg: FloatArray) -> FloatArray:
        """Return the top of the mask between azimuths (n,), left in [-180, 360)."""
        begin = np.searchsorted(self._azimuth_deg, left_deg, side="left")
        end = np.searchsorted(self._azimuth_deg, right_deg, side="right")
        ends = np.maximum(self.elevation_deg(left_deg), self.elevation_deg(right_deg))
        return np.maximum(ends, self._highest.query(begin, end))


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


def _turn_deg(first: Sightings, last: Sightings) -> FloatArray:
    """Return how far the azimuth turns from end to end, the short way, signed."""
    turn = last.azimuth_deg - first.azimuth_deg
    return np.asarray(turn - 360.0 * np.rint(turn / 360.0))


def _azimuth_range_deg(
    first: Sightings, last: Sightings, bulge_rad: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return azimuths, left in [-180, 360) and right of it, between which each arc stays.

    The horizontal parts of chord and bulge are a segment and the discs around it; a segment that
    comes within a bulge of the zenith may have any azimuth.
    """
    turn = _turn_deg(first, last)
    near = np.radians(np.maximum(first.elevation_deg, last.elevation_deg))
    # The distance of the segment from the zenith: that of its ends, or of its foot when inside.
    nearest = np.cos(near) * np.cos(np.radians(np.minimum(np.abs(turn), 180.0)) / 2.0)
    anywhere = nearest <= 1.01 * bulge_rad
    slack = np.degrees(np.arcsin(np.where(anywhere, 0.0, bulge_rad / np.maximum(nearest, 1e-12))))
    left = first.azimuth_deg + np.minimum(turn, 0.0) - slack
    right = first.azimuth_deg + np.maximum(turn, 0.0) + slack
    anywhere |= right - left >= 360.0
    return np.where(anywhere, -180.0, left), np.where(anywhere, 180.0, right)
