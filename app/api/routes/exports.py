"""Exports over HTTP: a plan, what is booked, or one pass, in the form that others read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from app.access import Principal
from app.api.deps import ApplicationDep, ViewerDep
from app.api.routes.passes import Instant, Names
from app.application import Application
from app.exports import load_format
from app.exports.base import ExportFormat, Schedule
from app.services.exports import ExportQuery
from app.services.selection import read_instant
from app.services.tracks import (
    find_pass_satellite,
    find_station,
    read_pass_id,
    serving_instant,
    track_pass,
)

router = APIRouter(tags=["exports"])
_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file, in the media type of its format",
        "content": {"*/*": {"schema": {"type": "string"}}},
    }
}
_CHUNK_CHARACTERS = 65_536

FormatName = Annotated[
    str,
    Query(
        alias="format",
        max_length=40,
        description="csv, json, icalendar, ccsds-schedule, pointing, oem, tle, omm or geojson.",
    ),
]
ElementsChoice = Annotated[
    str,
    Query(max_length=20, description="newest, or planned: the sets that the plan was made with."),
]
Step = Annotated[
    float,
    Query(ge=0.1, le=3_600, allow_inf_nan=False, description="Seconds between samples of a track."),
]
Reminder = Annotated[
    float | None,
    Query(ge=0, le=604_800, allow_inf_nan=False, description="Calendar reminder, s before setup."),
]


@router.get("/plans/{plan_id}/export", responses=_ANSWER, response_class=StreamingResponse)
def export_plan(
    application: ApplicationDep,
    principal: ViewerDep,
    plan_id: str,
    format_name: FormatName,
    station: Names = [],  # noqa: B006 (FastAPI copies it)
    satellite: Names = [],  # noqa: B006
    owner: Names = [],  # noqa: B006
    contact: Names = [],  # noqa: B006
    elements: ElementsChoice = "newest",
    step_s: Step = 10.0,
    reminder_s: Reminder = None,
) -> StreamingResponse:
    """Export the contacts of a stored plan."""
    query = ExportQuery(
        tuple(station), tuple(satellite), tuple(owner), tuple(contact), elements, step_s, reminder_s
    )
    schedule = application.exports.open_plan(plan_id, query, principal)
    return answer(application, schedule, format_name)


@router.get("/contacts/export", responses=_ANSWER, response_class=StreamingResponse)
def export_contacts(
    application: ApplicationDep,
    principal: ViewerDep,
    format_name: FormatName,
    start: Instant = None,
    end: Instant = None,
    station: Names = [],  # noqa: B006
    satellite: Names = [],  # noqa: B006
    owner: Names = [],  # noqa: B006
    contact: Names = [],  # noqa: B006
    elements: ElementsChoice = "newest",
    step_s: Step = 10.0,
    reminder_s: Reminder = None,
) -> StreamingResponse:
    """Export what is booked, by default from 14 days ago to 60 days ahead, cancelled included."""
    query = ExportQuery(
        tuple(station), tuple(satellite), tuple(owner), tuple(contact), elements, step_s, reminder_s
    )
    return answer(application, open_span(application, principal, query, start, end), format_name)


@router.get("/passes/{pass_id}/export", responses=_ANSWER, response_class=StreamingResponse)
def export_pass(
    application: ApplicationDep,
    pass_id: str,
    format_name: FormatName,
    antenna: Annotated[str | None, Query(max_length=200)] = None,
    step_s: Step = 10.0,
) -> StreamingResponse:
    """Export one pass, from AOS to LOS, with the newest elements."""
    name = read_pass_id(pass_id)
    station = find_station(application.configuration, name)
    satellite = find_pass_satellite(application.configuration, name)
    choice = application.elements.choose([satellite], serving_instant(name))
    tracked = track_pass(name, station, satellite, choice, step_s=step_s, antenna_id=antenna)
    schedule = application.exports.open_pass(
        tracked.found, tracked.track.antenna_id, ExportQuery(step_s=step_s)
    )
    return answer(application, schedule, format_name)


def open_span(
    application: Application,
    principal: Principal,
    query: ExportQuery,
    start: str | None,
    end: str | None,
) -> Schedule:
    """Open the bookings of a span that a caller gave as text."""
    return application.exports.open_bookings(
        query,
        principal,
        start_utc=read_instant(start, "start"),
        end_utc=read_instant(end, "end"),
    )


def answer(application: Application, schedule: Schedule, format_name: str) -> StreamingResponse:
    """Answer with the file; what is wrong is said before its first byte."""
    chosen = load_format(format_name)
    application.exports.check(schedule, format_name)
    pieces = chosen.write(schedule)
    first = next(pieces, "")
    return StreamingResponse(
        _gather(first, pieces),
        media_type=chosen.media_type,
        headers={"Content-Disposition": f'attachment; filename="{_name_file(schedule, chosen)}"'},
    )


def _gather(first: str, pieces: Iterator[str]) -> Iterator[bytes]:
    """Send pieces in parcels: a row at a time would cost more than computing it."""
    parcel, length = [first], len(first)
    for piece in pieces:
        parcel.append(piece)
        length += len(piece)
        if length >= _CHUNK_CHARACTERS:
            yield "".join(parcel).encode()
            parcel, length = [], 0
    yield "".join(parcel).encode()


def _name_file(schedule: Schedule, chosen: ExportFormat) -> str:
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", schedule.schedule_id)[:100].strip("-.") or "export"
    return f"aspan-{stem}.{chosen.suffix}"
