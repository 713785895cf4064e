"""The second predicted AOS of a satellite that has just manoeuvred.

Until a second element set agrees with the one that jumped, nobody knows which of the two orbits is
flown. Passes are those of the newer set; each tells when it begins by the older one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import numpy as np

from scheduler.intervals import Span
from scheduler.prediction.passes import PassTable, TrackedObject
from scheduler.prediction.search import find_passes
from scheduler.stations import Station
from tle.elements import ElementSet
from tle.timebase import DAY_S

_MARGIN = timedelta(hours=1)  # a pass at the edge of the span may begin outside it by the other set


def add_second_aos(
    table: PassTable, older_sets: Mapping[str, ElementSet], station: Station, span: Span
) -> PassTable:
    """Add the AOS by the older set of satellites that have one, by satellite id.

    Both predictions count in the uncertainty: the 95 % bound is at least their difference. Passes
    cut by the span, or without a counterpart within a quarter of a revolution, tell none.
    """
    if table.min_elevation_deg is None:
        return table
    other_s = np.full(len(table), np.nan)
    wide = Span(span.start_utc - _MARGIN, span.end_utc + _MARGIN)
    for at, tracked in enumerate(table.objects):
        older = older_sets.get(tracked.satellite_id)
        if older is None or older.fingerprint == tracked.elements.fingerprint:
            continue
        rows = np.flatnonzero((table.object_index == at) & ~table.starts_before_span)
        if not len(rows):
            continue
        second = find_passes(
            [TrackedObject(tracked.satellite_id, tracked.name, older)],
            station,
            wide,
            min_elevation_deg=table.min_elevation_deg,
        )
        if not len(second):
            continue
        gap_s = np.abs(second.culmination_unix_s[None, :] - table.culmination_unix_s[rows, None])
        nearest = gap_s.argmin(axis=1)
        found = gap_s.min(axis=1) < DAY_S / tracked.elements.mean_motion_rev_day / 4.0
        other_s[rows[found]] = second.aos_unix_s[nearest[found]]
    if np.isnan(other_s).all():
        return table
    bound_s = table.timing_bound95_s
    if bound_s is not None:
        bound_s = np.fmax(bound_s, np.abs(other_s - table.aos_unix_s))
    return replace(table, alternative_aos_unix_s=other_s, timing_bound95_s=bound_s)
