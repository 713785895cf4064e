"""Drift: does a booked contact still fit what the newest elements predict?

Nothing here moves a contact. An assessment says what is the matter, in stable tags, and people or a
re-plan decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from scheduler.contact_states import Condition

DriftReason = Literal[
    "pass_vanished", "window_moved", "shorter_than_min_contact", "setup_does_not_fit"
]


@dataclass(frozen=True, slots=True)
class Booking:
    """What was promised: the contact inside its reserved window, all in Unix seconds."""

    contact_id: str
    reserved_start_unix_s: float
    start_unix_s: float
    end_unix_s: float
    reserved_end_unix_s: float
    culmination_unix_s: float
    min_contact_s: float


@dataclass(frozen=True, slots=True)
class Occupied:
    """A span that is not free: another reservation, a downtime, a part behind the mask."""

    name: str
    start_unix_s: float
    end_unix_s: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the newest elements say of the same pass at the same antenna.

    ``windows_unix_s`` are the usable spans (start, end) of the pass; ``masked`` the parts that the
    horizon mask hides; ``setup_s`` is what the antenna needs before the contact today, slew from
    its neighbour included.
    """

    aos_unix_s: float
    culmination_unix_s: float
    los_unix_s: float
    windows_unix_s: tuple[tuple[float, float], ...]
    setup_s: float
    teardown_s: float
    masked: tuple[Occupied, ...] = ()


@dataclass(frozen=True, slots=True)
class Assessment:
    """The conditions a booked contact is in, with the figures behind them.

    ``shift_s`` is how far the culmination moved (positive: later); None when the pass vanished.
    ``uncovered_start_s`` and ``uncovered_end_s`` tell how much of the contact's ends no window
    covers now; ``usable_s`` what remains of it.
    """

    contact_id: str
    conditions: tuple[Condition, ...]
    reasons: tuple[DriftReason, ...]
    conflicts_with: tuple[str, ...]
    shift_s: float | None
    uncovered_start_s: float
    uncovered_end_s: float
    usable_s: float


def match_pass(
    culmination_unix_s: float, predictions: Sequence[Prediction], half_period_s: float
) -> Prediction | None:
    """Find the same pass among new predictions: nearest culmination within half a period."""
    nearest = min(
        predictions,
        key=lambda item: abs(item.culmination_unix_s - culmination_unix_s),
        default=None,
    )
    if nearest is None or abs(nearest.culmination_unix_s - culmination_unix_s) > half_period_s:
        return None
    return nearest


def assess(
    booking: Booking,
    prediction: Prediction | None,
    occupied: Sequence[Occupied],
    *,
    drift_tolerance_s: float = 30.0,
) -> Assessment:
    """Compare a booking with the newest prediction of its pass.

    Drifted: the best window leaves more than ``drift_tolerance_s`` of the contact's start or end
    uncovered, what remains is shorter than the minimum, or the setup needed now begins before the
    reserved window. Conflicting: the need, which moves with the pass once that has shifted by more
    than the tolerance, meets something in ``occupied`` (which must not hold the booking itself),
    or would track behind the mask.
    """
    if prediction is None or not prediction.windows_unix_s:
        length_s = booking.end_unix_s - booking.start_unix_s
        return Assessment(
            booking.contact_id, ("drifted",), ("pass_vanished",), (), None, length_s, length_s, 0.0
        )
    start, end = _best_overlap(booking, prediction)
    usable_s = max(0.0, end - start)
    uncovered_start_s = max(0.0, start - booking.start_unix_s)
    uncovered_end_s = max(0.0, booking.end_unix_s - end)

    reasons: list[DriftReason] = []
    if max(uncovered_start_s, uncovered_end_s) > drift_tolerance_s:
        reasons.append("window_moved")
    if usable_s < booking.min_contact_s:
        reasons.append("shorter_than_min_contact")
    if booking.start_unix_s - prediction.setup_s < booking.reserved_start_unix_s - 1e-3:
        reasons.append("setup_does_not_fit")
    shift_s = prediction.culmination_unix_s - booking.culmination_unix_s
    conflicts = _find_conflicts(booking, prediction, shift_s, occupied, drift_tolerance_s)

    conditions: list[Condition] = []
    if reasons:
        conditions.append("drifted")
    if conflicts:
        conditions.append("conflicting")
    return Assessment(
        booking.contact_id,
        tuple(conditions),
        tuple(reasons),
        conflicts,
        shift_s,
        uncovered_start_s,
        uncovered_end_s,
        usable_s,
    )


def _best_overlap(booking: Booking, prediction: Prediction) -> tuple[float, float]:
    """Return the part of the contact that its best window covers; start >= end when none does."""
    overlaps = [
        (max(booking.start_unix_s, start), min(booking.end_unix_s, end))
        for start, end in prediction.windows_unix_s
    ]
    return max(overlaps, key=lambda span: span[1] - span[0])


def _find_conflicts(
    booking: Booking,
    prediction: Prediction,
    shift_s: float,
    occupied: Sequence[Occupied],
    tolerance_s: float,
) -> tuple[str, ...]:
    """Name what the need runs into; it moves with the pass once the shift passes the tolerance."""
    moved_s = shift_s if abs(shift_s) > tolerance_s else 0.0
    start, end = booking.start_unix_s + moved_s, booking.end_unix_s + moved_s
    need_start, need_end = start - prediction.setup_s, end + prediction.teardown_s
    met = [
        item.name
        for item in occupied
        if item.start_unix_s < need_end and need_start < item.end_unix_s
    ]
    masked = [
        item.name
        for item in prediction.masked
        if min(end, item.end_unix_s) - max(start, item.start_unix_s) > tolerance_s
    ]
    return tuple(dict.fromkeys(met + masked))
