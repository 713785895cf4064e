"""Many tracked objects made ready to be propagated together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scheduler.prediction.passes import TrackedObject
from scheduler.prediction.secular import MU_KM3_S2, SecularMotion, secular_motion
from tle.propagation import (
    ERROR_REASONS,
    MAX_RADIUS_AT_EPOCH_KM,
    MIN_RADIUS_AT_EPOCH_KM,
    NOT_FINITE,
    find_record,
    run_record,
)
from tle.timebase import FloatArray, julian_pair

IndexArray = NDArray[np.int64]
Flags = NDArray[np.bool_]
MAX_REACH_KM = 2_000_000.0  # a decayed set can give 18 million km with error 0


@dataclass(frozen=True, slots=True)
class States:
    """TEME states as contiguous rows: ``position_km`` and ``velocity_km_s`` have shape (3, n).

    ``error`` (n,) holds SGP4's codes; a row whose code is not 0 must not be used.
    """

    position_km: FloatArray
    velocity_km_s: FloatArray
    error: NDArray[np.uint8]

    def take(self, columns: IndexArray) -> States:
        """Pick instants."""
        return States(
            self.position_km[:, columns], self.velocity_km_s[:, columns], self.error[columns]
        )


@dataclass(frozen=True, slots=True)
class Fleet:
    """Objects with their SGP4 records and secular motion, built once and used for any station.

    ``refusals`` says, for each object, why it cannot be propagated at all; empty when it can.
    """

    objects: tuple[TrackedObject, ...]
    records: tuple[Any, ...]
    secular: SecularMotion
    refusals: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.objects)

    def part(self, first: int, end: int) -> Fleet:
        """Return the objects from ``first`` up to but not including ``end``."""
        if first <= 0 and end >= len(self):
            return self
        rows = np.arange(first, min(end, len(self)))
        return Fleet(
            self.objects[first:end],
            self.records[first:end],
            self.secular.take(rows),
            self.refusals[first:end],
        )

    def propagate(self, index: IndexArray, unix_s: FloatArray) -> States:
        """Return the states of objects ``index`` (n,) at instants ``unix_s`` (n,).

        Runs of the same object cost one call each: keep an object's instants together.
        """
        count = len(unix_s)
        position_km, velocity_km_s = np.empty((count, 3)), np.empty((count, 3))
        error = np.empty(count, dtype=np.uint8)
        days, fraction = julian_pair(unix_s)
        cuts = np.flatnonzero(np.diff(index)) + 1
        starts = [0, *cuts.tolist()] if count else []
        ends = [*cuts.tolist(), count]
        for start, end, row in zip(starts, ends, index[starts].tolist(), strict=False):
            rows = slice(start, end)
            ephemeris = self.objects[row].ephemeris
            if ephemeris is None:
                julian = days[rows], fraction[rows]
                run_record(
                    self.records[row], julian, position_km[rows], velocity_km_s[rows], error[rows]
                )
            else:
                position_km[rows], velocity_km_s[rows], error[rows] = ephemeris.position_velocity(
                    unix_s[rows]
                )
        position_km, velocity_km_s = position_km.T.copy(), velocity_km_s.T.copy()
        sound = _largest(position_km) + _largest(velocity_km_s) < MAX_REACH_KM / 3.0
        if not sound:  # NaN fails the comparisons; so does a sum with any term not finite
            reach_km = np.abs(position_km).sum(axis=0) + np.abs(velocity_km_s).sum(axis=0)
            error[~(reach_km < MAX_REACH_KM) & (error == 0)] = NOT_FINITE
        return States(position_km, velocity_km_s, error)


def _largest(values: FloatArray) -> float:
    """Return the largest size of any value, NaN when one is not a number."""
    return max(float(values.max(initial=0.0)), -float(values.min(initial=0.0)))


def coast(states: States, ahead_s: FloatArray) -> FloatArray:
    """Return positions (3, n) some seconds ahead of states: 5 m off after 15 s in a low orbit."""
    position_km = states.position_km
    radius2 = (position_km * position_km).sum(axis=0)
    fall = -0.5 * MU_KM3_S2 / (radius2 * np.sqrt(radius2)) * ahead_s * ahead_s
    return np.asarray(position_km * (1.0 + fall) + states.velocity_km_s * ahead_s)


def build_fleet(objects: Sequence[TrackedObject]) -> Fleet:
    """Build the records of many objects and judge each at its own epoch."""
    records = tuple(find_record(tracked.elements) for tracked in objects)
    return Fleet(
        objects=tuple(objects),
        records=records,
        secular=secular_motion(records),
        refusals=tuple(_refusal_at_epoch(record) for record in records),
    )


def _refusal_at_epoch(record: Any) -> str:
    error, (x, y, z), _ = record.sgp4_tsince(0.0)
    if error:
        return f"SGP4 refuses the elements at their epoch: {ERROR_REASONS.get(error, error)}"
    radius_km = (x * x + y * y + z * z) ** 0.5
    if not MIN_RADIUS_AT_EPOCH_KM < radius_km < MAX_RADIUS_AT_EPOCH_KM:
        return (
            f"the radius at the epoch is {radius_km:.0f} km, outside "
            f"{MIN_RADIUS_AT_EPOCH_KM:.0f} to {MAX_RADIUS_AT_EPOCH_KM:.0f} km"
        )
    return ""


def sort_order(index: IndexArray, unix_s: FloatArray) -> IndexArray:
    """Return the order by object, then instant; cheap when each object's are in order already."""
    order = np.argsort(index, kind="stable")
    rows, instants = index[order], unix_s[order]
    if np.any((instants[1:] < instants[:-1]) & (rows[1:] == rows[:-1])):
        order = np.lexsort((unix_s, index))
    return order
