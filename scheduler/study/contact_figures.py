"""What a set of contacts is worth: how often, how long, how long one waits, how much comes down."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scheduler.intervals import union
from tle.timebase import DAY_S, FloatArray

_GAP_SHARES = (0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, slots=True)
class ContactStatistics:
    """Figures of one satellite over one set of stations in one span.

    Gaps run from the end of a contact to the start of the next with any station. ``wait`` is the
    time from a random instant to the next start of a contact, 0 inside one: the latency of data.
    """

    contacts_day: float
    minutes_day: float
    mean_contact_min: float
    p25_gap_h: float
    median_gap_h: float
    p75_gap_h: float
    p95_gap_h: float
    longest_gap_h: float
    mean_wait_h: float
    p95_wait_h: float


def measure_contacts(
    spans: FloatArray, start_unix_s: float, end_unix_s: float
) -> ContactStatistics:
    """Measure contacts, shape (n, 2) in any order and perhaps at once, within a span.

    Contacts count and add up as they are; for gaps, what overlaps is one. The edges of the span
    bound the longest gap but are no gaps of their own.
    """
    days = (end_unix_s - start_unix_s) / DAY_S
    lengths_s = spans[:, 1] - spans[:, 0]
    joined = union(spans)
    gaps_s = joined[1:, 0] - joined[:-1, 1]
    edges_s = (
        [joined[0, 0] - start_unix_s, end_unix_s - joined[-1, 1]]
        if len(joined)
        else [end_unix_s - start_unix_s]
    )
    quantiles_h = (
        np.quantile(gaps_s, _GAP_SHARES) / 3_600.0
        if len(gaps_s)
        else np.full(len(_GAP_SHARES), np.nan)
    )
    known_s = joined[-1, 0] - joined[0, 0] if len(joined) > 1 else 0.0
    return ContactStatistics(
        contacts_day=len(spans) / days,
        minutes_day=float(lengths_s.sum()) / 60.0 / days,
        mean_contact_min=float(lengths_s.mean()) / 60.0 if len(spans) else 0.0,
        p25_gap_h=float(quantiles_h[0]),
        median_gap_h=float(quantiles_h[1]),
        p75_gap_h=float(quantiles_h[2]),
        p95_gap_h=float(quantiles_h[3]),
        longest_gap_h=float(max([*gaps_s, *edges_s])) / 3_600.0,
        mean_wait_h=float(np.sum(gaps_s**2)) / 2.0 / known_s / 3_600.0 if known_s else np.nan,
        p95_wait_h=wait_quantile_s(gaps_s, known_s, 0.95) / 3_600.0 if known_s else np.nan,
    )


def wait_quantile_s(gaps_s: FloatArray, total_s: float, share: float) -> float:
    """Return the wait that a share of random instants in ``total_s`` does not exceed.

    The time in which one waits longer than w is the sum of what each gap has beyond w.
    """
    beyond_s = (1.0 - share) * total_s
    ordered = np.concatenate([np.sort(gaps_s)[::-1], [0.0]])
    excess_s = 0.0  # time beyond ordered[k], which falls linearly to the next gap's length
    for k in range(len(ordered) - 1):
        step_s = (k + 1) * (ordered[k] - ordered[k + 1])
        if excess_s + step_s >= beyond_s:
            return float(ordered[k] - (beyond_s - excess_s) / (k + 1))
        excess_s += step_s
    return 0.0
