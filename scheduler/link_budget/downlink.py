"""A downlink to a station at one elevation: its budget in the weather of the site, its year."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from scheduler.link_budget.budget import Budget, compute_budget
from scheduler.link_budget.losses import ALMATY, SiteAttenuation
from scheduler.link_budget.modes import ADAPTIVE_MODES, FIXED_MODES, Mode
from scheduler.link_budget.terminals import Transmitter, describe_receiver
from scheduler.stations import Station

EARTH_RADIUS_KM = 6_378.137
MODES = {mode.name: mode for mode in (*FIXED_MODES, *ADAPTIVE_MODES)}
_ALMATY_DEG = (43.24, 76.92)
_ALMATY_REACH_DEG = 0.5
_TABLE_BAND_HZ = (7.5e9, 8.5e9)


@dataclass(frozen=True, slots=True)
class Downlink:
    """A satellite's side of a link: ``altitude_km`` above a round Earth of 6,378 km."""

    transmitter: Transmitter
    mode: Mode
    frequency_hz: float
    bit_rate_bps: float
    altitude_km: float


@dataclass(frozen=True, slots=True)
class DownlinkBudget:
    """A budget at one elevation.

    ``availability_percent`` of a year the attenuation stays below what clear sky leaves over;
    None: no rain statistics of the site, and the budget is one of clear, dry air.
    """

    station_id: str
    elevation_deg: float
    range_km: float
    budget: Budget
    availability_percent: float | None


def find_site_attenuation(station: Station, frequency_hz: float) -> SiteAttenuation | None:
    """Return the rain statistics that come with the product, where they hold."""
    apart = (station.latitude_deg - _ALMATY_DEG[0], station.longitude_deg - _ALMATY_DEG[1])
    is_near = max(map(abs, apart)) <= _ALMATY_REACH_DEG
    return ALMATY if is_near and _TABLE_BAND_HZ[0] <= frequency_hz <= _TABLE_BAND_HZ[1] else None


def slant_range_km(altitude_km: float, elevation_deg: float) -> float:
    """Return the distance to a satellite on a round Earth."""
    rise = EARTH_RADIUS_KM * math.sin(math.radians(elevation_deg))
    above = 2.0 * EARTH_RADIUS_KM * altitude_km + altitude_km**2
    return math.sqrt(rise**2 + above) - rise


def compute_downlink(
    link: Downlink,
    station: Station,
    elevation_deg: float,
    *,
    site: SiteAttenuation | None,
    exceeded_percent: float = 1.0,
    dish_diameter_m: float | None = None,
) -> DownlinkBudget:
    """Compute the budget with the attenuation exceeded for so many percent of a year.

    The first antenna of the station receives; ``dish_diameter_m`` puts another dish in its place.
    Raises ValueError for an elevation outside 0 to 90 deg or a share outside 0 to 100 %.
    """
    if not 0.0 < elevation_deg <= 90.0 or not 0.0 < exceeded_percent < 100.0:
        raise ValueError(
            f"elevation {elevation_deg:g} deg or share {exceeded_percent:g} %: give an elevation "
            "above 0 and up to 90 deg, and a share between 0 and 100 %"
        )
    antenna = station.antennas[0]
    if dish_diameter_m is not None:
        antenna = replace(antenna, dish_diameter_m=dish_diameter_m, g_over_t_db_k=None)
    range_km = slant_range_km(link.altitude_km, elevation_deg)
    gas_db, rest_db, source = 0.0, 0.0, "no statistics of this site: clear, dry air"
    if site is not None:
        gas_db, rest_db = site.split_db(elevation_deg, exceeded_percent)
        source = f"exceeded for {exceeded_percent:g} % of a year; {site.source}"
    budget = compute_budget(
        link.transmitter,
        describe_receiver(antenna, link.frequency_hz),
        link.mode,
        frequency_hz=link.frequency_hz,
        range_km=range_km,
        bit_rate_bps=link.bit_rate_bps,
        gas_db=gas_db,
        attenuation_db=rest_db,
        attenuation_source=source,
    )
    spare_db = budget.margin_db + gas_db + rest_db
    available = None if site is None else site.availability_percent(elevation_deg, spare_db)
    return DownlinkBudget(station.id, elevation_deg, range_km, budget, available)
