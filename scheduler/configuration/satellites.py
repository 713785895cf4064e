"""The tables of ``satellites.toml`` into satellites and their downlink services."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, get_args

from scheduler.configuration.tables import (
    Place,
    Rule,
    as_tables,
    identifier,
    instant,
    number,
    one_of,
    read_named_tables,
    read_table,
    sequence,
    text,
    truth,
    whole_number,
)
from scheduler.goals import read_standing_goals
from scheduler.satellites import Access, ElementLimits, Satellite, Service, Trim
from scheduler.stations import Polarisation
from tle.offers import SOURCE_NAMES, SourceTerms

_SECONDS = number(0.0, 86_400.0, "s")
_AGE_S = number(1.0, 3_660 * 86_400.0, "s")


def parse_satellites(document: Mapping[str, Any], *, file: str) -> tuple[Satellite, ...]:
    """Read every ``[[satellite]]``; the first fault raises ConfigurationError."""
    place = Place(file)
    read_table(document, {"satellite": as_tables}, place)
    satellites = []
    names: dict[int, str] = {}
    for table, inside in read_named_tables(document, "satellite", place):
        satellite = _parse_satellite(table, inside)
        norad_cat_id = satellite.norad_cat_id
        if norad_cat_id in names:
            reason = f"is also the number of {names[norad_cat_id]!r}; correct one of them"
            raise inside.refuse(reason, key="norad_cat_id", value=norad_cat_id)
        if norad_cat_id is not None:
            names[norad_cat_id] = satellite.id
        satellites.append(satellite)
    return tuple(satellites)


def _parse_satellite(table: Mapping[str, Any], place: Place) -> Satellite:
    values = read_table(table, SATELLITE_RULES, place, required=("id", "name"))
    services = tuple(
        _parse_service(inner, inside)
        for inner, inside in read_named_tables(table, "service", place)
    )
    values.pop("service", None)
    values["element_sources"] = {
        inner["source"]: _parse_terms(inner, inside)
        for inner, inside in read_named_tables(table, "element_source", place, name_key="source")
    }
    values.pop("element_source", None)
    if "element_limits" in values:
        values["element_limits"] = _parse_limits(values["element_limits"], place)
    satellite = Satellite(**values, services=services)
    try:
        read_standing_goals(satellite)
    except ValueError as error:
        raise place.refuse(str(error), key="requests") from error
    if not satellite.served and not satellite.not_served_reason:
        raise place.refuse(
            "is missing: say why the satellite is not served", key="not_served_reason"
        )
    if satellite.served and satellite.not_served_reason:
        reason = "is given for a satellite that is served; add served = false or remove it"
        raise place.refuse(reason, key="not_served_reason", value=satellite.not_served_reason)
    return satellite


def _parse_service(table: Mapping[str, Any], place: Place) -> Service:
    service = Service(**read_table(table, SERVICE_RULES, place, required=("id", "name", "access")))
    if (service.access == "agreement") != bool(service.agreement):
        raise place.refuse(
            "belongs to access = 'agreement' and only there: name the agreement or change access",
            key="agreement",
            value=service.agreement,
        )
    if service.rate_bps is not None and service.rate_by_elevation:
        raise place.refuse(
            "is given together with rate_by_elevation; give one of the two",
            key="rate_bps",
            value=service.rate_bps,
        )
    return service


def _parse_limits(table: Any, place: Place) -> ElementLimits:
    inside = place.inside("element_limits")
    rules = {"ageing_s": _AGE_S, "stale_s": _AGE_S, "expired_s": _AGE_S}
    limits = ElementLimits(**read_table(table, rules, inside))
    if not limits.ageing_s <= limits.stale_s <= limits.expired_s:
        raise inside.refuse("must ascend: ageing_s, stale_s, expired_s")
    return limits


def _parse_terms(table: Mapping[str, Any], place: Place) -> SourceTerms:
    values = read_table(table, TERMS_RULES, place, required=("source",))
    values.pop("source")
    values.pop("provenance", None)
    terms = SourceTerms(**values)
    start_utc, end_utc = terms.valid_from_utc, terms.valid_to_utc
    if start_utc is not None and end_utc is not None and not start_utc < end_utc:
        raise place.refuse("must be after valid_from_utc", key="valid_to_utc", value=end_utc)
    return terms


def _requests(value: Any) -> tuple[Mapping[str, Any], ...]:
    """Accept standing requests as tables; ``scheduler.goals`` reads what they say."""
    if not all(isinstance(request, Mapping) for request in as_tables(value)):
        raise ValueError("must be an array of tables: write it in double brackets")
    return tuple(value)


def _rates(value: Any) -> tuple[tuple[float, float], ...]:
    """Accept pairs [elevation, rate], the elevations ascending."""
    rows: tuple[tuple[float, float], ...] = sequence(_rate_row, at_least=1)(value)
    if any(low >= high for (low, _), (high, _) in pairwise(rows)):
        raise ValueError("must have ascending elevations: [[10, 150e6], [25, 300e6]]")
    return rows


def _rate_row(value: Any) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError("must be pairs [elevation in deg, rate in bit/s]: [[10, 150e6]]")
    return number(-5.0, 90.0, "deg")(value[0]), number(1.0, 1e12, "bit/s")(value[1])


SATELLITE_RULES: Mapping[str, Rule] = {
    "id": identifier,
    "name": text,
    "norad_cat_id": whole_number(1, 999_999_999),
    "object_id": text,
    "other_names": sequence(text),
    "owner": identifier,
    "country": text,
    "operator": text,
    "status": text,
    "priority": number(0.0, 1_000.0, ""),
    "served": truth,
    "not_served_reason": one_of("dead", "decayed", "out_of_band", "no_radio_data", "not_wanted"),
    "not_served_note": text,
    "element_limits": lambda table: table,
    "element_source": as_tables,
    "service": as_tables,
    "requests": _requests,
}

TERMS_RULES: Mapping[str, Rule] = {
    "source": one_of(*SOURCE_NAMES),
    "priority": whole_number(-1_000, 1_000),
    "enabled": truth,
    "expires_after_s": _AGE_S,
    "valid_from_utc": instant,
    "valid_to_utc": instant,
}

SERVICE_RULES: Mapping[str, Rule] = {
    "id": identifier,
    "name": text,
    "access": one_of(*get_args(Access)),
    "agreement": text,
    "centre_hz": number(1e6, 1e11, "Hz"),
    "bandwidth_hz": number(1.0, 1e10, "Hz"),
    "symbol_rate_hz": number(1.0, 1e10, "Hz"),
    "rate_bps": number(1.0, 1e12, "bit/s"),
    "rate_by_elevation": _rates,
    "modulation": text,
    "polarisation": one_of(*get_args(Polarisation)),
    "trim": one_of(*get_args(Trim)),
    "min_contact_s": _SECONDS,
    "lock_s": _SECONDS,
    "command_lead_s": _SECONDS,
}
