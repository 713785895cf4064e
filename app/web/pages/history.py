"""The history of one satellite's elements: mean motion against time, manoeuvres marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from app.services.selection import find_satellite
from app.store.element_sets import KeptElementSet
from app.web import formatting, words
from app.web.visit import VisitDep, render
from tle.comparison import semi_major_axis_km
from tle.elements import ElementSet
from tle.quarantine import find_manoeuvre
from tle.timebase import to_unix_s

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
_SETS_READ = 1_000


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One set with its height and what changed against the set before."""

    kept: KeptElementSet
    semi_major_axis_km: float
    manoeuvre: str


@router.get("/elements/{satellite_id}")
def show_history(visit: VisitDep, satellite_id: str) -> HTMLResponse:
    """Show the sets of one satellite, newest first, and their mean motion as a curve."""
    application = visit.application
    satellite = find_satellite(application.configuration, satellite_id)
    kept, total = application.elements.history(satellite.id, limit=_SETS_READ)
    rows = list_history(kept)
    used = [row for row in rows if row.kept.verdict in ("accepted", "flagged")]
    return render(
        visit,
        "history.html",
        {
            "satellite": satellite,
            "rows": rows,
            "total": total,
            "verdicts": visit.say_all(words.VERDICTS),
            "script_words": visit.say_all(words.ELEMENTS),
            "script_data": {
                "month_days": formatting.list_month_days(visit.language),
                "history": [_write_point(row) for row in reversed(used)],
            },
        },
    )


def list_history(kept: Sequence[KeptElementSet]) -> list[HistoryRow]:
    """Mark the manoeuvres between the sets that are used; newest epoch first, as given."""
    used = [each for each in kept if each.verdict in ("accepted", "flagged")]
    found = {
        newer.elements.element_set_id: _say_manoeuvre(older.elements, newer.elements)
        for newer, older in pairwise(used)
        if newer.elements.epoch_utc > older.elements.epoch_utc
    }
    return [
        HistoryRow(
            each,
            semi_major_axis_km(each.elements),
            found.get(each.elements.element_set_id, "") if each in used else "",
        )
        for each in kept
    ]


def _say_manoeuvre(older: ElementSet, newer: ElementSet) -> str:
    return "; ".join(text for tag, text in find_manoeuvre(older, newer) if tag == "manoeuvred")


def _write_point(row: HistoryRow) -> dict[str, Any]:
    return {
        "ms": to_unix_s(row.kept.elements.epoch_utc) * 1000.0,
        "mean_motion_rev_day": row.kept.elements.mean_motion_rev_day,
        "semi_major_axis_km": row.semi_major_axis_km,
        "manoeuvre": row.manoeuvre,
    }
