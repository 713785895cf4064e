"""The wire models of problems that people bring, and of plans compared."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.api.schemas import Contact, NotTaken, UtcText, Wire
from app.api.schemas_contacts import Confirmation
from scheduler.plan_states import PlanState


class SolveOrder(BaseModel):
    """A planning problem of your own, and how to solve it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    problem: dict[str, Any] = Field(description="docs/planning-problem.md describes the form.")
    solver: str = Field("ilp", max_length=40)
    time_limit: float = Field(
        60.0, gt=0, le=3600, allow_inf_nan=False, description="Wall time, in seconds."
    )
    seed: int = Field(1, ge=0, lt=2**31)


class PlanHead(Wire):
    plan_id: str
    station_ids: list[str]
    start_utc: UtcText
    end_utc: UtcText
    solver: str = Field(examples=["ilp"])
    status: str = Field(examples=["optimal"])
    objective: float
    bound: float | None
    gap: float | None
    objective_unit: str


class TakenSpan(Wire):
    """A contact of another owner: when the antenna is taken, and nothing more."""

    station_id: str
    antenna_id: str
    reserved_start_utc: UtcText
    reserved_end_utc: UtcText


class Plan(PlanHead):
    """A plan; to a key bound to an owner, its own part and when the others have the antennas."""

    state: PlanState
    contacts: list[Contact]
    not_taken: list[NotTaken]
    taken: list[TakenSpan] = Field([], description="Contacts of other owners.")
    provenance: dict[str, Any]


class PlanSummary(PlanHead):
    state: PlanState
    created_utc: UtcText
    contact_count: int
    not_taken_count: int


class Plans(Wire):
    plans: list[PlanSummary]
    total: int
    next_offset: int | None


class Change(Wire):
    """What became of one contact."""

    kind: Literal["kept", "moved", "added", "dropped"]
    satellite_id: str
    station_id: str
    start_utc: UtcText
    old_contact_id: str | None
    new_contact_id: str | None
    start_shift_s: float | None
    end_shift_s: float | None
    cause: str = Field(examples=["new_elements"], description="The input that changed.")
    through: str = Field("", description="The contact that passed the cause on; empty: its own.")


class PlanDiff(Wire):
    old_plan_id: str
    new_plan_id: str
    counts: dict[str, int]
    changes: list[Change]
    total: int
    next_offset: int | None


class PublishOrder(BaseModel):
    """How to publish a plan."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    why: str = Field("", max_length=2_000)
    override: str = Field(
        "",
        max_length=2_000,
        description="Reason for publishing contacts from expired elements; it is recorded.",
    )
    confirmation: Confirmation = ""
    dry_run: bool = Field(False, description="Change nothing, and say what would change.")


class WithdrawOrder(BaseModel):
    """Why a plan is taken back."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    why: str = Field("", max_length=2_000)


class RefusedContact(Wire):
    contact_id: str
    satellite_id: str
    reason: str = Field(examples=["meets_fixed_contact"])
    in_the_way: str


class PublishedPlan(Wire):
    """What publishing did, all of it in one transaction, or would do."""

    plan_id: str
    state: PlanState
    booked: list[str] = Field(description="New contacts.")
    kept: list[str]
    moved: list[str]
    released: list[str]
    refused: list[RefusedContact]
    changes: list[Change] = Field(description="What becomes of each contact, and the cause.")


class WithdrawnPlan(Wire):
    """A plan taken back, and the contacts that were given back with it."""

    plan_id: str
    state: PlanState
    was: PlanState
    released: list[str]


class PlanEvent(Wire):
    """One change of a plan's state."""

    at_utc: UtcText
    who: str
    verb: str = Field(examples=["publish"])
    source_state: PlanState
    target_state: PlanState
    why: str
    detail: dict[str, Any]


class PlanHistory(Wire):
    plan_id: str
    state: PlanState
    events: list[PlanEvent]
