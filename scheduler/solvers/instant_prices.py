"""Prices of instants, and the bound they give on all plans with trimmed contacts (eq 10).

Every antenna pool has a price per second in each cell of time, so has every satellite where two of
its windows are open at once, and every group term a price per unit of its sum. With these paid,
nothing couples the opportunities any more: each takes its best contact or none. Whatever the
prices (none below 0), the sum is a bound; ``PriceSearch`` makes it fall.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scheduler.problem.measure import value_sum
from scheduler.problem.model import GroupTerm, PlanningProblem
from scheduler.problem.offers import Offers
from scheduler.solvers.lane_table import LaneTable, Points, group_edges
from scheduler.solvers.linear_model import IndexArray
from scheduler.solvers.price_grid import Grid
from scheduler.solvers.running_integrals import Profile
from scheduler.solvers.term_prices import argmax_sum, conjugate, find_top
from tle.timebase import FloatArray

TYPICAL_S = 600.0  # of a contact


@dataclass(frozen=True)
class Prices:
    """Price per second of resources and cells, shape (n_resources, n_cells), and per term."""

    per_s: FloatArray
    term: FloatArray


@dataclass(frozen=True)
class PriceRecord:
    """Prices of a span without their lanes: per resource and cell by name, per term by id."""

    names: tuple[str, ...]
    origin_s: float
    cell_s: float
    per_s: FloatArray
    term: dict[str, float]


@dataclass(frozen=True)
class Best:
    """The best contact of every lane at some prices: gain beyond the prices, start, end."""

    gain: FloatArray
    start_s: FloatArray
    end_s: FloatArray


@dataclass(frozen=True)
class Entry:
    """Lanes that count in a term, with their weights."""

    term: int
    lanes: IndexArray
    weights: FloatArray


class PricedLanes:
    """Lanes on a grid: the best contacts at given prices, the bound, and what is overused."""

    def __init__(self, table: LaneTable, grid: Grid, points: Points | None = None) -> None:
        self.table = table
        self.grid = grid
        if points is None:
            points = table.list_exact_points(grid.origin_s, grid.cell_s, self._list_shifts())
        self.points = points
        self._index_terms(table.problem)
        usable_s = np.minimum(points.start_s + table.lock_s[:, None], table.high_s[:, None])
        self.gained = {"value": self._integrate(table.value, usable_s)}
        self.profiles: dict[str, Profile] = {}
        for kind, per_second, per_volume in (("usable_s", 1.0, 0.0), ("volume", 0.0, 1.0)):
            if kind in self.kinds:
                self.profiles[kind] = table.build_profile(per_second, per_volume)
                self.gained[kind] = self._integrate(self.profiles[kind], usable_s)
        if {"duration_s", "reserved_s"} & self.kinds:
            self.gained["duration_s"] = (points.start_s, points.end_s)
        self.edges = [
            (
                self.grid.find_cells(points.start_s[use.lanes] - use.before_s[:, None]),
                self.grid.find_cells(points.end_s[use.lanes] + use.after_s[:, None]),
            )
            for use in grid.uses
        ]
        self.is_short = np.flatnonzero(table.most_s < table.high_s - table.low_s - 1e-6)
        self.first_lane = group_edges(table.number)

    def _integrate(self, profile: Profile, usable_s: FloatArray) -> tuple[FloatArray, FloatArray]:
        return profile.integrate(usable_s), profile.integrate(self.points.end_s)

    def _list_shifts(self) -> list[FloatArray]:
        shifts = []
        for use in self.grid.uses:
            before_s, after_s = np.zeros(len(self.table.lanes)), np.zeros(len(self.table.lanes))
            before_s[use.lanes], after_s[use.lanes] = use.before_s, use.after_s
            shifts += [before_s % self.grid.cell_s]
            shifts += [(-after_s - self.table.least_s) % self.grid.cell_s]
        return shifts

    def _index_terms(self, problem: PlanningProblem) -> None:
        """Keep the terms with a price; the others are worth at most their top (``rest``).

        ``reach`` is the most that the sum of each can be.
        """
        offers = Offers(problem)
        self.terms: list[GroupTerm] = []
        self.entries: list[Entry] = []
        self.reach: list[float] = []
        self.rest, self.has_top = 0.0, True
        for gap in problem.gap_terms:
            self.rest -= gap.price_per_s * offers.find_least_excess_s(gap)
        lanes_of: dict[str, list[int]] = {}
        for index, lane in enumerate(self.table.lanes):
            lanes_of.setdefault(problem.opportunities[lane.number].id, []).append(index)
        for term in problem.group_terms:
            if not term.lines:
                continue
            weights = term.weights or (1.0,) * len(term.members)
            if min(weights, default=0.0) < 0.0:
                top = find_top(term)
                self.has_top &= bool(np.isfinite(top))
                self.rest += top if np.isfinite(top) else 0.0
                continue
            lanes, amounts = [], []
            for member, weight in zip(term.members, weights, strict=True):
                for index in lanes_of.get(member, ()):
                    if self._may_count(term, index):
                        lanes.append(index)
                        amounts.append(weight)
            if lanes:
                own = np.array(lanes, dtype=np.int64)
                self.entries.append(Entry(len(self.terms), own, np.array(amounts)))
                self.terms.append(term)
                self.reach.append(offers.sum_most(term))
            else:
                self.rest += value_sum(term, 0.0)
        self.kinds = {term.quantity for term in self.terms}
        self.least = np.array([min(s for s, _ in term.lines) for term in self.terms])
        self.most = np.array([max(s for s, _ in term.lines) for term in self.terms])

    def _may_count(self, term: GroupTerm, index: int) -> bool:
        span = term.starts_within
        return span is None or bool(
            self.table.low_s[index] < span[1] and self.table.high_s[index] > span[0]
        )

    @property
    def holds(self) -> bool:
        """Ask whether the bound is valid: a contact shorter than its lock time is not seen."""
        return self.has_top and bool(np.all(self.table.lock_s <= self.table.least_s + 1e-6))

    def start_prices(self) -> Prices:
        """Guess prices: of k antennas, what the next best window would yield per second."""
        grid, table = self.grid, self.table
        per_s = np.zeros((len(grid.names), grid.n_cells))
        middle_s = grid.origin_s + grid.cell_s * (np.arange(grid.n_cells) + 0.5)
        use = grid.uses[0]
        first, _ = grid.find_cells(table.low_s)
        last, _ = grid.find_cells(table.high_s)
        counts = (last - first + 1)[use.lanes]
        lanes = np.repeat(use.lanes, counts)
        offset = np.arange(len(lanes)) - np.repeat(np.cumsum(counts) - counts, counts)
        cell = first[lanes] + offset
        profile = table.value
        rate = np.zeros(len(lanes))
        for place in range(profile.mark_s.shape[1]):
            begun = middle_s[cell] >= profile.mark_s[lanes, place]
            rate += np.where(begun, profile.change[lanes, place], 0.0)
        inside = (middle_s[cell] >= table.low_s[lanes]) & (middle_s[cell] < table.high_s[lanes])
        rate = np.where(inside, np.maximum(rate, 0.0), 0.0)
        resource = np.repeat(use.resource, counts)
        order = np.lexsort((-rate, cell, resource))
        key = (resource * grid.n_cells + cell)[order]
        begin = np.flatnonzero(np.diff(key, prepend=-1))
        rank = np.arange(len(key)) - np.repeat(begin, np.diff(np.append(begin, len(key))))
        chosen = rank == grid.limits[resource[order]]
        per_s.ravel()[key[chosen]] = rate[order][chosen]
        return Prices(per_s, np.clip(np.zeros(len(self.terms)), self.least, self.most))

    def find_best(self, prices: Prices) -> Best:
        """Return the best contact of every lane."""
        grid, points, table = self.grid, self.points, self.table
        start_value, end_value = self.gained["value"]
        early, late = -start_value, end_value.copy()
        fixed = table.fixed.copy()
        self._pay_terms(prices, early, late, fixed)
        padded = np.concatenate([prices.per_s, np.zeros((len(grid.names), 1))], axis=1)
        total = np.zeros((len(grid.names), grid.n_cells + 1))
        np.cumsum(prices.per_s * grid.cell_s, axis=1, out=total[:, 1:])
        for use, ((cell, part), (end_cell, end_part)) in zip(grid.uses, self.edges, strict=True):
            row = use.resource[:, None]
            early[use.lanes] += total[row, cell] + grid.cell_s * part * padded[row, cell]
            late[use.lanes] -= total[row, end_cell] + grid.cell_s * end_part * padded[row, end_cell]
        early[~points.may_start] = -np.inf
        running = np.maximum.accumulate(early, axis=1)
        self._shorten(early, running)
        both = np.where(points.may_end, running + late, -np.inf)
        lane = np.arange(len(both))
        end = both.argmax(axis=1)
        top = running[lane, end]
        open_start = early >= top[:, None]
        open_start &= points.end_s[lane, end][:, None] - points.start_s <= (
            table.most_s[:, None] + 1e-6
        )
        start = open_start.argmax(axis=1)
        return Best(both[lane, end] + fixed, points.start_s[lane, start], points.end_s[lane, end])

    def _shorten(self, early: FloatArray, running: FloatArray) -> None:
        """Look again where a maximum length binds: each end sees only the starts it may have."""
        points, most_s = self.points, self.table.most_s
        for end in range(early.shape[1]):
            rows = self.is_short
            if not len(rows):
                return
            starts = points.start_s[rows, : end + 1]
            near = points.end_s[rows, end][:, None] - starts <= most_s[rows, None] + 1e-6
            running[rows, end] = np.where(near, early[rows, : end + 1], -np.inf).max(axis=1)

    def _pay_terms(
        self, prices: Prices, early: FloatArray, late: FloatArray, fixed: FloatArray
    ) -> None:
        """Add what the prices of terms pay for contacts."""
        per: dict[str, FloatArray] = {}
        for entry, price in zip(self.entries, prices.term, strict=True):
            term = self.terms[entry.term]
            if price:
                if term.quantity not in per:
                    per[term.quantity] = np.zeros(len(fixed))
                paid = price * entry.weights
                if term.starts_within is not None and price < 0:
                    paid = np.where(self._lies_within(term, entry.lanes), paid, 0.0)
                per[term.quantity][entry.lanes] += paid
        for quantity, paid in per.items():
            if quantity == "count":
                fixed += paid
                continue
            if quantity == "reserved_s":
                for use in self.grid.uses[:-1]:  # the last one is the satellites'
                    fixed[use.lanes] += paid[use.lanes] * (use.before_s + use.after_s)
                paid = paid * self._count_antennas()
            name = "duration_s" if quantity == "reserved_s" else quantity
            begun, ended = self.gained[name]
            early -= paid[:, None] * begun
            late += paid[:, None] * ended

    def _count_antennas(self) -> FloatArray:
        return np.array([float(len(lane.antennas)) for lane in self.table.lanes])

    def _lies_within(self, term: GroupTerm, lanes: IndexArray) -> NDArray[np.bool_]:
        assert term.starts_within is not None
        low_s, high_s = term.starts_within
        return (self.table.low_s[lanes] >= low_s) & (self.table.high_s[lanes] <= high_s)

    def measure_values(self, best: Best) -> FloatArray:
        """Return the own values of contacts (eq 1), shape (n_lanes,)."""
        table = self.table
        usable_s = np.minimum(best.start_s + table.lock_s, table.high_s)
        gained = table.value.integrate(best.end_s[:, None])
        return np.asarray((gained - table.value.integrate(usable_s[:, None]))[:, 0] + table.fixed)

    def choose(self, best: Best) -> IndexArray:
        """Return the lanes that a plan of single best contacts takes: one an opportunity."""
        top = np.maximum.reduceat(best.gain, self.first_lane)
        sizes = np.diff(np.append(self.first_lane, len(best.gain)))
        winner = (best.gain >= np.repeat(top, sizes)) & ((best.gain > 0) | self.table.is_pin)
        lanes = np.flatnonzero(winner)
        return lanes[group_edges(self.table.number[lanes])]

    def measure_bound(self, prices: Prices, best: Best) -> float:
        """Sum what all resources cost, all opportunities gain and all terms leave."""
        gain = np.where(self.table.is_pin, best.gain, np.maximum(best.gain, 0.0))
        opportunities = np.maximum.reduceat(gain, self.first_lane) if len(gain) else np.zeros(1)
        resources = self.grid.cell_s * float(self.grid.limits @ prices.per_s.sum(axis=1))
        terms = sum(
            conjugate(*each) for each in zip(self.terms, prices.term, self.reach, strict=True)
        )
        return float(opportunities.sum()) + resources + terms + self.rest

    def measure_use(self, best: Best, lanes: IndexArray) -> FloatArray:
        """Measure how many contacts use each resource, a mean over the cell."""
        grid = self.grid
        taken = np.zeros(len(best.gain), dtype=bool)
        taken[lanes] = True
        slope = np.zeros((len(grid.names), grid.n_cells + 2))
        for use in grid.uses:
            here = taken[use.lanes]
            rows, own = use.resource[here], use.lanes[here]
            for sign, times_s in (
                (1.0, best.start_s[own] - use.before_s[here]),
                (-1.0, best.end_s[own] + use.after_s[here]),
            ):
                cell, part = grid.find_cells(times_s)
                np.add.at(slope, (rows, cell), sign * (1.0 - part))
                np.add.at(slope, (rows, cell + 1), sign * part)
        return np.asarray(np.cumsum(slope, axis=1)[:, : grid.n_cells])

    def count_terms(self, best: Best, lanes: IndexArray) -> FloatArray:
        """Sum the quantities of the terms over contacts."""
        taken = np.zeros(len(best.gain), dtype=bool)
        taken[lanes] = True
        amounts = {kind: self._measure(kind, best.start_s, best.end_s) for kind in self.kinds}
        sums = np.zeros(len(self.terms))
        for entry in self.entries:
            here = taken[entry.lanes]
            amount = amounts[self.terms[entry.term].quantity][entry.lanes[here]]
            sums[entry.term] = float(entry.weights[here] @ amount)
        return sums

    def find_scales(self) -> FloatArray:
        """Return what a contact adds to each term, about: it makes their prices comparable."""
        table, scales = self.table, np.ones(len(self.terms))
        amounts = {kind: self._measure(kind, table.low_s, table.high_s) for kind in self.kinds}
        for entry in self.entries:
            kind = self.terms[entry.term].quantity
            if kind == "volume":
                scales[entry.term] = max(1e-9, float(np.mean(amounts[kind][entry.lanes])))
            elif kind != "count":
                scales[entry.term] = TYPICAL_S
        return scales

    def _measure(self, kind: str, start_s: FloatArray, end_s: FloatArray) -> FloatArray:
        """Measure one quantity of a contact on every lane; of reserved time only the contact's."""
        if kind == "count":
            return np.ones(len(start_s))
        if kind not in self.profiles:
            return end_s - start_s
        usable_s = np.minimum(start_s + self.table.lock_s, self.table.high_s)
        profile = self.profiles[kind]
        gained = profile.integrate(end_s[:, None]) - profile.integrate(usable_s[:, None])
        return np.asarray(gained[:, 0])

    def want_sums(self, prices: Prices) -> FloatArray:
        """Return the sums that terms would choose for themselves at their prices."""
        return np.array(
            [argmax_sum(*each) for each in zip(self.terms, prices.term, self.reach, strict=True)]
        )

    def record_prices(self, prices: Prices, start_s: float, end_s: float) -> PriceRecord:
        """Record the prices of a span."""
        grid = self.grid
        (low, high), _ = grid.find_cells(np.array([start_s, end_s]))
        return PriceRecord(
            tuple(grid.names),
            grid.origin_s + low * grid.cell_s,
            grid.cell_s,
            prices.per_s[:, low : high + 1],
            {term.id: price for term, price in zip(self.terms, prices.term, strict=True)},
        )

    def read_prices(self, record: PriceRecord) -> Prices:
        """Take over recorded prices; what the record does not know costs nothing."""
        term = np.array([record.term.get(term.id, 0.0) for term in self.terms])
        per_s = self.grid.resample(record.per_s, record.names, record.origin_s, record.cell_s)
        return Prices(per_s, np.clip(term, self.least, self.most))

    def move_prices(self, prices: Prices, other: PricedLanes) -> Prices:
        """Take over the prices of other lanes on another grid."""
        grid = other.grid
        end_s = grid.origin_s + grid.n_cells * grid.cell_s
        return self.read_prices(other.record_prices(prices, grid.origin_s, end_s))


def mix_prices(one: Prices, other: Prices, share: float) -> Prices:
    """Return the mean of two prices, ``share`` of the other."""
    return replace(
        one,
        per_s=(1 - share) * one.per_s + share * other.per_s,
        term=(1 - share) * one.term + share * other.term,
    )
