"""Frequency conjunctions of a prediction: who else is in the beam, on the same frequency."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from app.services.object_choice import ObjectChoice
from scheduler.antenna_constraints.frequency_conjunction import (
    WindowConjunction,
    flag_windows,
    share_band,
)
from scheduler.intervals import Span
from scheduler.prediction.passes import PassTable
from scheduler.prediction.search import find_passes
from scheduler.satellites import Satellite
from scheduler.stations import Station
from scheduler.window_table import WindowTable

_SILENT = ("dead", "decayed")


class ConjunctionWatch:
    """Knows the passes of all satellites that share a frequency, over one station.

    Passes are searched once, when the first windows are flagged; with nobody on one frequency, not
    at all.
    """

    def __init__(
        self, choices: Sequence[ObjectChoice], station: Station, span: Span, floor_deg: float
    ) -> None:
        self.station, self._span, self._floor_deg = station, span, floor_deg
        satellites = [satellite for choice in choices for satellite in choice.satellites]
        on_one = {satellite.id: satellite for satellite in list_on_one_frequency(satellites)}
        self._services = {name: satellite.services for name, satellite in on_one.items()}
        self._objects = [
            tracked
            for choice in choices
            for tracked in choice.objects
            if tracked.satellite_id in on_one
        ]
        self._passes: PassTable | None = None

    def flag(self, table: PassTable, windows: WindowTable) -> tuple[WindowConjunction, ...]:
        """Return the conjunctions inside the windows of some of the passes."""
        mine = {tracked.satellite_id for tracked in table.objects}
        if not mine & self._services.keys():
            return ()
        if self._passes is None:
            self._passes = find_passes(
                self._objects, self.station, self._span, min_elevation_deg=self._floor_deg
            )
        others = self._passes
        known = [item.satellite_id in mine for item in others.objects]
        neighbours = others.take(np.flatnonzero(~np.array(known)[others.object_index]))
        return flag_windows(table, windows, self.station, self._services, neighbours)


def list_on_one_frequency(satellites: Sequence[Satellite]) -> list[Satellite]:
    """Return the satellites that share a known band with another one."""
    known = [
        satellite
        for satellite in {item.id: item for item in satellites}.values()
        if any(service.centre_hz is not None for service in satellite.services)
    ]
    return [
        one
        for one in known
        if any(other is not one and share_band(one.services, other.services) for other in known)
    ]


def find_neighbours(
    chosen: Sequence[Satellite], configured: Sequence[Satellite]
) -> list[Satellite]:
    """Return configured satellites that were not chosen but share a band with one that was.

    Those known to be silent are left out.
    """
    ids = {satellite.id for satellite in chosen}
    return [
        other
        for other in configured
        if other.id not in ids
        and other.not_served_reason not in _SILENT
        and any(share_band(other.services, satellite.services) for satellite in chosen)
    ]
