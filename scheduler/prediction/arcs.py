"""The line of sight as polynomials of time: height above the horizon, distance, and their roots.

Two scalars tell everything about a flat limit: N, the component of the line of sight along the
station's vertical, and D, its squared length. The elevation is at the limit where
``N - sin(limit) sqrt(D)`` is zero. Each arc interpolates N and D by Hermite polynomials over
``tau`` in [-1, 1] from values and derivatives at two or three nodes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from scheduler.prediction.fleet import Flags, States
from scheduler.prediction.secular import EARTH_RADIUS_WGS72_KM, J2, MU_KM3_S2, derivative
from scheduler.prediction.topocentric import Site
from tle.earth_rotation import EARTH_RATE_RAD_S, greenwich_angle_rad
from tle.timebase import FloatArray

Rows: TypeAlias = slice | NDArray[np.int64]

_NEWTON_STEPS = 40
_TAU_TOLERANCE = 1e-4  # of the last Newton step, which leaves the square of it
_LEAST_DISTANCE2_KM2 = 1.0  # a falling satellite overhead: the polynomial may dip below zero


@dataclass(frozen=True, slots=True)
class Sight:
    """N and D with derivatives by time, each of shape (2 or 3, n): value, first, maybe second."""

    up_km: FloatArray
    distance2_km2: FloatArray

    def take(self, columns: slice | NDArray[np.int64]) -> Sight:
        """Pick instants."""
        return Sight(self.up_km[:, columns], self.distance2_km2[:, columns])

    def sine_less(self, sin_floor: float) -> FloatArray:
        """Return the sine of the elevation less ``sin_floor``, shape (n,)."""
        return np.asarray(self.up_km[0] / np.sqrt(self.distance2_km2[0]) - sin_floor)

    @property
    def sine_rate(self) -> FloatArray:
        """Return the first derivative of the sine of the elevation, in 1/s."""
        n, n1 = self.up_km[:2]
        d, d1 = self.distance2_km2[:2]
        return np.asarray((n1 - 0.5 * n * d1 / d) / np.sqrt(d))


def sight(states: States, site: Site, unix_s: FloatArray, *, curvature: bool = True) -> Sight:
    """Return N and D of TEME states seen from a site; second derivatives on request.

    Turns the station, not the satellites. The acceleration is that of the central mass and J2.
    """
    x, y, z = states.position_km
    vx, vy, vz = states.velocity_km_s
    angle = greenwich_angle_rad(unix_s)
    cosine, sine = np.cos(angle), np.sin(angle)
    px, py, pz = site.position_km.tolist()
    ux, uy, uz = site.up.tolist()
    omega = EARTH_RATE_RAD_S
    sx, sy = px * cosine - py * sine, px * sine + py * cosine
    hx, hy = ux * cosine - uy * sine, ux * sine + uy * cosine
    lx, ly, lz = x - sx, y - sy, z - pz
    mx, my = vx + omega * sy, vy - omega * sx
    n = lx * hx + ly * hy + lz * uz
    # The vertical turns at omega: its derivative is (-omega hy, omega hx, 0).
    n1 = mx * hx + my * hy + vz * uz + omega * (ly * hx - lx * hy)
    d = lx * lx + ly * ly + lz * lz
    d1 = 2.0 * (lx * mx + ly * my + lz * vz)
    if not curvature:
        return Sight(np.array([n, n1]), np.array([d, d1]))
    r2 = x * x + y * y + z * z
    mass = -MU_KM3_S2 / (r2 * np.sqrt(r2))
    bulge = 1.5 * J2 * EARTH_RADIUS_WGS72_KM**2 / r2
    level = mass * (1.0 + bulge * (1.0 - 5.0 * z * z / r2))
    ax, ay, az = level * x, level * y, (level + 2.0 * mass * bulge) * z
    ax += omega**2 * sx
    ay += omega**2 * sy
    n2 = ax * hx + ay * hy + az * uz - omega**2 * (lx * hx + ly * hy)
    n2 += 2.0 * omega * (my * hx - mx * hy)
    d2 = 2.0 * (mx * mx + my * my + vz * vz + lx * ax + ly * ay + lz * az)
    return Sight(np.array([n, n1, n2]), np.array([d, d1, d2]))


@dataclass(frozen=True, slots=True)
class Arcs:
    """Polynomials of N and D over ``tau`` = (t - centre) / half_width, shape (degree + 1, n)."""

    centre_unix_s: FloatArray
    half_width_s: FloatArray
    up_km: FloatArray
    distance2_km2: FloatArray

    def __len__(self) -> int:
        return len(self.centre_unix_s)

    def take(self, rows: NDArray[np.int64] | Flags) -> Arcs:
        """Pick arcs by index or by mask."""
        return Arcs(*(getattr(self, name)[..., rows] for name in self.__slots__))

    def unix_s(self, tau: FloatArray) -> FloatArray:
        """Return the instants of ``tau``, shape (n,)."""
        return self.centre_unix_s + self.half_width_s * tau

    def sine_less(self, tau: FloatArray, sin_floor: float) -> FloatArray:
        """Return the sine of the elevation less ``sin_floor`` at ``tau``."""
        distance2 = np.maximum(horner(self.distance2_km2, tau), _LEAST_DISTANCE2_KM2)
        return horner(self.up_km, tau) / np.sqrt(distance2) - sin_floor


def fit_arcs(nodes: list[Sight], centre_unix_s: FloatArray, half_width_s: FloatArray) -> Arcs:
    """Fit arcs of degree 5 through nodes at tau = -1, 1 (curvature known) or -1, 0, 1 (not)."""
    scale = half_width_s ** np.arange(float(len(nodes[0].up_km)))[:, None]
    inverse = _HERMITE_INVERSES[len(nodes)]
    # Not by "@": for such thin matrices the threads of a BLAS cost more than they give.
    up, distance2 = (
        np.einsum("ij,jn->in", inverse, np.concatenate([values * scale for values in scalar]))
        for scalar in (
            [node.up_km for node in nodes],
            [node.distance2_km2 for node in nodes],
        )
    )
    return Arcs(centre_unix_s, half_width_s, up, distance2)


def horner(coefficients: FloatArray, tau: FloatArray) -> FloatArray:
    """Evaluate polynomials (degree + 1, n), ascending powers, at ``tau`` (n,)."""
    value: FloatArray = coefficients[-1].copy()
    for coefficient in coefficients[-2::-1]:
        value *= tau
        value += coefficient
    return value


def slope(arcs: Arcs, tau: FloatArray) -> FloatArray:
    """Return N' D - N D' / 2 at ``tau``: it has the sign of the elevation's rate."""
    n, d = arcs.up_km, arcs.distance2_km2
    n1, d1 = horner(derivative(n), tau), horner(derivative(d), tau)
    return np.asarray(n1 * horner(d, tau) - 0.5 * horner(n, tau) * d1)


