"""Where the mount points during windows: what a planner needs to price the way between two."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scheduler.prediction.mount import fitting_wraps_deg, mount_angles_deg
from scheduler.prediction.passes import PassTable
from scheduler.prediction.sky_paths import build_sky_paths, to_directions
from scheduler.stations import Station
from scheduler.window_table import WindowTable
from tle.timebase import FloatArray


@dataclass(frozen=True, slots=True)
class MountPath:
    """Mount angles over one window, columns of shape (n,), azimuth unwrapped and within travel.

    ``other_wraps_deg`` are whole turns that may be added to every azimuth instead; a planner that
    treats wraps as variants of a contact takes each as one.
    """

    unix_s: FloatArray
    azimuth_deg: FloatArray
    elevation_deg: FloatArray
    other_wraps_deg: tuple[float, ...]


def point_windows(
    table: PassTable, station: Station, windows: WindowTable, *, step_s: float = 20.0
) -> list[MountPath]:
    """Return the mount path of every window of a table, in the order of its window columns.

    The wrap nearest to the middle of the azimuth travel is chosen.
    """
    antennas = {antenna.id: antenna for antenna in station.antennas}
    paths = build_sky_paths(table, station, windows.rows)
    found = []
    for row, antenna_index, start, end in zip(
        windows.window_row,
        windows.window_antenna,
        windows.window_start_unix_s,
        windows.window_end_unix_s,
        strict=True,
    ):
        antenna = antennas[windows.antenna_ids[antenna_index]]
        unix_s = np.linspace(start, end, max(2, int(np.ceil((end - start) / step_s)) + 1))
        directions = to_directions(paths.locate(int(row), unix_s))
        azimuth_deg, elevation_deg = mount_angles_deg(directions, antenna)
        wraps = fitting_wraps_deg(azimuth_deg, antenna) or (0.0,)
        others = tuple(turn - wraps[0] for turn in wraps[1:])
        found.append(MountPath(unix_s, azimuth_deg + wraps[0], elevation_deg, others))
    return found
