"""Lanes of a problem as arrays: where contacts may start and end, and what they are worth.

A lane is a free span of a window on antennas that stand for their pools. For every lane a row of
pairs (start, end): the best contact of any prices that are constant within cells of time starts
and ends on such points, because its value is linear between them. Pairs are ordered so that start
number i goes with every end number j >= i, which makes the best pair one running maximum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scheduler.problem.conflicts import find_spans
from scheduler.problem.measure import get_setup_s, get_teardown_s
from scheduler.problem.model import AntennaSet, Opportunity, PlanningProblem
from scheduler.solvers.columns import Pools
from scheduler.solvers.linear_model import IndexArray
from scheduler.solvers.running_integrals import NEVER_S, Profile
from scheduler.solvers.sweep import list_slopes
from tle.timebase import FloatArray


@dataclass(frozen=True)
class Lane:
    """A span in which one opportunity may be taken; a pin is a lane of exactly its contact."""

    number: int  # of the opportunity
    antennas: AntennaSet
    start_s: float
    end_s: float
    is_pin: bool = False


def list_lanes(problem: PlanningProblem, pools: Pools) -> list[Lane]:
    """List all lanes, by opportunity; antennas that are alike share the lane of their first."""
    barred = {forbid.opportunity_id for forbid in problem.forbids}
    pinned = {pin.choice.opportunity_id: pin.choice for pin in problem.pins}
    lanes = []
    for number, opportunity in enumerate(problem.opportunities):
        if opportunity.id in pinned:
            choice = pools.move_to_lead(pinned[opportunity.id])
            lanes.append(Lane(number, choice.antennas, choice.start_s, choice.end_s, True))
        elif opportunity.id not in barred:
            for antennas in opportunity.antenna_sets:
                if all(pools.names[pools.pool_of[name]][0] == name for name in antennas):
                    lanes += [
                        Lane(number, antennas, low_s, high_s)
                        for low_s, high_s in find_spans(problem, opportunity, antennas)
                    ]
    return lanes


@dataclass(frozen=True)
class Points:
    """Pairs of starts and ends, shapes (n_lanes, n_points); an end j serves all starts i <= j."""

    start_s: FloatArray
    end_s: FloatArray
    may_start: NDArray[np.bool_]
    may_end: NDArray[np.bool_]


class LaneTable:
    """The figures of all lanes, shape (n_lanes,), and the points of a grid of cells."""

    def __init__(self, problem: PlanningProblem, lanes: Sequence[Lane]) -> None:
        self.problem = problem
        self.lanes = lanes
        own = [problem.opportunities[lane.number] for lane in lanes]
        self.number = np.array([lane.number for lane in lanes], dtype=np.int64)
        self.is_pin = np.array([lane.is_pin for lane in lanes], dtype=bool)
        self.low_s = np.array([lane.start_s for lane in lanes], dtype=np.float64)
        self.high_s = np.array([lane.end_s for lane in lanes], dtype=np.float64)
        self.lock_s = np.array([item.lock_s for item in own], dtype=np.float64)
        self.fixed = np.array([item.value_per_contact for item in own], dtype=np.float64)
        trims = [_get_trim(lane, item) for lane, item in zip(lanes, own, strict=True)]
        self.fixed_start = np.array([trim in ("none", "stop") for trim in trims], dtype=bool)
        self.fixed_end = np.array([trim in ("none", "start") for trim in trims], dtype=bool)
        length_s = self.high_s - self.low_s
        least_s = np.array([item.min_s for item in own], dtype=np.float64)
        self.least_s = np.where(self.fixed_start & self.fixed_end, length_s, least_s)
        self.least_s = np.minimum(self.least_s, length_s)
        most_s = np.array([np.inf if item.max_s is None else item.max_s for item in own])
        self.most_s = np.where(self.is_pin, np.inf, most_s)
        self.before_s = np.array([_get_edge_s(problem, lane, get_setup_s) for lane in lanes])
        self.after_s = np.array([_get_edge_s(problem, lane, get_teardown_s) for lane in lanes])
        self.value = Profile(
            [list_slopes(item, item.value_per_s, item.value_per_volume) for item in own]
        )

    def build_profile(self, per_s: float, per_volume: float) -> Profile:
        """Build running integrals of usable time or volume."""
        own = [self.problem.opportunities[lane.number] for lane in self.lanes]
        return Profile([list_slopes(item, per_s, per_volume) for item in own])

    def list_exact_points(
        self, origin_s: float, cell_s: float, shifts_s: Sequence[FloatArray]
    ) -> Points:
        """List the points between which value and price are linear, whatever the prices are.

        ``shifts_s`` says by how much edges of cells are moved for starts, shapes (n_lanes,).
        """
        low = self.low_s[:, None]
        last = (self.high_s - self.least_s)[:, None]
        count = int(np.max(self.high_s - self.low_s, initial=0.0) // cell_s) + 2
        edges = np.floor((low - origin_s) / cell_s) * cell_s + origin_s
        edges = edges + cell_s * np.arange(count + 1)
        marks = np.where(self.value.mark_s < NEVER_S, self.value.mark_s, low)
        parts = [low, last, marks - self.lock_s[:, None], marks - self.least_s[:, None]]
        parts += [edges + np.mod(shift, cell_s)[:, None] for shift in _drop_equal(shifts_s)]
        starts = np.concatenate(parts, axis=1)
        if np.isfinite(self.most_s).any():
            spare = np.where(np.isfinite(self.most_s), self.most_s - self.least_s, 0.0)[:, None]
            starts = np.concatenate([starts, starts - spare, starts + spare], axis=1)
        starts = np.clip(starts, low, last)
        starts.sort(axis=1)
        repeated = np.diff(starts, axis=1, prepend=-np.inf) < 1e-6
        starts = np.where(repeated, np.inf, starts)
        starts.sort(axis=1)
        width = int(np.isfinite(starts).sum(axis=1).max(initial=1))
        real = np.isfinite(starts[:, :width])
        starts = np.where(real, starts[:, :width], last)
        ends = starts + self.least_s[:, None]
        return Points(
            starts,
            ends,
            real & (~self.fixed_start[:, None] | (starts <= low + 1e-6)),
            real & (~self.fixed_end[:, None] | (ends >= self.high_s[:, None] - 1e-6)),
        )

    def list_aligned_points(self, origin_s: float, cell_s: float) -> Points:
        """List the points whose reserved time begins and ends on edges of cells.

        Contacts of different lanes then fit together without a rest. Starts and ends are on the
        problem's time step; an end that may not move, and a window too short, stay as they are.
        """
        step_s = self.problem.time_step_s
        first = np.ceil((self.low_s - self.before_s - origin_s) / cell_s - 1e-9)
        least_s = np.minimum(np.maximum(self.least_s, step_s), self.high_s - self.low_s)
        whole_s = self.before_s + self.after_s + least_s
        off = np.mod(self.before_s, step_s) + np.mod(self.after_s, step_s) > 0
        reach = np.ceil((whole_s + np.where(off, 2 * step_s, 0.0)) / cell_s - 1e-9)
        count = int(np.max(self.high_s - self.low_s, initial=0.0) // cell_s) + 2
        edges = origin_s + cell_s * (first[:, None] + np.arange(count))
        starts = edges + self.before_s[:, None]
        ends = edges + (cell_s * reach - self.after_s)[:, None]
        starts = np.ceil(starts / step_s - 1e-9) * step_s
        ends = np.floor(ends / step_s + 1e-9) * step_s
        low, high = self.low_s[:, None], self.high_s[:, None]
        starts = np.where(self.fixed_start[:, None], low, starts)
        ends = np.where(self.fixed_end[:, None], high, ends)
        may_start = (starts >= low) & (starts + least_s[:, None] <= high + 1e-6)
        may_end = (ends <= high) & (ends >= low + least_s[:, None] - 1e-6)
        long_enough = ends - starts >= least_s[:, None] - 1e-6
        may_start &= long_enough | self.fixed_end[:, None]
        may_end &= long_enough | self.fixed_start[:, None]
        bad = ~(may_start & may_end).any(axis=1) | (self.fixed_start & self.fixed_end)
        starts, ends = np.where(bad[:, None], low, starts), np.where(bad[:, None], high, ends)
        only = np.arange(count) == 0
        return Points(
            starts,
            ends,
            np.where(bad[:, None], only, may_start),
            np.where(bad[:, None], only, may_end),
        )


def _get_trim(lane: Lane, opportunity: Opportunity) -> str:
    return "none" if lane.is_pin else opportunity.trim


def _get_edge_s(problem: PlanningProblem, lane: Lane, get_s) -> float:  # type: ignore[no-untyped-def]
    """Return the setup or teardown of a lane's first antenna."""
    opportunity = problem.opportunities[lane.number]
    return float(get_s(problem.antenna_by_id[lane.antennas[0]], opportunity))


def _drop_equal(arrays: Sequence[FloatArray]) -> list[FloatArray]:
    kept: list[FloatArray] = []
    for one in arrays:
        if not any(np.array_equal(one, other) for other in kept):
            kept.append(one)
    return kept


def group_edges(number: IndexArray) -> IndexArray:
    """Return where each run of equal numbers begins."""
    return np.flatnonzero(np.diff(number, prepend=-1))
