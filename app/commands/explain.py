"""``aspan explain``: why each pass was taken or not, and what another decision would cost."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from app.application import Application, open_application
from app.commands.plan_names import find_plan_id
from app.commands.terminal import print_table, show_progress
from app.exports.explanation_records import write_balance, write_explanation
from app.services.explanations import WorthTask, compute_prices, compute_worth
from app.settings import Settings
from app.web.languages import read_translations
from scheduler.explanations.pass_explanation import PlanExplanation
from scheduler.explanations.resource_sentences import write_worth_sentence
from scheduler.plan import ContactPlan
from scheduler.problem.model import PlanningProblem
from tle.timebase import format_utc, from_unix_s


def run_explain(
    settings: Settings,
    plan_id: str,
    name: str | None,
    *,
    time_limit_s: float,
    language: str,
    format: str,
    limits: bool,
) -> None:
    """Explain a whole plan in a table, or what ``name`` means in it, with prices."""
    application = open_application(settings)
    translate = read_translations(language).gettext
    try:
        plan_id = find_plan_id(application, plan_id)
        plan, problem = application.explanations.read(plan_id)
        names = application.configuration.satellite_names
        unit = plan.objective_unit
        if name is not None:
            task = application.explanations.prepare_prices(plan_id, name, time_limit_s=time_limit_s)
            with show_progress() as on_progress:
                found = compute_prices(task, on_progress)
            records = [
                write_explanation(item, problem, names=names, unit=unit, translate=translate)
                for item in found
            ]
            _print_records(records, format)
            return
        explained = application.explanations.explain_plan(plan_id)
        if format == "json":
            _print_json(_write_all(explained, problem, names, unit, translate))
        else:
            _print_plan(explained, plan, names)
            _print_fairness(application, plan_id)
        if limits:
            with show_progress() as on_progress:
                text = application.planning.read_problem(plan_id)
                worth = compute_worth(WorthTask(plan, text, time_limit_s), on_progress)
            print(write_worth_sentence(worth["worth"], translate))
    finally:
        application.store.close()


def _print_records(records: list[dict[str, Any]], format: str) -> None:
    if format == "json":
        _print_json({"explanations": records})
        return
    for at, record in enumerate(records):
        if at:
            print()
        print(f"{record['satellite_name']}  {record['candidate_id'] or record['pass_id']}")
        for sentence in record["sentences"]:
            print(f"  {sentence}")


def _write_all(
    explained: PlanExplanation,
    problem: PlanningProblem,
    names: Any,
    unit: str,
    translate: Any,
) -> dict[str, Any]:
    return {
        "version": explained.version,
        "plan_id": explained.plan_id,
        "conservation": write_balance(explained.conservation),
        "explanations": [
            write_explanation(item, problem, names=names, unit=unit, translate=translate)
            for item in explained.passes
        ],
    }


def _print_plan(explained: PlanExplanation, plan: ContactPlan, names: Any) -> None:
    rows = [
        (
            names.get(item.satellite_id, item.satellite_id),
            format_utc(from_unix_s(item.aos_unix_s))[:19].replace("T", " "),
            item.reason,
            ", ".join(names.get(winner.satellite_id, "") for winner in item.winners),
            item.candidate_id or item.pass_id,
        )
        for item in explained.passes
    ]
    print_table(("satellite", "AOS UTC", "outcome", "in the way", "id"), rows, right=set())
    balance = explained.conservation
    print(
        f"\n{plan.plan_id}: {balance.candidates} candidates = {balance.contacts} contacts + "
        f"{balance.reasons} reasons; {balance.refused_passes} passes gave no candidate"
    )
    reasons = Counter(item.reason for item in explained.passes if not item.is_taken)
    print(", ".join(f"{reason} {count}" for reason, count in reasons.most_common()))


def _print_fairness(application: Application, plan_id: str) -> None:
    """Print goals and owners, the worst served first."""
    goals, owners = application.explanations.rate(plan_id)
    for goal in goals:
        why = f", {goal.worst.reason}" if goal.worst.reason else ""
        print(
            f"goal {goal.request_id}: {goal.fulfilment:.0%} ({goal.met} of {goal.terms} met{why})"
        )
    rows = [
        (
            item.owner,
            f"{item.fulfilment:.0%}",
            str(item.contacts),
            str(item.offered),
            f"{item.reserved_s / 3600:.1f}",
            "" if item.promised_s is None else f"{item.promised_s / 3600:.1f}",
            "" if item.goals is None else f"{item.goals:.0%}",
        )
        for item in owners
    ]
    print()
    heads = ("owner", "served", "contacts", "candidates", "hours", "promised h", "goals")
    print_table(heads, rows, right={1, 2, 3, 4, 5, 6})


def _print_json(content: dict[str, Any]) -> None:
    print(json.dumps(content, ensure_ascii=False, allow_nan=False))
