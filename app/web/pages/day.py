"""The day: what happens next, is anything wrong, why not my pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from app.store.reservation_rows import Reservation
from app.web import contact_rows, formatting, words
from app.web.attention import find_attention
from app.web.visit import Visit, VisitDep, render
from scheduler.contact_states import BOOKED_STATES
from scheduler.plan import ContactPlan
from scheduler.reasons import REASONS
from scheduler.stations import Antenna, Station
from tle.timebase import format_utc, to_unix_s

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
_MOST_BOOKED = 2_000
_LEAD = timedelta(hours=1)
_SOON = timedelta(days=1)
_LEAST_SHOWN = 12  # contacts in the table at once, however far away they are
EXPORTS = (
    ("icalendar", "iCalendar"),
    ("csv", "CSV"),
    ("json", "JSON"),
    ("ccsds-schedule", "CCSDS"),
    ("pointing", "pointing"),
    ("oem", "OEM"),
    ("omm", "OMM"),
    ("geojson", "GeoJSON"),
)


@router.get("/")
def show_day(
    visit: VisitDep, plan: Annotated[str | None, Query(max_length=100)] = None
) -> HTMLResponse:
    """Show a station's day: next contact, what needs attention, timeline, tables."""
    application, station = visit.application, visit.station
    now_utc = application.clock()
    shown = visit.read_plan(plan)
    booked = _list_reservations(visit, BOOKED_STATES)
    rows = contact_rows.list_contacts(
        shown, booked, station.id, application.configuration, to_unix_s(now_utc)
    )
    reasons = visit.say_all(REASONS)
    context: dict[str, Any] = {
        "plan": contact_rows.summarise(shown) if shown else None,
        "failure": visit.read_failure() if shown is None else "",
        "contacts": rows,
        "not_taken": contact_rows.list_skipped(
            shown, station.id, application.configuration, reasons
        )
        if shown
        else [],
        "banner": contact_rows.warn_of_old_elements(rows, visit.translations),
        "attention": find_attention(
            application,
            visit.translations,
            booked,
            _list_reservations(visit, ("cancelled",)),
            now_utc,
            partial(_link_to_booked, visit),
        ),
        "soon": max(_LEAST_SHOWN, sum(row.start_utc < now_utc + _SOON for row in rows)),
        "key_list": [(keys, visit.say(text)) for keys, text in words.KEYS],
        "states": visit.say_all(words.STATES),
        "conditions": visit.say_all(words.CONDITIONS),
        "plan_status": visit.say_all(words.PLAN_STATUS),
        "owners": _name_owners(visit.station),
        "blocks": _list_reservations(visit, ("blocked",)),
        "select_link": partial(_link_to, visit),
        "current_contact": next((row for row in rows if row.start_utc <= now_utc), None),
        "next_contact": next((row for row in rows if row.start_utc > now_utc), None),
        "script_words": visit.say_all(words.DAY)
        | {
            "reasons": reasons,
            "states": visit.say_all(words.STATES),
            "conditions": visit.say_all(words.CONDITIONS),
        },
        "script_data": _describe_page(visit, shown),
    }
    return render(visit, "day.html", context)


def _list_reservations(visit: Visit, states: Sequence[str]) -> tuple[Reservation, ...]:
    """List what holds the station's antennas from now on; of other owners' contacts, nothing."""
    if not visit.principal.may("viewer"):
        return ()
    found, _ = visit.application.store.reservations.list(
        start_utc=visit.application.clock(),
        station_ids=[visit.station.id],
        states=states,
        limit=_MOST_BOOKED,
    )
    return tuple(item for item in found if item.kind == "block" or visit.principal.sees(item.owner))


def _link_to(visit: Visit, row: contact_rows.ContactRow) -> str:
    return _write_link(visit, row.contact_id, row.start_utc)


def _link_to_booked(visit: Visit, item: Reservation) -> str:
    return _write_link(visit, item.reservation_id, item.reserved_start_utc)


def _write_link(visit: Visit, name: str, start_utc: datetime) -> str:
    """Return the address that shows a contact on the timeline."""
    query = {**visit.request.query_params, "select": name}
    query["from"] = format_utc(start_utc - _LEAD)
    query["to"] = format_utc(start_utc + 3 * _LEAD)
    return f"/?{urlencode(query)}#timeline"


def _name_owners(station: Station) -> dict[str, str]:
    return {share.owner: share.name for share in station.owners}


def _describe_page(visit: Visit, shown: ContactPlan | None) -> dict[str, Any]:
    """Tell the scripts what the page is about."""
    return {
        "plan_id": shown.plan_id if shown else None,
        "station": _describe_station(visit.station),
        "zone_name": formatting.format_zone(visit.station.time_zone, visit.language),
        "month_days": formatting.list_month_days(visit.language),
        "names": visit.application.configuration.satellite_names,
        "owners": _name_owners(visit.station),
        "exports": EXPORTS,
        "stations": [
            _describe_place(each)
            for each in visit.application.configuration.stations
            if each.enabled
        ],
        "may": {role: visit.principal.may(role) for role in ("viewer", "operator", "scheduler")}
        | {"block": visit.principal.may_for_all("operator")},
    }


def _describe_place(station: Station) -> dict[str, Any]:
    return {
        "id": station.id,
        "name": station.name,
        "latitude_deg": station.latitude_deg,
        "longitude_deg": station.longitude_deg,
    }


def _describe_station(station: Station) -> dict[str, Any]:
    mask = station.horizon_mask
    return _describe_place(station) | {
        "altitude_m": station.altitude_m,
        "time_zone": station.time_zone,
        "mask": asdict(mask) if mask else None,
        "antennas": [_describe_antenna(each) for each in station.antennas],
    }


def _describe_antenna(antenna: Antenna) -> dict[str, Any]:
    return {
        "id": antenna.id,
        "name": antenna.name,
        "tracking_floor_deg": antenna.tracking_floor_deg,
        "azimuth_rate_deg_s": antenna.azimuth_rate_deg_s,
        "tilt_deg": antenna.tilt_deg,
        "tilt_azimuth_deg": antenna.tilt_azimuth_deg,
        "setup_s": antenna.setup_s,
        "teardown_s": antenna.teardown_s,
        "min_contact_s": antenna.min_contact_s,
        "downtimes": [
            {
                "start_utc": format_utc(each.start_utc),
                "end_utc": format_utc(each.end_utc),
                "reason": each.reason,
            }
            for each in antenna.downtimes
        ],
    }
