"""Day and night at a station, and whether passing satellites stand in sunlight."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from scheduler.intervals import Span
from scheduler.prediction.passes import PassTable
from scheduler.prediction.sun import is_sunlit, sun_elevation_deg
from scheduler.stations import Station
from tle.propagation import Sgp4Ephemeris
from tle.timebase import FloatArray

NIGHT_DEG = -6.0  # the Sun below this: end of civil twilight
_GRID_S = 600.0


@dataclass(frozen=True, slots=True)
class LightFilter:
    """Which passes are wanted by the light at their culmination; None: either.

    ``daylight`` is that at the station (``night``: the Sun below the end of civil twilight, ``day``
    all other time), ``sunlit`` that of the satellite.
    """

    daylight: Literal["day", "night"] | None = None
    sunlit: bool | None = None


ANY_LIGHT = LightFilter()


@dataclass(frozen=True, slots=True)
class PassLight:
    """Light at the culmination of passes, columns of shape (n,)."""

    sun_elevation_deg: FloatArray
    sunlit: NDArray[np.bool_]

    @property
    def night(self) -> NDArray[np.bool_]:
        """Tell which passes culminate while the Sun stands below civil twilight."""
        return np.asarray(self.sun_elevation_deg < NIGHT_DEG)


def light_passes(
    table: PassTable, station: Station, rows: NDArray[np.int64] | None = None
) -> PassLight:
    """Return the light of passes ``rows`` of a table (default: all), for columns and filters."""
    chosen = np.arange(len(table)) if rows is None else np.asarray(rows, dtype=np.int64)
    instants = table.culmination_unix_s[chosen]
    owner = table.object_index[chosen]
    position_km = np.full((len(chosen), 3), np.nan)
    for index in np.unique(owner):
        mine = np.flatnonzero(owner == index)
        tracked = table.objects[index]
        orbit = tracked.ephemeris or Sgp4Ephemeris(tracked.elements)
        position_km[mine] = orbit.position_velocity(instants[mine])[0]
    return PassLight(sun_elevation_deg(station, instants), is_sunlit(position_km, instants))


def keep_lit(table: PassTable, station: Station, wanted: LightFilter) -> PassTable:
    """Return the passes that a filter lets through, with the columns of their light."""
    light = light_passes(table, station)
    keep = np.ones(len(table), dtype=np.bool_)
    if wanted.daylight is not None:
        keep &= light.night == (wanted.daylight == "night")
    if wanted.sunlit is not None:
        keep &= light.sunlit == wanted.sunlit
    lit = replace(table, sun_elevation_deg=light.sun_elevation_deg, sunlit=light.sunlit)
    return lit.take(np.flatnonzero(keep))


def dark_spans(station: Station, span: Span, *, below_deg: float = NIGHT_DEG) -> FloatArray:
    """Return when the Sun's centre stands below an elevation, spans (n, 2) in Unix seconds.

    Good to a second; a polar day gives none, a polar night the whole span.
    """
    start, end = span.start_unix_s, span.end_unix_s
    grid = np.append(np.arange(start, end, _GRID_S), end)
    dark = sun_elevation_deg(station, grid) < below_deg
    turns = np.flatnonzero(dark[1:] != dark[:-1])
    low, high = grid[turns], grid[turns + 1]
    for _ in range(12):  # 600 s down to 0.15 s
        middle = 0.5 * (low + high)
        still = (sun_elevation_deg(station, middle) < below_deg) == dark[turns]
        low, high = np.where(still, middle, low), np.where(still, high, middle)
    edges = 0.5 * (low + high)
    if dark[0]:
        edges = np.insert(edges, 0, start)
    if dark[-1]:
        edges = np.append(edges, end)
    return np.asarray(edges.reshape(-1, 2))
