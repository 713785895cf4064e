"""The wire models of scenarios."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.api.schemas import MAX_NAMES, Name, UtcText, Wire


class Outage(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    antenna: str = Field(max_length=210, examples=["kaznu/antenna-1"])
    start: str = Field(max_length=64)
    end: str = Field(max_length=64)


class Changes(BaseModel):
    """What is different; everything may be left out, but not all of it."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    without: list[Name] = Field(default_factory=list, max_length=MAX_NAMES)
    including: list[Name] = Field(default_factory=list, max_length=MAX_NAMES, alias="with")
    pins: list[str] = Field(default_factory=list, max_length=MAX_NAMES)
    forbids: list[str] = Field(default_factory=list, max_length=MAX_NAMES)
    second_antenna: list[str] = Field(default_factory=list, max_length=20)
    outages: list[Outage] = Field(default_factory=list, max_length=100)
    lower_mask_deg: float = Field(0.0, ge=0, le=20, allow_inf_nan=False)
    priorities: dict[str, float] = Field(default_factory=dict)


class ScenarioOrder(BaseModel):
    """A what-if: compared with a stored plan, or with the plan of the same query."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "name": "maintenance on Tuesday",
                    "base": "plan-0f3c",
                    "changes": {
                        "outages": [
                            {
                                "antenna": "kaznu/antenna-1",
                                "start": "2026-09-08T00:00:00Z",
                                "end": "2026-09-09T00:00:00Z",
                            }
                        ]
                    },
                }
            ]
        },
    )

    name: str = Field(min_length=1, max_length=100)
    note: str = Field("", max_length=2000, pattern=r"^[^\x00]*$")
    base: str | None = Field(None, max_length=40, description="Its span and requests are used.")
    changes: Changes
    station: list[Name] = Field(default_factory=list, max_length=MAX_NAMES)
    satellite: list[Name] = Field(default_factory=list, max_length=MAX_NAMES)
    start: str | None = Field(None, max_length=64)
    end: str | None = Field(None, max_length=64)
    days: float | None = Field(None, gt=0, allow_inf_nan=False)
    solver: str = Field("ilp", max_length=40)
    time_limit: float = Field(60.0, gt=0, le=3600, allow_inf_nan=False, description="Of each plan.")
    seed: int = Field(1, ge=0, lt=2**31)


class Scenario(Wire):
    """A named what-if; its plan is listed among the plans once it is promoted."""

    scenario_id: str
    name: str
    note: str
    plan_id: str
    base_plan_id: str | None
    changes: dict[str, Any]
    comparison: dict[str, Any]
    created_utc: UtcText
    created_by: str
    promoted_utc: UtcText | None
    promoted_by: str | None


class Scenarios(Wire):
    scenarios: list[Scenario]
    total: int
    next_offset: int | None
