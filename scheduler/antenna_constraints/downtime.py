"""Spans in which an antenna serves nobody: maintenance, wind stow, a licence pause."""

from __future__ import annotations

import numpy as np

from scheduler.antenna_constraints.base import NO_LOSSES, Losses, PassBatch, Shape
from scheduler.stations import Antenna
from tle.timebase import to_unix_s


class DowntimeCut:
    """Cut the part of each pass that falls into a downtime of the antenna."""

    shape: Shape = "cuts"
    reason = "in_downtime"
    limit_unit = ""

    def cuts_on(self, antenna: Antenna) -> bool:
        return True

    def find_losses(self, batch: PassBatch, antenna: Antenna) -> Losses:
        found = []
        for downtime in antenna.downtimes:
            start = np.maximum(batch.aos_unix_s, to_unix_s(downtime.start_utc))
            end = np.minimum(batch.los_unix_s, to_unix_s(downtime.end_utc))
            pass_index = np.flatnonzero(start < end)
            found.append((pass_index, start[pass_index], end[pass_index]))
        if not found:
            return NO_LOSSES
        pass_index, start, end = (np.concatenate(column) for column in zip(*found, strict=True))
        return Losses(pass_index, start, end, np.full(len(start), np.nan))
