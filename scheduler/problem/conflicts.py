"""The one definition of a conflict: what one contact forbids to another (eqs 5 to 7).

Solvers, contradictions and explanations ask here; only the audit judges by its own means.
"""

from __future__ import annotations

import math
from bisect import bisect_right

from scheduler.axis_motion import move_s
from scheduler.problem.measure import get_setup_s, get_teardown_s
from scheduler.problem.model import (
    AntennaResource,
    AntennaSet,
    AxisRates,
    Choice,
    Opportunity,
    PlanningProblem,
)

TOLERANCE_S = 1e-6  # instants this close touch; a conflict must be longer


def find_spans(
    problem: PlanningProblem, opportunity: Opportunity, antennas: AntennaSet
) -> list[tuple[float, float]]:
    """Return where in its window a contact on these antennas may lie (eq 5), ascending.

    What is left of the window after horizon and downtimes (each lengthened by setup behind and
    teardown before), as far as an end that may not move is still inside and the minimum length
    fits.
    """
    spans = [(max(opportunity.start_s, problem.start_s), min(opportunity.end_s, problem.end_s))]
    for name in antennas:
        antenna = problem.antenna_by_id[name]
        setup_s = get_setup_s(antenna, opportunity)
        teardown_s = get_teardown_s(antenna, opportunity)
        for hole_start_s, hole_end_s in antenna.downtimes:
            blocked_from_s, blocked_to_s = hole_start_s - teardown_s, hole_end_s + setup_s
            if blocked_from_s >= opportunity.end_s or blocked_to_s <= opportunity.start_s:
                continue
            spans = [
                piece
                for start_s, end_s in spans
                for piece in (
                    (start_s, min(end_s, blocked_from_s)),
                    (max(start_s, blocked_to_s), end_s),
                )
                if piece[0] < piece[1]
            ]
    return [span for span in spans if holds_contact(opportunity, *span)]


def holds_contact(opportunity: Opportunity, start_s: float, end_s: float) -> bool:
    """Ask whether a part of a window holds a contact: ends that may not move, lengths (eq 5)."""
    if opportunity.trim in ("none", "stop") and start_s != opportunity.start_s:
        return False
    if opportunity.trim in ("none", "start") and end_s != opportunity.end_s:
        return False
    if opportunity.trim == "none" and opportunity.max_s is not None:
        return opportunity.min_s <= end_s - start_s <= opportunity.max_s
    return end_s > start_s and end_s - start_s >= opportunity.min_s


def fits_window(problem: PlanningProblem, choice: Choice) -> bool:
    """Ask whether a contact keeps to its window's edges, trim and lengths; downtimes aside."""
    opportunity = problem.opportunity_by_id[choice.opportunity_id]
    length_s = choice.end_s - choice.start_s
    longest_s = math.inf if opportunity.max_s is None else opportunity.max_s
    late_s, early_s = choice.start_s - opportunity.start_s, opportunity.end_s - choice.end_s
    return (
        choice.start_s >= max(opportunity.start_s, problem.start_s) - TOLERANCE_S
        and choice.end_s <= min(opportunity.end_s, problem.end_s) + TOLERANCE_S
        and (opportunity.trim in ("start", "both") or late_s <= TOLERANCE_S)
        and (opportunity.trim in ("stop", "both") or early_s <= TOLERANCE_S)
        and opportunity.min_s - TOLERANCE_S <= length_s <= longest_s + TOLERANCE_S
    )


def is_allowed(problem: PlanningProblem, choice: Choice) -> bool:
    """Ask whether a contact is one that a plan may take: antennas, window, downtimes (eq 5)."""
    opportunity = problem.opportunity_by_id[choice.opportunity_id]
    return (
        choice.antennas in opportunity.antenna_sets
        and fits_window(problem, choice)
        and any(
            low_s - TOLERANCE_S <= choice.start_s and choice.end_s <= high_s + TOLERANCE_S
            for low_s, high_s in find_spans(problem, opportunity, choice.antennas)
        )
    )


def compute_slew_s(
    antenna: AntennaResource, first: Opportunity, end_s: float, second: Opportunity, start_s: float
) -> float:
    """Compute the slew from the pointing at one contact's end to that at the next one's start."""
    slew_s = antenna.pair_slew_s.get(f"{first.satellite_id}|{second.satellite_id}", 0.0)
    if antenna.axes is None or not first.pointing or not second.pointing:
        return slew_s
    azimuth_from_deg, elevation_from_deg = point_at(first, end_s)
    azimuth_to_deg, elevation_to_deg = point_at(second, start_s)
    return max(
        slew_s,
        *_time_axes(
            antenna.axes,
            abs(azimuth_to_deg - azimuth_from_deg),
            abs(elevation_to_deg - elevation_from_deg),
        ),
    )


