"""The wire models of events, webhooks, calendar feeds and imports."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from app.api.schemas import Name, Order, UtcText, Wire

Kind = Annotated[str, Field(max_length=20, examples=["drift"])]


class Event(Wire):
    """Something that happened. ``event_id`` grows; the next page is ``after`` the last one."""

    event_id: int
    at_utc: UtcText
    kind: str = Field(examples=["drift"], description="See docs/events.md.")
    subject: str = Field(examples=["contact-1f0c2b7a9d3e4f50"])
    station_id: str | None
    antenna_id: str | None
    satellite_id: str | None
    owner: str
    data: dict[str, Any]


class Events(Wire):
    events: list[Event]
    next_after: int = Field(description="Give it as after to read on.")


class WebhookOrder(Order):
    """Where events are to be sent."""

    url: str = Field(max_length=2_000, examples=["https://ops.example.org/aspan"])
    kinds: list[Kind] = Field([], max_length=20, description="Empty: every kind.")
    stations: list[Name] = Field([], max_length=100, description="Empty: every station.")


class Webhook(Wire):
    """A webhook as it is kept; its secret is shown only when it is made."""

    webhook_id: str
    url: str
    kinds: list[str]
    stations: list[str]
    owner: str
    state: str = Field(description="enabled or disabled")
    reason: str
    failure_count: int = Field(description="Attempts without an answer, in a row.")
    paused_until_utc: UtcText | None
    created_utc: UtcText
    created_by: str


class NewWebhook(Webhook):
    secret: str = Field(description="Signs what is sent; keep it, it is not shown again.")


class Webhooks(Wire):
    webhooks: list[Webhook]


class WebhookState(Order):
    state: str = Field(examples=["enabled"], description="enabled or disabled")
    why: str = Field("", max_length=2_000)


class Delivery(Wire):
    """One event for one webhook, and how far it is."""

    event_id: int
    state: str = Field(description="waiting, delivered or dead")
    attempt_count: int
    next_attempt_utc: UtcText
    last_status: int | None
    last_reason: str
    finished_utc: UtcText | None


class Deliveries(Wire):
    deliveries: list[Delivery]
    total: int
    next_offset: int | None


class ReplayOrder(Order):
    events: list[Annotated[int, Field(ge=1, lt=2**63)]] = Field(
        [], max_length=1_000, description="Empty: all that died."
    )


class Replayed(Wire):
    count: int


class TestResult(Wire):
    """What came back from a test event, sent at once."""

    delivered: bool
    status: int | None
    reason: str


class FeedOrder(Order):
    """A calendar that programs subscribe to. Empty lists: all that you may see."""

    name: Name = Field(examples=["Almaty shift calendar"])
    stations: list[Name] = Field([], max_length=100)
    satellites: list[Name] = Field([], max_length=100)
    owners: list[Name] = Field([], max_length=100)
    reminder_s: float | None = Field(
        None, ge=0, le=604_800, allow_inf_nan=False, description="Reminder before the setup."
    )


class Feed(Wire):
    """A feed as it is kept; its address is shown only when it is made."""

    feed_id: str
    name: str
    owner: str
    stations: list[str]
    satellites: list[str]
    owners: list[str]
    reminder_s: float | None
    created_utc: UtcText
    created_by: str


class NewFeed(Feed):
    path: str = Field(
        description="Path of the calendar on this service; who has it can read the calendar."
    )


class Feeds(Wire):
    feeds: list[Feed]


class ImportLine(Wire):
    """What became of one line of an import."""

    line: int
    entry: str
    verdict: str = Field(description="book, unchanged, skip or refuse")
    reason: str
    reservation_id: str | None = None


class ImportReport(Wire):
    """All or nothing: with one refused line nothing is booked."""

    booked: bool
    dry_run: bool
    counts: dict[str, int]
    lines: list[ImportLine]
