"""A contact plan as JSON-ready records, with the field names that other tools rely on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from scheduler.plan import Contact, ContactPlan, NotTaken
from tle.timebase import format_utc, from_unix_s

FREQUENCY_CONJUNCTIONS = "frequency_conjunctions"  # in the provenance of a plan: by contact id
_TIME_SUFFIX = "_unix_s"


Names = Mapping[str, str]  # satellite id -> name
_NO_NAMES: Names = {}


def write_plan(plan: ContactPlan, names: Names = _NO_NAMES) -> dict[str, Any]:
    """Lay a whole plan out; instants as ISO-8601 UTC with ``Z``.

    ``names`` adds ``satellite_name``; without one the id stands in.
    """
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
        "contacts": [write_contact(contact, names, plan.provenance) for contact in plan.contacts],
        "not_taken": [write_not_taken(loser, names) for loser in plan.not_taken],
        "provenance": dict(plan.provenance),
    }


def write_contact(
    contact: Contact, names: Names = _NO_NAMES, provenance: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Lay one contact out; the provenance of its plan tells who shares beam and frequency."""
    record = _write_fields(contact) | _name(contact.satellite_id, names)
    if provenance is not None:
        shared = provenance.get(FREQUENCY_CONJUNCTIONS, {})
        record[FREQUENCY_CONJUNCTIONS] = shared.get(contact.contact_id, [])
    return record


def write_not_taken(loser: NotTaken, names: Names = _NO_NAMES) -> dict[str, Any]:
    """Lay out one pass that was not taken, with its reason and what beat it."""
    return _write_fields(loser) | _name(loser.satellite_id, names)


def write_instant(unix_s: float) -> str:
    """Write Unix seconds as ISO-8601 UTC with milliseconds and ``Z``."""
    return format_utc(from_unix_s(unix_s))


def _name(satellite_id: str, names: Names) -> dict[str, str]:
    return {"satellite_name": names.get(satellite_id, satellite_id)}


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
