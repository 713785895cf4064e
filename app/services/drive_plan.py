"""What a drive will do, worked out before anything moves: contact, frozen elements, path."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.drive.pointing import DrivePath, Limits, limits_of, make_path, narrow
from app.drive.rotctld import RotatorLimits
from app.errors import ConflictError, InputError, NotFoundError
from app.services.contacts import ContactService, contact_of
from app.services.elements import ElementService
from app.services.selection import find_satellite
from app.settings import Configuration
from app.store import Store
from app.store.reservation_rows import Reservation
from scheduler.antenna_constraints.beam import narrowest_beam_deg
from scheduler.plan import Contact
from scheduler.prediction.track import Track, compute_track, sample_instants
from scheduler.stations import Antenna, Station
from tle.elements import ElementSet
from tle.propagation import Ephemeris
from tle.timebase import from_unix_s

PATH_STEP_S = 0.25
DRIVABLE_STATES = ("reserved", "preparing", "executing")


@dataclass(frozen=True, slots=True)
class DrivePlan:
    """One contact ready to be driven; the elements in it are frozen."""

    reservation: Reservation
    contact: Contact
    station: Station
    antenna: Antenna
    element_set_id: str
    track: Track
    limits: Limits
    path: DrivePath

    @property
    def beam_limit_deg(self) -> float:
        """How far off the antenna may point before it counts as off target: half a beam."""
        return 0.5 * narrowest_beam_deg(self.antenna)

    @property
    def stow(self) -> tuple[float, float]:
        """Where the antenna rests, inside the limits."""
        azimuth, elevation = self.antenna.stow_azimuth_deg, self.antenna.stow_elevation_deg
        limits = self.limits
        return (
            min(max(azimuth, limits.min_azimuth_deg), limits.max_azimuth_deg),
            min(max(elevation, limits.min_elevation_deg), limits.max_elevation_deg),
        )


class DrivePlanner:
    """Finds contacts that may be driven and makes their paths."""

    def __init__(
        self,
        configuration: Configuration,
        store: Store,
        elements: ElementService,
        contacts: ContactService,
    ) -> None:
        self._configuration = configuration
        self._store = store
        self._elements = elements
        self._contacts = contacts

    def find(self, contact_id: str) -> tuple[Reservation, Station, Antenna]:
        """Return a contact that can still be driven, with its antenna."""
        found = self._contacts.read(contact_id)
        if found.contact is None:
            raise NotFoundError("contact", f"{contact_id!r} is a blocked span", value=contact_id)
        if found.state not in DRIVABLE_STATES:
            raise ConflictError(
                "contact",
                f"it is {found.state}; only {', '.join(DRIVABLE_STATES)} contacts are driven",
                value=contact_id,
            )
        antenna = self._contacts.find_antenna(found.station_id, found.antenna_id)
        station = next(each for each in self._configuration.stations if each.id == found.station_id)
        return found, station, antenna

    def read_state(self, contact_id: str) -> str:
        """Return the state of a contact as the database has it."""
        return self._contacts.read(contact_id).state

    def require_enabled(self, antenna: Antenna, station: Station) -> None:
        """Raise InputError unless the configuration lets this antenna be driven."""
        if not antenna.drive_enabled:
            raise InputError(
                "drive_enabled",
                f"{station.id}/{antenna.id} may not be driven; set drive_enabled = true in its "
                "[[station.antenna]] when limits, rates and stow position are those of the mount",
                value=False,
            )

    def make(
        self, contact_id: str, now_utc: datetime, reach: RotatorLimits | None = None
    ) -> DrivePlan:
        """Make the path of a contact from the newest elements, or from those already frozen.

        ``reach`` is what the rotator says that it can do; the path keeps inside that too.
        Raises UnreachableError when no turn of the cable takes the mount through the contact.
        """
        found, station, antenna = self.find(contact_id)
        contact = contact_of(found)
        if now_utc >= from_unix_s(contact.end_unix_s):
            raise ConflictError("contact", "it is over", value=contact_id)
        element_set_id, orbit = self._freeze(found)
        satellite = find_satellite(self._configuration, contact.satellite_id)
        track = compute_track(
            orbit,
            station,
            sample_instants(contact.start_unix_s, contact.end_unix_s, PATH_STEP_S),
            antenna=antenna,
            services=satellite.services,
        )
        limits = limits_of(antenna)
        if reach is not None:
            limits = narrow(
                limits,
                reach.min_azimuth_deg,
                reach.max_azimuth_deg,
                reach.min_elevation_deg,
                reach.max_elevation_deg,
            )
        return DrivePlan(
            found, contact, station, antenna, element_set_id, track, limits,
            make_path(track, limits),
        )  # fmt: skip

    def _freeze(self, found: Reservation) -> tuple[str, ElementSet | Ephemeris]:
        """Return the elements of an earlier start of this drive, else the newest ones."""
        contact = contact_of(found)
        execution = self._store.executions.read(found.reservation_id)
        if execution is not None and execution.element_set_id is not None:
            kept = self._store.element_sets.read_kept(execution.element_set_id)
            if kept is not None:
                return execution.element_set_id, kept.elements
        satellite = find_satellite(self._configuration, contact.satellite_id)
        middle = from_unix_s(0.5 * (contact.start_unix_s + contact.end_unix_s))
        choice = self._elements.choose([satellite], middle)
        if not choice.objects:
            raise NotFoundError(
                "elements", f"no element set of {satellite.name} is known; run aspan refresh"
            )
        tracked = choice.objects[0]
        return tracked.elements.element_set_id, tracked.ephemeris or tracked.elements
