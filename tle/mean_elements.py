"""Osculating states to SGP4 mean elements: correct the elements until SGP4 gives the states.

One state is met exactly (Newton); more states, say an arc of an OEM, are fitted by least squares
(Gauss-Newton). The unknowns are equinoctial, so circular and equatorial orbits are no special case.
The fit says how well SGP4 passes through the states it was given, not how long it stays with the
true orbit: one state fixes the mean motion no better than SGP4's theory of short periods, half a
kilometre after 12 h, where an arc of two revolutions keeps within tens of metres.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from tle.elements import ElementSet
from tle.equinoctial import from_states, to_keplerian
from tle.errors import ElementRangeError, PropagationError
from tle.propagation import build_record, propagate
from tle.timebase import DAY_S, FloatArray, to_unix_s

MAX_INCLINATION_DEG = 179.0
_STEPS = np.array([1e-7, 1e-6, 1e-6, 1e-6, 1e-6, 1e-6])  # of ln n, h, k, p, q, longitude
_MAX_ITERATIONS = 40
_ENOUGH = 1e-13  # change of the misfit, relative to the orbit's size, that ends the search


@dataclass(frozen=True, slots=True)
class MeanElementFit:
    """Mean elements, and how far SGP4 with them passes from the states that were given."""

    elements: ElementSet
    rms_position_km: float
    max_position_km: float
    rms_velocity_km_s: float
    iterations: int


def fit_mean_elements(
    epoch_utc: datetime,
    unix_s: FloatArray,
    position_km: FloatArray,
    velocity_km_s: FloatArray,
    *,
    name: str,
    bstar: float = 0.0,
    source: str = "nominal",
) -> MeanElementFit:
    """Find the mean elements whose SGP4 track meets TEME states, shapes (n,), (n, 3), (n, 3).

    ``bstar`` is taken as given. One state is met to a millimetre. The first state should lie within
    half a revolution of the epoch. Raises ElementRangeError for states on no closed orbit and
    PropagationError when SGP4 cannot be brought near them.
    """
    unix_s = np.atleast_1d(np.asarray(unix_s, dtype=np.float64))
    goal = np.hstack([np.reshape(position_km, (-1, 3)), np.reshape(velocity_km_s, (-1, 3))])
    start = _first_guess(goal[0], to_unix_s(epoch_utc) - float(unix_s[0]))
    rate_rad_s = math.exp(start[0]) * 2.0 * math.pi / DAY_S
    scale = np.repeat([1.0, 1.0 / rate_rad_s], 3)  # so that velocities count as lengths, km

    def build(unknowns: FloatArray) -> ElementSet:
        return _to_elements(unknowns, epoch_utc, name=name, bstar=bstar, source=source)

    def misfit_km(unknowns: FloatArray) -> FloatArray:
        if math.hypot(unknowns[1], unknowns[2]) >= 1.0:
            return np.full(goal.size, np.inf)
        r_km, v_km_s, error = propagate(build_record(build(unknowns)), unix_s)
        misfit = (np.hstack([r_km, v_km_s]) - goal) * scale
        return np.full(goal.size, np.inf) if error.any() else misfit.ravel()

    best, left_km, iterations = _correct(misfit_km, start, float(np.linalg.norm(goal[0, :3])))
    left = left_km.reshape(-1, 6) / scale
    distance_km = np.linalg.norm(left[:, :3], axis=1)
    return MeanElementFit(
        elements=build(best),
        rms_position_km=float(np.sqrt(np.mean(distance_km**2))),
        max_position_km=float(distance_km.max()),
        rms_velocity_km_s=float(np.sqrt(np.mean(np.sum(left[:, 3:] ** 2, axis=1)))),
        iterations=iterations,
    )


def _first_guess(state: FloatArray, lead_s: float) -> FloatArray:
    """Take the osculating elements of one state, moved to the epoch ``lead_s`` later."""
    if not np.isfinite(state).all() or not np.linalg.norm(state[:3]) > 0.0:
        raise ElementRangeError("the state is not six finite numbers; give km and km/s")
    guess: FloatArray = from_states(state[None, :3], state[None, 3:])[0]
    if not np.isfinite(guess).all():
        speed = float(np.linalg.norm(state[3:]))
        raise ElementRangeError(
            f"{speed:.3f} km/s at radius {np.linalg.norm(state[:3]):.0f} km is no closed orbit; "
            "give an inertial (TEME) state in km and km/s",
            field="velocity_km_s",
        )
    inclination_deg = math.degrees(2.0 * math.atan(math.hypot(guess[3], guess[4])))
    if inclination_deg > MAX_INCLINATION_DEG:
        raise ElementRangeError(
            f"{inclination_deg:.2f} deg; mean elements are found up to {MAX_INCLINATION_DEG:g} deg",
            field="inclination_deg",
        )
    guess[5] += math.exp(guess[0]) * 2.0 * math.pi / DAY_S * lead_s
    return guess


def _correct(
    misfit_km: Callable[[FloatArray], FloatArray], start: FloatArray, size_km: float
) -> tuple[FloatArray, FloatArray, int]:
    """Run Gauss-Newton with step halving; return unknowns, the misfit left, and iterations."""
    unknowns, left = start, misfit_km(start)
    if not np.isfinite(left).all():
        raise PropagationError("SGP4 cannot propagate the osculating elements of this state")
    for iteration in range(1, _MAX_ITERATIONS + 1):
        jacobian = np.column_stack(
            [
                (misfit_km(unknowns + step) - misfit_km(unknowns - step)) / (2.0 * size)
                for size, step in zip(_STEPS, np.diag(_STEPS), strict=True)
            ]
        )
        if not np.isfinite(jacobian).all():
            break
        change = -np.linalg.lstsq(jacobian, left, rcond=None)[0]
        before = float(np.linalg.norm(left))
        for _ in range(12):
            trial = misfit_km(unknowns + change)
            if float(np.linalg.norm(trial)) < before:
                break
            change = change / 2.0
        else:
            return unknowns, left, iteration
        unknowns, left = unknowns + change, trial
        if before - float(np.linalg.norm(left)) < _ENOUGH * size_km:
            return unknowns, left, iteration
    if float(np.linalg.norm(left)) > 1e-3 * size_km * math.sqrt(left.size):
        raise PropagationError(
            f"SGP4 stays {np.abs(left).max():.1f} km from the states after {_MAX_ITERATIONS} "
            "corrections; check their frame (TEME) and that they lie on one orbit"
        )
    return unknowns, left, _MAX_ITERATIONS


def _to_elements(
    unknowns: FloatArray, epoch_utc: datetime, *, name: str, bstar: float, source: str
) -> ElementSet:
    motion, eccentricity, inclination, node, perigee, anomaly = to_keplerian(unknowns)
    return ElementSet(
        name=name,
        norad_cat_id=None,
        object_id="",
        epoch_utc=epoch_utc,
        mean_motion_rev_day=motion,
        eccentricity=eccentricity,
        inclination_deg=inclination,
        raan_deg=node,
        arg_perigee_deg=perigee,
        mean_anomaly_deg=anomaly,
        bstar=bstar,
        mean_motion_dot=0.0,
        mean_motion_ddot=0.0,
        source=source,
        received_utc=epoch_utc,
    )
