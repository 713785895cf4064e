"""OEM texts and objects made from an element set through SGP4."""

import numpy as np

from tests.tle.element_builders import EPOCH, RECEIVED, make_elements
from tle.oem import Oem, OemSegment
from tle.oem_format import write_oem
from tle.propagation import Sgp4Ephemeris
from tle.timebase import to_unix_s

EPOCH_S = to_unix_s(EPOCH)


def fly_sgp4(unix_s, elements=None):
    return Sgp4Ephemeris(elements or make_elements()).position_velocity(unix_s)[:2]


def fly_kepler(unix_s, *, axis_km=7000.0, eccentricity=0.001):
    """Give a two-body orbit in a tilted plane: velocities are exactly the positions' slopes."""
    motion = np.sqrt(398_600.44 / axis_km**3)
    mean = motion * (np.asarray(unix_s) - EPOCH_S) - 0.5
    anomaly = mean.copy()
    for _ in range(60):
        slope = 1.0 - eccentricity * np.cos(anomaly)
        anomaly -= (anomaly - eccentricity * np.sin(anomaly) - mean) / slope
    rate = motion / (1.0 - eccentricity * np.cos(anomaly))
    flat = np.sqrt(1.0 - eccentricity**2)
    x, y = axis_km * (np.cos(anomaly) - eccentricity), axis_km * flat * np.sin(anomaly)
    vx, vy = -axis_km * np.sin(anomaly) * rate, axis_km * flat * np.cos(anomaly) * rate
    tilt = np.radians(98.0)
    turn = np.array([[1.0, 0.0], [0.0, np.cos(tilt)], [0.0, np.sin(tilt)]])
    return np.column_stack([x, y]) @ turn.T, np.column_stack([vx, vy]) @ turn.T


def make_oem(*, step_s=60.0, count=61, frame="TEME", fly=fly_sgp4, turn=None, degree=0):
    """Sample an orbit; ``turn(unix_s, r, v)`` may put the states into another frame."""
    elements = make_elements()
    unix_s = EPOCH_S + step_s * np.arange(count)
    r_km, v_km_s = fly(unix_s)
    if turn:
        r_km, v_km_s = turn(unix_s, r_km, v_km_s)
    segment = OemSegment(
        elements.name, elements.object_id, frame, unix_s, r_km, v_km_s,
        float(unix_s[0]), float(unix_s[-1]), "HERMITE" if degree else "", degree,
    )  # fmt: skip
    return Oem("TEST", RECEIVED, (segment,), "test", RECEIVED)


def oem_text(encoding="kvn", **changes):
    return write_oem(make_oem(**changes), encoding=encoding)
