"""Stations, orbits and pass tables for the tests of windows; passes found by plain sampling."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from scheduler.prediction.passes import PassTable, TrackedObject
from scheduler.prediction.topocentric import look_angles
from scheduler.stations import Antenna, HorizonMask, Station
from tle.elements import ElementSet
from tle.propagation import build_record, propagate
from tle.timebase import to_unix_s

EPOCH_UTC = datetime(2026, 9, 6, 12, tzinfo=UTC)


def make_station(mask: HorizonMask | None = None, **antenna) -> Station:
    """Build the Almaty station with one antenna; keywords change the antenna."""
    return Station(
        "almaty",
        "Almaty",
        latitude_deg=43.2235,
        longitude_deg=76.9225,
        altitude_m=910.0,
        horizon_mask=mask,
        antennas=(replace(Antenna("a1", "dish"), **antenna),),
    )


def make_elements(
    altitude_km: float = 600.0, inclination_deg: float = 97.8, raan_deg: float = 0.0, **changes
) -> ElementSet:
    """Build a circular orbit without drag at ``EPOCH_UTC``."""
    mean_motion = 86_400.0 / (2.0 * np.pi) * np.sqrt(398_600.8 / (6378.135 + altitude_km) ** 3)
    elements = ElementSet(
        name=f"orbit {altitude_km:g} km",
        norad_cat_id=None,
        object_id="",
        epoch_utc=EPOCH_UTC,
        mean_motion_rev_day=float(mean_motion),
        eccentricity=1e-4,
        inclination_deg=inclination_deg,
        raan_deg=raan_deg,
        arg_perigee_deg=0.0,
        mean_anomaly_deg=0.0,
        bstar=0.0,
        mean_motion_dot=0.0,
        mean_motion_ddot=0.0,
        source="test",
        received_utc=EPOCH_UTC,
    )
    return replace(elements, **changes)


def see(elements: ElementSet, station: Station, unix_s):
    """Return look angles by direct propagation at every instant."""
    r_km, v_km_s, error = propagate(build_record(elements), np.asarray(unix_s, dtype=float))
    assert not error.any()
    return look_angles(r_km, v_km_s, station, np.asarray(unix_s, dtype=float))


def find_by_sampling(
    sets: list[ElementSet], station: Station, *, hours: float = 24.0, min_elevation_deg: float = 5.0
) -> PassTable:
    """Find passes from ``EPOCH_UTC`` on by a 20-s grid and bisection to a microsecond."""
    objects = tuple(TrackedObject(f"s{i}", item.name, item) for i, item in enumerate(sets))
    grid = to_unix_s(EPOCH_UTC) + np.arange(0.0, hours * 3600.0 + 1.0, 20.0)
    rows = []
    for index, elements in enumerate(sets):
        up = see(elements, station, grid).elevation_deg >= min_elevation_deg
        edges = [
            _bisect(elements, station, grid[i], min_elevation_deg, up[i + 1])
            for i in np.flatnonzero(up[1:] != up[:-1])
        ]
        if up[0]:
            edges.insert(0, grid[0])
        if up[-1]:
            edges.append(grid[-1])
        for aos, los in zip(edges[::2], edges[1::2], strict=True):
            rows.append((index, aos, los, aos == grid[0], los == grid[-1]))
    return _table(objects, station, rows, min_elevation_deg)


def _bisect(elements, station, start, limit_deg, rises) -> float:
    low, high = start, start + 20.0
    for _ in range(25):
        middle = 0.5 * (low + high)
        above = see(elements, station, [middle]).elevation_deg[0] >= limit_deg
        low, high = (low, middle) if above == rises else (middle, high)
    return 0.5 * (low + high)


def _table(objects, station, rows, min_elevation_deg) -> PassTable:
    aos, los = np.array([r[1] for r in rows]), np.array([r[2] for r in rows])
    peaks = []
    for (index, start, end, *_), _row in zip(rows, rows, strict=True):
        instants = np.linspace(start, end, 2001)
        look = see(objects[index].elements, station, instants)
        top = int(np.argmax(look.elevation_deg))
        near = int(np.argmin(look.range_km))
        peaks.append(
            (
                instants[top],
                look.elevation_deg[top],
                look.azimuth_deg[top],
                look.azimuth_deg[0],
                look.azimuth_deg[-1],
                instants[near],
            )
        )
    columns = np.array(peaks, dtype=float).reshape(-1, 6).T
    return PassTable(
        station_id=station.id,
        objects=objects,
        object_index=np.array([r[0] for r in rows], dtype=np.int64),
        aos_unix_s=aos,
        culmination_unix_s=columns[0],
        tca_unix_s=columns[5],
        los_unix_s=los,
        aos_azimuth_deg=columns[3],
        culmination_azimuth_deg=columns[2],
        los_azimuth_deg=columns[4],
        max_elevation_deg=columns[1],
        starts_before_span=np.array([r[3] for r in rows], dtype=bool),
        ends_after_span=np.array([r[4] for r in rows], dtype=bool),
        orbit_number=np.zeros(len(rows), dtype=np.int64),
        min_elevation_deg=min_elevation_deg,
    )


def lost_by_sampling(table, station, row, margin_of, step_s=0.5):
    """Sample a pass and a margin directly: instants and whether the antenna loses them."""
    instants = np.arange(table.aos_unix_s[row], table.los_unix_s[row], step_s)
    look = see(table.objects[table.object_index[row]].elements, station, instants)
    return instants, margin_of(look.azimuth_deg, look.elevation_deg) < 0.0


def lost_in_windows(windows_and_cuts, instants):
    """Tell for each instant whether windows and their interruptions lose it."""
    windows, _ = windows_and_cuts
    kept = np.zeros(len(instants), dtype=bool)
    for window in windows:
        kept |= (instants >= window.start_unix_s) & (instants < window.end_unix_s)
        for hole in window.interruptions:
            kept &= ~((instants >= hole.start_unix_s) & (instants < hole.end_unix_s))
    return ~kept
