"""Elements that a caller brings along: a file of element sets, or one ephemeris (OEM).

What is brought counts as it is: no source has a say, and the database stays closed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from app.errors import InputError
from app.services.ephemerides import is_of, track_offers
from app.services.object_choice import ObjectChoice
from app.services.selection import ALL, parse_number, quote
from scheduler.prediction.passes import TrackedObject
from scheduler.satellites import Satellite
from tle.catalogue import ObjectKey, group_by_object, select_for
from tle.elements import ElementSet
from tle.oem import Oem, OemResult
from tle.offers import OEM_TERMS, Offer
from tle.reading import read_elements, read_ephemeris
from tle.reading_result import Refusal

Brought = Sequence[ElementSet] | Oem


@dataclass(frozen=True, slots=True)
class BroughtFile:
    """What a file holds that can be used, and what was refused."""

    content: Brought
    refused: tuple[Refusal, ...] = ()


def read_bytes(path: Path, field: str = "elements") -> bytes:
    """Read a file of the user's; InputError says why it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        reason = f"{path}: {error.strerror}; give a file that can be read"
        raise InputError(field, reason, value=str(path)) from error


def read_file(path: Path, received_utc: datetime) -> BroughtFile:
    """Read a file of element sets or an OEM; InputError when nothing in it can be used."""
    data, source = read_bytes(path), f"file {path.name}"
    ephemeris = read_ephemeris(data, source=source, received_utc=received_utc)
    if ephemeris is not None and ephemeris.message is not None:
        return BroughtFile(ephemeris.message)
    result = ephemeris or read_elements(data, source=source, received_utc=received_utc)
    if isinstance(result, OemResult) or not result.sets:
        reason = "; ".join(str(refusal) for refusal in result.refused[:3]) or "no element sets"
        raise InputError("elements", f"{path}: nothing usable: {reason}", value=str(path))
    return BroughtFile(result.sets, result.refused)


def choose_from(
    brought: Brought,
    names: Sequence[str],
    configured: Sequence[Satellite],
    at_utc: datetime,
    now_utc: datetime,
) -> ObjectChoice:
    """Choose among what was brought; satellites need not be configured.

    ``names`` are ids, catalogue numbers or ``all``; none: all. A satellite that is not configured
    has the id ``norad-NUMBER``, without a number its name.
    """
    if isinstance(brought, Oem):
        return _choose_from_ephemeris(brought, names, configured, at_utc, now_utc)
    groups = group_by_object(brought)
    numbers = {s.norad_cat_id: s for s in configured if s.norad_cat_id is not None}
    satellites = {
        key: numbers.get(group[0].norad_cat_id or 0) or _name_unconfigured(group[0])
        for key, group in groups.items()
    }
    if names and ALL not in names:
        ids = {s.id: s for s in configured}
        keys = dict.fromkeys(_find_object(name, satellites, ids) for name in names)
        satellites = {key: satellites[key] for key in keys}
    objects = (
        TrackedObject(satellite.id, satellite.name, chosen)
        for key, satellite in satellites.items()
        if (chosen := select_for(groups[key], at_utc)) is not None
    )
    return ObjectChoice(tuple(objects), (), tuple(satellites.values()))


def _choose_from_ephemeris(
    message: Oem,
    names: Sequence[str],
    configured: Sequence[Satellite],
    at_utc: datetime,
    now_utc: datetime,
) -> ObjectChoice:
    """Track what an OEM is of; any other name is refused."""
    satellite = next((s for s in configured if is_of(message, s)), None)
    satellite = satellite or _describe_unconfigured(message.object_name, message.object_name, None)
    key: ObjectKey = ("name", message.object_name)
    if ALL not in names:
        for name in names:
            _find_object(name, {key: satellite}, {s.id: s for s in configured})
    offer = Offer(message, OEM_TERMS, satellite.name, satellite.norad_cat_id)
    tracked = track_offers(satellite, (offer,), at_utc, now_utc)
    return ObjectChoice((tracked,) if tracked else (), (), (satellite,))


def _find_object(
    name: str, satellites: Mapping[ObjectKey, Satellite], ids: Mapping[str, Satellite]
) -> ObjectKey:
    number = ids[name].norad_cat_id if name in ids else parse_number(name)
    for key, satellite in satellites.items():
        if satellite.id == name or (number is not None and satellite.norad_cat_id == number):
            return key
    if name not in ids and number is None:
        raise InputError(
            "satellite",
            f"{quote(name)} is neither configured nor a catalogue number; "
            "give an id, a number or all",
            value=name,
        )
    held = [str(value) for _, value in list(satellites)[:5]]
    more = f" and {len(satellites) - 5} more" if len(satellites) > 5 else ""
    raise InputError(
        "satellite",
        f"{name}: the given elements are of other satellites ({', '.join(held)}{more}); "
        "give elements of this one",
        value=name,
    )


def _name_unconfigured(elements: ElementSet) -> Satellite:
    number = elements.norad_cat_id
    if number is not None:
        return _describe_unconfigured(f"norad-{number}", elements.name or f"NORAD {number}", number)
    name = elements.name or elements.object_id or elements.element_set_id
    return _describe_unconfigured(name, name, None)


def _describe_unconfigured(satellite_id: str, name: str, number: int | None) -> Satellite:
    return Satellite(
        id=satellite_id,
        name=name,
        norad_cat_id=number,
        served=False,
        not_served_reason="no_radio_data",
        not_served_note="not configured: name it in satellites.toml to plan contacts",
    )
