"""The commands that turn plans into promises: publish, withdraw, the states of plans."""

from __future__ import annotations

from typing import Annotated

import typer

from app.cli.options import DatabaseUrl

PlanId = Annotated[str, typer.Argument(metavar="PLAN_ID", help="A stored plan.")]
Why = Annotated[str, typer.Option("--why", help="Reason; it is recorded.")]


def publish(
    plan_id: PlanId,
    why: Why = "",
    override: Annotated[
        str, typer.Option("--override", help="Reason for contacts from expired elements.")
    ] = "",
    confirmation: Annotated[
        str,
        typer.Option("--confirmation", help="Who at the mission confirmed commanded time, when."),
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")
    ] = False,
    database_url: DatabaseUrl = None,
) -> None:
    """Book the contacts of a stored plan, all together or none, and say what that changes."""
    from app.commands.publishing import run_publish  # noqa: PLC0415
    from app.settings import load_settings  # noqa: PLC0415

    run_publish(
        load_settings(database_url=database_url),
        plan_id,
        why=why,
        override=override,
        confirmation=confirmation,
        is_trial=dry_run,
    )


def withdraw(plan_id: PlanId, why: Why = "", database_url: DatabaseUrl = None) -> None:
    """Take a plan back for good, with the contacts that it booked and that may still change."""
    from app.commands.publishing import run_withdraw  # noqa: PLC0415
    from app.settings import load_settings  # noqa: PLC0415

    run_withdraw(load_settings(database_url=database_url), plan_id, why=why)


def plans(
    plan_id: Annotated[
        str | None, typer.Argument(metavar="PLAN_ID", help="Show the history of this one.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="Most rows.")] = 20,
    database_url: DatabaseUrl = None,
) -> None:
    """List the stored plans with their states, or the history of one."""
    from app.commands.publishing import run_list_plans, run_show_history  # noqa: PLC0415
    from app.settings import load_settings  # noqa: PLC0415

    settings = load_settings(database_url=database_url)
    if plan_id is None:
        run_list_plans(settings, limit=limit)
    else:
        run_show_history(settings, plan_id, limit=limit)


COMMANDS = (publish, withdraw, plans)
