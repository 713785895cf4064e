"""Columns of the linear models: placements on pools of antennas that are alike.

Antennas that no row of the model can tell apart share one capacity row set with limit k instead
of an antenna index (interval graphs are perfect: first fit finds the antennas afterwards).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scheduler.problem.measure import get_setup_s, get_teardown_s, measure_value
from scheduler.problem.model import AntennaResource, Choice, PlanningProblem
from scheduler.solvers.draft import is_simple
from scheduler.solvers.linear_model import IndexArray
from tle.timebase import FloatArray


@dataclass(frozen=True)
class Pools:
    """Which antennas are alike: names per pool, and the pool of every antenna."""

    names: tuple[tuple[str, ...], ...]
    pool_of: dict[str, int]

    def leads(self, choice: Choice) -> bool:
        """Ask whether the choice stands for its pools (first antenna of each)."""
        return self.move_to_lead(choice) == choice

    def move_to_lead(self, choice: Choice) -> Choice:
        """Move a contact to the first antenna of its pools, where columns stand."""
        names = tuple(
            self.names[self.pool_of[name]][0] if name in self.pool_of else name
            for name in choice.antennas
        )
        return Choice(choice.opportunity_id, names, choice.start_s, choice.end_s)


def find_pools(problem: PlanningProblem) -> Pools:
    """Group antennas that have the same figures and serve the same opportunities alone."""
    members: dict[str, list[int]] = defaultdict(list)
    in_array: set[str] = set()
    for index, opportunity in enumerate(problem.opportunities):
        for antennas in opportunity.antenna_sets:
            for name in antennas:
                members[name].append(index)
            if len(antennas) > 1:
                in_array.update(antennas)
    pools: dict[object, list[str]] = {}
    for antenna in problem.antennas:
        own = antenna.id in in_array or not is_simple(antenna) or bool(antenna.downtimes)
        key = antenna.id if own else (_figures(antenna), tuple(members[antenna.id]))
        pools.setdefault(key, []).append(antenna.id)
    names = tuple(tuple(pool) for pool in pools.values())
    return Pools(names, {name: index for index, pool in enumerate(names) for name in pool})


def _figures(antenna: AntennaResource) -> tuple[str, float, float]:
    return antenna.station_id, antenna.setup_s, antenna.teardown_s


@dataclass(frozen=True)
class Columns:
    """Placements as arrays of shape (n_columns,), each standing for its pool.

    ``own_setup_s`` and ``own_teardown_s`` are NaN where the antenna's figure holds.
    """

    choices: tuple[Choice, ...]
    opportunity: IndexArray
    satellite: IndexArray
    start_s: FloatArray
    end_s: FloatArray
    value: FloatArray
    own_setup_s: FloatArray
    own_teardown_s: FloatArray

    def take(self, rows: IndexArray) -> Columns:
        """Return some of the columns."""
        return Columns(
            tuple(self.choices[row] for row in rows),
            *(getattr(self, name)[rows] for name in _ARRAYS),
        )

    def join(self, other: Columns) -> Columns:
        """Return these columns, then the others."""
        return Columns(
            self.choices + other.choices,
            *(np.concatenate([getattr(self, name), getattr(other, name)]) for name in _ARRAYS),
        )


_ARRAYS = (
    "opportunity",
    "satellite",
    "start_s",
    "end_s",
    "value",
    "own_setup_s",
    "own_teardown_s",
)


def build_columns(
    problem: PlanningProblem, choices: Sequence[Choice], pools: Pools | None = None
) -> Columns:
    """Put placements into arrays, with their own value and the price of change (eqs 1 and 4).

    A placement counts as unchanged when its pools are those of the previous contact.
    """
    opportunity_index = {item.id: index for index, item in enumerate(problem.opportunities)}
    satellite_index = {item.id: index for index, item in enumerate(problem.satellites)}
    kept: set[Choice] = set()
    if problem.change_price:
        pools = pools or find_pools(problem)
        kept = {pools.move_to_lead(item) for item in problem.previous}
    values, opportunities, satellites, setups, teardowns = [], [], [], [], []
    for choice in choices:
        index = opportunity_index[choice.opportunity_id]
        opportunity = problem.opportunities[index]
        value = measure_value(opportunity, choice.start_s, choice.end_s)
        if kept:
            same = pools is not None and pools.move_to_lead(choice) in kept
            value += problem.change_price if same else -problem.change_price
        values.append(value)
        opportunities.append(index)
        satellites.append(satellite_index[opportunity.satellite_id])
        setups.append(np.nan if opportunity.setup_s is None else opportunity.setup_s)
        teardowns.append(np.nan if opportunity.teardown_s is None else opportunity.teardown_s)
    return Columns(
        choices=tuple(choices),
        opportunity=np.array(opportunities, dtype=np.int64),
        satellite=np.array(satellites, dtype=np.int64),
        start_s=np.array([choice.start_s for choice in choices], dtype=np.float64),
        end_s=np.array([choice.end_s for choice in choices], dtype=np.float64),
        value=np.array(values, dtype=np.float64),
        own_setup_s=np.array(setups, dtype=np.float64),
        own_teardown_s=np.array(teardowns, dtype=np.float64),
    )


def measure_reserved(
    antenna: AntennaResource, columns: Columns, members: IndexArray
) -> tuple[FloatArray, FloatArray]:
    """Return reserved starts and ends of columns on one antenna, shapes (n_members,).

    Only what every pair needs: where slew may add to it, the least slew is left to the caller.
    """
    setup_s, teardown_s = columns.own_setup_s[members], columns.own_teardown_s[members]
    return (
        columns.start_s[members] - np.where(np.isnan(setup_s), antenna.setup_s, setup_s),
        columns.end_s[members] + np.where(np.isnan(teardown_s), antenna.teardown_s, teardown_s),
    )


def assign_antennas(
    problem: PlanningProblem, pools: Pools, taken: Sequence[Choice]
) -> list[Choice]:
    """Give every contact an antenna of its pool by first fit; what finds none is left out.

    Pins keep their antenna. A contact of the previous plan asks for the antenna it had there.
    """
    pinned = {pin.choice.opportunity_id: pin.choice for pin in problem.pins}
    wish = {item.opportunity_id: item.antennas for item in problem.previous}
    assigned: list[Choice] = []
    free_from_s: dict[str, float] = defaultdict(lambda: -np.inf)
    booked: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for choice in pinned.values():
        opportunity = problem.opportunity_by_id[choice.opportunity_id]
        for name in choice.antennas:
            antenna = problem.antenna_by_id[name]
            booked[name].append(
                (
                    choice.start_s - get_setup_s(antenna, opportunity),
                    choice.end_s + get_teardown_s(antenna, opportunity),
                )
            )
    for choice in sorted(taken, key=lambda item: (item.start_s, item.opportunity_id)):
        if choice.opportunity_id in pinned:
            assigned.append(pinned[choice.opportunity_id])
            continue
        names = pools.names[pools.pool_of[choice.antennas[0]]]
        if len(choice.antennas) > 1 or len(names) == 1:
            assigned.append(choice)
            continue
        opportunity = problem.opportunity_by_id[choice.opportunity_id]
        antenna = problem.antenna_by_id[names[0]]
        start_s = choice.start_s - get_setup_s(antenna, opportunity) + 1e-6
        end_s = choice.end_s + get_teardown_s(antenna, opportunity)
        wished = wish.get(choice.opportunity_id, ())
        ordered = sorted(
            names, key=lambda name: ((name,) != wished, -free_from_s[name], names.index(name))
        )
        for name in ordered:
            clear = all(end_s <= low or high <= start_s for low, high in booked[name])
            if free_from_s[name] <= start_s and clear:
                free_from_s[name] = end_s
                assigned.append(
                    Choice(choice.opportunity_id, (name,), choice.start_s, choice.end_s)
                )
                break
    return assigned
