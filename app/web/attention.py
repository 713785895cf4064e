"""What needs a person: drifted or conflicting contacts, old elements, quarantine, sources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.application import Application
from app.store.reservation_rows import Reservation
from app.web.words import Translations
from scheduler.satellites import Satellite


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
    now_utc: datetime,
) -> list[Attention]:
    """List what waits for a person, the most urgent first; empty when nothing does."""
    ngettext = translations.ngettext
    store = application.store
    drifted = sum("drifted" in item.conditions for item in booked)
    conflicting = sum("conflicting" in item.conditions for item in booked)
    old = count_old(application, now_utc)
    _, quarantined = store.element_sets.list_quarantined(limit=1)
    _, alerts = store.refresh_memory.list_alerts(limit=1)
    sources = store.refresh_memory.list_sources()
    stuck = sum(source.blocked_utc is not None for source in sources)
    lines = (
        (
            "conflicting",
            conflicting,
            ngettext("%(num)d conflicting contact", "%(num)d conflicting contacts", conflicting),
            "/",
        ),
        (
            "drifted",
            drifted,
            ngettext("%(num)d drifted contact", "%(num)d drifted contacts", drifted),
            "/",
        ),
        (
            "source_blocked",
            stuck,
            ngettext(
                "%(num)d source waits for a person", "%(num)d sources wait for a person", stuck
            ),
            "/elements",
        ),
        ("stale", old, _say_old(translations, old), "/elements"),
        (
            "alerts",
            alerts,
            ngettext("%(num)d alert of the sources", "%(num)d alerts of the sources", alerts),
            "/elements",
        ),
        (
            "quarantined",
            quarantined,
            ngettext("%(num)d set in quarantine", "%(num)d sets in quarantine", quarantined),
            "/elements#quarantine",
        ),
    )
    return [
        Attention(tag, count, text % {"num": count}, path)
        for tag, count, text, path in lines
        if count
    ]


def _say_old(translations: Translations, count: int) -> str:
    return translations.ngettext(
        "%(num)d satellite without good elements",
        "%(num)d satellites without good elements",
        count,
    )


def count_old(application: Application, now_utc: datetime) -> int:
    """Count the served satellites whose elements are stale, expired or missing."""
    served: list[Satellite] = [s for s in application.configuration.satellites if s.served]
    choice = application.elements.choose(served, now_utc)
    grades = choice.grade(choice.objects, now_utc)
    return len(choice.missing) + sum(each in ("stale", "expired") for each in grades)
