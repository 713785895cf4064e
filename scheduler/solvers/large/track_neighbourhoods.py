"""Which tasks a step frees: near an instant, around a badly served group, or any."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence

from scheduler.problem.measure import measure_group, value_sum
from scheduler.solvers.large.track_board import TrackBoard
from scheduler.solvers.large.tracks import TrackPlan

KINDS = ("time", "worst", "random")
BLUR = 0.04  # of the horizon: how far from their windows tasks without contacts are scattered


def choose_tasks(
    board: TrackBoard, kind: int, size: int, plan: TrackPlan, rng: random.Random
) -> list[int]:
    """Choose which tasks a step frees."""
    size = min(size, len(board.movable))
    if KINDS[kind] == "time":
        return _choose_near_instant(board, size, plan, rng)
    if KINDS[kind] == "worst" and board.problem.group_terms:
        return _choose_worst_served(board, size, plan, rng)
    return sorted(rng.sample(board.movable, size))


def _choose_near_instant(
    board: TrackBoard, size: int, plan: TrackPlan, rng: random.Random
) -> list[int]:
    """Choose the tasks whose contacts, or else whose windows, are nearest to an instant."""
    low_s, high_s = board.problem.start_s, board.problem.end_s
    instant_s = rng.uniform(low_s, high_s)
    blur_s = BLUR * (high_s - low_s)
    distance: dict[int, float] = {}
    for index in board.movable:
        own = plan.get(index)
        if own:
            distance[index] = min(
                abs((choice.start_s + choice.end_s) / 2 - instant_s) for choice in own
            )
        else:
            distance[index] = blur_s * rng.random() + min(
                max(start_s - instant_s, instant_s - end_s, 0.0)
                for option in board.tasks[index].options
                for start_s, end_s in option.spans
            )
    return sorted(board.movable, key=lambda index: (distance[index], index))[:size]


def _choose_worst_served(
    board: TrackBoard, size: int, plan: TrackPlan, rng: random.Random
) -> list[int]:
    """Choose tasks of a badly served group and those that compete with them."""
    terms = board.problem.group_terms
    choices = board.list_choices(plan)
    losses = [
        (value_sum(term, measure_group(board.problem, term, choices)) - ceiling, number)
        for number, (term, ceiling) in enumerate(zip(terms, board.ceilings, strict=True))
    ]
    losses.sort()
    number = losses[min(int(rng.expovariate(0.5)), len(losses) - 1)][1]
    own = [index for index in board.tasks_of[number] if board.tasks[index].max_parts]
    rng.shuffle(own)
    chosen = own[: max(1, size // 2)]
    rivals = _weigh_rivals(board, chosen, plan)
    for index in sorted(rivals, key=lambda index: (-rivals[index] * rng.random(), index)):
        if len(chosen) >= size:
            break
        chosen.append(index)
    return sorted(chosen)


def _weigh_rivals(board: TrackBoard, chosen: Sequence[int], plan: TrackPlan) -> dict[int, float]:
    """Count how often contacts of other tasks lie in the windows of incomplete tasks."""
    rivals: dict[int, float] = defaultdict(float)
    by_antenna: dict[str, list[tuple[float, float, int]]] = defaultdict(list)
    for index in sorted(plan):
        for choice in plan[index]:
            for name in choice.antennas:
                by_antenna[name].append((choice.start_s, choice.end_s, index))
    for index in chosen:
        task = board.tasks[index]
        served_s = sum(choice.end_s - choice.start_s for choice in plan.get(index, ()))
        if served_s >= task.max_total_s:
            continue
        for option in task.options:
            for name in option.antennas:
                for start_s, end_s, other in by_antenna[name]:
                    if other not in chosen and any(
                        start_s < high_s and low_s < end_s for low_s, high_s in option.spans
                    ):
                        rivals[other] += 1.0
    return rivals
