"""The whole way from passes with windows to an audited, explained contact plan.

Pure apart from the solver's child process: clock, seed and configuration are arguments.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from scheduler.audit import audit
from scheduler.errors import AuditError
from scheduler.explain import Explanation, explain
from scheduler.goal_report import report_goals, to_record
from scheduler.intervals import Span
from scheduler.plan import Contact, ContactPlan, NotTaken
from scheduler.prediction.passes import PassTable
from scheduler.problem.candidates import (
    Candidate,
    CandidateSet,
    StationPasses,
    build_candidates,
)
from scheduler.problem.commitments import build_commitments
from scheduler.problem.json_form import write_problem
from scheduler.problem.measure import (
    get_setup_s,
    get_teardown_s,
    measure_value,
    measure_volume,
)
from scheduler.problem.model import Choice, PlanningProblem, SatelliteResource
from scheduler.problem.requests import Goal, build_goal_terms, read_goal
from scheduler.satellites import Satellite
from scheduler.share_terms import build_share_terms
from scheduler.solvers import solve
from scheduler.solvers.base import Incumbent, Solution
from scheduler.stations import Station
from scheduler.window_table import WindowTable
from tle.timebase import format_utc, to_unix_s

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
    goals: Sequence[Goal] = (),
    pins: Sequence[str] = (),
    forbids: Sequence[str] = (),
    previous: ContactPlan | None = None,
    freeze_s: float = 0.0,
    change_price: float = 0.0,
) -> ContactPlan:
    """Plan contacts; raise ``AuditError`` when the audit refuses the solver's answer.

    ``grades`` maps satellite ids to the grade of their elements. ``goals`` come on top of the
    satellites' standing requests. ``pins`` and ``forbids`` name passes, candidates or contacts;
    contacts of ``previous`` that start within ``freeze_s`` or within their service's command lead
    are held, and every other change against it costs ``change_price``. Contradictory demands give
    a plan without contacts, status ``infeasible``, all contradictions in its provenance. The
    plan's id is a digest of the problem and the contacts: the same input gives the same id.
    """
    tell = on_progress or (lambda done, text: None)
    passes = [StationPasses(station, table, windows) for station, table, windows in stations]
    found = build_candidates(passes, satellites, grades)
    tell(0.1, f"{len(found.candidates)} candidates")
    wishes = [*read_standing_goals(satellites), *goals]
    problem, unknown = build_problem(
        found, satellites, span, stations=[station for station, _, _ in stations], goals=wishes,
        pins=pins, forbids=forbids, previous=previous, now_s=to_unix_s(now_utc),
        freeze_s=freeze_s, change_price=change_price,
    )  # fmt: skip
    solution = solve(
        problem,
        solver=solver,
        time_limit_s=time_limit_s,
        seed=seed,
        on_progress=lambda step: tell(
            0.1 + 0.8 * min(1.0, step.elapsed_s / time_limit_s), _describe(step)
        ),
    )
    violations = audit(problem, solution.choices, solution.value)
    if violations:
        raise AuditError(tuple(violation.sentence for violation in violations))
    plan = assemble_plan(
        found, problem, solution, span, [station.id for station, _, _ in stations], now_utc,
        {**(provenance or {}), "unknown_names": list(unknown)},
    )  # fmt: skip
    tell(1.0, f"{len(plan.contacts)} contacts")
    return plan


def _describe(step: Incumbent) -> str:
    bound = "" if step.bound is None else f", bound {step.bound:.1f}"
    return f"{step.stage}: value {step.value:.1f}{bound}"


def read_standing_goals(satellites: Sequence[Satellite]) -> list[Goal]:
    """Read the standing requests of the served satellites."""
    return [
        read_goal(table, place=f"requests[{index}]", satellite=satellite)
        for satellite in satellites
        if satellite.served
        for index, table in enumerate(satellite.requests)
    ]


def build_problem(
    found: CandidateSet,
    satellites: Sequence[Satellite],
    span: Span,
    *,
    stations: Sequence[Station] = (),
    goals: Sequence[Goal] = (),
    pins: Sequence[str] = (),
    forbids: Sequence[str] = (),
    previous: ContactPlan | None = None,
    now_s: float = 0.0,
    freeze_s: float = 0.0,
    change_price: float = 0.0,
) -> tuple[PlanningProblem, tuple[str, ...]]:
    """Assemble the planning problem of candidates; also return names that mean no candidate."""
    used = {candidate.satellite.id for candidate in found.candidates}
    wished = build_goal_terms(found.candidates, goals, span.start_unix_s, span.end_unix_s)
    held = build_commitments(
        found.candidates, wished.opportunities, pins=pins, forbids=forbids,
        previous=previous.contacts if previous is not None else (), now_s=now_s,
        freeze_s=freeze_s,
    )  # fmt: skip
    owner_of = {satellite.id: satellite.owner for satellite in satellites}
    shares = build_share_terms(stations, held.opportunities, owner_of, span)
    problem = PlanningProblem(
        start_s=min([span.start_unix_s, *(pin.choice.start_s for pin in held.pins)]),
        end_s=max([span.end_unix_s, *(pin.choice.end_s for pin in held.pins)]),
        antennas=found.antennas,
        satellites=tuple(
            SatelliteResource(satellite.id, satellite.owner)
            for satellite in satellites
            if satellite.id in used
        ),
        opportunities=held.opportunities,
        requests=wished.requests,
        group_terms=(*wished.terms.group_terms, *shares),
        gap_terms=wished.terms.gap_terms,
        pins=held.pins,
        forbids=held.forbids,
        previous=held.previous if change_price > 0 else (),
        change_price=change_price,
        value_unit=VALUE_UNIT,
    )
    return problem, held.unknown


def assemble_plan(
    found: CandidateSet,
    problem: PlanningProblem,
    solution: Solution,
    span: Span,
    station_ids: Sequence[str],
    now_utc: datetime,
    provenance: Mapping[str, Any],
) -> ContactPlan:
    """Turn a solution into contacts, reasons and provenance."""
    by_id = {candidate.opportunity.id: candidate for candidate in found.candidates}
    contacts = {
        choice.opportunity_id: build_contact(problem, by_id[choice.opportunity_id], choice)
        for choice in solution.choices
    }
    problem_text = write_problem(problem)
    problem_digest = hashlib.sha256(problem_text.encode()).hexdigest()
    content = problem_digest + "".join(
        f"{contact.contact_id}:{contact.start_unix_s!r}:{contact.end_unix_s!r};"
        for contact in contacts.values()
    )
    return ContactPlan(
        plan_id=f"plan-{hashlib.sha256(content.encode()).hexdigest()[:16]}",
        station_ids=tuple(station_ids),
        start_unix_s=span.start_unix_s,
        end_unix_s=span.end_unix_s,
        solver=solution.solver,
        status=solution.status,
        objective=solution.value if solution.value is not None else 0.0,
        bound=solution.bound,
        gap=solution.gap,
        objective_unit=problem.value_unit,
        contacts=tuple(contacts.values()),
        not_taken=_list_not_taken(found, explain(problem, solution.choices), contacts),
        problem_json=problem_text,
        provenance={
            **provenance,
            "created_utc": format_utc(now_utc),
            "seed": solution.seed,
            "solver_seconds": round(solution.elapsed_s, 3),
            "solver_message": solution.message,
            "stages": [
                {
                    "stage": stage.stage,
                    "value": stage.value,
                    "bound": stage.bound,
                    "elapsed_s": round(stage.elapsed_s, 3),
                }
                for stage in solution.stages
            ],
            "problem_digest": problem_digest,
            "candidates": len(found.candidates),
            "goals": [to_record(item) for item in report_goals(problem, solution.choices)],
            "unplanned": [
                {
                    "satellite_id": item.satellite_id,
                    "norad_cat_id": item.norad_cat_id,
                    "reason": item.reason,
                    "note": item.note,
                }
                for item in found.unplanned
            ],
        },
    )


def build_contact(problem: PlanningProblem, candidate: Candidate, choice: Choice) -> Contact:
    opportunity, visible = candidate.opportunity, candidate.visible
    antenna = problem.antenna_by_id[choice.antennas[0]]
    start_azimuth_deg, start_elevation_deg = candidate.track.look_at(choice.start_s)
    end_azimuth_deg, end_elevation_deg = candidate.track.look_at(choice.end_s)
    return Contact(
        contact_id=f"{opportunity.id}@{'+'.join(_local(name) for name in choice.antennas)}",
        pass_id=visible.pass_id,
        satellite_id=candidate.satellite.id,
        norad_cat_id=visible.norad_cat_id,
        owner=candidate.satellite.owner,
        station_id=candidate.station_id,
        antenna_id="+".join(_local(name) for name in choice.antennas),
        service=candidate.service.id,
        reserved_start_unix_s=choice.start_s - get_setup_s(antenna, opportunity),
        start_unix_s=choice.start_s,
        end_unix_s=choice.end_s,
        reserved_end_unix_s=choice.end_s + get_teardown_s(antenna, opportunity),
        aos_unix_s=visible.aos_unix_s,
        los_unix_s=visible.los_unix_s,
        max_elevation_deg=candidate.track.find_max_elevation_deg(choice.start_s, choice.end_s),
        start_azimuth_deg=start_azimuth_deg,
        end_azimuth_deg=end_azimuth_deg,
        expected_bytes=measure_volume(opportunity, choice.start_s, choice.end_s)
        if opportunity.rate
        else None,
        tentative=candidate.tentative,
        provisional=candidate.provisional,
        element_set_id=visible.elements.element_set_id,
        element_age_s=visible.element_age_s,
        value=measure_value(opportunity, choice.start_s, choice.end_s),
        start_elevation_deg=start_elevation_deg,
        end_elevation_deg=end_elevation_deg,
        culmination_unix_s=visible.culmination_unix_s,
    )


def _local(antenna_name: str) -> str:
    """Return the antenna's id inside its station."""
    return antenna_name.rpartition("/")[2]


