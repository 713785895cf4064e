"""Trimmed contacts over many antennas: sweeps bring placements, an LP recombines them.

The LP's prices become rents, the rents steer the next sweeps and give the bound (eq 10), the
sweeps bring placements that the LP has not seen. Every round's plan is offered.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from scheduler.problem.model import Choice
from scheduler.solvers.base import Deadline
from scheduler.solvers.columns import Pools, build_columns
from scheduler.solvers.draft import Draft, start_draft
from scheduler.solvers.engine import EngineResult, solve_linear
from scheduler.solvers.relaxation import Relaxation, build_relaxation
from scheduler.solvers.rents import RentBound, collect_choices, polyak_step
from scheduler.solvers.search import Search
from scheduler.solvers.trimming import COARSE_STEP_S, MANY_LANES, build_swept, refine_trims

SWEEP_SHARE = 0.15  # of the time left, for the first plans of sweeps alone
ROUND_SHARE = 0.5  # of the time left after that, for rounds of rents and LPs
FIRST_STEPS = 3  # subgradient steps before the first LP
STEPS_A_ROUND = 2
MAX_ROUNDS = 25
MIN_RISE = 1e-4  # relative; a round that raises the LP by less is the last

Key = tuple[str, str, float, float]


def work_on_trims(
    search: Search, draft: Draft, pools: Pools, whole: Sequence[Choice], seed: int
) -> list[Choice]:
    """Offer plans and bounds; return the placements worth combining in the last model.

    A single antenna that nothing else couples is solved by its first sweep, proof included.
    """
    problem, deadline = search.problem, search.deadline
    fine = RentBound(problem, pools, problem.time_step_s)
    many = len(problem.opportunities) > MANY_LANES
    if not many:
        bound, placed = fine.evaluate()
        if fine.holds:
            search.lower_bound("sweep bound", bound)
        search.offer("swept", start_draft(problem, collect_choices(fine, placed)))
        if search.is_proven or search.sees_all:
            return []
    first = Deadline(SWEEP_SHARE * deadline.remaining_s)
    swept = build_swept(problem, deadline)  # every antenna, whatever its share of the time
    search.offer("swept", swept)
    refine_trims(swept, first)
    search.offer("refined", swept)
    if not many:
        refine_trims(draft, Deadline(0.2 * SWEEP_SHARE * deadline.remaining_s))
        search.offer("greedy, refined", draft)
    collected: dict[Key, Choice] = {}
    _collect(collected, whole if not many else [])
    _collect(collected, [pools.move_to_lead(choice) for choice in search.choices])
    rents = RentBound(problem, pools, COARSE_STEP_S) if many else fine
    _work_in_rounds(search, pools, rents, collected, seed)
    steered = build_swept(problem, deadline, rents.read_bonus())
    refine_trims(steered, Deadline(SWEEP_SHARE * deadline.remaining_s))
    search.offer("steered", steered)
    _collect(collected, [pools.move_to_lead(choice) for choice in search.choices])
    if many and fine.holds and not deadline.has_passed:
        fine.rent, fine.price = rents.rent, rents.price
        bound, placed = fine.evaluate()
        search.lower_bound("rent bound", bound)
        _collect(collected, collect_choices(fine, placed))
    return list(collected.values())


def _work_in_rounds(
    search: Search, pools: Pools, rents: RentBound, collected: dict[Key, Choice], seed: int
) -> None:
    """Alternate subgradient steps, LPs over what they brought, and rents from the LP's prices."""
    end = Deadline(ROUND_SHARE * search.deadline.remaining_s)
    best_bound, best = np.inf, (rents.rent, rents.price)
    last_lp = -np.inf
    for number in range(MAX_ROUNDS):
        for _ in range(STEPS_A_ROUND if number else FIRST_STEPS):
            bound, placed = rents.evaluate()
            _collect(collected, collect_choices(rents, placed))
            if bound < best_bound:
                best_bound, best = bound, (rents.rent.copy(), rents.price.copy())
                if rents.holds:
                    search.lower_bound("rent bound", bound)
            if search.is_proven or end.has_passed:
                break
            rents.step(placed, polyak_step(bound, max(search.value, last_lp), 0.7))
        if search.is_proven or end.has_passed:
            break
        pinned = [pin.choice for pin in search.problem.pins]
        columns = build_columns(search.problem, [*collected.values(), *pinned], pools)
        relaxation = build_relaxation(search.problem, columns, pools)
        answer = solve_linear(
            relaxation.model, relaxed=True, limit_s=max(1.0, end.remaining_s), seed=seed
        )
        if answer.status != "optimal" or answer.row_prices is None:
            break
        if answer.value < last_lp * (1 + MIN_RISE) and number > 2:
            break
        last_lp = answer.value
        _set_rents(rents, relaxation, answer)
        _drop_worst(collected, relaxation, answer)
    rents.rent, rents.price = best


def _set_rents(rents: RentBound, relaxation: Relaxation, answer: EngineResult) -> None:
    """Read rents and prices out of an LP: what a window is worth beyond the antenna's prices."""
    assert answer.row_prices is not None
    model, columns = relaxation.model, relaxation.columns
    prices = np.zeros(model.n_rows)
    for item in relaxation.pool_cliques:
        rows = slice(item.first, item.first + len(item.instants))
        prices[rows] = answer.row_prices[rows]
    by_term: dict[str, float] = {}
    for link in relaxation.links:
        if link.term_id and link.quantity == "count":
            prices[link.row] = answer.row_prices[link.row]
            paid = -link.factor * float(answer.row_prices[link.row])
            by_term[link.term_id] = by_term.get(link.term_id, 0.0) + paid
    cost = np.zeros(model.n_columns)
    np.add.at(
        cost,
        np.concatenate(model.entry_columns),
        np.concatenate(model.entry_values) * prices[np.concatenate(model.entry_rows)],
    )
    net = columns.value - cost[: len(columns.choices)]
    rent = np.zeros(len(rents.rent))
    np.maximum.at(rent, columns.opportunity, net)
    rents.rent = rent
    rents.price = np.clip(
        np.array([by_term.get(term.id, 0.0) for term in rents.terms]), 0.0, rents.top_price
    )


def _drop_worst(
    collected: dict[Key, Choice], relaxation: Relaxation, answer: EngineResult, most: int = 60_000
) -> None:
    """Forget the placements that the prices speak most against, beyond a number."""
    if len(collected) <= most or answer.reduced_costs is None:
        return
    keys = list(collected)
    worst = np.argsort(answer.reduced_costs[: len(keys)], kind="stable")[: len(keys) - most]
    for index in worst:
        if answer.columns[index] < 1e-9:
            del collected[keys[index]]


def _collect(collected: dict[Key, Choice], choices: Sequence[Choice]) -> None:
    for choice in choices:
        key = (choice.opportunity_id, choice.antennas[0], choice.start_s, choice.end_s)
        collected.setdefault(key, choice)
