"""The whole way from passes with windows to an audited, explained contact plan.

Pure apart from the solver's child process: clock, seed and configuration are arguments.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from scheduler.audit import audit
from scheduler.errors import AuditError, UnknownNamesError
from scheduler.goal_terms import build_goal_terms
from scheduler.intervals import Span
from scheduler.plan import ContactPlan
from scheduler.plan_assembly import assemble_plan
from scheduler.plan_demands import NO_DEMANDS, PlanDemands
from scheduler.plan_records import add_records
from scheduler.prediction.passes import PassTable
from scheduler.problem.candidates import (
    CandidateSet,
    StationPasses,
    build_candidates,
)
from scheduler.problem.commitments import build_commitments
from scheduler.problem.model import PlanningProblem, SatelliteResource
from scheduler.problem.pass_limits import limit_passes
from scheduler.satellites import Satellite
from scheduler.share_terms import build_share_terms, find_releases
from scheduler.solvers import solve
from scheduler.solvers.base import Solution, describe_step
from scheduler.stations import Station
from scheduler.window_table import WindowTable
from tle.timebase import to_unix_s

VALUE_UNIT = "priority-minutes"
OnProgress = Callable[[float, str], None]


def make_plan(
    stations: Sequence[tuple[Station, PassTable, WindowTable]],
    satellites: Sequence[Satellite],
    span: Span,
    *,
    grades: Mapping[str, str],
    now_utc: datetime,
    solver: str = "ilp",
    time_limit_s: float = 60.0,
    seed: int = 1,
    provenance: Mapping[str, Any] | None = None,
    on_progress: OnProgress | None = None,
    demands: PlanDemands = NO_DEMANDS,
    stop: threading.Event | None = None,
) -> ContactPlan:
    """Plan contacts; raise ``AuditError`` when the audit refuses the solver's answer.

    ``grades`` maps satellite ids to the grade of their elements. ``demands`` come on top of the
    satellites' standing requests. No new reservation starts before the span. Contradictory demands
    give a plan without contacts, status ``infeasible``, all contradictions in its provenance;
    pins and forbids that mean no candidate raise ``UnknownNamesError`` before anything is solved.
    ``stop`` ends the solver early with the best plan so far. The plan's id is a digest of problem
    and contacts: the same input gives the same id.
    """
    tell = on_progress or (lambda done, text: None)
    places = [station for station, _, _ in stations]
    passes = [StationPasses(station, table, windows) for station, table, windows in stations]
    found = build_candidates(passes, satellites, grades)
    tell(0.1, f"{len(found.candidates)} candidates")
    problem, unknown = build_problem(
        found, satellites, span, stations=places, now_s=to_unix_s(now_utc),
        demands=demands.with_standing_goals(satellites),
    )  # fmt: skip
    if unknown:
        raise UnknownNamesError(_say_unknown(unknown, found))
    solution = solve(
        problem, solver=solver, time_limit_s=time_limit_s, seed=seed, stop=stop,
        on_progress=lambda step: tell(
            0.1 + 0.8 * min(1.0, step.elapsed_s / time_limit_s), describe_step(step)
        ),
    )  # fmt: skip
    _refuse_faults(problem, solution)
    plan = assemble_plan(
        found, problem, solution, span, [station.id for station in places], now_utc,
        provenance or {}, booked=demands.booked,
    )  # fmt: skip
    tell(1.0, f"{len(plan.contacts)} contacts")
    return add_records(plan, problem, places, span, now_s=to_unix_s(now_utc), booked=demands.booked)


def _say_unknown(names: Sequence[str], found: CandidateSet) -> dict[str, str]:
    """Say of names that mean no candidate why their pass is none, as far as it is known."""
    refused = {item.pass_id: item.reason for item in found.refused}
    return {
        name: f"this pass cannot be planned, {refused[name]}"
        if name in refused
        else "no candidate of this plan has that name; refreshed elements give a pass another id, "
        "so take it from a list of today's passes"
        for name in names
    }


def _refuse_faults(problem: PlanningProblem, solution: Solution) -> None:
    if solution.value is not None:
        violations = audit(problem, solution.choices, solution.value)
        if violations:
            raise AuditError(tuple(violation.sentence for violation in violations))


def build_problem(
    found: CandidateSet,
    satellites: Sequence[Satellite],
    span: Span,
    *,
    stations: Sequence[Station] = (),
    demands: PlanDemands = NO_DEMANDS,
    now_s: float = 0.0,
) -> tuple[PlanningProblem, tuple[str, ...]]:
    """Assemble the planning problem of candidates; also return names that mean no candidate."""
    wished = build_goal_terms(found.candidates, demands.goals, span.start_unix_s, span.end_unix_s)
    held = build_commitments(
        found.candidates, wished.opportunities, pins=demands.pins, forbids=demands.forbids,
        previous=demands.booked, begins_s=span.start_unix_s, ends_s=span.end_unix_s,
        antennas=found.antennas, satellites=satellites, now_s=now_s, freeze_s=demands.freeze_s,
    )  # fmt: skip
    owner_of = {satellite.id: satellite.owner for satellite in satellites}
    for contact in demands.booked:
        owner_of.setdefault(contact.satellite_id, contact.owner)
    used = {opportunity.satellite_id for opportunity in held.opportunities}
    releases = find_releases(
        stations, held.opportunities, owner_of, span, now_s=now_s, booked=demands.booked,
    )  # fmt: skip
    shares = build_share_terms(stations, held.opportunities, owner_of, span, releases=releases)
    problem = PlanningProblem(
        start_s=min([span.start_unix_s, *(pin.choice.start_s for pin in held.pins)]),
        end_s=max([span.end_unix_s, *(pin.choice.end_s for pin in held.pins)]),
        antennas=found.antennas,
        satellites=tuple(
            SatelliteResource(name, owner) for name, owner in owner_of.items() if name in used
        ),
        opportunities=held.opportunities,
        requests=(*wished.requests, *limit_passes(held.opportunities)),
        group_terms=(*wished.terms.group_terms, *shares),
        gap_terms=wished.terms.gap_terms,
        pins=held.pins,
        forbids=held.forbids,
        previous=held.previous if demands.change_price > 0 else (),
        change_price=demands.change_price,
        value_unit=VALUE_UNIT,
    )
    return problem, held.unknown
