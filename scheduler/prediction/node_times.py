"""Where the safe path looks: instants dense enough for a quintic between neighbours."""

from __future__ import annotations

import math

import numpy as np

from scheduler.prediction.fleet import Fleet, IndexArray
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


def node_times(
    fleet: Fleet, rows: IndexArray, start_unix_s: float, end_unix_s: float
) -> list[FloatArray]:
    """Return, for each row, when to look: ascending, both ends of the span among them."""
    times: list[FloatArray] = [np.empty(0)] * len(rows)
    by_elements = []
    for place, row in enumerate(rows.tolist()):
        ephemeris = fleet.objects[row].ephemeris
        if ephemeris is None:
            by_elements.append(place)
            continue
        first = max(start_unix_s, ephemeris.valid_from_unix_s)
        last = min(end_unix_s, ephemeris.valid_to_unix_s)
        if first < last:
            times[place] = _even(first, last, _EPHEMERIS_STEP_S)
    secular = fleet.secular.take(rows[by_elements])
    followed = _follow_anomalies(secular, start_unix_s, end_unix_s)
    for place, nodes in zip(by_elements, followed, strict=True):
        times[place] = nodes
    return times


def _follow_anomalies(
    secular: SecularMotion, start_unix_s: float, end_unix_s: float
) -> list[FloatArray]:
    """Lay nodes at equal steps of eccentric anomaly of each satellite, secular drag included."""
    e = np.minimum(secular.eccentricity, 0.99)
    per_turn = np.select([e > 0.3, e > 0.02], [_DENSE, 60], 30)
    low = secular.semi_major_axis_km * (1.0 - e) < _LOW_PERIGEE_KM
    per_turn = np.where(low, np.maximum(per_turn, _DENSE), per_turn)
    anomaly = secular.latitude_rad.copy()  # mean anomaly = latitude less perigee
    anomaly[:2] -= secular.perigee_rad
    nominal = anomaly[1]
    ends_s = np.array([[start_unix_s], [end_unix_s]]) - secular.epoch_unix_s
    with np.errstate(all="ignore"):  # absurd elements are not steady
        rates = polynomial(derivative(anomaly), ends_s)
        steady = (np.abs(rates / nominal - 1.0) < _STEADY).all(axis=0)
    times: list[FloatArray] = [np.empty(0)] * len(secular)
    for place in np.flatnonzero(~steady).tolist():
        # Drag takes over: even steps, as dense as perigee needs.
        known = rates[np.isfinite(rates[:, place]), place]
        fastest = min(max(float(nominal[place]), *known.tolist()), _FASTEST_RAD_S)
        dense = max(int(per_turn[place]), _DENSE)
        step_s = 2.0 * math.pi / fastest * (1.0 - float(e[place])) / dense
        times[place] = _even(start_unix_s, end_unix_s, step_s)
    rows = np.flatnonzero(steady)
    laid = _lay_nodes(anomaly[:, rows], e[rows], per_turn[rows], ends_s[:, rows], rates[:, rows])
    for place, since_s in zip(rows.tolist(), laid, strict=True):
        unix_s = since_s + secular.epoch_unix_s[place]
        inner = (unix_s > start_unix_s + _LEAST_STEP_S) & (unix_s < end_unix_s - _LEAST_STEP_S)
        times[place] = np.concatenate([[start_unix_s], unix_s[inner], [end_unix_s]])
    return times


def _lay_nodes(
    anomaly: FloatArray,
    e: FloatArray,
    per_turn: IndexArray,
    ends_s: FloatArray,
    rates: FloatArray,
) -> list[FloatArray]:
    """Return the nodes of each satellite in seconds since its epoch, over the span and around it.

    ``anomaly`` (degree + 1, n) are polynomials of the mean anomaly; ``ends_s`` and ``rates`` hold
    both ends of the span since each epoch, and the rates of the anomaly there, (2, n).
    """
    longest_s = 2.0 * math.pi / rates.min(axis=0) * (1.0 + e)
    per_turn = np.maximum(per_turn, np.ceil(longest_s / MAX_STEP_S).astype(np.int64))
    turns = polynomial(anomaly, ends_s) / (2.0 * math.pi)
    first = np.floor(turns[0]).astype(np.int64) * per_turn
    count = np.ceil(turns[1]).astype(np.int64) * per_turn - first + 1
    owner = np.repeat(np.arange(len(e)), count)  # the nodes of all satellites end to end
    steps = np.arange(len(owner)) + np.repeat(first - np.cumsum(count) + count, count)
    eccentric = 2.0 * math.pi * steps / per_turn[owner]
    mean = eccentric - e[owner] * np.sin(eccentric)
    since_s = (mean - 2.0 * math.pi * turns[0, owner]) / rates.mean(axis=0)[owner]
    since_s += ends_s[0, owner]
    anomaly = anomaly[:, owner]
    rate = derivative(anomaly)
    for _ in range(3):
        since_s -= (polynomial(anomaly, since_s) - mean) / polynomial(rate, since_s)
    return np.split(since_s, np.cumsum(count)[:-1]) if len(e) else []


def _even(start_unix_s: float, end_unix_s: float, step_s: float) -> FloatArray:
    step_s = min(step_s, MAX_STEP_S)
    count = max(1, math.ceil((end_unix_s - start_unix_s) / step_s))
    return np.linspace(start_unix_s, end_unix_s, count + 1)
