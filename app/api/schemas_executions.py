"""The wire models of what really happened: reports, availability, lockouts."""

from __future__ import annotations

from pydantic import Field

from app.api.schemas import Name, Order, UtcText, Wire

_COUNT = 2**62
InstantText = Field(None, max_length=40, examples=["2026-09-06T12:01:30Z"])


class DriveInterruption(Wire):
    """A span in which the antenna was not under control."""

    start_utc: UtcText
    end_utc: UtcText
    reason: str = Field(examples=["rotator_lost"])


class Tracking(Wire):
    """How well the antenna followed, as measured from its own positions; angles on the sky."""

    rate_hz: float
    samples: int
    max_error_deg: float | None = Field(description="From the first sample on target on.")
    rms_error_deg: float | None
    beam_limit_deg: float = Field(description="Half a beam: beyond it is off target.")
    on_target_s: float
    max_lag_deg: float = Field(description="What the rates and limits of the mount alone cost.")
    interruptions: list[DriveInterruption]
    stowed: bool


class Execution(Wire):
    """What was reported of a contact. null: nobody said. Completed is not received."""

    reservation_id: str
    element_set_id: str | None = Field(description="Frozen when setup started.")
    actual_start_utc: UtcText | None
    actual_stop_utc: UtcText | None
    actual_aos_utc: UtcText | None = Field(description="When the signal came.")
    predicted_aos_utc: UtcText | None
    timing_error_s: float | None = Field(description="Actual minus predicted AOS.")
    received_bytes: int | None
    received_frames: int | None
    lost_frames: int | None
    quality: float | None = Field(description="0 to 1, as the receiver grades it.")
    data_outcome: str = Field(description="unknown, received, partial or nothing.")
    cause: str = Field(description="Of loss; empty: nothing was lost, or nobody said.")
    note: str
    tracking: Tracking | None
    version: int = Field(description="0: nothing was reported.")
    reported_utc: UtcText | None
    reported_by: str


class ExecutionReport(Order):
    """What somebody says of a contact; fields that are not given stay as they are."""

    state: str = Field("", max_length=20, description="completed or failed; empty: unchanged.")
    actual_start: str | None = InstantText
    actual_stop: str | None = InstantText
    actual_aos: str | None = InstantText
    received_bytes: int | None = Field(None, ge=0, le=_COUNT)
    received_frames: int | None = Field(None, ge=0, le=_COUNT)
    lost_frames: int | None = Field(None, ge=0, le=_COUNT)
    quality: float | None = Field(None, ge=0.0, le=1.0)
    data_outcome: str = Field("", max_length=20)
    cause: str = Field("", max_length=40, examples=["satellite_silent"])
    note: str = Field("", max_length=2_000)
    why: str = Field("", max_length=2_000)


class ExecutionUpload(Order):
    """Reports of many contacts as CSV; all are kept or none."""

    text: str = Field(
        min_length=1,
        max_length=8_000_000,
        examples=["contact_id,state,received_bytes\ncontact-1f0c2b7a9d3e4f50,completed,1200000"],
    )
    why: str = Field("", max_length=2_000)


class ExecutionUploadResult(Wire):
    kept: int
    contact_ids: list[str]


class Availability(Wire):
    """Executed and lost contact time of one station, antenna, satellite, owner or cause."""

    key: str
    executed: int
    lost: int
    pending: int
    cancelled: int
    promised_s: float
    executed_s: float
    lost_s: float
    availability: float | None = Field(description="Executed over promised; null: nothing ended.")
    lost_by_cause_s: dict[str, float]
    lost_by_side_s: dict[str, float]
    data_outcomes: dict[str, int]
    expected_bytes: float
    received_bytes: int


class Availabilities(Wire):
    by: str
    availability: list[Availability]


class TimingCheck(Wire):
    """Reported against predicted AOS of one satellite; positive: it came later."""

    satellite_id: str
    count: int
    mean_s: float
    rms_s: float
    largest_s: float
    outside: int = Field(description="How many errors lie beyond their 95 % bound.")
    verdict: str = Field(description="too_few, holds or bound_too_small.")


class TimingChecks(Wire):
    checks: list[TimingCheck]


class LockoutOrder(Order):
    """An antenna that nobody may drive, and why."""

    station: Name
    antenna: Name
    why: str = Field(min_length=1, max_length=2_000, examples=["people at the dish"])


class Lockout(Wire):
    station_id: str
    antenna_id: str
    locked_utc: UtcText | None = Field(description="null: not locked.")
    locked_by: str
    locked_why: str
    driver: str = Field(description="Who drives it now; empty: nobody.")


class Lockouts(Wire):
    lockouts: list[Lockout]
