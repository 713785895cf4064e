"""The commands that say why, for whom, and what if."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from app.cli_options import DatabaseUrl, SatellitesFile, StationsFile


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


COMMANDS = (explain,)
