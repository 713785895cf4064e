"""Ground stations as configured."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter

from app.api import schemas
from app.api.deps import ApplicationDep, Limit, Offset, find_next_offset
from app.errors import NotFoundError

router = APIRouter(tags=["stations"])


@router.get("/stations")
def list_stations(
    application: ApplicationDep, limit: Limit = 100, offset: Offset = 0
) -> schemas.Stations:
    """List the ground stations with their antennas, enabled or not."""
    every = application.configuration.stations
    page = every[offset : offset + limit]
    return schemas.Stations(
        stations=[schemas.Station.model_validate(asdict(station)) for station in page],
        total=len(every),
        next_offset=find_next_offset(offset, len(page), len(every)),
    )


@router.get("/stations/{station_id}")
def get_station(application: ApplicationDep, station_id: str) -> schemas.Station:
    """Show one ground station."""
    for station in application.configuration.stations:
        if station.id == station_id:
            return schemas.Station.model_validate(asdict(station))
    raise NotFoundError("station_id", "no such station", value=station_id)
