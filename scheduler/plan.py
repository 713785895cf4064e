"""Contacts and the contact plan: what was decided, what was not taken and why, and from what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

SolverStatus = Literal["optimal", "feasible", "infeasible", "time_limit", "failed"]


@dataclass(frozen=True, slots=True)
class Contact:
    """One contact. The reserved window (setup to teardown) never moves; AOS/LOS may, inside it."""

    contact_id: str
    pass_id: str
    satellite_id: str
    norad_cat_id: int | None
    owner: str
    station_id: str
    antenna_id: str
    service: str
    reserved_start_unix_s: float
    start_unix_s: float
    end_unix_s: float
    reserved_end_unix_s: float
    aos_unix_s: float
    los_unix_s: float
    max_elevation_deg: float  # within the contact
    start_azimuth_deg: float
    end_azimuth_deg: float
    expected_bytes: float | None
    tentative: bool
    provisional: bool
    element_set_id: str
    element_age_s: float
    value: float = 0.0
    start_elevation_deg: float | None = None  # mount pointing at start and end, for the changeover
    end_elevation_deg: float | None = None
    culmination_unix_s: float | None = None  # of the pass; finds it again after a refresh
    timing_sigma_s: float | None = None  # of AOS, from the age and history of the elements
    timing_bound95_s: float | None = None
    uncertain: bool = False  # that bound exceeds what the antenna can make up for
    start_mount_azimuth_deg: float | None = None  # unwrapped, in the planned wrap of the cables;
    end_mount_azimuth_deg: float | None = None  # None where slew never outlasts the setup
    alternative_aos_unix_s: float | None = None  # AOS if an unconfirmed manoeuvre did not happen


def is_same_pass(left: Contact, right: Contact) -> bool:
    """Tell whether two contacts are of one pass: one satellite and station, AOS to LOS overlap.

    Passes match by time, not by id: new elements give a pass another id.
    """
    return (
        (left.satellite_id, left.station_id) == (right.satellite_id, right.station_id)
        and left.aos_unix_s < right.los_unix_s
        and right.aos_unix_s < left.los_unix_s
    )


@dataclass(frozen=True, slots=True)
class NotTaken:
    """A candidate pass without a contact, and its reason."""

    pass_id: str
    satellite_id: str
    norad_cat_id: int | None
    station_id: str
    aos_unix_s: float
    los_unix_s: float
    reason: str
    beaten_by: tuple[str, ...] = ()  # contact ids
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ContactPlan:
    """A plan with its provenance. Immutable: a re-plan is another plan.

    ``problem_json`` is the planning problem it solves, to be solved again by anyone; the store
    keeps it apart and leaves it empty when it reads a plan.
    """

    plan_id: str
    station_ids: tuple[str, ...]
    start_unix_s: float
    end_unix_s: float
    solver: str
    status: SolverStatus
    objective: float
    bound: float | None
    gap: float | None
    objective_unit: str
    contacts: tuple[Contact, ...]
    not_taken: tuple[NotTaken, ...]
    provenance: Mapping[str, Any]
    problem_json: str = ""
