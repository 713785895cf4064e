"""Trimmed contacts in a draft: sweep its antennas in turn.

Each antenna is swept exactly, given the rest of the draft; a sweep that does not raise the plan's
value is undone.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from scheduler.intervals import subtract
from scheduler.problem.conflicts import compute_gap_s, find_spans, is_allowed
from scheduler.problem.measure import get_setup_s, get_teardown_s, value_sum
from scheduler.problem.model import Choice, Opportunity, PlanningProblem
from scheduler.solvers.base import Deadline
from scheduler.solvers.draft import Draft, is_simple, start_draft
from scheduler.solvers.sweep import Lane, Sweep

MAX_ROUNDS = 4
MANY_LANES = 12_000  # with more, sweeps are coarse first
COARSE_STEP_S = 10.0


def is_trimmable(problem: PlanningProblem) -> bool:
    """Ask whether any start or end may move."""
    return any(item.trim != "none" for item in problem.opportunities)


def refine_trims(draft: Draft, deadline: Deadline) -> None:
    """Sweep all antennas in turn, at the finest step, while the value rises."""
    problem = draft.problem
    if not is_trimmable(problem):
        return
    coarse = len(problem.opportunities) > MANY_LANES
    ranks = _rank_antennas(problem)
    step_s = max(problem.time_step_s, COARSE_STEP_S) if coarse else problem.time_step_s
    for number in range(MAX_ROUNDS):
        before = draft.value
        for rank in ranks:
            if deadline.has_passed:
                return
            _sweep_antennas(draft, rank, step_s)
        _stretch(draft)
        small = draft.value - before <= 1e-4 * abs(draft.value)
        if step_s == problem.time_step_s and small and number:
            return
        if small or number == MAX_ROUNDS - 2:
            step_s = problem.time_step_s


def _rank_antennas(problem: PlanningProblem) -> list[list[str]]:
    """Sort the antennas into ranks: the first of every station, the second, ..."""
    seen: dict[str, int] = defaultdict(int)
    ranks: dict[int, list[str]] = defaultdict(list)
    for antenna in problem.antennas:
        ranks[seen[antenna.station_id]].append(antenna.id)
        seen[antenna.station_id] += 1
    return [ranks[rank] for rank in sorted(ranks)]


def build_swept(
    problem: PlanningProblem, deadline: Deadline, bonus: Mapping[str, float] | None = None
) -> Draft:
    """Build a plan from the pins alone: one sweep per antenna, the first of every station first.

    ``bonus`` steers the sweeps (rents of windows, prices of terms; nothing: own values alone);
    the plan is worth its true value all the same.
    """
    draft = start_draft(problem)
    many = len(problem.opportunities) > MANY_LANES
    step_s = max(problem.time_step_s, COARSE_STEP_S) if many else problem.time_step_s
    for rank in _rank_antennas(problem):
        if deadline.has_passed:
            break
        _sweep_antennas(draft, rank, step_s, bonus or {})
    return draft


def _sweep_antennas(
    draft: Draft,
    names: Sequence[str],
    step_s: float,
    steer: Mapping[str, float] | None = None,
) -> None:
    """Sweep some antennas, each alone, and keep for each the better of old and new.

    Without ``steer`` the terms count as they stand in the draft. A sweep knows no slew by pairs:
    where antennas have it, a first one leaves room for the longest, a second one for none.
    """
    if not all(is_simple(draft.problem.antenna_by_id[name]) for name in names):
        _sweep_lanes(draft, names, _leave_room(draft, _build_free_lanes(draft, names), names),
                     step_s, steer)  # fmt: skip
    _sweep_lanes(draft, names, _build_free_lanes(draft, names), step_s, steer)


def _leave_room(draft: Draft, lanes: Sequence[Lane], names: Sequence[str]) -> list[Lane]:
    """Lengthen the setup of lanes so that whatever comes before is far enough away."""
    least_s = min((lane.teardown_s for lane in lanes), default=0.0)
    return [
        replace(lane, setup_s=max(lane.setup_s, draft.reach_of(names[lane.track]) - least_s))
        for lane in lanes
    ]


def _sweep_lanes(
    draft: Draft,
    names: Sequence[str],
    lanes: Sequence[Lane],
    step_s: float,
    steer: Mapping[str, float] | None,
) -> None:
    """Sweep lanes of some antennas and keep the better pieces."""
    if not lanes:
        return
    bonus = np.array(
        [
            _count_bonus(draft, lane.opportunity, lane.start_s)
            if steer is None
            else steer.get(lane.opportunity.id, 0.0)
            for lane in lanes
        ]
    )
    _, placed = Sweep(lanes, step_s).run(bonus)
    by_track: dict[int, list[Choice]] = defaultdict(list)
    for item in placed:
        lane = lanes[item.lane]
        by_track[lane.track].append(
            Choice(lane.opportunity.id, (names[lane.track],), item.start_s, item.end_s)
        )
    for track, name in enumerate(names):
        _replace_contacts(draft, name, by_track[track])


def _build_free_lanes(draft: Draft, names: Sequence[str]) -> list[Lane]:
    """Build the lanes of antennas: windows not taken elsewhere, where their satellite is free."""
    problem = draft.problem
    track_of = {name: track for track, name in enumerate(names)}
    barred = {forbid.opportunity_id for forbid in problem.forbids} | draft.pinned
    elsewhere: dict[str, list[tuple[float, float]]] = defaultdict(list)
    held: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for choice in draft.taken.values():
        opportunity = problem.opportunity_by_id[choice.opportunity_id]
        recovery_s = problem.satellite_by_id[opportunity.satellite_id].recovery_s
        fixed = choice.opportunity_id in draft.pinned or len(choice.antennas) > 1
        if fixed or choice.antennas[0] not in track_of:
            elsewhere[opportunity.satellite_id].append(
                (choice.start_s - recovery_s, choice.end_s + recovery_s)
            )
        for name in choice.antennas:
            if fixed and name in track_of:
                held[name].append((choice.start_s, choice.end_s))
    for spans in (*elsewhere.values(), *held.values()):
        spans.sort()
    lanes = []
    for opportunity in problem.opportunities:
        own = draft.taken.get(opportunity.id)
        if opportunity.id in barred or (own is not None and own.antennas[0] not in track_of):
            continue
        for antennas in opportunity.antenna_sets:
            if len(antennas) == 1 and antennas[0] in track_of:
                lanes += _cut_lane(
                    problem, opportunity, antennas[0], track_of[antennas[0]],
                    elsewhere[opportunity.satellite_id], held[antennas[0]],
                )  # fmt: skip
    return lanes


def _cut_lane(
    problem: PlanningProblem,
    opportunity: Opportunity,
    name: str,
    track: int,
    elsewhere: Sequence[tuple[float, float]],
    held: Sequence[tuple[float, float]],
) -> list[Lane]:
    antenna = problem.antenna_by_id[name]
    setup_s, teardown_s = get_setup_s(antenna, opportunity), get_teardown_s(antenna, opportunity)
    margin_s = setup_s + teardown_s + antenna.settle_s
    lanes = []
    for span in find_spans(problem, opportunity, (name,)):
        busy = _list_near(elsewhere, span)
        wide = (span[0] - margin_s, span[1] + margin_s)
        busy += [(low - margin_s, high + margin_s) for low, high in _list_near(held, wide)]
        pieces = [span]
        if busy:
            pieces = [
                (float(low), float(high))
                for low, high in subtract(np.array([span]), np.array(busy))
            ]
        for low_s, high_s in pieces:
            if (
                high_s - low_s >= max(opportunity.min_s, 1e-3)
                and (opportunity.trim in ("start", "both") or low_s == opportunity.start_s)
                and (opportunity.trim in ("stop", "both") or high_s == opportunity.end_s)
            ):
                lanes.append(Lane(opportunity, track, low_s, high_s, setup_s, teardown_s))
    return lanes


def _list_near(
    spans: Sequence[tuple[float, float]], around: tuple[float, float]
) -> list[tuple[float, float]]:
    """List the spans that meet another one; they are ascending and none holds another."""
    near = []
    for place in range(bisect_left(spans, (around[1],)) - 1, -1, -1):
        if spans[place][1] <= around[0]:
            break
        near.append(spans[place])
    return near


def _count_bonus(draft: Draft, opportunity: Opportunity, start_s: float) -> float:
    """Price one more contact by what the counting terms and the change price say now."""
    current = draft.taken.get(opportunity.id)
    bonus = 0.0
    for index, weight in draft.groups_of(opportunity.id):
        term = draft.problem.group_terms[index]
        if term.quantity != "count" or not term.lines:
            continue
        if term.starts_within is not None and not (
            term.starts_within[0] <= start_s < term.starts_within[1]
        ):
            continue
        total = draft.sum_of(index)
        sign = -1.0 if current is not None else 1.0
        bonus += sign * (value_sum(term, total + sign * weight) - value_sum(term, total))
    if draft.problem.previous:
        bonus -= draft.problem.change_price
    return bonus


def _replace_contacts(draft: Draft, name: str, choices: Sequence[Choice]) -> None:
    """Put new contacts on an antenna in place of its old ones, piece by piece, where that gains.

    A piece ends where old and new plan both leave the antenna free.
    """
    for old, new in _cut_pieces(draft, name, choices):
        before = draft.value
        for choice in old:
            draft.remove(choice)
        added = []
        for choice in sorted(new, key=lambda item: (-draft.gain(item), item.opportunity_id)):
            if not _is_barred(draft, choice) and draft.gain(choice) > 0:
                draft.add(choice)
                added.append(choice)
        for choice in old:
            if not _is_barred(draft, choice) and draft.gain(choice) > 0:
                draft.add(choice)
                added.append(choice)
        if draft.value <= before:
            for choice in added:
                draft.remove(choice)
            for choice in old:
                draft.add(choice)
            draft.value = before


def _cut_pieces(
    draft: Draft, name: str, choices: Sequence[Choice]
) -> list[tuple[list[Choice], list[Choice]]]:
    """Cut two plans of an antenna into the pieces in which they differ: old and new contacts."""
    antenna = draft.problem.antenna_by_id[name]
    before = {
        choice
        for choice in draft.taken.values()
        if choice.antennas == (name,) and choice.opportunity_id not in draft.pinned
    }
    rows = []
    for choice in sorted(before | set(choices), key=lambda item: (item.start_s, item.end_s)):
        opportunity = draft.problem.opportunity_by_id[choice.opportunity_id]
        start_s = choice.start_s - get_setup_s(antenna, opportunity)
        rows.append((start_s, choice.end_s + get_teardown_s(antenna, opportunity), choice))
    pieces: list[tuple[list[Choice], list[Choice]]] = []
    free_s = -np.inf
    after = set(choices)
    for start_s, end_s, choice in sorted(rows, key=lambda row: row[:2]):
        if start_s >= free_s:
            pieces.append(([], []))
        free_s = max(free_s, end_s)
        if choice in before:
            pieces[-1][0].append(choice)
        if choice in after:
            pieces[-1][1].append(choice)
    return [(old, new) for old, new in pieces if set(old) != set(new) and new]


def _stretch(draft: Draft) -> None:
    """Lengthen contacts into the room that is left between neighbours, where that gains."""
    problem = draft.problem
    by_antenna: dict[str, list[Choice]] = defaultdict(list)
    for choice in draft.list_choices():
        if len(choice.antennas) == 1:
            by_antenna[choice.antennas[0]].append(choice)
    for name, line in by_antenna.items():
        antenna = problem.antenna_by_id[name]
        if is_simple(antenna):  # its sweep left no room
            continue
        for place in range(len(line) - 1):
            first, second = line[place : place + 2]
            one = problem.opportunity_by_id[first.opportunity_id]
            other = problem.opportunity_by_id[second.opportunity_id]
            need_s = compute_gap_s(antenna, one, first.end_s, other, second.start_s)
            room_s = second.start_s - first.end_s - need_s
            room_s -= room_s % problem.time_step_s
            if room_s <= 0:
                continue
            later = replace(first, end_s=min(first.end_s + room_s, one.end_s))
            earlier = replace(second, start_s=max(second.start_s - room_s, other.start_s))
            if _swap_if_better(draft, first, later):
                line[place] = later
            elif _swap_if_better(draft, second, earlier):
                line[place + 1] = earlier


def _swap_if_better(draft: Draft, old: Choice, new: Choice) -> bool:
    """Put a contact in the place of another if it may lie there and gains."""
    if old == new or old.opportunity_id in draft.pinned or not is_allowed(draft.problem, new):
        return False
    before = draft.value
    draft.remove(old)
    if not _is_barred(draft, new):
        draft.add(new)
        if draft.value > before:
            return True
        draft.remove(new)
    draft.add(old)
    draft.value = before
    return False


def _is_barred(draft: Draft, choice: Choice) -> bool:
    return bool(draft.clashes(choice)) or draft.exceeds_limits(choice)
