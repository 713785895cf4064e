"""``aspan export``: a plan, or what is booked, as a file."""

from __future__ import annotations

import sys
from pathlib import Path

from app.access import LOCAL
from app.application import open_application
from app.commands.plan_names import find_plan_id
from app.exports import load_format
from app.services.exports import ExportQuery
from app.services.selection import read_instant
from app.settings import Settings


def run_export(
    settings: Settings,
    plan_id: str | None,
    query: ExportQuery,
    *,
    format_name: str,
    start: str | None,
    end: str | None,
    output: Path | None,
) -> None:
    """Write an export to standard output, or whole to a file."""
    chosen = load_format(format_name)
    application = open_application(settings)
    try:
        if plan_id is not None:
            plan_id = find_plan_id(application, plan_id)
            schedule = application.exports.open_plan(plan_id, query, LOCAL)
        else:
            schedule = application.exports.open_bookings(
                query,
                LOCAL,
                start_utc=read_instant(start, "start"),
                end_utc=read_instant(end, "end"),
            )
        application.exports.check(schedule, format_name)
        if output is None:
            for piece in chosen.write(schedule):
                sys.stdout.write(piece)
            return
        part = output.with_name(f"{output.name}.part")
        with part.open("w", encoding="utf-8", newline="") as stream:
            stream.writelines(chosen.write(schedule))
        part.replace(output)
    finally:
        application.store.close()
