"""The judge of pass searches: sample the elevation densely, bisect every crossing.

Shares with the product only the propagation and the frame, which other tests hold against skyfield
and Orekit; the search itself is not used.
"""

from __future__ import annotations

import numpy as np

from scheduler.prediction.topocentric import look_angles
from tle.propagation import build_record, propagate

_BISECTIONS = 26
_ZOOMS = 5


class Sky:
    """One satellite seen from one station: elevation at any instants, by direct propagation."""

    def __init__(self, elements, station):
        self._record = build_record(elements)
        self._station = station

    def look(self, unix_s):
        r_km, v_km_s, error = propagate(self._record, np.asarray(unix_s, dtype=float))
        assert not error.any()
        return look_angles(r_km, v_km_s, self._station, unix_s)

    def elevation_deg(self, unix_s):
        return self.look(unix_s).elevation_deg


def sampled_passes(elements, station, span, floor_deg, *, step_s=5.0):
    """Return (AOS, LOS) of every pass in the span; edges of the span where a pass is cut."""
    sky = Sky(elements, station)
    grid_s = np.append(np.arange(span.start_unix_s, span.end_unix_s, step_s), span.end_unix_s)
    return passes_on_grid(sky.elevation_deg, grid_s, floor_deg)


def passes_on_grid(elevation_deg, grid_s, floor_deg, values=None, *, near_deg=2.0):
    """Find passes of ``elevation_deg(unix_s)``; looks between the samples at grazing extremes."""
    excess = (elevation_deg(grid_s) if values is None else values) - floor_deg
    inner, before, after = excess[1:-1], excess[:-2], excess[2:]
    close = np.abs(inner) < near_deg
    peaks = np.flatnonzero((inner >= before) & (inner >= after) & (inner < 0.0) & close) + 1
    dips = np.flatnonzero((inner <= before) & (inner <= after) & (inner >= 0.0) & close) + 1
    turning = np.concatenate([peaks, dips])
    if len(turning):
        sign = np.concatenate([np.ones(len(peaks)), -np.ones(len(dips))])
        low, high = grid_s[turning - 1], grid_s[turning + 1]
        for _ in range(_ZOOMS):
            zoom = np.linspace(low, high, 11)
            best = np.argmax(sign * elevation_deg(zoom.ravel()).reshape(zoom.shape), axis=0)
            at = np.arange(len(turning))
            low, high = zoom[np.maximum(best - 1, 0), at], zoom[np.minimum(best + 1, 10), at]
        extremes = 0.5 * (low + high)
        grid_s = np.append(grid_s, extremes)
        order = np.argsort(grid_s, kind="stable")
        grid_s = grid_s[order]
        excess = np.append(excess, elevation_deg(extremes) - floor_deg)[order]
    up = excess >= 0.0
    changes = np.flatnonzero(up[1:] != up[:-1])
    edges = bisect(elevation_deg, grid_s[changes], grid_s[changes + 1], floor_deg, ~up[changes])
    if up[0]:
        edges = np.append(grid_s[0], edges)
    if up[-1]:
        edges = np.append(edges, grid_s[-1])
    return edges.reshape(-1, 2)


def bisect(elevation_deg, low, high, floor_deg, rising):
    """Narrow brackets in which the elevation crosses the floor."""
    if not len(low):
        return np.empty(0)
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        right = (elevation_deg(middle) >= floor_deg) != rising
        low, high = np.where(right, middle, low), np.where(right, high, middle)
    return 0.5 * (low + high)
