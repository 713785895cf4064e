"""Tiny problems with everything odd that the model allows, for bounds and proofs.

What ``random_problem`` leaves out: times off the step, locks longer than contacts, volumes pro
rata, interruptions over edges, negative values and weights, targets from both sides, hard minimums,
gap terms of a part of the span, full tables of slews, antennas alike, trimmed pins.
"""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

from scheduler.audit import audit
from scheduler.problem.contradictions import find_contradictions
from scheduler.problem.model import (
    AntennaResource,
    GapTerm,
    GroupTerm,
    Opportunity,
    Pin,
    PlanningProblem,
    Request,
)
from tests.scheduler.problem_builders import list_all_choices, random_problem

STEP_S = 20.0


def odd_problem(seed: int, *, largest: int = 4) -> PlanningProblem:
    """Build a random problem and make it odd."""
    plain = random_problem(seed, largest=largest, step_s=STEP_S)
    draw = random.Random(f"odd {seed}")
    is_off_step, style = draw.random() < 0.3, draw.random()
    opportunities = tuple(_bend(draw, item, is_off_step) for item in plain.opportunities)
    if style < 0.2:  # all of one satellite
        first = plain.satellites[0].id
        opportunities = tuple(replace(item, satellite_id=first) for item in opportunities)
    if style > 0.85:  # whole passes
        opportunities = tuple(
            replace(item, trim="none", min_s=0.0, max_s=None) for item in opportunities
        )
    problem = replace(plain, opportunities=opportunities, pins=(), previous=(), change_price=0.0)
    problem = _bend_resources(draw, problem)
    problem = replace(
        problem,
        group_terms=(*problem.group_terms, *_draw_groups(draw, problem)),
        gap_terms=(*problem.gap_terms, *_draw_gaps(draw, problem)),
        requests=problem.requests or _draw_requests(draw, problem),
    )
    return _commit(draw, problem)


def _bend(draw: random.Random, item: Opportunity, is_off_step: bool) -> Opportunity:
    change: dict[str, Any] = {}
    start_s, end_s = item.start_s, item.end_s
    if is_off_step and draw.random() < 0.6:
        start_s, end_s = start_s + draw.choice([0, 3, 7, 11]), end_s + draw.choice([0, 4, 9])
        later = tuple(row for row in item.rate if row[0] > start_s)
        change |= {"start_s": start_s, "end_s": end_s, "rate": ((start_s, 1.0), *later)}
    if draw.random() < 0.3:
        change["lock_s"] = draw.choice([0.0, 10.0, 20.0, 30.0, 60.0])
    if draw.random() < 0.2:
        change |= {"rate": (), "volume": draw.choice([0.0, 50.0, 200.0])}
    if draw.random() < 0.15:
        hole_s = start_s + draw.choice([-15, 0, 5, 25])
        change["interruptions"] = ((hole_s, hole_s + draw.choice([10.0, 33.0])),)
    for name, share, values in (
        ("value_per_contact", 0.15, (-2.0, 0.5, 10.0)),
        ("value_per_s", 0.1, (-0.05,)),
        ("setup_s", 0.1, (0.0, 60.0)),
        ("teardown_s", 0.1, (0.0, 40.0, 7.0 if is_off_step else 20.0)),
        ("trim", 0.25, ("none", "start", "stop", "both")),
    ):
        if draw.random() < share:
            change[name] = draw.choice(values)
    if change.get("trim", item.trim) != "none":
        change["min_s"] = draw.choice([0.0, STEP_S, 2 * STEP_S])
    if draw.random() < 0.15:
        change["max_s"] = STEP_S * draw.randint(3, 6)
    return replace(item, **change)


