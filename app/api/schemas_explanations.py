"""The wire models of explanations, of fairness, and of what limits a plan."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field

from app.api.schemas import UtcText, Wire


class ContactSpan(Wire):
    """A contact in the way or changed by a price; the ids are missing where they are not yours."""

    model_config = ConfigDict(frozen=True, extra="allow")

    start_utc: UtcText
    end_utc: UtcText


class Winner(ContactSpan):
    antenna_id: str
    standing: Literal["held", "higher_priority", "same_priority", "lower_priority"]


class Price(Wire):
    """The best plan with the opposite decision, against the plan: solved again, not guessed."""

    loss: float | None = Field(description="In the plan's value unit; null: no plan can do it.")
    loss_at_least: float | None = Field(description="No plan does better than this.")
    is_proven: bool
    reason: str
    elapsed_s: float
    dropped: list[ContactSpan]
    added: list[ContactSpan]
    moved: list[ContactSpan]


class Alternative(Wire):
    kind: Literal["rest_of_pass", "other_pass", "own_contact"]
    candidate_id: str
    pass_id: str
    antennas: list[str]
    start_utc: UtcText
    end_utc: UtcText
    loss: float
    needs_trim: bool = Field(description="Only if the service could be trimmed.")
    price: Price | None


class Explanation(Wire):
    """What became of one candidate, or of one pass that never became one.

    Of another owner's, a reader with a key bound to an owner gets when, where and why only.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    station_id: str
    aos_utc: UtcText
    los_utc: UtcText
    start_utc: UtcText | None
    end_utc: UtcText | None
    reason: str = Field(examples=["beaten_by"], description="`taken` or a reason tag.")
    is_taken: bool
    is_hidden: bool
    candidate_id: str | None = None
    pass_id: str | None = None
    contact_id: str | None = None
    satellite_id: str | None = None
    satellite_name: str | None = None
    owner: str | None = None
    value: float | None = None
    own_value: float | None = None
    winners: list[Winner] = Field(default_factory=list)
    limit: str = ""
    cut_by: str = Field("", description="The constraint that took most of the pass.")
    bound_value: float | None = None
    bound_unit: str = ""
    contributions: list[dict[str, Any]] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list)
    price: Price | None = None
    alternatives: list[Alternative] = Field(default_factory=list)
    sentences: list[str] = Field(default_factory=list)


class Conservation(Wire):
    candidates: int
    contacts: int
    reasons: int
    refused_passes: int
    is_balanced: bool


class Explanations(Wire):
    version: int = Field(description="Of the tags and fields.")
    plan_id: str
    conservation: Conservation
    explanations: list[Explanation]
    total: int
    next_offset: int | None


class PassExplanations(Wire):
    """All candidates that one name means, with prices."""

    version: int
    plan_id: str
    value_unit: str
    explanations: list[Explanation]


class Fairness(Wire):
    """Goals and owners, the worst served first."""

    plan_id: str
    goals: list[dict[str, Any]]
    owners: list[dict[str, Any]]
    hidden_goals: int
    hidden_owners: int


class LimitingResource(Wire):
    """What limits a plan: ``scarcity`` by the prices of the LP, ``worth`` by solving again."""

    plan_id: str
    sentence: str
    worth: dict[str, Any] | None
    scarcity: list[dict[str, Any]]
