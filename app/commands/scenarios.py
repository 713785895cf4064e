"""``aspan scenarios``: named what-ifs, listed, shown, promoted, removed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.application import open_application
from app.commands.terminal import find_user, print_table
from app.settings import Settings
from tle.timebase import format_utc


def run_list(settings: Settings) -> None:
    """List the scenarios, the newest first."""
    application = open_application(settings)
    try:
        found, _ = application.store.scenarios.list(limit=1000)
    finally:
        application.store.close()
    rows = [
        (
            item.name,
            format_utc(item.created_utc)[:16].replace("T", " "),
            f"{item.comparison['value']['change']:+.1f}",
            f"{item.comparison['contacts']['change']:+g}",
            "promoted" if item.promoted_utc else "",
            item.plan_id,
        )
        for item in found
    ]
    print_table(("name", "made UTC", "value", "contacts", "", "plan"), rows, right={2, 3})


def run_show(settings: Settings, name: str) -> None:
    """Print what a scenario changes and what came of it."""
    application = open_application(settings)
    try:
        found = application.scenarios.read(name)
    finally:
        application.store.close()
    print(f"{found.name} ({found.scenario_id}), plan {found.plan_id}")
    for key, value in found.changes.items():
        print(f"  {key}: {value}")
    print_comparison(found.comparison)


def run_promote(settings: Settings, name: str) -> None:
    """Make a scenario's plan a plan like any other."""
    application = open_application(settings)
    try:
        found = application.scenarios.promote(name, who=find_user())
    finally:
        application.store.close()
    print(f"{found.plan_id} is a plan like any other now, the newest; publish it when it is right")


def run_remove(settings: Settings, name: str) -> None:
    """Remove a scenario."""
    application = open_application(settings)
    try:
        application.scenarios.remove(name, who=find_user())
    finally:
        application.store.close()


def print_comparison(found: Mapping[str, Any]) -> None:
    """Print two plans side by side: figures, goals, owners, every change with its cause."""
    unit = found["value"]["unit"]
    rows = [
        ("value, " + unit, *_pair(found["value"])),
        ("contacts", *_pair(found["contacts"], "g")),
        ("contact time, h", *_pair(found["contact_s"], scale=3600.0)),
        ("expected data, GB", *_pair(found["expected_bytes"], scale=1e9)),
        *((f"goal {name}, %", *_pair(item, scale=0.01)) for name, item in found["goals"].items()),
        *(
            (f"owner {name or '(none)'}, h", *_pair(item, ".2f", 3600.0))
            for name, item in found["owners_reserved_s"].items()
        ),
    ]
    changes = [
        (
            change["kind"],
            change["satellite_id"],
            change["start_utc"][:19].replace("T", " "),
            change["cause"],
            change["through"].rpartition("@")[0],
        )
        for change in found["changes"]
    ]
    if changes:
        print_table(("change", "satellite", "start UTC", "cause", "through"), changes, right=set())
        print()
    print_table(("", "base", "what if", "change"), rows, right={1, 2, 3})
    print(", ".join(f"{count} {kind}" for kind, count in found["counts"].items()))
    if not found["is_same_measure"]:
        print("The values are not on one measure: priorities or goals differ.")


def _pair(item: Mapping[str, float], form: str = ".1f", scale: float = 1.0) -> tuple[str, ...]:
    return (
        f"{item['old'] / scale:{form}}",
        f"{item['new'] / scale:{form}}",
        f"{item['change'] / scale:+{form}}",
    )
