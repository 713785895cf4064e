"""Drift watch: compare every coming contact with what the newest elements predict."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from app.clock import Clock
from app.services.booked_passes import (
    BookedPass,
    find_booked,
    find_culmination,
    predict_booked,
)
from app.services.booking_rules import BookingRules, contact_of
from app.services.elements import ElementService
from app.settings import Configuration, Settings
from app.store import Store
from app.store.reservation_rows import EVERYTHING, Reservation
from scheduler.contact_states import BOOKED_STATES
from scheduler.drift import Assessment, Booking, Occupied, Prediction, assess
from scheduler.stations import Antenna, Station
from tle.timebase import to_unix_s

_NEIGHBOUR_S = 3_600.0  # beyond this gap no changeover is ever short


class DriftWatch:
    """Keeps the conditions of booked contacts true; it never moves one."""

    def __init__(
        self,
        configuration: Configuration,
        settings: Settings,
        store: Store,
        elements: ElementService,
        rules: BookingRules,
        clock: Clock,
    ) -> None:
        self._configuration = configuration
        self._settings = settings
        self._store = store
        self._elements = elements
        self._rules = rules
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
        passes = predict_booked(
            self._configuration,
            self._elements,
            station,
            [contact_of(item) for item in contacts],
            now_utc,
        )
        found = []
        for item in contacts:
            newest = find_booked(contact_of(item), passes)
            antenna = self._rules.find_antenna(station.id, item.antenna_id)
            prediction = newest.prediction if newest else None
            if prediction is not None:
                prediction = self._with_setup(prediction, item, contacts, antenna)
            assessment = assess(
                _booking_of(item, antenna),
                prediction,
                _occupied_around(item, reservations, antenna),
                drift_tolerance_s=self._settings.drift_tolerance_s,
            )
            found.append(assessment)
            self._keep(item, assessment, newest, now_utc)
        return found

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
        needed_s = self._rules.gap_s(last, item) - antenna.teardown_s
        room_s = start - contact_of(last).end_unix_s - antenna.teardown_s
        if needed_s <= room_s:
            return newest
        return replace(newest, setup_s=needed_s)

    def _keep(
        self,
        item: Reservation,
        assessment: Assessment,
        newest: BookedPass | None,
        now_utc: datetime,
    ) -> None:
        standing = [name for name in item.conditions if name == "tentative"]
        if newest.grade == "expired" if newest else "provisional" in item.conditions:
            standing.append("provisional")
        self._store.reservations.note_prediction(
            item.reservation_id,
            conditions=(*standing, *assessment.conditions),
            prediction={
                "aos_unix_s": newest.prediction.aos_unix_s if newest else None,
                "los_unix_s": newest.prediction.los_unix_s if newest else None,
                "element_set_id": newest.visible.elements.element_set_id if newest else None,
                "timing_bound95_s": newest.visible.timing_bound95_s if newest else None,
                "shift_s": assessment.shift_s,
                "usable_s": assessment.usable_s,
                "uncovered_start_s": assessment.uncovered_start_s,
                "uncovered_end_s": assessment.uncovered_end_s,
                "reasons": list(assessment.reasons),
                "conflicts_with": list(assessment.conflicts_with),
            },
            now_utc=now_utc,
        )


def _booking_of(item: Reservation, antenna: Antenna) -> Booking:
    contact = contact_of(item)
    return Booking(
        contact_id=item.reservation_id,
        reserved_start_unix_s=to_unix_s(item.reserved_start_utc),
        start_unix_s=contact.start_unix_s,
        end_unix_s=contact.end_unix_s,
        reserved_end_unix_s=to_unix_s(item.reserved_end_utc),
        culmination_unix_s=find_culmination(contact),
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
