"""Element sets as the application uses them: seed, choose the one that serves, say its age."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from app.clock import Clock
from app.errors import ConflictError, InputError, NotFoundError
from app.services.ephemerides import EPHEMERIS_REACH, list_offers, track_offers
from app.services.object_choice import Missing as Missing
from app.services.object_choice import ObjectChoice as ObjectChoice
from app.services.orbit_status import watch_satellites
from app.services.selection import ALL, find_satellite, parse_number, quote
from scheduler.prediction.passes import TrackedObject
from scheduler.satellites import Satellite
from tle.catalogue import ObjectKey, group_by_object, select_for
from tle.elements import ElementSet
from tle.oem import Oem, OemResult
from tle.offers import Offer
from tle.quarantine import Judged, judge
from tle.reading import read_elements, read_ephemeris
from tle.reading_result import ReadResult, Refusal
from tle.starter import load_starter

if TYPE_CHECKING:
    from app.settings import Configuration
    from app.store import Store  # whoever predicts from a file never loads the database
    from app.store.element_sets import KeptElementSet


@dataclass(frozen=True, slots=True)
class Added:
    """What became of element sets that were brought by hand."""

    judged: tuple[Judged, ...]
    refused: tuple[Refusal, ...]
    new_count: int
    ephemerides: tuple[Oem, ...] = ()


class ElementService:
    """Element sets of the store."""

    def __init__(self, configuration: Configuration, store: Store, clock: Clock) -> None:
        self._configuration = configuration
        self._store = store
        self._clock = clock

    def seed(self) -> int:
        """Put the bundled element sets into an empty store; return how many were new."""
        if not self._store.element_sets.is_empty():
            return 0
        return len(self._store.element_sets.add(load_starter()))

    def choose(self, satellites: Sequence[Satellite], at_utc: datetime) -> ObjectChoice:
        """Choose for each satellite the element set that serves an instant."""
        numbers = [s.norad_cat_id for s in satellites if s.norad_cat_id is not None]
        ids = [satellite.id for satellite in satellites]
        by_number: dict[int, list[ElementSet]] = defaultdict(list)
        by_id: dict[str, list[ElementSet]] = defaultdict(list)
        for given_to, elements in self._store.element_sets.around(
            at_utc,
            norad_cat_ids=numbers,
            satellite_ids=ids,
            of_each_source=any(satellite.element_sources for satellite in satellites),
        ):
            if given_to is not None:
                by_id[given_to].append(elements)
            elif elements.norad_cat_id is not None:
                by_number[elements.norad_cat_id].append(elements)
        kept = self._store.ephemerides.read_valid(at_utc - EPHEMERIS_REACH)

        def offers_of(satellite: Satellite) -> Sequence[Offer]:
            sets = by_id[satellite.id] + by_number.get(satellite.norad_cat_id or 0, [])
            return list_offers(satellite, sets, kept, at_utc)

        return replace(
            _choose(satellites, offers_of, at_utc, self._clock()),
            timing=self._store.timing_models.read(ids),
            orbits=watch_satellites(self._store, satellites),
        )

    def history(
        self, name: str, *, limit: int = 100, offset: int = 0
    ) -> tuple[tuple[KeptElementSet, ...], int]:
        """Return one page of the sets of a satellite (id or number), and how many there are."""
        number = parse_number(name)
        satellite = None if number is not None else find_satellite(self._configuration, name)
        return self._store.element_sets.history(
            norad_cat_id=number if satellite is None else satellite.norad_cat_id,
            satellite_id=None if satellite is None else satellite.id,
            limit=limit,
            offset=offset,
        )

    def read(self, element_set_id: str) -> KeptElementSet | None:
        """Return the set with this id, or the orbit of the ephemeris (OEM) that has it."""
        kept = self._store.element_sets.read_kept(element_set_id)
        return kept or self._store.ephemerides.read_orbit(element_set_id)

    def find(self, name: str) -> KeptElementSet:
        """Return the set with this id, or the newest one of the satellite with this name."""
        kept = self.read(name)
        if kept is not None:
            return kept
        newest, _ = self.history(name, limit=1)
        if not newest:
            raise NotFoundError("element set", f"{quote(name)}: none is known", value=name)
        return newest[0]

    def add(self, data: bytes, *, file_name: str, satellite: str | None, who: str) -> Added:
        """Take element sets by hand: read strictly, judge against what is known, keep."""
        source = f"by hand ({who})" + (f": {file_name}" if file_name else "")
        ephemeris = read_ephemeris(data, source=source, received_utc=self._clock())
        if ephemeris is not None:
            return self._add_ephemeris(ephemeris, satellite, who)
        result = read_elements(data, source=source, received_utc=self._clock(), file_name=file_name)
        given_to = None if satellite is None else find_satellite(self._configuration, satellite)
        numbers = {e.norad_cat_id for e in result.sets if e.norad_cat_id is not None}
        recent = self._store.refresh_memory.read_recent(numbers)
        judged = tuple(
            judge(
                elements,
                recent.get(elements.norad_cat_id or 0, ()),
                expected_object_id="" if given_to is None else given_to.object_id,
            )
            for elements in result.sets
        )
        new = self._store.element_sets.add_judged(
            judged, satellite_id=None if given_to is None else given_to.id, who=who
        )
        return Added(judged, result.refused, len(new))

    def _add_ephemeris(self, ephemeris: OemResult, satellite: str | None, who: str) -> Added:
        given_to = None if satellite is None else find_satellite(self._configuration, satellite).id
        messages = () if ephemeris.message is None else (ephemeris.message,)
        new = self._store.ephemerides.add(messages, satellite_id=given_to, who=who)
        return Added((), ephemeris.refused, new, messages)

    def decide(self, element_set_id: str, *, accept: bool, who: str, why: str) -> KeptElementSet:
        """Accept or reject a quarantined set, by a person."""
        store = self._store.element_sets
        verdict: Literal["accepted", "rejected"] = "accepted" if accept else "rejected"
        decided = store.decide(element_set_id, verdict, who=who, why=why, now_utc=self._clock())
        kept = store.read_kept(element_set_id)
        if kept is None:
            raise NotFoundError(
                "element_set_id",
                f"{quote(element_set_id)}: no such element set",
                value=element_set_id,
            )
        if not decided:
            raise ConflictError(
                "element_set_id",
                f"{element_set_id} is {kept.verdict}, not in quarantine",
                value=element_set_id,
            )
        return kept


def read_bytes(path: Path) -> bytes:
    """Read a file of the user's; InputError says why it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError("elements", f"{path}: {error.strerror}", value=str(path)) from error


