"""Contacts people rely on: publish a plan, book, cancel, block, and say what has drifted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.errors import InputError, NotFoundError
from app.services.elements import Clock, ElementService
from app.settings import Configuration, Settings
from app.store import Store
from app.store.reservation_rows import Draft, Reservation, draft_of
from scheduler.antenna_constraints.changeover import longest_changeover_s, minimum_gap_s
from scheduler.contact_states import BOOKED_STATES
from scheduler.drift import Assessment, Booking, Occupied, Prediction, assess, match_pass
from scheduler.intervals import Span
from scheduler.plan import Contact, ContactPlan
from scheduler.prediction.passes import TrackedObject
from scheduler.prediction.search import find_passes
from scheduler.publishing import BookedContact, Refused, reconcile, widen
from scheduler.stations import Antenna, Station
from scheduler.windows import cut_passes
from tle.timebase import DAY_S, from_unix_s, to_unix_s

_RUNNING = ("preparing", "executing", "post_pass")
_NEIGHBOUR_S = 3_600.0  # beyond this gap no changeover is ever short
_EVERYTHING = 100_000


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
        elements: ElementService,
        clock: Clock,
    ) -> None:
        self._configuration = configuration
        self._settings = settings
        self._store = store
        self._elements = elements
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
                draft_of(
                    contact,
                    plan_id=plan_id,
                    start_elevation_deg=contact.start_elevation_deg,
                    end_elevation_deg=contact.end_elevation_deg,
                    conditions=_standing_conditions(contact),
                    snapshot={
                        "configuration_digest": self._configuration.digest,
                        "element_set_id": contact.element_set_id,
                    },
                    note=override if contact.provisional else "",
                )
                for contact in contacts
            ],
            who=who,
            why=f"published {plan_id}" + (f": {why}" if why else ""),
            now_utc=now_utc,
            gap_rule=self.gap_s,
            replacing=changes.released,
        )
        return Published(plan_id, reservations, changes.kept, changes.released, changes.refused)

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
        self._find_antenna(station_id, antenna_id)
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
        antenna = self._find_antenna(first.station_id, first.antenna_id)
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

    def assess_all(self) -> tuple[Assessment, ...]:
        """Compare every coming contact with the newest elements and keep what that says.

        Reserved windows stay as they are; conditions and predicted AOS and LOS follow.
        """
        now_utc = self._clock()
        coming, _ = self._store.reservations.list(
            start_utc=now_utc, states=(*BOOKED_STATES, "blocked"), limit=_EVERYTHING
        )
        by_station: dict[str, list[Reservation]] = defaultdict(list)
        for item in coming:
            by_station[item.station_id].append(item)
        assessments: list[Assessment] = []
        for station in self._configuration.stations:
            assessments += self._assess_station(station, by_station.get(station.id, []), now_utc)
        return tuple(assessments)

    def _assess_station(
        self, station: Station, reservations: Sequence[Reservation], now_utc: datetime
    ) -> list[Assessment]:
        contacts = [item for item in reservations if item.contact is not None]
        if not contacts:
            return []
        predictions, tracked = self._predict(station, contacts, now_utc)
        found = []
        for item in contacts:
            contact = _contact_of(item)
            objects = tracked.get(contact.satellite_id)
            half_period_s = (
                DAY_S / objects.elements.mean_motion_rev_day / 2 if objects else DAY_S / 2
            )
            newest = match_pass(
                _culmination(contact),
                predictions[contact.satellite_id, contact.antenna_id],
                half_period_s,
            )
            antenna = self._find_antenna(station.id, item.antenna_id)
            if newest is not None:
                newest = self._with_setup(newest, item, contacts, antenna)
            assessment = assess(
                _booking_of(item, antenna),
                newest,
                _occupied_around(item, reservations, antenna),
                drift_tolerance_s=self._settings.drift_tolerance_s,
            )
            found.append(assessment)
            self._keep(item, assessment, newest, objects, now_utc)
        return found

    def _predict(
        self, station: Station, contacts: Sequence[Reservation], now_utc: datetime
    ) -> tuple[dict[tuple[str, str], list[Prediction]], dict[str, TrackedObject]]:
        """Find the passes of the booked satellites again, per satellite and antenna."""
        wanted = {_contact_of(item).satellite_id for item in contacts}
        satellites = [each for each in self._configuration.satellites if each.id in wanted]
        choice = self._elements.choose(satellites, now_utc)
        tracked = {each.satellite_id: each for each in choice.objects}
        span = Span(
            min(item.reserved_start_utc for item in contacts) - timedelta(hours=3),
            max(item.reserved_end_utc for item in contacts) + timedelta(hours=3),
        )
        floor_deg = min(antenna.tracking_floor_deg for antenna in station.antennas)
        table = find_passes(choice.objects, station, span, min_elevation_deg=floor_deg)
        cut = cut_passes(table, station)
        predictions: dict[tuple[str, str], list[Prediction]] = defaultdict(list)
        for row in range(len(table)):
            record = table.read(row)
            windows, cuts = cut[row]
            for antenna in station.antennas:
                predictions[record.satellite_id, antenna.id].append(
                    Prediction(
                        aos_unix_s=record.aos_unix_s,
                        culmination_unix_s=record.culmination_unix_s,
                        los_unix_s=record.los_unix_s,
                        windows_unix_s=tuple(
                            (window.start_unix_s, window.end_unix_s)
                            for window in windows
                            if window.antenna_id == antenna.id
                        ),
                        setup_s=antenna.setup_s,
                        teardown_s=antenna.teardown_s,
                        masked=tuple(
                            Occupied(item.reason, item.start_unix_s, item.end_unix_s)
                            for item in cuts
                            if item.antenna_id == antenna.id and item.reason == "below_horizon_mask"
                        ),
                    )
                )
        return predictions, tracked

    def _with_setup(
        self,
        newest: Prediction,
        item: Reservation,
        contacts: Iterable[Reservation],
        antenna: Antenna,
    ) -> Prediction:
        """Ask for a longer setup when the antenna comes from a contact just before."""
        start = _contact_of(item).start_unix_s
        before = [
            other
            for other in contacts
            if other.antenna_id == item.antenna_id
            and 0.0 <= start - _contact_of(other).end_unix_s < _NEIGHBOUR_S
            and other.reservation_id != item.reservation_id
        ]
        if not before:
            return newest
        last = max(before, key=lambda other: _contact_of(other).end_unix_s)
        needed_s = self.gap_s(last, item) - antenna.teardown_s
        room_s = start - _contact_of(last).end_unix_s - antenna.teardown_s
        if needed_s <= room_s:
            return newest
        return Prediction(
            newest.aos_unix_s,
            newest.culmination_unix_s,
            newest.los_unix_s,
            newest.windows_unix_s,
            needed_s,
            newest.teardown_s,
            newest.masked,
        )

    def _keep(
        self,
        item: Reservation,
        assessment: Assessment,
        newest: Prediction | None,
        tracked: TrackedObject | None,
        now_utc: datetime,
    ) -> None:
        standing = tuple(each for each in item.conditions if each not in ("drifted", "conflicting"))
        self._store.reservations.note_prediction(
            item.reservation_id,
            conditions=(*standing, *assessment.conditions),
            prediction={
                "aos_unix_s": newest.aos_unix_s if newest else None,
                "los_unix_s": newest.los_unix_s if newest else None,
                "element_set_id": tracked.elements.element_set_id if tracked else None,
                "shift_s": assessment.shift_s,
                "usable_s": assessment.usable_s,
                "reasons": list(assessment.reasons),
                "conflicts_with": list(assessment.conflicts_with),
            },
            now_utc=now_utc,
        )

    def _booked_in(self, plan: ContactPlan, now_utc: datetime) -> list[BookedContact]:
        rows, _ = self._store.reservations.list(
            start_utc=max(now_utc, from_unix_s(plan.start_unix_s)),
            end_utc=from_unix_s(plan.end_unix_s),
            station_ids=plan.station_ids,
            states=BOOKED_STATES,
            limit=_EVERYTHING,
        )
        frozen_until = now_utc + timedelta(seconds=self._settings.freeze_s)
        return [
            BookedContact(
                item.reservation_id,
                _contact_of(item),
                fixed=item.pinned
                or item.state in _RUNNING
                or item.reserved_start_utc < frozen_until,
            )
            for item in rows
            if item.contact is not None
        ]

    def _find_antenna(self, station_id: str, antenna_id: str) -> Antenna:
        for station in self._configuration.stations:
            for antenna in station.antennas:
                if station.id == station_id and antenna.id == antenna_id:
                    return antenna
        raise NotFoundError("antenna", f"{station_id}/{antenna_id} is not configured")


def _standing_conditions(contact: Contact) -> tuple[str, ...]:
    return tuple(name for name in ("provisional", "tentative") if getattr(contact, name))


def _contact_of(item: Reservation) -> Contact:
    if item.contact is None:
        raise ValueError(f"{item.reservation_id} is a blocked span")
    return item.contact


def _culmination(contact: Contact) -> float:
    if contact.culmination_unix_s is not None:
        return contact.culmination_unix_s
    return (contact.aos_unix_s + contact.los_unix_s) / 2


def _booking_of(item: Reservation, antenna: Antenna) -> Booking:
    contact = _contact_of(item)
    return Booking(
        contact_id=item.reservation_id,
        reserved_start_unix_s=to_unix_s(item.reserved_start_utc),
        start_unix_s=contact.start_unix_s,
        end_unix_s=contact.end_unix_s,
        reserved_end_unix_s=to_unix_s(item.reserved_end_utc),
        culmination_unix_s=_culmination(contact),
        min_contact_s=min(antenna.min_contact_s, contact.end_unix_s - contact.start_unix_s),
    )


def _occupied_around(
    item: Reservation, reservations: Sequence[Reservation], antenna: Antenna
) -> list[Occupied]:
    """List what else holds the antenna: other reservations and configured downtimes."""
    others = [
        Occupied(
            other.reservation_id,
            to_unix_s(other.reserved_start_utc),
            to_unix_s(other.reserved_end_utc),
        )
        for other in reservations
        if other.antenna_id == item.antenna_id and other.reservation_id != item.reservation_id
    ]
    downtimes = [
        Occupied(f"downtime: {each.reason}", to_unix_s(each.start_utc), to_unix_s(each.end_utc))
        for each in antenna.downtimes
    ]
    return others + downtimes
