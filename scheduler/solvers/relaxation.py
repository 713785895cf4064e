"""The clique formulation: columns and rows of a planning problem (eqs 1 to 8).

Capacity rows are the maximal cliques of the interval graph, never pairs: at every instant that
starts a maximal set of overlapping reservations, those reservations sum to at most k. Where an
antenna's changeover depends on the pair, the rows hold the least it may be; the pairs that are
too close are forbidden later, when a solution takes both (``forbid_pairs``).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from scheduler.problem.conflicts import TOLERANCE_S, bound_gaps_s, compute_gap_s
from scheduler.problem.measure import counts_in, measure_quantity
from scheduler.problem.model import (
    AntennaResource,
    GapTerm,
    GroupTerm,
    PlanningProblem,
    Quantity,
)
from scheduler.solvers.columns import Columns, Pools, measure_reserved
from scheduler.solvers.draft import is_simple
from scheduler.solvers.linear_model import IndexArray, LinearModel
from tle.timebase import FloatArray

MAX_GAP_CELLS = 400  # per gap term; with more breakpoints the cells are coarser, the bound looser


@dataclass(frozen=True)
class Cliques:
    """Packing rows of one pool or satellite: row ``first + i`` holds at ``instants[i]``."""

    owner: int
    first: int
    instants: FloatArray


@dataclass(frozen=True)
class Link:
    """A row in which an opportunity's contacts count ``factor * weight * quantity`` each."""

    row: int
    quantity: Quantity
    members: tuple[str, ...]
    weights: tuple[float, ...] = ()
    factor: float = 1.0
    starts_within: tuple[float, float] | None = None
    term_id: str = ""  # of the group term whose value the row bounds


@dataclass(frozen=True)
class GapCells:
    """Rows of a gap term: row ``first + i`` prices the cell from ``edges_s[i]`` to the next."""

    term: GapTerm
    first: int
    edges_s: FloatArray


@dataclass
class Relaxation:
    """A linear model with its meaning: its first columns are those of ``columns``."""

    model: LinearModel
    columns: Columns
    reserved: dict[str, tuple[IndexArray, FloatArray, FloatArray]] = field(default_factory=dict)
    pool_cliques: list[Cliques] = field(default_factory=list)
    satellite_cliques: list[Cliques] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    gap_cells: list[GapCells] = field(default_factory=list)


def build_relaxation(problem: PlanningProblem, columns: Columns, pools: Pools) -> Relaxation:
    """Build the model of all rows; the value of a 0/1 solution is the plan's value.

    Exceptions, both upwards: coarse gap cells, and previous contacts whose antenna changes.
    """
    model = LinearModel()
    relaxation = Relaxation(model, columns)
    pinned = {pin.choice.opportunity_id for pin in problem.pins}
    held = np.array([choice.opportunity_id in pinned for choice in columns.choices], dtype=bool)
    model.add_columns(columns.value)
    model.lower[0] = held.astype(np.float64)
    if problem.previous and problem.change_price:
        model.offset -= problem.change_price * len(set(problem.previous))
    _add_antenna_rows(problem, relaxation, pools)
    _add_satellite_rows(problem, relaxation, pools)
    rows_of = _index_columns(columns)
    _add_once_rows(problem, relaxation, rows_of)
    _add_request_rows(problem, relaxation, rows_of)
    for group in problem.group_terms:
        _add_group_term(problem, relaxation, group, rows_of)
    for gap in problem.gap_terms:
        _add_gap_term(relaxation, gap, rows_of)
    return relaxation


def find_cliques(starts: FloatArray, ends: FloatArray) -> FloatArray:
    """Return the instants of the maximal cliques of half-open intervals, ascending.

    A start is such an instant when some interval ends before the next one starts.
    """
    instants = np.unique(starts)
    ends = np.sort(ends)
    ended = np.searchsorted(ends, instants, side="right")
    ended_at_next = np.append(np.searchsorted(ends, instants[1:], side="right"), len(ends))
    return instants[ended_at_next > ended]


