"""The fast path: every pass of near-earth, near-circular satellites with few SGP4 calls.

Each suspected pass costs three SGP4 positions; a true one three more (culmination, AOS, LOS).
"""

from __future__ import annotations

import math

import numpy as np

from scheduler.prediction.arcs import (
    Arcs,
    Flags,
    Sight,
    crossings,
    fit_arcs,
    nearest_points,
    sight,
    turning_points,
)
from scheduler.prediction.fleet import Fleet, IndexArray
from scheduler.prediction.found import (
    FoundPasses,
    cut_at_span,
    join_passes,
    no_passes,
    polish_edges,
)
from scheduler.prediction.screen import Candidates, screen
from scheduler.prediction.topocentric import Site, azimuth_elevation
from tle.timebase import FloatArray

PAD_S = 1_800.0  # longer than half of any pass on this path
_NEAR_MISS = 1e-4  # sine of elevation: true positions decide within this of the floor
_STRAY = 0.01  # sine of elevation: below the floor by more, a window without a peak is no pass
_WIDENINGS = 3


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
            1.5 * candidates.half_width_s[wide] + 30.0,
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
    unix_s = candidates.unix_s[:, None] + candidates.half_width_s[:, None] * [-1.0, 0.0, 1.0]
    unix_s = unix_s.ravel()
    states = fleet.propagate(index, unix_s)
    failed = np.unique(index[states.error != 0])
    view = sight(states, site, unix_s)
    nodes = [Sight(view.up_km[:, k::3], view.distance2_km2[:, k::3]) for k in range(3)]
    first, _, last = nodes
    rising, falling = first.sine_rate, last.sine_rate
    start_sine, end_sine = first.sine_less(sin_floor), last.sine_less(sin_floor)
    sound = ~np.isin(candidates.index, failed) if len(failed) else np.ones(count, dtype=np.bool_)
    peaked = (rising > 0.0) & (falling < 0.0)
    edge_sine = np.maximum(start_sine, end_sine)
    wide = sound & ((edge_sine >= 0.0) | (~peaked & (edge_sine > -_STRAY)))
    good = np.flatnonzero(sound & peaked & ~wide)
    if not len(good):
        return no_passes(), wide, failed

    arcs = fit_arcs(
        [Sight(node.up_km[:, good], node.distance2_km2[:, good]) for node in nodes],
        candidates.unix_s[good],
        candidates.half_width_s[good],
    )
    ends = np.ones(len(good))
    guess = (rising + falling)[good] / (rising - falling)[good]
    peak = turning_points(arcs, -ends, ends, guess, np.ones(len(good), dtype=np.bool_))
    peak_sine = arcs.sine_less(peak, sin_floor)
    high = np.flatnonzero(peak_sine > -_NEAR_MISS)
    found = _complete(
        fleet,
        candidates.index[good[high]],
        arcs.take(high),
        site,
        sin_floor,
        (start_sine[good[high]], peak[high], peak_sine[high], end_sine[good[high]]),
    )
    return found, wide, failed


def _complete(
    fleet: Fleet,
    index: IndexArray,
    arcs: Arcs,
    site: Site,
    sin_floor: float,
    shape: tuple[FloatArray, FloatArray, FloatArray, FloatArray],
) -> FoundPasses:
    """Turn arcs that culminate above the floor into passes, on true positions."""
    start_sine, peak, peak_sine, end_sine = shape
    culmination_s = arcs.unix_s(peak)
    states = fleet.propagate(index, culmination_s)
    azimuth_deg, elevation_deg = azimuth_elevation(states.position_km, site, culmination_s)
    true_sine = np.sin(np.radians(elevation_deg)) - sin_floor
    above = np.flatnonzero(true_sine > 0.0)
    index, arcs, culmination_s, azimuth_deg, elevation_deg = (
        index[above],
        arcs.take(above),
        culmination_s[above],
        azimuth_deg[above],
        elevation_deg[above],
    )
    peak, start_sine, end_sine = peak[above], start_sine[above], end_sine[above]
    # The arc is lifted so that it culminates where the true positions do.
    peak_true = true_sine[above]
    floors = sin_floor - (peak_true - peak_sine[above])
    ends = np.ones(len(above))
    rise = peak - (peak + 1.0) * np.sqrt(peak_true / (peak_true - start_sine))
    fall = peak + (1.0 - peak) * np.sqrt(peak_true / (peak_true - end_sine))
    up = ends > 0.0
    aos = crossings(arcs, floors, -ends, peak, rise, up)
    los = crossings(arcs, floors, peak, ends, fall, ~up)
    tca = np.clip(nearest_points(arcs, -ends, ends, peak), aos, los)
    edges_s, edge_azimuth_deg = polish_edges(
        fleet,
        site,
        np.repeat(index, 2),
        np.column_stack([arcs.unix_s(aos), arcs.unix_s(los)]).ravel(),
        sin_floor,
    )
    aos_s, los_s = edges_s[0::2], edges_s[1::2]
    flags = np.zeros(len(above), dtype=np.bool_)
    found = FoundPasses(
        index=index,
        aos_unix_s=aos_s,
        culmination_unix_s=culmination_s,
        tca_unix_s=arcs.unix_s(tca),
        los_unix_s=los_s,
        aos_azimuth_deg=edge_azimuth_deg[0::2],
        culmination_azimuth_deg=azimuth_deg,
        los_azimuth_deg=edge_azimuth_deg[1::2],
        max_elevation_deg=elevation_deg,
        starts_before_span=flags,
        ends_after_span=flags,
    )
    return found.take(los_s > aos_s)
