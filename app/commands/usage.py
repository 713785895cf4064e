"""``aspan usage``: whose time an antenna was, by owner, satellite, period; settlement sheets."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.application import Application, open_application
from app.commands.plan_names import find_plan_id
from app.commands.terminal import find_user, print_table
from app.errors import InputError
from app.exports.settlement import (
    KEYS,
    write_sheet_csv,
    write_sheet_html,
    write_sheet_text,
    write_usage_csv,
)
from app.services.selection import choose_span, choose_stations
from app.services.usage import UsageRow, UsageService
from app.settings import Settings
from scheduler.shares import PeriodLength
from tle.timebase import format_utc

SHEETS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "text": write_sheet_text,
    "html": write_sheet_html,
    "csv": write_sheet_csv,
    "json": lambda sheet: json.dumps(sheet, ensure_ascii=False, indent=1) + "\n",
}


def run_usage(
    settings: Settings,
    *,
    station_id: str | None,
    start: str | None,
    end: str | None,
    days: float | None,
    period: PeriodLength,
    plan_id: str | None,
    format: str,
) -> None:
    """Print the accounts of a station."""
    application = open_application(settings)
    try:
        station_id = find_station(application, station_id)
        span = choose_span(
            start=start, end=end, days=days, now_utc=application.clock(),
            limit_days=settings.span_limit_days * 12, default_days=31.0,
        )  # fmt: skip
        plan_id = find_plan_id(application, plan_id)
        rows = application.usage.list_rows(station_id, span, length=period, plan_id=plan_id)
    finally:
        application.store.close()
    if format == "csv":
        sys.stdout.write(write_usage_csv(rows))
    elif format == "json":
        print(json.dumps([_record(row) for row in rows], ensure_ascii=False))
    else:
        _print_rows(rows)


def run_settlement(
    settings: Settings,
    *,
    station_id: str | None,
    month: str,
    settle: bool,
    format: str,
    output: Path | None,
) -> None:
    """Write a month's settlement sheet; with ``settle`` keep its figures for good first."""
    application = open_application(settings)
    try:
        station_id = find_station(application, station_id)
        service: UsageService = application.usage
        sheet = (
            service.settle(station_id, month, who=find_user())
            if settle
            else service.make_sheet(station_id, month)
        )
    finally:
        application.store.close()
    text = SHEETS[format](sheet)
    if output is None:
        sys.stdout.write(text)
    else:
        output.write_text(text, encoding="utf-8")


def find_station(application: Application, station_id: str | None) -> str:
    """Return the named station, or the only one that has owners."""
    if station_id is not None:
        return station_id
    shared = [each for each in choose_stations(application.configuration, []) if each.owners]
    if len(shared) != 1:
        names = ", ".join(each.id for each in shared) or "none"
        raise InputError("station", f"name one; stations with owners: {names}")
    return shared[0].id


def _record(row: UsageRow) -> dict[str, Any]:
    times = {"start_utc": format_utc(row.start_utc), "end_utc": format_utc(row.end_utc)}
    return asdict(row) | times


def _print_rows(rows: list[UsageRow]) -> None:
    table = [
        (
            f"{row.start_utc:%Y-%m-%d}",
            row.owner or "(no share)" if not row.satellite_id else "",
            row.satellite_id,
            *(f"{getattr(row, key) / 3600:.2f}" for key in KEYS),
        )
        for row in rows
    ]
    heads = ("from", "owner", "satellite", *(key.removesuffix("_s") + " h" for key in KEYS))
    print_table(heads, table, right=set(range(3, 9)))
