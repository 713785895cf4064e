"""A contact plan as JSON-ready records, with the field names that other tools rely on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from scheduler.plan import Contact, ContactPlan, NotTaken
from tle.timebase import format_utc, from_unix_s

_TIME_SUFFIX = "_unix_s"


def write_plan(plan: ContactPlan) -> dict[str, Any]:
    """Lay a whole plan out; instants as ISO-8601 UTC with ``Z``."""
    return {
        "plan_id": plan.plan_id,
        "station_ids": list(plan.station_ids),
        "start_utc": write_instant(plan.start_unix_s),
        "end_utc": write_instant(plan.end_unix_s),
        "solver": plan.solver,
        "status": plan.status,
        "objective": plan.objective,
        "bound": _finite(plan.bound),
        "gap": _finite(plan.gap),
        "objective_unit": plan.objective_unit,
        "contacts": [write_contact(contact) for contact in plan.contacts],
        "not_taken": [write_not_taken(loser) for loser in plan.not_taken],
        "provenance": dict(plan.provenance),
    }


def write_contact(contact: Contact) -> dict[str, Any]:
    """Lay one contact out."""
    return _write_fields(contact)


def write_not_taken(loser: NotTaken) -> dict[str, Any]:
    """Lay out one pass that was not taken, with its reason and what beat it."""
    return _write_fields(loser)


def write_instant(unix_s: float) -> str:
    """Write Unix seconds as ISO-8601 UTC with milliseconds and ``Z``."""
    return format_utc(from_unix_s(unix_s))


def _write_fields(record: Contact | NotTaken) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name in record.__dataclass_fields__:
        value = getattr(record, name)
        if name.endswith(_TIME_SUFFIX):
            instant = None if value is None else write_instant(value)
            fields[name.removesuffix(_TIME_SUFFIX) + "_utc"] = instant
        elif isinstance(value, tuple):
            fields[name] = list(value)
        elif isinstance(value, Mapping):
            fields[name] = dict(value)
        else:
            fields[name] = value
    return fields


def _finite(value: float | None) -> float | None:
    """JSON has no infinity: an unknown bound is null."""
    return value if value is not None and math.isfinite(value) else None
