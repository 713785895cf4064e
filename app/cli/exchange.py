"""The commands that hand schedules out and take them in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.cli.options import (
    DatabaseUrl,
    End,
    SatellitesFile,
    Start,
    StationNames,
    StationsFile,
)

Output = Annotated[
    Path | None, typer.Option("--output", metavar="FILE", help="Default: standard output.")
]


def export(
    plan_id: Annotated[
        str | None, typer.Argument(metavar="[PLAN_ID]", help="A stored plan; none: what is booked.")
    ] = None,
    format: Annotated[
        str,
        typer.Option(
            "--format",
            help="csv, json, icalendar, ccsds-schedule, pointing, oem, tle, omm or geojson.",
        ),
    ] = "csv",
    station: StationNames = None,
    satellite: Annotated[
        list[str] | None,
        typer.Option("--satellite", metavar="ID|NUMBER", help="Repeatable. Default: all."),
    ] = None,
    owner: Annotated[
        list[str] | None, typer.Option("--owner", metavar="ID", help="Repeatable. Default: all.")
    ] = None,
    contact: Annotated[
        list[str] | None, typer.Option("--contact", metavar="ID", help="Repeatable: only these.")
    ] = None,
    start: Start = None,
    end: End = None,
    elements: Annotated[
        str, typer.Option("--elements", help="newest, or planned: the sets of the plan.")
    ] = "newest",
    step: Annotated[float, typer.Option("--step", metavar="S", help="Between samples.")] = 10.0,
    reminder: Annotated[
        float | None,
        typer.Option("--reminder", metavar="S", help="Calendar reminder, before the setup."),
    ] = None,
    output: Output = None,
    stations: StationsFile = None,
    satellites: SatellitesFile = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Export a stored plan, or what is booked (14 days back to 60 ahead unless said)."""
    from app.commands.export import run_export  # noqa: PLC0415
    from app.services.exports import ExportQuery  # noqa: PLC0415
    from app.settings import load_settings  # noqa: PLC0415

    query = ExportQuery(
        tuple(station or ()),
        tuple(satellite or ()),
        tuple(owner or ()),
        tuple(contact or ()),
        elements,
        step,
        reminder,
    )
    run_export(
        load_settings(stations=stations, satellites=satellites, database_url=database_url),
        plan_id,
        query,
        format_name=format,
        start=start,
        end=end,
        output=output,
    )


def import_bookings(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, JSON or iCalendar.")],
    kind: Annotated[
        str, typer.Option("--as", metavar="KIND", help="blocks or contacts.")
    ] = "blocks",
    format: Annotated[
        str | None, typer.Option("--format", help="csv, json or icalendar. Default: guessed.")
    ] = None,
    station: Annotated[
        str, typer.Option("--station", metavar="ID", help="For rows that name none.")
    ] = "",
    antenna: Annotated[
        str, typer.Option("--antenna", metavar="ID", help="For rows that name none.")
    ] = "",
    source: Annotated[
        str,
        typer.Option("--source", metavar="NAME", help="The other system. Default: the file name."),
    ] = "",
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="Kept with each booking.")] = "",
    override: Annotated[
        str,
        typer.Option("--override", metavar="TEXT", help="Reason to trust expired elements."),
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Judge, book nothing.")] = False,
    stations: StationsFile = None,
    satellites: SatellitesFile = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Take bookings of another system as blocked spans or contacts: every line, or none.

    Exit codes: 0 booked (or a dry run without a fault), 2 a line was refused.
    """
    from app.commands.import_bookings import run_import  # noqa: PLC0415
    from app.services.imports import ImportOrder  # noqa: PLC0415
    from app.settings import load_settings  # noqa: PLC0415

    order = ImportOrder(
        data=file.read_bytes(),
        kind=kind,
        format_name=format,
        station=station,
        antenna=antenna,
        source=source or file.name,
        why=why,
        override=override,
        is_trial=dry_run,
    )
    settings = load_settings(stations=stations, satellites=satellites, database_url=database_url)
    raise typer.Exit(run_import(settings, order))


COMMANDS = (export,)  # `import` is registered by its name, which Python keeps for itself
