"""Blocks and rents of pass networks: exact folding, valid bounds, plans that the audit accepts."""

import random

import numpy as np
import pytest

from scheduler.audit import audit
from scheduler.problem.measure import value_plan
from scheduler.solvers import solve
from scheduler.solvers.base import Deadline
from scheduler.solvers.blocks import index_problem, make_block
from scheduler.solvers.columns import build_columns, find_pools
from scheduler.solvers.engine import solve_linear
from scheduler.solvers.large import solve_large
from scheduler.solvers.large.block_solver import Rents, read_rents
from scheduler.solvers.large.network_search import solve_network
from scheduler.solvers.large.rent_bound import RentBound, step_rents
from scheduler.solvers.placements import list_placements
from scheduler.solvers.relaxation import build_relaxation
from tests.scheduler.solvers.large.network_builders import (
    find_best_value,
    list_plans,
    make_network,
)


def ignore(incumbent):
    """Take a report and do nothing."""


@pytest.mark.parametrize("seed", range(6))
def test_a_block_values_its_plans_as_the_whole_plan_does(seed):
    """Bite: lines not shifted by what is frozen fail 6 times, gaps from the horizon on once."""
    problem = make_network(seed, n_passes=7)
    plans = list_plans(problem, audit)
    taken = {one.opportunity_id: one for one in random.Random(seed).choice(plans)}
    block = make_block(index_problem(problem), taken, 600.0, 1500.0)
    free = {one.id for one in problem.opportunities if 600.0 <= one.start_s < 1500.0}
    frozen = [one for name, one in taken.items() if name not in free]
    pins = [pin.choice for pin in block.pins]
    shifts = set()
    for plan in plans:
        inside = [one for one in plan if one.opportunity_id in free]
        if not audit(problem, [*frozen, *inside]) and not any(
            pin.choice.opportunity_id in free for pin in problem.pins
        ):
            whole = value_plan(problem, [*frozen, *inside])
            shifts.add(round(whole - value_plan(block, [*pins, *inside]), 6))
            assert audit(block, [*pins, *inside]) == ()

    assert len(shifts) == 1


@pytest.mark.parametrize("seed", range(12))
def test_every_rent_bounds_the_best_plan_from_above(seed):
    """Bite: with the gap's price charged from the first second on, all are too low."""
    problem = make_network(seed, n_passes=7)
    best = find_best_value(problem, audit)
    rng = np.random.default_rng(seed)
    bounding = RentBound(problem, ())
    for scale in (0.0, 0.5, 3.0):
        instants = np.sort(rng.uniform(0.0, 2000.0, 20))
        rents = [Rents(("A0", "A1"), instants, scale * rng.random(20))]

        assert bounding.evaluate(rents)[0] >= best - 1e-9


@pytest.mark.parametrize("seed", range(10))
def test_one_satellite_alone_is_planned_exactly(seed):
    """Bite: when a day forgets its earlier contacts, the bound is not the optimum."""
    problem = make_network(seed, n_passes=8, n_satellites=1, n_antennas=1, extras=False)
    silent = np.zeros(0)

    bound, _ = RentBound(problem, ()).evaluate([Rents(("A0",), silent, silent)])

    setup_only = make_network(seed, n_passes=8, n_satellites=1, n_antennas=2, extras=False)
    assert bound == pytest.approx(find_best_value(setup_only, audit))


def test_rents_of_the_linear_programme_give_its_bound():
    """Bite: rows read one too late give another bound."""
    problem = make_network(3, n_passes=60, n_satellites=4, n_antennas=2, extras=False)
    pools = find_pools(problem)
    columns = build_columns(
        problem, [one for one in list_placements(problem) if pools.leads(one)], pools
    )
    relaxation = build_relaxation(problem, columns, pools)
    relaxed = solve_linear(relaxation.model, relaxed=True, limit_s=20.0, seed=1)

    bound, _ = RentBound(problem, ()).evaluate(read_rents(relaxation, relaxed, pools))

    assert bound == pytest.approx(relaxed.bound, rel=1e-3)


def test_stepping_the_rents_lowers_the_bound():
    """Bite: with the sign of the step turned round the bound only rises."""
    problem = make_network(5, n_passes=60, n_satellites=4, n_antennas=1, extras=False)
    bounding = RentBound(problem, ())
    rents = [Rents(("A0",), np.arange(0.0, 2000.0, 20.0), np.zeros(100))]
    first, excess = bounding.evaluate(rents)
    bounds = [first]
    for _ in range(30):
        rents = step_rents(rents, excess, 0.05)
        bound, excess = bounding.evaluate(rents)
        bounds.append(bound)

    assert min(bounds) < first - 1.0


@pytest.mark.parametrize("seed", range(8))
def test_blocks_find_the_best_plan_of_small_networks(seed):
    problem = make_network(seed, n_passes=8)

    solution = solve_network(problem, deadline=Deadline(20.0), seed=1, report=ignore)

    assert audit(problem, solution.choices, solution.value) == ()
    assert solution.value == pytest.approx(find_best_value(problem, audit))
    assert solution.bound >= solution.value - 1e-9


def test_a_network_keeps_its_deadline_and_its_rules():
    problem = make_network(1, n_passes=900, n_satellites=12, n_antennas=3, days=20)

    solution = solve(problem, solver="large", time_limit_s=4.0)

    assert solution.elapsed_s < 5.5
    assert audit(problem, solution.choices, solution.value) == ()


def test_same_seed_same_plan_of_a_network():
    problem = make_network(2, n_passes=120, n_satellites=5, days=4)

    first, second = (
        solve_large(problem, deadline=Deadline(60.0), seed=7, report=ignore) for _ in range(2)
    )

    assert (first.value, first.bound, first.choices) == (
        second.value,
        second.bound,
        second.choices,
    )
