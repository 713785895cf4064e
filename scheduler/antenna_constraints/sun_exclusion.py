"""The Sun behind the satellite: its noise drowns the signal inside a guard angle.

The guard follows from dish and band: the angle at which the Sun costs 1 dB, widened for side lobes
and pointing. It degrades a contact (bytes are lost, tracking goes on) unless the antenna forbids.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from scheduler.antenna_constraints.base import NO_LOSSES, IntArray, Losses, PassBatch, Shape
from scheduler.antenna_constraints.beam import LIGHT_M_S, half_power_beam_deg
from scheduler.antenna_constraints.crossings import Bounds, Chords, Sightings, find_losses_below
from scheduler.prediction.sky_paths import SkyPaths
from scheduler.prediction.sun import sun_directions
from scheduler.stations import Antenna, Station
from tle.timebase import FloatArray

SUN_RADIUS_DEG = 0.2666
SUN_FLUX_W_M2_HZ = 250e-22  # 250 sfu near 8 GHz, a moderately active Sun; from memory
SYSTEM_NOISE_K = 130.0  # assumed, as for the G/T of the default antenna
GUARD_LOSS_DB = 1.0
GUARD_MARGIN = 1.45  # 7.3 m at 8.2 GHz: 0.69 -> 1.0 deg, 3.7 m: 1.04 -> 1.5 deg
BOLTZMANN_J_K = 1.380649e-23
_DRIFT_RAD_S = 7.4e-5  # the Sun's motion in the sky of a station, at most
_LONG_PASS_S = 1_800.0


class SunExclusion:
    """Degrade, or cut when the antenna forbids, the time with the satellite near the Sun."""

    shape: Shape = "degrades"
    reason = "sun_interference"
    limit_unit = "deg"

    def cuts_on(self, antenna: Antenna) -> bool:
        return antenna.sun_forbids

    def find_losses(self, batch: PassBatch, antenna: Antenna) -> Losses:
        guard_deg = sun_guard_deg(antenna)
        if guard_deg <= 0.0 or not len(batch):
            return NO_LOSSES
        near = np.flatnonzero(_may_meet_sun(batch, guard_deg))
        if not len(near):
            return NO_LOSSES
        paths = batch.paths_of(near)
        meets = _passes_by_sun(paths, guard_deg)
        if not len(meets):
            return NO_LOSSES
        near = near[meets]
        losses = find_losses_below(paths.select(meets), SunLimit(batch.station, guard_deg))
        return replace(losses, pass_index=near[losses.pass_index])


class SunLimit:
    """The guard circle around the Sun; the margin is a difference of cosines."""

    clear_above = 1.0

    def __init__(self, station: Station, guard_deg: float) -> None:
        self._station = station
        self._guard_deg = guard_deg
        self._cosine = math.cos(math.radians(guard_deg))

    def margin(self, at: Sightings) -> FloatArray:
        sun = sun_directions(self._station, at.unix_s)
        return np.asarray(self._cosine - np.einsum("ij,ij->i", sun, at.directions))

    def value(self, at: Sightings) -> FloatArray:
        return np.full(len(at.unix_s), self._guard_deg)

    def bounds(self, arcs: Chords) -> Bounds:
        # Seen from the Sun the path moves along the chord between its two ends, but for this.
        first, last = arcs.first, arcs.last
        instants = np.concatenate([first.unix_s, last.unix_s])
        suns = np.split(sun_directions(self._station, instants), 2)
        begin, end = first.directions - suns[0], last.directions - suns[1]
        drift_rad = _DRIFT_RAD_S * (last.unix_s - first.unix_s)
        off = arcs.bulge_rad + 0.125 * drift_rad**2
        low = self._margin_at(np.maximum(_least_norm(begin, end) - off, 0.0))
        high = self._margin_at(np.maximum(_norm(begin), _norm(end)) + off)
        # Both path and Sun move along their chords: a product of two lines, bent by this much.
        bend = off + 0.25 * drift_rad * _norm(last.directions - first.directions)
        return Bounds(low, high, arcs.changes > 4.0 * bend)

    def _margin_at(self, distance: FloatArray) -> FloatArray:
        """Return the margin at a distance between the two unit vectors, their chord."""
        return np.asarray(self._cosine - 1.0 + 0.5 * distance**2)


def sun_guard_deg(antenna: Antenna) -> float:
    """Return the guard angle from the Sun's centre: as configured, else from dish and band."""
    if antenna.sun_guard_deg is not None:
        return antenna.sun_guard_deg
    lowest_hz = min(low for low, _ in antenna.receive_bands_hz)
    return GUARD_MARGIN * sun_loss_angle_deg(antenna.dish_diameter_m, lowest_hz, GUARD_LOSS_DB)


@lru_cache(maxsize=256)
def sun_loss_angle_deg(dish_diameter_m: float, frequency_hz: float, loss_db: float) -> float:
    """Return the separation at which the Sun's noise costs so many dB; 0 when it never does."""
    low, high = 0.0, 10.0
    if sun_loss_db(dish_diameter_m, frequency_hz, 0.0) < loss_db:
        return 0.0
    for _ in range(40):
        middle = 0.5 * (low + high)
        if sun_loss_db(dish_diameter_m, frequency_hz, middle) > loss_db:
            low = middle
        else:
            high = middle
    return high


