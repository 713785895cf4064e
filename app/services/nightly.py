"""The nightly job: refresh, close what was missed, look for drift, plan again, report. Once.

Each step is kept when it is done, so that a run that takes over a dead one's night starts behind
it. Nothing is sent anywhere; a timer reads the exit code, a person the summary.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import socket
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from app.clock import Clock
from app.errors import InputError
from app.services.booked_plan import BOOKED
from app.services.contacts import ContactService
from app.services.drift_watch import DriftWatch
from app.services.planning import PlanningService, PlanQuery, compute_plan
from app.services.prediction import PassQuery
from app.services.refresh import RefreshService
from app.settings import Settings
from app.store import DATABASE_ERRORS, Store
from app.store.reservation_rows import EVERYTHING

Policy = Literal["propose", "publish"]
Step = Callable[[], Mapping[str, Any]]
OnStep = Callable[[str, Mapping[str, Any]], None]
_BEAT_S = 10.0
_WHO = "nightly"
_REFRESH_FAULTS = ("failed", "refused", "broken", "blocked")


@dataclass(frozen=True, slots=True)
class NightlyReport:
    """What a night's run did: ``verdict`` is done, already_done or running_elsewhere."""

    night: str
    verdict: Literal["done", "already_done", "running_elsewhere"]
    steps: Mapping[str, Mapping[str, Any]]

    @property
    def needs_attention(self) -> bool:
        """Tell whether a person should look: at a source, a contact, or a plan left undone."""
        refresh, publish = self.steps.get("refresh", {}), self.steps.get("publish", {})
        return bool(
            refresh.get("faults")
            or refresh.get("alerts")
            or publish.get("why")
            or any(self.disturbed.values())
        )

    @property
    def disturbed(self) -> dict[str, tuple[str, ...]]:
        """Return the ids of contacts out of their place, by condition; after a publication if any.

        What the publication moved fits again.
        """
        found = self.steps.get("publish", {}).get("left") or self.steps.get("drift", {})
        return {name: tuple(found.get(name, ())) for name in ("drifted", "conflicting")}


def name_night(now_utc: datetime) -> str:
    """Name the night by the date it begins on, from noon to noon UTC.

    So a timer in local time starts one run a night wherever it is, changes of summer time included.
    """
    return (now_utc - timedelta(hours=12)).date().isoformat()


