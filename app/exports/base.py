"""The contract of an export: a schedule goes in, text comes out piece by piece.

A schedule is what a plan proposes, what is booked, or one pass. Every format takes the same one, so
a new format is one file and one line in ``__init__``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from app.errors import InputError
from scheduler.prediction.passes import TrackedObject
from scheduler.satellites import Satellite
from scheduler.stations import Antenna, Station

EntryKind = Literal["contact", "block", "pass"]

# What a name must never bring into a file: control characters, lone surrogates, noncharacters,
# line and paragraph separators, and the marks that turn the direction of reading.
_BREAKS = re.compile("[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+")
_FORBIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufeff"
    + "".join(
        f"{chr(plane * 0x10000 + 0xFFFE)}{chr(plane * 0x10000 + 0xFFFF)}" for plane in range(17)
    )
    + "]"
)


@dataclass(frozen=True, slots=True)
class ScheduleEntry:
    """One contact, blocked span or pass. A block has no satellite and no AOS.

    ``record`` is the entry as JSON-ready fields, named as in docs/interfaces.md. ``sequence`` grows
    with every change of a booking.
    """

    entry_id: str
    kind: EntryKind
    state: str
    station_id: str
    antenna_id: str
    owner: str
    reserved_start_unix_s: float
    start_unix_s: float
    end_unix_s: float
    reserved_end_unix_s: float
    satellite_id: str = ""
    satellite_name: str = ""
    norad_cat_id: int | None = None
    service: str = ""
    aos_unix_s: float | None = None
    los_unix_s: float | None = None
    max_elevation_deg: float | None = None
    element_set_id: str = ""
    tentative: bool = False
    conditions: tuple[str, ...] = ()
    note: str = ""
    sequence: int = 0
    record: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Schedule:
    """What is exported. ``open_entries`` starts a fresh walk over the entries in order of time.

    ``find_object`` gives the orbit that serves an entry: the newest elements, or those it was
    planned with; None when they are not kept. ``step_s`` is the distance of the samples of pointing
    files, ephemerides and ground tracks. ``wanted_ids`` are the entries asked for by name.
    """

    schedule_id: str
    title: str
    is_booked: bool
    generated_utc: datetime
    start_unix_s: float
    end_unix_s: float
    open_entries: Callable[[], Iterator[ScheduleEntry]]
    stations: Mapping[str, Station]
    satellites: Mapping[str, Satellite]
    find_object: Callable[[ScheduleEntry], TrackedObject | None]
    step_s: float = 10.0
    reminder_s: float | None = None
    header: Mapping[str, Any] = field(default_factory=dict)
    wanted_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """One format: ``write`` yields the text in pieces and holds few entries at a time."""

    media_type: str
    suffix: str
    write: Callable[[Schedule], Iterator[str]]


def clean_text(text: str) -> str:
    """Return a text in one line without anything that only a machine would see."""
    return _FORBIDDEN.sub("", _BREAKS.sub(" ", text)).strip()


def find_antenna(schedule: Schedule, entry: ScheduleEntry) -> tuple[Station, Antenna]:
    """Return station and antenna of an entry; of an array its first antenna."""
    station = schedule.stations.get(entry.station_id)
    first = entry.antenna_id.partition("+")[0]
    for antenna in () if station is None else station.antennas:
        if station is not None and antenna.id == first:
            return station, antenna
    raise InputError(
        "station",
        f"{entry.station_id}/{first} of {entry.entry_id} is not configured; "
        "give the stations file that it was planned with",
        value=entry.station_id,
    )


def require_object(schedule: Schedule, entry: ScheduleEntry) -> TrackedObject:
    """Return the orbit of an entry, or say that it is gone."""
    found = schedule.find_object(entry)
    if found is None:
        raise InputError(
            "elements",
            f"element set {entry.element_set_id} of {entry.satellite_id} is not kept; "
            "ask for the newest elements",
            value=entry.element_set_id,
        )
    return found
