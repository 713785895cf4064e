"""Where passes of near-earth, near-circular satellites may be: an analytic screen.

For every revolution it finds the instant at which the satellite, moved by SGP4's secular rates
alone, comes closest to the station's direction, and keeps those that come close enough. What the
secular motion leaves out (periodic terms, the tilt of the local vertical against the direction from
the Earth's centre) is covered by ``MARGIN_RAD``. A kept candidate is a suspicion, not a pass.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from scheduler.prediction.fleet import Flags, IndexArray, sort_order
from scheduler.prediction.secular import (
    EARTH_RADIUS_WGS72_KM,
    J2,
    J3,
    SecularMotion,
    derivative,
    polynomial,
)
from scheduler.prediction.topocentric import Site
from tle.earth_rotation import EARTH_RATE_RAD_S, greenwich_angle_rad
from tle.timebase import FloatArray

MARGIN_RAD = 0.02  # the largest need seen is given in docs/passes.md
_EDGE_RAD = 0.004  # added to the reach where the expected length of a pass is concerned
_LEAST_ARC = math.cos(0.03)  # half of the shortest arc that is laid over a suspected pass
_SEED_SPACING = 0.75  # of a period: no revolution falls between two seeds
_SEED_REACH = 0.5  # of a period: the nearest seed is closer than this
_SAME_PASS = 0.3  # of a period
_STEP_MARGINS_RAD = (0.08, 0.01, 0.0)  # of the steps: more than the next ones change
_SEEDS_AT_ONCE = 30_000  # keeps the work inside the processor's cache
_PERIODIC_KM = 40.0  # more than the periodic terms move a satellite


@dataclass(frozen=True, slots=True)
class Candidates:
    """Suspected passes, ordered by satellite and time; columns of shape (n,).

    ``index`` points into the fleet; ``unix_s`` is about the middle of the pass, if there is one,
    and ``half_width_s`` about half of its length.
    """

    index: IndexArray
    unix_s: FloatArray
    half_width_s: FloatArray


def screen(
    secular: SecularMotion,
    rows: IndexArray,
    site: Site,
    start_unix_s: float,
    end_unix_s: float,
    floor_rad: float,
) -> Candidates:
    """Return every suspected pass of the satellites ``rows`` between two instants."""
    rows = rows[np.argsort(secular.mean_motion_rad_s[rows], kind="stable")]
    found: list[tuple[IndexArray, FloatArray, FloatArray, FloatArray]] = []
    done = 0
    while done < len(rows):
        period_s = 2.0 * math.pi / secular.mean_motion_rad_s[rows[done]]
        seeds_each = 1.0 + (end_unix_s - start_unix_s) / (_SEED_SPACING * period_s)
        size = max(1, int(_SEEDS_AT_ONCE / seeds_each))
        block = rows[done : done + size]
        seeds = _seed(secular.take(block), site, start_unix_s, end_unix_s, floor_rad)
        index, unix_s, half_width_s, period = _approach(seeds, site, floor_rad)
        found.append((block[index], unix_s, half_width_s, period))
        done += size
    if not found:
        empty = np.empty(0)
        return Candidates(np.empty(0, dtype=np.int64), empty, empty)
    index = np.concatenate([part[0] for part in found])
    unix_s, half_width_s, period = (
        np.concatenate([part[column] for part in found]) for column in (1, 2, 3)
    )
    order = sort_order(index, unix_s)
    order = order[_first_of_pass(index[order], unix_s[order], period[order])]
    return Candidates(index[order], unix_s[order], half_width_s[order])


def _first_of_pass(row: IndexArray, unix_s: FloatArray, period_s: FloatArray) -> Flags:
    """Tell which instants of a row do not follow another of the same approach, shape (n,)."""
    fresh = np.ones(len(row), dtype=np.bool_)
    fresh[1:] = (row[1:] != row[:-1]) | (np.diff(unix_s) > _SAME_PASS * period_s[1:])
    return fresh


@dataclass(frozen=True, slots=True)
class _Seeds:
    """Starting instants with the secular motion there; columns of shape (n,)."""

    row: IndexArray
    unix_s: FloatArray
    shift_s: FloatArray  # how far an approach has moved on from ``unix_s``
    period_s: FloatArray
    latitude_rad: FloatArray
    latitude_rate: FloatArray
    hour_rad: FloatArray  # station's angle east of the ascending node
    hour_rate: FloatArray
    cos_inclination: FloatArray
    sin_inclination: FloatArray
    axis_km: FloatArray
    e_cos: FloatArray
    e_sin: FloatArray

    def take(self, rows: IndexArray) -> _Seeds:
        """Pick seeds."""
        return _Seeds(*(getattr(self, name)[rows] for name in self.__slots__))


def _seed(
    secular: SecularMotion, site: Site, start_unix_s: float, end_unix_s: float, floor_rad: float
) -> _Seeds:
    """Lay seeds over the span and drop those with the station far from the orbital plane."""
    ends_s = np.array([[start_unix_s], [end_unix_s]]) - secular.epoch_unix_s
    latitude_rates = derivative(secular.latitude_rad)
    period_s = 2.0 * math.pi / polynomial(latitude_rates, ends_s).max(axis=0)
    step_s = _SEED_SPACING * period_s
    count = int(np.ceil((end_unix_s - start_unix_s) / step_s.min())) + 1
    unix_s = start_unix_s + step_s[:, None] * np.arange(count)
    # The Earth turns so evenly that its angle at both ends will do here.
    east_rad = math.atan2(site.position_km[1], site.position_km[0])
    first_rad, last_rad = greenwich_angle_rad(np.array([start_unix_s, end_unix_s])) + east_rad
    turn_rad = EARTH_RATE_RAD_S * (end_unix_s - start_unix_s)
    turns = round((first_rad + turn_rad - last_rad) / (2.0 * math.pi))
    rate = (last_rad + 2.0 * math.pi * turns - first_rad) / (end_unix_s - start_unix_s)
    since_s = unix_s - secular.epoch_unix_s[:, None]
    hour_rad = first_rad + rate * (unix_s - start_unix_s)
    hour_rad -= polynomial(secular.node_rad[:, :, None], since_s)

    sin_phi, cos_phi = _geocentric_latitude(site)
    sine, cosine = np.sin(secular.inclination_rad), np.cos(secular.inclination_rad)
    off_plane = (cosine * sin_phi)[:, None] - (sine * cos_phi)[:, None] * np.sin(hour_rad)
    apogee_km = secular.semi_major_axis_km * (1.0 + secular.eccentricity) + _PERIODIC_KM
    cos_reach = _cosine_of_reach(apogee_km, floor_rad, site, MARGIN_RAD)
    reach_rad = np.arccos(np.clip(cos_reach, -1.0, 1.0))
    drift = EARTH_RATE_RAD_S * _SEED_REACH * period_s * sine * cos_phi
    most = np.sin(np.minimum(reach_rad, 0.5 * math.pi)) + drift
    near = (np.abs(off_plane) < most[:, None]) & (unix_s <= (end_unix_s + step_s)[:, None])
    row, column = np.nonzero(near)

    since_s = since_s[row, column]
    e = secular.eccentricity[row] + secular.eccentricity_rate_s[row] * since_s
    perigee = polynomial(secular.perigee_rad[:, row], since_s)
    axis_km = secular.semi_major_axis_km[row] * polynomial(secular.shrink[:, row], since_s) ** 2
    # SGP4's long-period term of J3 shifts the eccentricity vector.
    e_sin = e * np.sin(perigee) - 0.5 * J3 / J2 * sine[row] * EARTH_RADIUS_WGS72_KM / axis_km
    return _Seeds(
        row=row,
        unix_s=unix_s[row, column],
        shift_s=np.zeros(len(row)),
        period_s=period_s[row],
        latitude_rad=polynomial(secular.latitude_rad[:, row], since_s),
        latitude_rate=polynomial(latitude_rates[:, row], since_s),
        hour_rad=hour_rad[row, column],
        hour_rate=EARTH_RATE_RAD_S - secular.node_rad[1, row],
        cos_inclination=cosine[row],
        sin_inclination=sine[row],
        axis_km=axis_km,
        e_cos=e * np.cos(perigee),
        e_sin=e_sin,
    )


def _approach(
    seeds: _Seeds, site: Site, floor_rad: float
) -> tuple[IndexArray, FloatArray, FloatArray, FloatArray]:
    """Move each seed to the nearest closest approach; keep those that come close enough.

    Returns rows, instants, half-widths in seconds and periods in seconds. Seeds that stay far away
    are dropped after each step, by a margin that covers what the steps to come may change.
    """
    for margin_rad in _STEP_MARGINS_RAD:
        near = _step(seeds, site)
        cos_reach = _cosine_of_reach(near.radius_km, floor_rad, site, MARGIN_RAD + margin_rad)
        keep = (near.cos_gamma > cos_reach) & (np.abs(near.shift_s) < seeds.period_s)
        approach_s = seeds.unix_s + near.shift_s
        rows = np.flatnonzero(keep)
        # Two seeds of one approach meet at the first step; one of them goes on.
        rows = rows[_first_of_pass(seeds.row[rows], approach_s[rows], seeds.period_s[rows])]
        seeds = replace(seeds, shift_s=near.shift_s).take(rows)
        near = near.take(rows)
    # The expected length, kept away from zero for those that only graze the floor.
    cos_edge = _cosine_of_reach(near.radius_km, floor_rad, site, _EDGE_RAD)
    half_arc_rad = np.arccos(np.clip(cos_edge / near.cos_gamma, -1.0, _LEAST_ARC))
    unix_s = seeds.unix_s + seeds.shift_s + near.slide_s
    return seeds.row, unix_s, half_arc_rad / near.rate, seeds.period_s


@dataclass(frozen=True, slots=True)
class _Nearness:
    """Where a step leads; columns of shape (n,)."""

    shift_s: FloatArray
    slide_s: FloatArray  # from there to the closest approach
    cos_gamma: FloatArray  # of the central angle then, to first order of the step
    radius_km: FloatArray  # at most, then
    rate: FloatArray  # of the angle alpha

    def take(self, rows: IndexArray) -> _Nearness:
        """Pick seeds."""
        return _Nearness(*(getattr(self, name)[rows] for name in self.__slots__))


def _step(seeds: _Seeds, site: Site) -> _Nearness:
    """Move seeds to where the satellite meets the station's projection on the orbital plane.

    With the satellite at angle alpha from that projection and the station at angle beta off the
    plane, the central angle gamma obeys cos gamma = cos alpha cos beta.
    """
    sin_phi, cos_phi = _geocentric_latitude(site)
    ci_cos, si_cos = seeds.cos_inclination * cos_phi, seeds.sin_inclination * cos_phi
    latitude = seeds.latitude_rad + seeds.latitude_rate * seeds.shift_s
    sin_l, cos_l = np.sin(latitude), np.cos(latitude)
    e_cos_m = seeds.e_cos * cos_l + seeds.e_sin * sin_l  # e cos(mean anomaly)
    e_sin_m = seeds.e_cos * sin_l - seeds.e_sin * cos_l
    hour = seeds.hour_rad + seeds.hour_rate * seeds.shift_s
    sin_h, cos_h = np.sin(hour), np.cos(hour)
    x, y = cos_phi * cos_h, ci_cos * sin_h + seeds.sin_inclination * sin_phi
    cos2_beta = x * x + y * y
    alpha = latitude + e_sin_m * (2.0 + 2.5 * e_cos_m) - np.arctan2(y, x)
    alpha -= 2.0 * math.pi * np.rint(alpha / (2.0 * math.pi))
    station_rate = seeds.hour_rate * (x * ci_cos * cos_h + y * cos_phi * sin_h) / cos2_beta
    rate = seeds.latitude_rate * (1.0 + 2.0 * e_cos_m) - station_rate
    step_s = -alpha / rate
    # The station moves off the plane meanwhile: the closest approach is not quite at alpha = 0.
    sin_beta = seeds.cos_inclination * sin_phi - si_cos * sin_h
    drift = -si_cos * cos_h * seeds.hour_rate
    slide = sin_beta * drift / rate
    sin_beta += drift * step_s
    cos2_beta = np.maximum(1.0 - sin_beta * sin_beta, 1e-12)
    eccentricity = np.sqrt(e_cos_m * e_cos_m + e_sin_m * e_sin_m)
    return _Nearness(
        shift_s=seeds.shift_s + step_s,
        slide_s=-slide / (cos2_beta * rate),
        cos_gamma=np.sqrt(np.minimum(cos2_beta + slide * slide / cos2_beta, 1.0)),
        radius_km=seeds.axis_km * (1.0 - e_cos_m + eccentricity * np.minimum(np.abs(alpha), 2.0)),
        rate=rate,
    )


def _cosine_of_reach(
    radius_km: FloatArray, floor_rad: float, site: Site, margin_rad: float
) -> FloatArray:
    """Return the cosine of the central angle, plus a margin, at which the floor is reached.

    The angle is arccos(ground cos(floor) / radius) - floor.
    """
    ground_km = float(np.linalg.norm(site.position_km))
    ratio = np.minimum(ground_km * math.cos(floor_rad) / radius_km, 1.0)
    less_rad = floor_rad - margin_rad
    return np.asarray(
        ratio * math.cos(less_rad) + np.sqrt(1.0 - ratio * ratio) * math.sin(less_rad)
    )


def _geocentric_latitude(site: Site) -> tuple[float, float]:
    """Return sine and cosine of the station's geocentric latitude."""
    x, y, z = site.position_km.tolist()
    radius_km = math.sqrt(x * x + y * y + z * z)
    return z / radius_km, math.hypot(x, y) / radius_km
