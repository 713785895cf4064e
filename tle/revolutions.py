"""Which revolution a satellite is in: the count that element sets carry, carried on in time."""

from __future__ import annotations

import math

import numpy as np

from tle.elements import ElementSet
from tle.propagation import build_record, propagate
from tle.timebase import DAY_S, FloatArray, to_unix_s

_TURN = 2.0 * math.pi
_MINUTES_A_DAY = 1_440.0


def count_revolution(elements: ElementSet, unix_s: float) -> int | None:
    """Return the revolution at an instant; None where the element set does not count them.

    A revolution begins at the ascending node. The rates of the mean elements say about how many
    there were; where SGP4 puts the satellite says the rest. TLEs count to 99999.
    """
    if elements.rev_at_epoch is None:
        return None
    record = build_record(elements)
    epoch_s = to_unix_s(elements.epoch_utc)
    r_km, v_km_s, error = propagate(record, np.array([epoch_s, unix_s]))
    if np.any(error):
        return None
    at_epoch, now = _find_latitude_turns(r_km, v_km_s)
    days = (unix_s - epoch_s) / DAY_S
    turns: float = (record.mdot + record.argpdot) * _MINUTES_A_DAY / _TURN * days
    turns += elements.mean_motion_dot * days**2
    return elements.rev_at_epoch + round(turns + at_epoch - now)


def _find_latitude_turns(r_km: FloatArray, v_km_s: FloatArray) -> tuple[float, float]:
    """Return for two states the angle from the ascending node, in turns from 0 to 1."""
    normal = np.cross(r_km, v_km_s)
    node = np.column_stack([-normal[:, 1], normal[:, 0], np.zeros(2)])
    across = np.cross(normal, node) / np.linalg.norm(normal, axis=1, keepdims=True)
    angle = np.arctan2((r_km * across).sum(axis=1), (r_km * node).sum(axis=1))
    first, second = (angle / _TURN) % 1.0
    return float(first), float(second)
