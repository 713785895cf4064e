"""The elements: how old they are, where they come from, what waits in quarantine, the history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from app.web.visit import VisitDep, render
from scheduler.satellites import Satellite
from tle.elements import ElementSet
from tle.freshness import grade
from tle.timebase import DAY_S

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@dataclass(frozen=True, slots=True)
class ElementRow:
    """The newest element set of one satellite; all None when there is none."""

    name: str
    norad_cat_id: int | None
    epoch_utc: datetime | None = None
    age_days: float | None = None
    grade: str | None = None
    received_utc: datetime | None = None
    source: str | None = None


def list_elements(
    satellites: Iterable[Satellite], newest: Mapping[str, ElementSet], now_utc: datetime
) -> list[ElementRow]:
    """List the served satellites with their newest element set, the oldest first."""
    rows = []
    for satellite in satellites:
        elements = newest.get(satellite.id)
        if elements is None:
            rows.append(ElementRow(satellite.name, satellite.norad_cat_id))
            continue
        rows.append(
            ElementRow(
                name=satellite.name,
                norad_cat_id=satellite.norad_cat_id,
                epoch_utc=elements.epoch_utc,
                age_days=(now_utc - elements.epoch_utc).total_seconds() / DAY_S,
                grade=grade(elements, now_utc, satellite.element_limits),
                received_utc=elements.received_utc,
                source=elements.source,
            )
        )
    return sorted(rows, key=lambda row: (row.epoch_utc is not None, -(row.age_days or 0), row.name))


@router.get("/elements")
def show_elements(visit: VisitDep) -> HTMLResponse:
    """Show how old the elements of each served satellite are."""
    application = visit.application
    now_utc = application.clock()
    served = [each for each in application.configuration.satellites if each.served]
    choice = application.elements.choose(served, now_utc)
    newest = {tracked.satellite_id: tracked.elements for tracked in choice.objects}
    return render(visit, "elements.html", {"rows": list_elements(served, newest, now_utc)})
