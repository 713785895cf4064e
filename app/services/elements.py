"""Element sets as the application uses them: seed, choose the one that serves, say its age."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from app.clock import Clock
from app.errors import ConflictError, NotFoundError
from app.services.ephemerides import EPHEMERIS_REACH, list_offers, track_offers
from app.services.object_choice import Missing as Missing
from app.services.object_choice import ObjectChoice as ObjectChoice
from app.services.orbit_status import watch_satellites
from app.services.selection import find_satellite, parse_number, quote
from scheduler.prediction.passes import TrackedObject
from scheduler.satellites import Satellite
from tle.elements import ElementSet
from tle.oem import Oem, OemResult
from tle.offers import Offer
from tle.quarantine import Judged, judge
from tle.reading import read_elements, read_ephemeris
from tle.reading_result import Refusal
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
        result = read_elements(data, source=source, received_utc=self._clock())
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
