"""Two satellites on one frequency in the beam at once: flagged, because it needs both to transmit.

KSAT calls it a frequency conjunction and counts it among the normal causes of loss. Nothing is cut:
whether the other satellite transmits is its operator's affair.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from scheduler.antenna_constraints.base import IntArray
from scheduler.antenna_constraints.beam import half_power_beam_deg
from scheduler.antenna_constraints.service_band import occupied_band_hz
from scheduler.prediction.passes import PassTable
from scheduler.prediction.search import join_tables
from scheduler.prediction.sky_paths import SkyPaths, build_sky_paths, to_directions
from scheduler.satellites import Service
from scheduler.stations import Antenna, Station
from scheduler.window_table import WindowTable
from tle.timebase import FloatArray

BEAMS_APART = 2.0
REASON = "frequency_conjunction"
_STEP_S = 1.0
_FASTEST_DEG_S = 5.2  # two satellites overhead in opposite directions


@dataclass(frozen=True, slots=True)
class FrequencyConjunction:
    """A span in which the satellites of two passes (rows of the table) stand too close."""

    row: int
    other_row: int
    start_unix_s: float
    end_unix_s: float
    least_separation_deg: float
    limit_deg: float


@dataclass(frozen=True, slots=True)
class WindowConjunction:
    """A span of a window in which another satellite shares the beam and the frequency."""

    window: int  # index of the window in its table
    other_satellite_id: str
    start_unix_s: float
    end_unix_s: float
    least_separation_deg: float
    limit_deg: float


def flag_windows(
    table: PassTable,
    windows: WindowTable,
    station: Station,
    services: Mapping[str, Sequence[Service]],
    neighbours: PassTable | None = None,
) -> tuple[WindowConjunction, ...]:
    """Return the frequency conjunctions inside the windows of a table, ascending by window.

    ``neighbours`` are passes of other satellites over the same station, which may disturb but get
    no windows themselves.
    """
    everyone = table if neighbours is None else join_tables([table, neighbours])
    row_of = windows.rows[windows.window_row]
    flagged = []
    for number, antenna_id in enumerate(windows.antenna_ids):
        antenna = next(item for item in station.antennas if item.id == antenna_id)
        pairs = find_frequency_conjunctions(everyone, station, antenna, services)
        for item, row, other in (
            *((item, item.row, item.other_row) for item in pairs),
            *((item, item.other_row, item.row) for item in pairs),
        ):
            first, last = np.searchsorted(row_of, [row, row + 1]).tolist()
            for window in range(first, last):
                start = max(item.start_unix_s, float(windows.window_start_unix_s[window]))
                end = min(item.end_unix_s, float(windows.window_end_unix_s[window]))
                if start < end and windows.window_antenna[window] == number:
                    name = everyone.objects[everyone.object_index[other]].satellite_id
                    nearest, limit = item.least_separation_deg, item.limit_deg
                    flagged.append(WindowConjunction(window, name, start, end, nearest, limit))
    return tuple(sorted(flagged, key=lambda item: (item.window, item.start_unix_s)))


def find_frequency_conjunctions(
    table: PassTable,
    station: Station,
    antenna: Antenna,
    services: Mapping[str, Sequence[Service]],
    *,
    rows: IntArray | None = None,
) -> list[FrequencyConjunction]:
    """Find all pairs of passes with overlapping bands within two beamwidths, ascending by start.

    ``services`` are by satellite id; those without a known centre are left out. Good to a second.
    """
    chosen = np.arange(len(table)) if rows is None else np.asarray(rows, dtype=np.int64)
    bands = {
        index: band
        for index, tracked in enumerate(table.objects)
        if (band := _bands_hz(services.get(tracked.satellite_id, ())))
    }
    chosen = chosen[np.isin(table.object_index[chosen], list(bands))]
    if not len(chosen):
        return []
    owner = table.object_index[chosen].tolist()
    aos, los = table.aos_unix_s[chosen], table.los_unix_s[chosen]
    pairs = [
        (first, second, shared_hz)
        for first, second in _overlapping(aos, los)
        if owner[first] != owner[second]
        and (shared_hz := _shared_hz(bands[owner[first]], bands[owner[second]])) is not None
    ]
    if not pairs:
        return []
    paths = build_sky_paths(table, station, chosen)
    found = []
    for first, second, shared_hz in pairs:
        limit_deg = BEAMS_APART * half_power_beam_deg(antenna.dish_diameter_m, shared_hz)
        start, end = max(aos[first], aos[second]), min(los[first], los[second])
        for span in _close_spans(paths, first, second, float(start), float(end), limit_deg):
            row, other = int(chosen[first]), int(chosen[second])
            found.append(FrequencyConjunction(row, other, *span, limit_deg))
    return sorted(found, key=lambda item: (item.start_unix_s, item.row, item.other_row))


def share_band(one: Sequence[Service], other: Sequence[Service]) -> bool:
    """Tell whether any known bands of two satellites overlap."""
    return _shared_hz(_bands_hz(one), _bands_hz(other)) is not None


def _bands_hz(services: Sequence[Service]) -> list[tuple[float, float]]:
    return [band for service in services if (band := occupied_band_hz(service)) is not None]


def _shared_hz(one: list[tuple[float, float]], other: list[tuple[float, float]]) -> float | None:
    """Return the lowest frequency at which two sets of bands meet, where the beam is widest."""
    meets = [max(a[0], b[0]) for a in one for b in other if a[0] <= b[1] and b[0] <= a[1]]
    return min(meets, default=None)


def _overlapping(aos: FloatArray, los: FloatArray) -> list[tuple[int, int]]:
    """Return pairs of passes that are up at once, each once, by a sweep over AOS."""
    pairs: list[tuple[int, int]] = []
    up: list[int] = []
    for number in np.argsort(aos, kind="stable").tolist():
        up = [earlier for earlier in up if los[earlier] > aos[number]]
        pairs += [(earlier, number) for earlier in up]
        up.append(number)
    return pairs


def _close_spans(
    paths: SkyPaths, first: int, second: int, start: float, end: float, limit_deg: float
) -> list[tuple[float, float, float]]:
    """Return (start, end, least separation) of the spans closer than the limit.

    A coarse look comes first: what is farther apart than both can move until the next one is free.
    """
    coarse = np.linspace(start, end, max(2, int((end - start) / 10.0) + 2))
    reach_deg = limit_deg + _FASTEST_DEG_S * (coarse[1] - coarse[0]) / 2.0
    if np.all(_apart_deg(paths, first, second, coarse) > reach_deg):
        return []
    instants = np.append(np.arange(start, end, _STEP_S), end)
    apart_deg = _apart_deg(paths, first, second, instants)
    close = np.concatenate([[False], apart_deg < limit_deg, [False]])
    edges = np.flatnonzero(close[1:] != close[:-1])
    return [
        (
            float(instants[begin]),
            float(instants[min(stop, len(instants) - 1)]),
            float(np.min(apart_deg[begin:stop])),
        )
        for begin, stop in zip(edges[::2], edges[1::2], strict=True)
    ]


def _apart_deg(paths: SkyPaths, first: int, second: int, instants: FloatArray) -> FloatArray:
    one = to_directions(paths.locate(first, instants))
    other = to_directions(paths.locate(second, instants))
    return np.asarray(2.0 * np.degrees(np.arcsin(0.5 * np.linalg.norm(one - other, axis=1))))
