"""``aspan elements``: look at element sets, bring some by hand, judge quarantined ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from pathlib import Path

from app.application import open_application
from app.commands.terminal import find_user, note, print_table
from app.services.brought import read_bytes
from app.settings import Settings
from app.store.element_sets import KeptElementSet
from tle.elements import ElementSet
from tle.freshness import age_s
from tle.timebase import DAY_S, format_utc, from_unix_s

_HEADS = ("element set", "number", "name", "epoch", "age d", "verdict", "source")


def run_list(settings: Settings) -> None:
    """Print the set that serves each configured satellite now, with its age and grade."""
    application = open_application(settings)
    try:
        now_utc = application.clock()
        satellites = application.configuration.satellites
        choice = application.elements.choose(satellites, now_utc)
    finally:
        application.store.close()
    rows = [
        (
            tracked.satellite_id,
            str(tracked.elements.norad_cat_id or "-"),
            tracked.elements.element_set_id,
            format_utc(tracked.elements.epoch_utc),
            f"{age_s(tracked.elements, now_utc) / DAY_S:.1f}",
            grade,
            choice.orbits[tracked.satellite_id].status
            if tracked.satellite_id in choice.orbits
            else "steady",
            tracked.elements.source,
        )
        for tracked, grade in zip(
            choice.objects, choice.grade(choice.objects, now_utc), strict=True
        )
    ]
    heads = ("satellite", "number", "element set", "epoch", "age d", "grade", "orbit", "source")
    print_table(heads, rows, right={1, 4})
    for name, watch in choice.orbits.items():
        note(f"{name}: {watch.status}: {watch.text}")
    for missing in choice.missing:
        note(missing.detail)


def run_show(settings: Settings, name: str) -> None:
    """Print every field of one set, named by its id or by its satellite."""
    application = open_application(settings)
    try:
        kept = application.elements.find(name)
        now_utc = application.clock()
    finally:
        application.store.close()
    elements = kept.elements
    shown = [field.name for field in fields(ElementSet) if field.init]
    for key in (*shown, "element_set_id", "fingerprint"):
        value = getattr(elements, key)
        print(f"{key:20}  {format_utc(value) if key.endswith('_utc') else value}")
    print(f"{'age_s':20}  {age_s(elements, now_utc):.0f}")
    print(f"{'verdict':20}  {kept.verdict}{': ' + kept.text if kept.text else ''}")


def run_history(settings: Settings, name: str, *, limit: int) -> None:
    """Print the sets of one satellite, newest epoch first."""
    application = open_application(settings)
    try:
        history, total = application.elements.history(name, limit=limit)
        _print_kept(history, application.clock())
    finally:
        application.store.close()
    print(f"{len(history)} of {total} element sets")


def run_add(settings: Settings, paths: Sequence[Path], satellite: str | None) -> int:
    """Take the sets of files by hand; return 1 when all wait in quarantine, 2 when none is good."""
    application = open_application(settings)
    usable = waiting = 0
    try:
        for path in paths:
            added = application.elements.add(
                read_bytes(path), file_name=path.name, satellite=satellite, who=find_user()
            )
            for refusal in added.refused:
                note(f"{path}: refused: {refusal}")
            for judged in added.judged:
                if judged.verdict != "accepted":
                    note(f"{path}: {judged.verdict}: {judged.elements.name}: {judged.text}")
                waiting += judged.verdict == "quarantined"
                usable += judged.verdict != "quarantined"
            for message in added.ephemerides:
                usable += 1
                span = [
                    format_utc(from_unix_s(s))
                    for s in (message.valid_from_unix_s, message.valid_to_unix_s)
                ]
                print(f"{path}: ephemeris of {message.object_name}, {span[0]} to {span[1]}")
            if not added.ephemerides:
                print(f"{path}: {len(added.judged)} sets read, {added.new_count} new")
    finally:
        application.store.close()
    return 0 if usable else 1 if waiting else 2


def run_quarantine(settings: Settings, *, limit: int) -> None:
    """Print the sets that wait for a person."""
    application = open_application(settings)
    try:
        kept, total = application.store.element_sets.list_quarantined(limit=limit)
        _print_kept(kept, application.clock())
    finally:
        application.store.close()
    for each in kept:
        print(f"{each.elements.element_set_id}: {each.text}")
    print(f"{len(kept)} of {total} in quarantine")


def run_decide(settings: Settings, element_set_id: str, *, accept: bool, why: str) -> None:
    """Accept or reject a quarantined set, with the reason in the audit log."""
    application = open_application(settings)
    try:
        kept = application.elements.decide(element_set_id, accept=accept, who=find_user(), why=why)
    finally:
        application.store.close()
    print(f"{kept.elements.element_set_id} ({kept.elements.name}): {kept.verdict}")


def _print_kept(kept: Sequence[KeptElementSet], now_utc: datetime) -> None:
    rows = [
        (
            each.elements.element_set_id,
            str(each.elements.norad_cat_id or "-"),
            each.elements.name,
            format_utc(each.elements.epoch_utc),
            f"{age_s(each.elements, now_utc) / DAY_S:.1f}",
            each.verdict,
            each.elements.source,
        )
        for each in kept
    ]
    print_table(_HEADS, rows, right={1, 4})
