"""A schedule as CSV: one row an entry, safe to open in a spreadsheet.

A text that a spreadsheet would take for a formula gets an apostrophe in front; readers take it off
again with ``take_apart``. Numbers are written as numbers.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from app.exports.base import ExportFormat, Schedule, ScheduleEntry, clean_text
from app.exports.json_plan import write_instant

COLUMNS = (
    "entry_id",
    "kind",
    "state",
    "satellite_id",
    "satellite_name",
    "norad_cat_id",
    "owner",
    "station_id",
    "antenna_id",
    "service",
    "reserved_start_utc",
    "start_utc",
    "end_utc",
    "reserved_end_utc",
    "aos_utc",
    "los_utc",
    "max_elevation_deg",
    "element_set_id",
    "tentative",
    "conditions",
    "note",
)
_FORMULA = re.compile(r"'*\s*[=+\-@|%＝＋－＠]")


def write_csv(schedule: Schedule) -> Iterator[str]:
    """Yield the header, then one row an entry."""
    yield _write_row(COLUMNS)
    for entry in schedule.open_entries():
        yield _write_row(_list_values(entry))


def make_inert(text: str) -> str:
    """Keep a spreadsheet from taking a text for a formula."""
    text = clean_text(text)
    return f"'{text}" if _FORMULA.match(text) else text


def take_apart(cell: str) -> str:
    """Return the text that ``make_inert`` wrote into a cell."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell[1:]) else cell


def _list_values(entry: ScheduleEntry) -> list[str]:
    values: list[str] = []
    for name in COLUMNS:
        if name.endswith("_utc"):
            unix_s = getattr(entry, f"{name.removesuffix('_utc')}_unix_s")
            values.append("" if unix_s is None else write_instant(unix_s))
            continue
        value = getattr(entry, name)
        if isinstance(value, bool):
            values.append(str(value).lower())
        elif isinstance(value, (int, float)):
            values.append(repr(value))
        elif isinstance(value, tuple):
            values.append(make_inert(" ".join(value)))
        else:
            values.append("" if value is None else make_inert(value))
    return values


def _write_row(values: list[str] | tuple[str, ...]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\r\n").writerow(values)
    return stream.getvalue()


FORMAT = ExportFormat("text/csv; charset=utf-8", "csv", write_csv)
