"""Name for every pass what it was predicted from: an element set, or the orbit of an ephemeris."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scheduler.prediction.passes import PassTable, TrackedObject
from tle.offers import ServedEphemeris


def name_origins(table: PassTable) -> PassTable:
    """Give each pass of an object with several origins the one that serves its AOS.

    Such an object then stands in ``objects`` once for each origin, best first; the order of the
    rows stays.
    """
    if not any(isinstance(item.ephemeris, ServedEphemeris) for item in table.objects):
        return table
    objects: list[TrackedObject] = []
    index = np.empty_like(table.object_index)
    for at, tracked in enumerate(table.objects):
        rows = table.object_index == at
        index[rows] = len(objects)
        served = tracked.ephemeris
        if not isinstance(served, ServedEphemeris):
            objects.append(tracked)
            continue
        index[rows] += served.find_rank(table.aos_unix_s[rows])
        objects += [replace(tracked, elements=orbit) for orbit in served.orbits]
    return replace(table, objects=tuple(objects), object_index=index)
