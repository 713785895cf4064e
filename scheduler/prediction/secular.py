"""The slow part of SGP4's motion, as columns over many satellites.

SGP4 moves the mean elements by polynomials of time (gravity: linear; drag: up to degree five) and
adds periodic terms of about ten kilometres. The polynomials alone tell where a pass may be, for the
price of a few multiplications. Formulas: Hoots and Roehrich, Spacetrack Report 3, with the names of
Vallado et al., AIAA 2006-6753.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tle.timebase import DAY_S, UNIX_EPOCH_JD, FloatArray

# WGS-72, as SGP4 uses them.
EARTH_RADIUS_WGS72_KM = 6378.135
MU_KM3_S2 = 398600.8
J2 = 0.001082616
J3 = -0.00000253881
XKE = 60.0 / np.sqrt(EARTH_RADIUS_WGS72_KM**3 / MU_KM3_S2)  # (Earth radii)^1.5 per minute
_J3_OVER_J2 = J3 / J2

_ATTRIBUTES = attrgetter(
    "jdsatepoch",
    "jdsatepochF",
    "a",
    "ecco",
    "inclo",
    "nodeo",
    "argpo",
    "mo",
    "mdot",
    "argpdot",
    "nodedot",
    "bstar",
)


@dataclass(frozen=True, slots=True)
class SecularMotion:
    """Mean elements as polynomials of the seconds since each satellite's epoch.

    Shapes (n,) and, for polynomials, (degree + 1, n) with ascending powers. ``latitude_rad`` is
    the mean argument of latitude (argument of perigee plus mean anomaly), ``shrink`` the square
    root of the semi-major axis as a share of its value at epoch.
    """

    epoch_unix_s: FloatArray
    deep_space: NDArray[np.bool_]
    semi_major_axis_km: FloatArray
    eccentricity: FloatArray
    eccentricity_rate_s: FloatArray
    inclination_rad: FloatArray
    latitude_rad: FloatArray
    node_rad: FloatArray
    perigee_rad: FloatArray
    shrink: FloatArray

    def __len__(self) -> int:
        return len(self.epoch_unix_s)

    def take(self, rows: NDArray[np.int64]) -> SecularMotion:
        """Pick satellites, shape (m,), in the given order."""
        return SecularMotion(*(getattr(self, name)[..., rows] for name in self.__slots__))

    @property
    def mean_motion_rad_s(self) -> FloatArray:
        """Give the rate of the mean argument of latitude at epoch, shape (n,)."""
        return np.asarray(self.latitude_rad[1])


def polynomial(coefficients: FloatArray, time_s: FloatArray) -> FloatArray:
    """Evaluate (degree + 1, n) coefficients, ascending, at times that broadcast against (n,)."""
    shape = np.broadcast(coefficients[-1], time_s).shape
    value: FloatArray = np.zeros(shape) + coefficients[-1]
    for coefficient in coefficients[-2::-1]:
        value *= time_s
        value += coefficient
    return value


def derivative(coefficients: FloatArray) -> FloatArray:
    """Differentiate polynomials, (degree + 1, n) to (degree, n)."""
    powers = np.arange(1, len(coefficients), dtype=np.float64)
    shape = (-1, *[1] * (coefficients.ndim - 1))
    return np.asarray(coefficients[1:] * powers.reshape(shape), dtype=np.float64)


def secular_motion(records: Sequence[Any]) -> SecularMotion:
    """Read the secular motion out of SGP4 records (``sgp4.api.Satrec``)."""
    columns = np.array([_ATTRIBUTES(record) for record in records], dtype=np.float64)
    jd, jd_fraction, a, e, inclination, node, perigee, anomaly, mdot, wdot, odot, bstar = (
        columns.reshape(-1, 12).T
    )
    deep_space = np.array([record.method == "d" for record in records], dtype=np.bool_)
    with np.errstate(all="ignore"):  # absurd elements give NaN here and are refused by SGP4
        drag = _drag_polynomials(a, e, inclination, perigee, bstar, deep_space)
        motion = XKE * a**-1.5
    minutes = 60.0 ** -np.arange(6.0)  # polynomials per minute to per second
    zero = np.zeros_like(a)
    latitude = motion * drag.longitude
    latitude[0] = anomaly + perigee
    latitude[1] += mdot + wdot
    return SecularMotion(
        epoch_unix_s=(jd - UNIX_EPOCH_JD + jd_fraction) * DAY_S,
        deep_space=deep_space,
        semi_major_axis_km=a * EARTH_RADIUS_WGS72_KM,
        eccentricity=e,
        eccentricity_rate_s=drag.eccentricity_rate / 60.0,
        inclination_rad=inclination,
        latitude_rad=latitude * minutes[:, None],
        node_rad=np.array([node, odot, drag.node]) * minutes[:3, None],
        perigee_rad=np.array([perigee, wdot]) * minutes[:2, None],
        shrink=(np.array([zero + 1.0, *drag.shrink]) * minutes[:5, None]),
    )


@dataclass(frozen=True, slots=True)
class _Drag:
    """What drag adds, per powers of minutes: to longitude (6, n), node, e, and the axis (4, n)."""

    longitude: FloatArray
    node: FloatArray
    eccentricity_rate: FloatArray
    shrink: FloatArray


def _drag_polynomials(
    a: FloatArray,
    e: FloatArray,
    inclination: FloatArray,
    perigee: FloatArray,
    bstar: FloatArray,
    deep_space: NDArray[np.bool_],
) -> _Drag:
    """Form SGP4's drag coefficients C1, C4, D2 to D4 and T2 to T5 from mean elements."""
    motion = XKE * a**-1.5
    cosine = np.cos(inclination)
    con41 = 3.0 * cosine**2 - 1.0
    one_less_e2 = 1.0 - e * e
    perigee_km = (a * (1.0 - e) - 1.0) * EARTH_RADIUS_WGS72_KM
    s_km = np.where(perigee_km < 156.0, np.maximum(perigee_km - 78.0, 20.0), 78.0)
    q_term = ((120.0 - s_km) / EARTH_RADIUS_WGS72_KM) ** 4
    s = s_km / EARTH_RADIUS_WGS72_KM + 1.0
    tsi = 1.0 / (a - s)
    eta = a * e * tsi
    eta2, e_eta = eta * eta, e * eta
    psi2 = np.abs(1.0 - eta2)
    coef1 = q_term * tsi**4 / psi2**3.5
    c2 = (
        coef1
        * motion
        * (
            a * (1.0 + 1.5 * eta2 + e_eta * (4.0 + eta2))
            + 0.375 * J2 * tsi / psi2 * con41 * (8.0 + 3.0 * eta2 * (8.0 + eta2))
        )
    )
    c1 = bstar * c2
    c4_gravity = -3.0 * con41 * (1.0 - 2.0 * e_eta + eta2 * (1.5 - 0.5 * e_eta)) + 0.75 * (
        1.0 - cosine**2
    ) * (2.0 * eta2 - e_eta * (1.0 + eta2)) * np.cos(2.0 * perigee)
    c4 = (
        2.0
        * motion
        * coef1
        * a
        * one_less_e2
        * (eta * (2.0 + 0.5 * eta2) + e * (0.5 + 2.0 * eta2) - J2 * tsi / (a * psi2) * c4_gravity)
    )
    node_rate = -1.5 * J2 / (a * one_less_e2) ** 2 * motion * cosine
    simple = deep_space | (perigee_km < 220.0)  # SGP4 drops the higher powers there
    full = np.where(simple, 0.0, 1.0)
    d2 = full * 4.0 * a * tsi * c1**2
    d3 = (17.0 * a + s) * d2 * tsi * c1 / 3.0
    d4 = 0.5 * d2 * tsi * c1 / 3.0 * a * tsi * (221.0 * a + 31.0 * s) * c1
    t3 = d2 + full * 2.0 * c1**2
    t4 = full * 0.25 * (3.0 * d3 + c1 * (12.0 * d2 + 10.0 * c1**2))
    t5 = (
        full * 0.2 * (3.0 * d4 + 12.0 * c1 * d3 + 6.0 * d2 * d2 + 15.0 * c1**2 * (2.0 * d2 + c1**2))
    )
    zero = np.zeros_like(a)
    return _Drag(
        longitude=np.array([zero, zero, 1.5 * c1, t3, t4, t5]),
        node=3.5 * one_less_e2 * node_rate * c1,
        eccentricity_rate=-bstar * c4,
        shrink=np.array([-c1, -d2, -d3, -d4]),
    )
