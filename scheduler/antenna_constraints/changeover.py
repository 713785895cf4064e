"""The price of a switch: how long an antenna needs from the end of one contact to the next start.

Both axes move at once, each with a trapezoid profile (speed up, cruise, slow down); the slower
axis decides. The formulas are those of docs/antenna-constraints.md, section "Changeover".
"""

from __future__ import annotations

from scheduler.axis_motion import move_s
from scheduler.stations import Antenna


def changeover_s(
    antenna: Antenna,
    from_azimuth_deg: float,
    from_elevation_deg: float,
    to_azimuth_deg: float,
    to_elevation_deg: float,
) -> float:
    """Return slew plus settle, in seconds, between two pointings of the mount.

    On a mount with limited azimuth travel the azimuths are mount angles (unwrapped, as windows
    carry them) and cables unwind the whole way; on a continuous one the shorter way is taken.
    """
    turn_deg = abs(to_azimuth_deg - from_azimuth_deg)
    if antenna.azimuth_travel_deg is None:
        turn_deg = abs((turn_deg + 180.0) % 360.0 - 180.0)
    slew_s = max(
        move_s(turn_deg, antenna.azimuth_rate_deg_s, antenna.azimuth_acceleration_deg_s2),
        move_s(
            abs(to_elevation_deg - from_elevation_deg),
            antenna.elevation_rate_deg_s,
            antenna.elevation_acceleration_deg_s2,
        ),
    )
    return slew_s + antenna.settle_s


def minimum_gap_s(
    antenna: Antenna,
    from_azimuth_deg: float,
    from_elevation_deg: float,
    to_azimuth_deg: float,
    to_elevation_deg: float,
) -> float:
    """Return the least seconds from the end of one contact to the start of the next.

    Teardown of the first, then setup of the second while the mount slews and settles.
    """
    moved_s = changeover_s(
        antenna, from_azimuth_deg, from_elevation_deg, to_azimuth_deg, to_elevation_deg
    )
    return antenna.teardown_s + max(antenna.setup_s, moved_s)


def longest_changeover_s(antenna: Antenna) -> float:
    """Return slew plus settle between the two pointings of the mount farthest apart."""
    travel = antenna.azimuth_travel_deg
    widest_deg = 180.0 if travel is None else travel[1] - travel[0]
    return changeover_s(
        antenna, 0.0, antenna.tracking_floor_deg, widest_deg, antenna.max_elevation_deg
    )
