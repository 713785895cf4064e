"""``aspan problem`` and ``aspan diff``: stored plans, exported and compared."""

from __future__ import annotations

import sys
from pathlib import Path

from app.application import open_application
from app.commands.plan_names import find_plan_id
from app.commands.terminal import print_table
from app.settings import Settings
from tle.timebase import format_utc, from_unix_s


def run_export_problem(settings: Settings, plan_id: str, output: Path | None) -> None:
    """Write the planning problem that a stored plan solves."""
    application = open_application(settings)
    try:
        text = application.planning.read_problem(find_plan_id(application, plan_id))
    finally:
        application.store.close()
    if output is None:
        sys.stdout.write(text + "\n")
    else:
        output.write_text(text + "\n", encoding="utf-8")


def run_diff(settings: Settings, old_id: str, new_id: str) -> None:
    """Print what became of the contacts of one plan in another."""
    application = open_application(settings)
    try:
        diff = application.planning.compare(
            find_plan_id(application, old_id), find_plan_id(application, new_id)
        )
    finally:
        application.store.close()
    rows = [
        (
            change.kind,
            change.satellite_id,
            change.station_id,
            format_utc(from_unix_s(change.start_unix_s)),
            "" if change.start_shift_s is None else f"{change.start_shift_s:+.1f}",
            "" if change.end_shift_s is None else f"{change.end_shift_s:+.1f}",
            change.cause,
            change.through,
        )
        for change in diff.changes
        if change.kind != "kept"
    ]
    if rows:
        heads = (
            "change", "satellite", "station", "start UTC", "start s", "end s", "cause", "through",
        )  # fmt: skip
        print_table(heads, rows, right={4, 5})
    print(", ".join(f"{count} {kind}" for kind, count in diff.counts.items()))
