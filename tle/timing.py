"""How late or early a satellite may be: along-track timing error against the age of its elements.

Learnt from the satellite's own history: every older set carried to the epoch of every newer one
(0.2 to 15 days) gives an error. An error divided by the growth curve ``growth_s`` is a score, and
the 95 % bound is a weighted 95 % quantile of the scores, near ages and recent epochs weighing
more, times the curve. Errors of manoeuvres stay in: they are the tail. Where history is short a
prior of the orbit class weighs in. A slow correction (adaptive conformal inference, Gibbs and
Candes 2021) keeps the share of past errors inside the bound at 95 %.

Nothing later than the instant of prediction is used: a set counts from its arrival.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tle.comparison import perigee_radius_km
from tle.elements import ElementSet
from tle.propagation import build_record, propagate
from tle.timebase import DAY_S, FloatArray, to_unix_s

LEVEL = 0.95
SIGMA_LEVEL = 0.6827  # what one standard deviation holds of a normal error
MIN_GAP_DAYS, MAX_GAP_DAYS = 0.2, 15.0
AGE_GRID_DAYS = np.geomspace(MIN_GAP_DAYS, MAX_GAP_DAYS, 24)
HISTORY_DAYS = 180.0  # older pairs weigh next to nothing
_MEMORY_DAYS = 100.0
_AGE_WIDTH = 1.0  # of the kernel, in ln(age)
_PRIOR_WEIGHT = 10.0  # in pairs of full weight
_STEP = 0.03  # of the correction, per error beyond the bound
_MAX_CORRECTION = 3.0  # natural logarithm of the factor

# 95 % scores of satellites with no history, by perigee altitude in km. From the ageing of 16
# low satellites over January to May 2026, the median of each class at 1 to 14 days, rounded up;
# deep space is an assumption.
PRIOR_SCORES = ((300.0, 13.0), (550.0, 2.5), (float("inf"), 0.3))
DEEP_SPACE_PRIOR_SCORE = 1.0
_DEEP_SPACE_REV_DAY = 6.4
_EARTH_RADIUS_KM = 6_378.135
_PRIOR_SHAPE = np.array([NormalDist().inv_cdf(0.5 + (i + 0.5) / 80.0) / 1.95996 for i in range(40)])


def growth_s(age_days: FloatArray) -> FloatArray:
    """Give the growth curve of timing errors, in seconds for a score of 1.

    Linear by the error of mean motion, quadratic by that of drag; its shape was fitted to three
    satellites that keep their orbit (690, 612 and 567 km).
    """
    age = np.abs(np.asarray(age_days, dtype=np.float64))
    return np.asarray(np.sqrt(0.25**2 + age**2 + (0.45 * age**2) ** 2), dtype=np.float64)


def prior_score(elements: ElementSet) -> float:
    """Give the 95 % score that the orbit class of a set suggests."""
    return float(prior_scores([elements])[0])


def prior_scores(sets: Sequence[ElementSet]) -> FloatArray:
    """Give the same of many sets, shape (n,)."""
    motion = np.array([elements.mean_motion_rev_day for elements in sets])
    height_km = np.array([perigee_radius_km(elements) for elements in sets]) - _EARTH_RADIUS_KM
    limits_km, scores = np.array(PRIOR_SCORES).T
    by_height = scores[np.searchsorted(limits_km, height_km, side="right")]
    return np.where(motion < _DEEP_SPACE_REV_DAY, DEEP_SPACE_PRIOR_SCORE, by_height)


@dataclass(frozen=True, slots=True)
class PairErrors:
    """Timing errors of older sets against newer ones, one row per pair, by arrival of the newer.

    ``timing_s`` is positive when the satellite comes later than the older set says. ``issued`` and
    ``settled`` are the arrivals of the older and the newer set.
    """

    age_days: FloatArray
    timing_s: FloatArray
    issued_unix_s: FloatArray
    settled_unix_s: FloatArray
    epoch_unix_s: FloatArray  # of the newer set

    def select(self, rows: NDArray[np.bool_]) -> PairErrors:
        """Keep some rows."""
        return PairErrors(
            self.age_days[rows],
            self.timing_s[rows],
            self.issued_unix_s[rows],
            self.settled_unix_s[rows],
            self.epoch_unix_s[rows],
        )


@dataclass(frozen=True, slots=True)
class Replay:
    """The bounds that were issued for past pairs, each with what was known when it was issued.

    ``bound95_s`` and ``inside`` run beside ``pairs``. ``correction`` is the natural logarithm of
    the factor on every bound after the last pair settled.
    """

    pairs: PairErrors
    bound95_s: FloatArray
    correction: float

    @property
    def inside(self) -> NDArray[np.bool_]:
        return np.abs(self.pairs.timing_s) <= self.bound95_s


@dataclass(frozen=True, slots=True)
class TimingModel:
    """What is known, at one instant, about the timing of one satellite.

    ``bound95_curve_s`` and ``sigma_curve_s`` are the bounds at ``AGE_GRID_DAYS``; older elements
    follow the growth curve from its end.
    """

    bound95_curve_s: FloatArray
    sigma_curve_s: FloatArray
    pair_count: int  # how many errors of its own history it rests on; 0 is the prior alone

    def bound95_s(self, elements: ElementSet, at_unix_s: FloatArray | float) -> FloatArray:
        """Bound the timing error of a set at instants, shape (n,), in s; 95 % lie inside.

        At most half a revolution: beyond, the place on the orbit is unknown.
        """
        return _read_curve(self.bound95_curve_s, elements, at_unix_s)

    def sigma_s(self, elements: ElementSet, at_unix_s: FloatArray | float) -> FloatArray:
        """Give the timing error, in s, that 68 % of errors stay below, shape (n,)."""
        return _read_curve(self.sigma_curve_s, elements, at_unix_s)


def learn_timing(sets: Sequence[ElementSet], known_utc: datetime) -> TimingModel:
    """Learn from the sets of one object that had reached us by an instant.

    Raises ValueError when no set had: there is then nothing to predict from either.
    """
    known = [elements for elements in sets if elements.received_utc <= known_utc]
    if not known:
        raise ValueError("timing: no element set had arrived by the instant; give its sets")
    newest = max(known, key=lambda e: (e.epoch_utc, e.received_utc))
    first_unix_s = to_unix_s(newest.epoch_utc) - HISTORY_DAYS * DAY_S
    recent = [elements for elements in known if to_unix_s(elements.epoch_utc) >= first_unix_s]
    replay = replay_bounds(recent)
    prior, now, factor = prior_score(newest), to_unix_s(known_utc), np.exp(replay.correction)
    return TimingModel(
        _find_curve_s(LEVEL, replay.pairs, prior, now) * factor,
        _find_curve_s(SIGMA_LEVEL, replay.pairs, prior, now) * factor,
        len(replay.pairs.age_days),
    )


def collect_errors(sets: Sequence[ElementSet]) -> PairErrors:
    """Carry every set to the epoch of every newer one, 0.2 to 15 days later.

    A set that SGP4 cannot carry counts with half a revolution.
    """
    epochs = np.array([to_unix_s(e.epoch_utc) for e in sets])
    arrivals = np.array([to_unix_s(e.received_utc) for e in sets])
    records = [build_record(elements) for elements in sets]
    states = [record.sgp4_tsince(0.0) for record in records]
    r_km = np.array([state[1] for state in states]).reshape(-1, 3)
    v_km_s = np.array([state[2] for state in states]).reshape(-1, 3)
    rows: list[FloatArray] = []
    for i, record in enumerate(records):
        gap_days = (epochs - epochs[i]) / DAY_S
        newer = np.nonzero(
            (gap_days >= MIN_GAP_DAYS) & (gap_days <= MAX_GAP_DAYS) & (arrivals > arrivals[i])
        )[0]
        if not len(newer):
            continue
        guess_km, _, error = propagate(record, epochs[newer])
        timing_s = _along_track_s(r_km[newer], v_km_s[newer], guess_km)
        lost = (error != 0) | ~np.isfinite(timing_s)
        timing_s[lost] = _half_period_s(sets[i])
        rows.append(
            np.column_stack(
                [
                    gap_days[newer],
                    timing_s,
                    np.full(len(newer), arrivals[i]),
                    arrivals[newer],
                    epochs[newer],
                ]
            )
        )
    table = np.concatenate(rows) if rows else np.empty((0, 5))
    table = table[np.lexsort((table[:, 0], table[:, 2], table[:, 3]))]
    return PairErrors(table[:, 0], table[:, 1], table[:, 2], table[:, 3], table[:, 4])


def replay_bounds(sets: Sequence[ElementSet]) -> Replay:
    """Issue the bound of every past pair again, with the knowledge of the older set's arrival."""
    pairs = collect_errors(sets)
    bounds = np.zeros(len(pairs.age_days))
    first_by_arrival: dict[float, ElementSet] = {}
    for elements in sets:
        first_by_arrival.setdefault(to_unix_s(elements.received_utc), elements)
    correction, settled_until = 0.0, -np.inf
    for now in np.unique(pairs.issued_unix_s):
        settled = (pairs.settled_unix_s > settled_until) & (pairs.settled_unix_s <= now)
        correction = _correct(correction, pairs, bounds, settled)
        settled_until = now
        own = pairs.issued_unix_s == now
        known = pairs.select(pairs.settled_unix_s <= now)
        prior = prior_score(first_by_arrival[now])
        curve_s = _find_curve_s(LEVEL, known, prior, now) * np.exp(correction)
        half_s = _half_period_s(first_by_arrival[now])
        bounds[own] = np.minimum(_interpolate(curve_s, pairs.age_days[own]), half_s)
    correction = _correct(correction, pairs, bounds, pairs.settled_unix_s > settled_until)
    return Replay(pairs, bounds, correction)


