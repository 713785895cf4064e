"""Half-open spans [start, end) and the algebra of many of them.

A set of spans is a float64 array of shape (n, 2): start and end in Unix seconds, ascending,
disjoint, each with start < end.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from tle.timebase import FloatArray, format_utc, require_utc, to_unix_s


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open span of time [start, end) between two aware UTC instants."""

    start_utc: datetime
    end_utc: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "start_utc", require_utc(self.start_utc, field="start"))
        object.__setattr__(self, "end_utc", require_utc(self.end_utc, field="end"))
        if self.end_utc <= self.start_utc:
            raise ValueError(
                f"end: {format_utc(self.end_utc)} is not after start {format_utc(self.start_utc)}; "
                "give an end later than the start"
            )

    @property
    def start_unix_s(self) -> float:
        return to_unix_s(self.start_utc)

    @property
    def end_unix_s(self) -> float:
        return to_unix_s(self.end_utc)

    @property
    def duration_s(self) -> float:
        return self.end_unix_s - self.start_unix_s


def union(spans: FloatArray) -> FloatArray:
    """Merge spans, shape (n, 2) in any order, that overlap or touch; shape (m, 2), ascending."""
    spans = np.asarray(spans, dtype=np.float64).reshape(-1, 2)
    spans = spans[spans[:, 1] > spans[:, 0]]
    if not len(spans):
        return spans
    spans = spans[np.argsort(spans[:, 0], kind="stable")]
    reach = np.maximum.accumulate(spans[:, 1])
    first = np.concatenate([[True], spans[1:, 0] > reach[:-1]])
    last = np.concatenate([first[1:], [True]])
    return np.column_stack([spans[first, 0], reach[last]])


def intersect(left: FloatArray, right: FloatArray) -> FloatArray:
    """Return the spans that lie in both sets, shapes (n, 2) and (m, 2), each a valid set."""
    left, right = union(left), union(right)
    pieces: list[tuple[float, float]] = []
    i = j = 0
    while i < len(left) and j < len(right):
        start, end = max(left[i, 0], right[j, 0]), min(left[i, 1], right[j, 1])
        if start < end:
            pieces.append((start, end))
        if left[i, 1] <= right[j, 1]:
            i += 1
        else:
            j += 1
    return np.array(pieces, dtype=np.float64).reshape(-1, 2)


def subtract(spans: FloatArray, holes: FloatArray) -> FloatArray:
    """Return what remains of ``spans`` (n, 2) outside ``holes`` (m, 2)."""
    holes = union(holes)
    edges = np.concatenate([[-np.inf], holes.ravel(), [np.inf]]).reshape(-1, 2)
    return intersect(spans, edges)