def list_cover(
    instants: FloatArray, starts: FloatArray, ends: FloatArray
) -> tuple[IndexArray, IndexArray]:
    """Pair every interval with the instants inside it: rows (instants) and intervals."""
    first = np.searchsorted(instants, starts, side="left")
    counts = np.searchsorted(instants, ends, side="left") - first
    intervals = np.repeat(np.arange(len(starts)), counts)
    offsets = np.arange(len(intervals)) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.repeat(first, counts) + offsets, intervals


def _add_cliques(
    model: LinearModel, members: IndexArray, starts: FloatArray, ends: FloatArray, limit: int
) -> tuple[int, FloatArray]:
    """Add a row per maximal clique with more members than the limit; first row and instants."""
    instants = find_cliques(starts, ends - TOLERANCE_S)
    rows, intervals = list_cover(instants, starts, ends - TOLERANCE_S)
    sizes = np.bincount(rows, minlength=len(instants))
    binding = sizes > limit
    number = np.cumsum(binding) - 1
    keep = binding[rows]
    first = model.add_packing_rows(
        number[rows[keep]], members[intervals[keep]], np.full(int(binding.sum()), float(limit))
    )
    return first, instants[binding]


def _add_antenna_rows(problem: PlanningProblem, relaxation: Relaxation, pools: Pools) -> None:
    on_pool: dict[int, list[int]] = defaultdict(list)
    for index, choice in enumerate(relaxation.columns.choices):
        for name in choice.antennas:
            on_pool[pools.pool_of[name]].append(index)
    for pool, row_list in sorted(on_pool.items()):
        names = pools.names[pool]
        members = np.array(row_list)
        antenna = problem.antenna_by_id[names[0]]
        starts, ends = measure_reserved(antenna, relaxation.columns, members)
        if not is_simple(antenna) and antenna.changeover == "additive":
            ends = (
                ends + antenna.settle_s + _find_least_slew_s(problem, antenna, relaxation, members)
            )
        relaxation.reserved[names[0]] = (members, starts, ends)
        first, instants = _add_cliques(relaxation.model, members, starts, ends, len(names))
        relaxation.pool_cliques.append(Cliques(pool, first, instants))


def _find_least_slew_s(
    problem: PlanningProblem, antenna: AntennaResource, relaxation: Relaxation, members: IndexArray
) -> float:
    """Return the least table slew of any two contacts of this antenna; 0 if one pair is free.

    One satellite after itself is a pair where two of its windows are that near.
    """
    present = sorted({int(index) for index in relaxation.columns.satellite[members]})
    ids = [problem.satellites[index].id for index in present]
    if len(ids) ** 2 > len(antenna.pair_slew_s) + len(ids):
        return 0.0
    pairs = [(a, b) for a in ids for b in ids if a != b]
    near_s = bound_gaps_s(problem)[antenna.id]
    pairs += [
        (one, one)
        for index, one in zip(present, ids, strict=True)
        if _returns_within(
            relaxation.columns, members[relaxation.columns.satellite[members] == index], near_s
        )
    ]
    return min((antenna.pair_slew_s.get(f"{a}|{b}", 0.0) for a, b in pairs), default=0.0)


def _returns_within(columns: Columns, members: IndexArray, near_s: float) -> bool:
    """Ask whether two opportunities among some columns come nearer than so much."""
    numbers, place = np.unique(columns.opportunity[members], return_inverse=True)
    first_s, last_s = np.full(len(numbers), np.inf), np.full(len(numbers), -np.inf)
    np.minimum.at(first_s, place, columns.start_s[members])
    np.maximum.at(last_s, place, columns.end_s[members])
    order = np.argsort(first_s, kind="stable")
    pauses_s = first_s[order][1:] - np.maximum.accumulate(last_s[order])[:-1]
    return bool((pauses_s < near_s).any())


