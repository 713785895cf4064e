"""The command line. Heavy modules are imported by the command that needs them."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from app.cli.antenna import COMMANDS as ANTENNA_COMMANDS
from app.cli.antenna import lockout_app, report_app
from app.cli.contacts import COMMANDS as CONTACT_COMMANDS
from app.cli.database import db_app
from app.cli.elements import elements_app, sources_app
from app.cli.exchange import COMMANDS as EXCHANGE_COMMANDS
from app.cli.exchange import import_bookings
from app.cli.insight import COMMANDS as INSIGHT_COMMANDS
from app.cli.insight import scenarios_app
from app.cli.link import link
from app.cli.options import (
    DatabaseUrl,
    Days,
    ElementsFile,
    End,
    MinElevation,
    NoMask,
    SatelliteNames,
    SatellitesFile,
    Start,
    StationNames,
    StationsFile,
)
from app.cli.plans import COMMANDS
from app.cli.webhooks import webhooks_app

app = typer.Typer(
    name="aspan",
    help="Predict satellite passes over ground stations and plan the contacts.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


class Daylight(StrEnum):
    """Day or night at a station."""

    day = "day"
    night = "night"


class PassFormat(StrEnum):
    """How passes are written."""

    table = "table"
    json = "json"
    ndjson = "ndjson"
    csv = "csv"


BAD_INPUT = 2
FAILED = 1


def main() -> None:
    """Run the command line; expected errors become one line and an exit code."""
    try:
        app()
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output went away; nothing is wrong
        raise SystemExit(FAILED) from None
    except Exception as error:
        code = _find_exit_code(error)
        if code is None:
            raise
        print(f"aspan: error: {_tell(error)}", file=sys.stderr)
        raise SystemExit(code) from None


def _tell(error: Exception) -> str:
    from app.store import DATABASE_ERRORS  # noqa: PLC0415
    from app.store.session import tell_database_error  # noqa: PLC0415

    if isinstance(error, DATABASE_ERRORS):
        return f"the database failed: {tell_database_error(error)}; look with: aspan db check"
    return str(error)


def _find_exit_code(error: Exception) -> int | None:
    """Return the exit code of an expected error; None: a fault of ours, shown in full."""
    from app.errors import InputError, SettingsError, StoreError  # noqa: PLC0415
    from app.store import DATABASE_ERRORS  # noqa: PLC0415
    from scheduler.errors import ConfigurationError, IllegalTransitionError  # noqa: PLC0415
    from tle.errors import ElementsError, SourceError, TimeError  # noqa: PLC0415

    wrong_input = (
        InputError, SettingsError, ConfigurationError, IllegalTransitionError, TimeError,
        ElementsError,
    )  # fmt: skip
    if isinstance(error, wrong_input):
        return BAD_INPUT
    if isinstance(error, (StoreError, SourceError, *DATABASE_ERRORS)):
        return FAILED
    return None


@app.command()
def passes(
    station: StationNames = None,
    satellite: SatelliteNames = None,
    start: Start = None,
    end: End = None,
    days: Days = None,
    elements: ElementsFile = None,
    min_elevation: MinElevation = None,
    no_mask: NoMask = False,
    daylight: Annotated[
        Daylight | None,
        typer.Option("--daylight", help="Only passes that culminate by day, or at night, here."),
    ] = None,
    sunlit: Annotated[
        bool | None,
        typer.Option(
            "--sunlit/--eclipsed", help="Only those with the satellite in, or out of, sunlight."
        ),
    ] = None,
    format: Annotated[
        PassFormat, typer.Option("--format", help="How the result is written.")
    ] = PassFormat.table,
    stations: StationsFile = None,
    satellites: SatellitesFile = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Predict passes, with the windows in which an antenna can use them."""
    from app.commands.passes import run_passes  # noqa: PLC0415
    from app.services.prediction import PassQuery  # noqa: PLC0415
    from app.settings import load_settings  # noqa: PLC0415

    query = PassQuery(
        tuple(station or ()),
        tuple(satellite or ()),
        start,
        end,
        days,
        min_elevation,
        not no_mask,
        None if daylight is None else daylight.value,
        sunlit,
    )
    settings = load_settings(stations=stations, satellites=satellites, database_url=database_url)
    run_passes(settings, query, elements_file=elements, format=format.value)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option("--host", help="Default: 127.0.0.1.")] = None,
    port: Annotated[
        int | None, typer.Option("--port", help="Default: 8000; 0: a free one.")
    ] = None,
    stations: StationsFile = None,
    satellites: SatellitesFile = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Run the service: page, HTTP interface, and a first plan for the coming days."""
    from app.commands.serve import run_serve  # noqa: PLC0415
    from app.settings import load_settings  # noqa: PLC0415

    run_serve(
        load_settings(
            host=host,
            port=port,
            stations=stations,
            satellites=satellites,
            database_url=database_url,
        )
    )


@app.command()
def refresh(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILE|FOLDER]...", help="TLE, OMM or OEM files to take."),
    ] = None,
    group: Annotated[
        list[str] | None, typer.Option("--group", metavar="NAME", help="CelesTrak group.")
    ] = None,
    number: Annotated[
        list[int] | None,
        typer.Option("--number", metavar="N", min=1, max=999_999_999, help="Catalogue number."),
    ] = None,
    stations: StationsFile = None,
    satellites: SatellitesFile = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Bring in newer element sets: from files, or from CelesTrak for the served satellites.

    CelesTrak is asked at most once in 2 hours per question; without a network what is there stays.
    """
    from app.commands.refresh import run_refresh  # noqa: PLC0415
    from app.settings import load_settings  # noqa: PLC0415

    settings = load_settings(stations=stations, satellites=satellites, database_url=database_url)
    code = run_refresh(settings, paths=paths or (), groups=group or (), numbers=number or ())
    raise typer.Exit(code)