def read_file(path: Path, received_utc: datetime) -> ReadResult:
    """Read a file of element sets; InputError when nothing in it can be used."""
    result = read_elements(
        read_bytes(path), source=f"file {path.name}", received_utc=received_utc, file_name=path.name
    )
    if not result.sets:
        reason = "; ".join(str(refusal) for refusal in result.refused[:3]) or "no element sets"
        raise InputError("elements", f"{path}: nothing usable: {reason}", value=str(path))
    return result


def choose_from_sets(
    sets: Iterable[ElementSet],
    names: Sequence[str],
    configured: Sequence[Satellite],
    at_utc: datetime,
) -> ObjectChoice:
    """Choose among sets that were brought; satellites need not be configured.

    ``names`` are ids, catalogue numbers or ``all``; none: all. A satellite that is not configured
    has the id ``norad-NUMBER``.
    """
    groups = group_by_object(sets)
    numbers = {s.norad_cat_id: s for s in configured if s.norad_cat_id is not None}
    ids = {s.id: s for s in configured}
    if not names or ALL in names:
        keys = list(groups)
    else:
        keys = list(dict.fromkeys(_find_object(name, groups, ids) for name in names))
    satellites = {
        key: numbers.get(groups[key][0].norad_cat_id or 0) or _unconfigured(groups[key][0])
        for key in keys
    }
    # What is brought counts as it is: no source has a say, every group holds a set.
    objects = (
        TrackedObject(satellite.id, satellite.name, chosen)
        for key, satellite in satellites.items()
        if (chosen := select_for(groups[key], at_utc)) is not None
    )
    return ObjectChoice(tuple(objects), (), tuple(satellites.values()))


def _choose(
    satellites: Sequence[Satellite],
    offers_of: Callable[[Satellite], Sequence[Offer]],
    at_utc: datetime,
    now_utc: datetime,
) -> ObjectChoice:
    objects: list[TrackedObject] = []
    missing: list[Missing] = []
    for satellite in satellites:
        offers = offers_of(satellite)
        tracked = track_offers(satellite, offers, at_utc, now_utc)
        if tracked is not None:
            objects.append(tracked)
            continue
        why = (
            "its sources are switched off or expired; see element_source in satellites.toml"
            if offers
            else "no element set is known; refresh, or add one"
        )
        text = f"{satellite.name}: {why}"
        missing.append(Missing(satellite.id, satellite.norad_cat_id, "no_elements", text))
    return ObjectChoice(tuple(objects), tuple(missing), tuple(satellites))


def _find_object(
    name: str, groups: Mapping[ObjectKey, Sequence[ElementSet]], ids: Mapping[str, Satellite]
) -> ObjectKey:
    number = ids[name].norad_cat_id if name in ids else parse_number(name)
    if number is not None and ("number", number) in groups:
        return ("number", number)
    if name not in ids and number is None:
        raise InputError(
            "satellite",
            f"{quote(name)} is neither configured nor a catalogue number; "
            "give an id, a number or all",
            value=name,
        )
    held = [str(value) for _, value in list(groups)[:5]]
    more = f" and {len(groups) - 5} more" if len(groups) > 5 else ""
    raise InputError(
        "satellite",
        f"{name}: the given elements are of other satellites ({', '.join(held)}{more}); "
        "give elements of this one",
        value=name,
    )


def _unconfigured(elements: ElementSet) -> Satellite:
    number = elements.norad_cat_id
    name = elements.name or f"NORAD {number}"
    return Satellite(
        id=f"norad-{number}" if number is not None else name,
        name=name,
        norad_cat_id=number,
        served=False,
        not_served_reason="no_radio_data",
        not_served_note="not configured: name it in satellites.toml to plan contacts",
    )
