"""Antenna constraints: what one antenna cannot follow, each with its reason.

A new one is a file here and a line in ``ANTENNA_CONSTRAINTS``; ``base`` holds the contract.
"""

from __future__ import annotations

from scheduler.antenna_constraints.base import AntennaConstraint
from scheduler.antenna_constraints.cable_wrap import CableWrapCut
from scheduler.antenna_constraints.downtime import DowntimeCut
from scheduler.antenna_constraints.horizon_mask import HorizonMaskCut
from scheduler.antenna_constraints.keyhole import KeyholeCut
from scheduler.antenna_constraints.min_culmination import MinCulminationCut
from scheduler.antenna_constraints.sun_exclusion import SunExclusion
from scheduler.antenna_constraints.tracking_floor import ElevationTravelCut, TrackingFloorCut

ANTENNA_CONSTRAINTS: dict[str, AntennaConstraint] = {
    "min_culmination": MinCulminationCut(),
    "downtime": DowntimeCut(),
    "tracking_floor": TrackingFloorCut(),
    "elevation_travel": ElevationTravelCut(),
    "horizon_mask": HorizonMaskCut(),
    "keyhole": KeyholeCut(),
    "cable_wrap": CableWrapCut(),
    "sun_exclusion": SunExclusion(),
}
