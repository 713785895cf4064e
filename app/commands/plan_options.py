"""``aspan plan`` with its options: a plan, a what-if, or the trade-off curve of a re-plan."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.application import open_application
from app.commands.plan import run_plan
from app.commands.plan_names import find_plan_id
from app.commands.scenarios import print_comparison
from app.commands.terminal import find_user, note, print_table, show_progress
from app.errors import InputError
from app.exports.curve_svg import draw_curve
from app.services.planning import PlanQuery
from app.services.prediction import PassQuery
from app.services.scenarios import compute_scenario
from app.services.trade_offs import compute_trade_off
from app.settings import Settings, load_settings, read_requests
from scheduler.planning import VALUE_UNIT

_WHAT_IF = ("without", "including", "second_antenna", "outage", "lower_mask", "priority")


def run_plan_options(options: Mapping[str, Any]) -> None:
    """Do what the options of the command line ask for."""
    settings = load_settings(
        stations=options["stations"],
        satellites=options["satellites"],
        database_url=options["database_url"],
    )
    query = _read_query(options)
    asks_what_if = options["what_if"] or any(options[name] for name in _WHAT_IF)
    asks_what_if = asks_what_if or options["base"] or options["scenario"]
    if options["trade_off"] or asks_what_if:
        if options["elements"] is not None:
            raise InputError("elements", "leave it out: what-ifs use the elements of the database")
        if options["trade_off"] and asks_what_if:
            raise InputError("trade_off", "leave the what-if options out")
    if options["trade_off"]:
        run_trade_off(settings, query, plot=options["plot"], form=options["format"].value)
    elif asks_what_if:
        run_what_if(settings, query, options)
    else:
        form = options["format"].value
        run_plan(settings, query, elements_file=options["elements"], format=form)


def run_trade_off(settings: Settings, query: PlanQuery, *, plot: Path | None, form: str) -> None:
    """Print the curve of value against changed contacts; nothing is stored."""
    application = open_application(settings)
    try:
        previous = find_plan_id(application, query.previous)
        task = application.planning.prepare(replace(query, previous=previous))
        with show_progress() as on_progress:
            points = compute_trade_off(task, on_progress)
    finally:
        application.store.close()
    if plot is not None:
        curve = [(float(point["changes"]), float(point["value"])) for point in points]
        plot.write_text(
            draw_curve(
                curve,
                title=f"Stability against value: {len(points)} plans",
                x_name="changed contacts (dropped + added)",
                y_name=VALUE_UNIT,
            ),
            encoding="utf-8",
        )
    if form == "json":
        print(json.dumps({"points": points, "value_unit": VALUE_UNIT}))
        return
    rows = [
        (
            f"{point['price']:.4g}",
            str(point["changes"]),
            str(point["dropped"]),
            str(point["added"]),
            str(point["moved"]),
            str(point["contacts"]),
            f"{point['value']:.1f}",
            f"{point['loss']:.1f}",
            "" if point["is_proven"] else "not proven",
        )
        for point in points
    ]
    heads = (
        "price", "changes", "dropped", "added", "moved", "contacts", VALUE_UNIT, "loss", "",
    )  # fmt: skip
    print_table(heads, rows, right=set(range(8)))


def run_what_if(settings: Settings, query: PlanQuery, options: Mapping[str, Any]) -> None:
    """Compare a plan with one whose inputs are changed; keep it only under a name."""
    table = _read_changes(options)
    query_without = PlanQuery(
        query.passes,
        query.solver,
        query.time_limit_s / 2,
        query.seed,
        requests=query.requests,
        previous=query.previous,
        freeze_s=query.freeze_s,
        change_price=query.change_price,
    )
    application = open_application(settings)
    try:
        service = application.scenarios
        previous = find_plan_id(application, query_without.previous)
        query_without = replace(query_without, previous=previous)
        changes = service.read_changes(table)
        name = options["scenario"]
        if name is not None:
            service.check_name(name)
        task = service.prepare(
            query_without, changes, base_plan_id=find_plan_id(application, options["base"])
        )
        with show_progress() as on_progress:
            result = compute_scenario(task, on_progress)
        if name is not None:
            kept = service.keep(task, result, name=name, note="", who=find_user())
            note(f"kept as scenario {kept.name!r} ({kept.scenario_id})")
    finally:
        application.store.close()
    if options["format"].value == "json":
        print(json.dumps(dict(result.comparison), ensure_ascii=False, allow_nan=False))
    else:
        print_comparison(result.comparison)


def _read_query(options: Mapping[str, Any]) -> PlanQuery:
    return PlanQuery(
        PassQuery(
            tuple(options["station"] or ()),
            tuple(options["satellite"] or ()),
            options["start"],
            options["end"],
            options["days"],
            options["min_elevation"],
            not options["no_mask"],
        ),
        options["solver"],
        options["time_limit"],
        options["seed"],
        requests=read_requests(options["requests"]),
        pins=tuple(options["pin"] or ()),
        forbids=tuple(options["forbid"] or ()),
        previous=options["previous"],
        freeze_s=options["freeze"],
        change_price=options["change_price"],
    )


def _read_changes(options: Mapping[str, Any]) -> dict[str, Any]:
    """Read the what-if options into the table of ``scheduler.scenario.read_changes``."""
    return {
        "without": list(options["without"] or ()),
        "with": list(options["including"] or ()),
        "pins": list(options["pin"] or ()),
        "forbids": list(options["forbid"] or ()),
        "second_antenna": list(options["second_antenna"] or ()),
        "outages": [_read_outage(text) for text in options["outage"] or ()],
        "lower_mask_deg": options["lower_mask"],
        "priorities": dict(_read_priority(text) for text in options["priority"] or ()),
    }


def _read_outage(text: str) -> dict[str, str]:
    antenna, _, span = text.partition("=")
    start, _, end = span.partition("/")
    if not (antenna and start and end):
        raise InputError(
            "outage",
            f"{text!r} is not STATION/ANTENNA=START/END, as "
            "kaznu/antenna-1=2026-09-08T00:00Z/2026-09-09T00:00Z",
            value=text,
        )
    return {"antenna": antenna, "start": start, "end": end}


def _read_priority(text: str) -> tuple[str, float]:
    name, _, figure = text.partition("=")
    try:
        return name, float(figure)
    except ValueError:
        raise InputError("priority", f"{text!r} is not SATELLITE=NUMBER", value=text) from None
