"""A small launch for tests: a 500 km sun-synchronous separation, lift-off on a September day."""

from datetime import UTC, datetime, timedelta

import numpy as np

from tle.drag import Drag
from tle.earth_rotation import EARTH_RATE_RAD_S, greenwich_angle_rad, rotate_to_earth
from tle.launch import Launch, Separation, diagonal_covariance
from tle.nominal import SunSynchronous, make_nominal
from tle.propagation import build_record, propagate
from tle.timebase import to_unix_s

LIFTOFF = datetime(2026, 9, 6, 3, 0, tzinfo=UTC)
SIGMAS = diagonal_covariance((1.0, 2.0, 1.0), (0.002, 0.001, 0.003))


def launch(covariance=SIGMAS, altitude_km=500.0):
    """Build the launch from a design, by way of its Earth-fixed state 900 s after lift-off."""
    epoch = LIFTOFF + timedelta(seconds=900)
    design = SunSynchronous(altitude_km, 10.5, argument_of_latitude_deg=100.0)
    at = np.array([to_unix_s(epoch)])
    r, v, _ = propagate(build_record(make_nominal(design, epoch, name="X").elements), at)
    fixed_r = rotate_to_earth(r, greenwich_angle_rad(at))
    fixed_v = rotate_to_earth(v, greenwich_angle_rad(at))
    fixed_v -= np.cross([0.0, 0.0, EARTH_RATE_RAD_S], fixed_r)
    separation = Separation(900.0, tuple(fixed_r[0]), tuple(fixed_v[0]), covariance)
    return Launch("NKSAT", LIFTOFF, separation, Drag(area_m2=0.5, mass_kg=100.0))
