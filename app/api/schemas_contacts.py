"""The wire models of booked contacts and blocked spans."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from app.api.schemas import Contact, Name, Order, UtcText, Wire


class Prediction(Wire):
    """What the newest elements say of a booked contact; its reserved window does not move."""

    aos_utc: UtcText | None
    los_utc: UtcText | None
    element_set_id: str | None
    timing_bound95_s: float | None = None
    shift_s: float | None = Field(description="How far the culmination moved since booking.")
    usable_s: float = Field(description="What remains of the contact.")
    uncovered_start_s: float | None = Field(None, description="Of its start no window covers this.")
    uncovered_end_s: float | None = Field(None, description="Of its end no window covers this.")
    reasons: list[str]
    conflicts_with: list[str]


class Reservation(Wire):
    """A booked contact, or a blocked span of an antenna.

    Of a contact of another owner only the antenna, the reserved window and the state are shown.
    """

    reservation_id: str = Field(examples=["contact-1f0c2b7a9d3e4f50"])
    kind: str = Field(examples=["contact"])
    state: str = Field(examples=["reserved"])
    conditions: list[str] = Field(default=[], examples=[["drifted"]])
    station_id: str
    antenna_id: str
    owner: str | None = None
    reserved_start_utc: UtcText
    reserved_end_utc: UtcText
    version: int
    created_utc: UtcText
    created_by: str | None = None
    plan_id: str | None = None
    pinned: bool | None = None
    note: str | None = None
    contact: Contact | None = None
    configuration_digest: str | None = Field(
        None,
        description="What it was booked under: GET /v1/configurations/{digest}. Its elements are "
        "those of the contact's element_set_id.",
    )
    prediction: Prediction | None = None


class Configuration(Wire):
    """The configuration files as they were when contacts were booked, word for word."""

    digest: str = Field(
        description="SHA-256 of both files' SHA-256, in hexadecimal one after the other."
    )
    stations_toml: str
    satellites_toml: str


class Reservations(Wire):
    reservations: list[Reservation]
    total: int
    next_offset: int | None


class ReservationEvent(Wire):
    """One recorded change of a reservation."""

    at_utc: UtcText
    who: str
    verb: str = Field(examples=["reserve"])
    source_state: str | None
    target_state: str
    why: str
    detail: dict[str, Any]


class ReservationEvents(Wire):
    events: list[ReservationEvent]


Confirmation = Annotated[
    str,
    Field(
        max_length=2_000,
        description="Who at the mission confirmed the change, and when: needed inside the "
        "service's command_lead_s, also of contacts that an emergency takes; it is recorded.",
    ),
]


class Reason(Order):
    """Why a person does it; it is kept with the change."""

    why: str = Field("", max_length=2_000)
    version: int | None = Field(
        None, description="Refuse with 409 when the contact is not at this version any more."
    )
    confirmation: Confirmation = ""


class BlockOrder(Order):
    """A span in which an antenna serves nobody."""

    station: Name
    antenna: Name
    start: Name = Field(examples=["2026-11-23T06:00:00Z"])
    end: Name = Field(examples=["2026-11-23T09:00:00Z"])
    why: str = Field("", max_length=2_000)


class KeyOrder(Order):
    """A key to be made."""

    name: Name = Field(examples=["Hainan operations desk"])
    role: str = Field(examples=["operator"], description="viewer, operator, scheduler or admin.")
    owner: str = Field("", max_length=100, description="Whose contacts it reaches; empty: all.")
    expires: str | None = Field(None, max_length=40, examples=["2027-01-01T00:00:00Z"])


class Key(Wire):
    """A key as it is kept: the key itself is shown only when it is made."""

    key_id: str
    name: str
    role: str
    owner: str
    created_utc: UtcText
    expires_utc: UtcText | None
    revoked_utc: UtcText | None


class NewKey(Key):
    key: str = Field(description="The key itself. It is shown this once and kept nowhere.")


class Keys(Wire):
    keys: list[Key]


class AvailablePass(Wire):
    """A contact that is free now, and the token that books it."""

    token: str = Field(description="Opaque; give it to POST /v1/contacts before it expires.")
    expires_utc: UtcText
    contact: Contact


class AvailablePasses(Wire):
    available: list[AvailablePass]
    total: int
    next_offset: int | None


Token = Annotated[str, Field(min_length=1, max_length=8_000)]


class ReserveOrder(Order):
    """What to book, as GET /v1/available-passes offered it."""

    token: Token
    why: str = Field("", max_length=2_000)
    override: str = Field(
        "",
        max_length=2_000,
        description="Reason for booking a contact from expired elements; it is recorded.",
    )
    confirmation: Confirmation = ""
    emergency: str = Field(
        "",
        max_length=2_000,
        description="Reason for booking over reserved contacts: they are cancelled, their owners "
        "told. Who may: settings preempt_role and preempt_owners.",
    )


class Booking(Reservation):
    """A new booking, and the contacts that an emergency cancelled for it."""

    preempted: list[str] = Field([], description="Ids of the contacts that had to go.")


class ExtendOrder(Reason):
    """New ends of a contact, outwards, within what the antenna can use of the pass."""

    start: str | None = Field(None, max_length=64, examples=["2026-11-23T06:00:00Z"])
    end: str | None = Field(None, max_length=64, examples=["2026-11-23T06:09:30Z"])


class AdvanceOrder(Reason):
    """The next step of a contact's execution."""

    verb: Literal["prepare", "start", "stop", "complete", "fail", "miss"]


class MoveOrder(Reason):
    """The time a contact is to have instead."""

    token: Token


class PinOrder(Reason):
    """Whether re-plans leave the contact alone."""

    pinned: bool = True


class AuditEntry(Wire):
    """One act of a person or of the service."""

    entry_id: int
    at_utc: UtcText
    who: str
    action: str = Field(examples=["contact.reserve"])
    subject: str = Field(description="Id of the contact, plan, key, source it is about.")
    owner: str = Field(description="Whom it concerns; empty: everybody.")
    detail: dict[str, Any]


class AuditEntries(Wire):
    entries: list[AuditEntry]
    total: int
    next_offset: int | None
