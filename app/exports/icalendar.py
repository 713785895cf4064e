"""A schedule as iCalendar (RFC 5545): an event is the reserved time, AOS and LOS are in its text.

The UID of an entry never changes and SEQUENCE grows with each change, so a calendar that subscribes
moves its event; what was cancelled stays in the file as CANCELLED.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from icalendar import Alarm, Calendar, Event

from app.exports.base import ExportFormat, Schedule, ScheduleEntry, clean_text
from app.exports.json_plan import write_instant
from tle.timebase import from_unix_s

_CANCELLED = ("cancelled", "lifted")
_UNSURE = ("tentative", "provisional", "conflicting", "drifted")
_END = "END:VCALENDAR\r\n"
_POLL = timedelta(minutes=15)


def write_calendar(schedule: Schedule) -> Iterator[str]:
    """Yield the head, one event an entry, and the end."""
    yield _write_head(schedule)
    for entry in schedule.open_entries():
        yield build_event(entry, schedule).to_ical().decode()
    yield _END


def _write_head(schedule: Schedule) -> str:
    calendar = Calendar()
    calendar.add("prodid", "-//Aspan//Contact plan//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("name", clean_text(schedule.title))
    calendar.add("x-wr-calname", clean_text(schedule.title))
    calendar.add("refresh-interval", _POLL, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT15M")
    return str(calendar.to_ical().decode()).removesuffix(_END)


def build_event(entry: ScheduleEntry, schedule: Schedule) -> Event:
    """Build the event of one entry."""
    event = Event()
    event.add("uid", f"{clean_text(entry.entry_id)}@aspan")
    event.add("dtstamp", schedule.generated_utc)
    event.add("dtstart", from_unix_s(round(entry.reserved_start_unix_s)))
    event.add("dtend", from_unix_s(round(entry.reserved_end_unix_s)))
    event.add("sequence", entry.sequence)
    event.add("status", find_status(entry))
    event.add("transp", "TRANSPARENT" if entry.state in _CANCELLED else "OPAQUE")
    event.add("summary", _summarise(entry))
    event.add("location", clean_text(f"{entry.station_id} / {entry.antenna_id}"))
    event.add("description", "\n".join(_describe(entry)))
    event.add("categories", [clean_text(entry.state)])
    for name in ("satellite_id", "station_id", "antenna_id", "owner", "kind", "state"):
        if getattr(entry, name):
            event.add(f"x-aspan-{name.replace('_', '-')}", clean_text(getattr(entry, name)))
    if entry.kind != "block":
        event.add("x-aspan-start-utc", write_instant(entry.start_unix_s))
        event.add("x-aspan-end-utc", write_instant(entry.end_unix_s))
    if schedule.reminder_s is not None and entry.state not in _CANCELLED:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("trigger", -timedelta(seconds=round(schedule.reminder_s)))
        alarm.add("description", _summarise(entry))
        event.add_component(alarm)
    return event


def find_status(entry: ScheduleEntry) -> str:
    """Return CONFIRMED, TENTATIVE or CANCELLED."""
    if entry.state in _CANCELLED:
        return "CANCELLED"
    unsure = entry.tentative or entry.state == "planned" or set(entry.conditions) & set(_UNSURE)
    return "TENTATIVE" if unsure else "CONFIRMED"


def _summarise(entry: ScheduleEntry) -> str:
    if entry.kind == "block":
        what = "taken" if entry.state == "taken" else "blocked"
        return clean_text(f"{entry.station_id} {entry.antenna_id} {what} {entry.note}")
    what = clean_text(entry.satellite_name) or clean_text(entry.satellite_id)
    return f"{what} over {clean_text(entry.station_id)}"


def _describe(entry: ScheduleEntry) -> Iterator[str]:
    """Yield what an operator wants to read in the calendar, a line each."""
    if entry.satellite_id:
        number = "" if entry.norad_cat_id is None else f" ({entry.norad_cat_id})"
        yield clean_text(f"Satellite {entry.satellite_name}{number}, {entry.service}")
        yield f"Contact {write_instant(entry.start_unix_s)} to {write_instant(entry.end_unix_s)}"
    if entry.aos_unix_s is not None and entry.los_unix_s is not None:
        yield f"AOS {write_instant(entry.aos_unix_s)}, LOS {write_instant(entry.los_unix_s)}"
    if entry.max_elevation_deg is not None:
        yield f"Greatest elevation {entry.max_elevation_deg:.1f} deg"
    yield clean_text(f"State {entry.state} {', '.join(entry.conditions)}")
    if entry.note:
        yield clean_text(f"Note: {entry.note}")


FORMAT = ExportFormat("text/calendar; charset=utf-8", "ics", write_calendar)
