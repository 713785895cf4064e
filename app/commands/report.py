"""``aspan report``: say what really happened to contacts, and what it adds up to."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from app.application import open_application
from app.commands.terminal import find_user
from app.errors import InputError
from app.services.execution import Report, read_table
from app.services.selection import read_instant
from app.settings import Settings

MAX_FILE_BYTES = 8_000_000


def run_report(settings: Settings, reports: Sequence[Report], *, why: str) -> None:
    """Keep the reports of contacts, all or none."""
    application = open_application(settings)
    try:
        kept = application.execution.report(reports, who=find_user(), why=why)
        states = {
            each.reservation_id: application.contacts.read(each.reservation_id).state
            for each in kept
        }
    finally:
        application.store.close()
    for each in kept[:20]:
        print(f"{each.reservation_id}: {states[each.reservation_id]}, data {each.data_outcome}")
    if len(kept) > 20:
        print(f"{len(kept)} contacts reported")


def read_file(file: Path) -> tuple[Report, ...]:
    """Read the reports of a CSV file."""
    if not file.is_file():
        raise InputError("file", f"{file}: no such file", value=str(file))
    if file.stat().st_size > MAX_FILE_BYTES:
        raise InputError("file", f"{file}: longer than {MAX_FILE_BYTES} bytes; give it in parts")
    try:
        return read_table(file.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InputError("file", f"{file}: not UTF-8 text (byte {error.start})") from error


def run_availability(
    settings: Settings, *, by: str, start: str | None, end: str | None, form: str
) -> None:
    """Print executed and lost time per station, antenna, satellite, owner or cause."""
    application = open_application(settings)
    try:
        found = application.execution.availability(by, *_read_span(start, end))
    finally:
        application.store.close()
    if form == "json":
        _write_json({"by": by, "availability": [asdict(each) for each in found]})
        return
    print(f"{by:<24} executed  lost  pending  promised h  executed h  available  lost by cause")
    for each in found:
        share = "-" if each.availability is None else f"{100 * each.availability:.1f} %"
        causes = ", ".join(f"{k} {v / 60:.1f} min" for k, v in each.lost_by_cause_s.items())
        print(
            f"{each.key:<24} {each.executed:8d}  {each.lost:4d}  {each.pending:7d}  "
            f"{each.promised_s / 3600:10.2f}  {each.executed_s / 3600:10.2f}  {share:>9}  {causes}"
        )
    if not found:
        print("no contacts in the span")


def run_timing(settings: Settings, *, start: str | None, end: str | None, form: str) -> None:
    """Print reported against predicted AOS per satellite."""
    application = open_application(settings)
    try:
        found = application.execution.timing(*_read_span(start, end))
    finally:
        application.store.close()
    if form == "json":
        _write_json({"checks": [asdict(each) for each in found]})
        return
    print(f"{'satellite':<24} count   mean s    rms s  largest s  beyond 95 %  verdict")
    for each in found:
        print(
            f"{each.satellite_id:<24} {each.count:5d} {each.mean_s:8.2f} {each.rms_s:8.2f} "
            f"{each.largest_s:10.2f} {each.outside:12d}  {each.verdict}"
        )
    if not found:
        print("nobody reported an actual AOS in the span")


def _read_span(start: str | None, end: str | None) -> tuple[datetime | None, datetime | None]:
    return read_instant(start, "start"), read_instant(end, "end")


def _write_json(document: dict[str, object]) -> None:
    json.dump(document, sys.stdout, indent=2)
    sys.stdout.write("\n")