class NightlyJob:
    """Does a night's work once, however many start it."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        refresh: RefreshService,
        planning: PlanningService,
        contacts: ContactService,
        drift_watch: DriftWatch,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._store = store
        self._refresh = refresh
        self._planning = planning
        self._contacts = contacts
        self._drift_watch = drift_watch
        self._clock = clock

    def run(self, *, policy: Policy, days: float, on_step: OnStep) -> NightlyReport:
        """Do tonight's steps that are not done yet; ``on_step`` gets name and figures of each.

        An error of a step is raised, and whoever starts next takes over behind the steps done.
        """
        night = name_night(self._clock())
        runner = f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(4)}"
        runs = self._store.nightly_runs
        claim = runs.claim(night, runner, now_utc=self._clock())
        if claim.verdict == "done":
            return NightlyReport(night, "already_done", claim.steps)
        if claim.verdict == "running":
            return NightlyReport(night, "running_elsewhere", claim.steps)

        plan: dict[str, Step] = {
            "refresh": self._refresh_elements,
            "missed": self._close_missed,
            "drift": self._look_for_drift,
            "plan": lambda: self._plan_again(night, days),
            "publish": lambda: self._publish(str(steps["plan"]["plan_id"]), policy),
        }
        steps: dict[str, Mapping[str, Any]] = dict(claim.steps)
        stop = threading.Event()
        heart = threading.Thread(target=self._beat, args=(night, runner, stop), daemon=True)
        heart.start()
        try:
            for name, step in plan.items():
                if name not in steps:
                    steps[name] = step()
                    runs.report(night, runner, steps, now_utc=self._clock())
                on_step(name, steps[name])
            runs.finish(night, runner, steps, now_utc=self._clock())
        except BaseException:
            with suppress(*DATABASE_ERRORS):
                runs.let_go(night, runner, now_utc=self._clock())
            raise
        finally:
            stop.set()
            heart.join()
        return NightlyReport(night, "done", steps)

    def _beat(self, night: str, runner: str, stop: threading.Event) -> None:
        while not stop.wait(_BEAT_S):
            self._store.nightly_runs.beat(night, runner, now_utc=self._clock())

    def _refresh_elements(self) -> Mapping[str, Any]:
        reports = self._refresh.refresh_served()
        return {
            "asked": len(reports),
            "new_sets": sum(report.new_count for report in reports),
            "faults": [
                f"{report.source} {report.query.key}: {report.reason or report.status}"
                for report in reports
                if report.status in _REFRESH_FAULTS
            ],
            "alerts": [alert.text for alert in self._store.refresh_memory.list_alerts()[0]],
        }

    def _close_missed(self) -> Mapping[str, Any]:
        """End the contacts that nobody prepared or finished within the report-back time."""
        now_utc = self._clock()
        limit = now_utc - timedelta(seconds=self._settings.report_back_s)
        waiting, _ = self._store.reservations.list(
            end_utc=limit, states=("reserved", "preparing"), limit=EVERYTHING
        )
        missed = [item for item in waiting if item.reserved_end_utc < limit]
        for item in missed:
            self._store.reservations.change_state(
                item.reservation_id,
                "missed",
                verb="miss",
                who=_WHO,
                why="nobody reported it",
                now_utc=now_utc,
            )
        return {"missed": len(missed)}

    def _look_for_drift(self) -> Mapping[str, Any]:
        found = self._drift_watch.assess_all()
        return {
            "assessed": len(found),
            "drifted": [each.contact_id for each in found if "drifted" in each.conditions],
            "conflicting": [each.contact_id for each in found if "conflicting" in each.conditions],
        }

    def _plan_again(self, night: str, days: float) -> Mapping[str, Any]:
        """Plan the coming days around what is booked; a night has one plan, whoever computes it."""
        plan_id = f"plan-{hashlib.sha256(f'nightly {night}'.encode()).hexdigest()[:16]}"
        made = self._store.plans.read(plan_id)
        if made is None:
            query = PlanQuery(
                PassQuery(days=days),
                previous=BOOKED,
                freeze_s=self._settings.freeze_s,
                change_price=self._settings.change_price,
            )
            task = replace(self._planning.prepare(query), plan_id=plan_id)
            try:
                made = compute_plan(task, lambda done, text: None)
            except InputError as error:
                return {"plan_id": "", "contacts": 0, "fault": str(error)}
            self._planning.keep(made)
        return {
            "plan_id": made.plan_id,
            "contacts": len(made.contacts),
            "provisional": sum(contact.provisional for contact in made.contacts),
            "objective": made.objective,
            "unit": made.objective_unit,
        }

    def _publish(self, plan_id: str, policy: Policy) -> Mapping[str, Any]:
        """Publish the plan, or say what that would change; provisional contacts need a person."""
        plan = self._store.plans.read(plan_id)
        if plan is None:
            return {"published": False, "why": "there is no plan"}
        provisional = sum(contact.provisional for contact in plan.contacts)
        if provisional:
            why = f"{provisional} of its contacts rest on expired elements: a person decides"
            return {"published": False, "why": why}
        if self._store.plan_states.read([plan_id])[plan_id].state == "withdrawn":
            return {"published": False, "why": "a person withdrew it"}
        done = self._contacts.publish(
            plan_id,
            who=_WHO,
            why="nightly run",
            by_person=False,
            is_trial=policy == "propose",
        )
        kinds = Counter(change.kind for change in done.changes)
        figures = {
            "published": policy == "publish",
            "booked": kinds["added"],
            "kept": kinds["kept"],
            "moved": kinds["moved"],
            "released": kinds["dropped"],
            "refused": len(done.refused),
            "causes": dict(Counter(change.cause for change in done.changes if change.cause)),
        }
        return figures | ({"left": self._look_for_drift()} if policy == "publish" else {})
