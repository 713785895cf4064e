"""Passes in the making: columns, the last step on true positions, and the cut at the span."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from scheduler.prediction.arcs import sight
from scheduler.prediction.fleet import Flags, Fleet, IndexArray, sort_order
from scheduler.prediction.topocentric import Site, azimuth_elevation
from tle.timebase import FloatArray

_EDGE_TOLERANCE_S = 1e-3
_POLISH_ROUNDS = 8
_POLISH_STEP_S = 60.0  # an edge is known better than this before it is polished


@dataclass(frozen=True, slots=True)
class FoundPasses:
    """Passes as columns of shape (n,), ordered by object, then AOS."""

    index: IndexArray
    aos_unix_s: FloatArray
    culmination_unix_s: FloatArray
    tca_unix_s: FloatArray
    los_unix_s: FloatArray
    aos_azimuth_deg: FloatArray
    culmination_azimuth_deg: FloatArray
    los_azimuth_deg: FloatArray
    max_elevation_deg: FloatArray
    starts_before_span: Flags
    ends_after_span: Flags

    def __len__(self) -> int:
        return len(self.index)

    def take(self, rows: IndexArray | Flags) -> FoundPasses:
        """Pick passes by index or by mask."""
        return FoundPasses(*(getattr(self, field.name)[rows] for field in fields(self)))


def no_passes() -> FoundPasses:
    """Return an empty table."""
    none, flags = np.empty(0), np.empty(0, dtype=np.bool_)
    index = np.empty(0, dtype=np.int64)
    return FoundPasses(index, none, none, none, none, none, none, none, none, flags, flags)


def join_passes(parts: list[FoundPasses]) -> FoundPasses:
    """Put tables together and order them by object, then AOS."""
    parts = [part for part in parts if len(part)]
    if len(parts) < 2:
        return parts[0] if parts else no_passes()
    columns = [
        np.concatenate([getattr(part, field.name) for part in parts])
        for field in fields(FoundPasses)
    ]
    joined = FoundPasses(*columns)
    return joined.take(sort_order(joined.index, joined.aos_unix_s))


def polish_edges(
    fleet: Fleet, site: Site, index: IndexArray, unix_s: FloatArray, sin_floor: float
) -> tuple[FloatArray, FloatArray]:
    """Move crossings of the floor onto true positions by Newton's steps; add their azimuths.

    Repeats only where the last step was longer than 1 ms.
    """
    unix_s = unix_s.copy()
    azimuth_deg = np.empty(len(unix_s))
    rows = np.arange(len(unix_s))
    for _ in range(_POLISH_ROUNDS if len(rows) else 0):
        here_s = unix_s[rows]
        states = fleet.propagate(index[rows], here_s)
        view = sight(states, site, here_s, curvature=False)
        azimuth_deg[rows], _ = azimuth_elevation(states.position_km, site, here_s)
        with np.errstate(divide="ignore", invalid="ignore"):
            step_s = -view.sine_less(sin_floor) / view.sine_rate
        step_s = np.clip(np.nan_to_num(step_s), -_POLISH_STEP_S, _POLISH_STEP_S)
        unix_s[rows] += step_s
        rows = rows[np.abs(step_s) > _EDGE_TOLERANCE_S]
        if not len(rows):
            break
    return unix_s, azimuth_deg


def cut_at_span(
    passes: FoundPasses, fleet: Fleet, site: Site, start_unix_s: float, end_unix_s: float
) -> FoundPasses:
    """Cut single-peaked passes at the edges of a half-open span; flag them, drop those outside."""
    passes = passes.take((passes.los_unix_s > start_unix_s) & (passes.aos_unix_s < end_unix_s))
    early, late = passes.aos_unix_s < start_unix_s, passes.los_unix_s > end_unix_s
    if not (early.any() or late.any()):
        return passes
    aos_azimuth, los_azimuth = passes.aos_azimuth_deg.copy(), passes.los_azimuth_deg.copy()
    peak_azimuth, peak_elevation = (
        passes.culmination_azimuth_deg.copy(),
        passes.max_elevation_deg.copy(),
    )
    for cut, edge_s, azimuth in (
        (early, start_unix_s, aos_azimuth),
        (late, end_unix_s, los_azimuth),
    ):
        rows = np.flatnonzero(cut)
        instants = np.full(len(rows), edge_s)
        states = fleet.propagate(passes.index[rows], instants)
        azimuth[rows], elevation = azimuth_elevation(states.position_km, site, instants)
        culmination = passes.culmination_unix_s[rows]
        outside = culmination < edge_s if cut is early else culmination > edge_s
        peak_azimuth[rows[outside]] = azimuth[rows[outside]]
        peak_elevation[rows[outside]] = elevation[outside]
    return replace(
        passes,
        aos_unix_s=np.maximum(passes.aos_unix_s, start_unix_s),
        los_unix_s=np.minimum(passes.los_unix_s, end_unix_s),
        culmination_unix_s=np.clip(passes.culmination_unix_s, start_unix_s, end_unix_s),
        tca_unix_s=np.clip(passes.tca_unix_s, start_unix_s, end_unix_s),
        aos_azimuth_deg=aos_azimuth,
        los_azimuth_deg=los_azimuth,
        culmination_azimuth_deg=peak_azimuth,
        max_elevation_deg=peak_elevation,
        starts_before_span=early,
        ends_after_span=late,
    )
