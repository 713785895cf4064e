"""A bound for a whole network: pay rent for antennas, then plan every satellite alone, exactly.

Lagrangian relaxation of the antenna rows (eq 6). With rents given, satellites no longer compete,
and the best plan of one satellite is a longest path through its passes in time order: counts of
a day (eq 2) and gaps between neighbours (eq 3) are known along the path. Any rents give a valid
bound; better ones follow from where the single plans overbook or leave free.

What the path cannot hold is relaxed upwards: a term over several satellites or of another
quantity becomes one of its lines, a gap term over several satellites and the limits of requests
are dropped. Full passes only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scheduler.problem.conflicts import TOLERANCE_S
from scheduler.problem.measure import counts_in, measure_group, measure_quantity, value_sum
from scheduler.problem.model import Choice, GroupTerm, PlanningProblem
from scheduler.solvers.columns import build_columns, find_pools, measure_reserved
from scheduler.solvers.large.block_solver import Rents
from scheduler.solvers.large.satellite_paths import MAX_COUNT, SatellitePaths
from scheduler.solvers.linear_model import IndexArray
from scheduler.solvers.placements import list_placements
from tle.timebase import FloatArray


@dataclass(frozen=True)
class Use:
    """The placements of an antenna pool and what they reserve there."""

    placements: IndexArray
    starts_s: FloatArray
    ends_s: FloatArray


class RentBound:
    """The relaxed problem; ``evaluate`` bounds it for rents, ``step`` improves the rents."""

    def __init__(self, problem: PlanningProblem, plan: Sequence[Choice]) -> None:
        self.problem = problem
        self.pools = find_pools(problem)
        choices = [choice for choice in list_placements(problem) if self.pools.leads(choice)]
        pins = [pin.choice for pin in problem.pins]
        columns = build_columns(problem, [*choices, *pins], self.pools)
        self.choices = columns.choices
        self.value = columns.value.copy()
        self.constant = 0.0
        if problem.previous and problem.change_price:
            self.constant -= problem.change_price * len(set(problem.previous))
        self.columns = columns
        self._relax_terms(plan)
        self.uses: dict[int, Use] = {}
        on: dict[int, list[int]] = defaultdict(list)
        for number, choice in enumerate(self.choices):
            for name in choice.antennas:
                on[self.pools.pool_of[name]].append(number)
        for pool, numbers in on.items():
            members = np.array(numbers, dtype=np.int64)
            antenna = problem.antenna_by_id[self.pools.names[pool][0]]
            self.uses[pool] = Use(members, *measure_reserved(antenna, columns, members))

    def _relax_terms(self, plan: Sequence[Choice]) -> None:
        """Keep the terms a path can hold, replace the others by the line the plan is on."""
        problem, columns = self.problem, self.columns
        numbers: dict[str, list[int]] = defaultdict(list)
        for number, choice in enumerate(self.choices):
            numbers[choice.opportunity_id].append(number)
        day = np.full(len(self.choices), -1)
        rises: list[FloatArray] = []
        for term in problem.group_terms:
            if not term.lines:
                continue
            own = [number for name in term.members for number in numbers.get(name, ())
                   if counts_in(term, self.choices[number].start_s)]  # fmt: skip
            rise = read_rise(term, len(own))
            single = len({int(columns.satellite[number]) for number in own}) <= 1
            if rise is not None and single and all(day[number] < 0 for number in own):
                day[own] = len(rises)
                rises.append(rise)
                self.constant += value_sum(term, 0.0)
            else:
                self._take_line(term, own, measure_group(problem, term, plan))
        gaps: dict[int, tuple[float, float, float, float]] = {}
        for gap in problem.gap_terms:
            own = [number for name in gap.members for number in numbers.get(name, ())]
            satellites = {int(columns.satellite[number]) for number in own}
            row = (gap.start_s, gap.end_s, gap.max_gap_s, gap.price_per_s)
            if not own:
                excess_s = max(0.0, gap.end_s - gap.start_s - gap.max_gap_s)
                self.constant -= gap.price_per_s * excess_s
            elif len(satellites) == 1 and row[3] > gaps.get(min(satellites), row)[3] - 1e-12:
                gaps[min(satellites)] = row
        self.paths = SatellitePaths(
            satellite=columns.satellite,
            start_s=columns.start_s,
            end_s=columns.end_s,
            day=day,
            rises=rises,
            gaps=gaps,
            recovery_s=[one.recovery_s for one in problem.satellites],
        )

    def _take_line(self, term: GroupTerm, own: Sequence[int], total: float) -> None:
        slope, intercept = min(term.lines, key=lambda line: line[0] * total + line[1])
        weights = dict(zip(term.members, term.weights or (1.0,) * len(term.members), strict=True))
        self.constant += intercept
        for number in own:
            choice = self.choices[number]
            amount = measure_quantity(self.problem, choice, term.quantity)
            self.value[number] += slope * weights[choice.opportunity_id] * amount

    def evaluate(self, rents: Sequence[Rents]) -> tuple[float, list[FloatArray]]:
        """Return the bound, and per rent how much its instants are used beyond the limit."""
        price = np.zeros(len(self.choices))
        for pool, use in self.uses.items():
            paid: dict[tuple[int, ...], FloatArray] = {}
            for name in self.pools.names[pool]:
                charging = tuple(k for k, rent in enumerate(rents) if name in rent.names)
                if charging not in paid:
                    paid[charging] = np.zeros(len(use.placements)) + sum(
                        _charge(rents[k], use) for k in charging
                    )
            price[use.placements] += np.minimum.reduce(list(paid.values()))
        value, chosen = self.paths.solve(self.value - price)
        value += self.constant + sum(rent.limit * float(rent.prices.sum()) for rent in rents)
        taken = np.zeros(len(self.choices), dtype=bool)
        taken[chosen] = True
        return value, [self._measure_excess(rent, taken) for rent in rents]

    def _measure_excess(self, rent: Rents, taken: NDArray[np.bool_]) -> FloatArray:
        change = np.zeros(len(rent.instants_s) + 1)
        for pool in {self.pools.pool_of[name] for name in rent.names}:
            if pool in self.uses:
                use = self.uses[pool]
                first, after = _find_covered(rent, use)
                here = taken[use.placements]
                np.add.at(change, first[here], 1.0)
                np.add.at(change, after[here], -1.0)
        return np.asarray(np.cumsum(change)[:-1] - rent.limit)


def _find_covered(rent: Rents, use: Use) -> tuple[IndexArray, IndexArray]:
    """Return which instants of a rent each reserved span covers: [first, after)."""
    first = np.searchsorted(rent.instants_s, use.starts_s, side="left")
    after = np.searchsorted(rent.instants_s, use.ends_s - TOLERANCE_S, side="left")
    return first, np.maximum(after, first)


def _charge(rent: Rents, use: Use) -> FloatArray:
    first, after = _find_covered(rent, use)
    sums = np.concatenate([[0.0], np.cumsum(rent.prices)])
    return np.asarray(sums[after] - sums[first])


def read_rise(term: GroupTerm, count: int) -> FloatArray | None:
    """Return what the 1st, 2nd, ... contact adds to a count term; None if it is not such a one.

    The rises must end (a target) within ``MAX_COUNT`` contacts.
    """
    if term.quantity != "count" or any(weight != 1.0 for weight in term.weights):
        return None
    values = [value_sum(term, float(number)) for number in range(max(count, MAX_COUNT) + 2)]
    rise = np.diff(values)
    if np.any(np.abs(rise[MAX_COUNT:]) > 1e-12):
        return None
    return np.asarray(rise[:MAX_COUNT])


def join_rents(parts: Sequence[Sequence[Rents]]) -> list[Rents]:
    """Join the rents of blocks into one series per antenna group."""
    series: dict[tuple[str, ...], list[Rents]] = defaultdict(list)
    for part in parts:
        for rent in part:
            series[rent.names].append(rent)
    joined = []
    for names, own in series.items():
        instants = np.concatenate([rent.instants_s for rent in own])
        prices = np.concatenate([rent.prices for rent in own])
        order = np.argsort(instants, kind="stable")
        joined.append(Rents(names, instants[order], prices[order]))
    return joined


def step_rents(rents: Sequence[Rents], excess: Sequence[FloatArray], step: float) -> list[Rents]:
    """Raise rents where the single plans overbook, lower them where room is left."""
    return [
        Rents(rent.names, rent.instants_s, np.maximum(0.0, rent.prices + step * over))
        for rent, over in zip(rents, excess, strict=True)
    ]
