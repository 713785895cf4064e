"""Greedy by value per value displaced, then insertion and ejection until nothing improves.

Deterministic and always there: the plan that every other solver starts from and falls back to.
The rule is the best of those measured (docs/planning-problem.md, "Rules of thumb").
"""

from __future__ import annotations

import heapq
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from scheduler.problem.measure import get_setup_s, get_teardown_s
from scheduler.problem.model import Choice, PlanningProblem
from scheduler.solvers.base import Deadline, Report, Solution
from scheduler.solvers.draft import Draft, start_draft
from scheduler.solvers.placements import list_placements
from scheduler.solvers.search import Search
from scheduler.solvers.trimming import refine_trims
from tle.timebase import FloatArray

MIN_GAIN = 1e-9


def solve_greedy(
    problem: PlanningProblem, *, deadline: Deadline, seed: int, report: Report
) -> Solution:
    """Solve by rule; the seed changes nothing."""
    search = Search(problem, deadline, report)
    draft = build_greedy(problem, deadline)
    search.offer("greedy", start_draft(problem, draft.list_choices()))
    improve(draft, list_placements(problem), deadline)
    search.offer("inserted", start_draft(problem, draft.list_choices()))
    refine_trims(draft, deadline)
    search.offer("refined", draft)
    solution = search.finish("greedy", seed)
    return solution if solution.value is None else replace(solution, status="feasible")


def build_greedy(
    problem: PlanningProblem, deadline: Deadline, placements: Sequence[Choice] | None = None
) -> Draft:
    """Take contacts in the order of gain per value displaced, while they fit.

    Gains of concave terms only fall as the plan fills, so a stale score is an upper bound and is
    renewed when its turn comes.
    """
    draft = start_draft(problem)
    placements = list_placements(problem) if placements is None else placements
    gains = np.array([draft.gain(choice) for choice in placements])
    displaced = sum_displaced(problem, placements, np.maximum(gains, 0.0))
    scores = gains / np.maximum(displaced, MIN_GAIN)
    heap = [(-float(scores[index]), index) for index in range(len(placements)) if gains[index] > 0]
    heapq.heapify(heap)
    while heap and not deadline.has_passed:
        score, index = heapq.heappop(heap)
        choice = placements[index]
        if (
            choice.opportunity_id in draft.taken
            or draft.clashes(choice)
            or draft.exceeds_limits(choice)
        ):
            continue
        gain = draft.gain(choice)
        renewed = -gain / max(float(displaced[index]), MIN_GAIN)
        if renewed > score + MIN_GAIN:
            if gain > MIN_GAIN:
                heapq.heappush(heap, (renewed, index))
        elif gain > MIN_GAIN:
            draft.add(choice)
    return draft


def sum_displaced(
    problem: PlanningProblem, placements: Sequence[Choice], gains: FloatArray
) -> FloatArray:
    """Sum for every placement the gains of those that overlap it on an antenna or a satellite.

    Shape (n_placements,). An antenna's overlaps count once per antenna that could do the work:
    the sum over a station's k alternatives is divided by k.
    """
    starts = np.array([choice.start_s for choice in placements])
    ends = np.array([choice.end_s for choice in placements])
    options: dict[str, int] = defaultdict(int)
    for choice in placements:
        options[choice.opportunity_id] += 1
    share = gains / np.array([options[choice.opportunity_id] for choice in placements])
    displaced = np.zeros(len(placements))
    rows_of: dict[tuple[str, str], list[int]] = defaultdict(list)
    before_s, after_s = np.zeros(len(placements)), np.zeros(len(placements))
    for index, choice in enumerate(placements):
        opportunity = problem.opportunity_by_id[choice.opportunity_id]
        rows_of["satellite", opportunity.satellite_id].append(index)
        for name in choice.antennas:
            rows_of["antenna", name].append(index)
        antenna = problem.antenna_by_id[choice.antennas[0]]
        before_s[index] = get_setup_s(antenna, opportunity)
        after_s[index] = get_teardown_s(antenna, opportunity)
    for (kind, name), row_list in rows_of.items():
        rows = np.array(row_list)
        if kind == "antenna":
            low, high = starts[rows] - before_s[rows], ends[rows] + after_s[rows]
        else:
            low = starts[rows]
            high = ends[rows] + problem.satellite_by_id[name].recovery_s
        by_start, by_end = np.argsort(low, kind="stable"), np.argsort(high, kind="stable")
        started = np.concatenate([[0.0], np.cumsum(share[rows][by_start])])
        ended = np.concatenate([[0.0], np.cumsum(share[rows][by_end])])
        displaced[rows] += (
            started[np.searchsorted(low[by_start], high, side="left")]
            - ended[np.searchsorted(high[by_end], low, side="right")]
        )
    return displaced


def improve(draft: Draft, placements: Sequence[Choice], deadline: Deadline) -> None:
    """Insert contacts, ejecting what they clash with, while the value rises.

    A contact that was ejected gets its other antennas and the contacts around it another turn.
    """
    by_opportunity: dict[str, list[Choice]] = defaultdict(list)
    for choice in placements:
        by_opportunity[choice.opportunity_id].append(choice)
    queue = deque(by_opportunity)
    waiting = set(queue)
    rivals = _find_rivals(draft.problem, placements)
    while queue and not deadline.has_passed:
        name = queue.popleft()
        waiting.discard(name)
        if name in draft.taken:
            continue
        ejected = _try_insert(draft, by_opportunity[name])
        for loser in ejected:
            for other in (loser, *rivals.get(loser, ())):
                if other not in waiting and other not in draft.taken and other in by_opportunity:
                    waiting.add(other)
                    queue.append(other)


def _try_insert(draft: Draft, options: Sequence[Choice]) -> list[str]:
    """Take the option with the largest rise, if any; return the opportunities ejected for it."""
    best: tuple[float, Choice, list[Choice]] | None = None
    for choice in options:
        clashing = draft.clashes(choice)
        if any(
            other.opportunity_id in draft.pinned or draft.is_needed(other) for other in clashing
        ):
            continue
        rise = _measure_swap(draft, choice, clashing)
        if rise > MIN_GAIN and (best is None or rise > best[0] + MIN_GAIN):
            best = (rise, choice, clashing)
    if best is None:
        return []
    for other in best[2]:
        draft.remove(other)
    draft.add(best[1])
    return [other.opportunity_id for other in best[2]]


def _measure_swap(draft: Draft, choice: Choice, clashing: Sequence[Choice]) -> float:
    """Measure the exact change of value of a swap; the draft is as before afterwards."""
    if not clashing:
        return -1.0 if draft.exceeds_limits(choice) else draft.gain(choice)
    before = draft.value
    for other in clashing:
        draft.remove(other)
    rise = draft.value - before
    rise = -1.0 if draft.exceeds_limits(choice) else rise + draft.gain(choice)
    for other in reversed(clashing):
        draft.add(other)
    draft.value = before
    return rise


def _find_rivals(
    problem: PlanningProblem, placements: Sequence[Choice]
) -> dict[str, tuple[str, ...]]:
    """Name for every opportunity the next few on the same antenna, before and after it."""
    near = 6
    by_antenna: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for choice in placements:
        for name in choice.antennas:
            by_antenna[name].append((choice.start_s, choice.opportunity_id))
    rivals: dict[str, dict[str, None]] = defaultdict(dict)
    for entries in by_antenna.values():
        entries.sort()
        for index, (_, name) in enumerate(entries):
            for _, other in entries[max(0, index - near) : index + near + 1]:
                if other != name:
                    rivals[name][other] = None
    return {name: tuple(others) for name, others in rivals.items()}
