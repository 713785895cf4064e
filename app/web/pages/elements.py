"""The elements: how old they are, where they come from, what waits in quarantine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from app.services.object_choice import ObjectChoice
from app.web import words
from app.web.visit import VisitDep, render
from scheduler.satellites import Satellite
from tle.refresh import decide_due
from tle.sources import celestrak, http_url, local_file, spacetrack
from tle.sources.base import Query, SourceMemory
from tle.timebase import DAY_S

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
_QUARANTINE_SHOWN = 100
_ALERTS_SHOWN = 50
_POLITENESS = {
    "celestrak": celestrak.POLITENESS,
    "space-track": spacetrack.POLITENESS,
    "file": local_file.POLITENESS,
}


@dataclass(frozen=True, slots=True)
class ElementRow:
    """The set that serves one satellite now; all None when there is none."""

    satellite_id: str
    name: str
    norad_cat_id: int | None
    epoch_utc: datetime | None = None
    age_days: float | None = None
    grade: str | None = None
    orbit: str = "steady"
    orbit_note: str = ""
    received_utc: datetime | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One question to a source: when it was asked, when it may be asked again."""

    source: str
    query: str
    last_attempt_utc: datetime | None
    last_success_utc: datetime | None
    status: str
    set_count: int | None
    next_utc: datetime | None  # None: now
    waits_for_person: bool
    reason: str


@router.get("/elements")
def show_elements(visit: VisitDep) -> HTMLResponse:
    """Show how old the elements of each served satellite are, and how the sources do."""
    application = visit.application
    now_utc = application.clock()
    served = [each for each in application.configuration.satellites if each.served]
    memory = application.store.refresh_memory
    alerts, _ = memory.list_alerts(limit=_ALERTS_SHOWN)
    quarantined, _ = application.store.element_sets.list_quarantined(limit=_QUARANTINE_SHOWN)
    rows = list_elements(served, application.elements.choose(served, now_utc), now_utc)
    return render(
        visit,
        "elements.html",
        {
            "rows": rows,
            "grade_counts": _count_grades(rows),
            "sources": [row for each in memory.list_sources() for row in _rows_of(each, now_utc)],
            "alerts": alerts,
            "quarantined": quarantined,
            "orbits": visit.say_all(words.ORBITS),
            "answers": visit.say_all(words.ANSWERS),
            "script_words": visit.say_all(words.ELEMENTS),
        },
    )


def list_elements(
    satellites: Sequence[Satellite], choice: ObjectChoice, now_utc: datetime
) -> list[ElementRow]:
    """List the served satellites with the set that serves them now, the oldest first."""
    grades = choice.grade(choice.objects, now_utc)
    chosen = {
        tracked.satellite_id: (tracked.elements, grade)
        for tracked, grade in zip(choice.objects, grades, strict=True)
    }
    rows = []
    for satellite in satellites:
        if satellite.id not in chosen:
            rows.append(ElementRow(satellite.id, satellite.name, satellite.norad_cat_id))
            continue
        elements, grade = chosen[satellite.id]
        watch = choice.orbits.get(satellite.id)
        rows.append(
            ElementRow(
                satellite_id=satellite.id,
                name=satellite.name,
                norad_cat_id=satellite.norad_cat_id,
                epoch_utc=elements.epoch_utc,
                age_days=(now_utc - elements.epoch_utc).total_seconds() / DAY_S,
                grade=grade,
                orbit=watch.status if watch else "steady",
                orbit_note=watch.text if watch else "",
                received_utc=elements.received_utc,
                source=elements.source,
            )
        )
    return sorted(rows, key=lambda row: (row.epoch_utc is not None, -(row.age_days or 0), row.name))


def _count_grades(rows: Sequence[ElementRow]) -> list[tuple[str, int]]:
    """Count the satellites of each grade, the worst first; those without a set as ``none``."""
    order = ("none", "expired", "stale", "ageing", "fresh")
    counts = {tag: sum((row.grade or "none") == tag for row in rows) for tag in order}
    return [(tag, count) for tag, count in counts.items() if count]


def _rows_of(memory: SourceMemory, now_utc: datetime) -> list[SourceRow]:
    politeness = _POLITENESS.get(memory.source, http_url.POLITENESS)
    rows = []
    for key, query in sorted(memory.queries.items()):
        kind, _, value = key.partition("=")
        decision = decide_due(memory, Query(kind, value), politeness, now_utc)
        rows.append(
            SourceRow(
                source=memory.source,
                query=key,
                last_attempt_utc=query.last_attempt_utc,
                last_success_utc=query.last_success_utc,
                status=query.last_status,
                set_count=query.set_count,
                next_utc=decision.next_utc,
                waits_for_person=memory.blocked_utc is not None,
                reason=memory.blocked_reason or query.last_reason,
            )
        )
    return rows
