"""Where the safe path looks: instants dense enough for a quintic between neighbours."""

from __future__ import annotations

import math

import numpy as np

from scheduler.prediction.fleet import Fleet
from scheduler.prediction.secular import (
    EARTH_RADIUS_WGS72_KM,
    SecularMotion,
    derivative,
    polynomial,
)
from tle.timebase import FloatArray

MAX_STEP_S = 3_600.0
_DENSE = 90  # nodes a revolution where the motion is fast or drag strong
_LEAST_STEP_S = 1e-3
_FASTEST_RAD_S = 2.0 * math.pi / 5_000.0  # no orbit turns faster
_EPHEMERIS_STEP_S = 30.0  # states from elsewhere may hold manoeuvres
_LOW_PERIGEE_KM = EARTH_RADIUS_WGS72_KM + 200.0
_STEADY = 0.2  # change of mean motion over the span, as a share, up to which its phase is followed


def node_times(fleet: Fleet, row: int, start_unix_s: float, end_unix_s: float) -> FloatArray:
    """Return the instants at which to look, ascending, both ends of the span among them."""
    ephemeris = fleet.objects[row].ephemeris
    if ephemeris is not None:
        first = max(start_unix_s, ephemeris.valid_from_unix_s)
        last = min(end_unix_s, ephemeris.valid_to_unix_s)
        if first >= last:
            return np.empty(0)
        return _even(first, last, _EPHEMERIS_STEP_S)
    return _follow_anomaly(fleet.secular.take(np.array([row])), start_unix_s, end_unix_s)


def _follow_anomaly(secular: SecularMotion, start_unix_s: float, end_unix_s: float) -> FloatArray:
    """Lay nodes at equal steps of eccentric anomaly of one satellite, secular drag included."""
    e = min(float(secular.eccentricity[0]), 0.99)
    per_turn = _nodes_per_turn(e)
    if float(secular.semi_major_axis_km[0]) * (1.0 - e) < _LOW_PERIGEE_KM:
        per_turn = max(per_turn, _DENSE)
    anomaly = secular.latitude_rad[:, 0].copy()  # mean anomaly = latitude less perigee
    anomaly[:2] -= secular.perigee_rad[:, 0]
    rate = derivative(anomaly)
    epoch_s = float(secular.epoch_unix_s[0])
    ends_s = np.array([start_unix_s, end_unix_s]) - epoch_s
    rates = polynomial(rate, ends_s)
    nominal = float(rate[0])
    if not (np.abs(rates / nominal - 1.0) < _STEADY).all():
        # Drag takes over: even steps, as dense as perigee needs.
        known = rates[np.isfinite(rates)]
        fastest = min(max(nominal, *known.tolist()), _FASTEST_RAD_S)
        step_s = 2.0 * math.pi / fastest * (1.0 - e) / max(per_turn, _DENSE)
        return _even(start_unix_s, end_unix_s, step_s)
    slowest_period_s = 2.0 * math.pi / float(rates.min())
    per_turn = max(per_turn, math.ceil(slowest_period_s * (1.0 + e) / MAX_STEP_S))
    first, last = (polynomial(anomaly, ends_s) / (2.0 * math.pi)).tolist()
    steps = np.arange(math.floor(first) * per_turn, math.ceil(last) * per_turn + 1)
    eccentric = 2.0 * math.pi * steps / per_turn
    mean = eccentric - e * np.sin(eccentric)
    since_s = ends_s[0] + (mean - 2.0 * math.pi * first) / float(rates.mean())
    for _ in range(3):
        since_s -= (polynomial(anomaly, since_s) - mean) / polynomial(rate, since_s)
    inner = since_s + epoch_s
    inner = inner[(inner > start_unix_s + _LEAST_STEP_S) & (inner < end_unix_s - _LEAST_STEP_S)]
    return np.concatenate([[start_unix_s], inner, [end_unix_s]])


def _nodes_per_turn(eccentricity: float) -> int:
    if eccentricity > 0.3:
        return _DENSE
    return 60 if eccentricity > 0.02 else 30


def _even(start_unix_s: float, end_unix_s: float, step_s: float) -> FloatArray:
    step_s = min(step_s, MAX_STEP_S)
    count = max(1, math.ceil((end_unix_s - start_unix_s) / step_s))
    return np.linspace(start_unix_s, end_unix_s, count + 1)
