"""The wire models: what HTTP says, apart from what the store and the planner keep."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

UtcText = Annotated[
    str,
    WithJsonSchema(
        {"type": "string", "format": "date-time", "examples": ["2026-09-06T12:00:00.000Z"]}
    ),
]
MAX_NAMES = 1_000
MAX_NAME_LENGTH = 200
Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME_LENGTH)]


class Wire(BaseModel):
    """Base of all wire models: readers ignore unknown fields, we write no unknown ones."""

    model_config = ConfigDict(frozen=True, ser_json_inf_nan="null")


class Order(Wire):
    """Base of what callers send: an unknown field is refused, it may be a slip for one we know."""

    model_config = ConfigDict(extra="forbid")


class Provenance(Wire):
    confidence: str = Field(examples=["assumption"])
    source: str = ""
    note: str = ""


class Antenna(Wire):
    id: str = Field(examples=["antenna-1"])
    name: str
    mount: str
    dish_diameter_m: float
    tracking_floor_deg: float = Field(description="Lowest elevation the antenna may point to.")
    min_culmination_deg: float = Field(description="Passes that stay below get no contact.")
    receive_bands_hz: list[tuple[float, float]]
    azimuth_rate_deg_s: float
    elevation_rate_deg_s: float
    setup_s: float
    teardown_s: float
    min_contact_s: float
    provenance: dict[str, Provenance]


class HorizonMask(Wire):
    azimuth_deg: list[float]
    elevation_deg: list[float]


class Station(Wire):
    id: str = Field(examples=["kaznu"])
    name: str = Field(examples=["Al-Farabi KazNU, Almaty"])
    latitude_deg: float = Field(examples=[43.2235])
    longitude_deg: float = Field(examples=[76.9225])
    altitude_m: float = Field(examples=[910.0])
    time_zone: str = Field(examples=["Asia/Almaty"])
    enabled: bool
    horizon_mask: HorizonMask | None
    antennas: list[Antenna]
    provenance: dict[str, Provenance]


class Stations(Wire):
    stations: list[Station]
    total: int
    next_offset: int | None = Field(description="Where the next page starts; null: the last page.")


class Service(Wire):
    id: str
    name: str
    access: Literal["open", "agreement", "none"]
    centre_hz: float | None
    rate_bps: float | None
    rate_by_elevation: list[tuple[float, float]] = Field(
        [], description="Instead of a constant rate: from so many degrees on, bit/s."
    )
    polarisation: str | None
    provenance: dict[str, Provenance]


class Elements(Wire):
    """The element set that serves now, and how old it is."""

    element_set_id: str
    epoch_utc: UtcText
    age_s: float = Field(description="Now minus epoch.")
    grade: Literal["fresh", "ageing", "stale", "expired"]
    source: str
    received_utc: UtcText
    orbit_status: Literal["steady", "manoeuvred", "decaying", "lost"] = "steady"
    orbit_note: str = ""


class Satellite(Wire):
    id: str = Field(examples=["kazeosat-1"])
    name: str
    norad_cat_id: int | None = Field(examples=[39731])
    object_id: str
    owner: str
    operator: str
    priority: float = Field(description="Higher is more important.")
    served: bool
    not_served_reason: str
    not_served_note: str
    services: list[Service]
    elements: Elements | None = Field(description="null: no element set is known.")


class Satellites(Wire):
    satellites: list[Satellite]
    total: int
    next_offset: int | None


class Interruption(Wire):
    reason: str
    limit_value: float | None
    limit_unit: str
    start_utc: UtcText
    end_utc: UtcText


class FrequencyConjunction(Wire):
    """Another satellite on the same frequency within two beamwidths."""

    satellite_id: str
    start_utc: UtcText
    end_utc: UtcText
    least_separation_deg: float
    limit_deg: float = Field(description="Two beamwidths.")


class Window(Wire):
    model_config = ConfigDict(frozen=True, extra="allow")

    antenna_id: str
    start_utc: UtcText
    end_utc: UtcText
    frequency_conjunctions: list[FrequencyConjunction] = []
    interruptions: list[Interruption]


class Cut(Wire):
    model_config = ConfigDict(frozen=True, extra="allow")

    antenna_id: str
    reason: str = Field(examples=["below_horizon_mask"])
    limit_value: float | None
    limit_unit: str
    start_utc: UtcText
    end_utc: UtcText


class Pass(Wire):
    """One pass: AOS and LOS cross the flat tracking floor; windows are what an antenna can use."""

    model_config = ConfigDict(frozen=True, extra="allow")

    pass_id: str
    satellite_id: str = Field(examples=["kazeosat-1"])
    name: str
    norad_cat_id: int | None
    station_id: str
    aos_utc: UtcText
    tca_utc: UtcText
    culmination_utc: UtcText
    los_utc: UtcText
    duration_s: float
    max_elevation_deg: float
    aos_azimuth_deg: float
    culmination_azimuth_deg: float
    los_azimuth_deg: float
    starts_before_span: bool
    ends_after_span: bool
    orbit_number: int | None
    element_set_id: str
    element_epoch_utc: UtcText
    element_age_s: float = Field(description="AOS minus epoch; may be negative.")
    element_grade: str
    sun_elevation_deg: float | None = Field(
        None, description="At the station, at culmination; null unless asked by a light filter."
    )
    sunlit: bool | None = Field(
        None, description="The satellite, at culmination; null unless asked by a light filter."
    )
    windows: list[Window]
    cuts: list[Cut]


class Answer(Wire):
    """A result that is not a pass: never visible, always visible, decayed, no elements."""

    satellite_id: str
    station_id: str | None
    kind: str
    detail: str


class Passes(Wire):
    passes: list[Pass]
    answers: list[Answer]
    total: int
    next_offset: int | None


class Contact(Wire):
    model_config = ConfigDict(frozen=True, extra="allow")

    contact_id: str
    pass_id: str
    satellite_id: str
    satellite_name: str
    norad_cat_id: int | None
    owner: str
    station_id: str
    antenna_id: str
    service: str
    reserved_start_utc: UtcText = Field(description="Start of the setup.")
    start_utc: UtcText
    end_utc: UtcText
    reserved_end_utc: UtcText = Field(description="End of the teardown.")
    aos_utc: UtcText
    los_utc: UtcText
    max_elevation_deg: float = Field(description="Within the contact.")
    start_azimuth_deg: float
    end_azimuth_deg: float
    expected_bytes: float | None
    tentative: bool = Field(description="The satellite transmits only if its owner commands it.")
    provisional: bool = Field(description="Rests on expired elements: not to be published.")
    element_set_id: str
    element_age_s: float
    frequency_conjunctions: list[FrequencyConjunction] | None = Field(
        None, description="Who shares beam and frequency; told with plans, null elsewhere."
    )


class Contacts(Wire):
    contacts: list[Contact]
    total: int
    next_offset: int | None


class NotTaken(Wire):
    model_config = ConfigDict(frozen=True, extra="allow")

    pass_id: str
    satellite_id: str
    satellite_name: str
    norad_cat_id: int | None
    station_id: str
    aos_utc: UtcText
    los_utc: UtcText
    reason: str = Field(examples=["beaten_by"])
    beaten_by: list[str]


class PlanOrder(BaseModel):
    """What to plan: the same words as on the command line."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "station": ["kaznu"],
                    "start": "2026-09-06T12:00:00Z",
                    "days": 7,
                    "solver": "ilp",
                    "time_limit": 60,
                    "seed": 1,
                }
            ]
        },
    )

    station: list[Name] = Field([], max_length=MAX_NAMES, description="Ids; none: all enabled.")
    satellite: list[Name] = Field(
        [], max_length=MAX_NAMES, description="Ids or catalogue numbers; none: all served."
    )
    start: str | None = Field(None, max_length=64, description="ISO-8601 with offset; null: now.")
    end: str | None = Field(None, max_length=64, description="ISO-8601 with offset.")
    days: float | None = Field(None, gt=0, allow_inf_nan=False, description="Instead of end.")
    min_elevation: float | None = Field(
        None, ge=-10, lt=90, allow_inf_nan=False, description="Tracking floor, in degrees."
    )
    no_mask: bool = Field(False, description="Leave the horizon mask out.")
    solver: str = Field("ilp", max_length=40)
    time_limit: float = Field(
        60.0, gt=0, le=3600, allow_inf_nan=False, description="Wall time, in seconds."
    )
    seed: int = Field(1, ge=0, lt=2**31)
    requests: list[dict[str, Any]] = Field(
        [],
        max_length=MAX_NAMES,
        description="One-off goals, in the form of the standing ones of satellites.toml, with "
        "`id` and `satellites`.",
    )
    pins: list[Name] = Field(
        [], max_length=MAX_NAMES, description="Passes or contacts that the plan must hold."
    )
    forbids: list[Name] = Field(
        [], max_length=MAX_NAMES, description="Passes or contacts that it must not hold."
    )
    previous: Name | None = Field(None, description="Id of the plan that this one replaces.")
    freeze: float = Field(
        0.0,
        ge=0,
        le=366 * 86_400,
        allow_inf_nan=False,
        description="Contacts of the previous plan that start sooner are held, in seconds.",
    )
    change_price: float = Field(
        0.0,
        ge=0,
        le=1e9,
        allow_inf_nan=False,
        description="What each change against the previous plan costs, in units of the objective.",
    )


class JobError(Wire):
    reason: str
    detail: str


class JobResult(Wire):
    model_config = ConfigDict(frozen=True, extra="allow")

    url: str = Field(examples=["/v1/plans/plan-0f3c"])


class Job(Wire):
    job_id: str
    kind: str = Field(examples=["plan"])
    state: Literal["queued", "running", "succeeded", "failed"]
    progress: float = Field(ge=0, le=1)
    activity: str = Field(description="What it does now, for people.")
    created_utc: UtcText
    started_utc: UtcText | None
    finished_utc: UtcText | None
    result: JobResult | None
    error: JobError | None


class Jobs(Wire):
    jobs: list[Job]
    total: int
    next_offset: int | None


class Health(Wire):
    status: Literal["ok"]
    version: str


class Readiness(Wire):
    status: Literal["ready", "not ready"]
    checks: dict[str, str]


class Problem(Wire):
    """RFC 9457 problem document."""

    model_config = ConfigDict(frozen=True, extra="allow")

    type: str = Field(examples=["urn:aspan:problem:bad-input"])
    title: str
    status: int
    detail: str
