"""The elevations that the mount may point to: time below its floor or above its top is cut."""

from __future__ import annotations

import math

import numpy as np

from scheduler.antenna_constraints.base import NO_LOSSES, Losses, PassBatch, Shape
from scheduler.antenna_constraints.crossings import Bounds, Chords, Sightings, find_losses_below
from scheduler.stations import Antenna
from tle.timebase import FloatArray

_ROUNDING = 1e-6  # rad: an AOS on the limit itself, computed twice, is not a loss


class TrackingFloorCut:
    """Cut the time below the lowest elevation to which the antenna may point."""

    shape: Shape = "cuts"
    reason = "below_tracking_floor"
    limit_unit = "deg"

    def cuts_on(self, antenna: Antenna) -> bool:
        return True

    def find_losses(self, batch: PassBatch, antenna: Antenna) -> Losses:
        searched_deg = batch.table.min_elevation_deg
        if searched_deg is not None and searched_deg >= antenna.tracking_floor_deg:
            return NO_LOSSES  # the search has already kept to this floor
        return _lost_beyond(batch, antenna.tracking_floor_deg, 1.0)


class ElevationTravelCut:
    """Cut the time above the highest elevation of a mount that does not reach the zenith."""

    shape: Shape = "cuts"
    reason = "above_elevation_travel"
    limit_unit = "deg"

    def cuts_on(self, antenna: Antenna) -> bool:
        return True

    def find_losses(self, batch: PassBatch, antenna: Antenna) -> Losses:
        highest = antenna.max_elevation_deg
        if highest >= 90.0 or not np.any(batch.max_elevation_deg > highest):
            return NO_LOSSES
        return _lost_beyond(batch, highest, -1.0)


class ElevationLimit:
    """A flat limit; ``side`` 1 keeps what is above it, -1 what is below. Margin is a sine."""

    def __init__(self, elevation_deg: float, side: float) -> None:
        self._elevation_deg = elevation_deg
        self._sine = math.sin(math.radians(elevation_deg))
        self._side = side

    @property
    def clear_above(self) -> float:
        return self._sine if self._side > 0.0 else 1.0

    def margin(self, at: Sightings) -> FloatArray:
        return self._side * (at.directions[:, 2] - self._sine) + _ROUNDING

    def value(self, at: Sightings) -> FloatArray:
        return np.full(len(at.unix_s), self._elevation_deg)

    def bounds(self, arcs: Chords) -> Bounds:
        lower = np.minimum(arcs.first_margin, arcs.last_margin) - arcs.bulge_rad
        upper = np.maximum(arcs.first_margin, arcs.last_margin) + arcs.bulge_rad
        return Bounds(lower, upper, arcs.changes > 4.0 * arcs.bulge_rad)


def _lost_beyond(batch: PassBatch, elevation_deg: float, side: float) -> Losses:
    if not len(batch):
        return NO_LOSSES
    return find_losses_below(batch.paths, ElevationLimit(elevation_deg, side))
