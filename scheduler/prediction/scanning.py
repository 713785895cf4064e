"""The safe path: passes of any orbit, by nodes along the whole span.

Nodes lie at equal steps of eccentric anomaly, never more than an hour apart, and at both ends of
the span. Between neighbours N and D (see ``arcs``) are quintic. Every interval is searched for
peaks and dips, so a dip below the floor splits a pass, and a short pass between two nodes is found.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scheduler.prediction.arcs import (
    Arcs,
    Sight,
    crossings,
    fit_arcs,
    horner,
    nearest_points,
    sight,
    slope,
    turning_points,
)
from scheduler.prediction.fleet import Flags, Fleet, IndexArray
from scheduler.prediction.found import FoundPasses, join_passes, no_passes, polish_edges
from scheduler.prediction.node_times import node_times
from scheduler.prediction.topocentric import Site, azimuth_elevation
from tle.timebase import DAY_S, FloatArray

_NODES_AT_ONCE = 60_000
_SATELLITES_S_AT_ONCE = 40.0 * DAY_S  # satellites x span whose nodes are laid together
_NEAR_MISS = 1e-3  # sine of elevation: true positions decide within this of the floor
_DECAY_TOLERANCE_S = 1e-3
_PROBES = np.linspace(-1.0, 1.0, 33)


@dataclass(frozen=True, slots=True)
class Ended:
    """Where the propagation of an object ended inside the span: its last good instant, and why.

    ``unix_s`` is NaN when not even the start of the span could be reached.
    """

    row: int
    unix_s: float
    error: int


@dataclass(frozen=True, slots=True)
class Scan:
    """What a scan gives: passes, and the objects that could not be followed to the end."""

    passes: FoundPasses
    ended: tuple[Ended, ...]


def scan(
    fleet: Fleet,
    rows: IndexArray,
    site: Site,
    start_unix_s: float,
    end_unix_s: float,
    floor_rad: float,
) -> Scan:
    """Return every pass of ``rows`` in a half-open span, cut and flagged at its edges."""
    parts = [no_passes()]
    ended: list[Ended] = []
    for batch in _batches(fleet, rows, start_unix_s, end_unix_s):
        passes, ends = _scan_batch(fleet, batch, site, math.sin(floor_rad))
        parts.append(passes)
        ended.extend(ends)
    return Scan(join_passes(parts), tuple(ended))


def _batches(
    fleet: Fleet, rows: IndexArray, start_unix_s: float, end_unix_s: float
) -> Iterator[list[tuple[int, FloatArray]]]:
    """Yield rows with their nodes, so many at once as keep memory small."""
    size = max(1, int(_SATELLITES_S_AT_ONCE / (end_unix_s - start_unix_s)))
    batch: list[tuple[int, FloatArray]] = []
    for first in range(0, len(rows), size):
        some = rows[first : first + size]
        times = node_times(fleet, some, start_unix_s, end_unix_s)
        batch.extend(zip(some.tolist(), times, strict=True))
        if sum(len(nodes) for _, nodes in batch) > _NODES_AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def _scan_batch(
    fleet: Fleet, batch: list[tuple[int, FloatArray]], site: Site, sin_floor: float
) -> tuple[FoundPasses, list[Ended]]:
    index, unix_s = _flatten(batch)
    states = fleet.propagate(index, unix_s)
    ended: list[Ended] = []
    if states.error.any():
        batch, ended = _end_at_errors(fleet, batch, index, states.error)
        index, unix_s = _flatten(batch)
        states = fleet.propagate(index, unix_s)
    inner = np.flatnonzero(index[1:] == index[:-1])  # an interval starts at each of these nodes
    if not len(inner):
        return no_passes(), ended
    nodes = sight(states, site, unix_s)
    left, right = (
        Sight(nodes.up_km[:, pick], nodes.distance2_km2[:, pick]) for pick in (inner, inner + 1)
    )
    centre_s = 0.5 * (unix_s[inner] + unix_s[inner + 1])
    half_s = 0.5 * (unix_s[inner + 1] - unix_s[inner])
    arcs = fit_arcs([left, right], centre_s, half_s)
    marked = _mark(fleet, index[inner], arcs, (left, right), site, sin_floor)
    ends_s = unix_s[inner], unix_s[inner + 1]
    return _assemble(fleet, index[inner], arcs, ends_s, marked, site, sin_floor), ended


def _flatten(batch: list[tuple[int, FloatArray]]) -> tuple[IndexArray, FloatArray]:
    """Lay the nodes of many objects end to end: their rows and instants."""
    index = np.repeat(
        np.array([row for row, _ in batch], dtype=np.int64), [len(times) for _, times in batch]
    )
    return index, np.concatenate([np.empty(0), *(times for _, times in batch)])


def _end_at_errors(
    fleet: Fleet,
    batch: list[tuple[int, FloatArray]],
    index: IndexArray,
    error: NDArray[np.uint8],
) -> tuple[list[tuple[int, FloatArray]], list[Ended]]:
    """Cut each object's nodes at its first propagation error; the last node is just before it."""
    kept, ended = [], []
    for row, times in batch:
        codes = error[index == row]
        if not codes.any():
            kept.append((row, times))
            continue
        first = int(np.argmax(codes != 0))
        code = int(codes[first])
        if first == 0:
            ended.append(Ended(row, math.nan, code))
            continue
        good, bad = float(times[first - 1]), float(times[first])
        while bad - good > _DECAY_TOLERANCE_S:
            middle = 0.5 * (good + bad)
            found = int(fleet.propagate(np.array([row]), np.array([middle])).error[0])
            good, bad, code = (good, middle, found) if found else (middle, bad, code)
        kept.append((row, np.union1d(times[:first], [good])))
        ended.append(Ended(row, good, code))
    return kept, ended


