"""Tiny planning problems for tests: one satellite an opportunity unless it says otherwise."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from dataclasses import replace

from scheduler.problem.contradictions import find_contradictions
from scheduler.problem.model import (
    AntennaResource,
    AxisRates,
    Choice,
    Forbid,
    GapTerm,
    GroupTerm,
    Opportunity,
    Pin,
    PlanningProblem,
    Request,
    SatelliteResource,
)


def window(name: str, start_s: float, end_s: float, value: float = 1.0, **more) -> Opportunity:
    """Build a whole-window opportunity worth ``value`` on antenna "a"."""
    settings = {"antenna_sets": (("a",),), "satellite_id": f"sat-{name}"} | more
    settings.setdefault("value_per_contact", value)
    return Opportunity(name, start_s=start_s, end_s=end_s, **settings)


def problem_of(opportunities: Sequence[Opportunity], **more) -> PlanningProblem:
    """Build a problem of opportunities on one antenna "a" with 10 s setup and 5 s teardown."""
    satellites = sorted({item.satellite_id for item in opportunities})
    settings = {
        "start_s": 0.0,
        "end_s": 10_000.0,
        "antennas": (AntennaResource("a", "s", setup_s=10.0, teardown_s=5.0),),
        "satellites": tuple(SatelliteResource(name) for name in satellites),
    } | more
    return PlanningProblem(opportunities=tuple(opportunities), **settings)


def whole(opportunity: Opportunity, antenna: str = "a") -> Choice:
    """Take the whole window on an antenna."""
    return Choice(opportunity.id, (antenna,), opportunity.start_s, opportunity.end_s)


def random_problem(seed: int, *, largest: int = 14, step_s: float = 20.0) -> PlanningProblem:
    """Build a random problem that uses every feature now and then; all times on the step."""
    draw = random.Random(seed)
    horizon_s = step_s * draw.randint(30, 60)
    antennas = tuple(_random_antenna(draw, index, step_s) for index in range(draw.randint(1, 3)))
    names = [antenna.id for antenna in antennas]
    satellites = tuple(
        SatelliteResource(f"s{index}", f"owner{index % 2}", step_s * draw.randint(0, 2))
        for index in range(draw.randint(1, 5))
    )
    opportunities = tuple(
        _random_opportunity(draw, index, names, satellites, horizon_s, step_s)
        for index in range(draw.randint(1, largest))
    )
    problem = PlanningProblem(
        0.0, horizon_s, antennas, satellites, opportunities, time_step_s=step_s
    )
    return _add_terms(draw, problem, step_s)


def _random_antenna(draw: random.Random, index: int, step_s: float) -> AntennaResource:
    down_s = step_s * draw.randint(0, 40)
    kind = draw.choice(["plain", "plain", "table", "axes"])
    return AntennaResource(
        id=f"a{index}",
        station_id="s",
        setup_s=step_s * draw.randint(0, 2) if kind != "plain" else step_s,
        teardown_s=step_s * draw.randint(0, 1) if kind != "plain" else 0.0,
        changeover=draw.choice(["parallel", "additive"]),
        pair_slew_s={"s0|s1": 2 * step_s, "s1|s0": step_s} if kind == "table" else {},
        axes=AxisRates(3.0, 2.0, 1.0, 0.0, draw.random() < 0.5) if kind == "axes" else None,
        settle_s=5.0 if kind == "axes" else 0.0,
        downtimes=((down_s, down_s + 3 * step_s),) if draw.random() < 0.3 else (),
    )


def _random_opportunity(
    draw: random.Random,
    index: int,
    names: Sequence[str],
    satellites: Sequence[SatelliteResource],
    horizon_s: float,
    step_s: float,
) -> Opportunity:
    length = draw.randint(2, 8)
    start_s = step_s * draw.randint(0, int(horizon_s / step_s) - 2)
    end_s = start_s + step_s * length
    sets = [(name,) for name in names if draw.random() < 0.8] or [(names[0],)]
    if len(names) > 1 and draw.random() < 0.15:
        sets = [tuple(names[:2])]
    trim = draw.choice(["none", "none", "start", "stop", "both"])
    middle_s = start_s + step_s * draw.randint(1, length - 1)
    return Opportunity(
        id=f"o{index}",
        satellite_id=draw.choice(satellites).id,
        antenna_sets=tuple(sets),
        start_s=start_s,
        end_s=end_s,
        trim=trim,
        min_s=step_s * draw.randint(1, 3) if trim != "none" else 0.0,
        max_s=step_s * draw.randint(4, 6) if trim == "both" and draw.random() < 0.2 else None,
        setup_s=2 * step_s if draw.random() < 0.1 else None,
        lock_s=5.0 if draw.random() < 0.2 else 0.0,
        interruptions=((middle_s, middle_s + 7.0),) if draw.random() < 0.15 else (),
        rate=((start_s, 1.0), (middle_s, draw.choice([0.5, 2.0]))),
        value_per_contact=draw.choice([0.0, 3.0]),
        value_per_s=draw.choice([0.0, 0.1]),
        value_per_volume=draw.choice([0.05, 0.1, 0.2]),
        pointing=(
            (start_s, draw.uniform(0, 360), 5.0),
            (end_s, draw.uniform(0, 360), 5.0),
        ),
    )


def _add_terms(draw: random.Random, problem: PlanningProblem, step_s: float) -> PlanningProblem:
    members = tuple(item.id for item in problem.opportunities if draw.random() < 0.7)
    requests, groups, gaps = [], [], []
    if members and draw.random() < 0.4:
        requests.append(
            Request(
                "r",
                members[: len(members) // 2 + 1],
                max_contacts=draw.choice([None, 1, 2]),
                min_total_s=draw.choice([0.0, 0.0, 6 * step_s]),
                max_total_s=draw.choice([None, 12 * step_s]),
            )
        )
    if members and draw.random() < 0.5:
        quantity = draw.choice(["count", "duration_s", "usable_s", "reserved_s", "volume"])
        target = 2.0 if quantity == "count" else 8 * step_s
        price = 4.0 if quantity == "count" else 0.05
        groups.append(
            GroupTerm(
                "g", "satisfaction", quantity, members,
                lines=((price, -price * target), (0.0, 0.0)),
                starts_within=draw.choice([None, (0.0, problem.end_s / 2)]), target=target,
                at_most=draw.choice([None, None, 2 * target]),
            )
        )  # fmt: skip
    if members and draw.random() < 0.4:
        gaps.append(GapTerm("m", "revisit_gap", members, 0.0, problem.end_s, 10 * step_s, 0.02))
    forbids = (Forbid(problem.opportunities[0].id),) if draw.random() < 0.2 else ()
    changed = replace(
        problem,
        requests=tuple(requests),
        group_terms=tuple(groups),
        gap_terms=tuple(gaps),
        forbids=forbids,
    )
    return _add_pins(draw, changed)


def _add_pins(draw: random.Random, problem: PlanningProblem) -> PlanningProblem:
    """Pin or remember one whole window, where that contradicts nothing."""
    last = problem.opportunities[-1]
    choice = Choice(last.id, last.antenna_sets[0], last.start_s, last.end_s)
    if draw.random() < 0.3:
        pinned = replace(problem, pins=(Pin(choice),))
        minimum = any(last.id in item.members for item in problem.requests)
        if not minimum and not find_contradictions(pinned):
            problem = pinned
    if draw.random() < 0.3:
        problem = replace(problem, previous=(choice,), change_price=1.5)
    return problem


def list_all_choices(problem: PlanningProblem) -> list[list[Choice]]:
    """List for every opportunity every contact that a solver may choose, by plain enumeration.

    Starts and ends are multiples of the time step, edges of the window and of what downtimes and
    the horizon leave of it; pins are as they are.
    """
    pinned = {pin.choice.opportunity_id: pin.choice for pin in problem.pins}
    options = []
    for item in problem.opportunities:
        found = [
            Choice(item.id, antennas, start_s, end_s)
            for antennas in item.antenna_sets
            for marks in [_list_marks(problem, item, antennas)]
            for start_s, end_s in itertools.product(
                marks if item.trim in ("start", "both") else [item.start_s],
                marks if item.trim in ("stop", "both") else [item.end_s],
            )
            if end_s > start_s
        ]
        if item.id in pinned and pinned[item.id] not in found:
            found.append(pinned[item.id])
        options.append(found)
    return options


def _list_marks(
    problem: PlanningProblem, item: Opportunity, antennas: Sequence[str]
) -> list[float]:
    """List the instants of a window at which a contact may start or end."""
    step_s = problem.time_step_s
    marks = {item.start_s, item.end_s, problem.start_s, problem.end_s}
    marks |= {step_s * k for k in range(int(item.start_s // step_s), int(item.end_s // step_s) + 1)}
    for name in antennas:
        antenna = problem.antenna_by_id[name]
        setup_s = antenna.setup_s if item.setup_s is None else item.setup_s
        teardown_s = antenna.teardown_s if item.teardown_s is None else item.teardown_s
        for down_s, up_s in antenna.downtimes:
            marks |= {down_s - teardown_s, up_s + setup_s}
    return sorted(mark for mark in marks if item.start_s <= mark <= item.end_s)
