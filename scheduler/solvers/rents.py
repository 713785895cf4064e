"""Rents and prices: a bound on all plans with trimmed contacts, and a guide to good ones (eq 10).

What couples antennas is relaxed: every window gets a rent, every counting term a price, and then
each antenna is swept alone, exactly. Rents and prices move by subgradient steps.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from scheduler.problem.conflicts import find_spans
from scheduler.problem.measure import get_setup_s, get_teardown_s, value_sum
from scheduler.problem.model import Choice, GroupTerm, PlanningProblem
from scheduler.solvers.columns import Pools
from scheduler.solvers.sweep import Lane, Placed, Sweep, is_exact
from tle.timebase import FloatArray


class RentBound:
    """Rents of windows and prices of counting terms, and the bound they give (eq 10).

    Windows of a pool of k antennas are swept once and count k times. What cannot be priced
    (recovery between stations, gaps, terms of time or volume) is relaxed altogether, upwards.
    """

    def __init__(self, problem: PlanningProblem, pools: Pools, step_s: float) -> None:
        self.problem = problem
        self.pools = pools
        barred = {forbid.opportunity_id for forbid in problem.forbids}
        lanes, owners = [], []
        for number, opportunity in enumerate(problem.opportunities):
            if opportunity.id in barred:
                continue
            for antennas in opportunity.antenna_sets:
                pool = pools.pool_of[antennas[0]]
                if len(antennas) > 1 or pools.names[pool][0] != antennas[0]:
                    continue
                antenna = problem.antenna_by_id[antennas[0]]
                for low_s, high_s in find_spans(problem, opportunity, antennas):
                    lanes.append(
                        Lane(
                            opportunity, pool, low_s, high_s,
                            get_setup_s(antenna, opportunity),
                            get_teardown_s(antenna, opportunity),
                        )
                    )  # fmt: skip
                    owners.append(number)
        self.sweep = Sweep(lanes, step_s)
        self.owner = np.array(owners, dtype=np.int64)
        self.strength = np.array([len(names) for names in pools.names], dtype=np.float64)
        self.rent = np.zeros(len(problem.opportunities))
        self._index_terms()
        self.price = np.zeros(len(self.terms))

    @property
    def holds(self) -> bool:
        """Ask whether the bound is valid at all: everything priced or relaxed upwards, exactly."""
        problem = self.problem
        alone = all(
            len(names) == 1 for item in problem.opportunities for names in item.antenna_sets
        )
        finite = all(np.isfinite(_find_top(term)) for term in problem.group_terms if term.lines)
        free = not (problem.previous and problem.change_price)
        return alone and finite and free and is_exact(self.sweep.lanes, self.sweep.step_s)

    def _index_terms(self) -> None:
        """Keep the counting terms with a plain price; each lane belongs to at most a few."""
        self.terms: list[GroupTerm] = []
        self.rest = 0.0
        rows: list[int] = []
        columns: list[int] = []
        weights: list[float] = []
        lanes_of: dict[str, list[int]] = defaultdict(list)
        for index, lane in enumerate(self.sweep.lanes):
            lanes_of[lane.opportunity.id].append(index)
        for term in self.problem.group_terms:
            if not term.lines:
                continue
            if term.quantity != "count" or any(weight < 0 for weight in term.weights):
                self.rest += _find_top(term)
                continue
            for member, weight in zip(
                term.members, term.weights or (1.0,) * len(term.members), strict=True
            ):
                for index in lanes_of.get(member, ()):
                    lane = self.sweep.lanes[index]
                    span = term.starts_within
                    if span is None or (lane.start_s < span[1] and lane.end_s > span[0]):
                        rows.append(index)
                        columns.append(len(self.terms))
                        weights.append(weight)
            self.terms.append(term)
        self.term_lane = np.array(rows, dtype=np.int64)
        self.term_of = np.array(columns, dtype=np.int64)
        self.term_weight = np.array(weights)
        self.top_price = np.array(
            [max((slope for slope, _ in term.lines), default=0.0) for term in self.terms]
        )

    def read_bonus(self) -> dict[str, float]:
        """Return what prices give to and rents take from a contact, by opportunity."""
        bonus = self._price_lanes()
        return {
            lane.opportunity.id: float(amount)
            for lane, amount in zip(self.sweep.lanes, bonus, strict=True)
        }

    def _price_lanes(self) -> FloatArray:
        bonus = -self.rent[self.owner]
        np.add.at(bonus, self.term_lane, self.price[self.term_of] * self.term_weight)
        return np.asarray(bonus)

    def evaluate(self) -> tuple[float, list[Placed]]:
        """Return the bound of the present rents and prices, and the contacts of its sweeps."""
        values, placed = self.sweep.run(self._price_lanes())
        constant = sum(
            _conjugate(term, price) for term, price in zip(self.terms, self.price, strict=True)
        )
        strength = self.strength[: len(values)]
        return float(strength @ values + self.rent.sum() + constant + self.rest), placed

    def step(self, placed: Sequence[Placed], length: float) -> None:
        """Move rents and prices against the subgradient so that the bound should fall by length."""
        used = np.zeros(len(self.rent))
        lane_used = np.zeros(len(self.sweep.lanes))
        for item in placed:
            times = self.strength[self.sweep.lanes[item.lane].track]
            used[self.owner[item.lane]] += times
            lane_used[item.lane] += times
        slope = 1.0 - used
        slope[(self.rent <= 0) & (slope > 0)] = 0.0
        counted = np.zeros(len(self.terms))
        np.add.at(counted, self.term_of, self.term_weight * lane_used[self.term_lane])
        wanted = np.array(
            [_argmax_sum(term, price) for term, price in zip(self.terms, self.price, strict=True)]
        )
        pull = counted - wanted if len(self.terms) else counted
        pull[((self.price <= 0) & (pull > 0)) | ((self.price >= self.top_price) & (pull < 0))] = 0
        norm = float((slope**2).sum() + (pull**2).sum())
        if norm == 0:
            return
        self.rent = np.maximum(0.0, self.rent - length / norm * slope)
        self.price = np.clip(self.price - length / norm * pull, 0.0, self.top_price)


def _corners(term: GroupTerm) -> list[float]:
    """List the sums at which the lines of a term cross, from 0 on."""
    corners = {0.0}
    for slope, intercept in term.lines:
        for other_slope, other_intercept in term.lines:
            if slope != other_slope:
                corners.add((other_intercept - intercept) / (slope - other_slope))
    return sorted(corner for corner in corners if corner >= 0)


def _find_top(term: GroupTerm) -> float:
    """Return the largest value a term can have, whatever the sum; inf when it has none."""
    slopes = [slope for slope, _ in term.lines]
    if min(slopes) > 0 or max(slopes) < 0:
        return np.inf if min(slopes) > 0 else value_sum(term, 0.0)
    crossings = [
        (b2 - b1) / (a1 - a2) for a1, b1 in term.lines for a2, b2 in term.lines if a1 != a2
    ]
    return max(value_sum(term, total) for total in [0.0, *crossings])


def _conjugate(term: GroupTerm, price: float) -> float:
    """Return the most that value minus price times sum can be, over sums from 0 on."""
    return max(value_sum(term, total) - price * total for total in _corners(term))


def _argmax_sum(term: GroupTerm, price: float) -> float:
    return max(_corners(term), key=lambda total: value_sum(term, total) - price * total)


def polyak_step(bound: float, value: float, theta: float) -> float:
    """Return how far the bound should fall: part of its distance to a little above the plan."""
    return theta * max(bound - value * (1.0 if value < 0 else 1.001), 1e-6 * abs(bound))


def collect_choices(bound: RentBound, placed: Sequence[Placed]) -> list[Choice]:
    """Turn the contacts of a sweep into choices on the first antenna of their pool."""
    lanes = bound.sweep.lanes
    return [
        Choice(
            lanes[item.lane].opportunity.id,
            (bound.pools.names[lanes[item.lane].track][0],),
            item.start_s,
            item.end_s,
        )
        for item in placed
    ]