def _bend_resources(draw: random.Random, problem: PlanningProblem) -> PlanningProblem:
    antennas, kind = problem.antennas, draw.random()
    change: dict[str, Any] = {}
    if kind < 0.25 and len(antennas) > 1:  # all alike
        like = AntennaResource("", "s", antennas[0].setup_s, antennas[0].teardown_s)
        change["antennas"] = tuple(replace(like, id=one.id) for one in antennas)
        sets = tuple((one.id,) for one in antennas)
        change["opportunities"] = tuple(
            replace(item, antenna_sets=sets) for item in problem.opportunities
        )
    elif kind < 0.5:  # every change of satellite takes time
        ids = [one.id for one in problem.satellites]
        slews = {
            f"{one}|{other}": STEP_S * draw.randint(1, 3)
            for one in ids
            for other in ids
            if one != other or draw.random() < 0.3
        }
        settle_s = draw.choice([0.0, 5.0])
        change["antennas"] = tuple(
            replace(one, pair_slew_s=slews, settle_s=settle_s) for one in antennas
        )
    if draw.random() < 0.2:
        change["satellites"] = tuple(
            replace(one, recovery_s=STEP_S * draw.randint(0, 4)) for one in problem.satellites
        )
    if draw.random() < 0.15:
        change["start_s"] = 5 * STEP_S
    if draw.random() < 0.15:
        change["end_s"] = problem.end_s - 4 * STEP_S
    return replace(problem, **change)


def _draw_groups(draw: random.Random, problem: PlanningProblem) -> list[GroupTerm]:
    found = []
    for number in range(draw.choice([0, 0, 1, 2])):
        members = tuple(item.id for item in problem.opportunities if draw.random() < 0.7)
        quantity = draw.choice(["count", "duration_s", "usable_s", "reserved_s", "volume"])
        target, price = (2.0, 4.0) if quantity == "count" else (7 * STEP_S, 0.06)
        lines = draw.choice(
            [
                ((price, -price * target), (0.0, 0.0)),
                ((price, -price * target), (-price, price * target)),
                ((price, 0.0), (price / 2, price * target / 2), (0.0, price * target)),
                ((0.0, 0.0), (-price, price * target / 2)),
                ((price, 0.0),),
                (),
            ]
        )
        weights = tuple(draw.choice([0.0, 0.5, 1.0, 2.0, -1.0]) for _ in members)
        least = draw.choice([None] * 5 + [1.0 if quantity == "count" else 2 * STEP_S])
        found.append(
            GroupTerm(
                f"x{number}", "satisfaction", quantity, members,
                weights=weights if draw.random() < 0.4 else (),
                lines=lines, at_least=least,
                at_most=draw.choice([None] * 4 + [2 * target, target]),
                starts_within=draw.choice(
                    [None, None, (0.2 * problem.end_s, 0.6 * problem.end_s)]
                ),
            )
        )  # fmt: skip
    return found


def _draw_gaps(draw: random.Random, problem: PlanningProblem) -> list[GapTerm]:
    found = []
    for number in range(draw.choice([0, 0, 0, 1, 2])):
        satellite = draw.choice(problem.opportunities).satellite_id
        is_mixed = draw.random() < 0.5
        members = tuple(
            item.id
            for item in problem.opportunities
            if (draw.random() < 0.6 if is_mixed else item.satellite_id == satellite)
        )
        found.append(
            GapTerm(
                f"y{number}", "revisit_gap", members,
                start_s=draw.choice([0.0, 0.0, 0.3 * problem.end_s]),
                end_s=draw.choice([problem.end_s, 0.7 * problem.end_s]),
                max_gap_s=draw.choice([0.0, 3 * STEP_S, 8 * STEP_S]),
                price_per_s=draw.choice([0.01, 0.05]),
            )
        )  # fmt: skip
    return found


def _draw_requests(draw: random.Random, problem: PlanningProblem) -> tuple[Request, ...]:
    if draw.random() < 0.85:
        return ()
    members = tuple(item.id for item in problem.opportunities[:2])
    return (
        Request(
            "q",
            members,
            max_contacts=draw.choice([None, 1, 2]),
            min_total_s=draw.choice([0.0, 5 * STEP_S, 30 * STEP_S]),
            max_total_s=draw.choice([None, 40 * STEP_S]),
        ),
    )


def _commit(draw: random.Random, problem: PlanningProblem) -> PlanningProblem:
    """Pin, and remember, any allowed contact, trimmed or not; no contradictions."""
    bare = replace(problem, group_terms=(), requests=())
    for kind in ("pin", "previous"):
        options = draw.choice(list_all_choices(problem))
        allowed = [choice for choice in options if not audit(bare, [choice])]
        if draw.random() > 0.25 or not allowed:
            continue
        choice = draw.choice(allowed)
        if kind == "pin":
            pinned = replace(problem, pins=(Pin(choice),))
            problem = problem if find_contradictions(pinned) else pinned
        else:
            price = draw.choice([0.5, 1.5, 5.0])
            problem = replace(problem, previous=(choice,), change_price=price)
    return problem
