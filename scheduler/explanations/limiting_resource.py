"""What limits a plan: the prices of the linear programme name the resource, a re-solve its worth.

By duality the bound of the plan is the sum of every limit times its price. Summed by kind, the
prices say where the value is scarce: antenna time (by hour of the day), a share or another hard
limit, or the windows themselves (horizon, mask). The figure that is told is not the price, which
holds for the first grain only: the resource is added and the problem solved again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from scheduler.explanations.prices import SolveAgain
from scheduler.objective import fair_share
from scheduler.problem.measure import measure_volume, value_plan
from scheduler.problem.model import AntennaResource, Choice, PlanningProblem
from scheduler.solvers.columns import build_columns, find_pools
from scheduler.solvers.engine import EngineResult, solve_linear
from scheduler.solvers.placements import list_placements
from scheduler.solvers.relaxation import Relaxation, build_relaxation
from tle.timebase import DAY_S

ResourceKind = Literal["antenna_hours", "share", "limit", "satellite", "windows"]
BIN_H = 2.0  # hours of the day that are told as one
LP_LIMIT_S = 20.0


@dataclass(frozen=True, slots=True)
class Scarcity:
    """How much of the bound one resource holds, in value units.

    ``place`` is the station, the term or the satellite; ``hours_utc`` the hours of the day, for
    antenna time only.
    """

    kind: ResourceKind
    place: str
    rent: float
    hours_utc: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Worth:
    """What more of a resource is worth, by solving again with it: value and bytes gained.

    ``added`` is in ``unit`` (antenna hours, or hours of a share); ``antennas`` names what was
    added for the question.
    """

    scarcity: Scarcity
    added: float
    unit: str
    gain: float
    gain_bytes: float
    contacts: int  # more (or fewer) than before
    is_proven: bool
    choices: tuple[Choice, ...]


def rank_scarcity(problem: PlanningProblem, *, seed: int = 1) -> list[Scarcity]:
    """Price every resource by the LP over whole windows, the scarcest first."""
    pools = find_pools(problem)
    choices = [item for item in list_placements(problem) if pools.leads(item)]
    choices += [pin.choice for pin in problem.pins]
    if not choices:
        return []
    relaxation = build_relaxation(problem, build_columns(problem, choices, pools), pools)
    answer = solve_linear(relaxation.model, relaxed=True, limit_s=LP_LIMIT_S, seed=seed)
    if answer.row_prices is None or answer.reduced_costs is None:
        return []
    found = [
        *_price_antennas(problem, relaxation, answer, pools.names),
        *_price_limits(problem, relaxation, answer),
        *_price_windows(relaxation, answer),
    ]
    return sorted(found, key=lambda item: (-item.rent, item.kind, item.place))


def _price_antennas(
    problem: PlanningProblem,
    relaxation: Relaxation,
    answer: EngineResult,
    names: Sequence[tuple[str, ...]],
) -> Iterator[Scarcity]:
    """Sum the prices of instants by station and hour of the day; of satellites by satellite."""
    assert answer.row_prices is not None
    rents: dict[tuple[str, int], float] = defaultdict(float)
    for item in relaxation.pool_cliques:
        station_id = problem.antenna_by_id[names[item.owner][0]].station_id
        for at, instant_s in enumerate(item.instants):
            slot = int(instant_s % DAY_S / 3600.0 / BIN_H)
            rents[station_id, slot] += len(names[item.owner]) * answer.row_prices[item.first + at]
    for (station_id, slot), rent in rents.items():
        if rent > 0:
            yield Scarcity(
                "antenna_hours", station_id, float(rent), (slot * BIN_H, (slot + 1) * BIN_H)
            )
    for item in relaxation.satellite_cliques:
        rows = slice(item.first, item.first + len(item.instants))
        rent = float(answer.row_prices[rows].sum())
        if rent > 0:
            yield Scarcity("satellite", problem.satellites[item.owner].id, rent)


def _price_limits(
    problem: PlanningProblem, relaxation: Relaxation, answer: EngineResult
) -> Iterator[Scarcity]:
    """Price the hard limits of groups and of requests."""
    assert answer.row_prices is not None
    hard = {term.members: term for term in problem.group_terms if term.at_most is not None}
    requests = {request.members: request.id for request in problem.requests}
    for link in relaxation.links:
        upper = relaxation.model.row_upper[link.row]
        rent = float(upper * answer.row_prices[link.row]) if np.isfinite(upper) else 0.0
        if rent <= 0 or link.term_id or len(link.members) < 2:
            continue
        term = hard.get(link.members)
        if term is not None:
            kind: ResourceKind = "share" if term.name == fair_share.NAME else "limit"
            yield Scarcity(kind, term.id, rent)
        else:
            yield Scarcity("limit", requests.get(link.members, ""), rent)


def _price_windows(relaxation: Relaxation, answer: EngineResult) -> Iterator[Scarcity]:
    """Sum what is left to the windows themselves: more of them is all that would help."""
    assert answer.reduced_costs is not None
    count = len(relaxation.columns.choices)
    full = answer.columns[:count] > 1.0 - 1e-6
    rent = float(np.maximum(answer.reduced_costs[:count], 0.0)[full].sum())
    if rent > 0:
        yield Scarcity("windows", "", rent)


def add_antenna_hours(
    problem: PlanningProblem, station_id: str, hours_utc: tuple[float, float]
) -> tuple[PlanningProblem, float]:
    """Give a station another antenna like its first in some hours of each day; its hours too."""
    like = next(item for item in problem.antennas if item.station_id == station_id)
    spans = [
        (max(low_s, problem.start_s), min(high_s, problem.end_s))
        for day in range(int(problem.start_s // DAY_S) - 1, int(problem.end_s // DAY_S) + 1)
        for low_s, high_s in [
            (day * DAY_S + hours_utc[0] * 3600.0, day * DAY_S + hours_utc[1] * 3600.0)
        ]
        if low_s < problem.end_s and high_s > problem.start_s
    ]
    edges = [problem.start_s - DAY_S, *(edge for span in spans for edge in span)]
    edges.append(problem.end_s + DAY_S)
    closed = tuple(
        (low, high) for low, high in zip(edges[::2], edges[1::2], strict=True) if high > low
    )
    extra = replace(like, id=f"{like.id}+added", downtimes=(*closed, *like.downtimes))
    return _add_antenna(problem, like, extra), sum(high - low for low, high in spans) / 3600.0


def _add_antenna(
    problem: PlanningProblem, like: AntennaResource, extra: AntennaResource
) -> PlanningProblem:
    return replace(
        problem,
        antennas=(*problem.antennas, extra),
        opportunities=tuple(
            replace(item, antenna_sets=(*item.antenna_sets, (extra.id,)))
            if (like.id,) in item.antenna_sets
            else item
            for item in problem.opportunities
        ),
    )


def raise_limit(problem: PlanningProblem, term_id: str, more: float) -> PlanningProblem:
    """Raise the hard limit of a group by so much of its quantity."""
    return replace(
        problem,
        group_terms=tuple(
            replace(term, at_most=term.at_most + more)
            if term.id == term_id and term.at_most is not None
            else term
            for term in problem.group_terms
        ),
    )


def measure_worth(
    problem: PlanningProblem,
    choices: Sequence[Choice],
    scarcity: Scarcity,
    solve_again: SolveAgain,
) -> Worth | None:
    """Solve again with more of a resource; None where the problem cannot say (windows).

    Antenna hours: a second antenna in those hours of every day. A share: one hour more.
    """
    if scarcity.kind == "antenna_hours" and scarcity.hours_utc is not None:
        richer, added = add_antenna_hours(problem, scarcity.place, scarcity.hours_utc)
        unit = "antenna hours"
    elif scarcity.kind == "share":
        richer, added, unit = raise_limit(problem, scarcity.place, 3600.0), 1.0, "hours"
    else:
        return None
    solution = solve_again(richer)
    if solution.value is None:
        return None
    return Worth(
        scarcity=scarcity,
        added=added,
        unit=unit,
        gain=value_plan(richer, solution.choices) - value_plan(problem, choices),
        gain_bytes=sum_bytes(richer, solution.choices) - sum_bytes(problem, choices),
        contacts=len(solution.choices) - len(choices),
        is_proven=solution.status == "optimal",
        choices=solution.choices,
    )


def sum_bytes(problem: PlanningProblem, choices: Sequence[Choice]) -> float:
    """Sum the data of a plan; contacts of unknown rate count nothing."""
    return sum(
        measure_volume(problem.opportunity_by_id[item.opportunity_id], item.start_s, item.end_s)
        for item in choices
    )
