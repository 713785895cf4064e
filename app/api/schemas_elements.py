"""The wire models of element sets and their sources."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from app.api.schemas import Name, UtcText, Wire


class ElementSet(Wire):
    """One element set with its origin and the verdict on it."""

    element_set_id: str
    fingerprint: str
    satellite_id: str | None = Field(description="Given to this satellite of ours by hand.")
    name: str
    norad_cat_id: int | None
    object_id: str
    epoch_utc: UtcText
    mean_motion_rev_day: float
    eccentricity: float
    inclination_deg: float
    raan_deg: float
    arg_perigee_deg: float
    mean_anomaly_deg: float
    bstar: float
    source: str
    received_utc: UtcText = Field(description="When it first reached us.")
    verdict: Literal["accepted", "flagged", "quarantined", "rejected"]
    verdict_reasons: list[str]
    verdict_text: str


class ElementSets(Wire):
    element_sets: list[ElementSet]
    total: int
    next_offset: int | None


class ElementUpload(BaseModel):
    """Element sets as text."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "examples": [{"text": "NAME\n1 25994U ...\n2 25994 ...", "satellite": "terra"}]
        },
    )

    text: str = Field(min_length=1, max_length=1_000_000)
    satellite: Name | None = Field(None, description="Id of the satellite they are given to.")
    file_name: str = Field("", max_length=200, description="Helps to name the source.")


class ElementRefusal(Wire):
    line: int | None
    name: str
    norad_cat_id: int | None
    field: str
    reason: str


class EphemerisSpan(Wire):
    """An orbit ephemeris message that was taken, and the span that it serves."""

    object_name: str
    object_id: str
    valid_from_utc: UtcText
    valid_to_utc: UtcText


class ElementUploadResult(Wire):
    new_count: int
    element_sets: list[ElementSet]
    refused: list[ElementRefusal]
    ephemerides: list[EphemerisSpan] = Field([])


class Decision(BaseModel):
    """Why a person decided so."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    why: str = Field(min_length=1, max_length=2_000, examples=["confirmed by the operator"])


class SourceQuery(Wire):
    key: str = Field(examples=["group=resource"])
    last_attempt_utc: UtcText | None
    last_success_utc: UtcText | None
    last_status: str
    last_reason: str
    set_count: int | None


class Source(Wire):
    source: str = Field(examples=["celestrak"])
    blocked_utc: UtcText | None = Field(description="It waits for a person since then.")
    blocked_reason: str
    queries: list[SourceQuery]


class Sources(Wire):
    sources: list[Source]


class Alert(Wire):
    alert_id: int
    source: str
    subject: str
    tag: str
    text: str
    norad_cat_id: int | None
    raised_utc: UtcText
    last_seen_utc: UtcText


class Alerts(Wire):
    alerts: list[Alert]
    total: int
    next_offset: int | None
