"""The only builder of SGP4 records, and the Ephemeris protocol that every orbit source fulfils.

WGS-72 constants and the improved mode, as the published element sets assume. Positions are TEME.
The SGP4 library refuses catalogue numbers above 339999, so no number is ever handed to it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from sgp4.api import WGS72, Satrec, SatrecArray

from tle.elements import ElementSet
from tle.errors import PropagationError
from tle.timebase import DAY_S, UNIX_EPOCH_JD, FloatArray, julian_pair, to_unix_us

ErrorArray = NDArray[np.uint8]

MIN_RADIUS_AT_EPOCH_KM = 6_400.0
MAX_RADIUS_AT_EPOCH_KM = 500_000.0
NOT_FINITE = 7  # our own code, beside SGP4's 1 to 6: error 0 but a number that is not finite

ERROR_REASONS = {
    1: "mean eccentricity outside 0 to 1",
    2: "mean motion not positive",
    3: "osculating eccentricity outside 0 to 1",
    4: "semi-latus rectum negative",
    5: "epoch elements below the surface",
    6: "decayed",
    NOT_FINITE: "the position is not a finite number",
}

_SGP4_ZERO_JD = 2_433_281.5  # Julian date of 1949-12-31T00:00:00Z, where SGP4 counts days from
_RAD_PER_DEG = np.pi / 180.0
_RAD_MIN_PER_REV_DAY = 2.0 * np.pi / 1440.0


class Ephemeris(Protocol):
    """Where one object is, inside a span of validity."""

    @property
    def valid_from_unix_s(self) -> float:
        """First instant that may be asked; minus infinity when unlimited."""
        ...

    @property
    def valid_to_unix_s(self) -> float:
        """Last instant that may be asked; infinity when unlimited."""
        ...

    def position_velocity(self, unix_s: FloatArray) -> tuple[FloatArray, FloatArray, ErrorArray]:
        """Return TEME positions in km (n, 3), velocities in km/s (n, 3) and error codes (n,).

        An error code other than 0 means that the row must not be used.
        """
        ...


def build_record(elements: ElementSet) -> Any:
    """Build the SGP4 record (``sgp4.api.Satrec``) of an element set; its number stays 0.

    Nothing is checked here (``check_at_epoch`` does): elements that SGP4 refuses give a record
    whose ``error`` is not 0.
    """
    microseconds = to_unix_us(elements.epoch_utc)
    whole_days, rest = divmod(microseconds, 86_400_000_000)
    fraction = rest / 86_400e6
    whole_jd = whole_days + UNIX_EPOCH_JD
    record = Satrec()
    record.sgp4init(
        WGS72,
        "i",
        0,
        whole_jd + fraction - _SGP4_ZERO_JD,  # as the reference forms it, rounding included
        elements.bstar,
        elements.mean_motion_dot * _RAD_MIN_PER_REV_DAY / 1440.0,
        elements.mean_motion_ddot * _RAD_MIN_PER_REV_DAY / 1440.0**2,
        elements.eccentricity,
        elements.arg_perigee_deg * _RAD_PER_DEG,
        elements.inclination_deg * _RAD_PER_DEG,
        elements.mean_anomaly_deg * _RAD_PER_DEG,
        elements.mean_motion_rev_day * _RAD_MIN_PER_REV_DAY,
        elements.raan_deg * _RAD_PER_DEG,
    )
    # sgp4init keeps the epoch in one number of days, good to 0.3 us (3 mm): give it both parts.
    record.jdsatepoch = whole_jd
    record.jdsatepochF = fraction
    return record


def find_record(elements: ElementSet) -> Any:
    """Return the SGP4 record of an element set, built when first asked and kept with it."""
    room = elements.sgp4
    if room.record is None:
        room.record = build_record(elements)
    return room.record


def run_record(
    record: Any,
    julian: tuple[FloatArray, FloatArray],
    r_km: FloatArray,
    v_km_s: FloatArray,
    error: ErrorArray,
) -> None:
    """Run a record over instants (n,), as ``julian_pair`` gives them, into given arrays.

    ``r_km`` and ``v_km_s`` are contiguous rows (n, 3). ``Satrec.sgp4_array`` would make new ones
    at each call, which costs as much as a few positions.
    """
    record._sgp4(*julian, error, r_km, v_km_s)


def build_array(sets: Iterable[ElementSet]) -> Any:
    """Build one ``SatrecArray`` of many element sets, in their order, for grids of instants."""
    return SatrecArray([build_record(elements) for elements in sets])


def propagate(record: Any, unix_s: FloatArray) -> tuple[FloatArray, FloatArray, ErrorArray]:
    """Run one record over instants, shape (n,): TEME km (n, 3), km/s (n, 3), error codes (n,)."""
    days, fraction = julian_pair(np.atleast_1d(np.asarray(unix_s, dtype=np.float64)))
    error, r_km, v_km_s = record.sgp4_array(days, fraction)
    return r_km, v_km_s, _mark_not_finite(r_km, v_km_s, error)


def propagate_many(records: Any, unix_s: FloatArray) -> tuple[FloatArray, FloatArray, ErrorArray]:
    """Run a ``SatrecArray`` of m over instants (n,): (m, n, 3), (m, n, 3), error codes (m, n)."""
    days, fraction = julian_pair(np.atleast_1d(np.asarray(unix_s, dtype=np.float64)))
    error, r_km, v_km_s = records.sgp4(days, fraction)
    return r_km, v_km_s, _mark_not_finite(r_km, v_km_s, error)


def check_at_epoch(elements: ElementSet) -> None:
    """Raise PropagationError unless SGP4 gives a sane position at the set's own epoch.

    A sane radius lies between 6,400 and 500,000 km. Only the epoch is judged: a set that is sound
    today may decay later, and eccentric orbits leave any narrower band.
    """
    error, (x_km, y_km, z_km), _ = find_record(elements).sgp4_tsince(0.0)
    if error:
        raise PropagationError(
            f"SGP4 refuses the elements at their epoch: {ERROR_REASONS.get(error, error)}"
        )
    radius_km = math.hypot(x_km, y_km, z_km)
    if not MIN_RADIUS_AT_EPOCH_KM < radius_km < MAX_RADIUS_AT_EPOCH_KM:
        raise PropagationError(
            f"radius at epoch {radius_km:.0f} km is outside "
            f"{MIN_RADIUS_AT_EPOCH_KM:.0f} to {MAX_RADIUS_AT_EPOCH_KM:.0f} km"
        )


def _mark_not_finite(r_km: FloatArray, v_km_s: FloatArray, error: ErrorArray) -> ErrorArray:
    finite = np.isfinite(r_km).all(axis=-1) & np.isfinite(v_km_s).all(axis=-1)
    return np.where((error == 0) & ~finite, NOT_FINITE, error).astype(np.uint8)


@dataclass(frozen=True, slots=True)
class Sgp4Ephemeris:
    """The ephemeris that an element set gives through SGP4; valid wherever SGP4 answers."""

    elements: ElementSet
    record: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "record", build_record(self.elements))

    @property
    def valid_from_unix_s(self) -> float:
        return -float("inf")

    @property
    def valid_to_unix_s(self) -> float:
        return float("inf")

    @property
    def period_s(self) -> float:
        """Give the mean orbital period."""
        return DAY_S / self.elements.mean_motion_rev_day

    def position_velocity(self, unix_s: FloatArray) -> tuple[FloatArray, FloatArray, ErrorArray]:
        """Return TEME positions in km (n, 3), velocities in km/s (n, 3) and error codes (n,)."""
        return propagate(self.record, unix_s)

    def __reduce__(self) -> tuple[type[Sgp4Ephemeris], tuple[ElementSet]]:
        return (Sgp4Ephemeris, (self.elements,))  # the record itself cannot be pickled
