"""``aspan webhooks``: list, add, test, replay and remove webhooks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from app.access import LOCAL
from app.application import Application, open_application
from app.commands.terminal import print_table
from app.settings import Settings
from tle.timebase import format_utc

FAILED = 1


def run_list(settings: Settings) -> None:
    """Print every webhook with what waits and what died."""
    with _open(settings) as application:
        store = application.store.webhooks
        rows = [
            (
                each.webhook_id,
                each.state,
                " ".join(each.kinds) or "all",
                *(
                    str(store.deliveries(each.webhook_id, state=state, limit=1)[1])
                    for state in ("waiting", "delivered", "dead")
                ),
                each.url,
            )
            for each in store.list()
        ]
    heads = ("webhook", "state", "kinds", "waiting", "delivered", "dead", "url")
    print_table(heads, rows, right={3, 4, 5})


def run_add(settings: Settings, url: str, *, kinds: Sequence[str], stations: Sequence[str]) -> None:
    """Make a webhook and print its id and, this once, its secret."""
    with _open(settings) as application:
        made = application.webhooks.add(url, kinds=kinds, stations=stations, principal=LOCAL)
    print(f"{made.webhook_id} gets events from now on; its secret, shown this once:")
    print(made.secret)


def run_test(settings: Settings, webhook_id: str) -> int:
    """Send a test event now, print what came back, and return the exit code."""
    with _open(settings) as application:
        outcome = application.webhooks.test(webhook_id, principal=LOCAL)
    said = f"HTTP {outcome.status}" if outcome.delivered else outcome.reason
    print(f"{'delivered' if outcome.delivered else 'not delivered'}: {said}")
    return 0 if outcome.delivered else FAILED


def run_replay(settings: Settings, webhook_id: str, event_ids: Sequence[int]) -> None:
    """Send events again; the running service does the sending."""
    with _open(settings) as application:
        count = application.webhooks.replay(webhook_id, event_ids, principal=LOCAL)
    print(f"{count} deliveries wait to be sent again")


def run_deliveries(settings: Settings, webhook_id: str, *, state: str | None, limit: int) -> None:
    """Print the newest deliveries of a webhook."""
    with _open(settings) as application:
        application.webhooks.read(webhook_id, LOCAL)
        page, total = application.store.webhooks.deliveries(webhook_id, state=state, limit=limit)
    rows = [
        (
            str(each.event_id),
            each.state,
            str(each.attempt_count),
            format_utc(each.finished_utc or each.next_attempt_utc),
            each.last_reason,
        )
        for each in page
    ]
    print_table(("event", "state", "attempts", "next or end UTC", "reason"), rows, right={0, 2})
    print(f"{len(page)} of {total}")


def run_remove(settings: Settings, webhook_id: str) -> None:
    """Forget a webhook and what waits for it."""
    with _open(settings) as application:
        application.webhooks.remove(webhook_id, principal=LOCAL)
    print(f"{webhook_id} is gone")


@contextmanager
def _open(settings: Settings) -> Iterator[Application]:
    application = open_application(settings)
    try:
        yield application
    finally:
        application.store.close()
