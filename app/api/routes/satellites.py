"""Satellites as configured, with the element set that serves each now."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from fastapi import APIRouter

from app.api import schemas
from app.api.deps import ApplicationDep, Limit, Offset, find_next_offset
from app.application import Application
from app.errors import NotFoundError
from scheduler.satellites import Satellite
from tle.elements import ElementSet
from tle.freshness import Grade, age_s
from tle.timebase import format_utc
from tle.watch import OrbitWatch

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
    now_utc = application.clock()
    described = {
        tracked.satellite_id: _describe_elements(
            tracked.elements, grade, choice.orbits.get(tracked.satellite_id), now_utc
        )
        for tracked, grade in zip(
            choice.objects, choice.grade(choice.objects, now_utc), strict=True
        )
    }
    return [
        schemas.Satellite.model_validate(
            asdict(satellite) | {"elements": described.get(satellite.id)}
        )
        for satellite in satellites
    ]


def _describe_elements(
    elements: ElementSet, grade: Grade, watch: OrbitWatch | None, now_utc: datetime
) -> schemas.Elements:
    return schemas.Elements(
        element_set_id=elements.element_set_id,
        epoch_utc=format_utc(elements.epoch_utc),
        age_s=age_s(elements, now_utc),
        grade=grade,
        source=elements.source,
        received_utc=format_utc(elements.received_utc),
        orbit_status="steady" if watch is None else watch.status,
        orbit_note="" if watch is None else watch.text,
    )
