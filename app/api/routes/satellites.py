"""Satellites as configured, with the element set that serves each now."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter

from app.api import schemas
from app.api.deps import ApplicationDep, Limit, Offset, find_next_offset
from app.application import Application
from app.errors import NotFoundError
from scheduler.satellites import Satellite
from tle.elements import ElementSet
from tle.freshness import age_s, grade
from tle.timebase import format_utc
from tle.watch import limit_grade

router = APIRouter(tags=["satellites"])


@router.get("/satellites")
def list_satellites(
    application: ApplicationDep, limit: Limit = 100, offset: Offset = 0
) -> schemas.Satellites:
    """List the satellites, served or not and why, with the age of their elements."""
    every = application.configuration.satellites
    page = every[offset : offset + limit]
    return schemas.Satellites(
        satellites=_describe(application, page),
        total=len(every),
        next_offset=find_next_offset(offset, len(page), len(every)),
    )


@router.get("/satellites/{satellite_id}")
def get_satellite(application: ApplicationDep, satellite_id: str) -> schemas.Satellite:
    """Show one satellite."""
    for satellite in application.configuration.satellites:
        if satellite.id == satellite_id:
            return _describe(application, (satellite,))[0]
    raise NotFoundError("satellite_id", "no such satellite", value=satellite_id)


def _describe(
    application: Application, satellites: tuple[Satellite, ...]
) -> list[schemas.Satellite]:
    choice = application.elements.choose(satellites, application.clock())
    serving = {tracked.satellite_id: tracked.elements for tracked in choice.objects}
    described = {s.id: _describe_elements(application, s, serving.get(s.id)) for s in satellites}
    for name, watch in choice.orbits.items():
        elements = described[name]
        if elements is not None:
            lowered = limit_grade(elements.grade, watch.status)
            described[name] = elements.model_copy(
                update={"grade": lowered, "orbit_status": watch.status, "orbit_note": watch.text}
            )
    return [
        schemas.Satellite.model_validate(asdict(satellite) | {"elements": described[satellite.id]})
        for satellite in satellites
    ]


def _describe_elements(
    application: Application, satellite: Satellite, elements: ElementSet | None
) -> schemas.Elements | None:
    if elements is None:
        return None
    now_utc = application.clock()
    return schemas.Elements(
        element_set_id=elements.element_set_id,
        epoch_utc=format_utc(elements.epoch_utc),
        age_s=age_s(elements, now_utc),
        grade=grade(elements, now_utc, satellite.element_limits),
        source=elements.source,
        received_utc=format_utc(elements.received_utc),
    )
