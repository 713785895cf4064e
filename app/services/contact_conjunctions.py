"""Which contacts of a plan share beam and frequency with another satellite, and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from app.exports.window_texts import write_conjunction
from app.services.prediction import StationPasses
from scheduler.plan import ContactPlan


def list_conjunctions(
    plan: ContactPlan, predicted: Sequence[StationPasses]
) -> dict[str, list[dict[str, Any]]]:
    """Return the frequency conjunctions inside each contact that has some, by contact id."""
    found: dict[str, list[dict[str, Any]]] = {}
    for part in predicted:
        windows = part.windows
        for item in part.conjunctions:
            row = int(windows.rows[windows.window_row[item.window]])
            pass_id = part.table.read(row).pass_id
            antenna_id = windows.antenna_ids[windows.window_antenna[item.window]]
            for contact in plan.contacts:
                start = max(item.start_unix_s, contact.start_unix_s)
                end = min(item.end_unix_s, contact.end_unix_s)
                if (contact.pass_id, contact.antenna_id) == (pass_id, antenna_id) and start < end:
                    told = replace(item, start_unix_s=start, end_unix_s=end)
                    found.setdefault(contact.contact_id, []).append(write_conjunction(told))
    return found