@dataclass(frozen=True, slots=True)
class _Points:
    """Marks along the arcs, in time order: ends, peaks, dips, nearest points; shape (n,)."""

    arc: IndexArray
    tau: FloatArray
    excess: FloatArray  # sine of elevation less that of the floor


def _mark(
    fleet: Fleet,
    owner: IndexArray,
    arcs: Arcs,
    nodes: tuple[Sight, Sight],
    site: Site,
    sin_floor: float,
) -> tuple[FloatArray, _Points]:
    """Mark the arcs where the elevation or the distance turns; return the lift of each arc too.

    Where a peak or dip is close to the floor, the arc is lifted onto the true positions there.
    """
    left, right = nodes
    count = len(arcs)
    arc, low, high = _turning_brackets(arcs, left, right)
    ends = np.full(count, 1.0)
    turning = arcs.take(arc)
    rates = slope(turning, low), slope(turning, high)
    start = low + (high - low) * rates[0] / (rates[0] - rates[1])
    tau = turning_points(turning, low, high, start, rates[0] > 0.0)
    excess = turning.sine_less(tau, sin_floor)

    lift = np.zeros(count)
    near = np.flatnonzero(np.abs(excess) < _NEAR_MISS)
    near_s = turning.unix_s(tau)[near]
    states = fleet.propagate(owner[arc[near]], near_s)
    true = sight(states, site, near_s, curvature=False).sine_less(sin_floor)
    lift[arc[near]] = true - excess[near]

    closest = np.flatnonzero((left.distance2_km2[1] < 0.0) & (right.distance2_km2[1] > 0.0))
    middle = np.zeros(len(closest))
    nearest = nearest_points(arcs.take(closest), middle - 1.0, middle + 1.0, middle)

    last = np.flatnonzero(np.append(owner[1:] != owner[:-1], True))
    marks = (
        (np.arange(count), -ends),
        (arc, tau),
        (closest, nearest),
        (last, ends[last]),
    )
    point_arc = np.concatenate([mark[0] for mark in marks])
    point_tau = np.concatenate([mark[1] for mark in marks])
    order = np.lexsort((point_tau, point_arc))
    point_arc, point_tau = point_arc[order], point_tau[order]
    inside = arcs.take(point_arc).sine_less(point_tau, sin_floor) + lift[point_arc]
    return lift, _Points(point_arc, point_tau, inside)


