"""Contacts people rely on: book, change, publish, take an antenna out of service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from app.clock import Clock
from app.errors import InputError, NotFoundError
from app.services.availability import Offer, find_nearest, keep_free, make_offer, read_token
from app.services.booked_passes import find_booked, predict_booked
from app.services.booking_rules import BookingRules, can_become, note_confirmation
from app.services.booking_rules import contact_of as contact_of
from app.services.elements import ElementService
from app.services.extension import lengthen
from app.services.publication import Published, Publisher, Terms
from app.settings import Configuration, Settings
from app.store import Store
from app.store.booking import KeyedRequest, Preemption
from app.store.reservation_rows import EVERYTHING, Draft, Reservation, require_contact
from app.store.schema_reservations import OCCUPYING
from scheduler.contact_states import TRANSITIONS, require_state
from scheduler.intervals import Span
from scheduler.plan import Contact, is_same_pass
from scheduler.plan_states import PlanState
from scheduler.stations import Antenna
from tle.timebase import from_unix_s, to_unix_s

TOKEN_SECRET = "reservation tokens"  # noqa: S105 (a name, not a secret)
_NOTHING: Mapping[str, Any] = {}
EXECUTION_VERBS = ("prepare", "start", "stop", "complete", "fail", "miss")
_MAY_END_LATER = ("reserved", "preparing", "executing")


class ContactService:
    """Booked contacts and blocked spans."""

    def __init__(
        self,
        configuration: Configuration,
        settings: Settings,
        store: Store,
        elements: ElementService,
        clock: Clock,
    ) -> None:
        self._configuration = configuration
        self._settings = settings
        self._store = store
        self._elements = elements
        self._clock = clock
        self.rules = BookingRules(configuration, settings)
        self._publisher = Publisher(settings, store, self.rules, clock)

    def publish(
        self,
        plan_id: str,
        *,
        who: str,
        why: str,
        override: str = "",
        confirmation: str = "",
        by_person: bool = True,
        is_trial: bool = False,
    ) -> Published:
        """Turn a plan's contacts into reserved ones, all together or none.

        Contacts from expired elements (provisional) need ``override``, changes of commanded time
        ``confirmation``, both recorded. ``is_trial`` only tells what would change.
        """
        terms = Terms(override, confirmation, by_person)
        return self._publisher.publish(plan_id, terms, who=who, why=why, is_trial=is_trial)

    def withdraw(self, plan_id: str, *, who: str, why: str) -> tuple[PlanState, tuple[str, ...]]:
        """Take a plan back, with the contacts it booked that may still change."""
        return self._publisher.withdraw(plan_id, who=who, why=why)

    def offer(self, contacts: Sequence[Contact], *, moving: str = "") -> tuple[Offer, ...]:
        """Offer what is free among possible contacts, each with the token that books it.

        ``moving`` is the id of a contact that is to be moved: what it holds counts as free.
        """
        now_utc = self._clock()
        free = self._keep_free(contacts, now_utc, moving)
        secret = self._store.secrets.read(TOKEN_SECRET)
        return tuple(make_offer(contact, secret, now_utc) for contact in free)

    def read_token(self, token: str) -> Contact:
        """Return what a reservation token offers; InputError when it is not ours or too old."""
        return read_token(token, self._store.secrets.read(TOKEN_SECRET), self._clock())

    def find_repeated(self, request: KeyedRequest | None, *, who: str) -> Preemption | None:
        """Return what the same request did before: its token may have expired since."""
        if request is None:
            return None
        return self._store.reservations.find_booked(request, who=who)

    def reserve(
        self,
        token: str,
        *,
        who: str,
        why: str,
        request: KeyedRequest | None = None,
        override: str = "",
        confirmation: str = "",
    ) -> tuple[Reservation, bool]:
        """Book what a token offers; under an idempotency key, once however often it is asked.

        Returns the reservation and whether it is new. CollisionError names who was faster.
        """
        now_utc = self._clock()
        draft = self._draft_offer(token, override, confirmation, now_utc)
        detail = note_confirmation(confirmation)
        if request is None:
            (booked,) = self._store.reservations.book(
                [draft],
                who=who,
                why=why,
                now_utc=now_utc,
                gap_rule=self.rules.gap_s,
                detail=detail,
            )
            return booked, True
        return self._store.reservations.book_once(
            request,
            draft,
            who=who,
            why=why,
            now_utc=now_utc,
            gap_rule=self.rules.gap_s,
            detail=detail,
        )

    def preempt(
        self,
        token: str,
        *,
        who: str,
        emergency: str,
        request: KeyedRequest | None = None,
        override: str = "",
        confirmation: str = "",
    ) -> Preemption:
        """Book what a token offers although reserved contacts are in the way; they are cancelled.

        ``emergency`` is the reason; the losing owners and the configured ones get a notice.
        Contacts in commanded time need ``confirmation``, kept in their history: else InputError.
        """
        now_utc = self._clock()

        def release_rule(found: Reservation) -> None:
            self.rules.require_preemption_confirmed(found, confirmation, now_utc)

        return self._store.reservations.preempt(
            self._draft_offer(token, override, confirmation, now_utc),
            who=who,
            why=emergency,
            now_utc=now_utc,
            gap_rule=self.rules.gap_s,
            release_rule=release_rule,
            told=self._settings.preempt_told,
            request=request,
            detail={"emergency": emergency, **note_confirmation(confirmation)},
        )

    def move(
        self,
        reservation_id: str,
        token: str,
        *,
        who: str,
        why: str,
        version: int | None = None,
        confirmation: str = "",
    ) -> Reservation:
        """Give a contact the time that a token offers; it keeps its own until that is had.

        Another pass only until the cancel limit, the pass's own new time until its setup begins.
        """
        found, now_utc = self._read_contact(reservation_id), self._clock()
        contact, wanted = contact_of(found), self.read_token(token)
        require_state(found.state, ("reserved",), "move")
        if not can_become(contact, wanted):
            raise InputError(
                "token",
                f"it offers {wanted.satellite_id} ({wanted.service}), and the contact is one of "
                f"{contact.satellite_id} ({contact.service}); book that as a contact of its own",
            )
        limit_s = 0.0 if is_same_pass(contact, wanted) else self._settings.cancel_limit_s
        self.rules.require_time_left(found, now_utc, limit_s)
        self.rules.require_confirmation(contact, confirmation, now_utc)
        return self._store.reservations.move(
            reservation_id,
            self._draft_offer(token, "", confirmation, now_utc),
            version=version,
            who=who,
            why=why,
            now_utc=now_utc,
            gap_rule=self.rules.gap_s,
            detail=note_confirmation(confirmation),
        )

    def extend(
        self,
        reservation_id: str,
        *,
        start_utc: datetime | None,
        end_utc: datetime | None,
        who: str,
        why: str,
        version: int | None = None,
        confirmation: str = "",
    ) -> Reservation:
        """Lengthen a contact within what the antenna can use of its pass by the newest elements.

        The start can change until setup, the end until tracking has ended.
        """
        found, now_utc = self._read_contact(reservation_id), self._clock()
        contact = contact_of(found)
        if start_utc is None and end_utc is None:
            raise InputError("end", "give an earlier start or a later end")
        require_state(found.state, _MAY_END_LATER, "extend")
        self.rules.require_confirmation(contact, confirmation, now_utc)
        station = next(s for s in self._configuration.stations if s.id == found.station_id)
        passes = predict_booked(self._configuration, self._elements, station, [contact], now_utc)
        longer = lengthen(
            contact,
            station,
            find_booked(contact, passes),
            start_unix_s=contact.start_unix_s if start_utc is None else to_unix_s(start_utc),
            end_unix_s=contact.end_unix_s if end_utc is None else to_unix_s(end_utc),
        )
        begins_earlier = longer.start_unix_s < contact.start_unix_s
        if begins_earlier and longer.reserved_start_unix_s < to_unix_s(now_utc):
            raise InputError("start", "its setup would have to begin in the past")
        return self._store.reservations.move(
            reservation_id,
            self.rules.draft(longer),
            version=found.version if version is None else version,
            who=who,
            why=why,
            now_utc=now_utc,
            gap_rule=self.rules.gap_s,
            verb="extend",
            states=("reserved",) if begins_earlier else _MAY_END_LATER,
            detail=note_confirmation(confirmation),
        )

    def pin(
        self, reservation_id: str, pinned: bool, *, who: str, why: str, version: int | None = None
    ) -> Reservation:
        """Pin a contact, so that no re-plan changes it, or let it go again."""
        return self._store.reservations.pin(
            reservation_id, pinned, version=version, who=who, why=why, now_utc=self._clock()
        )

    def advance(
        self,
        reservation_id: str,
        verb: str,
        *,
        who: str,
        why: str,
        version: int | None = None,
        detail: Mapping[str, Any] = _NOTHING,
    ) -> Reservation:
        """Take a contact one step along its execution, by one of ``EXECUTION_VERBS``."""
        found = self._read_contact(reservation_id)
        targets = {
            item.source: item.target
            for item in TRANSITIONS
            if item.verb == verb and verb in EXECUTION_VERBS
        }
        require_state(found.state, targets, verb)
        return self._store.reservations.change_state(
            reservation_id,
            targets[found.state],  # type: ignore[index]
            verb=verb,
            who=who,
            why=why,
            now_utc=self._clock(),
            version=version,
            detail=detail,
        )

    def offer_nearest(self, wanted: Contact, possible: Sequence[Contact]) -> Offer | None:
        """Offer the free contact of the same satellite nearest in time to one that was lost."""
        return find_nearest(self.offer(possible), wanted)

    def cancel(
        self,
        reservation_id: str,
        *,
        who: str,
        why: str,
        version: int | None = None,
        confirmation: str = "",
    ) -> Reservation:
        """Give a contact's time back, until the cancel limit before its reserved start."""
        found, now_utc = self._read_contact(reservation_id), self._clock()
        self.rules.require_time_left(found, now_utc, self._settings.cancel_limit_s)
        if found.state == "reserved":
            self.rules.require_confirmation(contact_of(found), confirmation, now_utc)
        return self._store.reservations.change_state(
            reservation_id,
            "cancelled",
            verb="cancel",
            who=who,
            why=why,
            now_utc=now_utc,
            version=version,
            detail=note_confirmation(confirmation),
        )

    def block(
        self, station_id: str, antenna_id: str, span: Span, *, who: str, why: str
    ) -> Reservation:
        """Take an antenna out of service for a span that nothing is booked in."""
        self.find_antenna(station_id, antenna_id)
        (blocked,) = self._store.reservations.book(
            [
                Draft(
                    station_id,
                    antenna_id,
                    owner="",
                    reserved_start_utc=span.start_utc,
                    reserved_end_utc=span.end_utc,
                    note=why,
                )
            ],
            who=who,
            why=why,
            now_utc=self._clock(),
            gap_rule=self.rules.gap_s,
        )
        return blocked

    def lift(self, reservation_id: str, *, who: str, why: str) -> Reservation:
        """Give a blocked span back."""
        return self._store.reservations.lift(
            reservation_id, who=who, why=why, now_utc=self._clock()
        )

    def read(self, reservation_id: str) -> Reservation:
        """Return one contact or blocked span."""
        found = self._store.reservations.read(reservation_id)
        if found is None:
            raise NotFoundError("contact", f"{reservation_id!r} is not known", value=reservation_id)
        return found

    def find_antenna(self, station_id: str, antenna_id: str) -> Antenna:
        return self.rules.find_antenna(station_id, antenna_id)

    def _draft_offer(
        self, token: str, override: str, confirmation: str, now_utc: datetime
    ) -> Draft:
        """Make the draft of what a token offers, if it may be booked so."""
        contact = self.read_token(token)
        if contact.provisional and not override.strip():
            raise InputError(
                "token",
                "the contact rests on expired elements; refresh, or give an override reason",
            )
        self.rules.require_confirmation(contact, confirmation, now_utc)
        return self.rules.draft(contact, note=override if contact.provisional else "")

    def _read_contact(self, reservation_id: str) -> Reservation:
        """Return one contact; NotFoundError when it is a blocked span."""
        found = self.read(reservation_id)
        require_contact(found)
        return found

    def _keep_free(
        self, contacts: Sequence[Contact], now_utc: datetime, moving: str
    ) -> tuple[Contact, ...]:
        if not contacts:
            return ()
        around = timedelta(hours=1)  # neighbours decide whether the antenna can get there
        taken, _ = self._store.reservations.list(
            start_utc=from_unix_s(min(each.reserved_start_unix_s for each in contacts)) - around,
            end_utc=from_unix_s(max(each.reserved_end_unix_s for each in contacts)) + around,
            states=OCCUPYING,
            limit=EVERYTHING,
        )
        others = [item for item in taken if item.reservation_id != moving]
        return keep_free(contacts, others, now_utc, clash=self.rules.clash)
