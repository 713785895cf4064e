"""The tables of ``stations.toml`` into stations, antennas, masks, downtimes and shares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from scheduler.configuration.tables import (
    Place,
    Rule,
    as_tables,
    identifier,
    instant,
    number,
    one_of,
    pair,
    read_named_tables,
    read_table,
    sequence,
    text,
    truth,
)
from scheduler.stations import Antenna, Downtime, HorizonMask, OwnerShare, Polarisation, Station

_FREQUENCY_HZ = number(1e6, 1e11, "Hz")
_SECONDS = number(0.0, 86_400.0, "s")
_ELEVATION_DEG = number(-10.0, 90.0, "deg")


def parse_stations(document: Mapping[str, Any], *, file: str) -> tuple[Station, ...]:
    """Read every ``[[station]]``; the first fault raises ConfigurationError."""
    place = Place(file)
    read_table(document, {"station": as_tables}, place)
    return tuple(
        _parse_station(table, inside)
        for table, inside in read_named_tables(document, "station", place)
    )


def _parse_station(table: Mapping[str, Any], place: Place) -> Station:
    values = read_table(table, STATION_RULES, place, required=_STATION_REQUIRED)
    antennas = tuple(
        _parse_antenna(inner, inside)
        for inner, inside in read_named_tables(table, "antenna", place)
    )
    owners = tuple(
        OwnerShare(**read_table(inner, OWNER_RULES, inside, required=("owner", "name", "share")))
        for inner, inside in read_named_tables(table, "owner", place, name_key="owner")
    )
    if values.get("enabled", True) and not antennas:
        raise place.refuse(
            "an enabled station needs at least one [[station.antenna]]", key="antenna"
        )
    for owner in owners:
        if owner.hard and owner.period == "day":
            raise place.refuse(
                f"the daily share of {owner.owner} is hard; daily shares are soft: "
                "give it a price, or a week or month",
                key="owner",
            )
    if sum(owner.share for owner in owners) > 1 + 1e-9:
        total = sum(owner.share for owner in owners)
        raise place.refuse(f"shares sum to {total:g}; lower them to 1 or less", key="owner")
    values.pop("antenna", None)
    values.pop("owner", None)
    return Station(**values, antennas=antennas, owners=owners)


def _parse_antenna(table: Mapping[str, Any], place: Place) -> Antenna:
    values = read_table(table, ANTENNA_RULES, place, required=("id", "name"))
    continuous = values.pop("azimuth_continuous", False)
    if continuous and "azimuth_travel_deg" in values:
        raise place.refuse(
            "is true beside azimuth_travel_deg; keep one of the two",
            key="azimuth_continuous",
        )
    if continuous:
        values["azimuth_travel_deg"] = None
    downtimes = tuple(
        _parse_downtime(inner, place.inside(f"downtime no. {count}"))
        for count, inner in enumerate(values.pop("downtime", ()), start=1)
    )
    antenna = Antenna(**values, downtimes=downtimes)
    if antenna.tracking_floor_deg >= antenna.max_elevation_deg:
        raise place.refuse(
            f"must be below max_elevation_deg ({antenna.max_elevation_deg:g} deg)",
            key="tracking_floor_deg",
            value=antenna.tracking_floor_deg,
        )
    _check_stow(antenna, values, place)
    return antenna


def _check_stow(antenna: Antenna, values: Mapping[str, Any], place: Place) -> None:
    """Refuse a stow position that the antenna may not point to."""
    low, high = antenna.azimuth_travel_deg or (-720.0, 720.0)
    if not low <= antenna.stow_azimuth_deg <= high and "stow_azimuth_deg" in values:
        raise place.refuse(
            f"must be inside azimuth_travel_deg ({low:g} to {high:g} deg)",
            key="stow_azimuth_deg",
            value=antenna.stow_azimuth_deg,
        )
    low, high = antenna.tracking_floor_deg, antenna.max_elevation_deg
    if not low <= antenna.stow_elevation_deg <= high and "stow_elevation_deg" in values:
        raise place.refuse(
            f"must be from tracking_floor_deg to max_elevation_deg ({low:g} to {high:g} deg)",
            key="stow_elevation_deg",
            value=antenna.stow_elevation_deg,
        )


def _parse_downtime(table: Mapping[str, Any], place: Place) -> Downtime:
    rules = {"start_utc": instant, "end_utc": instant, "reason": text}
    downtime = Downtime(**read_table(table, rules, place, required=("start_utc", "end_utc")))
    if not downtime.start_utc < downtime.end_utc:
        raise place.refuse("must be after start_utc", key="end_utc", value=table["end_utc"])
    return downtime


def _horizon_mask(value: Any) -> HorizonMask:
    """Accept [[azimuth_deg, elevation_deg], ...], azimuth ascending in [0, 360)."""
    if not isinstance(value, list) or not value:
        raise ValueError("must be a list of points: [[azimuth_deg, elevation_deg], ...]")
    points = []
    for point in value:
        if not isinstance(point, list) or len(point) != 2:
            raise ValueError(f"point {point!r}: must be [azimuth_deg, elevation_deg]")
        try:
            points.append((number(0.0, 360.0, "deg")(point[0]), _ELEVATION_DEG(point[1])))
        except ValueError as error:
            raise ValueError(f"point {point!r}: {error}") from error
        if points[-1][0] >= 360.0:
            raise ValueError(f"point {point!r}: azimuth 360 is azimuth 0; leave the point out")
        if len(points) > 1 and points[-2][0] >= points[-1][0]:
            raise ValueError(f"point {point!r}: azimuth must ascend; sort the points")
    azimuth_deg, elevation_deg = zip(*points, strict=True)
    return HorizonMask(azimuth_deg, elevation_deg)


def _time_zone(value: Any) -> str:
    """Accept a name of the IANA time zone database."""
    try:
        ZoneInfo(text(value))
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError("must be a name such as 'Asia/Almaty'; correct the spelling") from error
    return str(value)


_STATION_REQUIRED = ("id", "name", "latitude_deg", "longitude_deg", "altitude_m")
STATION_RULES: Mapping[str, Rule] = {
    "id": identifier,
    "name": text,
    "enabled": truth,
    "latitude_deg": number(-90.0, 90.0, "deg"),
    "longitude_deg": number(-180.0, 180.0, "deg"),
    "altitude_m": number(-500.0, 9_000.0, "m"),
    "time_zone": _time_zone,
    "horizon_mask": _horizon_mask,
    "antenna": as_tables,
    "owner": as_tables,
}

OWNER_RULES: Mapping[str, Rule] = {
    "owner": identifier,
    "name": text,
    "share": number(0.0, 1.0, "of the antenna time"),
    "period": one_of("day", "week", "month"),
    "hard": truth,
    "price": number(0.0, 1e9, ""),
    "release_s": number(0.0, 31 * 86_400.0, "s"),
    "example": truth,
}

ANTENNA_RULES: Mapping[str, Rule] = {
    "id": identifier,
    "name": text,
    "mount": one_of("az-el"),
    "dish_diameter_m": number(0.1, 100.0, "m"),
    "tracking_floor_deg": number(-5.0, 89.0, "deg"),
    "max_elevation_deg": number(1.0, 190.0, "deg"),
    "min_culmination_deg": number(0.0, 90.0, "deg"),
    "receive_bands_hz": sequence(pair(_FREQUENCY_HZ), at_least=1),
    "polarisations": sequence(one_of(*get_args(Polarisation)), at_least=1),
    "azimuth_rate_deg_s": number(0.01, 100.0, "deg/s"),
    "azimuth_acceleration_deg_s2": number(0.01, 100.0, "deg/s^2"),
    "elevation_rate_deg_s": number(0.01, 100.0, "deg/s"),
    "elevation_acceleration_deg_s2": number(0.01, 100.0, "deg/s^2"),
    "azimuth_travel_deg": pair(number(-720.0, 720.0, "deg")),
    "azimuth_continuous": truth,
    "tilt_deg": number(0.0, 45.0, "deg"),
    "tilt_azimuth_deg": number(0.0, 360.0, "deg"),
    "settle_s": _SECONDS,
    "setup_s": _SECONDS,
    "teardown_s": _SECONDS,
    "min_contact_s": _SECONDS,
    "split_gap_s": _SECONDS,
    "sun_guard_deg": number(0.0, 20.0, "deg"),
    "sun_forbids": truth,
    "tracking": one_of("program", "auto"),
    "acquisition_half_width_deg": number(0.0, 20.0, "deg"),
    "acu_applies_refraction": truth,
    "drive_enabled": truth,
    "stow_azimuth_deg": number(-720.0, 720.0, "deg"),
    "stow_elevation_deg": number(-5.0, 90.0, "deg"),
    "g_over_t_db_k": number(-50.0, 80.0, "dB/K"),
    "downtime": as_tables,
}
