"""What another decision would cost: the problem is solved again with that decision made.

A loser is forced in by a bonus just above what any plan with it can lose, a contact is forced out
by a forbid, a goal is forced up by a steeper price. So the answer is a plan, not a guess; it is
valued with the problem as it was, and says whether it is proven to be the best of its kind.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from scheduler.audit import audit
from scheduler.explanations.explain import find_obstacle, find_rivals
from scheduler.problem.conflicts import find_spans
from scheduler.problem.measure import value_plan
from scheduler.problem.model import Choice, Forbid, Opportunity, PlanningProblem
from scheduler.solvers.base import Solution
from scheduler.solvers.placements import place_in_span

SolveAgain = Callable[[PlanningProblem], Solution]
KEEP_BONUS = 1e-6  # for every contact of the plan: of equal answers the one that changes least
MARGIN = 1.0  # of the bonus, in value units


@dataclass(frozen=True, slots=True)
class Price:
    """The answer to "what if this one were (not) taken".

    ``loss`` is the plan's value minus the value of the best plan found with the decision made, in
    value units; negative when that plan is better. None: no plan can do it, and ``reason`` says
    why. ``loss_at_least`` is what no plan can do better than, None without a bound; ``is_proven``
    when the two agree. ``dropped``, ``added`` and ``moved`` name opportunities.
    """

    subject: str
    loss: float | None
    loss_at_least: float | None = None
    is_proven: bool = False
    reason: str = ""
    dropped: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    elapsed_s: float = 0.0


def price_taking(
    problem: PlanningProblem,
    choices: Sequence[Choice],
    opportunity_id: str,
    solve_again: SolveAgain,
    *,
    bound: float | None = None,
) -> Price:
    """Price the plan that holds an opportunity; a forbid on it is lifted for the question.

    ``bound`` is the plan's own proven bound: the bonus has to exceed it.
    """
    opportunity = problem.opportunity_by_id[opportunity_id]
    forbids = tuple(item for item in problem.forbids if item.opportunity_id != opportunity_id)
    open_problem = replace(problem, forbids=forbids)
    placements = _list_placements(open_problem, opportunity)
    if not placements:
        return Price(opportunity_id, None, reason=find_obstacle(problem, opportunity))
    rivals = [find_rivals(open_problem, choices, item) for item in placements]
    value = value_plan(open_problem, choices)
    floor = max(
        (
            value_plan(open_problem, plan)
            for item, clashing in zip(placements, rivals, strict=True)
            if not audit(open_problem, plan := _replace(choices, clashing, item))
        ),
        default=None,
    )
    if floor is None:
        floor = _bound_below(open_problem)
    bonus = max(bound or value, value) - floor + MARGIN
    taken = {choice.opportunity_id for choice in choices}
    solution = solve_again(_add_values(open_problem, taken, {opportunity_id: bonus}))
    if opportunity_id not in {choice.opportunity_id for choice in solution.choices}:
        held = [pin.choice for pin in problem.pins]
        is_held = all(find_rivals(open_problem, held, item) for item in placements)
        reason = "pinned_away" if is_held else "limit_reached"
        return Price(opportunity_id, None, reason=reason, elapsed_s=solution.elapsed_s)
    shift = bonus + KEEP_BONUS * len(taken)
    return _answer(opportunity_id, open_problem, choices, solution, shift)


def price_leaving(
    problem: PlanningProblem,
    choices: Sequence[Choice],
    opportunity_id: str,
    solve_again: SolveAgain,
) -> Price:
    """Price the plan without a contact: what the contact is worth once others take its place."""
    if any(pin.choice.opportunity_id == opportunity_id for pin in problem.pins):
        return Price(opportunity_id, None, reason="pinned")
    forbids = (*problem.forbids, Forbid(opportunity_id))
    kept = {item.opportunity_id for item in choices if item.opportunity_id != opportunity_id}
    solution = solve_again(_add_values(replace(problem, forbids=forbids), kept, {}))
    if solution.value is None:
        return Price(opportunity_id, None, reason="limit_reached", elapsed_s=solution.elapsed_s)
    return _answer(opportunity_id, problem, choices, solution, KEEP_BONUS * len(kept))


def price_goal(
    problem: PlanningProblem,
    choices: Sequence[Choice],
    term_id: str,
    solve_again: SolveAgain,
    *,
    steeper: float = 100.0,
) -> Price:
    """Price the plan that serves one goal as far as a price ``steeper`` times its own can."""
    groups = tuple(
        replace(
            term,
            lines=tuple((slope * steeper, intercept * steeper) for slope, intercept in term.lines),
        )
        if term.id == term_id
        else term
        for term in problem.group_terms
    )
    gaps = tuple(
        replace(gap, price_per_s=gap.price_per_s * steeper) if gap.id == term_id else gap
        for gap in problem.gap_terms
    )
    solution = solve_again(replace(problem, group_terms=groups, gap_terms=gaps))
    if solution.value is None:
        return Price(term_id, None, reason="limit_reached", elapsed_s=solution.elapsed_s)
    found = _answer(term_id, problem, choices, solution, 0.0)
    return replace(found, loss_at_least=None)  # the bound is that of the steeper problem


def compare_choices(
    before: Sequence[Choice], after: Sequence[Choice]
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Name the opportunities dropped, added, and taken otherwise, in order of time."""
    old = {choice.opportunity_id: choice for choice in before}
    new = {choice.opportunity_id: choice for choice in after}
    order = sorted([*before, *after], key=lambda item: (item.start_s, item.opportunity_id))
    names = list(dict.fromkeys(choice.opportunity_id for choice in order))
    return (
        tuple(name for name in names if name not in new),
        tuple(name for name in names if name not in old),
        tuple(name for name in names if name in old and name in new and old[name] != new[name]),
    )


