"""The track of a satellite over a station: what to point at, at what frequency, instant by instant.

Geometry is that of the pass search (no refraction); pointing adds it, once, unless the antenna's
control unit does so itself. Every track says which.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from scheduler.prediction.mount import fitting_wraps_deg, mount_angles_deg
from scheduler.prediction.refraction import refraction_deg
from scheduler.prediction.sun import is_sunlit, sun_directions
from scheduler.prediction.topocentric import look_angles, subsatellite_point
from scheduler.satellites import Service
from scheduler.stations import Antenna, Station
from scheduler.units import LIGHT_KM_S, free_space_loss_db
from tle.elements import ElementSet
from tle.errors import PropagationError
from tle.propagation import ERROR_REASONS, Ephemeris, Sgp4Ephemeris
from tle.timebase import FloatArray, format_utc, from_unix_s

Refraction = Literal["added", "left_to_control_unit", "none"]


@dataclass(frozen=True, slots=True)
class Track:
    """Columns of shape (n,) at instants; angles in degrees, ``services`` by id.

    ``azimuth_deg`` and ``elevation_deg`` are geometric. ``pointing_elevation_deg`` is what to send
    to the antenna; ``refraction`` says whether it contains refraction. ``mount_azimuth_deg`` is
    unwrapped, inside the azimuth travel where any wrap fits; both mount angles follow the pointing
    in the mount's own (tilted) frame. ``doppler_hz`` is received minus transmitted frequency;
    ``path_loss_db`` is free-space loss. ``sun_angle_deg`` is between Sun and satellite as seen.
    """

    station_id: str
    antenna_id: str
    unix_s: FloatArray
    azimuth_deg: FloatArray
    elevation_deg: FloatArray
    refraction: Refraction
    pointing_elevation_deg: FloatArray
    mount_azimuth_deg: FloatArray
    mount_elevation_deg: FloatArray
    range_km: FloatArray
    range_rate_km_s: FloatArray
    sun_angle_deg: FloatArray
    sun_elevation_deg: FloatArray
    sunlit: NDArray[np.bool_]
    latitude_deg: FloatArray
    longitude_deg: FloatArray
    altitude_km: FloatArray
    doppler_hz: Mapping[str, FloatArray]
    path_loss_db: Mapping[str, FloatArray]

    def __len__(self) -> int:
        return len(self.unix_s)


def sample_instants(start_unix_s: float, end_unix_s: float, step_s: float) -> FloatArray:
    """Return instants from start on at every step, and the end itself; shape (n,)."""
    if not step_s > 0.0:
        raise ValueError(f"step_s: {step_s} s is not positive; give a step such as 1 or 10")
    if end_unix_s < start_unix_s:
        raise ValueError("end: lies before the start; give an end later than the start")
    inner = np.arange(start_unix_s, end_unix_s - 1e-6, step_s)
    return np.append(inner, end_unix_s)


def compute_track(
    orbit: ElementSet | Ephemeris,
    station: Station,
    unix_s: FloatArray,
    *,
    antenna: Antenna | None = None,
    services: Sequence[Service] = (),
    refract: bool = True,
) -> Track:
    """Compute the track at ascending instants, shape (n,).

    ``antenna`` (default: the station's first) gives mount, travel and who applies refraction;
    ``refract`` False asks for geometry alone. Services without a centre frequency get no Doppler.
    Raises PropagationError when the orbit gives no position at an instant.
    """
    unix_s = np.atleast_1d(np.asarray(unix_s, dtype=np.float64))
    r_km, v_km_s = _propagate(orbit, unix_s)
    antenna = antenna or (station.antennas[0] if station.antennas else Antenna("", ""))
    look = look_angles(r_km, v_km_s, station, unix_s)
    pointing_deg, refraction = _refract(look.elevation_deg, station, antenna, refract)
    mount_azimuth_deg, mount_elevation_deg = mount_angles_deg(
        _to_directions(look.azimuth_deg, pointing_deg), antenna
    )
    wraps_deg = fitting_wraps_deg(mount_azimuth_deg, antenna) or (0.0,)
    sun = sun_directions(station, unix_s)
    towards = _to_directions(look.azimuth_deg, look.elevation_deg)
    below = subsatellite_point(r_km, unix_s)
    known = {item.id: item.centre_hz for item in services if item.centre_hz is not None}
    return Track(
        station_id=station.id,
        antenna_id=antenna.id,
        unix_s=unix_s,
        azimuth_deg=look.azimuth_deg,
        elevation_deg=look.elevation_deg,
        refraction=refraction,
        pointing_elevation_deg=pointing_deg,
        mount_azimuth_deg=mount_azimuth_deg + wraps_deg[0],
        mount_elevation_deg=mount_elevation_deg,
        range_km=look.range_km,
        range_rate_km_s=look.range_rate_km_s,
        sun_angle_deg=_angle_deg(sun, towards),
        sun_elevation_deg=np.degrees(np.arcsin(np.clip(sun[:, 2], -1.0, 1.0))),
        sunlit=is_sunlit(r_km, unix_s),
        latitude_deg=below.latitude_deg,
        longitude_deg=below.longitude_deg,
        altitude_km=below.altitude_km,
        doppler_hz={key: -hz * look.range_rate_km_s / LIGHT_KM_S for key, hz in known.items()},
        path_loss_db={key: free_space_loss_db(look.range_km, hz) for key, hz in known.items()},
    )


def _propagate(orbit: ElementSet | Ephemeris, unix_s: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return TEME km and km/s, (n, 3) each; raise when an instant has no position."""
    ephemeris = Sgp4Ephemeris(orbit) if isinstance(orbit, ElementSet) else orbit
    r_km, v_km_s, error = ephemeris.position_velocity(unix_s)
    if np.any(error):
        first = int(np.flatnonzero(error)[0])
        raise PropagationError(
            f"no position at {format_utc(from_unix_s(float(unix_s[first])))}: "
            f"{ERROR_REASONS.get(int(error[first]), 'unknown error')}"
        )
    return r_km, v_km_s


def _refract(
    elevation_deg: FloatArray, station: Station, antenna: Antenna, refract: bool
) -> tuple[FloatArray, Refraction]:
    """Return the elevation to send to the antenna, and whether it contains refraction."""
    if not refract:
        return elevation_deg, "none"
    if antenna.acu_applies_refraction:
        return elevation_deg, "left_to_control_unit"
    lifted_deg = elevation_deg + refraction_deg(elevation_deg, station.altitude_m)
    return np.minimum(lifted_deg, 90.0), "added"


def _to_directions(azimuth_deg: FloatArray, elevation_deg: FloatArray) -> FloatArray:
    azimuth, elevation = np.radians(azimuth_deg), np.radians(elevation_deg)
    level = np.cos(elevation)
    return np.column_stack([np.sin(azimuth) * level, np.cos(azimuth) * level, np.sin(elevation)])


def _angle_deg(one: FloatArray, other: FloatArray) -> FloatArray:
    """Return angles between unit vectors (n, 3), exact for small ones too."""
    apart, together = one - other, one + other
    half = np.arctan2(np.linalg.norm(apart, axis=1), np.linalg.norm(together, axis=1))
    return np.asarray(2.0 * np.degrees(half))
