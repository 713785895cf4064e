"""Element sets for satellites that do not fly yet, from a design of their orbit.

A design gives mean elements in SGP4's own sense, so that a nominal satellite walks the same path as
a real one. Altitude means the mean (Brouwer) semi-major axis minus 6378.135 km. Every set has the
source ``nominal`` and travels with the assumptions it was made from.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

import numpy as np

from tle.drag import LEAST_ALTITUDE_KM, Drag, bstar
from tle.earth_rotation import EARTH_RATE_RAD_S, greenwich_angle_rad, rotate_to_earth
from tle.elements import ElementSet
from tle.equinoctial import EARTH_MU_KM3_S2, EARTH_RADIUS_KM
from tle.errors import ElementRangeError
from tle.mean_elements import fit_mean_elements
from tle.propagation import build_record, check_at_epoch
from tle.solar_time import Sun, right_ascension_deg
from tle.timebase import DAY_S, FloatArray, to_unix_s

NOMINAL = "nominal"
TROPICAL_YEAR_DAYS = 365.24219  # the mean Sun's circuit of the moving equinox, 2000 (IAU)
_SUN_RATE_RAD_MIN = 2.0 * math.pi / TROPICAL_YEAR_DAYS / 1440.0
_MOST_ALTITUDE_KM = 400_000.0

Vector = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class SunSynchronous:
    """An orbit whose node keeps its local solar time: altitude and that time are the design.

    ``argument_of_latitude_deg`` is where the satellite stands at the epoch, counted from the
    ascending node. The default eccentricity and perigee are near those of a frozen orbit.
    """

    altitude_km: float
    local_time_h: float
    node: Literal["ascending", "descending"] = "ascending"
    sun: Sun = "mean"
    eccentricity: float = 0.001
    arg_perigee_deg: float = 90.0
    argument_of_latitude_deg: float = 0.0


@dataclass(frozen=True, slots=True)
class InclinedOrbit:
    """An orbit of any altitude, inclination, eccentricity and node (TEME right ascension)."""

    altitude_km: float
    inclination_deg: float
    raan_deg: float
    eccentricity: float = 0.001
    arg_perigee_deg: float = 90.0
    argument_of_latitude_deg: float = 0.0


@dataclass(frozen=True, slots=True)
class RepeatGroundTrack:
    """An orbit that returns over its track after ``revolutions`` in ``days`` nodal days.

    Without an inclination it is sun-synchronous by ``local_time_h`` (mean Sun, ascending node), a
    nodal day being a solar one; with an inclination, ``raan_deg`` places the plane.
    """

    revolutions: int
    days: int
    local_time_h: float | None = None
    inclination_deg: float | None = None
    raan_deg: float = 0.0
    eccentricity: float = 0.001
    arg_perigee_deg: float = 90.0
    argument_of_latitude_deg: float = 0.0


@dataclass(frozen=True, slots=True)
class InjectionState:
    """A state at the epoch, in km and km/s.

    In ``ITRF`` the velocity is relative to the turning Earth, as launch vehicles report it;
    polar motion (10 m) is left out.
    """

    position_km: Vector
    velocity_km_s: Vector
    frame: Literal["TEME", "ITRF"] = "TEME"


OrbitDesign = SunSynchronous | InclinedOrbit | RepeatGroundTrack | InjectionState


@dataclass(frozen=True, slots=True)
class NominalOrbit:
    """Elements from a design, and in sentences what they rest on."""

    elements: ElementSet
    design: OrbitDesign
    assumptions: tuple[str, ...]


def make_nominal(
    design: OrbitDesign, epoch_utc: datetime, *, name: str, drag: Drag | None = None
) -> NominalOrbit:
    """Make the element set of a design at an epoch; without ``drag`` the orbit never decays.

    Raises ElementRangeError naming the field when the design is no orbit that SGP4 can carry.
    """
    said = [
        "nominal elements from a design: not observed",
        drag.describe() if drag else "no drag (B* = 0)",
    ]
    if isinstance(design, InjectionState):
        elements = _from_state(design, epoch_utc, name)
        said.append(f"mean elements that meet one {design.frame} state at the epoch")
    else:
        start = _start(design, epoch_utc, name)
        if isinstance(design, RepeatGroundTrack):
            elements = _repeating(start, design)
            said.append(f"{design.revolutions} revolutions in {design.days} nodal days, by J2, J4")
        elif isinstance(design, SunSynchronous):
            elements = _sun_synchronous(start, _axis_km(design.altitude_km))
            said.append(f"node kept at {design.local_time_h:g} h local time ({design.sun} Sun)")
        else:
            elements = _with_axis(start, _axis_km(design.altitude_km))
    if drag is not None:
        axis_km = EARTH_RADIUS_KM + mean_altitude_km(elements)
        elements = replace(elements, bstar=bstar(drag, axis_km, elements.eccentricity))
    check_at_epoch(elements)
    return NominalOrbit(elements, design, tuple(said))


def mean_altitude_km(elements: ElementSet) -> float:
    """Return the mean (Brouwer) semi-major axis minus 6378.135 km."""
    return float(build_record(elements).a) * EARTH_RADIUS_KM - EARTH_RADIUS_KM


def to_inertial(
    position_km: FloatArray, velocity_km_s: FloatArray, unix_s: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Turn Earth-fixed states, shapes (n, 3), with velocity relative to the Earth, into TEME."""
    back_rad = -greenwich_angle_rad(np.asarray(unix_s, dtype=np.float64))
    spin = np.array([0.0, 0.0, EARTH_RATE_RAD_S])
    return (
        rotate_to_earth(position_km, back_rad),
        rotate_to_earth(velocity_km_s + np.cross(spin, position_km), back_rad),
    )


