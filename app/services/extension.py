"""A longer contact: both ends may move outwards as far as the antenna sees the satellite now."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from app.errors import InputError
from app.services.booked_passes import BookedPass
from scheduler.antenna_constraints.changeover import longest_changeover_s
from scheduler.plan import Contact
from scheduler.prediction.track import compute_track
from scheduler.stations import Antenna, Station
from tle.timebase import format_utc, from_unix_s


def lengthen(
    contact: Contact,
    station: Station,
    found: BookedPass | None,
    *,
    start_unix_s: float,
    end_unix_s: float,
) -> Contact:
    """Return the contact with earlier start or later end, setup and teardown around it.

    Its reserved time is what the antenna needs, not widened: the booking does that, as the first.
    The usable window is that of the newest elements; InputError names it when the new ends lie
    outside. Expected volume and value grow with the duration.
    """
    if start_unix_s > contact.start_unix_s or end_unix_s < contact.end_unix_s:
        raise InputError(
            "start", "an extension moves an end outwards; to give time back, move the contact"
        )
    low, high = _find_window(contact, found)
    if start_unix_s < low or end_unix_s > high:
        raise InputError(
            "end" if end_unix_s > high else "start",
            "the antenna can use the pass from "
            f"{format_utc(from_unix_s(low))} to {format_utc(from_unix_s(high))}",
            value=format_utc(from_unix_s(end_unix_s if end_unix_s > high else start_unix_s)),
        )
    antenna = next(each for each in station.antennas if each.id == contact.antenna_id)
    part = (end_unix_s - start_unix_s) / (contact.end_unix_s - contact.start_unix_s)
    longer = replace(
        contact,
        start_unix_s=start_unix_s,
        end_unix_s=end_unix_s,
        reserved_start_unix_s=start_unix_s - antenna.setup_s,
        reserved_end_unix_s=end_unix_s + antenna.teardown_s,
        expected_bytes=None if contact.expected_bytes is None else contact.expected_bytes * part,
        value=contact.value * part,
    )
    return longer if found is None else _point(longer, contact, station, antenna, found)


def _find_window(contact: Contact, found: BookedPass | None) -> tuple[float, float]:
    """Return the whole seconds inside the window that holds most of the contact."""
    windows = found.prediction.windows_unix_s if found else ()
    best = max(
        windows,
        key=lambda window: (
            min(window[1], contact.end_unix_s) - max(window[0], contact.start_unix_s)
        ),
        default=None,
    )
    if best is None:
        raise InputError("contact", "the newest elements predict no such pass any more")
    return float(math.ceil(best[0])), float(math.floor(best[1]))


def _point(
    longer: Contact, contact: Contact, station: Station, antenna: Antenna, found: BookedPass
) -> Contact:
    """Set where the antenna points at the new ends, in the wrap of the booked contact."""
    instants = np.array(
        [longer.start_unix_s, contact.start_unix_s, contact.end_unix_s, longer.end_unix_s]
    )
    steps = np.linspace(longer.start_unix_s, longer.end_unix_s, 200)
    unix_s = np.unique(np.concatenate([instants, steps]))
    track = compute_track(found.visible.elements, station, unix_s, antenna=antenna, refract=False)
    first, booked, last = 0, int(np.searchsorted(unix_s, contact.start_unix_s)), -1
    start_deg = end_deg = None
    elevation_deg = track.elevation_deg
    if longest_changeover_s(antenna) > antenna.setup_s:
        turn_deg = np.unwrap(track.mount_azimuth_deg, period=360.0)
        if contact.start_mount_azimuth_deg is not None:
            off_deg = contact.start_mount_azimuth_deg - turn_deg[booked]
            turn_deg = turn_deg + 360.0 * np.round(off_deg / 360.0)
        start_deg, end_deg = float(turn_deg[first]), float(turn_deg[last])
        elevation_deg = track.mount_elevation_deg
    return replace(
        longer,
        element_set_id=found.visible.elements.element_set_id,
        start_azimuth_deg=float(track.azimuth_deg[first]),
        end_azimuth_deg=float(track.azimuth_deg[last]),
        start_elevation_deg=float(elevation_deg[first]),
        end_elevation_deg=float(elevation_deg[last]),
        max_elevation_deg=max(contact.max_elevation_deg, float(track.elevation_deg.max())),
        start_mount_azimuth_deg=start_deg,
        end_mount_azimuth_deg=end_deg,
    )
