"""The element sets of a schedule, each once: as TLE with name lines, or as OMM in JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from app.exports.base import ExportFormat, Schedule, clean_text, require_object
from tle.elements import ElementSet
from tle.errors import ElementsError
from tle.omm_format import write_omm_json
from tle.tle_format import write_tle

_NAME_LENGTH = 24  # of the line above a TLE


def list_element_sets(schedule: Schedule) -> list[ElementSet]:
    """List the element sets that serve the entries, in order of their first use."""
    found: dict[str, ElementSet] = {}
    for entry in schedule.open_entries():
        if entry.satellite_id:
            elements = require_object(schedule, entry).elements
            found.setdefault(
                elements.fingerprint, replace(elements, name=clean_text(elements.name))
            )
    return list(found.values())


def write_tle_bundle(schedule: Schedule) -> Iterator[str]:
    """Yield three lines a set. A set that a TLE cannot hold raises ElementsError naming it.

    A TLE has no place for catalogue numbers above 339999; OMM has.
    """
    for elements in list_element_sets(schedule):
        try:
            first, second = write_tle(elements)
        except ElementsError as error:
            raise ElementsError(f"{elements.name}: {error}; take the format omm") from error
        yield f"{elements.name[:_NAME_LENGTH].rstrip()}\r\n{first}\r\n{second}\r\n"


def write_omm_bundle(schedule: Schedule) -> Iterator[str]:
    """Yield one JSON array with an OMM a set."""
    yield write_omm_json(list_element_sets(schedule))


TLE_FORMAT = ExportFormat("text/plain; charset=utf-8", "tle", write_tle_bundle)
OMM_FORMAT = ExportFormat("application/json", "json", write_omm_bundle)
