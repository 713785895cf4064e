"""Events of an iCalendar file (RFC 5545) as rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from icalendar import Calendar

from app.errors import InputError
from app.exports.base import clean_text
from app.imports.rows import ImportRow, RowFault, make_row, refuse_too_many
from tle.errors import TimeError
from tle.timebase import format_utc, require_utc

_BEGIN = "BEGIN:VEVENT"


def read_calendar(text: str) -> list[ImportRow | RowFault]:
    """Read the events in order; ``line`` is the line of their BEGIN:VEVENT.

    Of an event that Aspan wrote the contact's own times are taken, of others the event's.
    """
    try:
        calendar = Calendar.from_ical(text)
    except (ValueError, IndexError, KeyError, TypeError) as error:
        raise InputError("text", f"is not a calendar: {str(error)[:100]}") from error
    lines = [at for at, line in enumerate(text.splitlines(), 1) if line.strip().upper() == _BEGIN]
    events = list(calendar.walk("VEVENT"))
    refuse_too_many(len(events))
    if len(lines) != len(events):
        raise InputError("text", "is not a calendar: an event is cut off or inside another")
    return [_read(line, event) for line, event in zip(lines, events, strict=True)]


def _read(line: int, event: Any) -> ImportRow | RowFault:
    entry_id = clean_text(str(event.get("uid", "")))[:200] or f"line {line}"
    if event.errors:
        name, fault = event.errors[0]
        return RowFault(line, entry_id, clean_text(f"{name}: {fault}")[:200])
    if "rrule" in event or "rdate" in event:
        return RowFault(line, entry_id, "rrule: repeated events are not unrolled; export each one")
    try:
        start_utc = _read_instant(event, "dtstart")
        end_utc = _find_end(event, start_utc)
    except (TimeError, InputError) as error:
        return RowFault(line, entry_id, str(error))
    fields = {
        "entry_id": entry_id,
        "satellite": str(event.get("x-aspan-satellite-id", "") or event.get("summary", "")),
        "station": str(event.get("x-aspan-station-id", "")),
        "antenna": str(event.get("x-aspan-antenna-id", "")),
        "note": str(event.get("summary", "")),
        "state": str(event.get("x-aspan-state", "") or event.get("status", "")),
        "start": str(event.get("x-aspan-start-utc", "")) or format_utc(start_utc),
        "end": str(event.get("x-aspan-end-utc", "")) or format_utc(end_utc),
    }
    if "x-aspan-start-utc" in event:
        fields["reserved_start"] = format_utc(start_utc)
        fields["reserved_end"] = format_utc(end_utc)
    row = make_row(line, fields)
    if isinstance(row, ImportRow) and str(event.get("transp", "")).upper() == "TRANSPARENT":
        return replace(row, skip=row.skip or "the event takes no time (TRANSPARENT)")
    if isinstance(row, ImportRow) and str(event.get("status", "")).upper() == "CANCELLED":
        return replace(row, skip=row.skip or "it is cancelled")
    return row


def _find_end(event: Any, start_utc: datetime) -> datetime:
    if "dtend" in event:
        return _read_instant(event, "dtend")
    if "duration" in event and isinstance(event.decoded("duration"), timedelta):
        length: timedelta = event.decoded("duration")
        return start_utc + length
    raise InputError("dtend", "is missing")


def _read_instant(event: Any, name: str) -> datetime:
    if name not in event:
        raise InputError(name, "is missing")
    value: Any = event.decoded(name)
    if not isinstance(value, datetime):
        raise InputError(name, "is a day without a time; give instants")
    if value.tzinfo is None:
        raise InputError(name, "has no time zone; give UTC (Z) or a TZID")
    return require_utc(value.astimezone(UTC), field=name)
