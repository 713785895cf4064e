"""``aspan plan``: make a plan here and now, store it, print it."""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

from app.application import open_application
from app.commands.from_file import prepare_from_file
from app.commands.plan_names import find_plan_id
from app.commands.terminal import (
    let_interrupts_end_early,
    note,
    print_table,
    show_progress,
)
from app.errors import InputError
from app.exports.json_plan import write_plan
from app.services.planning import (
    DEFAULT_PLAN_DAYS,
    PlanQuery,
    PlanTask,
    compute_plan,
    make_plan_task,
)
from app.settings import Configuration, Settings
from app.web.words import QUANTITIES
from scheduler.plan import ContactPlan
from tle.timebase import format_utc, from_unix_s


def run_plan(
    settings: Settings, query: PlanQuery, *, elements_file: Path | None, format: str
) -> None:
    """Compute a plan in this process and print it; store it unless it is from a file alone."""
    started_s = time.monotonic()
    if elements_file is not None:
        configuration, made = _plan_from_file(settings, query, elements_file, started_s)
    else:
        application = open_application(settings)
        try:
            configuration = application.configuration
            query = replace(query, previous=find_plan_id(application, query.previous))
            made = _compute(application.planning.prepare(query), started_s)
            application.planning.keep(made)
        finally:
            application.store.close()
    if format == "json":
        print(
            json.dumps(
                write_plan(made, configuration.satellite_names),
                ensure_ascii=False,
                allow_nan=False,
            )
        )
    else:
        print_plan(made)
        print_goals(made)


def _plan_from_file(
    settings: Settings, query: PlanQuery, path: Path, started_s: float
) -> tuple[Configuration, ContactPlan]:
    """Plan with the elements of a file; the database, and the plans in it, stay closed."""
    if query.previous is not None:
        raise InputError("previous", "leave it out: with --elements the database stays closed")
    configuration, prediction = prepare_from_file(
        settings, query.passes, path, default_days=DEFAULT_PLAN_DAYS
    )
    made = _compute(make_plan_task(configuration, query, prediction), started_s)
    note(f"made from {path} alone: the plan is not stored")
    return configuration, made


def _compute(task: PlanTask, started_s: float) -> ContactPlan:
    """Compute a plan in what is left of its time limit since the command began."""
    for missing in task.prediction.choice.missing:
        note(missing.detail)
    left_s = task.time_limit_s - (time.monotonic() - started_s)
    with let_interrupts_end_early(), show_progress() as on_progress:
        return compute_plan(replace(task, time_limit_s=left_s), on_progress)


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
        factor, unit = QUANTITIES.get(goal["quantity"], (1.0, goal["quantity"]))
        given, asked, missing = (
            f"{goal[key] / factor:.4g}" for key in ("given", "asked", "shortfall")
        )
        word = "at most " if goal["quantity"] == "gap_s" else ""
        state = f"short by {missing} {unit}: {goal['reason']}" if goal["reason"] else "met"
        print(f"goal {goal['term_id']}: {given} of {word}{asked} {unit} ({state})")
    unplanned = Counter(each["reason"] for each in made.provenance.get("unplanned", ()))
    if unplanned:
        print(
            f"not planned: {unplanned.total()} satellites: "
            + ", ".join(f"{reason} {count}" for reason, count in unplanned.most_common())
        )


def _show(unix_s: float) -> str:
    return format_utc(from_unix_s(unix_s))[:19].replace("T", " ")
