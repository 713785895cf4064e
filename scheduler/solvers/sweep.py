"""Exact sweeps over time: the best contacts of single antennas, many antennas at once.

V(n) is the best value of an antenna that is free again by node n of a time grid. A contact [a, b)
of a lane (a free span of a window on one track) gives V(node(b + teardown)) at least
V(node(a - setup)) + value(a, b); a value is a difference of running integrals, so a running
maximum over the starts serves all ends. Nodes go in blocks no longer than the shortest contact
with its setup and teardown: inside a block nothing depends on itself, and all lanes of all tracks
take a block in a few array operations.

Lanes in which a maximum length binds are left out: a running maximum cannot see it. Starts and ends
are on the grid or on the edges of the span; setup and teardown are rounded to nodes towards safety,
so every answer is a feasible one, and where all times are on the grid it is the optimum for its
tracks (a window used twice and satellites aside).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scheduler.problem.conflicts import TOLERANCE_S
from scheduler.problem.measure import measure_usable_s
from scheduler.problem.model import Opportunity
from scheduler.solvers.linear_model import IndexArray
from scheduler.solvers.running_integrals import Profile
from tle.timebase import FloatArray


@dataclass(frozen=True)
class Lane:
    """A span of a window on one track, and what setup and teardown cost there."""

    opportunity: Opportunity
    track: int
    start_s: float
    end_s: float
    setup_s: float
    teardown_s: float


@dataclass(frozen=True)
class Placed:
    """One contact of a sweep."""

    lane: int
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Tolls:
    """What a start costs and an end brings, by when it is; lanes as in the sweep."""

    at_start: Profile
    at_end: Profile


def list_slopes(
    opportunity: Opportunity, per_s: float, per_volume: float
) -> list[tuple[float, float]]:
    """List the instants at which value per second changes, and by how much, ascending."""
    marks = {opportunity.start_s, opportunity.end_s}
    marks.update(row[0] for row in opportunity.rate)
    marks.update(edge for hole in opportunity.interruptions for edge in hole)
    ordered = sorted(mark for mark in marks if mark >= opportunity.start_s)
    density = 0.0
    if opportunity.volume is not None and not opportunity.rate:
        usable_s = measure_usable_s(opportunity, opportunity.start_s, opportunity.end_s)
        density = per_volume * opportunity.volume / usable_s if usable_s > 0 else 0.0
    changes, before, rate = [], 0.0, 0.0
    rates = dict(opportunity.rate)
    for instant, per in opportunity.rate:
        if instant <= opportunity.start_s:
            rate = per
    for mark in ordered:
        rate = rates.get(mark, rate)
        lost = any(low <= mark < high for low, high in opportunity.interruptions)
        slope = per_s + density + per_volume * rate
        if lost or mark >= opportunity.end_s:
            slope = 0.0
        if slope != before:
            changes.append((mark, slope - before))
            before = slope
    return changes


class Sweep:
    """Lanes laid out for sweeping; ``run`` may be called with many prices."""

    def __init__(self, lanes: Sequence[Lane], step_s: float) -> None:
        self.lanes = lanes
        self.step_s = step_s
        self.tolls: Tolls | None = None
        self.n_tracks = 1 + max((lane.track for lane in lanes), default=-1)
        if not lanes:
            return
        self.origin_s = float(
            np.floor(min(lane.start_s - lane.setup_s for lane in lanes) / step_s) * step_s
        )
        self.track = np.array([lane.track for lane in lanes], dtype=np.int64)
        self._lay_out(lanes)
        self._lay_values(lanes)
        self._lay_blocks()

    def _lay_out(self, lanes: Sequence[Lane]) -> None:
        """Find first and last nodes of starts and ends, and the least distance between them."""
        step = self.step_s
        self.low_s = np.array([lane.start_s for lane in lanes])
        self.high_s = np.array([lane.end_s for lane in lanes])
        self.setup_s = np.array([lane.setup_s for lane in lanes])
        self.teardown_s = np.array([lane.teardown_s for lane in lanes])
        least_s = np.array([max(lane.opportunity.min_s, step) for lane in lanes])
        least_s = np.minimum(least_s, self.high_s - self.low_s)  # of no length is no contact
        first = (self.low_s - self.setup_s - self.origin_s) / step
        last = (self.high_s + self.teardown_s - self.origin_s) / step
        self.first_start = np.floor(first + 1e-6).astype(np.int64)
        self.last_end = np.ceil(last - 1e-6).astype(np.int64)
        off_grid = (np.abs(first - np.round(first)) > 1e-6).astype(np.int64)
        off_grid += np.abs(last - np.round(last)) > 1e-6
        whole_s = least_s + self.setup_s + self.teardown_s
        self.reach = np.ceil(whole_s / step - 1e-6).astype(np.int64) + off_grid
        trims = [lane.opportunity.trim for lane in lanes]
        fixed_start = np.array([trim in ("none", "stop") for trim in trims])
        fixed_end = np.array([trim in ("none", "start") for trim in trims])
        both = fixed_start & fixed_end
        self.reach[both] = (self.last_end - self.first_start)[both]
        self.last_start = np.where(fixed_start, self.first_start, self.last_end - self.reach)
        self.first_end = np.where(fixed_end, self.last_end, self.first_start + self.reach)
        longest = [lane.opportunity.max_s for lane in lanes]
        longest_s = np.array([np.inf if item is None else item for item in longest])
        self.bound_above = longest_s < self.high_s - self.low_s
        self.count = int(self.last_end.max()) + 2

    def _lay_values(self, lanes: Sequence[Lane]) -> None:
        changes = [
            list_slopes(
                lane.opportunity, lane.opportunity.value_per_s, lane.opportunity.value_per_volume
            )
            for lane in lanes
        ]
        self.value = Profile(changes)
        self.lock_s = np.array([lane.opportunity.lock_s for lane in lanes])
        self.fixed = np.array([lane.opportunity.value_per_contact for lane in lanes])

    def _lay_blocks(self) -> None:
        """List for every block of nodes the lanes with ends in it, by track."""
        self.block = max(1, int(self.reach.min()))
        low = (self.first_start + self.reach) // self.block  # starts gather before the first end
        high = self.last_end // self.block
        holds = (self.first_start + self.reach <= self.last_end) & ~self.bound_above
        numbers = np.flatnonzero(holds)
        counts = (high - low + 1)[numbers]
        lanes = np.repeat(numbers, counts)
        offsets = np.arange(len(lanes)) - np.repeat(np.cumsum(counts) - counts, counts)
        blocks = np.repeat(low[numbers], counts) + offsets
        order = np.lexsort((lanes, self.track[lanes], blocks))
        self.block_lanes = lanes[order]
        n_blocks = self.count // self.block + 1
        self.block_edges = np.searchsorted(blocks[order], np.arange(n_blocks + 1))

    def _start_times(self, rows: IndexArray, nodes: IndexArray) -> FloatArray:
        times = self.origin_s + nodes * self.step_s + self.setup_s[rows][:, None]
        return np.asarray(np.maximum(times, self.low_s[rows][:, None]))

    def _end_times(self, rows: IndexArray, nodes: IndexArray) -> FloatArray:
        times = self.origin_s + nodes * self.step_s - self.teardown_s[rows][:, None]
        return np.asarray(np.minimum(times, self.high_s[rows][:, None]))

    def run(
        self, bonus: FloatArray | None = None, tolls: Tolls | None = None
    ) -> tuple[FloatArray, list[Placed]]:
        """Return the best value per track (n_tracks,) and the contacts, by track and start.

        ``bonus`` is added to the value of a contact of each lane, shape (n_lanes,); ``tolls`` are
        paid at its start and earned at its end.
        """
        self.tolls = tolls
        if not self.lanes:
            return np.zeros(self.n_tracks), []
        fixed = self.fixed if bonus is None else self.fixed + bonus
        value = np.zeros((self.n_tracks, self.count + self.block))
        source = np.full(value.shape, -1, dtype=np.int64)
        best = np.full(len(self.lanes), -np.inf)
        steps = np.arange(self.block)
        for number in range(len(self.block_edges) - 1):
            rows = self.block_lanes[self.block_edges[number] : self.block_edges[number + 1]]
            here = slice(number * self.block, (number + 1) * self.block)
            carried = value[:, here.start - 1] if number else np.zeros(self.n_tracks)
            if not len(rows):
                value[:, here] = carried[:, None]
                continue
            segment = np.broadcast_to(carried[:, None], (self.n_tracks, self.block)).copy()
            totals = self._offer(rows, here.start + steps, value, best, fixed)
            tracks = self.track[rows]
            edges = np.flatnonzero(np.concatenate([[True], tracks[1:] != tracks[:-1]]))
            top = np.maximum.reduceat(totals, edges, axis=0)
            hit = totals >= np.repeat(top, np.diff(np.append(edges, len(rows))), axis=0)
            lane_at = np.where(hit, rows[:, None], -1)
            winner = np.maximum.reduceat(lane_at, edges, axis=0)
            owners = tracks[edges]
            better = top > segment[owners]
            segment[owners] = np.where(better, top, segment[owners])
            source[owners, here] = np.where(better, winner, -1)
            value[:, here] = np.maximum.accumulate(segment, axis=1)
        return value[:, self.count - 1].copy(), self._trace(value, source, fixed)

    def _offer(
        self,
        rows: IndexArray,
        ends: IndexArray,
        value: FloatArray,
        best: FloatArray,
        fixed: FloatArray,
    ) -> FloatArray:
        """Value the contacts of lanes that end at the nodes of a block, (n_rows, n_nodes)."""
        starts = ends[None, :] - self.reach[rows][:, None]
        allowed = (starts >= self.first_start[rows][:, None]) & (
            starts <= self.last_start[rows][:, None]
        )
        reached = value[self.track[rows][:, None], np.maximum(starts, 0)]
        spent = self._spend(rows, self._start_times(rows, starts))
        gained = np.where(allowed, reached - spent, -np.inf)
        gained[:, 0] = np.maximum(gained[:, 0], best[rows])
        running = np.maximum.accumulate(gained, axis=1)
        best[rows] = running[:, -1]
        open_ends = (ends[None, :] >= self.first_end[rows][:, None]) & (
            ends[None, :] <= self.last_end[rows][:, None]
        )
        totals = running + self._earn(rows, self._end_times(rows, ends[None, :]))
        return np.where(open_ends, totals + fixed[rows][:, None], -np.inf)

    def _spend(self, rows: IndexArray, starts_s: FloatArray) -> FloatArray:
        """Integrate what lanes bring up to the first usable instant of starts (n_rows, n_times)."""
        usable_s = np.minimum(starts_s + self.lock_s[rows][:, None], self.high_s[rows][:, None])
        spent = self.value.integrate(usable_s, rows)
        return (
            spent if self.tolls is None else spent + self.tolls.at_start.integrate(starts_s, rows)
        )

    def _earn(self, rows: IndexArray, ends_s: FloatArray) -> FloatArray:
        """Integrate what lanes bring up to ends (n_rows, n_times)."""
        earned = self.value.integrate(ends_s, rows)
        if self.tolls is not None:
            earned += self.tolls.at_end.integrate(ends_s, rows)
        return earned

    def _trace(self, value: FloatArray, source: IndexArray, fixed: FloatArray) -> list[Placed]:
        placed: list[Placed] = []
        for track in range(self.n_tracks):
            line, origin = value[track], source[track]
            rises = np.flatnonzero(np.diff(line, prepend=0.0) > 0)
            contacts: list[Placed] = []
            node = self.count - 1
            while True:
                place = int(np.searchsorted(rises, node, side="right")) - 1
                if place < 0:
                    break
                end = int(rises[place])
                lane = int(origin[end])
                start = self._find_start(lane, end, line)
                row = np.array([lane])
                contacts.append(
                    Placed(
                        lane,
                        float(self._start_times(row, np.array([[start]]))[0, 0]),
                        float(self._end_times(row, np.array([[end]]))[0, 0]),
                    )
                )
                node = start
            placed += contacts[::-1]
        return placed

    def _find_start(self, lane: int, end: int, line: FloatArray) -> int:
        """Find the best start node of a lane's contact that ends at a node."""
        starts = np.arange(
            self.first_start[lane], min(self.last_start[lane], end - self.reach[lane]) + 1
        )
        row = np.array([lane])
        spent = self._spend(row, self._start_times(row, starts[None, :]))[0]
        gained = line[np.maximum(starts, 0)] - spent
        return int(starts[np.argmax(gained)])


def is_exact(lanes: Sequence[Lane], step_s: float) -> bool:
    """Ask whether a sweep at this step bounds every plan of its lanes.

    All times are on the grid, no maximum length binds, and no contact is shorter than its lock.
    """
    times = np.array(
        [
            number
            for lane in lanes
            for number in (lane.start_s, lane.end_s, lane.setup_s, lane.teardown_s)
        ]
        + [lane.opportunity.min_s for lane in lanes]
    )
    off = np.abs(times / step_s - np.round(times / step_s)) * step_s
    free = all(lane.opportunity.max_s is None and _outlasts_lock(lane) for lane in lanes)
    return bool(free and (off < TOLERANCE_S).all())


def _outlasts_lock(lane: Lane) -> bool:
    """Ask whether every contact of a lane lasts at least its lock time, or is the whole lane."""
    own = lane.opportunity
    return own.trim == "none" or own.lock_s <= own.min_s + TOLERANCE_S
