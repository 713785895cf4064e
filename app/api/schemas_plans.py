"""The wire models of problems that people bring, and of plans compared."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.api.schemas import UtcText, Wire


class SolveOrder(BaseModel):
    """A planning problem of your own, and how to solve it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    problem: dict[str, Any] = Field(description="docs/planning-problem.md describes the form.")
    solver: str = Field("ilp", max_length=40)
    time_limit: float = Field(
        60.0, gt=0, le=3600, allow_inf_nan=False, description="Wall time, in seconds."
    )
    seed: int = Field(1, ge=0, lt=2**31)


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
    cause: str = Field(examples=["new_elements"])


class PlanDiff(Wire):
    old_plan_id: str
    new_plan_id: str
    counts: dict[str, int]
    changes: list[Change]
    total: int
    next_offset: int | None
