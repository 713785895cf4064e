"""Passes as a table for people, ordered by AOS."""

from __future__ import annotations

import numpy as np

from app.exports.fixed_rows import iso_texts
from scheduler.prediction.passes import PassTable
from scheduler.window_table import WindowTable
from tle.timebase import DAY_S, to_unix_s

HEAD = (
    f"{'AOS (UTC)':<19}  {'culm.':<8}  {'LOS':<8}  {'pass':>6}  {'usable':>6}  {'max el':>6}  "
    f"{'azimuth':>12}  {'age':>6}  {'grade':<7}  {'station':<10}  satellite"
)
UNITS = (
    f"{'':<19}  {'':<8}  {'':<8}  {'min':>6}  {'min':>6}  {'deg':>6}  {'AOS-LOS deg':>12}  {'d':>6}"
)
FOOT = "< in progress at the start of the span; > at its end. usable: the antenna's best windows."


def table_lines(
    table: PassTable, windows: WindowTable, grades: tuple[str, ...]
) -> list[tuple[float, str]]:
    """Return one line per pass with its AOS, which orders the lines of several tables."""
    usable_s = _usable_s(windows, len(table))
    aos, top, los = (
        iso_texts(column)
        for column in (table.aos_unix_s, table.culmination_unix_s, table.los_unix_s)
    )
    epoch_s = [to_unix_s(item.elements.epoch_utc) for item in table.objects]
    lines = []
    other_s = table.alternative_aos_unix_s
    for row, at in enumerate(table.object_index.tolist()):
        item = table.objects[at]
        start_s, end_s = float(table.aos_unix_s[row]), float(table.los_unix_s[row])
        early = "<" if table.starts_before_span[row] else " "
        late = ">" if table.ends_after_span[row] else " "
        lines.append(
            (
                start_s,
                f"{aos[row][:10]} {aos[row][11:19]}{early} {top[row][11:19]}  {los[row][11:19]}"
                f"{late} {(end_s - start_s) / 60.0:6.1f}  {usable_s[row] / 60.0:6.1f}  "
                f"{table.max_elevation_deg[row]:6.1f}  "
                f"{table.aos_azimuth_deg[row]:5.0f} {table.los_azimuth_deg[row]:6.0f}  "
                f"{(start_s - epoch_s[at]) / DAY_S:6.1f}  {grades[at]:<7}  "
                f"{table.station_id:<10}  {item.name} [{item.satellite_id}]"
                + (_tell_alternative(float(other_s[row])) if other_s is not None else ""),
            )
        )
    return lines


def _tell_alternative(aos_unix_s: float) -> str:
    """Say when the pass begins by the set before an unconfirmed manoeuvre; NaN: nothing to say."""
    if aos_unix_s != aos_unix_s:
        return ""
    clock = iso_texts(np.array([aos_unix_s]))[0][11:19]
    return f"  or AOS {clock} if it has not manoeuvred"


def _usable_s(windows: WindowTable, count: int) -> list[float]:
    """Return for each pass the seconds in windows of the antenna that has most."""
    antennas = max(len(windows.antenna_ids), 1)
    slot = windows.window_row * antennas + windows.window_antenna
    length_s = windows.window_end_unix_s - windows.window_start_unix_s
    total_s = np.bincount(slot, length_s, minlength=count * antennas).reshape(count, antennas)
    return [float(value) for value in total_s.max(axis=1, initial=0.0)]
