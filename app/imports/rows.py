"""One row of an import, whatever the format it came in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.errors import InputError
from app.exports.base import clean_text
from tle.errors import TimeError
from tle.timebase import parse_utc

MOST_ROWS = 10_000
_CANCELLED = frozenset({"cancelled", "canceled", "lifted", "missed", "failed", "completed"})
_LONGEST = 200
# What other systems call the same things; the first name that a row has counts.
_NAMES = {
    "entry_id": ("entry_id", "reservation_id", "contact_id", "uid", "id"),
    "station": ("station_id", "station", "ground_station", "site"),
    "antenna": ("antenna_id", "antenna", "aperture"),
    "satellite": ("satellite_id", "satellite", "norad_cat_id", "satellite_name"),
    "start": ("start_utc", "start", "start_time", "aos_utc", "aos"),
    "end": ("end_utc", "end", "end_time", "los_utc", "los"),
    "reserved_start": ("reserved_start_utc", "reserved_start"),
    "reserved_end": ("reserved_end_utc", "reserved_end"),
    "state": ("state", "status"),
    "note": ("note", "summary", "comment", "why"),
}


@dataclass(frozen=True, slots=True)
class ImportRow:
    """What a row says. ``reserved`` is the time with setup and teardown, where it says so."""

    line: int
    entry_id: str
    station: str
    antenna: str
    satellite: str
    start_utc: datetime
    end_utc: datetime
    reserved_start_utc: datetime | None = None
    reserved_end_utc: datetime | None = None
    note: str = ""
    skip: str = ""  # why the row asks for nothing


@dataclass(frozen=True, slots=True)
class RowFault:
    """A row that cannot be read, and why."""

    line: int
    entry_id: str
    reason: str


def guess_format(text: str) -> str:
    """Tell the format by the beginning of the text."""
    head = text.lstrip()[:20].upper()
    if head.startswith("BEGIN:VCALENDAR"):
        return "icalendar"
    return "json" if head.startswith(("{", "[")) else "csv"


def make_row(line: int, fields: Mapping[str, str]) -> ImportRow | RowFault:
    """Build a row from named texts; a block may have its reserved time alone."""
    found = {name: _find(fields, names) for name, names in _NAMES.items()}
    entry_id = found["entry_id"] or f"line {line}"
    try:
        instants = {
            name: parse_utc(found[name], field=name) if found[name] else None
            for name in ("start", "end", "reserved_start", "reserved_end")
        }
    except TimeError as error:
        return RowFault(line, entry_id, str(error))
    start, end = instants["start"], instants["end"]
    start = start or instants["reserved_start"]
    end = end or instants["reserved_end"]
    if start is None or end is None:
        missing = "start" if start is None else "end"
        return RowFault(line, entry_id, f"{missing}: is missing")
    return check_row(
        ImportRow(
            line=line,
            entry_id=entry_id,
            station=found["station"],
            antenna=found["antenna"],
            satellite=found["satellite"],
            start_utc=start,
            end_utc=end,
            reserved_start_utc=instants["reserved_start"],
            reserved_end_utc=instants["reserved_end"],
            note=found["note"],
            skip=f"it is {found['state']}" if found["state"].lower() in _CANCELLED else "",
        )
    )


def check_row(row: ImportRow) -> ImportRow | RowFault:
    """Require times in order; reserved time goes around the contact."""
    if row.end_utc <= row.start_utc:
        return RowFault(row.line, row.entry_id, "end: is not later than the start")
    if row.reserved_start_utc is not None and row.reserved_start_utc > row.start_utc:
        return RowFault(row.line, row.entry_id, "reserved_start: is later than the start")
    if row.reserved_end_utc is not None and row.reserved_end_utc < row.end_utc:
        return RowFault(row.line, row.entry_id, "reserved_end: is earlier than the end")
    return row


def refuse_too_many(count: int) -> None:
    """Refuse a file with more rows than one import takes."""
    if count > MOST_ROWS:
        raise InputError("text", f"holds more than {MOST_ROWS} rows; split it")


def _find(fields: Mapping[str, str], names: tuple[str, ...]) -> str:
    text = next((fields[name] for name in names if fields.get(name)), "")
    return clean_text(text)[:_LONGEST]