def _from_state(design: InjectionState, epoch_utc: datetime, name: str) -> ElementSet:
    unix_s = np.array([to_unix_s(epoch_utc)])
    position_km, velocity_km_s = np.array([design.position_km]), np.array([design.velocity_km_s])
    if design.frame == "ITRF":
        position_km, velocity_km_s = to_inertial(position_km, velocity_km_s, unix_s)
    fit = fit_mean_elements(epoch_utc, unix_s, position_km, velocity_km_s, name=name)
    return fit.elements


def _start(
    design: SunSynchronous | InclinedOrbit | RepeatGroundTrack, epoch_utc: datetime, name: str
) -> ElementSet:
    """Fill in everything but the size and, if sun-synchronous, the inclination."""
    if not 0.0 <= design.eccentricity < 1.0:
        raise ElementRangeError(f"{design.eccentricity}; give 0 to below 1", field="eccentricity")
    inclination_deg = 98.0 if isinstance(design, SunSynchronous) else design.inclination_deg
    local_h = None if isinstance(design, InclinedOrbit) else design.local_time_h
    if isinstance(design, RepeatGroundTrack) and (local_h is None) == (inclination_deg is None):
        raise ElementRangeError(
            "give either local_time_h (sun-synchronous) or inclination_deg", field="local_time_h"
        )
    if local_h is None or isinstance(design, InclinedOrbit):
        raan_deg = 0.0 if isinstance(design, SunSynchronous) else design.raan_deg
    else:
        if not 0.0 <= local_h < 24.0:
            raise ElementRangeError(f"{local_h} h; give 0 to below 24", field="local_time_h")
        sun: Sun = design.sun if isinstance(design, SunSynchronous) else "mean"
        raan_deg = right_ascension_deg(local_h, to_unix_s(epoch_utc), sun)
        if isinstance(design, SunSynchronous) and design.node == "descending":
            raan_deg += 180.0
    if inclination_deg is not None and not 0.0 <= inclination_deg <= 180.0:
        raise ElementRangeError(f"{inclination_deg} deg; give 0 to 180", field="inclination_deg")
    return ElementSet(
        name=name,
        norad_cat_id=None,
        object_id="",
        epoch_utc=epoch_utc,
        mean_motion_rev_day=15.0,
        eccentricity=design.eccentricity,
        inclination_deg=98.0 if inclination_deg is None else inclination_deg,
        raan_deg=raan_deg % 360.0,
        arg_perigee_deg=design.arg_perigee_deg % 360.0,
        mean_anomaly_deg=_mean_anomaly_deg(design),
        bstar=0.0,
        mean_motion_dot=0.0,
        mean_motion_ddot=0.0,
        source=NOMINAL,
        received_utc=epoch_utc,
    )


