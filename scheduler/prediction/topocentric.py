"""Where a satellite stands in a station's sky: azimuth, elevation, range, range rate.

Positions come in TEME and turn into the Earth-fixed frame as ``tle.earth_rotation`` says, so
elevations agree with skyfield's to rounding. No refraction, no light time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from scheduler.stations import Station
from tle.earth_rotation import EARTH_RATE_RAD_S, greenwich_angle_rad, rotate_to_earth
from tle.timebase import FloatArray

EARTH_RADIUS_KM = 6378.137  # WGS84, semi-major axis
EARTH_FLATTENING = 1.0 / 298.257223563  # WGS84
EARTH_ECCENTRICITY_SQUARED = EARTH_FLATTENING * (2.0 - EARTH_FLATTENING)


@dataclass(frozen=True, slots=True)
class Site:
    """A station as vectors in the Earth-fixed frame: its place (km) and its local axes."""

    position_km: FloatArray
    east: FloatArray
    north: FloatArray
    up: FloatArray


@dataclass(frozen=True, slots=True)
class LookAngles:
    """Directions to the satellite, columns of shape (n,). Azimuth from north by east, 0 to 360."""

    azimuth_deg: FloatArray
    elevation_deg: FloatArray
    range_km: FloatArray
    range_rate_km_s: FloatArray


@dataclass(frozen=True, slots=True)
class SubsatellitePoint:
    """The point of the WGS84 ellipsoid below the satellite, columns of shape (n,)."""

    latitude_deg: FloatArray
    longitude_deg: FloatArray
    altitude_km: FloatArray


def build_site(station: Station) -> Site:
    """Turn geodetic coordinates into Earth-fixed vectors; refuse impossible coordinates."""
    latitude, longitude = station.latitude_deg, station.longitude_deg
    for field, value, least, most, unit in (
        ("latitude_deg", latitude, -90.0, 90.0, "deg"),
        ("longitude_deg", longitude, -180.0, 360.0, "deg"),
        ("altitude_m", station.altitude_m, -1_000.0, 20_000.0, "m"),
    ):
        if not least <= value <= most:
            raise ValueError(
                f"station {station.id}: {field} is {value} {unit}; "
                f"give a value from {least:g} to {most:g}"
            )
    phi, lam = math.radians(latitude), math.radians(longitude)
    up = np.array([math.cos(phi) * math.cos(lam), math.cos(phi) * math.sin(lam), math.sin(phi)])
    east = np.array([-math.sin(lam), math.cos(lam), 0.0])
    curvature_km = EARTH_RADIUS_KM / math.sqrt(1.0 - EARTH_ECCENTRICITY_SQUARED * up[2] ** 2)
    altitude_km = station.altitude_m / 1e3
    squash = np.array([1.0, 1.0, 1.0 - EARTH_ECCENTRICITY_SQUARED])
    position_km = (curvature_km * squash + altitude_km) * up
    return Site(position_km, east, np.cross(up, east), up)


def look_angles(
    position_km: FloatArray, velocity_km_s: FloatArray, station: Station, unix_s: FloatArray
) -> LookAngles:
    """Return look angles from TEME positions and velocities, shapes (n, 3), at instants (n,)."""
    site = build_site(station)
    angle_rad = greenwich_angle_rad(unix_s)
    fixed_km = rotate_to_earth(position_km, angle_rad)
    fixed_km_s = rotate_to_earth(velocity_km_s, angle_rad)
    fixed_km_s[:, 0] += EARTH_RATE_RAD_S * fixed_km[:, 1]
    fixed_km_s[:, 1] -= EARTH_RATE_RAD_S * fixed_km[:, 0]
    sight_km = fixed_km - site.position_km
    range_km = np.sqrt(np.einsum("ij,ij->i", sight_km, sight_km))
    east, north, up = sight_km @ site.east, sight_km @ site.north, sight_km @ site.up
    return LookAngles(
        azimuth_deg=np.degrees(np.arctan2(east, north)) % 360.0,
        elevation_deg=np.degrees(np.arctan2(up, np.hypot(east, north))),
        range_km=range_km,
        range_rate_km_s=np.einsum("ij,ij->i", sight_km, fixed_km_s) / range_km,
    )


def azimuth_elevation(
    position_km: FloatArray, site: Site, unix_s: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return azimuths (0 to 360) and elevations in degrees of TEME positions of shape (3, n)."""
    x, y, z = _sight_km(position_km, site, unix_s)
    east, north, up = (
        axis[0] * x + axis[1] * y + axis[2] * z
        for axis in (site.east.tolist(), site.north.tolist(), site.up.tolist())
    )
    return _azimuth_deg(east, north), np.degrees(np.arctan2(up, np.hypot(east, north)))


def azimuths(position_km: FloatArray, site: Site, unix_s: FloatArray) -> FloatArray:
    """Return only the azimuths of TEME positions of shape (3, n)."""
    x, y, z = _sight_km(position_km, site, unix_s)
    east, north = (
        axis[0] * x + axis[1] * y + axis[2] * z
        for axis in (site.east.tolist(), site.north.tolist())
    )
    return _azimuth_deg(east, north)


def _sight_km(
    position_km: FloatArray, site: Site, unix_s: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the Earth-fixed line of sight to TEME positions of shape (3, n)."""
    angle_rad = greenwich_angle_rad(unix_s)
    cosine, sine = np.cos(angle_rad), np.sin(angle_rad)
    px, py, pz = site.position_km.tolist()
    return (
        cosine * position_km[0] + sine * position_km[1] - px,
        cosine * position_km[1] - sine * position_km[0] - py,
        position_km[2] - pz,
    )


def _azimuth_deg(east: FloatArray, north: FloatArray) -> FloatArray:
    azimuth_deg = np.degrees(np.arctan2(east, north))
    azimuth_deg[azimuth_deg < 0.0] += 360.0
    azimuth_deg[azimuth_deg == 360.0] = 0.0  # of a negative too small to be told from zero
    return np.asarray(azimuth_deg)


def subsatellite_point(position_km: FloatArray, unix_s: FloatArray) -> SubsatellitePoint:
    """Return the geodetic point below TEME positions, shape (n, 3), at instants (n,)."""
    fixed_km = rotate_to_earth(position_km, greenwich_angle_rad(unix_s))
    across_km = np.hypot(fixed_km[:, 0], fixed_km[:, 1])
    z_km = fixed_km[:, 2]
    latitude = np.arctan2(z_km, across_km)
    lift_km = np.zeros_like(z_km)
    for _ in range(5):  # Bowring's fixed point; each step gains more than two digits
        sine = np.sin(latitude)
        lift_km = (
            EARTH_ECCENTRICITY_SQUARED
            * EARTH_RADIUS_KM
            * sine
            / np.sqrt(1.0 - EARTH_ECCENTRICITY_SQUARED * sine * sine)
        )
        latitude = np.arctan2(z_km + lift_km, across_km)
    sine = np.sin(latitude)
    curvature_km = EARTH_RADIUS_KM / np.sqrt(1.0 - EARTH_ECCENTRICITY_SQUARED * sine * sine)
    longitude_deg = np.degrees(np.arctan2(fixed_km[:, 1], fixed_km[:, 0]))
    return SubsatellitePoint(
        latitude_deg=np.degrees(latitude),
        longitude_deg=longitude_deg,
        altitude_km=np.hypot(across_km, z_km + lift_km) - curvature_km,
    )