def sun_loss_db(dish_diameter_m: float, frequency_hz: float, separation_deg: float) -> float:
    """Return the loss of signal-to-noise with the Sun's centre so far off the beam.

    A uniform disc of the Sun's flux under a Gaussian main beam; side lobes are left out.
    """
    beam_deg = half_power_beam_deg(dish_diameter_m, frequency_hz)
    wavelength_m = LIGHT_M_S / frequency_hz
    disc_sr = math.pi * math.radians(SUN_RADIUS_DEG) ** 2
    disc_k = SUN_FLUX_W_M2_HZ * wavelength_m**2 / (2.0 * BOLTZMANN_J_K * disc_sr)
    # Rings of the disc, each averaged around; the beam's solid angle makes its integral one.
    radius = (np.arange(24) + 0.5) / 24.0 * SUN_RADIUS_DEG
    around = (np.arange(48) + 0.5) / 48.0 * 2.0 * np.pi
    x = separation_deg + radius[:, None] * np.cos(around)
    y = radius[:, None] * np.sin(around)
    fall = 4.0 * math.log(2.0) / beam_deg**2
    share = np.exp(-fall * (x**2 + y**2)) * radius[:, None]
    weight = (SUN_RADIUS_DEG / 24.0) * (2.0 * np.pi / 48.0)
    noise_k = disc_k * float(np.sum(share)) * weight * fall / math.pi
    return 10.0 * math.log10(1.0 + noise_k / SYSTEM_NOISE_K)


def _passes_by_sun(paths: SkyPaths, guard_deg: float) -> IntArray:
    """Return the passes of which a part comes near the Sun, by the chords between samples."""
    x = np.linspace(-1.0, 1.0, 9)
    directions = paths.sample(x)
    directions /= np.sqrt(np.einsum("pck,pck->pk", directions, directions))[:, None, :]
    begin, end = (
        sun_directions(paths.station, paths.middle_unix_s + side * paths.half_s)
        for side in (-1.0, 1.0)
    )
    sun = 0.5 * (begin + end)[:, :, None] + 0.5 * (end - begin)[:, :, None] * x
    away = directions - sun
    step = np.diff(away, axis=2)
    length2 = np.einsum("pck,pck->pk", step, step)
    bend = np.diff(step, axis=2)
    bulge = 0.25 * np.sqrt(np.max(np.einsum("pck,pck->pk", bend, bend), axis=1))
    along = np.einsum("pck,pck->pk", away[:, :, :-1], step)
    share = np.clip(-along / np.maximum(length2, 1e-30), 0.0, 1.0)
    distance2 = np.einsum("pck,pck->pk", away, away)[:, :-1]
    distance2 = np.min(distance2 + share * (2.0 * along + share * length2), axis=1)
    # The Sun bulges over its chord, too.
    reach = math.radians(guard_deg) + bulge + 0.5 * (_DRIFT_RAD_S * paths.half_s) ** 2
    return np.unique(paths.pass_index[distance2 <= reach**2])


def _norm(vectors: FloatArray) -> FloatArray:
    return np.asarray(np.sqrt(np.einsum("ij,ij->i", vectors, vectors)))


def _least_norm(begin: FloatArray, end: FloatArray) -> FloatArray:
    """Return how near the segments between vectors (n, 3) come to the origin."""
    along = end - begin
    length2 = np.maximum(np.einsum("ij,ij->i", along, along), 1e-30)
    share = np.clip(-np.einsum("ij,ij->i", begin, along) / length2, 0.0, 1.0)
    return _norm(begin + share[:, None] * along)


def _may_meet_sun(batch: PassBatch, guard_deg: float) -> NDArray[np.bool_]:
    """Tell which passes may come near the Sun, by its place at both ends and the azimuths swept."""
    ends = [sun_directions(batch.station, end) for end in (batch.aos_unix_s, batch.los_unix_s)]
    elevation = np.degrees(np.arcsin(np.stack([end[:, 2] for end in ends])))
    reach = guard_deg + 1.0
    may = (np.max(elevation, axis=0) > -reach) & (
        np.min(elevation, axis=0) < batch.max_elevation_deg + reach
    )
    left, right = batch.swept_azimuth_deg
    azimuth = np.degrees(np.arctan2(ends[0][:, 0], ends[0][:, 1]))
    cosine = np.cos(np.radians(np.minimum(np.max(elevation, axis=0) + reach, 89.0)))
    # The Sun itself turns by up to its drift over the cosine of its elevation during the pass.
    slack = (reach + np.degrees(_DRIFT_RAD_S) * (batch.los_unix_s - batch.aos_unix_s)) / cosine
    beyond_left = (azimuth - left + slack) % 360.0
    may &= beyond_left <= right - left + 2.0 * slack
    return np.asarray(may)