def _turning_brackets(
    arcs: Arcs, left: Sight, right: Sight
) -> tuple[IndexArray, FloatArray, FloatArray]:
    """Bracket every peak and dip of the elevation: arc, low and high ``tau``, ascending."""
    half_s = arcs.half_width_s
    before, before_rate = _stationarity(left)
    after, after_rate = _stationarity(right)
    single = np.flatnonzero((before > 0.0) != (after > 0.0))
    # A peak and a dip inside one arc: the slope comes towards zero from both ends.
    sign = np.where(before > 0.0, 1.0, -1.0)
    twice = ((before > 0.0) == (after > 0.0)) & (sign * before_rate < 0.0) & (sign * after_rate > 0)
    reach = np.abs(before) < 2.0 * half_s * np.maximum(np.abs(before_rate), np.abs(after_rate))
    doubtful = np.flatnonzero(twice & reach)
    many = arcs.take(np.tile(doubtful, len(_PROBES)))
    probes = slope(many, np.repeat(_PROBES, len(doubtful))).reshape(len(_PROBES), -1)
    probes *= sign[doubtful]
    real = probes.min(axis=0) < 0.0
    double, split = doubtful[real], _PROBES[probes.argmin(axis=0)[real]]
    arc = np.concatenate([single, double, double])
    low = np.concatenate([np.full(len(single), -1.0), np.full(len(double), -1.0), split])
    high = np.concatenate([np.full(len(single), 1.0), split, np.full(len(double), 1.0)])
    order = np.lexsort((low, arc))
    return arc[order], low[order], high[order]


def _stationarity(view: Sight) -> tuple[FloatArray, FloatArray]:
    """Return N' D - N D' / 2, which has the sign of the elevation's rate, and its derivative."""
    n, n1, n2 = view.up_km
    d, d1, d2 = view.distance2_km2
    return n1 * d - 0.5 * n * d1, n2 * d + 0.5 * (n1 * d1 - n * d2)


def _assemble(
    fleet: Fleet,
    owner: IndexArray,
    arcs: Arcs,
    ends_s: tuple[FloatArray, FloatArray],
    marked: tuple[FloatArray, _Points],
    site: Site,
    sin_floor: float,
) -> FoundPasses:
    """Pair rises and sets between the marked points into passes, on true positions."""
    lift, points = marked
    up = points.excess >= 0.0
    point_owner = owner[points.arc]
    opens = np.append(True, point_owner[1:] != point_owner[:-1])
    closes = np.append(opens[1:], True)
    rises = up & (opens | ~np.append(False, up[:-1]))  # a pass begins between this and the last
    sets = up & (closes | ~np.append(up[1:], False))
    first, last = np.flatnonzero(rises), np.flatnonzero(sets)
    if not len(first):
        return no_passes()
    instants = arcs.take(points.arc).unix_s(points.tau)
    cut_start, cut_end = opens[first], closes[last]
    aos_s, los_s = ends_s[0][points.arc[first]], ends_s[1][points.arc[last]]  # where it is cut
    rows = np.flatnonzero(~cut_start)
    aos_s[rows] = _cross(arcs, lift, points, first[rows] - 1, sin_floor, True)
    rows = np.flatnonzero(~cut_end)
    los_s[rows] = _cross(arcs, lift, points, last[rows], sin_floor, False)
    index = point_owner[first]
    count = len(index)
    edges_s, azimuths = _polish(
        fleet,
        site,
        np.concatenate([index, index]),
        np.concatenate([aos_s, los_s]),
        np.concatenate([cut_start, cut_end]),
        sin_floor,
    )
    aos_s, los_s = edges_s[:count], edges_s[count:]
    aos_azimuth, los_azimuth = azimuths[:count], azimuths[count:]

    peak, nearest = _highest_and_nearest(arcs, points, up, np.cumsum(rises) - 1)
    culmination_s = np.clip(instants[peak], aos_s, los_s)
    tca_s = np.clip(instants[nearest], aos_s, los_s)
    tca_s = _nearest_or_edge(fleet, site, index, tca_s, aos_s, los_s)
    states = fleet.propagate(index, culmination_s)
    azimuth, elevation = azimuth_elevation(states.position_km, site, culmination_s)
    found = FoundPasses(
        index=index,
        aos_unix_s=aos_s,
        culmination_unix_s=culmination_s,
        tca_unix_s=tca_s,
        los_unix_s=los_s,
        aos_azimuth_deg=aos_azimuth,
        culmination_azimuth_deg=azimuth,
        los_azimuth_deg=los_azimuth,
        max_elevation_deg=elevation,
        starts_before_span=cut_start,
        ends_after_span=cut_end,
    )
    return found.take(los_s > aos_s)


