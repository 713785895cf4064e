"""Where to send the antenna, instant by instant: inside its limits, never faster than its rates.

Two things keep a drive inside what the mount can do. The path of a contact is made feasible before
it starts (``make_path``); and every command, whatever phase asks for it, goes through ``step``,
which moves by at most what the axes turn in one step, inside the limits. Accelerations are left to
the antenna's control unit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from scheduler.prediction.mount import fitting_wraps_deg
from scheduler.prediction.track import Track
from scheduler.stations import Antenna
from tle.timebase import FloatArray


@dataclass(frozen=True, slots=True)
class Limits:
    """What the axes may do: mount angles in degrees, rates in deg/s."""

    min_azimuth_deg: float
    max_azimuth_deg: float
    min_elevation_deg: float
    max_elevation_deg: float
    azimuth_rate_deg_s: float
    elevation_rate_deg_s: float


@dataclass(frozen=True, slots=True)
class DrivePath:
    """The way of the mount through one contact; columns of shape (n,) at ascending instants.

    ``azimuth_deg`` (unwrapped) and ``elevation_deg`` are sent; ``wanted_azimuth_deg`` and
    ``wanted_elevation_deg`` are where the satellite is, which the mount cannot always follow.
    """

    unix_s: FloatArray
    azimuth_deg: FloatArray
    elevation_deg: FloatArray
    wanted_azimuth_deg: FloatArray
    wanted_elevation_deg: FloatArray

    @property
    def lag_deg(self) -> FloatArray:
        """The angle that limits and rates alone cost, in degrees, shape (n,)."""
        return separation_deg(
            self.azimuth_deg, self.elevation_deg, self.wanted_azimuth_deg, self.wanted_elevation_deg
        )

    def command_at(self, unix_s: float) -> tuple[float, float]:
        """Return azimuth and elevation to send for an instant; beyond the ends those of the end."""
        return (
            float(np.interp(unix_s, self.unix_s, self.azimuth_deg)),
            float(np.interp(unix_s, self.unix_s, self.elevation_deg)),
        )

    def error_deg(self, unix_s: float, azimuth_deg: float, elevation_deg: float) -> float:
        """Return the angle on the sky between a mount position and the satellite."""
        return float(
            separation_deg(
                np.array([azimuth_deg]),
                np.array([elevation_deg]),
                np.interp([unix_s], self.unix_s, self.wanted_azimuth_deg),
                np.interp([unix_s], self.unix_s, self.wanted_elevation_deg),
            )[0]
        )


class UnreachableError(ValueError):
    """No turn of the cable takes the mount through the whole contact."""


def limits_of(antenna: Antenna) -> Limits:
    """Return what the configuration allows; a continuous mount has no end of azimuth."""
    low, high = antenna.azimuth_travel_deg or (-math.inf, math.inf)
    return Limits(
        low,
        high,
        antenna.tracking_floor_deg,
        min(antenna.max_elevation_deg, 90.0),
        antenna.azimuth_rate_deg_s,
        antenna.elevation_rate_deg_s,
    )


def narrow(
    limits: Limits,
    min_azimuth: float,
    max_azimuth: float,
    min_elevation: float,
    max_elevation: float,
) -> Limits:
    """Return what both the configuration and the rotator allow, in degrees."""
    return Limits(
        max(limits.min_azimuth_deg, min_azimuth),
        min(limits.max_azimuth_deg, max_azimuth),
        max(limits.min_elevation_deg, min_elevation),
        min(limits.max_elevation_deg, max_elevation),
        limits.azimuth_rate_deg_s,
        limits.elevation_rate_deg_s,
    )


def make_path(track: Track, limits: Limits) -> DrivePath:
    """Make the track of a contact feasible: one turn of the cable, inside limits and rates.

    Where the satellite outruns an axis (the keyhole) the path runs ahead of it before and after it
    afterwards (``limit_slope``). Raises UnreachableError when no turn fits the travel.
    """
    turn_deg = _choose_turn(track.mount_azimuth_deg, limits)
    azimuth_deg = track.mount_azimuth_deg + turn_deg
    elevation_deg = np.clip(
        track.mount_elevation_deg, limits.min_elevation_deg, limits.max_elevation_deg
    )
    return DrivePath(
        unix_s=track.unix_s,
        azimuth_deg=limit_slope(track.unix_s, azimuth_deg, limits.azimuth_rate_deg_s),
        elevation_deg=limit_slope(track.unix_s, elevation_deg, limits.elevation_rate_deg_s),
        wanted_azimuth_deg=azimuth_deg,
        wanted_elevation_deg=track.mount_elevation_deg,
    )


def limit_slope(unix_s: FloatArray, angle_deg: FloatArray, rate_deg_s: float) -> FloatArray:
    """Return a curve of at most this slope whose largest error is the least possible.

    Between the lowest and the highest curve of that slope around the angle (McShane's extensions)
    the middle is nearest. Where the angle outruns the rate once, a straight run through that middle
    replaces it: just as near, and the angle itself is left and met again as late and as early as
    can be, so that the time off target is short. Stays inside the range of the angles.
    """
    seconds = unix_s - unix_s[0]
    run_deg = rate_deg_s * seconds
    rising = np.maximum.accumulate(angle_deg + run_deg) - run_deg
    falling = np.maximum.accumulate((angle_deg - run_deg)[::-1])[::-1] + run_deg
    above = np.maximum(rising, falling)
    sinking = np.minimum.accumulate(angle_deg - run_deg) + run_deg
    climbing = np.minimum.accumulate((angle_deg + run_deg)[::-1])[::-1] - run_deg
    below = np.minimum(sinking, climbing)
    limited = 0.5 * (above + below)
    apart = np.concatenate([[0], (above - below > 1e-9).astype(np.int8), [0]])
    edges = np.flatnonzero(np.diff(apart))
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        part = slice(max(start - 1, 0), min(end + 1, len(angle_deg)))
        around = slice(max(start - 2, 0), min(end + 2, len(angle_deg)))
        middle = limited[around].copy()
        run = _run_straight(run_deg[part], angle_deg[part])
        if run is not None:
            limited[part] = run
            if np.any(np.abs(np.diff(limited[around])) > np.diff(run_deg[around]) + 1e-9):
                limited[around] = middle  # it also outruns the rate the other way
    return np.asarray(limited)


def _run_straight(run_deg: FloatArray, angle_deg: FloatArray) -> FloatArray | None:
    """Replace one stretch of an angle that outruns the rate by a run; None: there are several."""
    sign = 1.0 if angle_deg[-1] >= angle_deg[0] else -1.0
    ahead = sign * angle_deg - run_deg  # grows where the angle is too fast
    fast = np.flatnonzero(np.diff(ahead) > 0.0)
    if not len(fast) or fast[-1] - fast[0] + 1 != len(fast):
        return None
    first, last = int(fast[0]), int(fast[-1]) + 1
    middle = 0.5 * (ahead[first] + ahead[last])
    before = np.flatnonzero(ahead[: first + 1] >= middle)
    after = np.flatnonzero(ahead[last:] <= middle)
    leave = int(before[-1]) + 1 if len(before) else 0
    meet = last + int(after[0]) if len(after) else len(angle_deg)
    replaced = angle_deg.copy()
    replaced[leave:meet] = sign * (run_deg[leave:meet] + middle)
    return replaced


def step(
    last: tuple[float, float], target: tuple[float, float], limits: Limits, seconds: float
) -> tuple[float, float]:
    """Move towards a target inside the limits by what the axes turn in that time.

    From outside the limits (a stow position, a start by hand) the way leads in, at the same rates.
    """
    return (
        _move(
            last[0],
            min(max(target[0], limits.min_azimuth_deg), limits.max_azimuth_deg),
            limits.azimuth_rate_deg_s * seconds,
        ),
        _move(
            last[1],
            min(max(target[1], limits.min_elevation_deg), limits.max_elevation_deg),
            limits.elevation_rate_deg_s * seconds,
        ),
    )


def _move(last_deg: float, target_deg: float, reach_deg: float) -> float:
    return last_deg + min(max(target_deg - last_deg, -reach_deg), reach_deg)


def separation_deg(
    azimuth_deg: FloatArray,
    elevation_deg: FloatArray,
    other_azimuth_deg: FloatArray,
    other_elevation_deg: FloatArray,
) -> FloatArray:
    """Return the angle between directions, exact for small ones too; shapes (n,)."""
    one = _directions(azimuth_deg, elevation_deg)
    other = _directions(other_azimuth_deg, other_elevation_deg)
    apart = np.linalg.norm(one - other, axis=1)
    together = np.linalg.norm(one + other, axis=1)
    return np.asarray(2.0 * np.degrees(np.arctan2(apart, together)))


def _directions(azimuth_deg: FloatArray, elevation_deg: FloatArray) -> FloatArray:
    azimuth, elevation = np.radians(azimuth_deg), np.radians(elevation_deg)
    level = np.cos(elevation)
    return np.column_stack([np.sin(azimuth) * level, np.cos(azimuth) * level, np.sin(elevation)])


def _choose_turn(azimuth_deg: FloatArray, limits: Limits) -> float:
    if math.isinf(limits.min_azimuth_deg) and math.isinf(limits.max_azimuth_deg):
        return 0.0
    travel = (limits.min_azimuth_deg, limits.max_azimuth_deg)
    turns = fitting_wraps_deg(azimuth_deg, Antenna("", "", azimuth_travel_deg=travel))
    if not turns:
        raise UnreachableError(
            f"the contact needs azimuths {np.min(azimuth_deg):.1f} to {np.max(azimuth_deg):.1f} "
            f"deg, no turn of which fits {travel[0]:g} to {travel[1]:g} deg; "
            "give rotctld the limits of the mount (-C min_az=...,max_az=...)"
        )
    return turns[0]
