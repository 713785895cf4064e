"""``aspan db``: migrate, check, back up, restore and copy the database."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from app.cli.options import DatabaseUrl

db_app = typer.Typer(
    help="Migrate, check, back up, restore, copy and prune the database.", no_args_is_help=True
)


@db_app.command()
def upgrade(database_url: DatabaseUrl = None) -> None:
    """Bring the schema to the newest revision, creating the database where there is none."""
    from app.store.maintenance import inspect_database  # noqa: PLC0415
    from app.store.session import open_engine  # noqa: PLC0415
    from app.store.session import upgrade as upgrade_schema  # noqa: PLC0415

    engine = open_engine(_find_url(database_url))
    upgrade_schema(engine)
    print(f"revision {inspect_database(engine).revision}")


@db_app.command()
def check(database_url: DatabaseUrl = None) -> None:
    """Say revision, rows of each table and what is wrong; exit code 1 when something is."""
    from app.store.maintenance import inspect_database  # noqa: PLC0415
    from app.store.session import open_existing  # noqa: PLC0415

    state = inspect_database(open_existing(_find_url(database_url)))
    print(f"{state.kind}, revision {state.revision} of {state.head}")
    _print_rows(state.rows)
    for fault in state.faults:
        print(f"FAULT: {fault}")
    if state.faults:
        raise typer.Exit(1)
    print("no faults")


@db_app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="New SQLite file; must not exist.")],
    database_url: DatabaseUrl = None,
) -> None:
    """Copy the database, in use or not, into one new SQLite file, whole and compared."""
    from app.store.maintenance import back_up  # noqa: PLC0415
    from app.store.session import open_existing  # noqa: PLC0415

    rows = back_up(open_existing(_find_url(database_url)), file)
    print(f"{file}: {sum(rows.values())} rows of {len(rows)} tables, compared")


@db_app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="File that `aspan db backup` wrote.")],
    database_url: DatabaseUrl = None,
) -> None:
    """Copy a backup into an empty database of either kind, whole and compared."""
    from app.store.maintenance import restore as restore_backup  # noqa: PLC0415
    from app.store.session import open_engine  # noqa: PLC0415

    rows = restore_backup(file, open_engine(_find_url(database_url)))
    print(f"{sum(rows.values())} rows of {len(rows)} tables, compared")


@db_app.command()
def copy(
    to: Annotated[str, typer.Option("--to", metavar="URL", help="Empty database to copy into.")],
    database_url: DatabaseUrl = None,
) -> None:
    """Copy all rows into an empty database, such as from SQLite to PostgreSQL, and compare."""
    from app.store.maintenance import copy_database  # noqa: PLC0415
    from app.store.session import open_engine, open_existing  # noqa: PLC0415

    rows = copy_database(open_existing(_find_url(database_url)), open_engine(to, field="--to"))
    _print_rows(rows)
    print(f"{sum(rows.values())} rows of {len(rows)} tables, compared")


@db_app.command()
def prune(
    before: Annotated[str, typer.Option("--before", metavar="ISO", help="At least 30 days ago.")],
    archive: Annotated[
        Path, typer.Option("--archive", metavar="FILE", help="New file for what is taken out.")
    ],
    database_url: DatabaseUrl = None,
) -> None:
    """Move old entries of the event log into a file (NDJSON), and record that in the log.

    Changes of plans, and what a webhook has not been sent, stay.
    """
    from app.clock import read_system_clock  # noqa: PLC0415
    from app.commands.terminal import find_user  # noqa: PLC0415
    from app.store.retention import prune_log  # noqa: PLC0415
    from app.store.session import open_existing  # noqa: PLC0415
    from tle.timebase import parse_utc  # noqa: PLC0415

    done = prune_log(
        open_existing(_find_url(database_url)),
        parse_utc(before, field="before"),
        archive,
        who=find_user(),
        now_utc=read_system_clock(),
    )
    if done.entries:
        print(f"{archive}: entries up to {done.last_entry_id}, sha256 {done.sha256}")
    print(f"{done.entries} entries taken out of the log, {done.kept} of that age stay")


def _find_url(database_url: str | None) -> str:
    from app.settings import load_settings  # noqa: PLC0415

    return load_settings(database_url=database_url).effective_database_url


def _print_rows(rows: Mapping[str, int]) -> None:
    for table, count in rows.items():
        print(f"{count:>9} {table}")
