"""The bound of sweeps alone: every pool of antennas as if nothing else were coupled to it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scheduler.problem.measure import get_setup_s, get_teardown_s, measure_value
from scheduler.problem.model import Choice, Forbid, Opportunity, PlanningProblem
from scheduler.problem.offers import Offers
from scheduler.solvers.columns import Pools
from scheduler.solvers.lane_table import list_lanes
from scheduler.solvers.placements import list_kept
from scheduler.solvers.sweep import Lane, Sweep, is_exact
from scheduler.solvers.term_prices import find_top


def sweep_pools(problem: PlanningProblem, pools: Pools) -> tuple[float, list[Choice]]:
    """Sweep one antenna of every pool; return a bound on all plans (inf: none) and the contacts.

    For one antenna that nothing couples, the contacts and the pins are the proven optimum. A pool
    of k counts k times; group terms count at the most that their windows reach, gap terms at what
    they cost with every window used. A contact of the previous plan has a lane of its own, because
    it alone is no change (eq 4).
    """
    price = problem.change_price if problem.previous else 0.0
    around = _open_around_pins(problem, pools)
    lanes = [
        _make_lane(problem, pools, problem.opportunities[lane.number], lane.antennas[0],
                   lane.start_s, lane.end_s)
        for lane in list_lanes(around, pools)
        if len(lane.antennas) == 1
    ]  # fmt: skip
    changed = len(lanes)
    lanes += _list_kept_lanes(around, pools) if price else []
    bonus = np.where(np.arange(len(lanes)) < changed, -price, price)
    values, placed = Sweep(lanes, problem.time_step_s).run(bonus)
    offers = Offers(problem)
    rest = sum(find_top(term, offers.sum_most(term)) for term in problem.group_terms if term.lines)
    rest -= sum(term.price_per_s * offers.find_least_excess_s(term) for term in problem.gap_terms)
    rest += _value_pins(problem, price) - price * len(set(problem.previous))
    alone = all(len(names) == 1 for item in problem.opportunities for names in item.antenna_sets)
    bound = np.inf
    if alone and np.isfinite(rest) and is_exact(lanes, problem.time_step_s):
        strength = np.array([float(len(names)) for names in pools.names])[: len(values)]
        bound = float(strength @ values) + rest
    choices = [
        Choice(
            lanes[item.lane].opportunity.id,
            (pools.names[lanes[item.lane].track][0],),
            item.start_s,
            item.end_s,
        )
        for item in placed
    ]
    return bound, choices


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


def _list_kept_lanes(problem: PlanningProblem, pools: Pools) -> list[Lane]:
    """Make a lane of every previous contact that may be taken again, worth what it is worth."""
    lanes = []
    for choice in list_kept(problem):
        if len(choice.antennas) > 1:
            continue
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
        lanes.append(_make_lane(problem, pools, exactly, lead, choice.start_s, choice.end_s))
    return lanes


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