def _correct(
    correction: float, pairs: PairErrors, bounds: FloatArray, settled: NDArray[np.bool_]
) -> float:
    """Widen after errors beyond their bound, narrow a little after errors inside."""
    missed = np.abs(pairs.timing_s[settled]) > bounds[settled]
    change = _STEP * (np.count_nonzero(missed) - (1.0 - LEVEL) * len(missed))
    return float(np.clip(correction + change, -_MAX_CORRECTION, _MAX_CORRECTION))


def _find_curve_s(level: float, pairs: PairErrors, prior: float, now_unix_s: float) -> FloatArray:
    """Find the bound at the ages of the grid: weighted quantiles of scores times the growth.

    The curve never falls with age: what may be off by 1 s today is not known better tomorrow.
    """
    own = np.abs(pairs.timing_s) / growth_s(pairs.age_days)
    scores = np.concatenate([own, prior * _PRIOR_SHAPE])
    order = np.argsort(scores, kind="stable")
    recency = np.exp(-np.abs(now_unix_s - pairs.epoch_unix_s) / DAY_S / _MEMORY_DAYS)
    distance = (np.log(pairs.age_days)[None, :] - np.log(AGE_GRID_DAYS)[:, None]) / _AGE_WIDTH
    weights = np.exp(-0.5 * distance**2) * recency[None, :]
    prior_weights = np.full((len(weights), len(_PRIOR_SHAPE)), _PRIOR_WEIGHT / len(_PRIOR_SHAPE))
    total = np.cumsum(np.concatenate([weights, prior_weights], axis=1)[:, order], axis=1)
    first = (total < level * total[:, -1:]).sum(axis=1)
    chosen = scores[order][np.minimum(first, len(scores) - 1)]
    return np.asarray(np.maximum.accumulate(chosen * growth_s(AGE_GRID_DAYS)), dtype=np.float64)


