"""Starts and ends of trimmed contacts on one antenna: an exact sweep over time.

The sweep finds the best set of contacts of one antenna, starts and ends on the time step, given
everything outside it: V(t) is the best value with the antenna free again by t, and a contact
[a, b) of a window gives V(b + teardown) >= V(a - setup) + value(a, b). Time goes in blocks no
longer than the shortest contact with its setup and teardown, so that all windows of a block can
be swept at once with running maxima: the work is the sum of the windows' lengths.

What the sweep cannot see is left to the draft: a window used twice, a recovery longer than the
changeover, concave terms (linear at the present sums) and pair-dependent changeover (such
antennas are not swept).
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scheduler.intervals import subtract
from scheduler.problem.conflicts import TOLERANCE_S, find_spans
from scheduler.problem.measure import get_setup_s, get_teardown_s, measure_value
from scheduler.problem.model import Choice, Opportunity, PlanningProblem
from scheduler.solvers.base import Deadline
from scheduler.solvers.draft import Draft, is_simple
from scheduler.solvers.linear_model import IndexArray
from tle.timebase import FloatArray

MAX_SWEEPS = 6


@dataclass(frozen=True)
class Lane:
    """One window, or a free piece of it, on the swept antenna.

    ``instants`` are the allowed starts and ends, ascending; a contact is worth
    ``fixed + at_end[j] - at_start[i]`` from instant i to instant j.
    """

    opportunity: Opportunity
    instants: FloatArray
    at_start: FloatArray
    at_end: FloatArray
    fixed: float
    may_start: slice
    may_end: slice
    setup_s: float
    teardown_s: float


def cumulate_value(opportunity: Opportunity, instants: FloatArray) -> FloatArray:
    """Integrate the contact's own value from the window's start to each instant, lock aside."""
    edges = {opportunity.start_s, opportunity.end_s}
    edges.update(row[0] for row in opportunity.rate)
    edges.update(edge for hole in opportunity.interruptions for edge in hole)
    marks = np.array(sorted(edges))
    middles = 0.5 * (marks[1:] + marks[:-1])
    slope = np.full(len(middles), opportunity.value_per_s)
    if opportunity.value_per_volume:
        if opportunity.rate:
            steps = np.array([row[0] for row in opportunity.rate])
            rates = np.array([0.0] + [row[1] for row in opportunity.rate])
            slope = slope + opportunity.value_per_volume * rates[
                np.searchsorted(steps, middles, side="right")
            ]
        elif opportunity.volume is not None:
            usable_s = opportunity.end_s - opportunity.start_s - opportunity.lock_s
            usable_s -= sum(b - a for a, b in opportunity.interruptions)
            slope = slope + opportunity.value_per_volume * opportunity.volume / max(usable_s, 1e-9)
    for hole_start_s, hole_end_s in opportunity.interruptions:
        slope[(middles > hole_start_s) & (middles < hole_end_s)] = 0.0
    totals = np.concatenate([[0.0], np.cumsum(slope * np.diff(marks))])
    return np.asarray(np.interp(instants, marks, totals))


def build_lane(
    problem: PlanningProblem,
    opportunity: Opportunity,
    antenna_id: str,
    span: tuple[float, float],
    bonus: float,
) -> Lane | None:
    """Build the lane of a free span of a window; None when no contact fits."""
    antenna = problem.antenna_by_id[antenna_id]
    step_s = problem.time_step_s
    low_s, high_s = span
    trim = opportunity.trim
    if trim in ("none", "stop") and low_s != opportunity.start_s:
        return None
    if trim in ("none", "start") and high_s != opportunity.end_s:
        return None
    if high_s - low_s < max(opportunity.min_s, step_s) - TOLERANCE_S:
        return None
    if trim == "none":
        instants = np.array([low_s, high_s])
    else:
        grid = np.arange(np.ceil(low_s / step_s), np.floor(high_s / step_s) + 1) * step_s
        instants = np.unique(np.concatenate([[low_s], grid, [high_s]]))
    last = len(instants) - 1
    return Lane(
        opportunity=opportunity,
        instants=instants,
        at_start=cumulate_value(
            opportunity, np.minimum(instants + opportunity.lock_s, opportunity.end_s)
        ),
        at_end=cumulate_value(opportunity, instants),
        fixed=opportunity.value_per_contact + bonus,
        may_start=slice(0, 1) if trim in ("none", "stop") else slice(0, last),
        may_end=slice(last, last + 1) if trim in ("none", "start") else slice(1, last + 1),
        setup_s=get_setup_s(antenna, opportunity),
        teardown_s=get_teardown_s(antenna, opportunity),
    )


def sweep(lanes: Sequence[Lane], step_s: float) -> tuple[float, list[tuple[int, float, float]]]:
    """Return the best value of one antenna and its contacts (lane, start, end), ascending."""
    if not lanes:
        return 0.0, []
    origin_s = min(lane.instants[0] - lane.setup_s for lane in lanes)
    finish_s = max(lane.instants[-1] + lane.teardown_s for lane in lanes)
    count = int(np.ceil((finish_s - origin_s) / step_s)) + 2
    value = np.zeros(count + 1)
    from_lane = np.full(count + 1, -1, dtype=np.int64)
    from_start = np.zeros(count + 1, dtype=np.int64)
    from_end = np.zeros(count + 1, dtype=np.int64)
    block = max(1, int(min(_find_shortest_s(lane) for lane in lanes) / step_s))
    states = [_LaneState(lane, origin_s, step_s) for lane in lanes]
    order = sorted(range(len(lanes)), key=lambda index: (states[index].first_free, index))
    active: list[int] = []
    waiting = 0
    fresh = np.full(count + 1, -np.inf)
    for start in range(0, count, block):
        stop = min(start + block, count)
        while waiting < len(order) and states[order[waiting]].first_free < stop:
            active.append(order[waiting])
            waiting += 1
        for index in active:
            states[index].offer(index, stop, value, fresh, from_lane, from_start, from_end)
        active = [index for index in active if states[index].is_open(stop)]
        before = value[start - 1] if start else 0.0
        segment = np.maximum(fresh[start:stop], before)
        value[start:stop] = np.maximum.accumulate(segment)
    value[count] = value[count - 1]
    return float(value[count]), _trace_back(
        lanes, states, value, fresh, from_lane, from_start, from_end
    )


def _find_shortest_s(lane: Lane) -> float:
    shortest_s = max(lane.opportunity.min_s, 0.0)
    if lane.opportunity.trim == "none":
        shortest_s = float(lane.instants[-1] - lane.instants[0])
    return shortest_s + lane.setup_s + lane.teardown_s


class _LaneState:
    """How far a lane has been swept: its ends in time order and the running best start."""

    def __init__(self, lane: Lane, origin_s: float, step_s: float) -> None:
        self.lane = lane
        starts = lane.instants[lane.may_start]
        ends = lane.instants[lane.may_end]
        self.start_node: IndexArray = np.floor(
            (starts - lane.setup_s - origin_s) / step_s + 1e-6
        ).astype(np.int64)
        self.end_node: IndexArray = np.ceil(
            (ends + lane.teardown_s - origin_s) / step_s - 1e-6
        ).astype(np.int64)
        minimum_s = lane.opportunity.min_s - TOLERANCE_S
        self.usable: IndexArray = np.searchsorted(starts, ends - minimum_s, side="right")
        longest_s = lane.opportunity.max_s
        self.oldest: IndexArray | None = None
        if longest_s is not None:
            self.oldest = np.searchsorted(starts, ends - longest_s - TOLERANCE_S, side="left")
        skip = int(np.searchsorted(self.usable, 1))
        self.done = skip
        self.first_free = int(self.end_node[skip]) if skip < len(ends) else 2**62
        self.best = np.full(len(starts), -np.inf)
        self.best_at = np.zeros(len(starts), dtype=np.int64)
        self.gained = np.zeros(len(starts))
        self.known = 0

    def is_open(self, node: int) -> bool:
        return self.done < len(self.end_node)

    def offer(  # noqa: PLR0913
        self,
        index: int,
        stop: int,
        value: FloatArray,
        fresh: FloatArray,
        from_lane: IndexArray,
        from_start: IndexArray,
        from_end: IndexArray,
    ) -> None:
        """Offer every contact that frees the antenna before node ``stop``."""
        last = int(np.searchsorted(self.end_node, stop, side="left"))
        if last <= self.done:
            return
        ends = np.arange(self.done, last)
        self._extend(int(self.usable[last - 1]), value)
        if self.oldest is None:
            near = self.usable[ends] - 1
            gained, at = self.best[near], self.best_at[near]
        else:
            pairs = [
                (int(low), int(low) + int(np.argmax(self.gained[low:high])))
                for low, high in zip(self.oldest[ends], self.usable[ends], strict=True)
                if high > low
            ]
            keep = self.usable[ends] > self.oldest[ends]
            ends = ends[keep]
            at = np.array([best for _, best in pairs], dtype=np.int64)
            gained = self.gained[at]
        lane = self.lane
        totals = gained + lane.at_end[lane.may_end][ends] + lane.fixed
        nodes = self.end_node[ends]
        better = totals > fresh[nodes]
        if len(nodes) > 1 and (nodes[1:] == nodes[:-1]).any():
            for node, total, start, end in zip(nodes, totals, at, ends, strict=True):
                if total > fresh[node]:
                    fresh[node], from_lane[node] = total, index
                    from_start[node], from_end[node] = start, end
        else:
            chosen = nodes[better]
            fresh[chosen] = totals[better]
            from_lane[chosen] = index
            from_start[chosen] = at[better]
            from_end[chosen] = ends[better]
        self.done = last

    def _extend(self, known: int, value: FloatArray) -> None:
        """Extend the running best of V(start) minus the value before the start."""
        if known <= self.known:
            return
        part = slice(self.known, known)
        starts = self.lane.at_start[self.lane.may_start]
        self.gained[part] = value[self.start_node[part]] - starts[part]
        previous = self.best[self.known - 1] if self.known else -np.inf
        previous_at = self.best_at[self.known - 1] if self.known else 0
        running = np.maximum.accumulate(np.maximum(self.gained[part], previous))
        self.best[part] = running
        rises = self.gained[part] >= running
        places = np.where(rises, np.arange(self.known, known), -1)
        self.best_at[part] = np.maximum(np.maximum.accumulate(places), previous_at)
        self.known = known


def _trace_back(
    lanes: Sequence[Lane],
    states: Sequence[_LaneState],
    value: FloatArray,
    fresh: FloatArray,
    from_lane: IndexArray,
    from_start: IndexArray,
    from_end: IndexArray,
) -> list[tuple[int, float, float]]:
    rises = np.flatnonzero(np.concatenate([[value[0] > 0], value[1:] > value[:-1]]))
    contacts = []
    node = len(value) - 1
    while True:
        place = int(np.searchsorted(rises, node, side="right")) - 1
        if place < 0:
            break
        node = int(rises[place])
        index = int(from_lane[node])
        lane, state = lanes[index], states[index]
        start, end = int(from_start[node]), int(from_end[node])
        contacts.append(
            (
                index,
                float(lane.instants[lane.may_start][start]),
                float(lane.instants[lane.may_end][end]),
            )
        )
        node = int(state.start_node[start])
    return contacts[::-1]


def insert_trimmed(draft: Draft, deadline: Deadline) -> None:
    pass


def refine_trims(draft: Draft, deadline: Deadline) -> None:
    pass
