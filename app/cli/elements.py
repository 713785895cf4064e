"""The commands about element sets and their sources."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.cli.options import DatabaseUrl, SatellitesFile

sources_app = typer.Typer(help="Sources of element sets: what was asked, what waits for a person.")
elements_app = typer.Typer(help="Element sets: list, history, upload, quarantine.")


@sources_app.callback(invoke_without_command=True)
def sources(context: typer.Context, database_url: DatabaseUrl = None) -> None:
    """Show each source's queries, what blocks it, and open alerts."""
    if context.invoked_subcommand is None:
        from app.commands.sources import run_list_sources  # noqa: PLC0415
        from app.settings import load_settings  # noqa: PLC0415

        run_list_sources(load_settings(database_url=database_url))


@sources_app.command("acknowledge")
def acknowledge_source(
    source: Annotated[str, typer.Argument(help="Name of the blocked source.")],
    database_url: DatabaseUrl = None,
) -> None:
    """Let a blocked source be asked again, after a person has seen to the cause."""
    from app.commands.sources import run_acknowledge  # noqa: PLC0415
    from app.settings import load_settings  # noqa: PLC0415

    run_acknowledge(load_settings(database_url=database_url), source)


@elements_app.command("list")
def list_elements(satellites: SatellitesFile = None, database_url: DatabaseUrl = None) -> None:
    """List the element set that serves each satellite now, with its age."""
    from app.commands.elements import run_list  # noqa: PLC0415
    from app.settings import load_settings  # noqa: PLC0415

    run_list(load_settings(satellites=satellites, database_url=database_url))


@elements_app.command("show")
def show_elements(
    name: Annotated[str, typer.Argument(help="Element set id, satellite id or number.")],
    satellites: SatellitesFile = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Show every field of an element set."""
    from app.commands.elements import run_show  # noqa: PLC0415
    from app.settings import load_settings  # noqa: PLC0415

    run_show(load_settings(satellites=satellites, database_url=database_url), name)


@elements_app.command("history")
def show_history(
    satellite: Annotated[str, typer.Argument(help="Satellite id or catalogue number.")],
    limit: Annotated[int, typer.Option("--limit", min=1, help="Most sets to list.")] = 50,
    satellites: SatellitesFile = None,
    database_url: DatabaseUrl = None,
) -> None:
    """List the element sets of one satellite, newest epoch first."""
    from app.commands.elements import run_history  # noqa: PLC0415
    from app.settings import load_settings  # noqa: PLC0415

    settings = load_settings(satellites=satellites, database_url=database_url)
    run_history(settings, satellite, limit=limit)


@elements_app.command("add")
def add_elements(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="TLE or OMM files.")],
    satellite: Annotated[
        str | None, typer.Option("--satellite", metavar="ID", help="Give the sets to this one.")
    ] = None,
    satellites: SatellitesFile = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Take element sets by hand; what fails the checks is refused or quarantined."""
    from app.commands.elements import run_add  # noqa: PLC0415
    from app.settings import load_settings  # noqa: PLC0415

    settings = load_settings(satellites=satellites, database_url=database_url)
    raise typer.Exit(run_add(settings, files, satellite))


quarantine_app = typer.Typer(help="Element sets that wait for a person.")
elements_app.add_typer(quarantine_app, name="quarantine")
Why = Annotated[str, typer.Option("--why", metavar="TEXT", help="Reason, kept in the audit log.")]
SetId = Annotated[str, typer.Argument(help="Element set id.")]


@quarantine_app.callback(invoke_without_command=True)
def quarantine(
    context: typer.Context,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Most sets to list.")] = 50,
    database_url: DatabaseUrl = None,
) -> None:
    """List the quarantined sets with their reasons."""
    if context.invoked_subcommand is None:
        from app.commands.elements import run_quarantine  # noqa: PLC0415
        from app.settings import load_settings  # noqa: PLC0415

        run_quarantine(load_settings(database_url=database_url), limit=limit)


@quarantine_app.command("accept")
def accept_elements(element_set: SetId, why: Why, database_url: DatabaseUrl = None) -> None:
    """Accept a quarantined set: it may serve from now on."""
    from app.commands.elements import run_decide  # noqa: PLC0415
    from app.settings import load_settings  # noqa: PLC0415

    run_decide(load_settings(database_url=database_url), element_set, accept=True, why=why)


@quarantine_app.command("reject")
def reject_elements(element_set: SetId, why: Why, database_url: DatabaseUrl = None) -> None:
    """Reject a quarantined set for good."""
    from app.commands.elements import run_decide  # noqa: PLC0415
    from app.settings import load_settings  # noqa: PLC0415

    run_decide(load_settings(database_url=database_url), element_set, accept=False, why=why)
