"""``aspan plan``: make a plan here and now, store it, print it."""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

from app.application import open_application
from app.commands.terminal import note, print_table, show_progress
from app.exports.json_plan import write_plan
from app.services.elements import read_file
from app.services.planning import PlanQuery, compute_plan
from app.settings import Settings
from scheduler.plan import ContactPlan
from tle.timebase import format_utc, from_unix_s


def run_plan(
    settings: Settings, query: PlanQuery, *, elements_file: Path | None, format: str
) -> None:
    """Compute a plan in this process, store it, and print it."""
    started_s = time.monotonic()
    application = open_application(settings)
    try:
        sets = None
        if elements_file is not None:
            result = read_file(elements_file, application.clock())
            for refusal in result.refused:
                note(f"{elements_file}: refused: {refusal}")
            sets = result.sets
        task = application.planning.prepare(query, sets=sets)
        for missing in task.prediction.choice.missing:
            note(missing.detail)
        left_s = query.time_limit_s - (time.monotonic() - started_s)
        with show_progress() as on_progress:
            made = compute_plan(replace(task, time_limit_s=left_s), on_progress)
        application.planning.keep(made)
    finally:
        application.store.close()
    if format == "json":
        print(
            json.dumps(
                write_plan(made, application.configuration.satellite_names),
                ensure_ascii=False,
                allow_nan=False,
            )
        )
    else:
        print_plan(made)
        print_goals(made)


def print_plan(made: ContactPlan) -> None:
    """Print a plan for people: its contacts, its value, and why others were not taken."""
    rows = [
        (
            contact.satellite_id,
            contact.antenna_id,
            _show(contact.start_unix_s),
            _show(contact.end_unix_s)[11:],
            f"{(contact.end_unix_s - contact.start_unix_s) / 60:.1f}",
            f"{contact.max_elevation_deg:.1f}",
            " ".join(
                word
                for word, applies in (
                    ("tentative", contact.tentative),
                    ("provisional", contact.provisional),
                )
                if applies
            ),
        )
        for contact in made.contacts
    ]
    heads = ("satellite", "antenna", "start UTC", "end", "min", "max el", "")
    print_table(heads, rows, right={4, 5})
    minutes = sum(c.end_unix_s - c.start_unix_s for c in made.contacts) / 60
    gap = "no bound" if made.gap is None else f"gap {made.gap:.4%}"
    print(
        f"\n{made.plan_id}: {len(made.contacts)} contacts, {minutes:.0f} min, "
        f"objective {made.objective:.1f} {made.objective_unit} "
        f"({made.solver}, {made.status}, {gap})"
    )
    reasons = Counter(loser.reason for loser in made.not_taken)
    if reasons:
        print(
            f"not taken: {len(made.not_taken)} passes: "
            + ", ".join(f"{reason} {count}" for reason, count in reasons.most_common())
        )


def print_goals(made: ContactPlan) -> None:
    """Print what became of each goal, and which satellites were not planned at all."""
    for goal in made.provenance.get("goals", ()):
        state = "met" if not goal["reason"] else f"short by {goal['shortfall']:g}: {goal['reason']}"
        print(f"goal {goal['term_id']}: {goal['given']:g} of {goal['asked']:g} ({state})")
    unplanned = Counter(each["reason"] for each in made.provenance.get("unplanned", ()))
    if unplanned:
        print(
            f"not planned: {unplanned.total()} satellites: "
            + ", ".join(f"{reason} {count}" for reason, count in unplanned.most_common())
        )


def _show(unix_s: float) -> str:
    return format_utc(from_unix_s(unix_s))[:19].replace("T", " ")
