"""Passes that never rise high enough to be worth a contact."""

from __future__ import annotations

from scheduler.antenna_constraints.base import Losses, PassBatch, Shape, whole_passes
from scheduler.stations import Antenna


class MinCulminationCut:
    """Cut passes whose culmination stays below the antenna's minimum, whole."""

    shape: Shape = "cuts"
    reason = "below_min_culmination"
    limit_unit = "deg"

    def cuts_on(self, antenna: Antenna) -> bool:
        return True

    def find_losses(self, batch: PassBatch, antenna: Antenna) -> Losses:
        least = antenna.min_culmination_deg
        return whole_passes(batch, batch.max_elevation_deg < least, least)