def _add_satellite_rows(problem: PlanningProblem, relaxation: Relaxation, pools: Pools) -> None:
    """Add the cliques of satellites, where the rows of one antenna do not already imply them."""
    columns = relaxation.columns
    single = np.array(
        [
            pools.pool_of[choice.antennas[0]]
            if len(pools.names[pools.pool_of[choice.antennas[0]]]) == 1
            else -1
            for choice in columns.choices
        ],
        dtype=np.int64,
    )
    order = np.argsort(columns.satellite, kind="stable")
    edges = np.searchsorted(columns.satellite[order], np.arange(len(problem.satellites) + 1))
    for index, satellite in enumerate(problem.satellites):
        members = order[edges[index] : edges[index + 1]]
        if len(members) < 2:
            continue
        owners = np.unique(single[members])
        if len(owners) == 1 and owners[0] >= 0:
            antenna = problem.antenna_by_id[pools.names[int(owners[0])][0]]
            own_times = all(
                item.setup_s is None and item.teardown_s is None
                for item in (problem.opportunities[k] for k in columns.opportunity[members])
            )
            if own_times and antenna.setup_s + antenna.teardown_s >= satellite.recovery_s:
                continue
        first, instants = _add_cliques(
            relaxation.model,
            members,
            columns.start_s[members],
            columns.end_s[members] + satellite.recovery_s,
            1,
        )
        relaxation.satellite_cliques.append(Cliques(index, first, instants))


def _index_columns(columns: Columns) -> dict[str, IndexArray]:
    """Map every opportunity to its columns."""
    rows_of: dict[str, list[int]] = defaultdict(list)
    for index, choice in enumerate(columns.choices):
        rows_of[choice.opportunity_id].append(index)
    return {name: np.array(rows) for name, rows in rows_of.items()}


def _add_once_rows(
    problem: PlanningProblem, relaxation: Relaxation, rows_of: dict[str, IndexArray]
) -> None:
    """Take an opportunity at most once, where its placements do not all overlap anyway."""
    columns = relaxation.columns
    for name, rows in rows_of.items():
        if len(rows) > 1:
            recovery_s = problem.satellites[columns.satellite[rows[0]]].recovery_s
            if columns.start_s[rows].max() >= columns.end_s[rows].min() + recovery_s:
                row = relaxation.model.add_row(rows, upper=1.0)
                relaxation.links.append(Link(row, "count", (name,)))


def _add_request_rows(
    problem: PlanningProblem, relaxation: Relaxation, rows_of: dict[str, IndexArray]
) -> None:
    columns, model = relaxation.columns, relaxation.model
    for request in problem.requests:
        members = _gather(rows_of, request.members)
        if request.max_contacts is not None and len(request.members) > request.max_contacts:
            row = model.add_row(members, upper=float(request.max_contacts))
            relaxation.links.append(Link(row, "count", request.members))
        durations = columns.end_s[members] - columns.start_s[members]
        if request.max_total_s is not None:
            row = model.add_row(members, durations, upper=request.max_total_s)
            relaxation.links.append(Link(row, "duration_s", request.members))
        if request.min_total_s > 0 and len(members):
            served = model.add_columns(np.zeros(1))
            both = np.concatenate([members, served])
            row = model.add_row(both, np.append(durations, -request.min_total_s), lower=0.0)
            relaxation.links.append(Link(row, "duration_s", request.members))
            for member in members:
                model.add_row(np.array([member, served[0]]), np.array([1.0, -1.0]), upper=0.0)


def _gather(rows_of: dict[str, IndexArray], members: tuple[str, ...]) -> IndexArray:
    parts = [rows_of[member] for member in members if member in rows_of]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)


def _add_group_term(
    problem: PlanningProblem,
    relaxation: Relaxation,
    term: GroupTerm,
    rows_of: dict[str, IndexArray],
) -> None:
    """Add eq 2 as one free column below its lines, and the hard limits as rows."""
    model, choices = relaxation.model, relaxation.columns.choices
    member_list: list[int] = []
    amounts: list[float] = []
    weights = term.weights or (1.0,) * len(term.members)
    for member, weight in zip(term.members, weights, strict=True):
        for row in rows_of.get(member, ()):
            if weight and counts_in(term, choices[row].start_s):
                member_list.append(int(row))
                amounts.append(weight * measure_quantity(problem, choices[row], term.quantity))
    members, quantities = np.array(member_list, dtype=np.int64), np.array(amounts)

    def link(row: int, factor: float, term_id: str = "") -> None:
        span = term.starts_within
        relaxation.links.append(
            Link(row, term.quantity, term.members, term.weights, factor, span, term_id)
        )

    if term.at_least is not None:
        link(model.add_row(members, quantities, lower=term.at_least), 1.0)
    if term.at_most is not None:
        link(model.add_row(members, quantities, upper=term.at_most), 1.0)
    if not term.lines:
        return
    if not len(members):
        model.offset += min(intercept for _, intercept in term.lines)
        return
    ceiling = min((intercept for slope, intercept in term.lines if slope == 0), default=np.inf)
    worth = model.add_columns(np.ones(1), lower=-np.inf, upper=ceiling, integer=False)
    both = np.concatenate([worth, members])
    for slope, intercept in term.lines:
        if slope != 0:
            row = model.add_row(both, np.concatenate([[1.0], -slope * quantities]), upper=intercept)
            link(row, -slope, term.id)


