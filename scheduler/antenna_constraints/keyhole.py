"""The keyhole: near its zenith an az-el mount cannot turn as fast as the satellite passes.

The loss is the least time for which the beam is more than half its width off, on the best path
within azimuth rate and acceleration (``azimuth_race``). A tilted axis moves the keyhole with it.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from scheduler.antenna_constraints.azimuth_race import Axis, least_loss
from scheduler.antenna_constraints.base import (
    NO_LOSSES,
    IntArray,
    Losses,
    PassBatch,
    Shape,
)
from scheduler.antenna_constraints.beam import narrowest_beam_deg
from scheduler.prediction.mount import to_mount
from scheduler.prediction.sky_paths import SkyPaths, azimuth_elevation_deg, to_directions
from scheduler.stations import Antenna
from tle.timebase import FloatArray

_HALF_STEPS = 60  # samples on either side of the crossing: 0.27 s apart at 10 deg/s, 5 deg/s^2
_AT_ONCE = 1_024
_ALIKE_S = 1.5  # neighbours in the table whose losses differ by less may stand for what is between
_RATE_STEP, _EXCESS_STEP = 0.25, 0.15  # of the table of straight crossings, in logarithms
_FASTEST_DEG_S = 2.6  # what a satellite at 170 km turns overhead; nothing in orbit is faster
_TABLE_RATES_DEG_S = 0.1 * np.exp(_RATE_STEP * np.arange(14))
_TABLE_EXCESSES = np.exp(_EXCESS_STEP * np.arange(36))
# Peak azimuth acceleration of a straight crossing: this share of the squared peak rate (rad).
_ACCELERATION_SHARE = 3.0 * math.sqrt(3.0) / 8.0


class KeyholeCut:
    """Cut the time that the best azimuth path loses near the mount's zenith."""

    shape: Shape = "cuts"
    reason = "in_keyhole"
    limit_unit = "deg/s"

    def cuts_on(self, antenna: Antenna) -> bool:
        return True

    def find_losses(self, batch: PassBatch, antenna: Antenna) -> Losses:
        if not len(batch):
            return NO_LOSSES
        need_deg_s = _demanding_rate_deg_s(antenna)
        # The azimuth turns at most as fast as the satellite over the cosine of its elevation.
        cosine = np.cos(np.radians(np.minimum(batch.max_elevation_deg + antenna.tilt_deg, 90.0)))
        high = np.flatnonzero(need_deg_s * cosine < _FASTEST_DEG_S)
        if not len(high):
            return NO_LOSSES
        paths = batch.paths_of(high)
        peak_unix_s = batch.table.culmination_unix_s[batch.rows[high]]
        if antenna.tilt_deg:
            peak_unix_s = _tilted_peaks(paths, antenna)
        rate_deg_s, zenith_deg = _peaks(paths, peak_unix_s, antenna)
        crossing = np.flatnonzero(rate_deg_s > need_deg_s * np.sin(np.radians(zenith_deg)))
        if not len(crossing):
            return NO_LOSSES
        # Most crossings are as good as straight: their loss is read from a table.
        lost_s = _read_losses_s(antenna, rate_deg_s[crossing], zenith_deg[crossing])
        sure = lost_s[1] > lost_s[0]
        straight, doubtful = crossing[sure], crossing[np.isnan(lost_s[0])]
        from_s, to_s = peak_unix_s[straight] + lost_s[:, sure]
        aos, los = paths.aos_unix_s[straight], paths.los_unix_s[straight]
        parts = [(straight, np.maximum(from_s, aos), np.minimum(to_s, los))]
        parts += [
            _race(paths, doubtful[first : first + _AT_ONCE], peak_unix_s, antenna)
            for first in range(0, len(doubtful), _AT_ONCE)
        ]
        index, start, end = (np.concatenate(column) for column in zip(*parts, strict=True))
        return Losses(high[index], start, end, np.full(len(index), antenna.azimuth_rate_deg_s))


def _demanding_rate_deg_s(antenna: Antenna) -> float:
    """Return the peak azimuth rate below which neither rate nor acceleration is exceeded."""
    by_acceleration = math.degrees(
        math.sqrt(math.radians(antenna.azimuth_acceleration_deg_s2) / _ACCELERATION_SHARE)
    )
    return 0.95 * min(antenna.azimuth_rate_deg_s, by_acceleration)


