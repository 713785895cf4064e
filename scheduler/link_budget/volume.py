"""How many bytes a contact brings: a rate over its usable time."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import numpy as np

from tle.timebase import FloatArray


def rate_steps(unix_s: FloatArray, rate_bps: FloatArray) -> list[tuple[float, float]]:
    """Merge samples (n,) into steps: (instant, rate from then on), only where the rate changes.

    A step takes the smaller rate of its two ends, so that no bit is promised that the link at
    either end would lose.
    """
    if len(unix_s) < 2:
        return []
    lower = np.minimum(rate_bps[:-1], rate_bps[1:])
    changes = np.flatnonzero(np.concatenate([[True], lower[1:] != lower[:-1]]))
    steps = [(float(unix_s[i]), float(lower[i])) for i in changes]
    return [*steps, (float(unix_s[-1]), 0.0)]


def compute_volume_bytes(
    steps: Iterable[tuple[float, float]],
    start_unix_s: float,
    end_unix_s: float,
    *,
    lock_s: float = 0.0,
    interruptions: Iterable[tuple[float, float]] = (),
) -> float:
    """Integrate rate steps from start plus lock to end, without the interruptions; in bytes."""
    rows = [*steps, (np.inf, 0.0)]
    holes = list(interruptions)
    bits = 0.0
    for (begins, rate_bps), (ends, _) in itertools.pairwise(rows):
        left, right = max(begins, start_unix_s + lock_s), min(ends, end_unix_s)
        if right <= left or rate_bps == 0.0:
            continue
        lost_s = _covered_s(holes, left, right)
        bits += rate_bps * (right - left - lost_s)
    return bits / 8.0


def _covered_s(spans: list[tuple[float, float]], left: float, right: float) -> float:
    """Return how much of [left, right) spans in any order cover, overlaps once."""
    covered, reach = 0.0, left
    for start, end in sorted(spans):
        begin, stop = max(start, reach), min(end, right)
        if stop > begin:
            covered += stop - begin
            reach = stop
    return covered
