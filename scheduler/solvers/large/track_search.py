"""Large-neighbourhood search for long tracks: free some tasks, let CP-SAT place them anew.

Two lanes work side by side on one plan. A round gives each lane the same deterministic effort,
so the lanes end at about the same time whatever the machine; then the better lane's plan is kept
and the other lane's changes are laid over it as far as they fit. Rounds repeat exactly for a
seed; the deadline only decides how many there are, and cuts the last one short.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from scheduler.problem.model import PlanningProblem
from scheduler.solvers.base import (
    OPTIMAL_GAP,
    Deadline,
    Incumbent,
    Report,
    Solution,
    Stage,
    compute_gap,
)
from scheduler.solvers.greedy import build_greedy
from scheduler.solvers.large.track_board import MIN_GAIN, TrackBoard
from scheduler.solvers.large.track_bound import bound_tracks
from scheduler.solvers.large.track_model import TrackModel
from scheduler.solvers.large.track_neighbourhoods import choose_tasks
from scheduler.solvers.large.tracks import TrackPlan

N_LANES = 2
LEAST_EFFORT, MOST_EFFORT = 0.05, 0.6  # deterministic time of a step; 0.1 is about half a second
STEPS_A_ROUND = 4  # of full effort; more when they end early
FEW, MANY = 0.25, 0.5  # shares of a round's steps that helped: below, efforts grow; above, shrink
MARGIN_S = 0.4  # left for handing over at the deadline
SHARES = (0.45, 0.3, 0.25)  # of the kinds of neighbourhood
FIRST_SIZES = (20.0, 28.0, 45.0)  # tasks freed, per kind
SMALLEST, GROW, SHRINK = 10.0, 1.06, 0.93
GREEDY_SHARE = 0.25  # of the time limit, at most


@dataclass
class Lane:
    """One worker of the search: its random numbers and how many tasks each kind of step frees."""

    random: random.Random
    sizes: list[float]
    seed: int
    steps: int = 0
    helped: int = 0
    has_proof: bool = False


class TrackSearch:
    """A plan that gets better round by round."""

    def __init__(self, problem: PlanningProblem, seed: int, greedy_limit_s: float) -> None:
        self.board = TrackBoard(problem)
        draft = build_greedy(problem, Deadline(greedy_limit_s))
        draft.drop_incomplete()
        self.plan = self.board.read_plan(draft.list_choices())
        self.value = self.board.value(self.plan)
        self.effort = LEAST_EFFORT
        self.is_proven = not self.board.movable
        self.lanes = [
            Lane(
                random=random.Random(f"{seed}/{number}"),  # noqa: S311  (a search, not a secret)
                sizes=list(FIRST_SIZES),
                seed=1000 * seed + 10**6 * number,
            )
            for number in range(N_LANES)
        ]

    def advance(self, pool: ThreadPoolExecutor, deadline: Deadline) -> None:
        """Run one round of all lanes and keep what they found."""
        answers = list(pool.map(lambda lane: self._run_lane(lane, deadline), self.lanes))
        self.plan, self.value = self.board.combine(self.plan, answers)
        self.effort = adapt_effort(self.effort, self.lanes)
        self.is_proven = any(lane.has_proof for lane in self.lanes)

    def _run_lane(self, lane: Lane, deadline: Deadline) -> tuple[TrackPlan, float]:
        """Take steps until the effort of a round is spent; return the plan and its value."""
        plan, value, left = self.plan, self.value, STEPS_A_ROUND * self.effort
        while left > 0 and deadline.remaining_s > MARGIN_S and not lane.has_proof:
            kind = lane.random.choices(range(len(SHARES)), SHARES)[0]
            size = max(2, round(lane.sizes[kind] * lane.random.uniform(0.8, 1.25)))
            chosen = choose_tasks(self.board, kind, size, plan, lane.random)
            model = TrackModel(self.board.problem, self.board.tasks, plan, chosen)
            lane.steps += 1
            result = model.solve(
                effort=min(self.effort, left),
                limit_s=deadline.remaining_s - MARGIN_S,
                seed=lane.seed + lane.steps,
            )
            left -= max(result.effort, 0.1 * self.effort)
            better = False
            if result.plan is not None:
                new_value = self.board.value(result.plan)
                better = new_value > value + MIN_GAIN
                lane.helped += better
                if new_value >= value - MIN_GAIN:
                    plan, value = result.plan, new_value
            if result.is_optimal:
                lane.sizes[kind] = min(float(len(self.board.movable)), lane.sizes[kind] * GROW)
                if len(chosen) == len(self.board.movable):
                    lane.has_proof = True
            elif not better:
                lane.sizes[kind] = max(SMALLEST, lane.sizes[kind] * SHRINK)
        return plan, value


def adapt_effort(effort: float, lanes: Sequence[Lane]) -> float:
    """Return the effort of the next round's steps, and start the lanes' counts anew."""
    share = sum(lane.helped for lane in lanes) / max(1, sum(lane.steps for lane in lanes))
    for lane in lanes:
        lane.seed += lane.steps
        lane.steps = lane.helped = 0
    if share < FEW:
        return min(MOST_EFFORT, 1.2 * effort)
    return max(LEAST_EFFORT, 0.85 * effort) if share > MANY else effort


def solve_tracks(
    problem: PlanningProblem, *, deadline: Deadline, seed: int, report: Report
) -> Solution:
    """Search until the deadline or the proven optimum; every better plan is reported.

    Proven means: the best with starts and ends on whole ``time_step_s``.
    """
    search = TrackSearch(problem, seed, GREEDY_SHARE * deadline.limit_s)
    bound = bound_tracks(problem, search.board.tasks)
    stages: list[Stage] = []

    def tell(stage: str) -> None:
        stages.append(Stage(stage, search.value, bound, deadline.elapsed_s))
        choices = tuple(search.board.list_choices(search.plan))
        report(Incumbent(stage, search.value, bound, choices, deadline.elapsed_s))

    tell("greedy")
    with ThreadPoolExecutor(N_LANES) as pool:
        while not search.is_proven and deadline.remaining_s > MARGIN_S:
            before = search.value
            search.advance(pool, deadline)
            if search.value > before + MIN_GAIN:
                tell("neighbourhood")
            if compute_gap(search.value, bound) <= OPTIMAL_GAP:
                search.is_proven = True
    if search.is_proven:
        bound = search.value
    return Solution(
        status="optimal" if search.is_proven else "time_limit",
        solver="large",
        seed=seed,
        value=search.value,
        bound=max(bound, search.value),
        choices=tuple(search.board.list_choices(search.plan)),
        stages=tuple(stages),
        elapsed_s=deadline.elapsed_s,
    )
