"""Drift watch: compare every coming contact with what the newest elements predict."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from app.clock import Clock
from app.services.contacts import EVERYTHING, ContactService, contact_of
from app.services.elements import ElementService
from app.settings import Configuration, Settings
from app.store import Store
from app.store.reservation_rows import Reservation
from scheduler.contact_states import BOOKED_STATES
from scheduler.drift import Assessment, Booking, Occupied, Prediction, assess, match_pass
from scheduler.intervals import Span
from scheduler.plan import Contact
from scheduler.prediction.passes import TrackedObject
from scheduler.prediction.search import find_passes
from scheduler.stations import Antenna, Station
from scheduler.windows import cut_passes
from tle.timebase import DAY_S, to_unix_s

_NEIGHBOUR_S = 3_600.0  # beyond this gap no changeover is ever short
_MARGIN = timedelta(hours=3)  # how far a pass may move and still be looked for


class DriftWatch:
    """Keeps the conditions of booked contacts true; it never moves one."""

    def __init__(
        self,
        configuration: Configuration,
        settings: Settings,
        store: Store,
        elements: ElementService,
        contacts: ContactService,
        clock: Clock,
    ) -> None:
        self._configuration = configuration
        self._settings = settings
        self._store = store
        self._elements = elements
        self._contacts = contacts
        self._clock = clock

    def assess_all(self) -> tuple[Assessment, ...]:
        """Compare every coming contact with the newest elements and keep what that says.

        Reserved windows stay as they are; conditions and predicted AOS and LOS follow.
        """
        now_utc = self._clock()
        coming, _ = self._store.reservations.list(
            start_utc=now_utc, states=(*BOOKED_STATES, "blocked"), limit=EVERYTHING
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
            contact = contact_of(item)
            objects = tracked.get(contact.satellite_id)
            half_period_s = (
                DAY_S / objects.elements.mean_motion_rev_day / 2 if objects else DAY_S / 2
            )
            newest = match_pass(
                _culmination(contact),
                predictions[contact.satellite_id, contact.antenna_id],
                half_period_s,
            )
            antenna = self._contacts.find_antenna(station.id, item.antenna_id)
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
        wanted = {contact_of(item).satellite_id for item in contacts}
        satellites = [each for each in self._configuration.satellites if each.id in wanted]
        choice = self._elements.choose(satellites, now_utc)
        tracked = {each.satellite_id: each for each in choice.objects}
        span = Span(
            min(item.reserved_start_utc for item in contacts) - _MARGIN,
            max(item.reserved_end_utc for item in contacts) + _MARGIN,
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
        start = contact_of(item).start_unix_s
        before = [
            other
            for other in contacts
            if other.antenna_id == item.antenna_id
            and 0.0 <= start - contact_of(other).end_unix_s < _NEIGHBOUR_S
            and other.reservation_id != item.reservation_id
        ]
        if not before:
            return newest
        last = max(before, key=lambda other: contact_of(other).end_unix_s)
        needed_s = self._contacts.gap_s(last, item) - antenna.teardown_s
        room_s = start - contact_of(last).end_unix_s - antenna.teardown_s
        if needed_s <= room_s:
            return newest
        return replace(newest, setup_s=needed_s)

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


def _culmination(contact: Contact) -> float:
    if contact.culmination_unix_s is not None:
        return contact.culmination_unix_s
    return (contact.aos_unix_s + contact.los_unix_s) / 2


def _booking_of(item: Reservation, antenna: Antenna) -> Booking:
    contact = contact_of(item)
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