def _answer(
    subject: str,
    problem: PlanningProblem,
    choices: Sequence[Choice],
    solution: Solution,
    shift: float,
) -> Price:
    value = value_plan(problem, choices)
    found = value_plan(problem, solution.choices)
    at_least = None if solution.bound is None else value - (solution.bound - shift)
    dropped, added, moved = compare_choices(choices, solution.choices)
    loss = value - found
    return Price(
        subject=subject,
        loss=0.0 if abs(loss) < 1e-7 * max(1.0, abs(value)) else loss,
        loss_at_least=at_least if at_least is None else min(at_least, loss),
        is_proven=solution.status == "optimal",
        dropped=dropped,
        added=added,
        moved=moved,
        choices=solution.choices,
        elapsed_s=solution.elapsed_s,
    )


def _add_values(
    problem: PlanningProblem, kept: set[str], bonuses: dict[str, float]
) -> PlanningProblem:
    """Add a bonus to some opportunities, and the least one to those that the plan holds."""
    return replace(
        problem,
        opportunities=tuple(
            replace(item, value_per_contact=item.value_per_contact + extra)
            if (extra := bonuses.get(item.id, 0.0) + KEEP_BONUS * (item.id in kept))
            else item
            for item in problem.opportunities
        ),
    )


def _list_placements(problem: PlanningProblem, opportunity: Opportunity) -> list[Choice]:
    """List the longest contacts that the windows and downtimes leave."""
    return [
        place_in_span(problem, opportunity, antennas, span)
        for antennas in opportunity.antenna_sets
        for span in find_spans(problem, opportunity, antennas)
    ]


def _replace(
    choices: Sequence[Choice], clashing: Sequence[Choice], placement: Choice
) -> list[Choice]:
    return [
        *(
            item
            for item in choices
            if item not in clashing and item.opportunity_id != placement.opportunity_id
        ),
        placement,
    ]


def _bound_below(problem: PlanningProblem) -> float:
    """Bound the value of every plan from below: all that is bad, nothing that is good."""
    worst = -problem.change_price * (len(problem.previous) + len(problem.opportunities))
    for item in problem.opportunities:
        worst += min(0.0, item.value_per_contact)
    for gap in problem.gap_terms:
        worst -= gap.price_per_s * max(0.0, gap.end_s - gap.start_s - gap.max_gap_s)
    for term in problem.group_terms:
        most = len(term.members) * max((abs(weight) for weight in term.weights), default=1.0)
        if term.quantity != "count":
            most *= problem.end_s - problem.start_s
        worst += min((min(b, a * most + b) for a, b in term.lines), default=0.0)
    return worst
