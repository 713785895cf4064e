"""``aspan publish``, ``aspan withdraw`` and ``aspan plans``: plans and their states."""

from __future__ import annotations

from app.application import open_application
from app.commands.terminal import find_user, print_table
from app.errors import NotFoundError
from app.settings import Settings
from tle.timebase import format_utc, from_unix_s


def run_publish(
    settings: Settings,
    plan_id: str,
    *,
    why: str,
    override: str,
    confirmation: str,
    is_trial: bool,
) -> None:
    """Publish a plan, or try it, and print what becomes of each contact."""
    application = open_application(settings)
    try:
        done = application.contacts.publish(
            plan_id,
            who=find_user(),
            why=why,
            override=override,
            confirmation=confirmation,
            is_trial=is_trial,
        )
    finally:
        application.store.close()
    rows: list[tuple[str, ...]] = [
        (
            change.kind,
            change.satellite_id,
            change.station_id,
            format_utc(from_unix_s(change.start_unix_s)),
            " ".join((change.cause, change.through)).strip(),
        )
        for change in done.changes
        if change.kind != "kept"
    ]
    rows += [
        (
            "refused",
            each.contact.satellite_id,
            each.contact.station_id,
            format_utc(from_unix_s(each.contact.start_unix_s)),
            " ".join((each.reason, each.in_the_way)).strip(),
        )
        for each in done.refused
    ]
    if rows:
        print_table(("change", "satellite", "station", "start UTC", "cause"), rows, right=set())
    verb = "would be" if is_trial else "is"
    added = sum(change.kind == "added" for change in done.changes)
    print(
        f"{plan_id} {verb} published: {added} booked, {len(done.kept)} kept, "
        f"{len(done.moved)} moved, {len(done.released)} released, {len(done.refused)} refused"
    )


def run_withdraw(settings: Settings, plan_id: str, *, why: str) -> None:
    """Withdraw a plan and print what was given back."""
    application = open_application(settings)
    try:
        was, released = application.contacts.withdraw(plan_id, who=find_user(), why=why)
    finally:
        application.store.close()
    print(f"{plan_id} was {was} and is withdrawn; {len(released)} contacts given back")


def run_list_plans(settings: Settings, *, limit: int) -> None:
    """Print the newest plans with their states."""
    application = open_application(settings)
    try:
        page, total = application.store.plans.list(limit=limit)
        standings = application.store.plan_states.read([each.plan_id for each in page])
    finally:
        application.store.close()
    heads = ("plan", "state", "made UTC", "from UTC", "to UTC", "contacts", "value")
    rows = [
        (
            each.plan_id,
            standings[each.plan_id].state,
            format_utc(each.created_utc),
            format_utc(each.start_utc),
            format_utc(each.end_utc),
            str(each.contact_count),
            f"{each.objective:.1f}",
        )
        for each in page
    ]
    print_table(heads, rows, right={5, 6})
    print(f"{len(page)} of {total} plans")


def run_show_history(settings: Settings, plan_id: str, *, limit: int) -> None:
    """Print what happened to a plan, the newest first."""
    application = open_application(settings)
    try:
        if application.store.plans.summary(plan_id) is None:
            raise NotFoundError("plan_id", f"{plan_id!r}: no such plan", value=plan_id)
        standing = application.store.plan_states.read([plan_id])[plan_id]
        entries, _ = application.store.audit.list(subject=plan_id, action="plan.", limit=limit)
    finally:
        application.store.close()
    rows = [
        (
            format_utc(each.at_utc),
            each.who,
            each.action.removeprefix("plan."),
            str(each.detail.get("why", "")),
        )
        for each in entries
    ]
    print_table(("UTC", "who", "verb", "why"), rows, right=set())
    print(f"{plan_id} is {standing.state}")
