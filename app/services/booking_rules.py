"""What holds for every booking: the gap between contacts, what is kept of one, commanded time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from app.errors import ConflictError, InputError, NotFoundError
from app.settings import Configuration, Settings
from app.store.reservation_rows import Draft, Reservation, draft_of
from scheduler.antenna_constraints.changeover import longest_changeover_s, minimum_gap_s
from scheduler.plan import Contact
from scheduler.stations import Antenna
from tle.timebase import format_utc, from_unix_s


class BookingRules:
    """The rules of bookings, with the configuration that is in force."""

    def __init__(self, configuration: Configuration, settings: Settings) -> None:
        self._settings = settings
        self._text = configuration.text
        self._antennas = {
            (station.id, antenna.id): antenna
            for station in configuration.stations
            for antenna in station.antennas
        }
        self._leads_s = {
            (satellite.id, service.id): service.command_lead_s
            for satellite in configuration.satellites
            for service in satellite.services
        }

    def find_antenna(self, station_id: str, antenna_id: str) -> Antenna:
        found = self._antennas.get((station_id, antenna_id))
        if found is None:
            raise NotFoundError("antenna", f"{station_id}/{antenna_id} is not configured")
        return found

    def gap_s(self, first: Reservation | Draft, second: Reservation | Draft) -> float:
        """Return what the antenna needs from the end of one contact to the start of the next.

        Where slew can outlast the setup and a contact's pointing is not known, the longest slew.
        """
        antenna = self.find_antenna(first.station_id, first.antenna_id)
        left, right = first.contact, second.contact
        if left is None or right is None:
            return 0.0
        longest_s = longest_changeover_s(antenna)
        if longest_s <= antenna.setup_s:
            return antenna.teardown_s + antenna.setup_s
        from_deg = (left.end_mount_azimuth_deg, first.end_elevation_deg)
        to_deg = (right.start_mount_azimuth_deg, second.start_elevation_deg)
        if None in from_deg or None in to_deg:
            return antenna.teardown_s + longest_s
        return minimum_gap_s(antenna, *from_deg, *to_deg)  # type: ignore[arg-type]

    def clash(self, left: Contact, right: Contact) -> bool:
        """Tell whether two contacts cannot both be had: windows meet, or the slew is too long."""
        if (left.station_id, left.antenna_id) != (right.station_id, right.antenna_id):
            return False
        first, second = sorted((left, right), key=lambda each: each.start_unix_s)
        if second.reserved_start_unix_s < first.reserved_end_unix_s:
            return True
        gap_s = second.start_unix_s - first.end_unix_s
        return gap_s < self.gap_s(self.draft(first), self.draft(second)) - 1e-6

    def draft(self, contact: Contact, **more: Any) -> Draft:
        """Make a booking's draft: with the configuration in force, to be widened by its bound."""
        self.find_antenna(contact.station_id, contact.antenna_id)
        bound_s = contact.timing_bound95_s or 0.0
        return draft_of(
            contact,
            start_elevation_deg=contact.start_elevation_deg,
            end_elevation_deg=contact.end_elevation_deg,
            conditions=standing_conditions(contact),
            configuration=self._text,
            widen_s=max(0.0, min(bound_s, self._settings.reserve_widening_cap_s)),
            **more,
        )

    def is_commanded(self, contact: Contact, now_utc: datetime) -> bool:
        """Tell whether the mission has commanded by now what the satellite does in a contact."""
        lead_s = self._leads_s.get((contact.satellite_id, contact.service), 0.0)
        starts_utc = from_unix_s(contact.reserved_start_unix_s)
        return lead_s > 0.0 and starts_utc - now_utc < timedelta(seconds=lead_s)

    def require_confirmation(self, contact: Contact, confirmation: str, now_utc: datetime) -> None:
        """Refuse a change of commanded time without the mission's word for it."""
        if confirmation.strip() or not self.is_commanded(contact, now_utc):
            return
        lead_s = self._leads_s[contact.satellite_id, contact.service]
        starts_utc = from_unix_s(contact.reserved_start_unix_s)
        raise InputError(
            "confirmation",
            f"{contact.satellite_id} is commanded {lead_s:g} s ahead, and the setup at "
            f"{format_utc(starts_utc)} is nearer; "
            "ask the mission, and give who confirmed it and when",
            value=confirmation,
        )

    def require_preemption_confirmed(
        self, found: Reservation, confirmation: str, now_utc: datetime
    ) -> None:
        """Refuse to pre-empt commanded time without the mission's word for it.

        The satellite is not named: who asks may be another owner.
        """
        if confirmation.strip() or not self.is_commanded(contact_of(found), now_utc):
            return
        raise InputError(
            "confirmation",
            f"{found.reservation_id}, reserved from {format_utc(found.reserved_start_utc)}, is in "
            "the way and commanded by its mission already; ask the mission, and give who "
            "confirmed it and when, or book a pass that is free",
            value=confirmation,
        )

    def require_time_left(self, found: Reservation, now_utc: datetime, limit_s: float) -> None:
        """Refuse to take a reserved contact away less than ``limit_s`` before its setup."""
        left_s = (found.reserved_start_utc - now_utc).total_seconds()
        if found.state != "reserved" or left_s >= limit_s:
            return
        starts = format_utc(found.reserved_start_utc)
        text = (
            f"its setup began at {starts}; it can only be carried out, extended or reported"
            if left_s < 0.0
            else f"its setup begins at {starts}, in {left_s:.0f} s; its time can be given back "
            f"until {limit_s:g} s before; stop it at the antenna instead"
        )
        raise ConflictError("contact", text, value=round(left_s), unit="s")


def can_become(contact: Contact, wanted: Contact) -> bool:
    """Tell whether a contact can be moved to another: satellite and service stay."""
    return (wanted.satellite_id, wanted.service) == (contact.satellite_id, contact.service)


def standing_conditions(contact: Contact) -> tuple[str, ...]:
    """Return the conditions that a contact has from its booking."""
    return tuple(name for name in ("provisional", "tentative") if getattr(contact, name))


def note_confirmation(confirmation: str) -> dict[str, str]:
    """Return what is recorded of the mission's confirmation."""
    return {"confirmation": confirmation.strip()} if confirmation.strip() else {}


def contact_of(item: Reservation) -> Contact:
    """Return the contact of a reservation that is one."""
    if item.contact is None:
        raise ValueError(f"{item.reservation_id} is a blocked span")
    return item.contact
