"""What would still fit for a pass that was not taken: the rest of it, or another pass."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from scheduler.audit import audit
from scheduler.explanations.explain import Rivals, find_rivals
from scheduler.explanations.prices import Price, SolveAgain, price_taking
from scheduler.problem.conflicts import find_clash, find_spans
from scheduler.problem.measure import value_plan
from scheduler.problem.model import AntennaSet, Choice, Opportunity, PlanningProblem
from scheduler.solvers.placements import place_in_span

AlternativeKind = Literal["rest_of_pass", "other_pass", "own_contact"]
FREE = 1e-6  # value units; a smaller loss is none
PRICED = 2  # nearest passes whose price is asked when none fits for nothing
_MAX_STEPS = 400  # seconds by which an end is moved in to make room for a slew


@dataclass(frozen=True, slots=True)
class Alternative:
    """A contact that could be had in place of a loser.

    ``rest_of_pass``: the part of the same window that the plan leaves free; ``needs_trim`` when
    the service may not be trimmed as it is configured. ``other_pass``: another window of the
    satellite; ``loss`` is what the plan loses with it (0: it fits beside all others), re-solved
    when ``price`` is given. ``own_contact``: the satellite's next contact, which the plan holds.
    """

    kind: AlternativeKind
    opportunity_id: str
    antennas: AntennaSet
    start_s: float
    end_s: float
    loss: float
    needs_trim: bool = False
    price: Price | None = None


def find_alternatives(
    problem: PlanningProblem,
    choices: Sequence[Choice],
    opportunity_id: str,
    solve_again: SolveAgain | None = None,
    *,
    bound: float | None = None,
) -> tuple[Alternative, ...]:
    """Find the nearest alternatives of a loser: at most one of each kind.

    Without ``solve_again`` only what fits beside the plan as it is.
    """
    opportunity = problem.opportunity_by_id[opportunity_id]
    found = (
        find_rest(problem, choices, opportunity),
        _find_other(problem, choices, opportunity, solve_again, bound),
        _find_own(problem, choices, opportunity),
    )
    return tuple(item for item in found if item is not None)


def find_rest(
    problem: PlanningProblem, choices: Sequence[Choice], opportunity: Opportunity
) -> Alternative | None:
    """Find the longest part of a window that fits between the contacts of a plan."""
    open_ended = replace(opportunity, trim="both")
    eased = replace(
        problem,
        opportunities=tuple(
            open_ended if item.id == opportunity.id else item for item in problem.opportunities
        ),
    )
    best: Choice | None = None
    for antennas in opportunity.antenna_sets:
        for span in find_spans(eased, open_ended, antennas):
            for piece in _cut_free(eased, choices, open_ended, antennas, span):
                if best is None or piece.end_s - piece.start_s > best.end_s - best.start_s:
                    best = piece
    if best is None or audit(eased, [*choices, best]):
        return None
    loss = value_plan(eased, choices) - value_plan(eased, [*choices, best])
    needs_trim = (opportunity.trim in ("none", "stop") and best.start_s > opportunity.start_s) or (
        opportunity.trim in ("none", "start") and best.end_s < opportunity.end_s
    )
    return Alternative(
        "rest_of_pass", opportunity.id, best.antennas, best.start_s, best.end_s, loss, needs_trim
    )


def _cut_free(
    problem: PlanningProblem,
    choices: Sequence[Choice],
    opportunity: Opportunity,
    antennas: AntennaSet,
    span: tuple[float, float],
) -> list[Choice]:
    """Cut a span at the contacts in its way, each with the gap it needs on either side."""
    whole = Choice(opportunity.id, antennas, *span)
    rivals = sorted(find_rivals(problem, choices, whole), key=lambda item: item.start_s)
    edges = [(-math.inf, -math.inf), *((item.start_s, item.end_s) for item in rivals)]
    edges.append((math.inf, math.inf))
    pieces = []
    for index in range(len(edges) - 1):
        start_s, end_s = max(span[0], edges[index][1]), min(span[1], edges[index + 1][0])
        before = rivals[index - 1] if index else None
        after = rivals[index] if index < len(rivals) else None
        piece = _move_ends(problem, opportunity, antennas, (start_s, end_s), (before, after))
        if piece is not None:
            pieces.append(piece)
    return pieces


def _move_ends(
    problem: PlanningProblem,
    opportunity: Opportunity,
    antennas: AntennaSet,
    span: tuple[float, float],
    sides: tuple[Choice | None, Choice | None],
) -> Choice | None:
    """Move the ends of a piece in until neither neighbour is too close; None if nothing is left."""
    before, after = sides
    start_s, end_s = span
    for _ in range(_MAX_STEPS):
        if end_s - start_s < max(opportunity.min_s, problem.time_step_s):
            return None
        piece = Choice(opportunity.id, antennas, start_s, end_s)
        too_early = before is not None and find_clash(problem, before, piece) is not None
        too_late = after is not None and find_clash(problem, piece, after) is not None
        if not too_early and not too_late:
            return place_in_span(problem, opportunity, antennas, (start_s, end_s))
        start_s += problem.time_step_s if too_early else 0.0
        end_s -= problem.time_step_s if too_late else 0.0
    return None


def _find_other(
    problem: PlanningProblem,
    choices: Sequence[Choice],
    opportunity: Opportunity,
    solve_again: SolveAgain | None,
    bound: float | None,
) -> Alternative | None:
    """Find the next other pass that fits for nothing, else the cheapest of the nearest few."""
    taken = {choice.opportunity_id for choice in choices}
    barred = {forbid.opportunity_id for forbid in problem.forbids}
    own_pass = opportunity.pass_id or opportunity.id
    others = [
        item
        for item in problem.opportunities
        if item.satellite_id == opportunity.satellite_id
        and item.id not in taken
        and item.id not in barred
        and (item.pass_id or item.id) != own_pass
    ]
    now_s = opportunity.start_s  # later passes first: the earlier ones may be over
    others.sort(key=lambda item: (item.start_s < now_s, abs(item.start_s - now_s), item.id))
    value, rivals = value_plan(problem, choices), Rivals(problem, choices)
    for item in others:
        for antennas in item.antenna_sets:
            for span in find_spans(problem, item, antennas):
                place = place_in_span(problem, item, antennas, span)
                if rivals.find(place) or audit(problem, [*choices, place]):
                    continue
                loss = value - value_plan(problem, [*choices, place])
                if loss <= FREE:
                    return Alternative(
                        "other_pass", item.id, antennas, place.start_s, place.end_s, loss
                    )
    if solve_again is None:
        return None
    prices = [
        price_taking(problem, choices, item.id, solve_again, bound=bound)
        for item in others[:PRICED]
    ]
    had = [price for price in prices if price.loss is not None]
    if not had:
        return None
    best = min(had, key=lambda price: (price.loss or 0.0, price.subject))
    choice = next(item for item in best.choices if item.opportunity_id == best.subject)
    return Alternative(
        "other_pass", best.subject, choice.antennas, choice.start_s, choice.end_s,
        best.loss or 0.0, price=best,
    )  # fmt: skip


def _find_own(
    problem: PlanningProblem, choices: Sequence[Choice], opportunity: Opportunity
) -> Alternative | None:
    """Find the satellite's contact in the plan that is nearest in time, later ones first."""
    own = [
        choice
        for choice in choices
        if problem.opportunity_by_id[choice.opportunity_id].satellite_id == opportunity.satellite_id
    ]
    later = [choice for choice in own if choice.start_s >= opportunity.start_s]
    nearest = min(
        later or own, key=lambda item: abs(item.start_s - opportunity.start_s), default=None
    )
    if nearest is None:
        return None
    return Alternative(
        "own_contact", nearest.opportunity_id, nearest.antennas, nearest.start_s, nearest.end_s, 0.0
    )
