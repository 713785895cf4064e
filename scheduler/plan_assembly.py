"""From a solution back to passes: contacts, reasons, provenance."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from scheduler.explanations.explain import Explanation, explain
from scheduler.explanations.goal_report import report_goals, to_record
from scheduler.intervals import Span
from scheduler.plan import Contact, ContactPlan, NotTaken
from scheduler.prediction.passes import Pass
from scheduler.problem.candidates import Candidate, CandidateSet
from scheduler.problem.commitments import name_opportunity
from scheduler.problem.conflicts import point_at
from scheduler.problem.json_form import write_problem
from scheduler.problem.measure import (
    get_setup_s,
    get_teardown_s,
    measure_value,
    measure_volume,
)
from scheduler.problem.model import Choice, PlanningProblem
from scheduler.solvers.base import Solution
from tle.timebase import format_utc


def assemble_plan(
    found: CandidateSet,
    problem: PlanningProblem,
    solution: Solution,
    span: Span,
    station_ids: Sequence[str],
    now_utc: datetime,
    provenance: Mapping[str, Any],
    booked: Sequence[Contact] = (),
) -> ContactPlan:
    """Turn a solution into contacts, reasons and provenance.

    A held contact whose pass is no candidate any more stays as it is in ``booked``.
    """
    by_id = {candidate.opportunity.id: candidate for candidate in found.candidates}
    as_booked = {
        name: contact
        for contact in booked
        for name in (name_opportunity(contact), contact.contact_id)
    }
    contacts = {
        choice.opportunity_id: build_contact(problem, by_id[choice.opportunity_id], choice)
        if choice.opportunity_id in by_id
        else as_booked[choice.opportunity_id]
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
        not_taken=_list_not_taken(found, as_booked, explain(problem, solution.choices), contacts),
        problem_json=problem_text,
        provenance={
            **provenance,
            "created_utc": format_utc(now_utc),
            "problem_digest": problem_digest,
            "candidates": len(found.candidates),
            "goals": [to_record(item) for item in report_goals(problem, solution.choices)],
            "unplanned": [asdict(item) for item in found.unplanned],
            **_describe_solution(solution),
        },
    )


def _describe_solution(solution: Solution) -> dict[str, Any]:
    """Say how the solver came to its answer."""
    return {
        "seed": solution.seed,
        "solver_seconds": round(solution.elapsed_s, 3),
        "solver_message": solution.message,
        "stages": [
            asdict(stage) | {"elapsed_s": round(stage.elapsed_s, 3)} for stage in solution.stages
        ],
    }


def build_contact(problem: PlanningProblem, candidate: Candidate, choice: Choice) -> Contact:
    """Turn one choice into a contact, with its reservation and where the satellite then stands."""
    opportunity, visible = candidate.opportunity, candidate.visible
    antenna = problem.antenna_by_id[choice.antennas[0]]
    start_azimuth_deg, start_elevation_deg = candidate.track.look_at(choice.start_s)
    end_azimuth_deg, end_elevation_deg = candidate.track.look_at(choice.end_s)
    start_mount_azimuth_deg = end_mount_azimuth_deg = None
    if opportunity.pointing:  # slew is priced: the elevations are the mount's too
        start_mount_azimuth_deg, start_elevation_deg = point_at(opportunity, choice.start_s)
        end_mount_azimuth_deg, end_elevation_deg = point_at(opportunity, choice.end_s)
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
        timing_sigma_s=visible.timing_sigma_s,
        timing_bound95_s=visible.timing_bound95_s,
        alternative_aos_unix_s=visible.alternative_aos_unix_s,
        uncertain=candidate.uncertain,
        start_mount_azimuth_deg=start_mount_azimuth_deg,
        end_mount_azimuth_deg=end_mount_azimuth_deg,
    )


def _local(antenna_name: str) -> str:
    """Return the antenna's id inside its station."""
    return antenna_name.rpartition("/")[2]


def _list_not_taken(
    found: CandidateSet,
    as_booked: Mapping[str, Contact],
    explanations: Mapping[str, Explanation],
    contacts: Mapping[str, Contact],
) -> tuple[NotTaken, ...]:
    """Give every candidate without a contact its reason; a pass can have several candidates.

    A candidate of a pass that is taken with another candidate (other antenna, wrap or part of the
    pass) has ``beaten_by`` that very contact, unless something else is in its way. Where nothing
    could be planned, so have the held contacts that are no candidates.
    """
    passes: dict[str, Pass | Contact] = {
        **as_booked,
        **{candidate.opportunity.id: candidate.visible for candidate in found.candidates},
    }
    losers = []
    for name, explanation in explanations.items():
        visible = passes[name]
        detail: dict[str, Any] = {"candidate_id": name}
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
                beaten_by=tuple(contacts[other].contact_id for other in explanation.beaten_by),
                detail=detail,
            )
        )
    losers += found.refused
    return tuple(sorted(losers, key=lambda item: (item.aos_unix_s, item.pass_id)))
