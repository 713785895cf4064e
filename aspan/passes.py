"""Passes for notebooks: find them by name or for a design, read them as a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.clock import read_system_clock
from app.services.brought import Brought, choose_from, read_file
from app.services.object_choice import ObjectChoice
from app.services.prediction import PredictionTask, StationPasses, adapt_stations, predict
from app.services.selection import choose_span, choose_stations
from app.settings import Configuration, load_configuration, load_settings
from aspan.tables import Table, to_instants
from scheduler.intervals import Span
from scheduler.prediction.passes import Pass, TrackedObject
from scheduler.satellites import Satellite, Service
from scheduler.stations import Station
from tle.elements import ElementSet
from tle.nominal import NominalOrbit
from tle.oem import Oem
from tle.starter import load_starter
from tle.timebase import to_unix_s

LIMIT_DAYS = 366.0
NOTHING = ObjectChoice((), (), ())
SatelliteName = str | int | ElementSet | NominalOrbit


@dataclass(frozen=True, slots=True)
class Passes(Table):
    """Passes over stations in a span; an item is one ``Pass``, in order of station and AOS."""

    span: Span
    parts: tuple[StationPasses, ...]
    satellites: tuple[Satellite, ...]
    now_utc: datetime

    def __len__(self) -> int:
        return sum(len(part.table) for part in self.parts)

    def __getitem__(self, index: int) -> Pass:
        return self.locate(index)[1]

    def __iter__(self) -> Iterator[Pass]:
        return (self[index] for index in range(len(self)))

    def locate(self, index: int) -> tuple[Station, Pass]:
        """Return the station and the pass of an item; negative counts from the end."""
        rest = range(len(self))[index]
        for part in self.parts:
            if rest < len(part.table):
                row = int(np.argsort(part.table.aos_unix_s, kind="stable")[rest])
                return part.station, part.table.read(row)
            rest -= len(part.table)
        raise IndexError(index)

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return the table as columns of shape (n_passes,): instants are UTC, datetime64[ms].

        ``usable_s`` is what the first antenna can use of the pass: its windows behind the mask.
        """
        columns = [_read_columns(part) for part in self.parts]
        return {name: np.concatenate([each[name] for each in columns]) for name in columns[0]}


def find_passes(
    stations: str | Sequence[str] = (),
    satellites: SatelliteName | Sequence[SatelliteName] | None = None,
    *,
    start: str | datetime | None = None,
    days: float = 1.0,
    end: str | datetime | None = None,
    elements: str | Path | Sequence[ElementSet] | None = None,
    min_elevation_deg: float | None = None,
    use_mask: bool = True,
    stations_file: str | Path | None = None,
    satellites_file: str | Path | None = None,
) -> Passes:
    """Find the passes of satellites over stations.

    ``stations``: ids, default all enabled. ``satellites``: ids, catalogue numbers, element sets or
    nominal orbits; default all served that have elements. ``start`` and ``end`` carry an offset or
    Z; default start is now. ``elements``: a TLE or OMM file, or sets; default the bundled ones.
    """
    configuration = read_configuration(stations_file, satellites_file)
    now_utc = read_system_clock()
    span = choose_span(
        start=start,
        end=end,
        days=None if end is not None else days,
        now_utc=now_utc,
        limit_days=LIMIT_DAYS,
        default_days=days,
    )
    sites = adapt_stations(
        choose_stations(configuration, [stations] if isinstance(stations, str) else stations),
        min_elevation_deg=min_elevation_deg,
        use_mask=use_mask,
    )
    choice = _choose(configuration, satellites, read_brought(elements), span.start_utc, now_utc)
    task = PredictionTask(sites, choice, span, now_utc)
    return Passes(span, predict(task, lambda done, text: None), choice.satellites, now_utc)


def read_configuration(
    stations_file: str | Path | None = None, satellites_file: str | Path | None = None
) -> Configuration:
    """Read stations and satellites: the named files, else the working folder's, else ours."""
    settings = load_settings(
        stations=None if stations_file is None else Path(stations_file),
        satellites=None if satellites_file is None else Path(satellites_file),
    )
    return load_configuration(settings)


