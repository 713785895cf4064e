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
from scheduler.solvers.dive import round_level, solve_relaxed
from scheduler.solvers.engine import EngineResult
from scheduler.solvers.ilp import solve_ilp
from scheduler.solvers.placements import list_placements
from scheduler.solvers.relaxation import (
    Relaxation,
    build_relaxation,
    find_cliques,
    list_cover,
)
from tle.timebase import FloatArray


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
    relaxed = solve_relaxed(block, relaxation, deadline, seed)
    if relaxed is None:
        return None
    rents = read_rents(relaxation, relaxed, pools)
    level = round_level(block, relaxation, relaxed, deadline, seed)
    count = len(columns.choices)
    taken = [columns.choices[index] for index in np.flatnonzero(level[:count] > 0.5)]
    return BlockAnswer(tuple(assign_antennas(block, pools, taken)), rents)


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
