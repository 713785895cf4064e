"""The fast path: every pass of near-earth, near-circular satellites with few SGP4 calls.

Each suspected pass costs three SGP4 positions; a true one three more (culmination, AOS, LOS).
"""

from __future__ import annotations

import math

import numpy as np

from scheduler.prediction.arcs import (
    Arcs,
    Sight,
    crossings,
    fit_arcs,
    nearest_points,
    sight,
    slope,
    turning_points,
)
from scheduler.prediction.fleet import Flags, Fleet, IndexArray, States, coast
from scheduler.prediction.found import (
    FoundPasses,
    cut_at_span,
    join_passes,
    no_passes,
    polish_edges,
)
from scheduler.prediction.screen import Candidates, screen
from scheduler.prediction.topocentric import Site, azimuth_elevation, azimuths
from tle.timebase import FloatArray

PAD_S = 1_800.0  # longer than half of any pass on this path
_NEAR_MISS = 1e-4  # sine of elevation: true positions decide within this of the floor
_STRAY = 0.01  # sine of elevation: below the floor by more, a window without a peak is no pass
_WIDENINGS = 4
_NODES = np.array([-1.0, 0.0, 1.0])
_COAST_S = 12.0  # so far from a node, positions by Taylor's series and arcs are true enough
_SHORT_S = 90.0  # passes that barely rise cross the floor slowly: metres are milliseconds there
_REACH = 1.25  # arcs are used this far, in half-widths: their nodes lie near AOS and LOS


def find_near_earth(
    fleet: Fleet,
    rows: IndexArray,
    site: Site,
    start_unix_s: float,
    end_unix_s: float,
    floor_rad: float,
) -> tuple[FoundPasses, IndexArray]:
    """Return the passes of ``rows`` in a half-open span, and the rows that need the slow path.

    A row needs it when SGP4 reports an error anywhere or a pass does not fit its window.
    """
    candidates = screen(
        fleet.secular, rows, site, start_unix_s - PAD_S, end_unix_s + PAD_S, floor_rad
    )
    parts = [no_passes()]
    suspects = [np.empty(0, dtype=np.int64)]
    for attempt in range(_WIDENINGS + 1):
        found, wide, failed = _examine(fleet, candidates, site, math.sin(floor_rad))
        parts.append(found)
        suspects.append(failed)
        if not wide.any():
            break
        if attempt == _WIDENINGS:
            suspects.append(candidates.index[wide])
        candidates = Candidates(
            candidates.index[wide],
            candidates.unix_s[wide],
            1.3 * candidates.half_width_s[wide] + 20.0,
        )
    slow = np.unique(np.concatenate(suspects))
    passes = join_passes(parts)
    passes = passes.take(~np.isin(passes.index, slow)) if len(slow) else passes
    # Two candidates may have grown into the same pass.
    again = np.zeros(len(passes), dtype=np.bool_)
    again[1:] = (passes.index[1:] == passes.index[:-1]) & (
        passes.aos_unix_s[1:] < passes.los_unix_s[:-1]
    )
    return cut_at_span(passes.take(~again), fleet, site, start_unix_s, end_unix_s), slow


def _examine(
    fleet: Fleet, candidates: Candidates, site: Site, sin_floor: float
) -> tuple[FoundPasses, Flags, IndexArray]:
    """Return passes, which candidates need a wider window, and rows with propagation errors."""
    count = len(candidates.index)
    index = np.repeat(candidates.index, 3)
    unix_s = candidates.unix_s[:, None] + candidates.half_width_s[:, None] * _NODES
    unix_s = unix_s.ravel()
    states = fleet.propagate(index, unix_s)
    failed = np.unique(index[states.error != 0])
    view = sight(states, site, unix_s, curvature=False)
    nodes = [view.take(slice(k, None, 3)) for k in range(3)]
    arcs = fit_arcs(nodes, candidates.unix_s, candidates.half_width_s)
    ends = np.full(count, _REACH)
    rising, falling = slope(arcs, -ends), slope(arcs, ends)
    edge_sine = np.maximum(arcs.sine_less(-ends, sin_floor), arcs.sine_less(ends, sin_floor))
    sound = ~np.isin(candidates.index, failed) if len(failed) else np.ones(count, dtype=np.bool_)
    peaked = (rising > 0.0) & (falling < 0.0)
    wide = sound & ((edge_sine >= 0.0) | (~peaked & (edge_sine > -_STRAY)))
    good = np.flatnonzero(sound & peaked & ~wide)
    arcs, ends = arcs.take(good), ends[good]
    # The middle node is seconds from the peak.
    peak = turning_points(arcs, -ends, ends, np.zeros(len(good)), np.ones(len(good), np.bool_))
    peak_sine = arcs.sine_less(peak, sin_floor)
    lift = _lift(fleet, candidates.index[good], arcs, peak, peak_sine, site, sin_floor)
    high = np.flatnonzero(peak_sine + lift > 0.0)
    taken = good[high]
    found = _complete(
        fleet,
        candidates.index[taken],
        arcs.take(high),
        [states.take(3 * taken + k) for k in range(3)],
        [node.take(taken) for node in nodes],
        site,
        sin_floor,
        (peak[high], lift[high]),
    )
    return found, wide, failed


