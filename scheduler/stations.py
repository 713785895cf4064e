"""Ground stations and their antennas as configured: frozen, in physical units, with provenance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Confidence = Literal[
    "sourced", "sourced in part", "computed", "from memory", "assumption", "unknown"
]
Polarisation = Literal["RHCP", "LHCP", "H", "V", "dual"]


@dataclass(frozen=True, slots=True)
class Provenance:
    """Say how far a configured figure may be trusted, and where it comes from."""

    confidence: Confidence
    source: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class HorizonMask:
    """Horizon elevation against azimuth, linear between points, wrapping at north.

    ``azimuth_deg`` strictly ascending in [0, 360); both of the same length, at least one point.
    """

    azimuth_deg: tuple[float, ...]
    elevation_deg: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Downtime:
    """A half-open span in which an antenna serves nobody."""

    start_utc: datetime
    end_utc: datetime
    reason: str = "planned maintenance"


@dataclass(frozen=True, slots=True)
class Antenna:
    """One antenna: where it may point, how fast it moves, what it receives, how long it needs.

    Angles in degrees, rates in deg/s and deg/s^2, azimuth travel as mount angles (a range wider
    than 360 has overlap; None means continuous rotation).
    """

    id: str
    name: str
    mount: Literal["az-el"] = "az-el"
    dish_diameter_m: float = 7.3
    tracking_floor_deg: float = 5.0  # lowest elevation the antenna may point to
    max_elevation_deg: float = 90.0  # above 90 the mount goes over the top
    min_culmination_deg: float = 0.0  # passes that stay below are not worth a contact
    receive_bands_hz: tuple[tuple[float, float], ...] = ((8.025e9, 8.400e9),)
    polarisations: tuple[Polarisation, ...] = ("RHCP", "LHCP")
    azimuth_rate_deg_s: float = 10.0
    azimuth_acceleration_deg_s2: float = 5.0
    elevation_rate_deg_s: float = 5.0
    elevation_acceleration_deg_s2: float = 5.0
    azimuth_travel_deg: tuple[float, float] | None = (-270.0, 270.0)
    tilt_deg: float = 0.0
    tilt_azimuth_deg: float = 0.0
    settle_s: float = 5.0
    setup_s: float = 120.0
    teardown_s: float = 60.0
    min_contact_s: float = 180.0
    split_gap_s: float = 60.0  # a longer loss inside a pass makes two windows
    sun_guard_deg: float | None = None  # None: from dish diameter and band
    sun_forbids: bool = False
    tracking: Literal["program", "auto"] = "program"
    acquisition_half_width_deg: float | None = None  # autotrack: half-width of the scan
    acu_applies_refraction: bool = False
    drive_enabled: bool = False
    stow_azimuth_deg: float = 0.0  # where it rests after a driven contact, mount angles
    stow_elevation_deg: float = 90.0
    g_over_t_db_k: float | None = None
    downtimes: tuple[Downtime, ...] = ()
    provenance: Mapping[str, Provenance] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OwnerShare:
    """An owner of the station and the share of antenna time agreed, in 0..1 per period.

    A ``hard`` share is a limit; else every minute beyond it costs ``price``. What an owner has not
    booked ``release_s`` before the period ends is released to the others.
    """

    owner: str
    name: str
    share: float
    period: Literal["day", "week", "month"] = "week"
    hard: bool = False
    price: float = 0.0
    release_s: float = 86_400.0
    example: bool = True


@dataclass(frozen=True, slots=True)
class Station:
    """A site with its antennas. Latitude and longitude on WGS84, altitude above its ellipsoid."""

    id: str
    name: str
    latitude_deg: float
    longitude_deg: float
    altitude_m: float
    time_zone: str = "UTC"
    enabled: bool = True
    horizon_mask: HorizonMask | None = None
    antennas: tuple[Antenna, ...] = ()
    owners: tuple[OwnerShare, ...] = ()
    provenance: Mapping[str, Provenance] = field(default_factory=dict)
