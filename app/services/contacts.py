"""Contacts people rely on: publish a plan, cancel, block an antenna."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.clock import Clock
from app.errors import InputError, NotFoundError
from app.services.availability import (
    Offer,
    find_nearest,
    keep_free,
    make_offer,
    read_token,
)
from app.settings import Configuration, Settings
from app.store import Store
from app.store.reservation_rows import Draft, Reservation, draft_of
from app.store.schema_reservations import OCCUPYING
from scheduler.antenna_constraints.changeover import longest_changeover_s, minimum_gap_s
from scheduler.contact_states import BOOKED_STATES
from scheduler.intervals import Span
from scheduler.plan import Contact, ContactPlan
from scheduler.publishing import BookedContact, Refused, reconcile, widen
from scheduler.stations import Antenna
from tle.timebase import from_unix_s, to_unix_s

_TOKEN_SECRET = "reservation tokens"  # noqa: S105 (a name, not a secret)
_RUNNING = ("preparing", "executing", "post_pass")
EVERYTHING = 100_000


@dataclass(frozen=True, slots=True)
class Published:
    """What publishing a plan did."""

    plan_id: str
    booked: tuple[Reservation, ...]
    kept: tuple[str, ...]
    released: tuple[str, ...]
    refused: tuple[Refused, ...]


class ContactService:
    """Booked contacts and blocked spans."""

    def __init__(
        self,
        configuration: Configuration,
        settings: Settings,
        store: Store,
        clock: Clock,
    ) -> None:
        self._configuration = configuration
        self._settings = settings
        self._store = store
        self._clock = clock

    def publish(
        self,
        plan_id: str,
        *,
        who: str,
        why: str,
        bound95_s: Mapping[str, float] | None = None,
        override: str = "",
    ) -> Published:
        """Turn a plan's contacts into reserved ones, all together or none.

        Contacts from expired elements (provisional) need ``override``, the reason a person gives,
        which is recorded.
        """
        plan = self._store.plans.read(plan_id)
        if plan is None:
            raise NotFoundError("plan", f"{plan_id!r} is not known", value=plan_id)
        provisional = sum(contact.provisional for contact in plan.contacts)
        if provisional and not override:
            raise InputError(
                "plan",
                f"{provisional} of {len(plan.contacts)} contacts rest on expired elements; "
                "refresh and plan again, or give an override reason",
                value=plan_id,
            )
        now_utc = self._clock()
        booked = self._booked_in(plan, now_utc)
        changes = reconcile(plan.contacts, booked, now_unix_s=to_unix_s(now_utc))
        contacts = widen(changes.new, bound95_s or {}, cap_s=self._settings.reserve_widening_cap_s)
        reservations = self._store.reservations.book(
            [
                self._draft(contact, plan_id=plan_id, note=override if contact.provisional else "")
                for contact in contacts
            ],
            who=who,
            why=f"published {plan_id}" + (f": {why}" if why else ""),
            now_utc=now_utc,
            gap_rule=self.gap_s,
            replacing=changes.released,
        )
        return Published(plan_id, reservations, changes.kept, changes.released, changes.refused)

    def offer(self, contacts: Sequence[Contact]) -> tuple[Offer, ...]:
        """Offer what is free among possible contacts, each with the token that books it."""
        now_utc = self._clock()
        free = self._keep_free(contacts, now_utc)
        secret = self._store.secrets.read(_TOKEN_SECRET)
        return tuple(make_offer(contact, secret, now_utc) for contact in free)

    def read_token(self, token: str) -> Contact:
        """Return what a reservation token offers; InputError when it is not ours or too old."""
        return read_token(token, self._store.secrets.read(_TOKEN_SECRET), self._clock())

    def reserve(
        self, token: str, *, who: str, why: str, key: str | None = None, override: str = ""
    ) -> tuple[Reservation, bool]:
        """Book what a token offers; under an idempotency key, once however often it is asked.

        Returns the reservation and whether it is new. CollisionError names who was faster.
        """
        contact = self.read_token(token)
        if contact.provisional and not override:
            raise InputError(
                "token",
                "the contact rests on expired elements; refresh, or give an override reason",
            )
        draft = self._draft(contact, note=override if contact.provisional else "")
        now_utc = self._clock()
        if key is None:
            (booked,) = self._store.reservations.book(
                [draft], who=who, why=why, now_utc=now_utc, gap_rule=self.gap_s
            )
            return booked, True
        return self._store.reservations.book_once(
            key,
            hashlib.sha256(token.encode()).hexdigest(),
            draft,
            who=who,
            why=why,
            now_utc=now_utc,
            gap_rule=self.gap_s,
        )

    def move(
        self, reservation_id: str, token: str, *, who: str, why: str, version: int | None = None
    ) -> Reservation:
        """Give a contact the time that a token offers; it keeps its own until that is had."""
        return self._store.reservations.move(
            reservation_id,
            self._draft(self.read_token(token)),
            version=version,
            who=who,
            why=why,
            now_utc=self._clock(),
            gap_rule=self.gap_s,
        )

    def pin(
        self, reservation_id: str, pinned: bool, *, who: str, why: str, version: int | None = None
    ) -> Reservation:
        """Pin a contact, so that no re-plan changes it, or let it go again."""
        return self._store.reservations.pin(
            reservation_id, pinned, version=version, who=who, why=why, now_utc=self._clock()
        )

    def find_alternative(self, wanted: Contact, possible: Sequence[Contact]) -> Contact | None:
        """Return the free contact of the same satellite nearest in time to one that was lost."""
        return find_nearest(self._keep_free(possible, self._clock()), wanted)

    def cancel(
        self, reservation_id: str, *, who: str, why: str, version: int | None = None
    ) -> Reservation:
        """Give a contact's time back, until the cancel limit before its reserved start."""
        found = self.read(reservation_id)
        now_utc = self._clock()
        limit = timedelta(seconds=self._settings.cancel_limit_s)
        if found.state == "reserved" and found.reserved_start_utc - now_utc < limit:
            raise InputError(
                "contact",
                f"its setup starts within {self._settings.cancel_limit_s:g} s; "
                "stop it at the antenna instead",
                value=reservation_id,
                unit="s",
            )
        return self._store.reservations.change_state(
            reservation_id,
            "cancelled",
            verb="cancel",
            who=who,
            why=why,
            now_utc=now_utc,
            version=version,
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
            gap_rule=self.gap_s,
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

    def gap_s(self, first: Reservation | Draft, second: Reservation | Draft) -> float:
        """Return what the antenna needs from the end of one contact to the start of the next."""
        antenna = self.find_antenna(first.station_id, first.antenna_id)
        left, right = first.contact, second.contact
        if left is None or right is None:
            return 0.0
        if first.end_elevation_deg is None or second.start_elevation_deg is None:
            return antenna.teardown_s + max(antenna.setup_s, longest_changeover_s(antenna))
        return minimum_gap_s(
            antenna,
            left.end_azimuth_deg,
            first.end_elevation_deg,
            right.start_azimuth_deg,
            second.start_elevation_deg,
        )

    def _draft(self, contact: Contact, *, plan_id: str | None = None, note: str = "") -> Draft:
        """Make a booking's draft, with the configuration that is in force."""
        return draft_of(
            contact,
            plan_id=plan_id,
            start_elevation_deg=contact.start_elevation_deg,
            end_elevation_deg=contact.end_elevation_deg,
            conditions=_standing_conditions(contact),
            snapshot={
                "configuration_digest": self._configuration.digest,
                "element_set_id": contact.element_set_id,
            },
            note=note,
        )

    def _keep_free(self, contacts: Sequence[Contact], now_utc: datetime) -> tuple[Contact, ...]:
        if not contacts:
            return ()
        taken, _ = self._store.reservations.list(
            start_utc=from_unix_s(min(each.reserved_start_unix_s for each in contacts)),
            end_utc=from_unix_s(max(each.reserved_end_unix_s for each in contacts)),
            states=OCCUPYING,
            limit=EVERYTHING,
        )
        return keep_free(contacts, taken, now_utc)

    def _booked_in(self, plan: ContactPlan, now_utc: datetime) -> list[BookedContact]:
        rows, _ = self._store.reservations.list(
            start_utc=max(now_utc, from_unix_s(plan.start_unix_s)),
            end_utc=from_unix_s(plan.end_unix_s),
            station_ids=plan.station_ids,
            states=BOOKED_STATES,
            limit=EVERYTHING,
        )
        frozen_until = now_utc + timedelta(seconds=self._settings.freeze_s)
        return [
            BookedContact(
                item.reservation_id,
                contact_of(item),
                fixed=item.pinned
                or item.state in _RUNNING
                or item.reserved_start_utc < frozen_until,
            )
            for item in rows
            if item.contact is not None
        ]

    def find_antenna(self, station_id: str, antenna_id: str) -> Antenna:
        for station in self._configuration.stations:
            for antenna in station.antennas:
                if station.id == station_id and antenna.id == antenna_id:
                    return antenna
        raise NotFoundError("antenna", f"{station_id}/{antenna_id} is not configured")


def _standing_conditions(contact: Contact) -> tuple[str, ...]:
    return tuple(name for name in ("provisional", "tentative") if getattr(contact, name))


def contact_of(item: Reservation) -> Contact:
    if item.contact is None:
        raise ValueError(f"{item.reservation_id} is a blocked span")
    return item.contact
