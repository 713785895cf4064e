"""Schedules to export: a stored plan, what is booked, or one pass."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from app.access import Principal
from app.clock import Clock
from app.errors import InputError, NotFoundError
from app.exports import NEED_ORBITS
from app.exports.base import Schedule, ScheduleEntry, find_antenna, require_object
from app.exports.json_plan import write_contact, write_instant
from app.services.elements import ElementService
from app.services.selection import check_owners, choose_stations, find_satellite, quote
from app.settings import Configuration
from app.store import Store
from app.store.reservation_rows import Reservation
from scheduler.plan import Contact
from scheduler.prediction.passes import Pass, TrackedObject
from tle.timebase import from_unix_s, to_unix_s

MIN_STEP_S = 0.1
_PAST = timedelta(days=14)
_COMING = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class ExportQuery:
    """Which entries, and how they are computed. Empty names: all.

    ``elements`` is newest, or planned: the sets that the contacts were planned with.
    """

    stations: tuple[str, ...] = ()
    satellites: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()
    elements: str = "newest"
    step_s: float = 10.0
    reminder_s: float | None = None

    def __post_init__(self) -> None:
        if self.elements not in ("newest", "planned"):
            raise InputError(
                "elements", f"{self.elements!r} is none of newest, planned", value=self.elements
            )
        if not MIN_STEP_S <= self.step_s <= 3_600.0:
            raise InputError(
                "step",
                f"{self.step_s:g} s is outside {MIN_STEP_S:g} to 3600 s",
                value=self.step_s,
                unit="s",
            )

    def takes(self, entry: ScheduleEntry) -> bool:
        """Tell whether an entry is asked for; a block passes unless satellites or ids are named."""
        if self.contacts and entry.entry_id not in self.contacts:
            return False
        if self.stations and entry.station_id not in self.stations:
            return False
        if entry.kind == "block":
            return not self.satellites or bool(self.contacts)
        return (not self.satellites or entry.satellite_id in self.satellites) and (
            not self.owners or entry.owner in self.owners
        )


@dataclass(slots=True)
class _Objects:
    """The orbits that serve the entries of one export, looked up once a satellite."""

    elements: ElementService
    store: Store
    configuration: Configuration
    query: ExportQuery
    at_utc: datetime
    known: dict[str, TrackedObject | None] = field(default_factory=dict)

    def find(self, entry: ScheduleEntry) -> TrackedObject | None:
        key = entry.satellite_id if self.query.elements == "newest" else entry.element_set_id
        if key not in self.known:
            look = self._newest if self.query.elements == "newest" else self._planned
            self.known[key] = look(entry)
        return self.known[key]

    def _newest(self, entry: ScheduleEntry) -> TrackedObject | None:
        satellites = [s for s in self.configuration.satellites if s.id == entry.satellite_id]
        choice = self.elements.choose(satellites, self.at_utc)
        return choice.objects[0] if choice.objects else None

    def _planned(self, entry: ScheduleEntry) -> TrackedObject | None:
        kept = self.store.element_sets.read_kept(entry.element_set_id)
        if kept is None:
            return None
        return TrackedObject(entry.satellite_id, entry.satellite_name, kept.elements)


class ExportService:
    """Lay plans and bookings out as schedules, for whoever may see them."""

    def __init__(
        self, configuration: Configuration, store: Store, elements: ElementService, clock: Clock
    ) -> None:
        self._configuration = configuration
        self._store = store
        self._elements = elements
        self._clock = clock

    def open_plan(self, plan_id: str, query: ExportQuery, principal: Principal) -> Schedule:
        """Open a stored plan; of other owners' contacts only that the antenna is taken."""
        summary = self._store.plans.summary(plan_id)
        if summary is None:
            raise NotFoundError("plan_id", "no such plan", value=plan_id)
        names = self._configuration.satellite_names

        def walk() -> Iterator[ScheduleEntry]:
            for contact in self._store.schedules.plan_contacts(plan_id):
                yield _hide(make_entry(contact, names), principal)

        return self._make(
            walk,
            query,
            schedule_id=plan_id,
            title=f"Aspan plan {plan_id}",
            is_booked=False,
            span=(summary.start_utc, summary.end_utc),
            station_ids=summary.station_ids,
            header={
                "plan_id": plan_id,
                "station_ids": list(summary.station_ids),
                "solver": summary.solver,
                "status": summary.status,
                "objective": summary.objective,
                "objective_unit": summary.objective_unit,
            },
        )

    def open_bookings(
        self,
        query: ExportQuery,
        principal: Principal,
        *,
        start_utc: datetime | None = None,
        end_utc: datetime | None = None,
        title: str = "Aspan contacts",
    ) -> Schedule:
        """Open what is booked (default: from 14 days ago to 60 days ahead), cancelled included."""
        now_utc = self._clock()
        start_utc = start_utc or now_utc - _PAST
        end_utc = end_utc or max(now_utc, start_utc) + _COMING
        if end_utc <= start_utc:
            raise InputError("end", "give an end later than the start", value=end_utc.isoformat())
        names = self._configuration.satellite_names

        def walk() -> Iterator[ScheduleEntry]:
            for item in self._store.schedules.reservations(
                start_utc=start_utc, end_utc=end_utc, station_ids=query.stations
            ):
                yield _hide(make_booked_entry(item, names), principal)

        return self._make(
            walk,
            query,
            schedule_id="contacts",
            title=title,
            is_booked=True,
            span=(start_utc, end_utc),
        )

    def open_pass(self, found: Pass, antenna_id: str, query: ExportQuery) -> Schedule:
        """Open one pass, from AOS to LOS, as an antenna would follow it."""
        satellite = next(
            (s for s in self._configuration.satellites if s.id == found.satellite_id), None
        )
        entry = ScheduleEntry(
            entry_id=found.pass_id,
            kind="pass",
            state="predicted",
            station_id=found.station_id,
            antenna_id=antenna_id,
            owner="",
            reserved_start_unix_s=found.aos_unix_s,
            start_unix_s=found.aos_unix_s,
            end_unix_s=found.los_unix_s,
            reserved_end_unix_s=found.los_unix_s,
            satellite_id=found.satellite_id,
            satellite_name=found.name,
            norad_cat_id=found.norad_cat_id,
            service=satellite.services[0].id if satellite and satellite.services else "",
            aos_unix_s=found.aos_unix_s,
            los_unix_s=found.los_unix_s,
            max_elevation_deg=found.max_elevation_deg,
            element_set_id=found.elements.element_set_id,
            record=_describe_pass(found),
        )
        return self._make(
            lambda: iter((entry,)),
            query,
            schedule_id=found.pass_id,
            title=f"Aspan pass {found.pass_id}",
            is_booked=False,
            span=(from_unix_s(found.aos_unix_s), from_unix_s(found.los_unix_s)),
            station_ids=(found.station_id,),
        )

    def check(self, schedule: Schedule, format_name: str) -> None:
        """Raise before the first byte what would break an export in its middle, or empty it."""
        if schedule.wanted_ids:
            found = {entry.entry_id for entry in schedule.open_entries()}
            for name in schedule.wanted_ids:
                if name not in found:
                    raise NotFoundError(
                        "contact", f"{quote(name)} is not in {schedule.title}", value=name
                    )
        if format_name not in NEED_ORBITS:
            return
        for entry in schedule.open_entries():
            if entry.satellite_id:
                require_object(schedule, entry)
                if format_name in ("pointing", "geojson"):
                    find_antenna(schedule, entry)

    def _make(
        self,
        walk: Callable[[], Iterator[ScheduleEntry]],
        query: ExportQuery,
        *,
        schedule_id: str,
        title: str,
        is_booked: bool,
        span: tuple[datetime, datetime],
        station_ids: Sequence[str] = (),
        header: Mapping[str, Any] | None = None,
    ) -> Schedule:
        query = self._resolve(query)
        now_utc = self._clock()
        at_utc = min(max(now_utc, span[0]), span[1])
        objects = _Objects(self._elements, self._store, self._configuration, query, at_utc)
        chosen = [
            station
            for station in self._configuration.stations
            if (not query.stations or station.id in query.stations)
            and (not station_ids or station.id in station_ids)
        ]
        return Schedule(
            schedule_id=schedule_id,
            title=title,
            is_booked=is_booked,
            generated_utc=now_utc,
            start_unix_s=to_unix_s(span[0]),
            end_unix_s=to_unix_s(span[1]),
            open_entries=lambda: filter(query.takes, walk()),
            stations={station.id: station for station in chosen},
            satellites={satellite.id: satellite for satellite in self._configuration.satellites},
            find_object=objects.find,
            step_s=query.step_s,
            reminder_s=query.reminder_s,
            header=header or {},
            wanted_ids=query.contacts,
        )

    def _resolve(self, query: ExportQuery) -> ExportQuery:
        """Turn names into ids; an unknown one is refused, as an empty file would hide the slip."""
        if query.stations:
            choose_stations(self._configuration, query.stations)
        check_owners(self._configuration, query.owners)
        satellites = (find_satellite(self._configuration, name).id for name in query.satellites)
        return replace(query, satellites=tuple(satellites))


