"""Where the satellite stands during a candidate's window."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from scheduler.prediction.sky_paths import SkyPaths, azimuth_elevation_deg, to_directions
from scheduler.window_table import VisibilityWindow
from tle.timebase import FloatArray

POINTING_STEP_S = 30.0  # between pointings of a candidate; linear between them
MIN_POINTINGS = 9


@dataclass(frozen=True, slots=True)
class Track:
    """Azimuth (0 to 360) and elevation over a candidate's window, arrays of shape (n,)."""

    unix_s: FloatArray
    azimuth_deg: FloatArray
    elevation_deg: FloatArray

    def look_at(self, unix_s: float) -> tuple[float, float]:
        """Interpolate azimuth and elevation at an instant, from the nearest end outside."""
        after = min(max(int(np.searchsorted(self.unix_s, unix_s)), 1), len(self.unix_s) - 1)
        begins_s, ends_s = self.unix_s[after - 1 : after + 1]
        part = min(max((unix_s - begins_s) / (ends_s - begins_s), 0.0), 1.0)
        from_deg, to_deg = self.azimuth_deg[after - 1 : after + 1]
        turn_deg = (to_deg - from_deg + 180.0) % 360.0 - 180.0
        low_deg, high_deg = self.elevation_deg[after - 1 : after + 1]
        return (
            float((from_deg + part * turn_deg) % 360.0),
            float(low_deg + part * (high_deg - low_deg)),
        )

    def find_max_elevation_deg(self, start_unix_s: float, end_unix_s: float) -> float:
        """Return the greatest elevation in a part of the window, on a parabola at the top."""
        edges = np.interp([start_unix_s, end_unix_s], self.unix_s, self.elevation_deg)
        best = float(max(edges))
        first, last = np.searchsorted(self.unix_s, [start_unix_s, end_unix_s])
        if first == last:
            return best
        highest = int(first + np.argmax(self.elevation_deg[first:last]))
        best = max(best, float(self.elevation_deg[highest]))
        if 0 < highest < len(self.unix_s) - 1:
            best = max(best, self._top(highest, start_unix_s, end_unix_s))
        return best

    def _top(self, index: int, start_unix_s: float, end_unix_s: float) -> float:
        left, middle, right = self.elevation_deg[index - 1 : index + 2]
        bend = left - 2.0 * middle + right
        if bend >= 0.0:
            return float(middle)
        offset = 0.5 * (left - right) / bend
        step_s = self.unix_s[index + 1] - self.unix_s[index]
        instant = self.unix_s[index] + offset * step_s
        if abs(offset) > 1.0 or not start_unix_s <= instant <= end_unix_s:
            return float(middle)
        return float(middle - 0.125 * (left - right) ** 2 / bend)


def sample_tracks(
    paths: SkyPaths, windows: Sequence[tuple[int, VisibilityWindow]]
) -> Iterator[tuple[Track, FloatArray]]:
    """Return where the satellite stands over windows of passes, as angles and as vectors (n, 3)."""
    if not windows:
        return
    lengths_s = [window.end_unix_s - window.start_unix_s for _, window in windows]
    instants = [
        np.linspace(
            window.start_unix_s,
            window.end_unix_s,
            max(MIN_POINTINGS, int(length_s / POINTING_STEP_S) + 2),
        )
        for (_, window), length_s in zip(windows, lengths_s, strict=True)
    ]
    counts = [len(item) for item in instants]
    owners = np.repeat([index for index, _ in windows], counts)
    sight_km = paths.locate_many(owners, np.concatenate(instants)[:, None])[:, 0]
    directions = to_directions(sight_km)
    azimuth_deg, elevation_deg = azimuth_elevation_deg(directions)
    first = 0
    for unix_s, count in zip(instants, counts, strict=True):
        part = slice(first, first + count)
        yield Track(unix_s, azimuth_deg[part], elevation_deg[part]), directions[part]
        first += count