def read_brought(elements: str | Path | Sequence[ElementSet] | None) -> Brought:
    """Return element sets as they are, from a file (also an OEM), or the bundled ones."""
    if elements is None:
        return load_starter()
    if isinstance(elements, str | Path):
        return read_file(Path(elements), read_system_clock()).content
    return tuple(elements)


def choose_served(
    configuration: Configuration, brought: Brought, at_utc: datetime, now_utc: datetime
) -> ObjectChoice:
    """Choose the element sets of every served satellite that has any; of an OEM, its object."""
    configured = configuration.satellites
    if isinstance(brought, Oem):
        return choose_from(brought, (), configured, at_utc, now_utc)
    held = {elements.norad_cat_id for elements in brought}
    names = [s.id for s in configured if s.served and s.norad_cat_id in held]
    return choose_from(brought, names, configured, at_utc, now_utc) if names else NOTHING


def _choose(
    configuration: Configuration,
    satellites: SatelliteName | Sequence[SatelliteName] | None,
    brought: Brought,
    at_utc: datetime,
    now_utc: datetime,
) -> ObjectChoice:
    if satellites is None:
        return choose_served(configuration, brought, at_utc, now_utc)
    if isinstance(satellites, str | int | ElementSet | NominalOrbit):
        satellites = [satellites]
    names = [str(one) for one in satellites if isinstance(one, str | int)]
    configured = configuration.satellites
    choice = choose_from(brought, names, configured, at_utc, now_utc) if names else NOTHING
    objects, own = [], []
    for one in satellites:
        if isinstance(one, str | int):
            continue
        elements = one.elements if isinstance(one, NominalOrbit) else one
        service = Service("own", "Downlink of an own satellite", access="agreement")
        objects.append(TrackedObject(elements.name, elements.name, elements))
        own.append(Satellite(elements.name, elements.name, services=(service,)))
    return ObjectChoice(
        (*choice.objects, *objects),
        choice.missing,
        (*choice.satellites, *own),
    )


def _read_columns(part: StationPasses) -> Mapping[str, NDArray[Any]]:
    """Turn one station's table into columns, in order of AOS."""
    table = part.table
    order = np.argsort(table.aos_unix_s, kind="stable")
    which = table.object_index[order]
    tracked = table.objects

    def of_object(values: Sequence[Any], kind: Any) -> NDArray[Any]:
        return np.array(values, dtype=kind)[which] if values else np.zeros(0, dtype=kind)

    windows = part.windows
    first = windows.window_antenna == 0
    usable_s = np.bincount(
        windows.rows[windows.window_row[first]],
        weights=(windows.window_end_unix_s - windows.window_start_unix_s)[first],
        minlength=len(table),
    )
    epochs = [to_unix_s(one.elements.epoch_utc) for one in tracked]
    return {
        "satellite_id": of_object([one.satellite_id for one in tracked], str),
        "name": of_object([one.name for one in tracked], str),
        "station_id": np.full(len(table), part.station.id),
        "aos_utc": to_instants(table.aos_unix_s[order]),
        "culmination_utc": to_instants(table.culmination_unix_s[order]),
        "tca_utc": to_instants(table.tca_unix_s[order]),
        "los_utc": to_instants(table.los_unix_s[order]),
        "duration_s": (table.los_unix_s - table.aos_unix_s)[order],
        "usable_s": usable_s[order],
        "max_elevation_deg": table.max_elevation_deg[order],
        "aos_azimuth_deg": table.aos_azimuth_deg[order],
        "culmination_azimuth_deg": table.culmination_azimuth_deg[order],
        "los_azimuth_deg": table.los_azimuth_deg[order],
        "element_age_s": table.aos_unix_s[order] - of_object(epochs, np.float64),
        "element_source": of_object([one.elements.source for one in tracked], str),
    }
