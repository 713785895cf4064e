"""Pointing files: where the mount points, instant by instant, through every contact.

Mount angles are unwrapped inside the azimuth travel: no jump from 359 to 0. The column
``refraction`` says what is in them: added, left_to_control_unit or none.
"""

from __future__ import annotations

from collections.abc import Iterator

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
_RATE_STEP_S = 0.1


def write_pointing(schedule: Schedule) -> Iterator[str]:
    """Yield the header, then the samples of one contact after the other."""
    yield ",".join(COLUMNS) + "\r\n"
    for entry in schedule.open_entries():
        if entry.kind != "block" and entry.satellite_id:
            yield from _write_samples(entry, schedule)


def track_entry(entry: ScheduleEntry, schedule: Schedule, *, shift_s: float = 0.0) -> Track:
    """Compute the track of an entry from its start to its end, all instants shifted alike."""
    tracked = require_object(schedule, entry)
    station, antenna = find_antenna(schedule, entry)
    satellite = schedule.satellites.get(entry.satellite_id)
    return compute_track(
        tracked.ephemeris or tracked.elements,
        station,
        sample_instants(entry.start_unix_s, entry.end_unix_s, schedule.step_s) + shift_s,
        antenna=antenna,
        services=() if satellite is None else satellite.services,
    )


def compute_rates_deg_s(entry: ScheduleEntry, schedule: Schedule) -> tuple[FloatArray, FloatArray]:
    """Return azimuth and elevation rate of the mount at every sample, shape (n,) each.

    They are differences over a fifth of a second, not over the step of the samples: near the zenith
    the azimuth rate changes within seconds.
    """
    before = track_entry(entry, schedule, shift_s=-_RATE_STEP_S)
    after = track_entry(entry, schedule, shift_s=_RATE_STEP_S)
    turn_deg = (after.mount_azimuth_deg - before.mount_azimuth_deg + 180.0) % 360.0 - 180.0
    rise_deg = after.mount_elevation_deg - before.mount_elevation_deg
    return turn_deg / (2.0 * _RATE_STEP_S), rise_deg / (2.0 * _RATE_STEP_S)


def _write_samples(entry: ScheduleEntry, schedule: Schedule) -> Iterator[str]:
    track = track_entry(entry, schedule)
    tracked = require_object(schedule, entry)
    doppler_hz = track.doppler_hz.get(entry.service)
    azimuth_rate, elevation_rate = compute_rates_deg_s(entry, schedule)
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
