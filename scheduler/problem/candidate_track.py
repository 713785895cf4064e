"""Where the satellite stands during a candidate's window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tle.timebase import FloatArray


@dataclass(frozen=True, slots=True)
class Track:
    """Azimuth (0 to 360) and elevation over a candidate's window, arrays of shape (n,)."""

    unix_s: FloatArray
    azimuth_deg: FloatArray
    elevation_deg: FloatArray

    def look_at(self, unix_s: float) -> tuple[float, float]:
        """Interpolate azimuth and elevation at an instant."""
        azimuth_deg = np.unwrap(self.azimuth_deg, period=360.0)
        return (
            float(np.interp(unix_s, self.unix_s, azimuth_deg) % 360.0),
            float(np.interp(unix_s, self.unix_s, self.elevation_deg)),
        )

    def find_max_elevation_deg(self, start_unix_s: float, end_unix_s: float) -> float:
        """Return the greatest elevation in a part of the window, on a parabola at the top."""
        inside = (self.unix_s > start_unix_s) & (self.unix_s < end_unix_s)
        edges = np.interp([start_unix_s, end_unix_s], self.unix_s, self.elevation_deg)
        best = float(max(edges))
        for index in np.flatnonzero(inside):
            best = max(best, float(self.elevation_deg[index]))
            if 0 < index < len(self.unix_s) - 1:
                best = max(best, self._top(int(index), start_unix_s, end_unix_s))
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
