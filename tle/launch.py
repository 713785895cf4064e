"""A launch before it happens: where the satellite will be if the lift-off slips or injection errs.

The nominal separation is an Earth-fixed state so many seconds after lift-off, because the launch
vehicle flies the same path over the ground whenever it goes. A slip therefore moves the epoch and
turns the plane with the Earth. Near the Earth SGP4 knows neither Sun nor Moon, so the Earth-fixed
track against time since lift-off stays the same; above 225 minutes of period it nearly does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from tle.drag import Drag
from tle.earth_rotation import greenwich_angle_rad
from tle.elements import ElementSet
from tle.errors import ElementRangeError, PropagationError
from tle.mean_elements import fit_mean_elements
from tle.nominal import InjectionState, NominalOrbit, Vector, make_nominal, to_inertial
from tle.timebase import FloatArray, format_utc, require_utc, to_unix_s

Covariance = tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Separation:
    """The nominal state at separation: Earth-fixed km and km/s relative to the turning Earth.

    ``covariance`` (6 x 6) is of position and inertial velocity along radial, in-track and
    cross-track (km and km/s); see ``diagonal_covariance``.
    """

    after_liftoff_s: float
    position_km: Vector
    velocity_km_s: Vector
    covariance: Covariance


@dataclass(frozen=True, slots=True)
class Launch:
    """A planned launch: when it lifts off and what it leaves in orbit."""

    name: str
    liftoff_utc: datetime
    separation: Separation
    drag: Drag | None = None


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One way it may have gone: a slip with its weight, the nominal orbit and dispersed ones."""

    name: str
    slip_s: float
    weight: float  # of all hypotheses; their sum is 1
    liftoff_utc: datetime
    nominal: ElementSet
    samples: tuple[ElementSet, ...]


def diagonal_covariance(sigma_position_km: Vector, sigma_velocity_km_s: Vector) -> Covariance:
    """Build a covariance of independent errors: radial, in-track, cross-track sigmas."""
    variances = np.square([*sigma_position_km, *sigma_velocity_km_s])
    return tuple(tuple(float(value) for value in row) for row in np.diag(variances))


def separate(launch: Launch, slip_s: float = 0.0) -> NominalOrbit:
    """Make the nominal element set of a launch whose lift-off slips by ``slip_s`` (may be < 0)."""
    epoch_utc = require_utc(launch.liftoff_utc, field="liftoff_utc") + timedelta(
        seconds=slip_s + launch.separation.after_liftoff_s
    )
    state = InjectionState(
        launch.separation.position_km, launch.separation.velocity_km_s, frame="ITRF"
    )
    orbit = make_nominal(state, epoch_utc, name=launch.name, drag=launch.drag)
    liftoff = format_utc(launch.liftoff_utc + timedelta(seconds=slip_s))
    return replace(orbit, assumptions=(*orbit.assumptions, f"lift-off {liftoff}"))


def slip_elements(elements: ElementSet, slip_s: float) -> ElementSet:
    """Move an element set as a slip of its lift-off does: later epoch, plane turned eastwards."""
    epoch_utc = elements.epoch_utc + timedelta(seconds=slip_s)
    instants = np.array([to_unix_s(elements.epoch_utc), to_unix_s(epoch_utc)])
    before_rad, after_rad = greenwich_angle_rad(instants)
    raan_deg = (elements.raan_deg + float(np.degrees(after_rad - before_rad))) % 360.0
    return replace(elements, epoch_utc=epoch_utc, raan_deg=raan_deg, received_utc=epoch_utc)


def disperse(launch: Launch, *, samples: int, seed: int) -> tuple[ElementSet, ...]:
    """Draw element sets of an on-time launch with the injection errors of its covariance.

    The same seed gives the same sets. Draws that fall on no orbit at all are refused with a count.
    """
    covariance = np.array(launch.separation.covariance, dtype=np.float64)
    _require_covariance(covariance)
    nominal = separate(launch).elements
    unix_s = np.array([to_unix_s(nominal.epoch_utc)])
    r_km, v_km_s = to_inertial(
        np.array([launch.separation.position_km]),
        np.array([launch.separation.velocity_km_s]),
        unix_s,
    )
    errors = np.random.default_rng(seed).multivariate_normal(np.zeros(6), covariance, size=samples)
    axes = radial_axes(r_km[0], v_km_s[0])
    drawn = []
    for error in errors:
        try:
            fit = fit_mean_elements(
                nominal.epoch_utc,
                unix_s,
                r_km + error[:3] @ axes,
                v_km_s + error[3:] @ axes,
                name=launch.name,
                bstar=nominal.bstar,
            )
        except (ElementRangeError, PropagationError):
            continue
        drawn.append(fit.elements)
    if len(drawn) < samples:
        raise ElementRangeError(
            f"{samples - len(drawn)} of {samples} draws reach no orbit; give smaller sigmas",
            field="covariance",
        )
    return tuple(drawn)


def build_hypotheses(
    launch: Launch,
    slips: Sequence[tuple[str, float, float]] = (
        ("on time", 0.0, 1.0),
        ("+1 h", 3_600.0, 1.0),
        ("+1 day", 86_400.0, 1.0),
    ),
    *,
    samples: int = 200,
    seed: int = 0,
) -> tuple[Hypothesis, ...]:
    """Combine slips, each (name, seconds, weight), with the same dispersed injections."""
    total = sum(weight for _, _, weight in slips)
    if not total > 0.0 or min(weight for _, _, weight in slips) < 0.0:
        raise ValueError("slips: weights must not be negative and one must be above 0")
    drawn = disperse(launch, samples=samples, seed=seed)
    return tuple(
        Hypothesis(
            name=name,
            slip_s=slip_s,
            weight=weight / total,
            liftoff_utc=launch.liftoff_utc + timedelta(seconds=slip_s),
            nominal=separate(launch, slip_s).elements,
            samples=tuple(slip_elements(sample, slip_s) for sample in drawn),
        )
        for name, slip_s, weight in slips
    )


def radial_axes(position_km: FloatArray, velocity_km_s: FloatArray) -> FloatArray:
    """Return the unit vectors radial, in-track, cross-track as rows (3, 3) of one state."""
    radial = position_km / np.linalg.norm(position_km)
    cross = np.cross(position_km, velocity_km_s)
    cross /= np.linalg.norm(cross)
    return np.array([radial, np.cross(cross, radial), cross])


def _require_covariance(covariance: FloatArray) -> None:
    if covariance.shape != (6, 6) or not np.isfinite(covariance).all():
        raise ElementRangeError("give 6 x 6 finite numbers in km and km/s", field="covariance")
    smallest = float(np.linalg.eigvalsh(covariance)[0])
    if not np.allclose(covariance, covariance.T) or smallest < -1e-12:
        raise ElementRangeError(
            f"not symmetric and positive (least eigenvalue {smallest:g})", field="covariance"
        )
