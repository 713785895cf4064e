"""The judge of finders: skyfield's own elevation function, sampled and bisected.

Not ``find_events``: that search has errors of its own. The elevation needs only the angle between
TEME and the Earth, so nutation and precession, which cancel, are left out as skyfield itself does.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from skyfield.api import EarthSatellite, load, wgs84

from scheduler.intervals import Span
from scheduler.stations import Station
from tle.elements import ElementSet
from tle.propagation import build_record

_ZOOMS = 6
_BISECTIONS = 22  # of 10 s: 2 us


def true_passes(
    sets: Sequence[ElementSet], station: Station, span: Span, floor_deg: float, step_s: float = 10.0
) -> list[np.ndarray]:
    """Return (AOS, LOS) of every pass of each satellite, edges of the span where it cuts one."""
    scale = load.timescale(builtin=True)
    place = wgs84.latlon(station.latitude_deg, station.longitude_deg, station.altitude_m)
    grid_s = np.append(np.arange(span.start_unix_s, span.end_unix_s, step_s), span.end_unix_s)
    grid = _times(scale, grid_s)
    found = []
    for item in sets:
        satellite = EarthSatellite.from_satrec(build_record(item), scale)

        def excess(unix_s, times=None, sight=satellite - place):
            times = _times(scale, unix_s) if times is None else times
            return sight.at(times).altaz()[0].degrees - floor_deg

        found.append(_passes(excess, grid_s, excess(grid_s, grid)))
    return found


def _times(scale, unix_s):
    days, seconds = np.divmod(unix_s, 86_400.0)
    times = scale.utc(1970, 1, 1 + days, 0, 0, seconds)
    times.gast = times.tt * 0.0
    times.M = times.MT = np.identity(3)
    return times


def _passes(excess, grid_s, values):
    inner, before, after = values[1:-1], values[:-2], values[2:]
    turns = (inner - before) * (after - inner) <= 0.0
    near = np.flatnonzero(turns & (np.abs(inner) < 3.0)) + 1
    if len(near):
        peak = np.where(values[near] >= values[near - 1], 1.0, -1.0)
        low, high = grid_s[near - 1], grid_s[near + 1]
        at = np.arange(len(near))
        for _ in range(_ZOOMS):
            zoom = np.linspace(low, high, 9)
            seen = peak * excess(zoom.ravel()).reshape(zoom.shape)
            best = seen.argmax(axis=0)
            low, high = zoom[np.maximum(best - 1, 0), at], zoom[np.minimum(best + 1, 8), at]
        extra = 0.5 * (low + high)
        grid_s, values = np.append(grid_s, extra), np.append(values, excess(extra))
        order = np.argsort(grid_s, kind="stable")
        grid_s, values = grid_s[order], values[order]
    up = values >= 0.0
    change = np.flatnonzero(up[1:] != up[:-1])
    low, high, rising = grid_s[change], grid_s[change + 1], ~up[change]
    for _ in range(_BISECTIONS if len(change) else 0):
        middle = 0.5 * (low + high)
        right = (excess(middle) >= 0.0) != rising
        low, high = np.where(right, middle, low), np.where(right, high, middle)
    edges = 0.5 * (low + high)
    edges = np.append(grid_s[:1], edges) if up[0] else edges
    edges = np.append(edges, grid_s[-1:]) if up[-1] else edges
    return edges.reshape(-1, 2)