def _mean_anomaly_deg(design: SunSynchronous | InclinedOrbit | RepeatGroundTrack) -> float:
    """Turn the true argument of latitude into the mean anomaly, by Kepler's equation."""
    e = design.eccentricity
    true_rad = math.radians(design.argument_of_latitude_deg - design.arg_perigee_deg)
    eccentric_rad = 2.0 * math.atan2(
        math.sqrt(1.0 - e) * math.sin(true_rad / 2.0), math.sqrt(1.0 + e) * math.cos(true_rad / 2.0)
    )
    return math.degrees(eccentric_rad - e * math.sin(eccentric_rad)) % 360.0


def _axis_km(altitude_km: float) -> float:
    if not LEAST_ALTITUDE_KM <= altitude_km <= _MOST_ALTITUDE_KM:
        raise ElementRangeError(
            f"{altitude_km} km; give {LEAST_ALTITUDE_KM:g} to {_MOST_ALTITUDE_KM:g} km",
            field="altitude_km",
        )
    return EARTH_RADIUS_KM + altitude_km


def _with_axis(elements: ElementSet, axis_km: float) -> ElementSet:
    """Set the Kozai mean motion (what element sets carry) that gives a Brouwer axis in SGP4."""
    motion = math.sqrt(EARTH_MU_KM3_S2 / axis_km**3) * DAY_S / (2.0 * math.pi)
    for _ in range(5):  # each gains three digits
        sized = replace(elements, mean_motion_rev_day=motion)
        motion *= (float(build_record(sized).a) * EARTH_RADIUS_KM / axis_km) ** 1.5
    return replace(elements, mean_motion_rev_day=motion)


def _sun_synchronous(elements: ElementSet, axis_km: float) -> ElementSet:
    """Find the inclination at which SGP4's node follows the mean Sun."""

    def tilt(inclination_deg: float) -> ElementSet:
        return _with_axis(replace(elements, inclination_deg=inclination_deg), axis_km)

    def excess(inclination_deg: float) -> float:
        return float(build_record(tilt(inclination_deg)).nodedot) - _SUN_RATE_RAD_MIN

    if excess(179.0) < 0.0:
        raise ElementRangeError(
            f"no inclination makes {axis_km - EARTH_RADIUS_KM:.0f} km sun-synchronous; "
            "stay below about 5,900 km",
            field="altitude_km",
        )
    return tilt(_bisect(excess, 90.0, 179.0))


def _repeating(elements: ElementSet, design: RepeatGroundTrack) -> ElementSet:
    """Find the axis at which whole revolutions fit whole turns of the Earth under the plane."""
    if design.revolutions < 1 or design.days < 1:
        raise ElementRangeError(
            f"{design.revolutions} revolutions in {design.days} days; give whole numbers from 1",
            field="revolutions",
        )

    def size(axis_km: float) -> ElementSet:
        if design.inclination_deg is None:
            return _sun_synchronous(elements, axis_km)
        return _with_axis(elements, axis_km)

    def excess(axis_km: float) -> float:
        record = build_record(size(axis_km))
        turn_rad_min = EARTH_RATE_RAD_S * 60.0 - record.nodedot
        return float(
            design.revolutions * turn_rad_min - design.days * (record.mdot + record.argpdot)
        )

    least_km = _axis_km(LEAST_ALTITUDE_KM)
    most_km = least_km + (5_500.0 if design.inclination_deg is None else 40_000.0)
    if excess(least_km) > 0.0 or excess(most_km) < 0.0:
        raise ElementRangeError(
            f"{design.revolutions} in {design.days} days lies outside "
            f"{least_km - EARTH_RADIUS_KM:.0f} to {most_km - EARTH_RADIUS_KM:.0f} km of altitude",
            field="revolutions",
        )
    return size(_bisect(excess, least_km, most_km))


def _bisect(rising: Callable[[float], float], low: float, high: float) -> float:
    """Find the root of a function that rises through zero between low and high."""
    for _ in range(48):
        middle = 0.5 * (low + high)
        if rising(middle) < 0.0:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)
