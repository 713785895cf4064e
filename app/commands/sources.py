"""``aspan sources``: what is remembered of the sources, and their acknowledgement by a person."""

from __future__ import annotations

from app.application import open_application
from app.commands.terminal import find_user, print_table
from app.errors import NotFoundError
from app.settings import Settings
from tle.timebase import format_utc


def run_list_sources(settings: Settings) -> None:
    """Print each source's queries, blocks and open alerts."""
    application = open_application(settings)
    try:
        memories = application.store.refresh_memory.list_sources()
        alerts, alert_count = application.store.refresh_memory.list_alerts(limit=50)
    finally:
        application.store.close()
    if not memories:
        print("no source was asked yet; refresh with: aspan refresh")
        return
    rows = []
    for memory in memories:
        for key, query in sorted(memory.queries.items()):
            rows.append(
                (
                    memory.source,
                    key,
                    format_utc(query.last_attempt_utc) if query.last_attempt_utc else "-",
                    format_utc(query.last_success_utc) if query.last_success_utc else "-",
                    query.last_status.replace("_", " ") or "-",
                    str(query.set_count) if query.set_count is not None else "-",
                    "BLOCKED" if memory.blocked_utc else "",
                )
            )
    heads = ("source", "query", "last attempt", "last success", "result", "sets", "")
    print_table(heads, rows, right={5})
    for memory in memories:
        if memory.blocked_utc:
            print(
                f"\n{memory.source} is blocked since {format_utc(memory.blocked_utc)}: "
                f"{memory.blocked_reason}\n"
                f"When the cause is gone: aspan sources acknowledge {memory.source}"
            )
    if alert_count:
        print(f"\n{alert_count} open alerts:")
        for alert in alerts:
            print(f"  {format_utc(alert.raised_utc)}  {alert.source}: {alert.text}")


def run_acknowledge(settings: Settings, name: str) -> None:
    """Let a blocked source be asked again."""
    application = open_application(settings)
    try:
        changed = application.store.refresh_memory.acknowledge(
            name, who=find_user(), now_utc=application.clock()
        )
    finally:
        application.store.close()
    if not changed:
        raise NotFoundError("source", f"{name!r} is not blocked", value=name)
    print(f"{name} may be asked again")
