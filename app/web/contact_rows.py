"""A plan's contacts and losers as plain rows: no markup here, no computation in templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.settings import Configuration
from app.store.reservation_rows import Reservation
from app.web.provenance import find_provenance, is_assumed
from app.web.words import Translations
from scheduler.plan import Contact, ContactPlan, NotTaken, is_same_pass
from scheduler.satellites import ElementLimits, Satellite
from tle.timebase import DAY_S, from_unix_s


@dataclass(frozen=True, slots=True)
class PlanHead:
    """The plan in one line."""

    plan_id: str
    start_utc: datetime
    end_utc: datetime
    contact_count: int
    minutes: float
    solver: str
    status: str
    gap: float | None


@dataclass(frozen=True, slots=True)
class ContactRow:
    """One contact as a table row; ``gigabytes`` is None when the rate is not known."""

    name: str
    start_utc: datetime
    end_utc: datetime
    minutes: float
    max_elevation_deg: float
    antenna_id: str
    service: str
    owner: str
    gigabytes: float | None
    rate_assumed: bool
    element_age_days: float
    grade: str
    tentative: bool
    provisional: bool
    uncertain: bool
    state: str
    conditions: tuple[str, ...]
    pinned: bool
    contact_id: str
    timing_bound95_s: float | None
    shift_s: float | None

    @property
    def day(self) -> date:
        """The calendar day (UTC) on which it starts."""
        return self.start_utc.date()


@dataclass(frozen=True, slots=True)
class SkippedRow:
    """One pass that was not taken."""

    name: str
    aos_utc: datetime
    reason: str
    why: str


def summarise(plan: ContactPlan) -> PlanHead:
    """Return the head line of a plan."""
    return PlanHead(
        plan_id=plan.plan_id,
        start_utc=from_unix_s(plan.start_unix_s),
        end_utc=from_unix_s(plan.end_unix_s),
        contact_count=len(plan.contacts),
        minutes=sum(each.end_unix_s - each.start_unix_s for each in plan.contacts) / 60.0,
        solver=plan.solver,
        status=plan.status,
        gap=plan.gap,
    )


def list_contacts(
    plan: ContactPlan | None,
    booked: Sequence[Reservation],
    station_id: str,
    configuration: Configuration,
    now_unix_s: float,
) -> list[ContactRow]:
    """List the booked and the planned contacts of a station that have not ended, next first.

    A planned contact of a pass that is booked is left out: the booked one is what holds.
    """
    satellites = {each.id: each for each in configuration.satellites}
    held = [(item.contact, item) for item in booked if item.contact is not None]
    waiting: list[tuple[Contact, Reservation | None]] = list(held)
    for each in plan.contacts if plan else ():
        if each.station_id == station_id and not any(is_same_pass(each, one) for one, _ in held):
            waiting.append((each, None))
    return [
        _contact_row(each, item, satellites.get(each.satellite_id), now_unix_s)
        for each, item in sorted(waiting, key=lambda pair: pair[0].start_unix_s)
        if each.end_unix_s > now_unix_s
    ]


def list_skipped(
    plan: ContactPlan,
    station_id: str,
    configuration: Configuration,
    reasons: Mapping[str, str],
) -> list[SkippedRow]:
    """List the passes of a station that were not taken, each with its reason in words."""
    names = {each.id: each.name for each in configuration.satellites}
    contacts = {each.contact_id: each for each in plan.contacts}
    return [
        SkippedRow(
            name=names.get(each.satellite_id, each.satellite_id),
            aos_utc=from_unix_s(each.aos_unix_s),
            reason=each.reason,
            why=_explain(each, contacts, names, reasons),
        )
        for each in sorted(plan.not_taken, key=lambda each: (each.aos_unix_s, each.pass_id))
        if each.station_id == station_id
    ]


def warn_of_old_elements(rows: Sequence[ContactRow], translations: Translations) -> str:
    """Say how old the elements are and how wrong the times must be expected; empty when fresh."""
    old = [row for row in rows if row.grade in ("stale", "expired")]
    if not old:
        return ""
    oldest = max(row.element_age_days for row in old)
    text = translations.ngettext(
        "%(num)d coming contact rests on old elements, up to %(days).0f days old.",
        "%(num)d coming contacts rest on old elements, up to %(days).0f days old.",
        len(old),
    ) % {"num": len(old), "days": oldest}
    bounds = [row.timing_bound95_s for row in old if row.timing_bound95_s is not None]
    if bounds:
        text += " " + translations.gettext(
            "Times may be wrong by up to %(bound).0f s (95\u00a0%% bound of the worst)."
        ) % {"bound": max(bounds)}
    return (
        text
        + " "
        + translations.gettext(
            "Contacts from expired elements are provisional. Refresh with: aspan refresh"
        )
    )


def _contact_row(
    each: Contact, item: Reservation | None, satellite: Satellite | None, now_unix_s: float
) -> ContactRow:
    epoch_unix_s = each.aos_unix_s - each.element_age_s
    age_s = now_unix_s - epoch_unix_s
    services = satellite.services if satellite else ()
    service = next((item for item in services if item.id == each.service), None)
    limits = satellite.element_limits if satellite else ElementLimits()
    return ContactRow(
        name=satellite.name if satellite else each.satellite_id,
        start_utc=from_unix_s(each.start_unix_s),
        end_utc=from_unix_s(each.end_unix_s),
        minutes=(each.end_unix_s - each.start_unix_s) / 60.0,
        max_elevation_deg=each.max_elevation_deg,
        antenna_id=each.antenna_id,
        service=service.name if service else each.service,
        owner=each.owner,
        gigabytes=None if each.expected_bytes is None else each.expected_bytes / 1e9,
        rate_assumed=service is not None
        and is_assumed(find_provenance(service.provenance, "rate_bps")),
        element_age_days=each.element_age_s / DAY_S,
        grade=_grade_age(age_s, limits),
        tentative=each.tentative,
        provisional=each.provisional,
        uncertain=each.uncertain,
        state=item.state if item else "planned",
        conditions=tuple(c for c in item.conditions if c in ("drifted", "conflicting"))
        if item
        else (),
        pinned=item.pinned if item else False,
        contact_id=item.reservation_id if item else each.contact_id,
        timing_bound95_s=each.timing_bound95_s,
        shift_s=item.prediction.get("shift_s") if item and item.prediction else None,
    )


def _grade_age(age_s: float, limits: ElementLimits) -> str:
    if age_s >= limits.expired_s:
        return "expired"
    if age_s >= limits.stale_s:
        return "stale"
    return "ageing" if age_s >= limits.ageing_s else "fresh"


def _explain(
    each: NotTaken,
    contacts: Mapping[str, Contact],
    names: Mapping[str, str],
    reasons: Mapping[str, str],
) -> str:
    said = reasons.get(each.reason, each.reason)
    winners = [
        f"{names.get(contact.satellite_id, contact.satellite_id)} "
        f"{from_unix_s(contact.start_unix_s):%H:%M} UTC"
        for contact in (contacts.get(name) for name in each.beaten_by)
        if contact is not None
    ]
    return f"{said}: {', '.join(winners)}" if winners else said
