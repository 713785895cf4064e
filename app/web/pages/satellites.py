"""The satellites: what is configured of each, assumptions marked."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from app.web import words
from app.web.visit import VisitDep, render
from scheduler.reasons import REASONS

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/satellites")
def show_satellites(visit: VisitDep) -> HTMLResponse:
    """Show the configured satellites and their downlinks, assumptions marked."""
    return render(
        visit,
        "satellites.html",
        {
            "satellites": visit.application.configuration.satellites,
            "access": visit.say_all(words.ACCESS),
            "reasons": visit.say_all(REASONS),
            "owners": {share.owner: share.name for share in visit.station.owners},
        },
    )
