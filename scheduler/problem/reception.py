"""What a window brings: the time that is lost in it, and the rate by elevation."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from scheduler.intervals import intersect
from scheduler.link_budget.volume import rate_steps
from scheduler.problem.candidate_track import Track
from scheduler.satellites import Service
from scheduler.window_table import VisibilityWindow
from tle.timebase import FloatArray

RATE_STEP_S = 2.0  # between the instants at which a rate by elevation may change

Rows = tuple[tuple[float, float], ...]


def find_reception(
    window: VisibilityWindow, start_s: float, end_s: float, service: Service, track: Track
) -> tuple[Rows, Rows]:
    """Return the spans [start, end) in which nothing is received, and the steps of the rate.

    Losses that overlap, for two reasons at once, are one. A step is (instant, bytes per second).
    Below the lowest elevation of ``rate_by_elevation`` the link does not close: that time is lost.
    """
    losses = [(loss.start_unix_s, loss.end_unix_s) for loss in window.interruptions]
    rate: Rows = ()
    if service.rate_by_elevation:
        steps = _step_rate(service, track)
        losses += [(begins, ends) for (begins, bps), (ends, _) in pairwise(steps) if bps == 0.0]
        rate = tuple((instant_s, bps / 8.0) for instant_s, bps in steps)
    elif service.rate_bps is not None:
        rate = ((window.start_unix_s, service.rate_bps / 8.0),)
    lost = intersect(np.array(losses, dtype=np.float64), np.array([(start_s, end_s)]))
    return tuple((float(low), float(high)) for low, high in lost), rate


def _step_rate(service: Service, track: Track) -> list[tuple[float, float]]:
    """Step the rate of a service over a track: a step takes the lower rate of its ends."""
    least_deg, bps = np.array(service.rate_by_elevation).T
    count = max(2, round((track.unix_s[-1] - track.unix_s[0]) / RATE_STEP_S) + 1)
    unix_s = np.linspace(track.unix_s[0], track.unix_s[-1], count)
    level = np.searchsorted(least_deg, _curve_elevation_deg(track, unix_s), side="right")
    return rate_steps(unix_s, np.concatenate([[0.0], bps])[level])


def _curve_elevation_deg(track: Track, unix_s: FloatArray) -> FloatArray:
    """Interpolate the elevation by cubics with the slopes of the neighbours, shape (n,)."""
    known_s, known_deg = track.unix_s, track.elevation_deg
    slope_deg_s = np.gradient(known_deg, known_s)
    after = np.clip(np.searchsorted(known_s, unix_s), 1, len(known_s) - 1)
    step_s = known_s[after] - known_s[after - 1]
    part = (unix_s - known_s[after - 1]) / step_s
    left, right = known_deg[after - 1], known_deg[after]
    chord = right - left
    left_bend = slope_deg_s[after - 1] * step_s - chord
    right_bend = chord - slope_deg_s[after] * step_s
    bend = (1.0 - part) * left_bend + part * right_bend
    return np.asarray(left + part * chord + part * (1.0 - part) * bend)
