"""The commands that say why, for whom, and what if."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from app.cli.options import DatabaseUrl, Days, End, SatellitesFile, Start, StationsFile


class RecordFormat(StrEnum):
    """How explanations are written."""

    text = "text"
    json = "json"


class Language(StrEnum):
    """The languages of the sentences."""

    en = "en"
    kk = "kk"
    ru = "ru"
    zh = "zh"


def explain(
    plan_id: Annotated[
        str, typer.Argument(metavar="PLAN_ID", help="A stored plan; `newest` is the last one.")
    ],
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[PASS|CONTACT|SATELLITE]", help="What to explain with its price; default: all."
        ),
    ] = None,
    time_limit: Annotated[
        float, typer.Option("--time-limit", metavar="S", help="For all re-solves together.")
    ] = 20.0,
    limits: Annotated[
        bool, typer.Option("--limits", help="Also say which resource limits the plan.")
    ] = False,
    language: Annotated[
        Language, typer.Option("--language", help="Of the sentences.")
    ] = Language.en,
    format: Annotated[
        RecordFormat, typer.Option("--format", help="How it is written.")
    ] = RecordFormat.text,
    stations: StationsFile = None,
    satellites: SatellitesFile = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Say why each pass of a plan was taken or not, who beat it, and what taking it would cost."""
    from app.commands.explain import run_explain  # noqa: PLC0415
    from app.settings import load_settings  # noqa: PLC0415

    settings = load_settings(stations=stations, satellites=satellites, database_url=database_url)
    run_explain(
        settings,
        plan_id,
        name,
        time_limit_s=time_limit,
        language=language.value,
        format=format.value,
        limits=limits,
    )


class Period(StrEnum):
    """The calendar periods of accounts, in UTC."""

    day = "day"
    week = "week"
    month = "month"


class UsageFormat(StrEnum):
    """How accounts are written."""

    table = "table"
    csv = "csv"
    json = "json"


class SheetFormat(StrEnum):
    """How a settlement sheet is written."""

    text = "text"
    html = "html"
    csv = "csv"
    json = "json"


OneStation = Annotated[
    str | None,
    typer.Option("--station", metavar="ID", help="Default: the only one that has owners."),
]


def usage(
    station: OneStation = None,
    start: Start = None,
    end: End = None,
    days: Days = None,
    period: Annotated[
        Period, typer.Option("--period", help="Calendar periods, UTC.")
    ] = Period.week,
    plan: Annotated[
        str | None,
        typer.Option("--plan", metavar="PLAN_ID", help="Account this plan, not what is booked."),
    ] = None,
    format: Annotated[
        UsageFormat, typer.Option("--format", help="How it is written.")
    ] = UsageFormat.table,
    stations: StationsFile = None,
    satellites: SatellitesFile = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Account a shared station: promised, planned, given away, borrowed, executed, lost."""
    from app.commands.usage import run_usage  # noqa: PLC0415
    from app.settings import load_settings  # noqa: PLC0415

    settings = load_settings(stations=stations, satellites=satellites, database_url=database_url)
    run_usage(
        settings,
        station_id=station,
        start=start,
        end=end,
        days=days,
        period=period.value,
        plan_id=plan,
        format=format.value,
    )


def settlement(
    month: Annotated[str, typer.Argument(metavar="MONTH", help="As 2026-11.")],
    station: OneStation = None,
    settle: Annotated[
        bool, typer.Option("--settle", help="Keep the figures for good; the month must be over.")
    ] = False,
    format: Annotated[
        SheetFormat, typer.Option("--format", help="How the sheet is written.")
    ] = SheetFormat.text,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Default: standard output.")
    ] = None,
    stations: StationsFile = None,
    satellites: SatellitesFile = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Write the settlement sheet of a month, to be signed by the owners."""
    from app.commands.usage import run_settlement  # noqa: PLC0415
    from app.settings import load_settings  # noqa: PLC0415

    settings = load_settings(stations=stations, satellites=satellites, database_url=database_url)
    run_settlement(
        settings,
        station_id=station,
        month=month,
        settle=settle,
        format=format.value,
        output=output,
    )


scenarios_app = typer.Typer(
    name="scenarios", help="Named what-ifs: list, show, promote, remove.", no_args_is_help=True
)
ScenarioName = Annotated[str, typer.Argument(metavar="NAME", help="Name or id of a scenario.")]


@scenarios_app.command("list")
def list_scenarios(database_url: DatabaseUrl = None) -> None:
    """List the scenarios, the newest first."""
    from app.commands.scenarios import run_list  # noqa: PLC0415
    from app.settings import load_settings  # noqa: PLC0415

    run_list(load_settings(database_url=database_url))


@scenarios_app.command("show")
def show_scenario(name: ScenarioName, database_url: DatabaseUrl = None) -> None:
    """Show what a scenario changes and what came of it."""
    from app.commands.scenarios import run_show  # noqa: PLC0415
    from app.settings import load_settings  # noqa: PLC0415

    run_show(load_settings(database_url=database_url), name)


@scenarios_app.command("promote")
def promote_scenario(name: ScenarioName, database_url: DatabaseUrl = None) -> None:
    """Make a scenario's plan a plan like any other, the newest; nothing is published by it."""
    from app.commands.scenarios import run_promote  # noqa: PLC0415
    from app.settings import load_settings  # noqa: PLC0415

    run_promote(load_settings(database_url=database_url), name)


@scenarios_app.command("remove")
def remove_scenario(name: ScenarioName, database_url: DatabaseUrl = None) -> None:
    """Remove a scenario, with its plan unless that was promoted."""
    from app.commands.scenarios import run_remove  # noqa: PLC0415
    from app.settings import load_settings  # noqa: PLC0415

    run_remove(load_settings(database_url=database_url), name)


COMMANDS = (explain, usage, settlement)
