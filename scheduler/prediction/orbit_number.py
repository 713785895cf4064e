"""The number of the revolution in which a pass begins, counted at the ascending node."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from scheduler.prediction.fleet import Fleet, IndexArray
from scheduler.prediction.passes import NO_ORBIT_NUMBER
from scheduler.prediction.secular import SecularMotion, polynomial
from tle.timebase import FloatArray

_KEPLER_STEPS = 10
_KEPLER_TOLERANCE_RAD = 1e-3  # of the last step, which leaves the square of it


def orbit_numbers(fleet: Fleet, index: IndexArray, unix_s: FloatArray) -> NDArray[np.int64]:
    """Return the revolution numbers of objects ``index`` (n,) at instants ``unix_s`` (n,).

    An element set gives the number at its epoch; it grows by one at each ascending node.
    """
    known = np.array(
        [
            NO_ORBIT_NUMBER
            if tracked.elements.rev_at_epoch is None or tracked.ephemeris is not None
            else tracked.elements.rev_at_epoch
            for tracked in fleet.objects
        ],
        dtype=np.int64,
    )
    numbers = known[index]
    counted = np.flatnonzero(numbers != NO_ORBIT_NUMBER)
    index = index[counted]
    secular = fleet.secular
    rows = np.arange(len(secular))
    at_epoch = _nodes_passed(secular, rows, np.zeros(len(secular)))
    since_s = unix_s[counted] - secular.epoch_unix_s[index]
    numbers[counted] += _nodes_passed(secular, index, since_s) - at_epoch[index]
    return numbers


def _nodes_passed(
    secular: SecularMotion, index: IndexArray, since_s: FloatArray
) -> NDArray[np.int64]:
    """Count whole turns of the true argument of latitude (perigee plus true anomaly)."""
    perigee = polynomial(secular.perigee_rad[:, index], since_s)
    mean = polynomial(secular.latitude_rad[:, index], since_s) - perigee
    e = np.clip(secular.eccentricity, 0.0, 0.99)[index]
    eccentric = mean + e * np.sin(mean)
    for _ in range(_KEPLER_STEPS):
        step = (eccentric - e * np.sin(eccentric) - mean) / (1.0 - e * np.cos(eccentric))
        eccentric -= np.clip(step, -1.0, 1.0)
        if np.abs(step).max(initial=0.0) < _KEPLER_TOLERANCE_RAD:
            break
    # True less eccentric anomaly stays within half a turn.
    beta = e / (1.0 + np.sqrt(1.0 - e * e))
    ahead = 2.0 * np.arctan2(beta * np.sin(eccentric), 1.0 - beta * np.cos(eccentric))
    turns = np.floor((perigee + eccentric + ahead) / (2.0 * math.pi))
    return np.nan_to_num(turns).astype(np.int64)
