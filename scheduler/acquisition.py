"""Where to point after a launch: when, at which azimuth and how wide, and how likely it is enough.

The antenna waits at one elevation for the satellite to rise into its beam. Every dispersed orbit of
a launch hypothesis is searched for passes above that elevation; where and when they cross it gives
the search: the azimuth whose beam holds most of them, and the arc and the span of time that hold 95
per cent. Beside it stands what following the nominal track would give instead.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scheduler.antenna_constraints.beam import half_power_beam_deg
from scheduler.antenna_constraints.horizon_mask import MaskLimit
from scheduler.intervals import Span
from scheduler.prediction.fleet import Fleet, build_fleet
from scheduler.prediction.passes import PassTable, TrackedObject
from scheduler.prediction.search import find_passes
from scheduler.prediction.topocentric import look_angles
from scheduler.stations import Antenna, Station
from tle.launch import Hypothesis
from tle.propagation import build_array, propagate_many
from tle.timebase import DAY_S, FloatArray, from_unix_s, to_unix_s

_HELD = 0.95
_MASK_MARGIN_DEG = 1.0
_TRACK_STEPS = 61

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class SearchStep:
    """One pass of one hypothesis over one station: how to search for the satellite.

    Angles in degrees. ``waiting_probability`` is the share of dispersed orbits that cross the beam
    waiting at ``azimuth_deg`` and ``elevation_deg``; ``tracking_probability`` of those that are in
    the beam at some time while the antenna follows the nominal track. Both assume the hypothesis;
    ``found_by_then`` counts the orbits that this or an earlier step, waiting, has met.
    """

    hypothesis: str
    weight: float
    station_id: str
    antenna_id: str
    nominal_rise_unix_s: float
    watch_from_unix_s: float  # 95 % of the orbits rise between these two
    watch_to_unix_s: float
    elevation_deg: float
    azimuth_deg: float
    arc_from_deg: float  # 95 % of the orbits rise between these two azimuths, eastwards
    arc_to_deg: float
    beam_width_deg: float
    rises_probability: float  # share of the orbits that have this pass at all
    waiting_probability: float
    tracking_probability: float
    found_by_then: float

    @property
    def arc_width_deg(self) -> float:
        """Width of the azimuth arc to sweep."""
        return (self.arc_to_deg - self.arc_from_deg) % 360.0


def plan_search(
    hypotheses: Sequence[Hypothesis],
    stations: Sequence[Station],
    *,
    hours: float = 24.0,
    frequency_hz: float = 8.2e9,
    elevation_deg: float = 10.0,
) -> tuple[SearchStep, ...]:
    """Plan the search of the first ``hours`` after separation, in order of hypothesis and time.

    The antenna waits at ``elevation_deg``, or a degree above the horizon mask where that is higher.
    """
    steps: list[SearchStep] = []
    for hypothesis in hypotheses:
        start_unix_s = to_unix_s(hypothesis.nominal.epoch_utc)
        span = Span(hypothesis.nominal.epoch_utc, from_unix_s(start_unix_s + hours * 3_600.0))
        tracked = [
            TrackedObject(f"orbit-{index}", hypothesis.name, elements)
            for index, elements in enumerate((hypothesis.nominal, *hypothesis.samples))
        ]
        fleet = build_fleet(tracked)
        own: list[tuple[SearchStep, BoolArray]] = []
        for station in stations:
            for antenna in station.antennas:
                beam = half_power_beam_deg(antenna.dish_diameter_m, frequency_hz)
                lowest = max(elevation_deg, antenna.tracking_floor_deg)
                own += _steps_of(hypothesis, fleet, station, antenna, span, lowest, beam)
        own.sort(key=lambda pair: pair[0].nominal_rise_unix_s)
        met = np.zeros(len(hypothesis.samples), dtype=np.bool_)
        for step, met_now in own:
            met |= met_now
            steps.append(replace(step, found_by_then=float(met.mean())))
    return tuple(steps)


def _steps_of(
    hypothesis: Hypothesis,
    fleet: Fleet,
    station: Station,
    antenna: Antenna,
    span: Span,
    lowest_deg: float,
    beam_deg: float,
) -> list[tuple[SearchStep, BoolArray]]:
    """Return the steps of one antenna with the orbits (one bool a sample) each would meet."""
    period_s = DAY_S / hypothesis.nominal.mean_motion_rev_day
    tables = {lowest_deg: find_passes(fleet, station, span, min_elevation_deg=lowest_deg)}
    found = []
    for row in np.flatnonzero(tables[lowest_deg].object_index == 0):
        low = tables[lowest_deg]
        wait_deg = lowest_deg
        if station.horizon_mask is not None:
            mask_deg = MaskLimit(station.horizon_mask).elevation_deg(low.aos_azimuth_deg[[row]])
            wait_deg = max(lowest_deg, math.ceil(float(mask_deg[0]) + _MASK_MARGIN_DEG))
        if wait_deg not in tables:
            tables[wait_deg] = find_passes(fleet, station, span, min_elevation_deg=wait_deg)
        near = _nearest_passes(
            tables[wait_deg], float(low.culmination_unix_s[row]), period_s / 2.0, len(fleet)
        )
        if near[0] >= 0 and not tables[wait_deg].starts_before_span[near[0]]:
            found.append(
                _step(hypothesis, station, antenna, tables[wait_deg], near, wait_deg, beam_deg)
            )
    return found


def _nearest_passes(
    table: PassTable, culmination_unix_s: float, within_s: float, objects: int
) -> NDArray[np.int64]:
    """Return per object the row of its pass nearest to a culmination, or -1."""
    away_s = np.abs(table.culmination_unix_s - culmination_unix_s)
    rows = np.flatnonzero((away_s < within_s) & ~table.starts_before_span)
    rows = rows[np.argsort(-away_s[rows], kind="stable")]  # the nearest is written last
    nearest = np.full(objects, -1, dtype=np.int64)
    nearest[table.object_index[rows]] = rows
    return nearest


def _step(
    hypothesis: Hypothesis,
    station: Station,
    antenna: Antenna,
    table: PassTable,
    nearest: NDArray[np.int64],
    wait_deg: float,
    beam_deg: float,
) -> tuple[SearchStep, BoolArray]:
    nominal, rows = nearest[0], nearest[1:]
    rises = rows >= 0
    rise_s = table.aos_unix_s[rows[rises]]
    nominal_azimuth = float(table.aos_azimuth_deg[nominal])
    away = (table.aos_azimuth_deg[rows[rises]] - nominal_azimuth + 180.0) % 360.0 - 180.0
    shrink = math.cos(math.radians(wait_deg))  # an azimuth is a shorter arc up in the sky
    if len(away):
        centre, _ = _densest(away, beam_deg / shrink)
        arc = _shortest(away, _HELD)
        watch = np.quantile(rise_s, [(1.0 - _HELD) / 2.0, (1.0 + _HELD) / 2.0])
    else:
        centre, arc = 0.0, (0.0, 0.0)
        watch = np.repeat(table.aos_unix_s[nominal], 2)
    met = np.zeros(len(rows), dtype=np.bool_)
    met[rises] = np.abs(away - centre) * shrink <= beam_deg / 2.0 + 1e-9
    step = SearchStep(
        hypothesis=hypothesis.name,
        weight=hypothesis.weight,
        station_id=station.id,
        antenna_id=antenna.id,
        nominal_rise_unix_s=float(table.aos_unix_s[nominal]),
        watch_from_unix_s=float(watch[0]),
        watch_to_unix_s=float(watch[1]),
        elevation_deg=wait_deg,
        azimuth_deg=(nominal_azimuth + centre) % 360.0,
        arc_from_deg=(nominal_azimuth + arc[0]) % 360.0,
        arc_to_deg=(nominal_azimuth + arc[1]) % 360.0,
        beam_width_deg=beam_deg,
        rises_probability=float(rises.mean()),
        waiting_probability=float(met.mean()),
        tracking_probability=_tracking_share(hypothesis, station, table, int(nominal), beam_deg),
        found_by_then=0.0,
    )
    return step, met


def _tracking_share(
    hypothesis: Hypothesis, station: Station, table: PassTable, row: int, beam_deg: float
) -> float:
    """Return the share of orbits inside the beam at some time along the nominal track."""
    unix_s = np.linspace(table.aos_unix_s[row], table.los_unix_s[row], _TRACK_STEPS)
    records = build_array((hypothesis.nominal, *hypothesis.samples))
    r_km, v_km_s, error = propagate_many(records, unix_s)
    count = len(hypothesis.samples) + 1
    angles = look_angles(
        r_km.reshape(-1, 3), v_km_s.reshape(-1, 3), station, np.tile(unix_s, count)
    )
    azimuth, elevation = np.radians(angles.azimuth_deg), np.radians(angles.elevation_deg)
    sight = np.column_stack(
        [
            np.cos(elevation) * np.sin(azimuth),
            np.cos(elevation) * np.cos(azimuth),
            np.sin(elevation),
        ]
    ).reshape(count, _TRACK_STEPS, 3)
    cosine = np.einsum("mti,ti->mt", sight[1:], sight[0])
    inside = (cosine >= math.cos(math.radians(beam_deg / 2.0))) & (error[1:] == 0)
    return float(inside.any(axis=1).mean())


def _densest(values: FloatArray, width: float) -> tuple[float, int]:
    """Return the middle of the stretch of a width that holds most values, and how many."""
    ordered = np.sort(values)
    last = np.searchsorted(ordered, ordered + width + 1e-9, side="right")
    held = last - np.arange(len(ordered))
    best = int(np.argmax(held))
    return float(0.5 * (ordered[best] + ordered[last[best] - 1])), int(held[best])


def _shortest(values: FloatArray, share: float) -> tuple[float, float]:
    """Return the shortest stretch that holds a share of the values."""
    ordered = np.sort(values)
    need = max(1, math.ceil(share * len(ordered)))
    widths = ordered[need - 1 :] - ordered[: len(ordered) - need + 1]
    first = int(np.argmin(widths))
    return float(ordered[first]), float(ordered[first + need - 1])