@app.command()
def study(
    file: Annotated[Path, typer.Argument(metavar="FILE.toml", help="What to vary.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="FILE", help="Table of all rows, .csv or .parquet."),
    ] = None,
    workers: Annotated[
        int, typer.Option("--workers", metavar="N", min=1, help="Processes to compute with.")
    ] = 2,
    stations: StationsFile = None,
    satellites: SatellitesFile = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Compare orbits, stations, masks, rates and priorities, for satellites that may not fly."""
    from app.commands.study import run_study  # noqa: PLC0415
    from app.settings import load_settings  # noqa: PLC0415

    settings = load_settings(stations=stations, satellites=satellites, database_url=database_url)
    run_study(settings, file, output=output, workers=workers)


class TrackFormat(StrEnum):
    """How a track is written."""

    table = "table"
    csv = "csv"
    json = "json"


@app.command()
def track(
    pass_id: Annotated[str, typer.Argument(metavar="PASS_ID", help="As `aspan passes` names it.")],
    step: Annotated[float, typer.Option(metavar="S", help="Seconds from sample to sample.")] = 10.0,
    antenna: Annotated[
        str | None, typer.Option(metavar="ID", help="Antenna that follows; default: the first.")
    ] = None,
    format: Annotated[TrackFormat, typer.Option(help="How to write it.")] = TrackFormat.table,
    stations: StationsFile = None,
    satellites: SatellitesFile = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Say where to point, instant by instant, through one pass, with the newest elements."""
    from app.commands.track import run_track  # noqa: PLC0415
    from app.settings import load_settings  # noqa: PLC0415

    settings = load_settings(stations=stations, satellites=satellites, database_url=database_url)
    run_track(settings, pass_id, step_s=step, antenna_id=antenna, form=format.value)


class NightlyPolicy(StrEnum):
    """What becomes of the plan that the night makes."""

    propose = "propose"
    publish = "publish"


@app.command()
def nightly(
    policy: Annotated[
        NightlyPolicy,
        typer.Option(help="Leave the new plan as a proposal, or publish it at once."),
    ] = NightlyPolicy.propose,
    days: Annotated[
        float, typer.Option(min=0.01, max=31, help="Length of the new plan, in days.")
    ] = 7.0,
    stations: StationsFile = None,
    satellites: SatellitesFile = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Refresh, look for drift and plan again: once a night, however many start it.

    Exit codes: 0 done, 1 done and a person should look (or an error), 2 a setting is wrong,
    3 another process is at it.
    """
    from app.commands.nightly import run_nightly  # noqa: PLC0415
    from app.settings import load_settings  # noqa: PLC0415

    settings = load_settings(stations=stations, satellites=satellites, database_url=database_url)
    raise typer.Exit(run_nightly(settings, policy=policy.value, days=days))


_OTHERS = (*EXCHANGE_COMMANDS, *INSIGHT_COMMANDS, *ANTENNA_COMMANDS, *CONTACT_COMMANDS)
for command in (*COMMANDS, *_OTHERS):
    app.command()(command)
app.command("import")(import_bookings)
app.command()(link)
app.add_typer(db_app, name="db")
app.add_typer(scenarios_app, name="scenarios")
app.add_typer(lockout_app, name="lockout")
app.add_typer(report_app, name="report")
app.add_typer(sources_app, name="sources")
app.add_typer(webhooks_app, name="webhooks")
app.add_typer(elements_app, name="elements")
