"""The commands about antennas that move and contacts that were executed."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from app.cli.options import DatabaseUrl, SatellitesFile, StationsFile

lockout_app = typer.Typer(
    help="Antennas that nobody may drive, such as while people are at the dish.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
report_app = typer.Typer(
    help="Say what really happened to contacts, and what it adds up to.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


class ReportFormat(StrEnum):
    """How figures are written."""

    table = "table"
    json = "json"


AntennaName = Annotated[
    str, typer.Argument(metavar="STATION/ANTENNA", help="Such as kaznu/antenna-1.")
]
SpanStart = Annotated[
    str | None, typer.Option("--start", metavar="ISO", help="Contacts that start from then on.")
]
SpanEnd = Annotated[
    str | None, typer.Option("--end", metavar="ISO", help="Contacts that start before then.")
]
Format = Annotated[ReportFormat, typer.Option("--format", help="How to write it.")]
Why = Annotated[str, typer.Option("--why", help="Kept with the change.")]


def drive(
    contact_id: Annotated[str, typer.Argument(metavar="CONTACT", help="A booked contact.")],
    rotctld: Annotated[
        str | None, typer.Option("--rotctld", metavar="HOST:PORT", help="Daemon of the rotator.")
    ] = None,
    rate: Annotated[
        float, typer.Option("--rate", metavar="HZ", help="Commands a second, 0.2 to 50.")
    ] = 5.0,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the track that would be sent, move nothing.")
    ] = False,
    stations: StationsFile = None,
    satellites: SatellitesFile = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Follow a booked contact with its antenna: wait for setup, move, follow, stow, record.

    Exit codes: 0 completed, 1 failed, 2 the contact or antenna may not be driven.
    """
    from app.commands.drive import run_drive  # noqa: PLC0415
    from app.settings import load_settings  # noqa: PLC0415

    settings = load_settings(stations=stations, satellites=satellites, database_url=database_url)
    code = run_drive(settings, contact_id, rotctld=rotctld, rate_hz=rate, dry_run=dry_run)
    raise typer.Exit(code)


@lockout_app.command("start")
def start_lockout(
    antenna: AntennaName,
    why: Why,
    stations: StationsFile = None,
    satellites: SatellitesFile = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Lock an antenna: whoever drives it stops within seconds, and nobody starts."""
    from app.commands.drive import run_lock  # noqa: PLC0415
    from app.settings import load_settings  # noqa: PLC0415

    settings = load_settings(stations=stations, satellites=satellites, database_url=database_url)
    run_lock(settings, antenna, why=why)


@lockout_app.command("end")
def end_lockout(
    antenna: AntennaName,
    why: Why = "",
    stations: StationsFile = None,
    satellites: SatellitesFile = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Let an antenna be driven again."""
    from app.commands.drive import run_release  # noqa: PLC0415
    from app.settings import load_settings  # noqa: PLC0415

    settings = load_settings(stations=stations, satellites=satellites, database_url=database_url)
    run_release(settings, antenna, why=why)


@lockout_app.command("list")
def list_lockouts(
    stations: StationsFile = None,
    satellites: SatellitesFile = None,
    database_url: DatabaseUrl = None,
) -> None:
    """List the antennas that are locked, by whom and why."""
    from app.commands.drive import run_list_lockouts  # noqa: PLC0415
    from app.settings import load_settings  # noqa: PLC0415

    run_list_lockouts(
        load_settings(stations=stations, satellites=satellites, database_url=database_url)
    )


@report_app.command("contact")
def report_contact(
    contact_id: Annotated[str, typer.Argument(metavar="CONTACT", help="A booked contact.")],
    state: Annotated[str, typer.Option(help="How it ended: completed or failed.")] = "",
    start: Annotated[
        str | None, typer.Option("--start", metavar="ISO", help="Actual start.")
    ] = None,
    stop: Annotated[str | None, typer.Option("--stop", metavar="ISO", help="Actual stop.")] = None,
    aos: Annotated[
        str | None, typer.Option("--aos", metavar="ISO", help="When the signal came.")
    ] = None,
    received_bytes: Annotated[
        int | None, typer.Option("--bytes", metavar="N", help="Bytes received.")
    ] = None,
    frames: Annotated[
        int | None, typer.Option("--frames", metavar="N", help="Good frames received.")
    ] = None,
    lost_frames: Annotated[
        int | None, typer.Option("--lost-frames", metavar="N", help="Frames lost.")
    ] = None,
    quality: Annotated[
        float | None, typer.Option("--quality", metavar="Q", help="0 to 1, by the receiver.")
    ] = None,
    data: Annotated[
        str, typer.Option("--data", help="Data outcome: received, partial, nothing, unknown.")
    ] = "",
    cause: Annotated[str, typer.Option("--cause", help="Cause of loss, a tag.")] = "",
    note: Annotated[str, typer.Option("--note", help="For people.")] = "",
    why: Why = "",
    database_url: DatabaseUrl = None,
) -> None:
    """Report one contact; what is not given stays as it is."""
    from app.commands.report import run_report  # noqa: PLC0415
    from app.services.execution import Report  # noqa: PLC0415
    from app.settings import load_settings  # noqa: PLC0415

    report = Report(
        contact_id, state, start, stop, aos, received_bytes, frames, lost_frames, quality,
        data, cause, note,
    )  # fmt: skip
    run_report(load_settings(database_url=database_url), [report], why=why)


@report_app.command("upload")
def report_upload(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="One row a contact.")],
    why: Why = "",
    database_url: DatabaseUrl = None,
) -> None:
    """Report the contacts of a CSV file, all or none."""
    from app.commands.report import read_file, run_report  # noqa: PLC0415
    from app.settings import load_settings  # noqa: PLC0415

    run_report(load_settings(database_url=database_url), read_file(file), why=why)


@report_app.command("availability")
def report_availability(
    by: Annotated[
        str, typer.Option("--by", help="station, antenna, satellite, owner or cause.")
    ] = "station",
    start: SpanStart = None,
    end: SpanEnd = None,
    format: Format = ReportFormat.table,
    database_url: DatabaseUrl = None,
) -> None:
    """Sum executed and lost contact time, with the causes of loss."""
    from app.commands.report import run_availability  # noqa: PLC0415
    from app.settings import load_settings  # noqa: PLC0415

    settings = load_settings(database_url=database_url)
    run_availability(settings, by=by, start=start, end=end, form=format.value)


@report_app.command("timing")
def report_timing(
    start: SpanStart = None,
    end: SpanEnd = None,
    format: Format = ReportFormat.table,
    database_url: DatabaseUrl = None,
) -> None:
    """Compare reported with predicted AOS per satellite: does the 95 % bound hold?"""
    from app.commands.report import run_timing  # noqa: PLC0415
    from app.settings import load_settings  # noqa: PLC0415

    run_timing(load_settings(database_url=database_url), start=start, end=end, form=format.value)


COMMANDS = (drive,)