def point_at(opportunity: Opportunity, instant_s: float) -> tuple[float, float]:
    """Interpolate the mount's azimuth and elevation, from the nearest end outside its rows."""
    rows = opportunity.pointing
    after = bisect_right(rows, (instant_s, math.inf, math.inf))
    if after == 0 or after == len(rows):
        row = rows[0 if after == 0 else -1]
        return row[1], row[2]
    left, right = rows[after - 1], rows[after]
    part = (instant_s - left[0]) / (right[0] - left[0])
    return left[1] + part * (right[1] - left[1]), left[2] + part * (right[2] - left[2])


def _time_axes(axes: AxisRates, azimuth_deg: float, elevation_deg: float) -> tuple[float, float]:
    if axes.azimuth_is_continuous:
        azimuth_deg = abs((azimuth_deg + 180.0) % 360.0 - 180.0)
    return (
        move_s(azimuth_deg, axes.azimuth_rate_deg_s, axes.azimuth_acceleration_deg_s2),
        move_s(elevation_deg, axes.elevation_rate_deg_s, axes.elevation_acceleration_deg_s2),
    )


def compute_gap_s(
    antenna: AntennaResource, first: Opportunity, end_s: float, second: Opportunity, start_s: float
) -> float:
    """Compute the gap an antenna needs between two contacts in this order (eq 6)."""
    teardown_s = get_teardown_s(antenna, first)
    setup_s = get_setup_s(antenna, second)
    if antenna.axes is None and not antenna.pair_slew_s:
        return teardown_s + setup_s
    slew_s = compute_slew_s(antenna, first, end_s, second, start_s) + antenna.settle_s
    if antenna.changeover == "additive":
        return teardown_s + setup_s + slew_s
    return teardown_s + max(setup_s, slew_s)


def find_clash(problem: PlanningProblem, left: Choice, right: Choice) -> str | None:
    """Return why two contacts cannot both be taken, as a stable tag, or None.

    ``same_opportunity``, ``satellite_busy`` (eq 7), ``antenna_busy`` (their own times overlap),
    ``antenna_in_changeover`` (only setup, teardown or slew is in the way, eq 6).
    """
    if left.opportunity_id == right.opportunity_id:
        return "same_opportunity"
    first, second = (left, right) if left.start_s <= right.start_s else (right, left)
    one = problem.opportunity_by_id[first.opportunity_id]
    other = problem.opportunity_by_id[second.opportunity_id]
    between_s = second.start_s - first.end_s + TOLERANCE_S
    for name in first.antennas:
        if name not in second.antennas:
            continue
        if between_s < 0:
            return "antenna_busy"
        antenna = problem.antenna_by_id[name]
        if between_s < compute_gap_s(antenna, one, first.end_s, other, second.start_s):
            return "antenna_in_changeover"
    if one.satellite_id == other.satellite_id:
        recovery_s = problem.satellite_by_id[one.satellite_id].recovery_s
        if between_s < recovery_s:
            return "satellite_busy"
    return None


def bound_gaps_s(problem: PlanningProblem) -> dict[str, float]:
    """Bound from above the gap any pair may need, per antenna: beyond it nothing clashes."""
    items = problem.opportunities
    own_setup_s = max((item.setup_s or 0.0 for item in items), default=0.0)
    own_teardown_s = max((item.teardown_s or 0.0 for item in items), default=0.0)
    rows = [row for item in items for row in item.pointing]
    span_deg = [
        max((row[axis] for row in rows), default=0.0)
        - min((row[axis] for row in rows), default=0.0)
        for axis in (1, 2)
    ]
    bounds_s = {}
    for antenna in problem.antennas:
        bound_s = max(antenna.setup_s, own_setup_s) + max(antenna.teardown_s, own_teardown_s)
        if antenna.axes is not None or antenna.pair_slew_s:
            slew_s = max(antenna.pair_slew_s.values(), default=0.0)
            if antenna.axes is not None:
                turn_deg = 180.0 if antenna.axes.azimuth_is_continuous else span_deg[0]
                slew_s = max(slew_s, *_time_axes(antenna.axes, turn_deg, span_deg[1]))
            bound_s += slew_s + antenna.settle_s
        bounds_s[antenna.id] = bound_s
    return bounds_s
