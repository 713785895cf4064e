"""A station: site, antennas, owners, with the provenance of each figure."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from app.web import words
from app.web.provenance import list_settings
from app.web.visit import VisitDep, render

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/station")
def show_station(visit: VisitDep) -> HTMLResponse:
    """Show a station's and its antennas' settings with their provenance."""
    tell = visit.say_all(words.CONFIDENCE), visit.say_all(words.SYMBOLS)

    def fields(table: tuple[tuple[str, str, str], ...]) -> list[tuple[str, str, str]]:
        return [(attribute, visit.say(name), unit) for attribute, name, unit in table]

    station = visit.station
    tables = [(visit.say("Site"), list_settings(station, fields(words.STATION_FIELDS), *tell))]
    for antenna in station.antennas:
        title = f"{antenna.name} ({antenna.id})"
        tables.append((title, list_settings(antenna, fields(words.ANTENNA_FIELDS), *tell)))
    return render(
        visit, "station.html", {"tables": tables, "periods": visit.say_all(words.PERIODS)}
    )
