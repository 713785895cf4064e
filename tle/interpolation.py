"""Positions between the states of an OEM: Hermite polynomials through positions and velocities.

States are turned into TEME first, where the motion is smooth, whatever frame they came in. Four
states around the instant give degree 7 (more where the message recommends a higher degree).
Nothing is extrapolated: outside the useable times, and in gaps between segments, rows carry the
error code ``NOT_COVERED``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from tle.frames import turn_to_teme
from tle.oem import Oem, OemSegment
from tle.propagation import ErrorArray
from tle.timebase import FloatArray

NOT_COVERED = 8  # error code: no segment of the message covers the instant
_STATES, _MAX_STATES = 4, 8


@dataclass(frozen=True, slots=True, eq=False)
class OemEphemeris:
    """The ephemeris that an OEM gives, in TEME, inside its validity only."""

    message: Oem
    _states: tuple[tuple[OemSegment, FloatArray, FloatArray], ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        turned = tuple(
            (s, *turn_to_teme(s.ref_frame, s.unix_s, s.position_km, s.velocity_km_s))
            for s in self.message.segments
        )
        object.__setattr__(self, "_states", turned)

    @property
    def valid_from_unix_s(self) -> float:
        return self.message.valid_from_unix_s

    @property
    def valid_to_unix_s(self) -> float:
        return self.message.valid_to_unix_s

    def position_velocity(self, unix_s: FloatArray) -> tuple[FloatArray, FloatArray, ErrorArray]:
        """Return TEME positions in km (n, 3), velocities in km/s (n, 3) and error codes (n,)."""
        instants = np.atleast_1d(np.asarray(unix_s, dtype=np.float64))
        r_km = np.full((len(instants), 3), np.nan)
        v_km_s = np.full((len(instants), 3), np.nan)
        error = np.full(len(instants), NOT_COVERED, dtype=np.uint8)
        for segment, nodes_km, nodes_km_s in self._states:
            inside = (instants >= segment.useable_from_unix_s) & (
                instants <= segment.useable_to_unix_s
            )
            inside &= error != 0  # where segments touch, the earlier one serves
            if inside.any():
                r_km[inside], v_km_s[inside] = _interpolate(
                    segment, nodes_km, nodes_km_s, instants[inside]
                )
                error[inside] = 0
        return r_km, v_km_s, error


def _interpolate(
    segment: OemSegment, r_km: FloatArray, v_km_s: FloatArray, instants: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Evaluate the Hermite polynomial through the states around each instant (Newton's form)."""
    wanted = max(_STATES, (segment.interpolation_degree + 2) // 2)
    count = min(wanted, _MAX_STATES, len(segment.unix_s))
    first = np.searchsorted(segment.unix_s, instants, side="right") - count // 2
    first = np.clip(first, 0, len(segment.unix_s) - count)
    rows = first[:, None] + np.arange(count)[None, :]
    # Every node twice, in seconds from the instant: the polynomial is evaluated at zero.
    nodes_s = np.repeat(segment.unix_s[rows] - instants[:, None], 2, axis=1)
    table = np.repeat(r_km[rows], 2, axis=1)
    coefficients = [table[:, 0]]
    for level in range(1, 2 * count):
        width = nodes_s[:, level:] - nodes_s[:, :-level]
        table = np.diff(table, axis=1) / np.where(width == 0.0, 1.0, width)[:, :, None]
        if level == 1:
            table[:, 0::2] = v_km_s[rows]  # between a node and itself: its velocity
        coefficients.append(table[:, 0])
    position, velocity = coefficients[-1], np.zeros_like(coefficients[-1])
    for level in range(2 * count - 2, -1, -1):
        offset = -nodes_s[:, level][:, None]
        velocity = velocity * offset + position
        position = position * offset + coefficients[level]
    return position, velocity
