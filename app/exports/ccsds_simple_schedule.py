"""A schedule as CCSDS 902.1-B-1 Simple Schedule XML.

Element and attribute names are those of public exporters of this format. They are NOT validated
against the schema in the SANA registry: no copy of it was at hand. Validated is that the XML is
well formed and has the structure of ``tests/app/exports/simple_schedule.xsd``.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import quoteattr

from app.exports.base import ExportFormat, Schedule, ScheduleEntry, clean_text
from tle.revolutions import count_revolution
from tle.timebase import from_unix_s, to_unix_s

NAMESPACE = "urn:ccsds:schema:cssm:1.0.0"
_ORIGINATOR = "Aspan"
_GONE = ("cancelled", "lifted", "missed", "failed")
_LIVE = ("reserved", "preparing", "executing", "post_pass", "completed")
# Where a downlink lies, as the format names it; DS: deep space, NE: near earth.
_BANDS = (
    (2.20e9, 2.29e9, "S-NE"),
    (2.29e9, 2.30e9, "S-DS"),
    (7.75e9, 8.40e9, "X-NE"),
    (8.40e9, 8.45e9, "X-DS"),
    (8.45e9, 8.50e9, "X-NE"),
    (25.5e9, 27.0e9, "Ka-NE"),
    (31.8e9, 32.3e9, "Ka-DS"),
)


def write_simple_schedule(schedule: Schedule) -> Iterator[str]:
    """Yield the header, then a scheduled package an entry; what will not take place is left out."""
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f'<simpleSchedule xmlns="{NAMESPACE}" srvMgtEntityType="SIMPLE_SCHEDULE">\n'
    yield "  <simpleScheduleHeader" + _write_attributes(
        originatingOrganization=_ORIGINATOR,
        generationTime=write_day_of_year(to_unix_s(schedule.generated_utc)),
        status="OPERATIONAL" if schedule.is_booked else "PROVISIONAL",
        inclusionType="START_INCLUSION",
        version="1",
        startTime=write_day_of_year(schedule.start_unix_s),
        endTime=write_day_of_year(schedule.end_unix_s),
    )
    yield "/>\n"
    for entry in schedule.open_entries():
        if entry.state not in _GONE:
            yield _write_package(entry, schedule)
    yield "</simpleSchedule>\n"


def write_day_of_year(unix_s: float) -> str:
    """Write an instant as the format does: ``2026-326T05:00:00.000Z``."""
    instant = from_unix_s(round(unix_s, 3))
    return f"{instant:%Y-%jT%H:%M:%S}.{instant.microsecond // 1000:03d}Z"


def find_status(entry: ScheduleEntry) -> str:
    """Return COMMITTED, TENTATIVE or UNAVAILABLE."""
    if entry.kind == "block":
        return "UNAVAILABLE"
    return "COMMITTED" if entry.state in _LIVE and not entry.tentative else "TENTATIVE"


def _write_package(entry: ScheduleEntry, schedule: Schedule) -> str:
    package = _write_attributes(
        user=entry.satellite_name or entry.owner or entry.station_id,
        comment=entry.note or " ".join((entry.state, *entry.conditions)),
        scheduledPackageId=entry.entry_id,
    )
    activity = _write_attributes(
        scheduledActivityId=entry.entry_id,
        activityStatus=find_status(entry),
        siteRef=entry.station_id,
        apertureRef=f"{entry.station_id}/{entry.antenna_id}",  # unique over all stations
        **_number_orbit(entry, schedule),
        beginningOfActivity=write_day_of_year(entry.reserved_start_unix_s),
        beginningOfTrack=write_day_of_year(entry.start_unix_s),
        endOfTrack=write_day_of_year(entry.end_unix_s),
        endOfActivity=write_day_of_year(entry.reserved_end_unix_s),
    )
    service = ""
    if entry.kind != "block" and entry.service:
        band = _find_band(entry, schedule)
        more = {} if band is None else {"frequencyBand": band}
        service = f"      <serviceInfo{_write_attributes(serviceType='TELEMETRY', **more)}/>\n"
    return (
        f"  <scheduledPackage{package}>\n    <scheduledActivity{activity}>\n{service}"
        "    </scheduledActivity>\n  </scheduledPackage>\n"
    )


def _number_orbit(entry: ScheduleEntry, schedule: Schedule) -> dict[str, str]:
    """Number the revolution at the start of an entry, where its element set counts them."""
    tracked = schedule.find_object(entry) if entry.satellite_id else None
    number = tracked and count_revolution(tracked.elements, entry.start_unix_s)
    return {} if number is None else {"orbitNumber": str(number)}


def _find_band(entry: ScheduleEntry, schedule: Schedule) -> str | None:
    """Name the band of the downlink; None when its frequency is not known or in no named band."""
    satellite = schedule.satellites.get(entry.satellite_id)
    services = () if satellite is None else satellite.services
    centre_hz = next((each.centre_hz for each in services if each.id == entry.service), None)
    if centre_hz is None:
        return None
    return next((name for low, high, name in _BANDS if low <= centre_hz < high), None)


def _write_attributes(**values: str) -> str:
    return "".join(f" {name}={quoteattr(clean_text(text))}" for name, text in values.items())


FORMAT = ExportFormat("application/xml", "xml", write_simple_schedule)
