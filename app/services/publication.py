"""Publishing plans: what it would change, doing it, and taking a plan back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.clock import Clock
from app.errors import InputError, NotFoundError
from app.services.booking_rules import BookingRules, contact_of
from app.settings import Settings
from app.store import Store
from app.store.booking import Publication
from app.store.reservation_rows import EVERYTHING, Draft, Reservation
from app.store.schema_reservations import BLOCKED, OCCUPYING
from scheduler.comparison.diff import Change
from scheduler.plan import Contact, ContactPlan
from scheduler.plan_states import PlanState, require_plan_transition
from scheduler.publishing import (
    BlockedSpan,
    BookedContact,
    Reconciliation,
    Refused,
    list_changes,
    reconcile,
)
from tle.timebase import from_unix_s, to_unix_s

RUNNING = ("preparing", "executing", "post_pass")


@dataclass(frozen=True, slots=True)
class Published:
    """What publishing a plan did, or would do. ``booked`` are the new contacts and the moved."""

    plan_id: str
    state: PlanState
    booked: tuple[Reservation, ...]
    kept: tuple[str, ...]
    moved: tuple[str, ...]
    released: tuple[str, ...]
    refused: tuple[Refused, ...]
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """Under which terms somebody publishes.

    ``override`` is the reason for booking contacts from expired elements, ``confirmation`` the
    mission's word for changes of commanded time; an automaton (``by_person`` False) gets neither.
    """

    override: str = ""
    confirmation: str = ""
    by_person: bool = True


class Publisher:
    """Publish and withdraw plans."""

    def __init__(self, settings: Settings, store: Store, rules: BookingRules, clock: Clock) -> None:
        self._settings = settings
        self._store = store
        self._rules = rules
        self._clock = clock

    def publish(
        self, plan_id: str, terms: Terms, *, who: str, why: str, is_trial: bool = False
    ) -> Published:
        """Turn a plan's contacts into reserved ones, all together or none.

        ``is_trial`` changes nothing and tells what would change.
        """
        plan = self._store.plans.read(plan_id)
        if plan is None:
            raise NotFoundError("plan", f"{plan_id!r} is not known", value=plan_id)
        if plan.status == "infeasible":
            raise InputError(
                "plan",
                f"its demands contradict each other: {plan.provenance.get('solver_message', '')}; "
                "publishing it would release what is booked",
                value=plan_id,
            )
        provisional = sum(contact.provisional for contact in plan.contacts)
        if provisional and not terms.override.strip():
            raise InputError(
                "plan",
                f"{provisional} of {len(plan.contacts)} contacts rest on expired elements; "
                "refresh and plan again, or give an override reason",
                value=plan_id,
            )
        standing = self._store.plan_states.read([plan_id])[plan_id]
        require_plan_transition(standing.state, "published")
        now_utc = self._clock()
        booked, blocked = self._read_present(plan, now_utc, terms)
        changes = reconcile(
            plan.contacts,
            booked,
            blocked,
            find_reason=lambda contact: self._find_reason(contact, now_utc, terms),
            tolerance_s=self._settings.drift_tolerance_s,
            clash=self._rules.clash,
        )
        made: tuple[Reservation, ...] = ()
        if not is_trial:
            made = self._make(plan, changes, terms, who, why, now_utc)
        return Published(
            plan_id,
            standing.state if is_trial else "published",
            made,
            changes.kept,
            tuple(name for name, _ in changes.moved),
            changes.released,
            changes.refused,
            list_changes(changes, booked, plan),
        )

    def withdraw(self, plan_id: str, *, who: str, why: str) -> tuple[PlanState, tuple[str, ...]]:
        """Withdraw a plan; give back what it booked, except what nothing but a person may change.

        Returns the state the plan was in and the contacts that were released.
        """
        plan = self._store.plans.read(plan_id)
        if plan is None:
            raise NotFoundError("plan", f"{plan_id!r} is not known", value=plan_id)
        booked, _ = self._read_present(plan, self._clock(), Terms())
        own = {item.reservation_id for item in self._list(plan, self._clock(), plan_id)}
        released = tuple(
            item.reservation_id for item in booked if item.reservation_id in own and not item.fixed
        )
        before = self._store.reservations.withdraw(
            plan_id, released, who=who, why=why or f"withdrew {plan_id}", now_utc=self._clock()
        )
        return before, released

    def _make(
        self,
        plan: ContactPlan,
        changes: Reconciliation,
        terms: Terms,
        who: str,
        why: str,
        now_utc: datetime,
    ) -> tuple[Reservation, ...]:
        publication = Publication(
            plan.plan_id,
            released=changes.released,
            moved=tuple((name, self._draft(each, plan, terms)) for name, each in changes.moved),
            new=tuple(self._draft(each, plan, terms) for each in changes.new),
            confirmed=changes.confirmed,
            kept_count=len(changes.kept),
            refused_count=len(changes.refused),
        )
        said = "; ".join(
            text
            for text in (
                f"published {plan.plan_id}" + (f": {why}" if why else ""),
                f"override: {terms.override}" if terms.override else "",
                f"the mission confirmed: {terms.confirmation}" if terms.confirmation else "",
            )
            if text
        )
        return self._store.reservations.publish(
            publication, who=who, why=said, now_utc=now_utc, gap_rule=self._rules.gap_s
        )

    def _draft(self, contact: Contact, plan: ContactPlan, terms: Terms) -> Draft:
        note = terms.override if contact.provisional else ""
        return self._rules.draft(contact, plan_id=plan.plan_id, note=note)

    def _find_reason(self, contact: Contact, now_utc: datetime, terms: Terms) -> str | None:
        if contact.reserved_start_unix_s < to_unix_s(now_utc):
            return "begins_in_the_past"
        if self._rules.is_commanded(contact, now_utc) and not self._may_command(terms):
            return "inside_command_lead"
        return None

    @staticmethod
    def _may_command(terms: Terms) -> bool:
        return terms.by_person and bool(terms.confirmation.strip())

    def _read_present(
        self, plan: ContactPlan, now_utc: datetime, terms: Terms
    ) -> tuple[list[BookedContact], list[BlockedSpan]]:
        """Read what holds the plan's antennas in its span: contacts and blocked spans."""
        frozen_until = now_utc + timedelta(seconds=self._settings.freeze_s)
        booked, blocked = [], []
        for item in self._list(plan, now_utc):
            if item.state == BLOCKED:
                blocked.append(
                    BlockedSpan(
                        item.reservation_id,
                        item.station_id,
                        item.antenna_id,
                        to_unix_s(item.reserved_start_utc),
                        to_unix_s(item.reserved_end_utc),
                    )
                )
                continue
            contact = contact_of(item)
            fixed = (
                item.pinned
                or item.state in RUNNING
                or item.reserved_start_utc < frozen_until
                or (self._rules.is_commanded(contact, now_utc) and not self._may_command(terms))
            )
            booked.append(BookedContact(item.reservation_id, contact, fixed))
        return booked, blocked

    def _list(
        self, plan: ContactPlan, now_utc: datetime, plan_id: str | None = None
    ) -> list[Reservation]:
        found, _ = self._store.reservations.list(
            start_utc=max(now_utc, from_unix_s(plan.start_unix_s)),
            end_utc=from_unix_s(plan.end_unix_s),
            station_ids=plan.station_ids,
            states=OCCUPYING,
            limit=EVERYTHING,
        )
        return [item for item in found if plan_id is None or item.plan_id == plan_id]
