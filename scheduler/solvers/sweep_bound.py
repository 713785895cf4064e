"""The bound of sweeps: every pool of antennas alone, paid for what goals want.

Lagrangian relaxation of what couples contacts beside their antenna: a group term (eq 2) pays a
price per unit of its sum, a gap term (eq 3) a price for each second of its time that a contact
meets, and a contact pays where only so many may be taken (of one window one). Any prices give a
valid bound; without prices goals count at their best.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from scheduler.problem.measure import (
    get_setup_s,
    get_teardown_s,
    measure_group,
    measure_quantity,
    measure_value,
)
from scheduler.problem.model import Choice, Forbid, GapTerm, GroupTerm, Opportunity, PlanningProblem
from scheduler.problem.offers import Offers
from scheduler.solvers.columns import Pools
from scheduler.solvers.lane_table import list_lanes
from scheduler.solvers.placements import list_kept
from scheduler.solvers.running_integrals import Profile
from scheduler.solvers.sweep import Lane, Sweep, Tolls, is_exact
from scheduler.solvers.term_prices import conjugate, find_top
from tle.timebase import FloatArray


@dataclass(frozen=True)
class GapPrices:
    """What each second without a contact of a gap term is paid, from 0 to the term's own price.

    ``per_s[i]`` holds from ``edges_s[i]`` to the next; shapes (n,) and (n + 1,).
    """

    term: GapTerm
    edges_s: FloatArray
    per_s: FloatArray

    def sum_to(self, instant_s: float) -> float:
        """Sum what is paid up to an instant."""
        spans_s = np.clip(instant_s - self.edges_s[:-1], 0.0, np.diff(self.edges_s))
        return float(self.per_s @ spans_s)

    def list_changes(
        self, start_s: float, end_s: float, shift_s: float
    ) -> list[tuple[float, float]]:
        """List where, from start to end, the price of the instant ``shift_s`` earlier changes."""
        edges_s = self.edges_s + shift_s
        per_s = np.concatenate([[0.0], self.per_s, [0.0]])
        first, after = np.searchsorted(edges_s, [start_s, end_s], side="right")
        steps = np.diff(per_s)[first:after]
        changes = [(start_s, float(per_s[first])), *zip(edges_s[first:after], steps, strict=True)]
        return [(float(mark), float(step)) for mark, step in changes if step != 0.0]


@dataclass(frozen=True)
class LimitPrice:
    """What each contact pays of opportunities of which a plan takes so many at most."""

    members: tuple[str, ...]
    most: float
    price: float


@dataclass(frozen=True)
class GoalPrices:
    """What a unit of a group term's sum is paid, by the term's id, and the time of gap terms."""

    per_unit: Mapping[str, float] = field(default_factory=dict)
    gaps: tuple[GapPrices, ...] = ()
    limits: tuple[LimitPrice, ...] = ()


NO_PRICES = GoalPrices()


class SweepBound:
    """Exact sweeps of one antenna of every pool, whatever else couples contacts.

    ``evaluate`` bounds every plan: for one antenna that nothing couples, contacts and pins are the
    proven optimum. A pool of k counts k times. A contact of the previous plan has a lane of its
    own, because it alone is no change (eq 4).
    """

    def __init__(self, problem: PlanningProblem, pools: Pools) -> None:
        self.problem, self.pools = problem, pools
        price = problem.change_price if problem.previous else 0.0
        around = _open_around_pins(problem, pools)
        self.lanes = [
            _make_lane(problem, pools, problem.opportunities[lane.number], lane.antennas[0],
                       lane.start_s, lane.end_s)
            for lane in list_lanes(around, pools)
            if len(lane.antennas) == 1
        ]  # fmt: skip
        changed = len(self.lanes)
        self.kept = _list_kept(around) if price else []
        self.lanes += [_make_kept_lane(problem, pools, choice) for choice in self.kept]
        self._bonus = np.where(np.arange(len(self.lanes)) < changed, -price, price)
        self._lanes_of: dict[str, list[int]] = defaultdict(list)
        for index, lane in enumerate(self.lanes):
            self._lanes_of[lane.opportunity.id].append(index)
        self._pinned = {pin.choice.opportunity_id for pin in problem.pins}
        self._sweep = Sweep(self.lanes, problem.time_step_s)
        self._constant = _value_pins(problem, price) - price * len(set(problem.previous))
        self._strength = np.array([float(len(names)) for names in pools.names])
        self._offers = Offers(problem)
        self._reach = {
            term.id: self._offers.sum_most(term) for term in problem.group_terms if term.lines
        }
        sets = [names for item in problem.opportunities for names in item.antenna_sets]
        self.holds = all(len(names) == 1 for names in sets) and is_exact(
            self.lanes, problem.time_step_s
        )

    def evaluate(self, prices: GoalPrices = NO_PRICES) -> tuple[float, list[Choice]]:
        """Return a bound on all plans (inf: none) and the contacts of the sweeps.

        Goals without a price count at the most that their windows reach.
        """
        bonus, rest = self._bonus.copy(), self._constant
        slopes: dict[int, dict[str, float]] = {}
        for term in self.problem.group_terms:
            if not term.lines:
                continue
            price = prices.per_unit.get(term.id, 0.0) if _has_price(term) else 0.0
            if price == 0.0:
                rest += find_top(term, self._reach[term.id])
                continue
            rest += conjugate(term, price, self._reach[term.id])
            rest += price * self._measure_pins(term)
            self._pay_term(term, price, bonus, slopes)
        priced = {gap.term.id for gap in prices.gaps}
        for gap in self.problem.gap_terms:
            if gap.id not in priced:
                rest -= gap.price_per_s * self._offers.find_least_excess_s(gap)
        for limit in prices.limits:
            rest += limit.price * (limit.most - len(self._pinned.intersection(limit.members)))
            for name in limit.members:
                bonus[self._lanes_of[name]] -= limit.price
        tolls, paid = self._pay_gaps(prices, bonus)
        rest -= paid
        sweep = self._sweep
        if slopes:
            sweep = Sweep([_tilt(lane, slopes.get(index, {})) for index, lane in
                           enumerate(self.lanes)], self.problem.time_step_s)  # fmt: skip
        values, placed = sweep.run(bonus, tolls)
        bound = np.inf
        if self.holds and np.isfinite(rest):
            bound = float(self._strength[: len(values)] @ values) + rest
        choices = [
            Choice(
                self.lanes[item.lane].opportunity.id,
                (self.pools.names[self.lanes[item.lane].track][0],),
                item.start_s,
                item.end_s,
            )
            for item in placed
        ]
        return bound, choices

    def _measure_pins(self, term: GroupTerm) -> float:
        return measure_group(self.problem, term, [pin.choice for pin in self.problem.pins])

    def _pay_term(
        self,
        term: GroupTerm,
        price: float,
        bonus: FloatArray,
        slopes: dict[int, dict[str, float]],
    ) -> None:
        """Pay lanes for what they add to a term: a count at once, time and volume by the second."""
        weights = term.weights or (1.0,) * len(term.members)
        for member, weight in zip(term.members, weights, strict=True):
            for index in self._lanes_of.get(member, ()):
                lane, paid = self.lanes[index], price * weight
                if term.quantity == "count":
                    if _may_count(term, lane, surely=paid < 0):
                        bonus[index] += paid
                elif index >= len(self.lanes) - len(self.kept):
                    kept = self.kept[index - len(self.lanes)]
                    bonus[index] += paid * measure_quantity(self.problem, kept, term.quantity)
                else:
                    name = "value_per_s" if term.quantity == "usable_s" else "value_per_volume"
                    tilt = slopes.setdefault(index, {})
                    tilt[name] = tilt.get(name, 0.0) + paid

    def _pay_gaps(self, prices: GoalPrices, bonus: FloatArray) -> tuple[Tolls | None, float]:
        """Pay lanes for the time of gap terms that a contact meets; return what pins leave unpaid.

        A contact [a, b) meets the instants from a - limit to b: a toll at its start, a gain at its
        end, and what is paid whatever it does.
        """
        if not prices.gaps:
            return None, 0.0
        at_start: list[list[tuple[float, float]]] = [[] for _ in self.lanes]
        at_end: list[list[tuple[float, float]]] = [[] for _ in self.lanes]
        rest = 0.0
        for gap in prices.gaps:
            limit_s = gap.term.max_gap_s
            rest += gap.sum_to(np.inf)
            for name in gap.term.members:
                for row in self._lanes_of.get(name, ()):
                    lane = self.lanes[row]
                    bonus[row] += gap.sum_to(lane.start_s) - gap.sum_to(lane.start_s - limit_s)
                    at_start[row] += gap.list_changes(lane.start_s, lane.end_s, limit_s)
                    at_end[row] += gap.list_changes(lane.start_s, lane.end_s, 0.0)
            members = set(gap.term.members)
            for pin in self.problem.pins:
                if pin.choice.opportunity_id in members:
                    rest -= gap.sum_to(pin.choice.end_s) - gap.sum_to(pin.choice.start_s - limit_s)
        return Tolls(Profile(at_start), Profile(at_end)), rest


def _has_price(term: GroupTerm) -> bool:
    """Ask whether sweeps can be paid for a term: its sum adds up contact by contact, second by
    second of usable time."""
    if any(weight < 0 for weight in term.weights):
        return False
    return term.quantity == "count" or (
        term.quantity in ("usable_s", "volume") and term.starts_within is None
    )


def _may_count(term: GroupTerm, lane: Lane, *, surely: bool) -> bool:
    """Ask whether a contact of a lane may count in a term, or (``surely``) cannot but count."""
    if term.starts_within is None:
        return True
    low_s, high_s = term.starts_within
    latest_s = lane.end_s - lane.opportunity.min_s
    if lane.opportunity.trim in ("none", "stop"):
        latest_s = lane.start_s
    if surely:
        return low_s <= lane.start_s and latest_s < high_s
    return lane.start_s < high_s and latest_s >= low_s


def _tilt(lane: Lane, more: Mapping[str, float]) -> Lane:
    """Add to what a second or a unit of volume of a lane is worth."""
    if not more:
        return lane
    own = lane.opportunity
    values = {name: getattr(own, name) + paid for name, paid in more.items()}
    return replace(lane, opportunity=replace(own, **values))


def _open_around_pins(problem: PlanningProblem, pools: Pools) -> PlanningProblem:
    """Turn pins into downtimes of their antennas and forbid their windows.

    An antenna that others are like stays open: they may take what the pin displaces.
    """
    holes: dict[str, list[tuple[float, float]]] = {}
    for pin in problem.pins:
        opportunity = problem.opportunity_by_id[pin.choice.opportunity_id]
        for name in pin.choice.antennas:
            if len(pools.names[pools.pool_of[name]]) == 1:
                antenna = problem.antenna_by_id[name]
                holes.setdefault(name, []).append(
                    (
                        pin.choice.start_s - get_setup_s(antenna, opportunity),
                        pin.choice.end_s + get_teardown_s(antenna, opportunity),
                    )
                )
    return replace(
        problem,
        antennas=tuple(
            replace(antenna, downtimes=(*antenna.downtimes, *holes.get(antenna.id, ())))
            for antenna in problem.antennas
        ),
        forbids=(*problem.forbids, *(Forbid(pin.choice.opportunity_id) for pin in problem.pins)),
        pins=(),
    )


def _make_lane(
    problem: PlanningProblem,
    pools: Pools,
    opportunity: Opportunity,
    name: str,
    start_s: float,
    end_s: float,
) -> Lane:
    antenna = problem.antenna_by_id[name]
    setup_s, teardown_s = get_setup_s(antenna, opportunity), get_teardown_s(antenna, opportunity)
    return Lane(opportunity, pools.pool_of[name], start_s, end_s, setup_s, teardown_s)


def _list_kept(problem: PlanningProblem) -> list[Choice]:
    return [choice for choice in list_kept(problem) if len(choice.antennas) == 1]


def _make_kept_lane(problem: PlanningProblem, pools: Pools, choice: Choice) -> Lane:
    """Make a lane of exactly a previous contact, worth what it is worth."""
    opportunity = problem.opportunity_by_id[choice.opportunity_id]
    exactly = replace(
        opportunity,
        start_s=choice.start_s,
        end_s=choice.end_s,
        trim="none",
        min_s=0.0,
        max_s=None,
        lock_s=0.0,
        interruptions=(),
        volume=None,
        rate=(),
        value_per_contact=measure_value(opportunity, choice.start_s, choice.end_s),
        value_per_s=0.0,
        value_per_volume=0.0,
    )
    lead = pools.move_to_lead(choice).antennas[0]
    return _make_lane(problem, pools, exactly, lead, choice.start_s, choice.end_s)


def _value_pins(problem: PlanningProblem, price: float) -> float:
    """Value the pins by their own coefficients and the price of change (eqs 1 and 4)."""
    same = set(problem.previous)
    return sum(
        measure_value(
            problem.opportunity_by_id[pin.choice.opportunity_id],
            pin.choice.start_s,
            pin.choice.end_s,
        )
        + (price if pin.choice in same else -price)
        for pin in problem.pins
    )