def _read_curve(
    curve_s: FloatArray, elements: ElementSet, at_unix_s: FloatArray | float
) -> FloatArray:
    instants = np.atleast_1d(np.asarray(at_unix_s, dtype=np.float64))
    age_days = np.abs(instants - to_unix_s(elements.epoch_utc)) / DAY_S
    bound_s = np.minimum(_interpolate(curve_s, age_days), _half_period_s(elements))
    return np.asarray(bound_s, dtype=np.float64)


def _interpolate(curve_s: FloatArray, age_days: FloatArray) -> FloatArray:
    """Read a curve between its ages (straight in the logarithms) and carry it on beyond them."""
    inside = np.clip(age_days, MIN_GAP_DAYS, MAX_GAP_DAYS)
    logs = np.interp(np.log(inside), np.log(AGE_GRID_DAYS), np.log(np.maximum(curve_s, 1e-6)))
    beyond = np.maximum(age_days, MAX_GAP_DAYS)
    ratio = growth_s(beyond) / growth_s(np.full_like(beyond, MAX_GAP_DAYS))
    return np.asarray(np.exp(logs) * ratio, dtype=np.float64)


def _along_track_s(r_km: FloatArray, v_km_s: FloatArray, guess_km: FloatArray) -> FloatArray:
    """Turn the angle in the orbital plane from truth to guess into time; wraps at half a turn."""
    h = np.cross(r_km, v_km_s)
    along = np.cross(h, r_km)
    radius = np.linalg.norm(r_km, axis=1)
    momentum = np.linalg.norm(h, axis=1)
    x = np.einsum("ij,ij->i", guess_km, r_km) / radius
    y = np.einsum("ij,ij->i", guess_km, along) / (momentum * radius)
    angle: Any = np.arctan2(y, x)
    return np.asarray(angle * radius**2 / momentum)


def _half_period_s(elements: ElementSet) -> float:
    return 0.5 * DAY_S / elements.mean_motion_rev_day
