"""The bound of sweeps alone: every pool of antennas as if nothing else were coupled to it."""

from __future__ import annotations

import numpy as np

from scheduler.problem.measure import get_setup_s, get_teardown_s
from scheduler.problem.model import Choice, PlanningProblem
from scheduler.solvers.columns import Pools
from scheduler.solvers.lane_table import list_lanes
from scheduler.solvers.sweep import Lane, Sweep, is_exact
from scheduler.solvers.term_prices import find_top


def sweep_pools(problem: PlanningProblem, pools: Pools) -> tuple[float, list[Choice]]:
    """Sweep one antenna of every pool; return a bound on all plans (inf: none) and the contacts.

    For one antenna that nothing couples, the contacts are the proven optimum. A pool of k counts k
    times; group terms count at their most.
    """
    lanes = []
    for lane in list_lanes(problem, pools):
        if lane.is_pin or len(lane.antennas) > 1:
            continue
        opportunity = problem.opportunities[lane.number]
        antenna = problem.antenna_by_id[lane.antennas[0]]
        lanes.append(
            Lane(
                opportunity,
                pools.pool_of[antenna.id],
                lane.start_s,
                lane.end_s,
                get_setup_s(antenna, opportunity),
                get_teardown_s(antenna, opportunity),
            )
        )
    sweep = Sweep(lanes, problem.time_step_s)
    values, placed = sweep.run()
    rest = sum(find_top(term) for term in problem.group_terms if term.lines)
    alone = all(len(names) == 1 for item in problem.opportunities for names in item.antenna_sets)
    free = not problem.pins and problem.change_price >= 0
    bound = np.inf
    if alone and free and np.isfinite(rest) and is_exact(lanes, problem.time_step_s):
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
