"""Compare two element sets of one object: what changed beyond what SGP4 itself predicts."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tle.elements import ElementSet
from tle.propagation import build_record
from tle.timebase import DAY_S, to_unix_us

Vector = tuple[float, float, float]

_MU_KM3_S2 = 398_600.8  # WGS-72, as SGP4 uses it
_EARTH_RADIUS_KM = 6_378.135
_J2 = 1.082_616e-3


@dataclass(frozen=True, slots=True)
class Jump:
    """The newer set minus the older one carried to the newer epoch.

    ``timing_s`` is the along-track error as time: positive when the object comes later than the
    older set says; it wraps at half a revolution, and is not a number when the older set cannot be
    propagated that far. ``plane_deg`` is the angle between the orbital planes, ``motion_share``
    the change of mean motion beyond the published drag, as a share of the mean motion;
    ``radial_km`` and ``cross_track_km`` complete the position error.
    """

    gap_s: float
    timing_s: float
    radial_km: float
    cross_track_km: float
    plane_deg: float
    motion_share: float
    eccentricity: float
    inclination_deg: float


def compare(older: ElementSet, newer: ElementSet) -> Jump:
    """Carry the older set to the newer epoch by SGP4 and subtract it from the newer set."""
    gap_s = (to_unix_us(newer.epoch_utc) - to_unix_us(older.epoch_utc)) / 1e6
    _, truth_km, truth_km_s = build_record(newer).sgp4_tsince(0.0)
    error, guess_km, _ = build_record(older).sgp4_tsince(gap_s / 60.0)
    timing_s = radial_km = cross_track_km = math.nan
    if not error and all(map(math.isfinite, guess_km)):
        timing_s, radial_km, cross_track_km = _split_error(truth_km, truth_km_s, guess_km)
    gap_days = gap_s / DAY_S
    drift = 2.0 * older.mean_motion_dot * gap_days
    return Jump(
        gap_s=gap_s,
        timing_s=timing_s,
        radial_km=radial_km,
        cross_track_km=cross_track_km,
        plane_deg=_measure_plane_angle(older, newer, gap_days),
        motion_share=(newer.mean_motion_rev_day - older.mean_motion_rev_day - drift)
        / older.mean_motion_rev_day,
        eccentricity=newer.eccentricity - older.eccentricity,
        inclination_deg=newer.inclination_deg - older.inclination_deg,
    )


def node_rate_deg_day(elements: ElementSet) -> float:
    """Give the drift of the ascending node by J2 (first order, near-earth orbits)."""
    motion = elements.mean_motion_rev_day * 2.0 * math.pi / DAY_S
    axis_km = semi_major_axis_km(elements)
    parameter_km = axis_km * (1.0 - elements.eccentricity**2)
    rate = -1.5 * motion * _J2 * (_EARTH_RADIUS_KM / parameter_km) ** 2
    return math.degrees(rate * math.cos(math.radians(elements.inclination_deg))) * DAY_S


def semi_major_axis_km(elements: ElementSet) -> float:
    """Give the semi-major axis that belongs to the mean motion (two-body)."""
    motion = elements.mean_motion_rev_day * 2.0 * math.pi / DAY_S
    return math.cbrt(_MU_KM3_S2 / motion**2)


def perigee_radius_km(elements: ElementSet) -> float:
    """Give the distance of the perigee from the Earth's centre (two-body)."""
    return semi_major_axis_km(elements) * (1.0 - elements.eccentricity)


def _measure_plane_angle(older: ElementSet, newer: ElementSet, gap_days: float) -> float:
    """Angle between the orbit normals after the node's drift; a node alone says nothing near 0."""
    node_deg = older.raan_deg + node_rate_deg_day(older) * gap_days
    left, right = math.radians(older.inclination_deg), math.radians(newer.inclination_deg)
    node = math.radians(newer.raan_deg - node_deg)
    # haversine form: exact for the small angles that matter
    square = math.sin((right - left) / 2.0) ** 2 + (
        math.sin(left) * math.sin(right) * math.sin(node / 2.0) ** 2
    )
    return math.degrees(2.0 * math.asin(min(1.0, math.sqrt(max(0.0, square)))))


def _split_error(r: Vector, v: Vector, guess: Vector) -> tuple[float, float, float]:
    """Split guess minus truth into time (positive: truth comes later), radial, cross-track."""
    h = _cross(r, v)
    radius, h_norm = math.hypot(*r), math.hypot(*h)
    along = _cross(h, r)
    unit_r = [x / radius for x in r]
    unit_along = [x / (h_norm * radius) for x in along]
    x = _dot(guess, unit_r)
    y = _dot(guess, unit_along)
    z = _dot(guess, [c / h_norm for c in h])
    angle = math.atan2(y, x)
    return angle * radius**2 / h_norm, math.hypot(x, y) - radius, z


def _cross(a: Vector, b: Vector) -> Vector:
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


def _dot(a: Vector, b: list[float]) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
