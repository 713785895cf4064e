"""The commands about webhooks."""

from __future__ import annotations

from typing import Annotated

import typer

from app.cli.options import DatabaseUrl

webhooks_app = typer.Typer(help="Webhooks: where events are sent, and what became of each.")
WebhookId = Annotated[str, typer.Argument(metavar="WEBHOOK_ID", help="As the list names it.")]


@webhooks_app.callback(invoke_without_command=True)
def webhooks(context: typer.Context, database_url: DatabaseUrl = None) -> None:
    """List the webhooks with what waits, was delivered, and died."""
    if context.invoked_subcommand is None:
        from app.commands.webhooks import run_list  # noqa: PLC0415
        from app.settings import load_settings  # noqa: PLC0415

        run_list(load_settings(database_url=database_url))


@webhooks_app.command("add")
def add_webhook(
    url: Annotated[str, typer.Argument(help="Address; its host must be on the allow-list.")],
    kind: Annotated[
        list[str] | None, typer.Option("--kind", help="Repeatable. Default: every kind.")
    ] = None,
    station: Annotated[
        list[str] | None,
        typer.Option("--station", metavar="ID", help="Repeatable. Default: every station."),
    ] = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Send events to an address from now on; prints the secret that signs them."""
    from app.commands.webhooks import run_add  # noqa: PLC0415
    from app.settings import load_settings  # noqa: PLC0415

    settings = load_settings(database_url=database_url)
    run_add(settings, url, kinds=kind or (), stations=station or ())


@webhooks_app.command("test")
def send_test(webhook_id: WebhookId, database_url: DatabaseUrl = None) -> None:
    """Send a test event now and say what came back; exit code 1 when it was not delivered."""
    from app.commands.webhooks import run_test  # noqa: PLC0415
    from app.settings import load_settings  # noqa: PLC0415

    raise typer.Exit(run_test(load_settings(database_url=database_url), webhook_id))


@webhooks_app.command("deliveries")
def list_deliveries(
    webhook_id: WebhookId,
    state: Annotated[
        str | None, typer.Option("--state", help="waiting, delivered or dead.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Most to list.")] = 50,
    database_url: DatabaseUrl = None,
) -> None:
    """List what was sent or waits, newest event first."""
    from app.commands.webhooks import run_deliveries  # noqa: PLC0415
    from app.settings import load_settings  # noqa: PLC0415

    run_deliveries(load_settings(database_url=database_url), webhook_id, state=state, limit=limit)


@webhooks_app.command("replay")
def replay_deliveries(
    webhook_id: WebhookId,
    event: Annotated[
        list[int] | None, typer.Option("--event", metavar="N", help="Default: all that died.")
    ] = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Send events again, under their old ids."""
    from app.commands.webhooks import run_replay  # noqa: PLC0415
    from app.settings import load_settings  # noqa: PLC0415

    run_replay(load_settings(database_url=database_url), webhook_id, event or ())


@webhooks_app.command("remove")
def remove_webhook(webhook_id: WebhookId, database_url: DatabaseUrl = None) -> None:
    """Forget a webhook and all that waits for it."""
    from app.commands.webhooks import run_remove  # noqa: PLC0415
    from app.settings import load_settings  # noqa: PLC0415

    run_remove(load_settings(database_url=database_url), webhook_id)
