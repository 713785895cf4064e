"""``aspan nightly``: the night's work, once, with a summary and an exit code for a timer."""

from __future__ import annotations

from app.application import open_application
from app.services.nightly import NightlyJob, Policy
from app.services.refresh import RefreshService
from app.settings import Settings

OK, NEEDS_ATTENTION, RUNNING_ELSEWHERE = 0, 1, 3


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
        report = job.run(policy=policy, days=days, say=print)
    finally:
        application.store.close()
    if report.verdict == "running_elsewhere":
        print(f"night {report.night}: another process is at it")
        return RUNNING_ELSEWHERE
    before = " before" if report.verdict == "already_done" else ""
    print(f"night {report.night}: done{before}")
    for fault in report.steps.get("refresh", {}).get("faults", ()):
        print(f"look at: {fault} (aspan sources)")
    for alert in report.steps.get("refresh", {}).get("alerts", ()):
        print(f"look at: {alert} (aspan sources)")
    for name in ("drifted", "conflicting"):
        for contact_id in report.steps.get("drift", {}).get(name, ()):
            print(f"look at: {contact_id} is {name}")
    if report.steps.get("plan", {}).get("fault"):
        print(f"look at: {report.steps['plan']['fault']}")
    return NEEDS_ATTENTION if report.needs_attention else OK
