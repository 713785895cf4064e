"""Exports: schedules in the forms that others read. Plug point: see ``base``.

The dictionary names where each format is, and ``load_format`` imports only the one that is wanted:
a list of passes must not wait for a calendar library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from app.errors import InputError

if TYPE_CHECKING:
    from app.exports.base import ExportFormat

EXPORTS: dict[str, str] = {
    "csv": "app.exports.csv_table:FORMAT",
    "json": "app.exports.json_schedule:FORMAT",
    "icalendar": "app.exports.icalendar:FORMAT",
    "ccsds-schedule": "app.exports.ccsds_simple_schedule:FORMAT",
    "pointing": "app.exports.pointing:FORMAT",
    "oem": "app.exports.ephemeris:FORMAT",
    "tle": "app.exports.element_bundle:TLE_FORMAT",
    "omm": "app.exports.element_bundle:OMM_FORMAT",
    "geojson": "app.exports.ground_tracks:FORMAT",
}
NEED_ORBITS = ("pointing", "oem", "tle", "omm", "geojson")  # these compute from element sets


def load_format(name: str) -> ExportFormat:
    """Return the format of a name; InputError when there is none."""
    place = EXPORTS.get(name)
    if place is None:
        raise InputError("format", f"{name!r} is none of {', '.join(EXPORTS)}", value=name)
    module, _, attribute = place.partition(":")
    found: ExportFormat = getattr(import_module(module), attribute)
    return found
