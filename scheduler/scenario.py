"""What-if changes to the inputs of a plan: read strictly, applied to stations and satellites."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from scheduler.satellites import Satellite
from scheduler.stations import Antenna, Downtime, HorizonMask, Station
from tle.timebase import parse_utc

ADDED = "-added"  # ends the id of an antenna that does not exist


@dataclass(frozen=True, slots=True)
class Outage:
    """An antenna (STATION/ANTENNA) that serves nobody in a span."""

    antenna: str
    start_utc: datetime
    end_utc: datetime


@dataclass(frozen=True, slots=True)
class Changes:
    """What is different in a scenario; empty: nothing.

    ``second_antennas`` names antennas (STATION/ANTENNA) that get a twin; ``lower_mask_deg`` lowers
    the horizon mask of every station; ``priorities`` maps satellites to their new priority.
    """

    without: tuple[str, ...] = ()
    including: tuple[str, ...] = ()
    pins: tuple[str, ...] = ()
    forbids: tuple[str, ...] = ()
    second_antennas: tuple[str, ...] = ()
    outages: tuple[Outage, ...] = ()
    lower_mask_deg: float = 0.0
    priorities: tuple[tuple[str, float], ...] = ()

    @property
    def is_hypothetical(self) -> bool:
        """Tell whether the plan needs what does not exist: it can be compared, not promoted."""
        return bool(self.second_antennas) or self.lower_mask_deg > 0

    def __bool__(self) -> bool:
        return self != Changes()


def read_changes(table: Mapping[str, Any], place: str = "changes") -> Changes:
    """Read changes from JSON; raise ValueError that names place and key."""
    known = {
        "without", "with", "pins", "forbids", "second_antenna", "outages", "lower_mask_deg",
        "priorities",
    }  # fmt: skip
    for key in table:
        if key not in known:
            raise ValueError(f"{place}.{key}: unknown key; known are {', '.join(sorted(known))}")
    lower_mask_deg = _read_number(table.get("lower_mask_deg", 0.0), f"{place}.lower_mask_deg")
    if not 0.0 <= lower_mask_deg <= 20.0:
        raise ValueError(f"{place}.lower_mask_deg: {lower_mask_deg:g} deg is outside 0 to 20 deg")
    priorities = table.get("priorities", {})
    if not isinstance(priorities, Mapping):
        raise ValueError(f"{place}.priorities: {priorities!r} is no table of satellites")
    outages = table.get("outages", [])
    if not isinstance(outages, list | tuple):
        raise ValueError(f"{place}.outages: {outages!r} is no list of outages")
    return Changes(
        without=_read_names(table.get("without", ()), f"{place}.without"),
        including=_read_names(table.get("with", ()), f"{place}.with"),
        pins=_read_names(table.get("pins", ()), f"{place}.pins"),
        forbids=_read_names(table.get("forbids", ()), f"{place}.forbids"),
        second_antennas=_read_names(table.get("second_antenna", ()), f"{place}.second_antenna"),
        outages=tuple(
            _read_outage(item, f"{place}.outages[{at}]") for at, item in enumerate(outages)
        ),
        lower_mask_deg=lower_mask_deg,
        priorities=tuple(
            (str(name), _read_priority(value, f"{place}.priorities.{name}"))
            for name, value in priorities.items()
        ),
    )


def write_changes(changes: Changes) -> dict[str, Any]:
    """Write changes as JSON-ready values; what is not changed is left out."""
    values: dict[str, Any] = {
        "without": list(changes.without),
        "with": list(changes.including),
        "pins": list(changes.pins),
        "forbids": list(changes.forbids),
        "second_antenna": list(changes.second_antennas),
        "outages": [
            {
                "antenna": item.antenna,
                "start": item.start_utc.isoformat(),
                "end": item.end_utc.isoformat(),
            }
            for item in changes.outages
        ],
        "lower_mask_deg": changes.lower_mask_deg,
        "priorities": dict(changes.priorities),
    }
    return {name: value for name, value in values.items() if value}


def change_stations(stations: Sequence[Station], changes: Changes) -> tuple[Station, ...]:
    """Apply antennas, outages and mask; raise ValueError when an antenna is not among them."""
    known = {f"{station.id}/{item.id}" for station in stations for item in station.antennas}
    for name in (*changes.second_antennas, *(outage.antenna for outage in changes.outages)):
        if name not in known:
            raise ValueError(
                f"antenna {name!r} is not planned; use one of {', '.join(sorted(known))}"
            )
    return tuple(_change_station(station, changes) for station in stations)


def change_satellites(satellites: Sequence[Satellite], changes: Changes) -> tuple[Satellite, ...]:
    """Apply priorities; what was added is served whatever the file says."""
    priorities = dict(changes.priorities)
    known = {satellite.id for satellite in satellites}
    for name in priorities:
        if name not in known:
            raise ValueError(f"priorities.{name}: the satellite is not planned")
    return tuple(
        replace(
            satellite,
            priority=priorities.get(satellite.id, satellite.priority),
            served=satellite.served or satellite.id in changes.including,
        )
        for satellite in satellites
        if satellite.id not in changes.without
    )


def _change_station(station: Station, changes: Changes) -> Station:
    antennas: list[Antenna] = []
    for antenna in station.antennas:
        name = f"{station.id}/{antenna.id}"
        downs = tuple(
            Downtime(item.start_utc, item.end_utc, "what-if")
            for item in changes.outages
            if item.antenna == name
        )
        antennas.append(replace(antenna, downtimes=(*antenna.downtimes, *downs)))
        if name in changes.second_antennas:
            antennas.append(replace(antenna, id=f"{antenna.id}{ADDED}"))
    mask = station.horizon_mask
    if mask is not None and changes.lower_mask_deg > 0:
        lowered = tuple(edge - changes.lower_mask_deg for edge in mask.elevation_deg)
        mask = HorizonMask(mask.azimuth_deg, lowered)
    return replace(station, antennas=tuple(antennas), horizon_mask=mask)


def _read_names(value: Any, place: str) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list | tuple) or not all(
        isinstance(item, str) and item for item in value
    ):
        raise ValueError(f"{place}: {value!r} is no list of names")
    return tuple(value)


def _read_number(value: Any, place: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{place}: {value!r} is not a number")
    return float(value)


def _read_priority(value: Any, place: str) -> float:
    number = _read_number(value, place)
    if number < 0:
        raise ValueError(f"{place}: {number:g} is negative")
    return number


def _read_outage(value: Any, place: str) -> Outage:
    if not isinstance(value, Mapping) or set(value) != {"antenna", "start", "end"}:
        raise ValueError(f"{place}: give antenna (STATION/ANTENNA), start and end")
    start_utc = parse_utc(str(value["start"]), field=f"{place}.start")
    end_utc = parse_utc(str(value["end"]), field=f"{place}.end")
    if end_utc <= start_utc:
        raise ValueError(f"{place}.end: {value['end']} is not after the start")
    return Outage(str(value["antenna"]), start_utc, end_utc)