def _highest_and_nearest(
    arcs: Arcs, points: _Points, up: Flags, pass_of: IndexArray
) -> tuple[IndexArray, IndexArray]:
    """Return the highest and the nearest point of each pass."""
    inside = np.flatnonzero(up)
    distance2 = horner(arcs.take(points.arc[inside]).distance2_km2, points.tau[inside])
    return (
        _best(pass_of[inside], -points.excess[inside], inside),
        _best(pass_of[inside], distance2, inside),
    )


def _cross(
    arcs: Arcs,
    lift: FloatArray,
    points: _Points,
    before: IndexArray,
    sin_floor: float,
    rising: bool,
) -> FloatArray:
    """Return the instants at which the elevation crosses the floor after points ``before``."""
    arc = points.arc[before]
    low = points.tau[before]
    high = np.where(points.arc[before + 1] == arc, points.tau[before + 1], 1.0)
    picked = arcs.take(arc)
    left, right = np.abs(points.excess[before]), np.abs(points.excess[before + 1])
    start = low + (high - low) * left / np.maximum(left + right, 1e-300)
    direction = np.full(len(before), rising)
    tau = crossings(picked, sin_floor - lift[arc], low, high, start, direction)
    return picked.unix_s(tau)


def _polish(
    fleet: Fleet, site: Site, index: IndexArray, edge_s: FloatArray, cut: Flags, sin_floor: float
) -> tuple[FloatArray, FloatArray]:
    """Polish the edges that are crossings; give the azimuths of all."""
    edge_s = edge_s.copy()
    azimuth = np.empty(len(edge_s))
    whole = np.flatnonzero(~cut)
    edge_s[whole], azimuth[whole] = polish_edges(
        fleet, site, index[whole], edge_s[whole], sin_floor
    )
    rows = np.flatnonzero(cut)
    states = fleet.propagate(index[rows], edge_s[rows])
    azimuth[rows], _ = azimuth_elevation(states.position_km, site, edge_s[rows])
    return edge_s, azimuth


def _best(group: IndexArray, cost: FloatArray, item: IndexArray) -> IndexArray:
    """Return for each group, 0 to n - 1, the item of least cost."""
    order = np.lexsort((cost, group))
    group = group[order]
    leads = np.append(True, group[1:] != group[:-1])
    return np.asarray(item[order[leads]])


def _nearest_or_edge(
    fleet: Fleet,
    site: Site,
    index: IndexArray,
    tca_s: FloatArray,
    aos_s: FloatArray,
    los_s: FloatArray,
) -> FloatArray:
    """Take AOS or LOS as the instant of least range where the range only grows or shrinks."""
    instants = np.array([tca_s, aos_s, los_s])
    all_s = instants.ravel()
    states = fleet.propagate(np.tile(index, 3), all_s)
    distance2 = sight(states, site, all_s, curvature=False).distance2_km2[0].reshape(3, -1)
    return np.asarray(np.take_along_axis(instants, distance2.argmin(axis=0)[None, :], axis=0)[0])
