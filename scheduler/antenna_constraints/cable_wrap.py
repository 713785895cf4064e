"""Limited azimuth travel: a pass that no wrap of the cable lets through is cut at its stop."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from scheduler.antenna_constraints.base import NO_LOSSES, Losses, PassBatch, Shape
from scheduler.prediction.mount import fitting_wraps_deg, mount_angles_deg, to_mount
from scheduler.prediction.sky_paths import SkyPaths, azimuth_elevation_deg, to_directions
from scheduler.stations import Antenna
from tle.timebase import FloatArray

_SAMPLES_PER_PIECE = 65
_SPARE_DEG = 1.0  # more than the azimuth may exceed a coarse look's
_SWAY_DEG = 10.0  # more than the azimuth of a simple pass reaches beyond its ends


class CableWrapCut:
    """Cut what the azimuth travel cannot follow, keeping the longest stretch that fits.

    A wrap is chosen before the pass; travel of 540 degrees or more lets every simple pass through.
    """

    shape: Shape = "cuts"
    reason = "beyond_cable_wrap"
    limit_unit = "deg"

    def cuts_on(self, antenna: Antenna) -> bool:
        return True

    def find_losses(self, batch: PassBatch, antenna: Antenna) -> Losses:
        travel = antenna.azimuth_travel_deg
        if travel is None or not len(batch):
            return NO_LOSSES
        left, right = batch.swept_azimuth_deg
        wide = np.flatnonzero(right - left + _SWAY_DEG > travel[1] - travel[0] - 360.0)
        if not len(wide):
            return NO_LOSSES
        paths = batch.paths_of(wide)
        found = [
            (int(wide[number]), *loss)
            for number in np.flatnonzero(~_surely_fits(paths, antenna)).tolist()
            for loss in _lost_ends(paths, number, antenna)
        ]
        if not found:
            return NO_LOSSES
        index, start, end, value = zip(*found, strict=True)
        return Losses(np.array(index), np.array(start), np.array(end), np.array(value))


def _surely_fits(paths: SkyPaths, antenna: Antenna) -> NDArray[np.bool_]:
    """Tell which passes fit some wrap with room to spare, from a coarse look at all at once."""
    assert antenna.azimuth_travel_deg is not None
    low, high = antenna.azimuth_travel_deg
    sight_km = paths.sample(np.linspace(-1.0, 1.0, 17)).transpose(0, 2, 1).reshape(-1, 3)
    azimuth_deg, _ = azimuth_elevation_deg(to_mount(sight_km, antenna))
    # Passes follow one another: unwrapping them in a row shifts each by whole turns only.
    azimuth_deg = np.unwrap(azimuth_deg, period=360.0)
    starts = 17 * np.searchsorted(paths.pass_index, np.arange(paths.n_passes))
    least = np.minimum.reduceat(azimuth_deg, starts) - _SPARE_DEG
    most = np.maximum.reduceat(azimuth_deg, starts) + _SPARE_DEG
    return np.asarray(np.ceil((low - least) / 360.0) <= np.floor((high - most) / 360.0))


def _lost_ends(paths: SkyPaths, number: int, antenna: Antenna) -> list[tuple[float, float, float]]:
    """Return (start, end, travel limit met) of what a pass loses around its longest run."""
    assert antenna.azimuth_travel_deg is not None
    unix_s = paths.sample_instants(number, _SAMPLES_PER_PIECE)
    azimuth_deg, _ = mount_angles_deg(to_directions(paths.locate(number, unix_s)), antenna)
    if fitting_wraps_deg(azimuth_deg, antenna):
        return []
    low, high = antenna.azimuth_travel_deg
    best = (-1.0, unix_s[0], unix_s[0], low)
    first_turn = math.floor((low - np.max(azimuth_deg)) / 360.0)
    last_turn = math.ceil((high - np.min(azimuth_deg)) / 360.0)
    for turn in range(first_turn, last_turn + 1):
        turned = azimuth_deg + 360.0 * turn
        inside = (turned >= low) & (turned <= high)
        edges = np.flatnonzero(np.diff(np.concatenate([[0], inside.astype(np.int8), [0]])))
        for begin, end in zip(edges[::2], edges[1::2], strict=True):
            start = _meet(unix_s, turned, begin - 1, begin, low, high)
            stop = _meet(unix_s, turned, end - 1, end, low, high)
            if stop - start > best[0]:
                stop_index = min(int(end), len(turned) - 1)
                limit = high if turned[stop_index] > high else low
                best = (stop - start, start, stop, limit)
    _, start, stop, limit = best
    aos, los = paths.aos_unix_s[number], paths.los_unix_s[number]
    ends = [(float(aos), float(start), limit), (float(stop), float(los), limit)]
    return [item for item in ends if item[1] > item[0]]


def _meet(
    unix_s: FloatArray, azimuth_deg: FloatArray, before: int, after: int, low: float, high: float
) -> float:
    """Return the instant between two samples at which the azimuth meets its travel."""
    if before < 0 or after >= len(unix_s):
        return float(unix_s[max(before, 0)] if after >= len(unix_s) else unix_s[after])
    a, b = azimuth_deg[before], azimuth_deg[after]
    limit = high if max(a, b) > high else low
    share = (limit - a) / (b - a)
    return float(unix_s[before] + share * (unix_s[after] - unix_s[before]))