def _peaks(
    paths: SkyPaths, peak_unix_s: FloatArray, antenna: Antenna
) -> tuple[FloatArray, FloatArray]:
    """Return, at the peak of each pass, how fast it moves over the sky and how far from zenith."""
    step_s = 0.05
    around = peak_unix_s[:, None] + np.array([-step_s, step_s])
    sight_km = paths.locate_many(np.arange(paths.n_passes), around)
    directions = to_mount(to_directions(sight_km.reshape(-1, 3)), antenna).reshape(-1, 2, 3)
    way = np.linalg.norm(directions[:, 1] - directions[:, 0], axis=1)
    middle = 0.5 * (directions[:, 0] + directions[:, 1])
    zenith_rad = np.arctan2(np.hypot(middle[:, 0], middle[:, 1]), middle[:, 2])
    return np.degrees(way) / (2.0 * step_s), np.degrees(zenith_rad)


def _read_losses_s(antenna: Antenna, rate_deg_s: FloatArray, zenith_deg: FloatArray) -> FloatArray:
    """Return from when to when straight crossings lose, from their peak, shape (2, n).

    0, 0 where nothing is lost; NaN where in doubt: between crossings that lose and those that do
    not, or that lose at another time, and outside the table.
    """
    need_deg_s = _demanding_rate_deg_s(antenna)
    table_s = _tabulate_losses_s(
        Axis(antenna.azimuth_rate_deg_s, antenna.azimuth_acceleration_deg_s2),
        0.5 * narrowest_beam_deg(antenna),
        need_deg_s,
    )
    excess = rate_deg_s / (need_deg_s * np.maximum(np.sin(np.radians(zenith_deg)), 1e-9))
    x = np.log(np.clip(rate_deg_s, 1e-9, None) / _TABLE_RATES_DEG_S[0]) / _RATE_STEP
    y = np.minimum(np.log(excess) / _EXCESS_STEP, len(_TABLE_EXCESSES) - 1.0 - 1e-9)
    inside = (x >= 0.0) & (x < len(_TABLE_RATES_DEG_S) - 1.0) & (y >= 0.0)
    x, y = np.where(inside, x, 0.0), np.where(inside, y, 0.0)
    i, j = x.astype(np.int64), y.astype(np.int64)
    x, y = x - i, y - j
    corners_s = np.array(
        [table_s[:, i + di, j + dj] for di, dj in ((0, 0), (1, 0), (0, 1), (1, 1))]
    )
    weights = np.array([(1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y])
    lost_s = np.sum(corners_s * weights[:, None], axis=0)
    loses = corners_s[:, 1] > corners_s[:, 0]
    alike = np.ptp(corners_s, axis=0).max(axis=0) < _ALIKE_S
    sure = inside & alike & (loses.all(axis=0) | ~loses.any(axis=0))
    return np.where(sure, lost_s, np.nan)


@lru_cache(maxsize=32)
def _tabulate_losses_s(axis: Axis, half_beam_deg: float, need_deg_s: float) -> FloatArray:
    """Tabulate from when to when crossings on great circles lose, (2, n_rates, n_excesses).

    The excess is the peak azimuth rate over the one that an axis can follow without any loss.
    """
    rate, excess = np.meshgrid(_TABLE_RATES_DEG_S, _TABLE_EXCESSES, indexing="ij")
    rate_rad_s = np.radians(rate.ravel())[:, None]
    sine = np.minimum(rate / (need_deg_s * excess), 0.999).ravel()[:, None]
    offsets, step_s = _offsets(axis)
    along = rate_rad_s * offsets
    east, north = np.sin(along), np.cos(along) * sine
    azimuth_deg = np.unwrap(np.degrees(np.arctan2(east, north)), axis=1, period=360.0)
    elevation_deg = np.degrees(np.arccos(np.minimum(np.hypot(east, north), 1.0)))
    tube_deg = _tube_deg(elevation_deg, half_beam_deg)
    parts = [
        least_loss(azimuth_deg[part], tube_deg[part], step_s, axis)
        for part in (slice(k, k + _AT_ONCE) for k in range(0, len(sine), _AT_ONCE))
    ]
    first, last = (np.concatenate(column) for column in zip(*parts, strict=True))
    lost_s = np.where(last > first, offsets[np.array([first, last])], 0.0)
    return lost_s.reshape(2, *rate.shape)


def _offsets(axis: Axis) -> tuple[FloatArray, float]:
    """Return instants around a crossing, in s, and their step.

    Long enough for half a turn at full rate, with the run-up, and three seconds of tracking.
    """
    rate, acceleration = axis.rate_deg_s, axis.acceleration_deg_s2
    step_s = (90.0 / rate + 2.0 * rate / acceleration + 3.0) / _HALF_STEPS
    return np.arange(-_HALF_STEPS, _HALF_STEPS + 1, dtype=np.float64) * step_s, step_s


def _tilted_peaks(paths: SkyPaths, antenna: Antenna) -> FloatArray:
    """Return when each pass stands highest above the plane of a tilted mount, to a millisecond."""
    start = np.searchsorted(paths.pass_index, np.arange(paths.n_passes))
    x = np.linspace(-1.0, 1.0, 33)
    sight_km = paths.sample(x).transpose(0, 2, 1)
    height = to_mount(to_directions(sight_km.reshape(-1, 3)), antenna)[:, 2].reshape(-1, len(x))
    # The highest sample of each pass, then the top between its neighbours.
    top_of_piece = np.max(height, axis=1)
    top = np.maximum.reduceat(top_of_piece, start)
    is_top = np.flatnonzero(top_of_piece == top[paths.pass_index])
    piece = is_top[np.searchsorted(paths.pass_index[is_top], np.arange(paths.n_passes))]
    middle = x[np.argmax(height[piece], axis=1)]
    low, high = np.maximum(middle - 1 / 16, -1.0), np.minimum(middle + 1 / 16, 1.0)
    for _ in range(24):  # golden section: an eighth of a piece down to a millisecond
        left, right = high - 0.618 * (high - low), low + 0.618 * (high - low)
        rises = _height(paths, piece, right, antenna) > _height(paths, piece, left, antenna)
        low, high = np.where(rises, left, low), np.where(rises, high, right)
    return paths.instant_unix_s(piece, 0.5 * (low + high))


def _height(paths: SkyPaths, piece: IntArray, x: FloatArray, antenna: Antenna) -> FloatArray:
    return to_mount(to_directions(paths.evaluate(piece, x)), antenna)[:, 2]


def _race(
    paths: SkyPaths, chosen: IntArray, peak_unix_s: FloatArray, antenna: Antenna
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Return which of the chosen passes lose time, and from when to when."""
    axis = Axis(antenna.azimuth_rate_deg_s, antenna.azimuth_acceleration_deg_s2)
    offsets, step_s = _offsets(axis)
    instants = peak_unix_s[chosen][:, None] + offsets
    aos, los = paths.aos_unix_s[chosen][:, None], paths.los_unix_s[chosen][:, None]
    inside = (instants >= aos) & (instants <= los)
    sight_km = paths.locate_many(chosen, np.clip(instants, aos, los))
    directions = to_mount(to_directions(sight_km.reshape(-1, 3)), antenna)
    azimuth_deg, elevation_deg = azimuth_elevation_deg(directions)
    azimuth_deg = np.unwrap(azimuth_deg.reshape(instants.shape), axis=1, period=360.0)
    tube_deg = _tube_deg(elevation_deg.reshape(instants.shape), 0.5 * narrowest_beam_deg(antenna))
    # Outside the pass there is nothing to point at: the axis is free.
    tube_deg = np.where(inside, tube_deg, 1e6)
    first, last = least_loss(azimuth_deg, tube_deg, step_s, axis)
    each = np.arange(len(chosen))
    start = np.maximum(instants[each, first], aos[:, 0])
    end = np.minimum(instants[each, last], los[:, 0])
    lost = np.flatnonzero((last > first) & (end > start))
    return chosen[lost], start[lost], end[lost]


def _tube_deg(elevation_deg: FloatArray, half_beam_deg: float) -> FloatArray:
    """Return how far the azimuth may be off with the best elevation: sin d = sin b / cos e."""
    share = math.sin(math.radians(half_beam_deg)) / np.maximum(
        np.cos(np.radians(elevation_deg)), 1e-12
    )
    return np.where(share < 1.0, np.degrees(np.arcsin(np.minimum(share, 1.0))), 180.0)
