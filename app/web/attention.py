"""What needs a person: contacts lost, drifted or conflicting, old elements, sources, quarantine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.application import Application
from app.services.contacts import contact_of
from app.store.reservation_rows import Reservation
from app.web.formatting import format_day_clock
from app.web.words import Translations
from scheduler.satellites import Satellite
from tle.timebase import from_unix_s


@dataclass(frozen=True, slots=True)
class Attention:
    """One line of the summary: how many of what, in words, and where to see to it."""

    tag: str
    count: int
    text: str
    path: str


def find_attention(
    application: Application,
    translations: Translations,
    booked: Sequence[Reservation],
    cancelled: Sequence[Reservation],
    now_utc: datetime,
    link_to: Callable[[Reservation], str],
) -> list[Attention]:
    """List what waits for a person, the most urgent first; empty when nothing does.

    ``booked`` and ``cancelled`` are coming contacts that the visitor may see; ``link_to`` gives the
    address that shows one, or its time. A line leads to the first of its kind.
    """
    lines = (
        *_list_lost(application, translations, cancelled, link_to),
        *_list_disturbed(translations, booked, link_to),
        *_list_elements(application, translations, now_utc),
    )
    return [line for line in lines if line.count]


def _list_lost(
    application: Application,
    translations: Translations,
    cancelled: Sequence[Reservation],
    link_to: Callable[[Reservation], str],
) -> Iterator[Attention]:
    """List the contacts whose owners were told that an emergency took them, until they are over."""
    names = application.configuration.satellite_names
    told = application.store.audit.find_subjects(
        "notice.preempted", [item.reservation_id for item in cancelled]
    )
    for item in sorted(cancelled, key=lambda each: each.reserved_start_utc):
        if item.reservation_id in told:
            contact = contact_of(item)
            text = translations.gettext("lost to an emergency: %(satellite)s, %(time)s UTC") % {
                "satellite": names.get(contact.satellite_id, contact.satellite_id),
                "time": format_day_clock(from_unix_s(contact.start_unix_s)),
            }
            yield Attention("preempted", 1, text, link_to(item))


def _list_disturbed(
    translations: Translations,
    booked: Sequence[Reservation],
    link_to: Callable[[Reservation], str],
) -> Iterator[Attention]:
    """List the kinds of booked contacts that no longer fit."""
    ngettext = translations.ngettext
    coming = sorted(booked, key=lambda item: item.reserved_start_utc)
    found = [item for item in coming if "conflicting" in item.conditions]
    text = ngettext("%(num)d conflicting contact", "%(num)d conflicting contacts", len(found))
    yield _make_line("conflicting", len(found), text, link_to(found[0]) if found else "/")
    found = [item for item in coming if "drifted" in item.conditions]
    text = ngettext("%(num)d drifted contact", "%(num)d drifted contacts", len(found))
    yield _make_line("drifted", len(found), text, link_to(found[0]) if found else "/")


def _list_elements(
    application: Application, translations: Translations, now_utc: datetime
) -> Iterator[Attention]:
    """List what is the matter with sources and element sets."""
    ngettext, store = translations.ngettext, application.store
    stuck = sum(each.blocked_utc is not None for each in store.refresh_memory.list_sources())
    text = ngettext("%(num)d source waits for a person", "%(num)d sources wait for a person", stuck)
    yield _make_line("source_blocked", stuck, text, "/elements#sources")
    old = count_old(application, now_utc)
    text = ngettext(
        "%(num)d satellite without good elements", "%(num)d satellites without good elements", old
    )
    yield _make_line("stale", old, text, "/elements")
    _, alerts = store.refresh_memory.list_alerts(limit=1)
    text = ngettext("%(num)d alert of the sources", "%(num)d alerts of the sources", alerts)
    yield _make_line("alerts", alerts, text, "/elements#alerts")
    _, waiting = store.element_sets.list_quarantined(limit=1)
    text = ngettext("%(num)d set in quarantine", "%(num)d sets in quarantine", waiting)
    yield _make_line("quarantined", waiting, text, "/elements#quarantine")


def _make_line(tag: str, count: int, text: str, path: str) -> Attention:
    return Attention(tag, count, text % {"num": count}, path)


def count_old(application: Application, now_utc: datetime) -> int:
    """Count the served satellites whose elements are stale, expired or missing."""
    served: list[Satellite] = [s for s in application.configuration.satellites if s.served]
    choice = application.elements.choose(served, now_utc)
    grades = choice.grade(choice.objects, now_utc)
    return len(choice.missing) + sum(each in ("stale", "expired") for each in grades)
