"""Solve one block of full passes: LP, then the MIP of what the LP leaves open; prices on the side.

The prices of the LP's antenna rows say what an instant of an antenna group is worth; the bound of
the whole horizon starts from them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scheduler.problem.conflicts import TOLERANCE_S
from scheduler.problem.model import Choice, PlanningProblem
from scheduler.solvers.base import Deadline
from scheduler.solvers.columns import Pools, assign_antennas, build_columns, find_pools
from scheduler.solvers.engine import EngineResult, solve_linear
from scheduler.solvers.ilp import solve_ilp
from scheduler.solvers.placements import list_placements
from scheduler.solvers.relaxation import (
    Relaxation,
    build_relaxation,
    find_cliques,
    forbid_pairs,
    list_cover,
)
from tle.timebase import FloatArray

MIP_GAP = 1e-5  # relative, of a block
MIP_S = 4.0  # of one MIP, at most: a hard block is worth less than the next one
WIDTH = 0.05  # of the largest column value: columns with a worse reduced cost stay out of the MIP
MAX_PAIR_ROUNDS = 8


@dataclass(frozen=True)
class Rents:
    """Prices of being on a group of alike antennas at instants; ``limit`` may be at once."""

    names: tuple[str, ...]
    instants_s: FloatArray
    prices: FloatArray

    @property
    def limit(self) -> int:
        return len(self.names)


@dataclass(frozen=True)
class BlockAnswer:
    """The contacts of a block, pins included, and the rents of its LP."""

    choices: tuple[Choice, ...]
    rents: tuple[Rents, ...]


def solve_block(block: PlanningProblem, *, deadline: Deadline, seed: int) -> BlockAnswer | None:
    """Solve a block; None when the time did not suffice for any answer."""
    if any(item.trim != "none" for item in block.opportunities):
        answer = solve_ilp(block, deadline=deadline, seed=seed, report=lambda incumbent: None)
        return BlockAnswer(answer.choices, ())
    pools = find_pools(block)
    placements = [choice for choice in list_placements(block) if pools.leads(choice)]
    placements += [pin.choice for pin in block.pins]
    columns = build_columns(block, placements, pools)
    relaxation = build_relaxation(block, columns, pools)
    for number in range(MAX_PAIR_ROUNDS):
        relaxed = solve_linear(
            relaxation.model, relaxed=True, limit_s=deadline.remaining_s, seed=seed
        )
        if relaxed.status != "optimal":
            return None
        if number == MAX_PAIR_ROUNDS - 1 or not forbid_pairs(block, relaxation, relaxed.columns):
            break
    rents = read_rents(relaxation, relaxed, pools)
    level = _round_level(block, relaxation, relaxed, deadline, seed)
    count = len(columns.choices)
    taken = [columns.choices[index] for index in np.flatnonzero(level[:count] > 0.5)]
    return BlockAnswer(tuple(assign_antennas(block, pools, taken)), rents)


def _round_level(
    block: PlanningProblem,
    relaxation: Relaxation,
    relaxed: EngineResult,
    deadline: Deadline,
    seed: int,
) -> FloatArray:
    """Return a 0/1 solution: the LP's if it is one, else the best beside what the LP has settled.

    Settled are the columns at 1, and those at 0 that would cost too much to take.
    """
    model, count = relaxation.model, len(relaxation.columns.choices)
    level = relaxed.columns
    if np.all(np.abs(level[:count] - np.round(level[:count])) < 1e-6):
        return level
    if relaxed.reduced_costs is not None:
        width = WIDTH * float(np.abs(relaxation.columns.value).max())
        lower = np.maximum(model.lower[0], level[:count] > 1.0 - 1e-6)
        hopeless = (relaxed.reduced_costs[:count] < -width) & (lower == 0)
        model.lower[0], model.upper[0] = lower, np.where(hopeless, 0.0, model.upper[0])
    for _ in range(MAX_PAIR_ROUNDS):
        if deadline.remaining_s < 0.2:
            break
        answer = solve_linear(
            model,
            relaxed=False,
            limit_s=min(MIP_S, deadline.remaining_s),
            seed=seed,
            relative_gap=MIP_GAP,
        )
        if answer.status not in ("optimal", "feasible"):
            break
        level = answer.columns
        if not forbid_pairs(block, relaxation, level):
            break
    return level


def read_rents(relaxation: Relaxation, relaxed: EngineResult, pools: Pools) -> tuple[Rents, ...]:
    """Read the prices of the antenna rows: the first rows of the model, pool by pool."""
    if relaxed.row_prices is None:
        return ()
    rents, row = [], 0
    for names in pools.names:
        if names[0] not in relaxation.reserved:
            continue
        _, starts, ends = relaxation.reserved[names[0]]
        instants = find_cliques(starts, ends - TOLERANCE_S)
        rows, _ = list_cover(instants, starts, ends - TOLERANCE_S)
        binding = np.bincount(rows, minlength=len(instants)) > len(names)
        count = int(binding.sum())
        prices = np.maximum(0.0, relaxed.row_prices[row : row + count])
        rents.append(Rents(names, instants[binding], prices))
        row += count
    return tuple(rents)
