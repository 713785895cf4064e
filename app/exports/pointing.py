"""Pointing files: where the mount points, instant by instant, through every contact.

Mount angles are unwrapped inside the azimuth travel: no jump from 359 to 0. The column
``refraction`` says what is in them: added, left_to_control_unit or none.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from app.exports.base import (
    ExportFormat,
    Schedule,
    ScheduleEntry,
    clean_text,
    find_antenna,
    require_object,
)
from app.exports.csv_table import make_inert
from scheduler.prediction.track import Track, compute_track, sample_instants
from tle.timebase import FloatArray, format_unix_s

COLUMNS = (
    "entry_id",
    "utc",
    "azimuth_deg",
    "elevation_deg",
    "azimuth_rate_deg_s",
    "elevation_rate_deg_s",
    "range_km",
    "range_rate_km_s",
    "doppler_hz",
    "refraction",
    "element_set_id",
)


def write_pointing(schedule: Schedule) -> Iterator[str]:
    """Yield the header, then the samples of one contact after the other."""
    yield ",".join(COLUMNS) + "\r\n"
    for entry in schedule.open_entries():
        if entry.kind != "block" and entry.satellite_id:
            yield from _write_samples(entry, schedule)


def track_entry(entry: ScheduleEntry, schedule: Schedule) -> Track:
    """Compute the track of an entry from its start to its end."""
    tracked = require_object(schedule, entry)
    station, antenna = find_antenna(schedule, entry)
    satellite = schedule.satellites.get(entry.satellite_id)
    return compute_track(
        tracked.ephemeris or tracked.elements,
        station,
        sample_instants(entry.start_unix_s, entry.end_unix_s, schedule.step_s),
        antenna=antenna,
        services=() if satellite is None else satellite.services,
    )


def compute_rates_deg_s(angles_deg: FloatArray, unix_s: FloatArray) -> FloatArray:
    """Return the rates of unwrapped angles, (n,), by differences; 0 for a single sample."""
    if len(unix_s) < 2:
        return np.zeros_like(angles_deg)
    between = np.diff(angles_deg) / np.diff(unix_s)
    middle = 0.5 * (unix_s[1:] + unix_s[:-1])
    inner = np.interp(unix_s, middle, between)
    if len(unix_s) > 2:  # carry the trend on to both ends
        slope = np.diff(between) / np.diff(middle)
        inner[0] = between[0] + slope[0] * (unix_s[0] - middle[0])
        inner[-1] = between[-1] + slope[-1] * (unix_s[-1] - middle[-1])
    return np.asarray(inner, dtype=np.float64)


def _write_samples(entry: ScheduleEntry, schedule: Schedule) -> Iterator[str]:
    track = track_entry(entry, schedule)
    tracked = require_object(schedule, entry)
    doppler_hz = track.doppler_hz.get(entry.service)
    azimuth_rate = compute_rates_deg_s(track.mount_azimuth_deg, track.unix_s)
    elevation_rate = compute_rates_deg_s(track.mount_elevation_deg, track.unix_s)
    head = _quote(make_inert(entry.entry_id))
    tail = f"{track.refraction},{clean_text(tracked.elements.element_set_id)}\r\n"
    for at, utc in enumerate(format_unix_s(track.unix_s)):
        doppler = "" if doppler_hz is None else f"{doppler_hz[at]:.1f}"
        yield (
            f"{head},{utc},{track.mount_azimuth_deg[at]:.5f},{track.mount_elevation_deg[at]:.5f},"
            f"{azimuth_rate[at]:.5f},{elevation_rate[at]:.5f},{track.range_km[at]:.4f},"
            f"{track.range_rate_km_s[at]:.6f},{doppler},{tail}"
        )


def _quote(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


FORMAT = ExportFormat("text/csv; charset=utf-8", "csv", write_pointing)
