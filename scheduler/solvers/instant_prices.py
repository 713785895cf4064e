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

from scheduler.problem.measure import get_setup_s, get_teardown_s, value_sum
from scheduler.problem.model import GroupTerm, PlanningProblem
from scheduler.solvers.columns import Pools
from scheduler.solvers.lane_table import LaneTable, Points, Profile, group_edges
from scheduler.solvers.linear_model import IndexArray
from tle.timebase import FloatArray


@dataclass(frozen=True)
class Prices:
    """Price per second of resources and cells, shape (n_resources, n_cells), and per term."""

    per_s: FloatArray
    term: FloatArray


@dataclass(frozen=True)
class Best:
    """The best contact of every lane at some prices: gain beyond the prices, start, end."""

    gain: FloatArray
    start_s: FloatArray
    end_s: FloatArray


@dataclass(frozen=True)
class Use:
    """What contacts of some lanes occupy of a resource: from ``before`` to ``after`` them."""

    lanes: IndexArray
    resource: IndexArray
    before_s: FloatArray
    after_s: FloatArray


@dataclass(frozen=True)
class Entry:
    """Lanes that count in a term, with their weights."""

    term: int
    lanes: IndexArray
    weights: FloatArray


class Grid:
    """Cells of time over which the prices of resources are constant."""

    def __init__(self, table: LaneTable, pools: Pools, cell_s: float) -> None:
        self.cell_s = cell_s
        problem = table.problem
        reach_s = max((one.recovery_s for one in problem.satellites), default=0.0)
        first_s = float(np.min(table.low_s - table.before_s, initial=problem.end_s))
        last_s = float(np.max(table.high_s + table.after_s, initial=problem.start_s))
        self.origin_s = float(np.floor((first_s - reach_s - 3600.0) / 3600.0) * 3600.0)
        self.n_cells = int((last_s + reach_s + 3600.0 - self.origin_s) // cell_s) + 2
        self.names = [names[0] for names in pools.names]
        self.limit = [float(len(names)) for names in pools.names]
        self.uses = _list_antenna_uses(table, pools)
        self.is_open = np.ones((len(self.names), self.n_cells), dtype=bool)
        self._add_satellites(table)
        self.limits = np.array(self.limit)

    def _add_satellites(self, table: LaneTable) -> None:
        """Add satellites as resources, in the cells where two of their windows are open."""
        problem = table.problem
        satellite_of = {one.id: index for index, one in enumerate(problem.satellites)}
        own = np.array(
            [satellite_of[problem.opportunities[lane.number].satellite_id] for lane in table.lanes],
            dtype=np.int64,
        )
        recovery_s = np.array([one.recovery_s for one in problem.satellites], dtype=np.float64)
        first = group_edges(table.number)  # lanes of one opportunity follow each other
        low = np.floor((table.low_s - self.origin_s) / self.cell_s).astype(np.int64)
        high = np.ceil((table.high_s + recovery_s[own] - self.origin_s) / self.cell_s)
        change = np.zeros((len(problem.satellites), self.n_cells + 1))
        np.add.at(change, (own[first], np.minimum.reduceat(low, first)), 1.0)
        np.add.at(change, (own[first], np.maximum.reduceat(high.astype(np.int64), first)), -1.0)
        crowded = np.cumsum(change, axis=1)[:, :-1] > 1.5
        busy = np.flatnonzero(crowded.any(axis=1))
        place = np.full(len(problem.satellites), -1)
        place[busy] = len(self.names) + np.arange(len(busy))
        before = np.concatenate([np.zeros((len(crowded), 1)), np.cumsum(crowded, axis=1)], axis=1)
        counts = before[own, high.astype(np.int64)] - before[own, low]
        lanes = np.flatnonzero(counts > 0)
        self.uses.append(
            Use(lanes, place[own[lanes]], np.zeros(len(lanes)), recovery_s[own[lanes]])
        )
        self.names += [f"satellite:{problem.satellites[index].id}" for index in busy]
        self.limit += [1.0] * len(busy)
        self.is_open = np.concatenate([self.is_open, crowded[busy]])

    def find_cells(self, times_s: FloatArray) -> tuple[IndexArray, FloatArray]:
        """Return the cell of every time and how far into it, from 0 to 1."""
        place = (times_s - self.origin_s) / self.cell_s
        cell = np.clip(np.floor(place).astype(np.int64), 0, self.n_cells - 1)
        return cell, place - cell

    def resample(self, prices: Prices, other: Grid) -> FloatArray:
        """Read another grid's prices on these cells; resources it does not know cost nothing."""
        middle_s = self.origin_s + self.cell_s * (np.arange(self.n_cells) + 0.5)
        cell = np.floor((middle_s - other.origin_s) / other.cell_s).astype(np.int64)
        known = (cell >= 0) & (cell < other.n_cells)
        place = {name: index for index, name in enumerate(other.names)}
        per_s = np.zeros((len(self.names), self.n_cells))
        for index, name in enumerate(self.names):
            if name in place:
                per_s[index, known] = prices.per_s[place[name], cell[known]]
        return np.asarray(np.where(self.is_open, per_s, 0.0))


def _list_antenna_uses(table: LaneTable, pools: Pools) -> list[Use]:
    problem, uses = table.problem, []
    for place in range(max((len(lane.antennas) for lane in table.lanes), default=0)):
        lanes = [index for index, lane in enumerate(table.lanes) if len(lane.antennas) > place]
        rows = [
            (
                pools.pool_of[table.lanes[index].antennas[place]],
                problem.antenna_by_id[table.lanes[index].antennas[place]],
                problem.opportunities[table.lanes[index].number],
            )
            for index in lanes
        ]
        uses.append(
            Use(
                np.array(lanes, dtype=np.int64),
                np.array([pool for pool, _, _ in rows], dtype=np.int64),
                np.array([get_setup_s(antenna, item) for _, antenna, item in rows]),
                np.array([get_teardown_s(antenna, item) for _, antenna, item in rows]),
            )
        )
    return uses


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
        if "usable_s" in self.kinds:
            self.gained["usable_s"] = self._integrate(table.build_profile(1.0, 0.0), usable_s)
        if "volume" in self.kinds:
            self.gained["volume"] = self._integrate(table.build_profile(0.0, 1.0), usable_s)
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
        """Keep the terms with a price; the others are worth at most their top (``rest``)."""
        self.terms: list[GroupTerm] = []
        self.entries: list[Entry] = []
        self.rest = 0.0
        lanes_of: dict[str, list[int]] = {}
        for index, lane in enumerate(self.table.lanes):
            lanes_of.setdefault(problem.opportunities[lane.number].id, []).append(index)
        for term in problem.group_terms:
            if not term.lines:
                continue
            weights = term.weights or (1.0,) * len(term.members)
            if min(weights, default=0.0) < 0.0:
                self.rest += find_top(term)
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
        seen = bool(np.all(self.table.lock_s <= self.table.least_s + 1e-6))
        return seen and bool(np.isfinite(self.rest))

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
            conjugate(term, price) for term, price in zip(self.terms, prices.term, strict=True)
        )
        return float(opportunities.sum()) + resources + terms + self.rest + self._price_change()

    def _price_change(self) -> float:
        """Bound eq 4 from above: previous contacts may all be kept, no new one is charged."""
        problem = self.table.problem
        return 0.0 if problem.change_price >= 0 else np.inf

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
        length_s = best.end_s - best.start_s
        sums = np.zeros(len(self.terms))
        for entry in self.entries:
            here = taken[entry.lanes]
            quantity = self.terms[entry.term].quantity
            amount = (
                np.ones(int(here.sum())) if quantity == "count" else length_s[entry.lanes[here]]
            )
            sums[entry.term] = float(entry.weights[here] @ amount)
        return sums

    def want_sums(self, prices: Prices) -> FloatArray:
        """Return the sums that terms would choose for themselves at their prices."""
        return np.array(
            [argmax_sum(term, price) for term, price in zip(self.terms, prices.term, strict=True)]
        )

    def move_prices(self, prices: Prices, other: PricedLanes) -> Prices:
        """Take over the prices of other lanes (another grid, or the whole horizon)."""
        known = {term.id: price for term, price in zip(other.terms, prices.term, strict=True)}
        term = np.array([known.get(term.id, 0.0) for term in self.terms])
        return Prices(self.grid.resample(prices, other.grid), np.clip(term, self.least, self.most))


