"""The contract of an antenna constraint, and the passes it looks at.

A constraint has one of three shapes. It **cuts** time that the antenna cannot use, it **degrades**
time (bytes are lost inside a window, which stays one window), or it **prices** the change from one
contact to the next (``changeover``). Cutting and degrading constraints answer with ``Losses``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from scheduler.prediction.passes import PassTable
from scheduler.prediction.sky_paths import SkyPaths, build_sky_paths
from scheduler.stations import Antenna, Station
from tle.timebase import DAY_S, FloatArray

_AZIMUTH_SLACK_DEG = 5.0  # a path may sway beyond its ends by the turn of the Earth, below 2 deg

IntArray = NDArray[np.int64]
Shape = Literal["cuts", "degrades"]


@dataclass(frozen=True, slots=True)
class Losses:
    """Spans [start, end) of passes lost to one constraint, columns of shape (n,).

    ``pass_index`` points into the passes that were asked about; ``limit_value`` is the bound that
    applied (NaN when the bound is no number). In any order; spans of one pass may overlap.
    """

    pass_index: IntArray
    start_unix_s: FloatArray
    end_unix_s: FloatArray
    limit_value: FloatArray

    def __len__(self) -> int:
        return len(self.pass_index)


NO_LOSSES = Losses(np.empty(0, np.int64), np.empty(0), np.empty(0), np.empty(0))


class _KnownPaths:
    """The paths of a batch that some constraint has asked for so far."""

    def __init__(self) -> None:
        self.numbers: IntArray = np.empty(0, dtype=np.int64)  # in the batch, ascending
        self._paths: SkyPaths | None = None

    def add(self, numbers: IntArray, paths: SkyPaths) -> None:
        if self._paths is not None:
            paths = self._paths.merge(self.numbers, paths, numbers)
        self.numbers, self._paths = np.sort(np.concatenate([self.numbers, numbers])), paths

    def select(self, numbers: IntArray) -> SkyPaths:
        assert self._paths is not None
        if len(numbers) == len(self.numbers):
            return self._paths
        return self._paths.select(np.searchsorted(self.numbers, numbers))


@dataclass(frozen=True)
class PassBatch:
    """Some passes of one table over one station; their paths are computed when first asked for."""

    table: PassTable
    station: Station
    rows: IntArray

    @cached_property
    def aos_unix_s(self) -> FloatArray:
        return self.table.aos_unix_s[self.rows]

    @cached_property
    def los_unix_s(self) -> FloatArray:
        return self.table.los_unix_s[self.rows]

    @cached_property
    def max_elevation_deg(self) -> FloatArray:
        return self.table.max_elevation_deg[self.rows]

    @cached_property
    def paths(self) -> SkyPaths:
        return self.paths_of(np.arange(len(self)))

    @cached_property
    def swept_azimuth_deg(self) -> tuple[FloatArray, FloatArray]:
        """Bounds of azimuth of each pass: left in [-180, 360), right of it by at most a turn.

        From the azimuths at AOS, culmination and LOS, for simple passes only; the others (high,
        long, or of eccentric orbits) may be anywhere.
        """
        table, rows = self.table, self.rows
        culmination = table.culmination_azimuth_deg[rows]
        before = (table.aos_azimuth_deg[rows] - culmination + 180.0) % 360.0 - 180.0
        after = (table.los_azimuth_deg[rows] - culmination + 180.0) % 360.0 - 180.0
        left = culmination + np.minimum(np.minimum(before, after), 0.0) - _AZIMUTH_SLACK_DEG
        right = culmination + np.maximum(np.maximum(before, after), 0.0) + _AZIMUTH_SLACK_DEG
        elements = [item.elements for item in table.objects]
        turns_s = np.array([item.mean_motion_rev_day / DAY_S for item in elements])
        round_ = np.array([item.eccentricity <= 0.05 for item in elements])
        owner = table.object_index[rows]
        simple = round_[owner] & ((self.los_unix_s - self.aos_unix_s) * turns_s[owner] < 0.25)
        simple &= (self.max_elevation_deg < 80.0) & (right - left < 360.0)
        return np.where(simple, left, -180.0), np.where(simple, right, 180.0)

    def paths_of(self, chosen: IntArray) -> SkyPaths:
        """Return the paths of some of these passes, ascending; each is propagated only once."""
        known = self._known_paths
        wanted = np.zeros(len(self), dtype=np.bool_)
        wanted[chosen] = True
        wanted[known.numbers] = False
        missing = np.flatnonzero(wanted)
        if len(missing):
            built = build_sky_paths(self.table, self.station, self.rows[missing])
            known.add(missing, built)
        return known.select(chosen)

    @cached_property
    def _known_paths(self) -> _KnownPaths:
        return _KnownPaths()

    def __len__(self) -> int:
        return len(self.rows)


class AntennaConstraint(Protocol):
    """What every cutting or degrading constraint offers; instances hold no state."""

    @property
    def shape(self) -> Shape:
        """``cuts`` or ``degrades``; an antenna may turn a degrading one into a cutting one."""
        ...

    @property
    def reason(self) -> str:
        """The stable tag that every cut of this constraint carries."""
        ...

    @property
    def limit_unit(self) -> str:
        """The unit of ``limit_value``, such as ``deg``; empty when there is no number."""
        ...

    def cuts_on(self, antenna: Antenna) -> bool:
        """Tell whether the losses on this antenna cut time (True) or only degrade it."""
        ...

    def find_losses(self, batch: PassBatch, antenna: Antenna) -> Losses:
        """Find what this antenna loses of each pass; ``NO_LOSSES`` when it cannot apply."""
        ...


def whole_passes(batch: PassBatch, chosen: NDArray[np.bool_], limit_value: float) -> Losses:
    """Lose the chosen passes, mask of shape (n_passes,), from AOS to LOS."""
    pass_index = np.flatnonzero(chosen)
    return Losses(
        pass_index,
        batch.aos_unix_s[pass_index],
        batch.los_unix_s[pass_index],
        np.full(len(pass_index), limit_value),
    )