def _list_not_taken(
    found: CandidateSet,
    explanations: Mapping[str, Explanation],
    contacts: Mapping[str, Contact],
) -> tuple[NotTaken, ...]:
    """Give every candidate without a contact its reason; a pass can have several candidates.

    A candidate of a pass that is taken with another candidate (other antenna, wrap or part of the
    pass) has ``beaten_by`` that very contact, unless something else is in its way.
    """
    losers = []
    for candidate in found.candidates:
        explanation = explanations.get(candidate.opportunity.id)
        if explanation is None:
            continue
        visible = candidate.visible
        detail: dict[str, Any] = {"candidate_id": candidate.opportunity.id}
        if explanation.limit:
            detail["limit"] = explanation.limit
        losers.append(
            NotTaken(
                pass_id=visible.pass_id,
                satellite_id=visible.satellite_id,
                norad_cat_id=visible.norad_cat_id,
                station_id=visible.station_id,
                aos_unix_s=visible.aos_unix_s,
                los_unix_s=visible.los_unix_s,
                reason=explanation.reason,
                beaten_by=tuple(contacts[name].contact_id for name in explanation.beaten_by),
                detail=detail,
            )
        )
    losers += found.refused
    return tuple(sorted(losers, key=lambda item: (item.aos_unix_s, item.pass_id)))