def _lift(
    fleet: Fleet,
    index: IndexArray,
    arcs: Arcs,
    peak: FloatArray,
    peak_sine: FloatArray,
    site: Site,
    sin_floor: float,
) -> FloatArray:
    """Return by how much true positions culminate above the arcs; 0 far from the floor."""
    lift = np.zeros(len(index))
    near = np.flatnonzero(np.abs(peak_sine) < _NEAR_MISS)
    instants = arcs.unix_s(peak)[near]
    states = fleet.propagate(index[near], instants)
    lift[near] = sight(states, site, instants, curvature=False).sine_less(sin_floor)
    lift[near] -= peak_sine[near]
    return lift


def _complete(
    fleet: Fleet,
    index: IndexArray,
    arcs: Arcs,
    nodes: list[States],
    sights: list[Sight],
    site: Site,
    sin_floor: float,
    culmination: tuple[FloatArray, FloatArray],
) -> FoundPasses:
    """Turn arcs that culminate above the floor into passes.

    AOS, culmination and LOS lie seconds from the nodes, where the arcs are true; edges that do not
    are moved onto true positions.
    """
    if not len(index):
        return no_passes()
    peak, lift = culmination
    ends = np.full(len(index), _REACH)
    up = ends > 0.0
    first, last = (
        node - _step_to_floor(sight, sin_floor) / arcs.half_width_s
        for node, sight in ((-1.0, sights[0]), (1.0, sights[2]))
    )
    aos = crossings(arcs, sin_floor - lift, -ends, peak, first, up)
    los = crossings(arcs, sin_floor - lift, peak, ends, last, ~up)
    tca = np.clip(nearest_points(arcs, -ends, ends, peak), aos, los)
    instants = arcs.centre_unix_s + arcs.half_width_s * np.array([aos, peak, los])
    aos_km, peak_km, los_km = (
        coast(states, arcs.half_width_s * (tau - node))
        for tau, node, states in zip((aos, peak, los), _NODES, nodes, strict=True)
    )
    peak_azimuth_deg, elevation_deg = azimuth_elevation(peak_km, site, instants[1])
    edges_s = instants[::2]
    edge_azimuths_deg = np.array(
        [azimuths(aos_km, site, edges_s[0]), azimuths(los_km, site, edges_s[1])]
    )
    off_s = arcs.half_width_s * np.abs(np.array([aos + 1.0, los - 1.0]))
    grazing = (lift != 0.0) | (edges_s[1] - edges_s[0] < _SHORT_S)
    row, edge = np.nonzero(((off_s > _COAST_S) | grazing).T)  # an object's instants together
    edges_s[edge, row], edge_azimuths_deg[edge, row] = polish_edges(
        fleet, site, index[row], edges_s[edge, row], sin_floor
    )
    flags = np.zeros(len(index), dtype=np.bool_)
    found = FoundPasses(
        index=index,
        aos_unix_s=edges_s[0],
        culmination_unix_s=instants[1],
        tca_unix_s=arcs.unix_s(tca),
        los_unix_s=edges_s[1],
        aos_azimuth_deg=edge_azimuths_deg[0],
        culmination_azimuth_deg=peak_azimuth_deg,
        los_azimuth_deg=edge_azimuths_deg[1],
        max_elevation_deg=elevation_deg,
        starts_before_span=flags,
        ends_after_span=flags,
    )
    return found.take(found.los_unix_s > found.aos_unix_s)


def _step_to_floor(view: Sight, sin_floor: float) -> FloatArray:
    """Return by how many seconds the crossing of the floor lies before a node, by its rate."""
    rate = view.sine_rate
    return np.asarray(view.sine_less(sin_floor) / np.where(rate == 0.0, 1.0, rate))
