"""``aspan refresh``: bring in newer element sets, and say what came of each question."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from app.application import open_application
from app.commands.terminal import note
from app.services.refresh import RefreshService
from app.settings import Settings
from tle.refresh import QueryReport
from tle.timebase import format_utc

_REFUSALS_SHOWN = 10


def run_refresh(
    settings: Settings, *, paths: Sequence[Path], groups: Sequence[str], numbers: Sequence[int]
) -> int:
    """Refresh and print one line a question; return the exit code: 1 when a source failed."""
    application = open_application(settings)
    try:
        service = RefreshService(
            settings, application.configuration, application.store, application.clock
        )
        reports: list[QueryReport] = []
        if paths:
            reports += service.refresh_files(paths, print_report)
        if groups or numbers:
            reports += service.refresh_celestrak(
                groups=groups, numbers=numbers, on_report=print_report
            )
        if not (paths or groups or numbers):
            reports += service.refresh_served(print_report)
        application.timing.learn()
        silence = service.watch_silence()
    finally:
        application.store.close()
    if silence is not None:
        note(f"alert: {silence.text}")
    failed = [r for r in reports if r.status in ("failed", "refused", "broken", "blocked")]
    new_count = sum(report.new_count for report in reports)
    print(f"{new_count} new element sets" + ("; what was there is kept" if failed else ""))
    return 1 if failed else 0


def print_report(report: QueryReport) -> None:
    """Print what came of one question, with refused sets and alerts on standard error."""
    words = f"{report.source} {report.query.key}: {report.status.replace('_', ' ')}"
    if report.outcome is not None and report.status == "data":
        words += f", {report.outcome.set_count} sets, {report.new_count} new"
    if report.reason:
        words += f" ({report.reason})"
    if report.next_utc is not None:
        words += f"; next {format_utc(report.next_utc)}"
    print(words)
    if report.outcome is None:
        return
    for refusal in report.outcome.refused[:_REFUSALS_SHOWN]:
        note(f"refused: {refusal}")
    if len(report.outcome.refused) > _REFUSALS_SHOWN:
        note(f"refused: {len(report.outcome.refused) - _REFUSALS_SHOWN} more sets")
    for judged in report.outcome.judged:
        if judged.verdict != "accepted":
            number = judged.elements.norad_cat_id
            note(f"{judged.verdict}: {judged.elements.name} ({number}): {judged.text}")
    for alert in report.outcome.alerts:
        note(f"alert: {alert.text}")