def turning_points(
    arcs: Arcs, low: FloatArray, high: FloatArray, start: FloatArray, highest: Flags
) -> FloatArray:
    """Return ``tau`` in [low, high] where the sine of the elevation is stationary.

    ``highest`` says which are maxima (rising at ``low``). Where N' D = N D' / 2, it is stationary.
    """
    n, d = arcs.up_km, arcs.distance2_km2
    n1, d1 = derivative(n), derivative(d)
    n2, d2 = derivative(n1), derivative(d1)

    def slope(tau: FloatArray, rows: Rows) -> tuple[FloatArray, FloatArray]:
        vn, vn1, vn2 = (horner(c[:, rows], tau) for c in (n, n1, n2))
        vd, vd1, vd2 = (horner(c[:, rows], tau) for c in (d, d1, d2))
        return vn1 * vd - 0.5 * vn * vd1, vn2 * vd + 0.5 * (vn1 * vd1 - vn * vd2)

    return _solve(slope, low, high, start, ~highest)


def crossings(
    arcs: Arcs,
    sin_floor: FloatArray,
    low: FloatArray,
    high: FloatArray,
    start: FloatArray,
    rising: Flags,
) -> FloatArray:
    """Return ``tau`` in [low, high] where the elevation crosses the floor, its sine (n,)."""
    n, d = arcs.up_km, arcs.distance2_km2
    n1, d1 = derivative(n), derivative(d)

    def excess(tau: FloatArray, rows: Rows) -> tuple[FloatArray, FloatArray]:
        distance = np.sqrt(np.maximum(horner(d[:, rows], tau), _LEAST_DISTANCE2_KM2))
        limit = sin_floor[rows]
        return (
            horner(n[:, rows], tau) - limit * distance,
            horner(n1[:, rows], tau) - 0.5 * limit * horner(d1[:, rows], tau) / distance,
        )

    return _solve(excess, low, high, start, rising)


def nearest_points(arcs: Arcs, low: FloatArray, high: FloatArray, start: FloatArray) -> FloatArray:
    """Return ``tau`` of least distance in [low, high]; an end where there is none between."""
    d1 = derivative(arcs.distance2_km2)
    d2 = derivative(d1)

    def slope(tau: FloatArray, rows: Rows) -> tuple[FloatArray, FloatArray]:
        return horner(d1[:, rows], tau), horner(d2[:, rows], tau)

    return _solve(slope, low, high, start, np.ones(len(arcs), dtype=np.bool_))


def _solve(
    function: Callable[[FloatArray, Rows], tuple[FloatArray, FloatArray]],
    low: FloatArray,
    high: FloatArray,
    start: FloatArray,
    rising: Flags,
) -> FloatArray:
    """Find roots by Newton's steps, kept inside brackets that shrink; (n,) at once.

    ``function`` gives values and slopes at ``tau`` of the rows it is asked for. Where the bracket
    holds no sign change the result is the end next to the root.
    """
    tau, low, high = np.clip(start, low, high), low.copy(), high.copy()
    active: Rows = slice(None)
    for _ in range(_NEWTON_STEPS if len(tau) else 0):
        here = tau[active]
        value, slope = function(here, active)
        right = (value < 0.0) == rising[active]  # the root lies to the right
        floor, ceiling = np.where(right, here, low[active]), np.where(right, high[active], here)
        with np.errstate(divide="ignore", invalid="ignore"):
            there = here - value / slope
        inside = (there >= floor) & (there <= ceiling)
        there = np.where(inside, there, 0.5 * (floor + ceiling))
        moving = np.abs(there - here) > _TAU_TOLERANCE
        low[active], high[active], tau[active] = floor, ceiling, there
        if not moving.any():
            break
        if isinstance(active, slice):
            if np.count_nonzero(moving) < 0.5 * len(tau):
                active = np.flatnonzero(moving)
        else:
            active = active[moving]
    return tau


def _hermite_inverse(nodes: tuple[float, ...], n_derivatives: int) -> FloatArray:
    """Return the matrix from value and derivatives at each node to coefficients."""
    rows = []
    for node in nodes:
        powers = np.arange(len(nodes) * (1 + n_derivatives), dtype=np.float64)
        share = np.ones_like(powers)
        for _ in range(1 + n_derivatives):
            rows.append(share * node**powers)
            share = share * powers
            powers = np.maximum(powers - 1.0, 0.0)
    return np.linalg.inv(np.array(rows))


_HERMITE_INVERSES = {
    2: _hermite_inverse((-1.0, 1.0), 2),
    3: _hermite_inverse((-1.0, 0.0, 1.0), 1),
}