def mix_prices(one: Prices, other: Prices, share: float) -> Prices:
    """Return the mean of two prices, ``share`` of the other."""
    return replace(
        one,
        per_s=(1 - share) * one.per_s + share * other.per_s,
        term=(1 - share) * one.term + share * other.term,
    )


def list_corners(term: GroupTerm) -> list[float]:
    """List the sums at which the lines of a term cross, from 0 on."""
    corners = {0.0}
    for slope, intercept in term.lines:
        for other_slope, other_intercept in term.lines:
            if slope != other_slope:
                corners.add((other_intercept - intercept) / (slope - other_slope))
    return sorted(corner for corner in corners if corner >= 0)


def find_top(term: GroupTerm) -> float:
    """Return the largest value a term can have, whatever the sum; inf when it has none."""
    slopes = [slope for slope, _ in term.lines]
    signed = any(weight < 0 for weight in term.weights)
    if min(slopes) > 0 or (max(slopes) < 0 and signed):
        return np.inf
    crossings = [
        (b2 - b1) / (a1 - a2) for a1, b1 in term.lines for a2, b2 in term.lines if a1 != a2
    ]
    return max(value_sum(term, total) for total in [0.0, *crossings])


def conjugate(term: GroupTerm, price: float) -> float:
    """Return the most that value minus price times sum can be, over sums from 0 on."""
    return max(value_sum(term, total) - price * total for total in list_corners(term))


def argmax_sum(term: GroupTerm, price: float) -> float:
    """Return the sum at which value minus price times sum is greatest."""
    return max(list_corners(term), key=lambda total: value_sum(term, total) - price * total)
