"""``aspan nightly``: the night's work, once, with a summary and an exit code for a timer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.application import Application, open_application
from app.commands.terminal import print_table
from app.services.nightly import NightlyJob, NightlyReport, Policy
from app.services.refresh import RefreshService
from app.settings import Settings
from tle.timebase import format_utc

OK, NEEDS_ATTENTION, RUNNING_ELSEWHERE = 0, 1, 3
_Figures = Mapping[str, Any]


def run_nightly(settings: Settings, *, policy: Policy, days: float) -> int:
    """Run the job and print its summary.

    Exit codes: 0 done or done before, 1 done and a person should look, 3 another one is at it.
    """
    application = open_application(settings)
    try:
        job = NightlyJob(
            settings,
            application.store,
            RefreshService(
                settings, application.configuration, application.store, application.clock
            ),
            application.planning,
            application.contacts,
            application.drift_watch,
            application.clock,
        )
        report = job.run(policy=policy, days=days, on_step=print_step)
        _print_end(application, report)
    finally:
        application.store.close()
    if report.verdict == "running_elsewhere":
        return RUNNING_ELSEWHERE
    return NEEDS_ATTENTION if report.needs_attention else OK


def print_step(name: str, figures: _Figures) -> None:
    """Print what a step did, in one line."""
    print(f"{name:<8} {describe_step(name, figures)}", flush=True)


def describe_step(name: str, figures: _Figures) -> str:
    """Say what a step did in words; one that is not known, as its figures."""
    describe = _SENTENCES.get(name)
    return str(dict(figures)) if describe is None else describe(figures)


def _describe_refresh(figures: _Figures) -> str:
    faults, alerts = len(figures["faults"]), len(figures["alerts"])
    return (
        f"{figures['new_sets']} new element sets from {figures['asked']} questions, "
        f"{faults} failed; {alerts} open alerts"
    )


def _describe_missed(figures: _Figures) -> str:
    return f"{figures['missed']} contacts closed that nobody reported"


def _describe_drift(figures: _Figures) -> str:
    compared = f"{figures['assessed']} contacts compared with the newest elements"
    return f"{compared}: {_count_disturbed(figures)}"


def _count_disturbed(figures: _Figures) -> str:
    return f"{len(figures['drifted'])} drifted, {len(figures['conflicting'])} conflicting"


def _describe_plan(figures: _Figures) -> str:
    if "fault" in figures:
        return f"none: {figures['fault']}"
    old = f", {figures['provisional']} from expired elements" if figures["provisional"] else ""
    return (
        f"{figures['plan_id']} has {figures['contacts']} contacts{old}, "
        f"worth {figures['objective']:.1f} {figures['unit']}"
    )


def _describe_publish(figures: _Figures) -> str:
    if "why" in figures:
        return f"not done: {figures['why']}"
    head = "done" if figures["published"] else "left to a person; it would mean"
    counts = ", ".join(
        f"{figures[name]} {name}" for name in ("booked", "kept", "moved", "released", "refused")
    )
    causes = ", ".join(
        f"{name.replace('_', ' ')} {count}" for name, count in figures["causes"].items()
    )
    left = f"; now {_count_disturbed(figures['left'])}" if "left" in figures else ""
    return f"{head}: {counts}" + (f" (causes: {causes})" if causes else "") + left


_SENTENCES: Mapping[str, Callable[[_Figures], str]] = {
    "refresh": _describe_refresh,
    "missed": _describe_missed,
    "drift": _describe_drift,
    "plan": _describe_plan,
    "publish": _describe_publish,
}


def _print_end(application: Application, report: NightlyReport) -> None:
    """Print how the night ended, and all that a person should look at."""
    if report.verdict == "running_elsewhere":
        print(
            f"night {report.night}: another process is at it; one that died is taken over "
            "a minute after its last sign"
        )
        return
    before = " before" if report.verdict == "already_done" else ""
    print(f"night {report.night}: done{before}")
    refresh = report.steps.get("refresh", {})
    for text in (*refresh.get("faults", ()), *refresh.get("alerts", ())):
        print(f"look at: {text} (aspan sources)")
    if "fault" in report.steps.get("plan", {}):
        print(f"look at: {report.steps['plan']['fault']}")
    _print_disturbed(application, report)


def _print_disturbed(application: Application, report: NightlyReport) -> None:
    """Print the contacts that were out of their place, with what is known of them now."""
    names = {name: None for found in report.disturbed.values() for name in found}
    items = [application.contacts.read(name) for name in names]
    rows = []
    for item in sorted(items, key=lambda each: each.reserved_start_utc):
        prediction, contact = item.prediction or {}, item.contact
        shift_s = prediction.get("shift_s")
        rows.append(
            (
                item.reservation_id,
                contact.satellite_id if contact else "",
                item.station_id,
                format_utc(item.reserved_start_utc),
                " ".join(name for name in report.disturbed if name in item.conditions) or "settled",
                "" if shift_s is None else f"{shift_s:+.0f}",
                " ".join(prediction.get("conflicts_with", ())),
            )
        )
    if rows:
        heads = ("look at", "satellite", "station", "setup UTC", "is", "shift s", "in the way")
        print_table(heads, rows, right={5})
