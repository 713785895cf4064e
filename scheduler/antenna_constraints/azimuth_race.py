"""The best an azimuth axis can do when the satellite crosses near its zenith.

The axis may lead and lag the satellite inside a tube (what half a beam allows at that elevation).
States that tracked so far form, at each instant, a convex set of azimuth and rate; its upper edge
over the rate is carried forwards from before the crossing and, with time reversed, backwards from
after it. The loss is the shortest gap that rate and acceleration can bridge from the one set to
the other: docs/antenna-constraints.md, section "Keyhole".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tle.timebase import FloatArray

_CRUISE_SHARES = (0.25, 0.4, 0.55, 0.7, 0.85, 1.0)  # of the top rate, tried in the gap
_RATES_BACK = 3  # rates below zero that a run-up may use


@dataclass(frozen=True, slots=True)
class Axis:
    """Limits of an axis: rate in deg/s, acceleration in deg/s^2."""

    rate_deg_s: float
    acceleration_deg_s2: float


def least_loss(
    azimuth_deg: FloatArray, tube_deg: FloatArray, step_s: float, axis: Axis
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return first and last sample of the shortest loss of each crossing; equal when there is none.

    ``azimuth_deg`` (unwrapped) and ``tube_deg`` (half-width) have shape (n, n_times), at steps of
    ``step_s``. A crossing that cannot be bridged at all is lost from end to end.
    """
    rising = azimuth_deg[:, -1:] >= azimuth_deg[:, :1]
    azimuth_deg = np.where(rising, azimuth_deg, -azimuth_deg)
    rates = _rate_lattice(step_s, axis)
    cruise = np.array(_CRUISE_SHARES) * axis.rate_deg_s
    # Speeding up from a rate to the cruise loses this much way against cruising all along.
    lost_deg = (cruise[:, None] - rates) ** 2 / (2.0 * axis.acceleration_deg_s2)
    lost_deg[rates > cruise[:, None] + 1e-9] = np.inf
    ahead, alive = _reach(azimuth_deg, tube_deg, step_s, rates, lost_deg)
    first, last = np.zeros(len(alive), dtype=np.int64), np.zeros(len(alive), dtype=np.int64)
    lost = np.flatnonzero(~alive)
    if not len(lost):
        return first, last
    # Time and azimuth reversed, the later side is the same problem.
    behind, _ = _reach(-azimuth_deg[lost, ::-1], tube_deg[lost, ::-1], step_s, rates, lost_deg)
    cruised_deg = cruise * step_s * np.arange(azimuth_deg.shape[1])[:, None]
    leave = ahead[lost] - cruised_deg
    return_ = -behind[:, ::-1] - cruised_deg
    first[lost], last[lost] = _shortest_gap(leave, return_)
    return first, last


def _rate_lattice(step_s: float, axis: Axis) -> FloatArray:
    """Return rates one step of full acceleration apart, up to the top rate, ascending."""
    spacing = axis.acceleration_deg_s2 * step_s
    count = max(1, int(np.floor(axis.rate_deg_s / spacing + 1e-9)))
    return np.asarray(axis.rate_deg_s - spacing * np.arange(count + _RATES_BACK, -1.0, -1.0))


def _reach(
    azimuth_deg: FloatArray,
    tube_deg: FloatArray,
    step_s: float,
    rates: FloatArray,
    lost_deg: FloatArray,
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Carry the set of states that have tracked so far through all samples.

    Returns, per crossing, sample and cruise rate, the largest azimuth less the way lost until
    cruise, shape (n, n_times, n_cruise), and which crossings are tracked to the end.
    """
    n, n_times = azimuth_deg.shape
    spacing = rates[1] - rates[0]
    # Crossings along the last axis: every step then runs over long rows.
    highest, lowest = (azimuth_deg + tube_deg).T.copy(), (azimuth_deg - tube_deg).T.copy()
    upper, lower = np.tile(highest[0], (len(rates), 1)), np.tile(lowest[0], (len(rates), 1))
    best = np.full((n_times, len(lost_deg), n), -np.inf)
    way, bend = (rates * step_s)[:, None], 0.5 * spacing * step_s
    alive = np.arange(n)  # the crossings tracked so far
    for k in range(n_times):
        if k:
            high, low = upper + way, lower + way
            # From the rate below the mean rate is half a spacing less, from above half more.
            upper, lower = high.copy(), low.copy()
            np.maximum(upper[1:], high[:-1] + bend, out=upper[1:])
            np.maximum(upper[:-1], high[1:] - bend, out=upper[:-1])
            np.minimum(lower[1:], low[:-1] + bend, out=lower[1:])
            np.minimum(lower[:-1], low[1:] - bend, out=lower[:-1])
            np.minimum(upper, highest[k], out=upper)
            np.maximum(lower, lowest[k], out=lower)
            fallen = upper < lower
            if fallen.any():
                upper[fallen], lower[fallen] = -np.inf, np.inf
                kept = ~fallen.all(axis=0)
                if not kept.all():
                    upper, lower, alive = upper[:, kept], lower[:, kept], alive[kept]
                    highest, lowest = highest[:, kept], lowest[:, kept]
        if not len(alive):
            break
        best[k][:, alive] = np.max(upper - lost_deg[:, :, None], axis=1)
    tracked = np.zeros(n, dtype=np.bool_)
    tracked[alive] = True
    return np.ascontiguousarray(best.transpose(2, 0, 1)), tracked


def _shortest_gap(
    leave: FloatArray, return_: FloatArray
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find the shortest gap after which the return can be met, shapes (n, n_times, n_cruise).

    A path that leaves at an instant has left at every earlier one too: what a gap can bridge a
    longer one can, so the gap is found by bisection.
    """
    n, n_times, _ = leave.shape
    first, last = np.zeros(n, dtype=np.int64), np.full(n, n_times - 1)
    index = np.arange(n)
    fails, meets = np.zeros(n, dtype=np.int64), np.full(n, n_times - 1)
    # Nobody leaves later than the last instant that any crossing has tracked.
    reached = np.flatnonzero(np.any(leave > -np.inf, axis=(0, 2)))
    times = np.arange(reached[-1] + 1 if len(reached) else 1)
    leave = leave[:, : len(times)]
    while np.any(meets - fails > 1):
        gap = (fails + meets) // 2
        after = times + gap[:, None]
        met = leave >= return_[index[:, None], np.minimum(after, n_times - 1)]
        possible = np.any(met, axis=2) & (after < n_times)
        # Of the possible starts the one nearest to the middle.
        off = np.abs(times + 0.5 * (gap[:, None] + 1 - n_times))
        start = np.argmin(np.where(possible, off, np.inf), axis=1)
        done = np.any(possible, axis=1)
        meets, fails = np.where(done, gap, meets), np.where(done, fails, gap)
        first[done], last[done] = start[done], (start + gap)[done]
    return first, last
