"""Stability against value: the best plan for every price of change, between none and any.

The points are the corners of the concave curve (value against number of changed contacts): each is
the best plan for some price of a change, found by asking for the price that the line between two
known corners has. A change is a contact dropped or added; one that is only shortened or moved
inside its window is kept here, so that the price is a coefficient and every point is proven as fast
as a plan without it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from scheduler.problem.measure import value_plan
from scheduler.problem.model import Choice, PlanningProblem
from scheduler.solvers.base import Solution

LEAST_PRICE = 1e-3  # of the point with the most value: of equal plans the one with fewer changes
CLOSE = 1e-6  # relative


@dataclass(frozen=True, slots=True)
class TradePoint:
    """One plan on the curve; ``value`` is without the price of change.

    ``changes`` = dropped + added; ``moved`` contacts keep their window and change their times.
    """

    price: float
    changes: int
    dropped: int
    added: int
    moved: int
    value: float
    is_proven: bool
    choices: tuple[Choice, ...]


def trace_trade_off(
    problem: PlanningProblem,
    solve_again: Callable[[PlanningProblem], Solution],
    *,
    points: int = 9,
    tell: Callable[[float, str], None] = lambda done, text: None,
) -> list[TradePoint]:
    """Trace the curve against ``problem.previous``, the most stable plan first.

    At most ``points`` points; fewer when the curve has no more corners. Contacts whose window is
    gone are in no plan, so they are no change here.
    """

    free = replace(problem, previous=(), change_price=0.0)
    before = {choice.opportunity_id: choice for choice in problem.previous}

    def ask(price: float) -> TradePoint:
        tell(len(found) / points, f"price of a change {price:.3g}")
        solution = solve_again(_charge(free, set(before), price))
        after = {choice.opportunity_id: choice for choice in solution.choices}
        dropped, added = len(before.keys() - after.keys()), len(after.keys() - before.keys())
        return TradePoint(
            price=price,
            changes=dropped + added,
            dropped=dropped,
            added=added,
            moved=sum(after[name] != before[name] for name in before.keys() & after.keys()),
            value=value_plan(free, solution.choices),
            is_proven=solution.status == "optimal",
            choices=solution.choices,
        )

    found: list[TradePoint] = []
    most = ask(LEAST_PRICE)
    found.append(most)
    stable = ask(abs(most.value) + 1.0)
    if stable.changes >= most.changes:
        return [most]
    found.append(stable)
    open_spans = [(stable, most)]
    while open_spans and len(found) < points:
        open_spans.sort(key=lambda span: _rate_gap(*span))
        low, high = open_spans.pop()
        price = (high.value - low.value) / (high.changes - low.changes)
        if price <= LEAST_PRICE:
            continue
        middle = ask(price)
        gain = (middle.value - price * middle.changes) - (low.value - price * low.changes)
        if gain <= CLOSE * max(1.0, abs(high.value)) and middle.changes in (
            low.changes,
            high.changes,
        ):
            continue
        if not low.changes < middle.changes < high.changes:
            continue
        found.append(middle)
        open_spans += [(low, middle), (middle, high)]
    return _drop_dominated(found)


def _drop_dominated(points: Sequence[TradePoint]) -> list[TradePoint]:
    """Leave out what a solver at its limit left below a plan with fewer changes."""
    kept: list[TradePoint] = []
    for point in sorted(points, key=lambda point: (point.changes, -point.value)):
        if not kept or point.value > kept[-1].value:
            kept.append(point)
    return kept


def _charge(problem: PlanningProblem, kept: set[str], price: float) -> PlanningProblem:
    """Pay for every contact that stays, charge every one that is new."""
    return replace(
        problem,
        opportunities=tuple(
            replace(
                item,
                value_per_contact=item.value_per_contact + price * (1 - 2 * (item.id not in kept)),
            )
            for item in problem.opportunities
        ),
    )


def _rate_gap(low: TradePoint, high: TradePoint) -> float:
    """Rate how much of the curve may still hide between two points: their triangle."""
    return (high.changes - low.changes) * (high.value - low.value)
