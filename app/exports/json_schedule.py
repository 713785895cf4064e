"""A schedule as one JSON object, entry by entry, in the fields of docs/interfaces.md."""

from __future__ import annotations

import json
from collections.abc import Iterator

from app.exports.base import ExportFormat, Schedule
from app.exports.json_plan import write_instant
from tle.timebase import format_utc


def write_json(schedule: Schedule) -> Iterator[str]:
    """Yield the head, then one line an entry; every line is JSON by itself but for its comma."""
    head = {
        "schedule_id": schedule.schedule_id,
        "title": schedule.title,
        "generated_utc": format_utc(schedule.generated_utc),
        "start_utc": write_instant(schedule.start_unix_s),
        "end_utc": write_instant(schedule.end_unix_s),
        **schedule.header,
    }
    yield json.dumps(head)[:-1] + ', "entries": ['
    separator = "\n"
    for entry in schedule.open_entries():
        record = {
            "entry_id": entry.entry_id,
            "kind": entry.kind,
            "state": entry.state,
            "conditions": list(entry.conditions),
            "note": entry.note,
            **entry.record,
        }
        yield separator + json.dumps(record)
        separator = ",\n"
    yield "\n]}\n"


FORMAT = ExportFormat("application/json", "json", write_json)