def make_entry(contact: Contact, names: Mapping[str, str], **changes: Any) -> ScheduleEntry:
    """Lay a contact out as an entry; ``changes`` are what a booking knows beyond it."""
    entry = ScheduleEntry(
        entry_id=contact.contact_id,
        kind="contact",
        state="planned",
        satellite_name=names.get(contact.satellite_id, contact.satellite_id),
        tentative=contact.tentative,
        conditions=("provisional",) if contact.provisional else (),
        record=write_contact(contact, names),
        **{
            name: getattr(contact, name)
            for name in (
                "station_id",
                "antenna_id",
                "owner",
                "reserved_start_unix_s",
                "start_unix_s",
                "end_unix_s",
                "reserved_end_unix_s",
                "satellite_id",
                "norad_cat_id",
                "service",
                "aos_unix_s",
                "los_unix_s",
                "max_elevation_deg",
                "element_set_id",
            )
        },
    )
    return replace(entry, **changes)


def make_booked_entry(item: Reservation, names: Mapping[str, str]) -> ScheduleEntry:
    """Lay a booked contact or a blocked span out, with the newest predicted AOS and LOS."""
    reserved: dict[str, Any] = {
        "reserved_start_unix_s": to_unix_s(item.reserved_start_utc),
        "reserved_end_unix_s": to_unix_s(item.reserved_end_utc),
    }
    if item.contact is None:
        return ScheduleEntry(
            entry_id=item.reservation_id,
            kind="block",
            state=item.state,
            station_id=item.station_id,
            antenna_id=item.antenna_id,
            owner="",
            start_unix_s=reserved["reserved_start_unix_s"],
            end_unix_s=reserved["reserved_end_unix_s"],
            note=item.note,
            sequence=item.version - 1,
            record={
                "station_id": item.station_id,
                "antenna_id": item.antenna_id,
                **{
                    f"{name.removesuffix('_unix_s')}_utc": write_instant(unix_s)
                    for name, unix_s in reserved.items()
                },
            },
            **reserved,
        )
    entry = make_entry(
        item.contact,
        names,
        entry_id=item.reservation_id,
        state=item.state,
        conditions=item.conditions,
        note=item.note,
        sequence=item.version - 1,
        **reserved,
    )
    newest = {
        f"{name}_unix_s": (item.prediction or {}).get(f"{name}_unix_s") for name in ("aos", "los")
    }
    return replace(entry, **{name: value for name, value in newest.items() if value is not None})


