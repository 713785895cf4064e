"""An element set: the mean elements of one object at one epoch, in OMM units.

TLE and OMM are encodings of it (``tle_format``, ``omm_format``); where it came from and when it
reached us stay with it for good.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any

from tle.timebase import to_unix_us

_NUMBERS = attrgetter(
    "mean_motion_rev_day",
    "eccentricity",
    "inclination_deg",
    "raan_deg",
    "arg_perigee_deg",
    "mean_anomaly_deg",
    "bstar",
    "mean_motion_dot",
    "mean_motion_ddot",
    "ephemeris_type",
)


class RecordRoom:
    """Room for the SGP4 record of a set, which ``tle.propagation.find_record`` builds once.

    It travels empty: a record cannot be pickled.
    """

    __slots__ = ("record",)

    def __init__(self) -> None:
        self.record: Any = None

    def __reduce__(self) -> tuple[type[RecordRoom], tuple[()]]:
        return RecordRoom, ()


@dataclass(frozen=True, slots=True)
class ElementSet:
    """Mean elements (SGP4 theory, TEME, UTC) of one object, with their origin.

    ``norad_cat_id`` has 1 to 9 digits, or is None for an object without a number.
    ``mean_motion_dot`` is the TLE value, half the first derivative, in rev/day^2;
    ``mean_motion_ddot`` a sixth of the second, in rev/day^3; ``bstar`` in 1/Earth radii.
    """

    name: str
    norad_cat_id: int | None
    object_id: str  # international designator such as 2014-024A; empty when unknown
    epoch_utc: datetime
    mean_motion_rev_day: float
    eccentricity: float
    inclination_deg: float
    raan_deg: float
    arg_perigee_deg: float
    mean_anomaly_deg: float
    bstar: float
    mean_motion_dot: float
    mean_motion_ddot: float
    source: str
    received_utc: datetime
    classification: str = "U"
    ephemeris_type: int = 0
    element_set_no: int | None = None
    rev_at_epoch: int | None = None
    _fingerprint: str = field(default="", init=False, repr=False, compare=False)
    sgp4: RecordRoom = field(default_factory=RecordRoom, init=False, repr=False, compare=False)

    @property
    def fingerprint(self) -> str:
        """Hash what the propagator and the identity use; hashed when first asked."""
        if not self._fingerprint:
            object.__setattr__(self, "_fingerprint", _hash_elements(self))
        return self._fingerprint

    @property
    def element_set_id(self) -> str:
        """Name the set for people and for the store: the head of its fingerprint."""
        return self.fingerprint[:16]


def _hash_elements(elements: ElementSet) -> str:
    """Hash what the propagator and the identity use; not the source, not the arrival."""
    identity = (elements.norad_cat_id, elements.object_id, to_unix_us(elements.epoch_utc))
    text = "|".join([*map(str, identity), *map(repr, _NUMBERS(elements))])
    return hashlib.sha256(text.encode("ascii", "backslashreplace")).hexdigest()