def _add_gap_term(relaxation: Relaxation, term: GapTerm, rows_of: dict[str, IndexArray]) -> None:
    """Price every instant t at which no contact meets (t, t + limit): the excess of eq 3.

    The excess of a gap is the length of the set of such t. Between breakpoints (ends of contacts,
    and starts minus the limit) nothing changes, so one column a cell prices them all.
    """
    columns, model = relaxation.columns, relaxation.model
    last_s = term.end_s - term.max_gap_s
    if last_s <= term.start_s or term.price_per_s == 0:
        return
    members = _gather(rows_of, term.members)
    starts, ends = columns.start_s[members], columns.end_s[members]
    marks = np.unique(np.concatenate([starts - term.max_gap_s, ends]))
    marks = marks[(marks > term.start_s) & (marks < last_s)]
    if len(marks) > MAX_GAP_CELLS:
        marks = np.linspace(term.start_s, last_s, MAX_GAP_CELLS + 1)[1:-1]
    edges = np.concatenate([[term.start_s], marks, [last_s]])
    lengths = np.diff(edges)
    cells = model.add_columns(-term.price_per_s * lengths, integer=False)
    relaxation.gap_cells.append(GapCells(term, model.n_rows, edges))
    first = np.searchsorted(edges[1:], starts - term.max_gap_s, side="right")
    after = np.searchsorted(edges[:-1], ends, side="left")
    for cell, column in enumerate(cells):
        covering = members[(first <= cell) & (cell < after)]
        model.add_row(np.append(covering, column), lower=1.0)


def forbid_pairs(problem: PlanningProblem, relaxation: Relaxation, level: FloatArray) -> int:
    """Forbid pairs that are too close on one antenna and together exceed 1 in ``level``.

    Each row is lifted: the earlier contact with every later one that is too close to it and
    overlaps the later one's start. Returns how many rows were added.
    """
    added = 0
    by_id = problem.opportunity_by_id
    choices = relaxation.columns.choices
    for name, (members, starts, ends) in relaxation.reserved.items():
        antenna = problem.antenna_by_id[name]
        if is_simple(antenna):
            continue
        present = members[level[members] > 1e-6]
        place = {int(member): index for index, member in enumerate(members)}
        present = present[np.argsort(starts[[place[int(k)] for k in present]], kind="stable")]
        for position, left in enumerate(present):
            first = choices[left]
            for right in present[position + 1 : position + 12]:
                second = choices[right]
                if level[left] + level[right] <= 1.0 + 1e-6 or second.start_s < first.start_s:
                    continue
                if not _is_too_close(problem, antenna, first, second, by_id):
                    continue
                instant_s = starts[place[int(right)]]
                near = members[(starts <= instant_s) & (ends > instant_s)]
                group = [
                    int(other)
                    for other in near
                    if other != left
                    and _is_too_close(problem, antenna, first, choices[other], by_id)
                ]
                relaxation.model.add_row(np.array([int(left), *group]), upper=1.0)
                added += 1
    return added


def _is_too_close(problem, antenna, first, second, by_id) -> bool:  # type: ignore[no-untyped-def]
    if first.opportunity_id == second.opportunity_id:
        return True
    one, other = by_id[first.opportunity_id], by_id[second.opportunity_id]
    if second.start_s < first.start_s:
        first, second, one, other = second, first, other, one
    need_s = compute_gap_s(antenna, one, first.end_s, other, second.start_s)
    return bool(second.start_s - first.end_s + TOLERANCE_S < need_s)
