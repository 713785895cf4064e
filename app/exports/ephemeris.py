"""The passes of one satellite as a CCSDS OEM: states in TEME, UTC, a segment a contact."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from app.errors import InputError
from app.exports.base import ExportFormat, Schedule, ScheduleEntry, clean_text, require_object
from scheduler.prediction.passes import TrackedObject
from scheduler.prediction.track import sample_instants
from tle.errors import PropagationError
from tle.oem import Oem, OemSegment
from tle.oem_format import write_oem
from tle.propagation import Sgp4Ephemeris
from tle.timebase import format_utc

_DEGREE = 7
_MARGIN_STEPS = 4  # states before and after, so that interpolation is good up to the edges


def write_ephemeris(schedule: Schedule) -> Iterator[str]:
    """Yield one OEM (KVN); a message is of one object, so entries of several are refused."""
    entries = [
        entry
        for entry in schedule.open_entries()
        if entry.satellite_id and entry.state not in ("cancelled", "missed")
    ]
    names = sorted({entry.satellite_id for entry in entries})
    if len(names) != 1:
        found = ", ".join(names[:8]) or "none"
        raise InputError(
            "satellite",
            f"an OEM is of one satellite, the entries are of {found}; name one by satellite=",
            value=found,
        )
    segments = tuple(build_segment(entry, schedule) for entry in join_entries(entries))
    source = require_object(schedule, entries[0]).elements.source
    yield write_oem(Oem("Aspan", schedule.generated_utc, segments, source, schedule.generated_utc))


def join_entries(entries: Iterable[ScheduleEntry]) -> list[ScheduleEntry]:
    """Join entries that overlap, as two stations that follow at once: useable times must not."""
    joined: list[ScheduleEntry] = []
    for entry in sorted(entries, key=lambda each: each.start_unix_s):
        if joined and entry.start_unix_s < joined[-1].end_unix_s:
            end_unix_s = max(entry.end_unix_s, joined[-1].end_unix_s)
            joined[-1] = replace(joined[-1], end_unix_s=end_unix_s)
        else:
            joined.append(entry)
    return joined


def build_segment(entry: ScheduleEntry, schedule: Schedule) -> OemSegment:
    """Sample the orbit through an entry, with a margin for interpolation; useable is the entry."""
    tracked = require_object(schedule, entry)
    orbit = tracked.ephemeris or Sgp4Ephemeris(tracked.elements)
    margin_s = _MARGIN_STEPS * schedule.step_s
    unix_s = sample_instants(
        entry.start_unix_s - margin_s, entry.end_unix_s + margin_s, schedule.step_s
    )
    unix_s = np.round(unix_s, 6)
    position_km, velocity_km_s, error = orbit.position_velocity(unix_s)
    if np.any(error):
        raise PropagationError(f"{entry.satellite_id}: no position throughout {entry.entry_id}")
    return OemSegment(
        object_name=clean_text(tracked.elements.name) or entry.satellite_id,
        object_id=clean_text(tracked.elements.object_id),
        ref_frame="TEME",
        unix_s=unix_s,
        position_km=position_km,
        velocity_km_s=velocity_km_s,
        useable_from_unix_s=entry.start_unix_s,
        useable_to_unix_s=entry.end_unix_s,
        interpolation="HERMITE",
        interpolation_degree=_DEGREE,
        comment=_tell_origin(tracked),
    )


def _tell_origin(tracked: TrackedObject) -> str:
    """Say in one line what the states were made from."""
    elements = tracked.elements
    made = "interpolated from the ephemeris" if tracked.ephemeris else "SGP4 of the element set"
    epoch = format_utc(elements.epoch_utc)
    return clean_text(f"{made} {elements.element_set_id}, epoch {epoch}, source {elements.source}")


FORMAT = ExportFormat("text/plain; charset=utf-8", "oem", write_ephemeris)
