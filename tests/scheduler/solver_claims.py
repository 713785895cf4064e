"""What solvers and bounds claim about a tiny problem, held against the best of all its plans."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from scheduler.audit import audit
from scheduler.problem.model import GapTerm, PlanningProblem
from scheduler.solvers.base import Deadline, Solution
from scheduler.solvers.columns import find_pools
from scheduler.solvers.draft import start_draft
from scheduler.solvers.greedy import solve_greedy
from scheduler.solvers.ilp import solve_ilp
from scheduler.solvers.large import solve_network, solve_tracks
from scheduler.solvers.large.block_solver import Rents
from scheduler.solvers.large.rent_bound import RentBound
from scheduler.solvers.large.tracks import has_long_tracks
from scheduler.solvers.search import Search
from scheduler.solvers.sweep_bound import GapPrices, GoalPrices, LimitPrice, SweepBound
from scheduler.solvers.trim_search import find_prices, work_on_trims
from scheduler.solvers.trimming import is_trimmable

CLOSE = 1e-5


def judge_claims(problem: PlanningProblem, best: float | None, limit_s: float) -> list[str]:
    """Return what is wrong with the claims of every solver and every bound.

    ``best`` is the value of the best of all plans, None where no plan is allowed.
    """
    faults = []
    for name, solution in _solve_all(problem, limit_s):
        faults += [f"{name}: {fault}" for fault in judge_solution(problem, solution, best)]
    if best is not None:
        for name, bound in _list_bounds(problem, limit_s):
            if bound < best - CLOSE:
                faults.append(f"{name} {bound} is below the best of all plans, {best}")
    return faults


def judge_solution(
    problem: PlanningProblem, solution: Solution, best: float | None
) -> Iterator[str]:
    """Yield what is wrong with a solution: audit, bound, status."""
    if solution.value is None:
        if solution.status == "infeasible" and best is not None:
            yield f"infeasible, but a plan is worth {best}"
        if solution.status != "infeasible" and best is None and solution.solver == "ilp":
            yield f"no plan is allowed, but the status is {solution.status}"
        return
    yield from (item.sentence for item in audit(problem, solution.choices, solution.value))
    if best is None:
        yield "there is a plan where none is allowed"
        return
    if solution.bound is not None and solution.bound < best - CLOSE:
        yield f"bound {solution.bound} is below the best of all plans, {best}"
    if solution.status == "optimal" and solution.value < best - CLOSE:
        yield f"optimal at {solution.value}, but the best of all plans is worth {best}"


def _solve_all(problem: PlanningProblem, limit_s: float) -> Iterator[tuple[str, Solution]]:
    solvers = {"greedy": solve_greedy, "ilp": solve_ilp, "network": solve_network}
    if has_long_tracks(problem):
        solvers["tracks"] = solve_tracks
    for name, solver in solvers.items():
        yield name, solver(problem, deadline=Deadline(limit_s), seed=1, report=lambda step: None)
    if is_trimmable(problem):
        search = Search(problem, Deadline(limit_s), lambda step: None)
        search.sees_all = False  # as where the placements are too many for one model
        search.keep(start_draft(problem))
        work_on_trims(search, find_pools(problem), 1)
        yield "blocks", search.finish("blocks", 1)


def _list_bounds(problem: PlanningProblem, limit_s: float) -> Iterator[tuple[str, float]]:
    pools = find_pools(problem)
    sweeps, draw = SweepBound(problem, pools), np.random.default_rng(1)
    yield "sweep bound", sweeps.evaluate()[0]
    for scale in (0.2, 1.0, 3.0):
        prices = GoalPrices(
            {term.id: scale * draw.uniform(-0.3, 1.0) for term in problem.group_terms},
            tuple(_draw_gap_prices(term, draw) for term in problem.gap_terms),
            tuple(
                LimitPrice((item.id,), 1.0, scale * draw.random()) for item in problem.opportunities
            ),
        )
        yield "priced sweep bound", sweeps.evaluate(prices)[0]
    search = Search(problem, Deadline(limit_s), lambda step: None)
    find_prices(search, pools)
    yield "price bound", search.bound
    if not is_trimmable(problem):
        bounding = RentBound(problem, ())
        instants_s = np.arange(problem.start_s, problem.end_s, 40.0)
        for scale in (0.0, 0.5, 2.0):
            rents = [
                Rents(names, instants_s, scale * draw.random(len(instants_s)))
                for names in pools.names
            ]
            yield "rent bound", bounding.evaluate(rents)[0]


def _draw_gap_prices(term: GapTerm, draw: np.random.Generator) -> GapPrices:
    """Draw prices of cells over the instants at which a gap may be too long."""
    last_s = max(term.end_s - term.max_gap_s, term.start_s)
    edges_s = np.linspace(term.start_s, last_s, 12)
    return GapPrices(term, edges_s, term.price_per_s * draw.random(11))