def _hide(entry: ScheduleEntry, principal: Principal) -> ScheduleEntry:
    """Leave of another owner's contact only that the antenna is taken then."""
    if entry.kind != "contact" or principal.sees(entry.owner):
        return entry
    return ScheduleEntry(
        entry_id=f"taken-{hashlib.sha256(entry.entry_id.encode()).hexdigest()[:16]}",
        kind="block",
        state="cancelled" if entry.state == "cancelled" else "taken",
        station_id=entry.station_id,
        antenna_id=entry.antenna_id,
        owner="",
        reserved_start_unix_s=entry.reserved_start_unix_s,
        start_unix_s=entry.reserved_start_unix_s,
        end_unix_s=entry.reserved_end_unix_s,
        reserved_end_unix_s=entry.reserved_end_unix_s,
        sequence=entry.sequence,
        record={
            "station_id": entry.station_id,
            "antenna_id": entry.antenna_id,
            "reserved_start_utc": write_instant(entry.reserved_start_unix_s),
            "reserved_end_utc": write_instant(entry.reserved_end_unix_s),
        },
    )


def _describe_pass(found: Pass) -> dict[str, Any]:
    return {
        "satellite_id": found.satellite_id,
        "satellite_name": found.name,
        "norad_cat_id": found.norad_cat_id,
        "station_id": found.station_id,
        "aos_utc": write_instant(found.aos_unix_s),
        "culmination_utc": write_instant(found.culmination_unix_s),
        "los_utc": write_instant(found.los_unix_s),
        "max_elevation_deg": found.max_elevation_deg,
        "element_set_id": found.elements.element_set_id,
    }
