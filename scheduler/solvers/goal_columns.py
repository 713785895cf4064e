"""Goals beside single antennas: an LP combines the contacts that exact sweeps bring.

Column generation. The LP holds antennas, goals and gaps over the contacts found so far; its prices
say what a contact is worth to the goals; sweeps paid so bound every plan and bring the contacts
that the LP lacks. Where nothing else couples contacts and no sweep brings a new one, bound and LP
agree; a MIP over the contacts makes the plan whole.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from scheduler.problem.model import Choice
from scheduler.solvers.base import Deadline
from scheduler.solvers.columns import Pools, build_columns
from scheduler.solvers.dive import solve_relaxed
from scheduler.solvers.draft import start_draft
from scheduler.solvers.engine import EngineResult
from scheduler.solvers.relaxation import Relaxation, build_relaxation
from scheduler.solvers.search import Search
from scheduler.solvers.sweep_bound import GapPrices, GoalPrices, LimitPrice, SweepBound

LP_SHARE = 0.5  # of the time left, at most
MAX_ROUNDS = 60
CLOSE = 1e-5  # relative; an LP this near its bound needs no more contacts


def combine_sweeps(
    search: Search, sweeps: SweepBound, pools: Pools, placements: Sequence[Choice], seed: int
) -> tuple[Relaxation, EngineResult] | None:
    """Offer plans and bounds until LP and bound agree; return the last LP and its answer.

    None when the time did not suffice for an LP.
    """
    problem = search.problem
    limit = Deadline(LP_SHARE * search.deadline.remaining_s)
    pinned = [pin.choice for pin in problem.pins]
    own = [choice for choice in placements if pools.leads(choice)]
    found = dict.fromkeys(pools.move_to_lead(choice) for choice in (*pinned, *own, *search.choices))
    last: tuple[Relaxation, EngineResult] | None = None
    for _ in range(MAX_ROUNDS):
        columns = build_columns(problem, list(found), pools)
        relaxation = build_relaxation(problem, columns, pools)
        answer = solve_relaxed(problem, relaxation, limit, seed)
        if answer is None:
            break
        last = relaxation, answer
        bound, choices = sweeps.evaluate(read_prices(relaxation, answer))
        search.keep(start_draft(problem, choices))
        search.lower_bound("priced sweeps", bound)
        before = len(found)
        found.update(dict.fromkeys(choices))
        close = search.bound - answer.value <= CLOSE * abs(answer.value)
        if close or len(found) == before or limit.has_passed or search.is_proven:
            break
    return last


def read_prices(relaxation: Relaxation, answer: EngineResult) -> GoalPrices:
    """Read what goals pay out of an LP's rows."""
    assert answer.row_prices is not None
    per_unit: dict[str, float] = {}
    limits = []
    for link in relaxation.links:
        most = relaxation.model.row_upper[link.row]
        plain = not link.weights and link.starts_within is None
        if not link.term_id and plain and link.quantity == "count" and np.isfinite(most):
            price = max(0.0, float(answer.row_prices[link.row]))
            limits.append(LimitPrice(link.members, most, price))
        elif link.term_id:
            paid = -link.factor * float(answer.row_prices[link.row])
            per_unit[link.term_id] = per_unit.get(link.term_id, 0.0) + paid
    gaps = []
    for gap in relaxation.gap_cells:
        lengths_s = np.diff(gap.edges_s)
        per_s = -answer.row_prices[gap.first : gap.first + len(lengths_s)] / lengths_s
        gaps.append(GapPrices(gap.term, gap.edges_s, np.clip(per_s, 0.0, gap.term.price_per_s)))
    return GoalPrices(per_unit, tuple(gaps), tuple(limits))
