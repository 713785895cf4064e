"""Passes: the geometry of one satellite above one station's flat tracking floor.

``PassTable`` keeps many passes as columns; nobody pays for Python objects until a ``Pass`` is read.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tle.elements import ElementSet
from tle.propagation import Ephemeris
from tle.timebase import FloatArray, to_unix_s

NO_ORBIT_NUMBER = int(np.iinfo(np.int64).min)
AnswerKind = Literal["always_visible", "never_visible", "decayed", "not_propagated", "no_elements"]


@dataclass(frozen=True, slots=True)
class TrackedObject:
    """A satellite to search for: our id and the element set that serves the span.

    With an ``ephemeris`` its states are used instead of SGP4's, inside its validity only; the
    element set then names the object and the origin.
    """

    satellite_id: str
    name: str
    elements: ElementSet
    ephemeris: Ephemeris | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A result that is not a pass: the satellite never rises, never sets, or has decayed."""

    satellite_id: str
    station_id: str
    kind: AnswerKind
    detail: str


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass. At an edge of the span AOS or LOS is the edge itself, with its flag set."""

    pass_id: str
    satellite_id: str
    name: str
    norad_cat_id: int | None
    station_id: str
    aos_unix_s: float
    culmination_unix_s: float
    tca_unix_s: float
    los_unix_s: float
    aos_azimuth_deg: float
    culmination_azimuth_deg: float
    los_azimuth_deg: float
    max_elevation_deg: float
    starts_before_span: bool
    ends_after_span: bool
    orbit_number: int | None
    elements: ElementSet
    timing_sigma_s: float | None = None
    timing_bound95_s: float | None = None
    alternative_aos_unix_s: float | None = None  # by the set before an unconfirmed manoeuvre

    @property
    def duration_s(self) -> float:
        return self.los_unix_s - self.aos_unix_s

    @property
    def element_age_s(self) -> float:
        """AOS minus epoch; negative when the epoch lies after AOS."""
        return self.aos_unix_s - to_unix_s(self.elements.epoch_utc)


@dataclass(frozen=True, slots=True)
class PassTable:
    """Passes of many objects over one station, one row a pass, columns of shape (n_passes,).

    Rows are ordered by object, then AOS. ``object_index`` points into ``objects``;
    ``orbit_number`` is ``NO_ORBIT_NUMBER`` where the element set does not count revolutions.
    """

    station_id: str
    objects: tuple[TrackedObject, ...]
    object_index: NDArray[np.int64]
    aos_unix_s: FloatArray
    culmination_unix_s: FloatArray
    tca_unix_s: FloatArray
    los_unix_s: FloatArray
    aos_azimuth_deg: FloatArray
    culmination_azimuth_deg: FloatArray
    los_azimuth_deg: FloatArray
    max_elevation_deg: FloatArray
    starts_before_span: NDArray[np.bool_]
    ends_after_span: NDArray[np.bool_]
    orbit_number: NDArray[np.int64]
    answers: tuple[Answer, ...] = ()
    min_elevation_deg: float | None = None  # the flat limit of the search; None: not known
    timing_sigma_s: FloatArray | None = None  # at AOS (scheduler.uncertainty); None: not asked
    timing_bound95_s: FloatArray | None = None
    alternative_aos_unix_s: FloatArray | None = None  # NaN where the orbit is not in doubt
    sun_elevation_deg: FloatArray | None = None  # at the station, at culmination; None: not asked
    sunlit: NDArray[np.bool_] | None = None  # the satellite, at culmination; None: not asked

    def __len__(self) -> int:
        return len(self.aos_unix_s)

    def take(self, rows: NDArray[np.int64] | slice) -> PassTable:
        """Pick passes, in the order of the table; the objects stay."""
        columns: dict[str, Any] = {
            field.name: column[rows]
            for field in fields(self)
            if isinstance(column := getattr(self, field.name), np.ndarray)
        }
        return replace(self, **columns)

    def read(self, row: int) -> Pass:
        """Turn one row into a record."""
        tracked = self.objects[self.object_index[row]]
        number = int(self.orbit_number[row])
        return Pass(
            pass_id=make_pass_id(self.station_id, tracked, float(self.culmination_unix_s[row])),
            satellite_id=tracked.satellite_id,
            name=tracked.name,
            norad_cat_id=tracked.elements.norad_cat_id,
            station_id=self.station_id,
            aos_unix_s=float(self.aos_unix_s[row]),
            culmination_unix_s=float(self.culmination_unix_s[row]),
            tca_unix_s=float(self.tca_unix_s[row]),
            los_unix_s=float(self.los_unix_s[row]),
            aos_azimuth_deg=float(self.aos_azimuth_deg[row]),
            culmination_azimuth_deg=float(self.culmination_azimuth_deg[row]),
            los_azimuth_deg=float(self.los_azimuth_deg[row]),
            max_elevation_deg=float(self.max_elevation_deg[row]),
            starts_before_span=bool(self.starts_before_span[row]),
            ends_after_span=bool(self.ends_after_span[row]),
            orbit_number=None if number == NO_ORBIT_NUMBER else number,
            elements=tracked.elements,
            timing_sigma_s=_read(self.timing_sigma_s, row),
            timing_bound95_s=_read(self.timing_bound95_s, row),
            alternative_aos_unix_s=_read(self.alternative_aos_unix_s, row),
        )

    def __iter__(self) -> Iterator[Pass]:
        return (self.read(row) for row in range(len(self)))


def make_pass_id(station_id: str, tracked: TrackedObject, culmination_unix_s: float) -> str:
    """Name a pass: station, satellite, culmination to the second, and its element set."""
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(round(culmination_unix_s)))
    return f"{station_id}.{tracked.satellite_id}.{stamp}.{tracked.elements.element_set_id[:8]}"


def _read(column: FloatArray | None, row: int) -> float | None:
    return None if column is None or np.isnan(column[row]) else float(column[row])
