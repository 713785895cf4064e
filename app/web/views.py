"""What each page shows, as plain rows: no markup here, no computation in the templates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.settings import Configuration
from app.web.words import Translations
from scheduler.plan import Contact, ContactPlan, NotTaken
from scheduler.satellites import ElementLimits, Satellite
from scheduler.stations import Antenna, Provenance, Station
from tle.elements import ElementSet
from tle.freshness import grade
from tle.timebase import DAY_S, from_unix_s

_TRUSTED = ("sourced", "computed")


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
    timing_bound95_s: float | None


@dataclass(frozen=True, slots=True)
class SkippedRow:
    """One pass that was not taken."""

    name: str
    aos_utc: datetime
    reason: str
    why: str


@dataclass(frozen=True, slots=True)
class ElementRow:
    """The newest element set of one satellite; all None when there is none."""

    name: str
    norad_cat_id: int | None
    epoch_utc: datetime | None = None
    age_days: float | None = None
    grade: str | None = None
    received_utc: datetime | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One configured figure with its unit, and how far it may be trusted."""

    name: str
    value: str
    trust: str
    origin: str


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


def list_next_contacts(
    plan: ContactPlan, station_id: str, configuration: Configuration, now_unix_s: float
) -> list[ContactRow]:
    """List the contacts of a station that have not ended, next first."""
    satellites = {each.id: each for each in configuration.satellites}
    waiting = [
        each
        for each in plan.contacts
        if each.station_id == station_id and each.end_unix_s > now_unix_s
    ]
    return [
        _contact_row(each, satellites.get(each.satellite_id), now_unix_s)
        for each in sorted(waiting, key=lambda each: (each.start_unix_s, each.contact_id))
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


def list_elements(
    satellites: Iterable[Satellite], newest: Mapping[str, ElementSet], now_utc: datetime
) -> list[ElementRow]:
    """List the served satellites with their newest element set, the oldest first."""
    rows = []
    for satellite in satellites:
        elements = newest.get(satellite.id)
        if elements is None:
            rows.append(ElementRow(satellite.name, satellite.norad_cat_id))
            continue
        rows.append(
            ElementRow(
                name=satellite.name,
                norad_cat_id=satellite.norad_cat_id,
                epoch_utc=elements.epoch_utc,
                age_days=(now_utc - elements.epoch_utc).total_seconds() / DAY_S,
                grade=grade(elements, now_utc, satellite.element_limits),
                received_utc=elements.received_utc,
                source=elements.source,
            )
        )
    return sorted(rows, key=lambda row: (row.epoch_utc is not None, -(row.age_days or 0), row.name))


def list_settings(
    subject: Station | Antenna,
    fields: Sequence[tuple[str, str, str]],
    confidence: Mapping[str, str],
) -> list[SettingRow]:
    """List configured figures; ``fields`` are (attribute, name in words, unit)."""
    rows = []
    for attribute, name, unit in fields:
        provenance = find_provenance(subject.provenance, attribute)
        rows.append(
            SettingRow(
                name=name,
                value=_write_value(getattr(subject, attribute), unit),
                trust=confidence[provenance.confidence] if provenance else "",
                origin="; ".join(filter(None, (provenance.source, provenance.note)))
                if provenance
                else "",
            )
        )
    return rows


def find_provenance(provenance: Mapping[str, Provenance], key: str) -> Provenance | None:
    """Find what is said of a figure: under its own key, or under one that holds for several."""
    return provenance.get(key)


def is_assumed(provenance: Provenance | None) -> bool:
    """Tell whether a figure has to be marked: neither sourced nor computed from what is."""
    return provenance is not None and provenance.confidence not in _TRUSTED


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
            "Times may be wrong by up to %(bound).0f s (95 %% bound of the worst)."
        ) % {"bound": max(bounds)}
    return (
        text
        + " "
        + translations.gettext(
            "Contacts from expired elements are provisional. Refresh with: aspan refresh"
        )
    )


def _contact_row(each: Contact, satellite: Satellite | None, now_unix_s: float) -> ContactRow:
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
        timing_bound95_s=each.timing_bound95_s,
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


def _write_value(value: Any, unit: str) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(_write_value(item, unit) for item in value)
    if isinstance(value, float):
        scale, shown = (1e6, "MHz") if unit == "Hz" else (1.0, unit)
        return f"{value / scale:.10g} {shown}".strip()
    return f"{value} {unit}".strip()
