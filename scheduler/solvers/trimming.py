"""Trimmed contacts: sweep the antennas of a draft in turn, and bound all plans by prices.

Each antenna is swept exactly, given the rest of the draft; a sweep that does not raise the plan's
value is undone. The bound relaxes what couples antennas: every window gets a rent, every counting
term a price, and then each antenna is swept alone (eq 10). Rents move by subgradient steps.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from scheduler.intervals import subtract
from scheduler.problem.conflicts import find_spans
from scheduler.problem.measure import get_setup_s, get_teardown_s, value_sum
from scheduler.problem.model import Choice, GroupTerm, Opportunity, PlanningProblem
from scheduler.solvers.base import Deadline
from scheduler.solvers.columns import Pools
from scheduler.solvers.draft import Draft, start_draft
from scheduler.solvers.sweep import Lane, Placed, Sweep, is_exact
from tle.timebase import FloatArray

MAX_ROUNDS = 4
MANY_LANES = 12_000  # with more, sweeps are coarse first
COARSE_STEP_S = 10.0


def is_trimmable(problem: PlanningProblem) -> bool:
    """Ask whether any start or end may move."""
    return any(item.trim != "none" for item in problem.opportunities)


def refine_trims(draft: Draft, deadline: Deadline) -> None:
    """Sweep all antennas in turn, at the finest step, while the value rises."""
    problem = draft.problem
    if not is_trimmable(problem):
        return
    coarse = len(problem.opportunities) > MANY_LANES
    ranks = _rank_antennas(problem)
    step_s = max(problem.time_step_s, COARSE_STEP_S) if coarse else problem.time_step_s
    for number in range(MAX_ROUNDS):
        before = draft.value
        for rank in ranks:
            if deadline.has_passed:
                return
            _sweep_antennas(draft, rank, step_s)
        small = draft.value - before <= 1e-4 * abs(draft.value)
        if step_s == problem.time_step_s and small and number:
            return
        if small or number == MAX_ROUNDS - 2:
            step_s = problem.time_step_s


def _rank_antennas(problem: PlanningProblem) -> list[list[str]]:
    """Sort the antennas into ranks: the first of every station, the second, ..."""
    seen: dict[str, int] = defaultdict(int)
    ranks: dict[int, list[str]] = defaultdict(list)
    for antenna in problem.antennas:
        ranks[seen[antenna.station_id]].append(antenna.id)
        seen[antenna.station_id] += 1
    return [ranks[rank] for rank in sorted(ranks)]


def build_swept(
    problem: PlanningProblem, deadline: Deadline, bonus: Mapping[str, float] | None = None
) -> Draft:
    """Build a plan from the pins alone: one sweep per antenna, the first of every station first.

    ``bonus`` steers the sweeps (rents of windows, prices of terms; nothing: own values alone);
    the plan is worth its true value all the same.
    """
    draft = start_draft(problem)
    many = len(problem.opportunities) > MANY_LANES
    step_s = max(problem.time_step_s, COARSE_STEP_S) if many else problem.time_step_s
    for rank in _rank_antennas(problem):
        if deadline.has_passed:
            break
        _sweep_antennas(draft, rank, step_s, bonus or {})
    return draft


def _sweep_antennas(
    draft: Draft,
    names: Sequence[str],
    step_s: float,
    steer: Mapping[str, float] | None = None,
) -> None:
    """Sweep some antennas, each alone, and keep for each the better of old and new.

    Without ``steer`` the terms count as they stand in the draft.
    """
    lanes = _build_free_lanes(draft, names)
    if not lanes:
        return
    bonus = np.array(
        [
            _count_bonus(draft, lane.opportunity, lane.start_s)
            if steer is None
            else steer.get(lane.opportunity.id, 0.0)
            for lane in lanes
        ]
    )
    _, placed = Sweep(lanes, step_s).run(bonus)
    by_track: dict[int, list[Choice]] = defaultdict(list)
    for item in placed:
        lane = lanes[item.lane]
        by_track[lane.track].append(
            Choice(lane.opportunity.id, (names[lane.track],), item.start_s, item.end_s)
        )
    for track, name in enumerate(names):
        _replace_contacts(draft, name, by_track[track])


def _build_free_lanes(draft: Draft, names: Sequence[str]) -> list[Lane]:
    """Build the lanes of antennas: windows not taken elsewhere, where their satellite is free."""
    problem = draft.problem
    track_of = {name: track for track, name in enumerate(names)}
    barred = {forbid.opportunity_id for forbid in problem.forbids} | draft.pinned
    elsewhere: dict[str, list[tuple[float, float]]] = defaultdict(list)
    held: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for choice in draft.taken.values():
        opportunity = problem.opportunity_by_id[choice.opportunity_id]
        recovery_s = problem.satellite_by_id[opportunity.satellite_id].recovery_s
        fixed = choice.opportunity_id in draft.pinned or len(choice.antennas) > 1
        if fixed or choice.antennas[0] not in track_of:
            elsewhere[opportunity.satellite_id].append(
                (choice.start_s - recovery_s, choice.end_s + recovery_s)
            )
        for name in choice.antennas:
            if fixed and name in track_of:
                held[name].append((choice.start_s, choice.end_s))
    lanes = []
    for opportunity in problem.opportunities:
        own = draft.taken.get(opportunity.id)
        if opportunity.id in barred or (own is not None and own.antennas[0] not in track_of):
            continue
        for antennas in opportunity.antenna_sets:
            if len(antennas) == 1 and antennas[0] in track_of:
                lanes += _cut_lane(
                    problem, opportunity, antennas[0], track_of[antennas[0]],
                    elsewhere[opportunity.satellite_id], held[antennas[0]],
                )  # fmt: skip
    return lanes


def _cut_lane(
    problem: PlanningProblem,
    opportunity: Opportunity,
    name: str,
    track: int,
    elsewhere: Sequence[tuple[float, float]],
    held: Sequence[tuple[float, float]],
) -> list[Lane]:
    antenna = problem.antenna_by_id[name]
    setup_s, teardown_s = get_setup_s(antenna, opportunity), get_teardown_s(antenna, opportunity)
    margin_s = setup_s + teardown_s + antenna.settle_s
    lanes = []
    for span in find_spans(problem, opportunity, (name,)):
        busy = [item for item in elsewhere if item[0] < span[1] and item[1] > span[0]]
        busy += [
            (low - margin_s, high + margin_s)
            for low, high in held
            if low - margin_s < span[1] and high + margin_s > span[0]
        ]
        pieces = [span]
        if busy:
            pieces = [
                (float(low), float(high))
                for low, high in subtract(np.array([span]), np.array(busy))
            ]
        for low_s, high_s in pieces:
            if (
                high_s - low_s >= max(opportunity.min_s, 1e-3)
                and (opportunity.trim in ("start", "both") or low_s == opportunity.start_s)
                and (opportunity.trim in ("stop", "both") or high_s == opportunity.end_s)
            ):
                lanes.append(Lane(opportunity, track, low_s, high_s, setup_s, teardown_s))
    return lanes


def _count_bonus(draft: Draft, opportunity: Opportunity, start_s: float) -> float:
    """Price one more contact by what the counting terms and the change price say now."""
    current = draft.taken.get(opportunity.id)
    bonus = 0.0
    for index, weight in draft.groups_of(opportunity.id):
        term = draft.problem.group_terms[index]
        if term.quantity != "count" or not term.lines:
            continue
        if term.starts_within is not None and not (
            term.starts_within[0] <= start_s < term.starts_within[1]
        ):
            continue
        total = draft.sum_of(index)
        sign = -1.0 if current is not None else 1.0
        bonus += sign * (value_sum(term, total + sign * weight) - value_sum(term, total))
    if draft.problem.previous:
        bonus -= draft.problem.change_price
    return bonus


def _replace_contacts(draft: Draft, name: str, choices: Sequence[Choice]) -> None:
    """Put new contacts on an antenna in place of its old ones, unless the old were better."""
    before = draft.value
    old = [
        choice
        for choice in draft.taken.values()
        if choice.antennas == (name,) and choice.opportunity_id not in draft.pinned
    ]
    for choice in old:
        draft.remove(choice)
    added = []
    for choice in sorted(choices, key=lambda item: (-draft.gain(item), item.opportunity_id)):
        if not _is_barred(draft, choice) and draft.gain(choice) > 0:
            draft.add(choice)
            added.append(choice)
    for choice in old:
        if not _is_barred(draft, choice) and draft.gain(choice) > 0:
            draft.add(choice)
            added.append(choice)
    if draft.value < before:
        for choice in added:
            draft.remove(choice)
        for choice in old:
            draft.add(choice)
        draft.value = before


def _is_barred(draft: Draft, choice: Choice) -> bool:
    return bool(draft.clashes(choice)) or draft.exceeds_limits(choice)


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
