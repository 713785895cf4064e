"""``aspan import``: bookings of another system, judged line by line, all or nothing."""

from __future__ import annotations

from collections import Counter

from app.access import LOCAL
from app.application import open_application
from app.commands.terminal import print_table, show_progress
from app.services.import_passes import ImportTask, Matched, match_contacts
from app.services.imports import ImportOrder
from app.settings import Settings

REFUSED = 2


def run_import(settings: Settings, order: ImportOrder) -> int:
    """Import, print what became of each line, and return the exit code."""
    application = open_application(settings)
    try:
        with show_progress() as on_progress:

            def match(task: ImportTask) -> tuple[Matched, ...]:
                return match_contacts(task, on_progress)

            report = application.imports.run(order, LOCAL, match)
    finally:
        application.store.close()
    rows = [
        (str(line.line), line.entry_id[:60], line.verdict, line.reservation_id or line.reason)
        for line in report.lines
    ]
    print_table(("line", "entry", "verdict", "reservation or reason"), rows, right={0})
    counts = Counter(line.verdict for line in report.lines)
    said = ", ".join(f"{counts[name]} {name}" for name in sorted(counts))
    print(f"{said}; {'booked' if report.is_booked and counts['book'] else 'nothing was booked'}")
    return REFUSED if counts["refuse"] else 0
