"""What a study varies: orbits, seasons, sets of stations, masks, dishes, rates, priorities.

Everything in a study is a parameter of the study, not a fact about a satellite. ``Study`` is the
question; ``parse_study`` reads it from TOML (docs/studies.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Any

from scheduler.configuration.tables import (
    Place,
    identifier,
    instant,
    number,
    one_of,
    read_named_tables,
    read_table,
    sequence,
    text,
    whole_number,
)
from scheduler.stations import Station
from scheduler.study.link import LinkDesign
from tle.drag import Drag
from tle.errors import ElementsError
from tle.nominal import InclinedOrbit, RepeatGroundTrack, SunSynchronous

SweptDesign = SunSynchronous | InclinedOrbit | RepeatGroundTrack
CONFIGURED = "configured"  # the horizon mask of stations.toml


@dataclass(frozen=True, slots=True)
class StudyOrbit:
    """One orbit of the sweep: its name, design and drag (None: kept at its height)."""

    id: str
    design: SweptDesign
    drag: Drag | None = None
    local_time_drift_min_year: float = 0.0  # how fast the node leaves its local time


@dataclass(frozen=True, slots=True)
class StationSet:
    """Stations that serve together."""

    id: str
    stations: tuple[Station, ...]


@dataclass(frozen=True, slots=True)
class Study:
    """A question: every combination of the tuples is one row of the answer.

    ``masks`` are ``configured``, ``none`` or a flat elevation in degrees. ``seasons_utc`` start the
    spans of ``days``; ``phases`` places along the orbit at each start are averaged, so that a
    result does not hang on where the satellite happened to be.
    """

    id: str
    title: str
    seasons_utc: tuple[datetime, ...]
    days: float
    orbits: tuple[StudyOrbit, ...]
    station_sets: tuple[StationSet, ...]
    masks: tuple[str | float, ...] = (CONFIGURED,)
    rates_bps: tuple[float | None, ...] = (None,)  # None: no volumes
    priorities: tuple[float, ...] = ()  # empty: no contention
    phases: int = 1
    wanted_bytes_day: float | None = None
    lock_s: float = 0.0
    link: LinkDesign | None = None
    dish_diameters_m: tuple[float | None, ...] = (None,)  # None: as configured; needs a link
    contention_days: float = 7.0
    planner: str = "greedy"
    assumptions: tuple[str, ...] = ()

    @property
    def satellite_days(self) -> float:
        """Count orbit x phase x season x station x mask x day: the size of the work."""
        searches = len(self.orbits) * self.phases * len(self.seasons_utc) * len(self.masks)
        return searches * len(self.stations) * self.days

    @property
    def stations(self) -> tuple[Station, ...]:
        """Every station of any set, once, in order of first use."""
        found: dict[str, Station] = {}
        for station_set in self.station_sets:
            for station in station_set.stations:
                found.setdefault(station.id, station)
        return tuple(found.values())


def parse_study(
    document: Mapping[str, Any], stations: Sequence[Station], *, file: str = "study"
) -> Study:
    """Read a study; ConfigurationError names file, table and key of what cannot be used."""
    place = Place(file)
    values = read_table(document, _STUDY_RULES, place, required=("id", "seasons_utc", "days"))
    for key in ("orbit", "station_set"):
        if not values.pop(key, None):
            raise place.refuse(f"needs at least one [[{key}]]", key=key)
    values.pop("provenance", None)
    if "dish_diameters_m" in values and "link" not in values:
        raise place.refuse("a dish matters only with a [link]; add one", key="dish_diameters_m")
    orbits = [
        orbit
        for table, inside in read_named_tables(document, "orbit", place)
        for orbit in _read_orbits(table, inside)
    ]
    sets = [
        _read_station_set(table, inside, stations)
        for table, inside in read_named_tables(document, "station_set", place)
    ]
    return Study(
        title=values.pop("title", values["id"]),
        orbits=tuple(orbits),
        station_sets=tuple(sets),
        **values,
    )


def _read_orbits(table: Mapping[str, Any], place: Place) -> list[StudyOrbit]:
    """Read one [[orbit]]: lists in it are swept, each combination an orbit of its own."""
    kind = table.get("kind", "sun_synchronous")
    if kind not in _DESIGNS:
        raise place.refuse(f"must be one of {', '.join(_DESIGNS)}", key="kind", value=kind)
    design, rules = _DESIGNS[kind]
    common = {"id": identifier, "kind": text, "drag": _drag, "local_time_drift_min_year": _DRIFT}
    known = {**common, **{key: _swept(rule) for key, rule in rules.items()}}
    values = read_table(table, known, place, required=("id",))
    swept = {key: values[key] for key in rules if key in values}
    found = []
    for combination in product(*swept.values()):
        chosen = dict(zip(swept, combination, strict=True))
        several = [f"{key.split('_')[0]}-{chosen[key]:g}" for key in swept if len(swept[key]) > 1]
        try:
            built = design(**chosen)
        except (TypeError, ElementsError) as error:
            raise place.refuse(f"{error}; see docs/studies.md for the keys of {kind}") from error
        found.append(
            StudyOrbit(
                "-".join([values["id"], *several]),
                built,
                values.get("drag"),
                values.get("local_time_drift_min_year", 0.0),
            )
        )
    return found


def _read_station_set(
    table: Mapping[str, Any], place: Place, stations: Sequence[Station]
) -> StationSet:
    rules = {"id": identifier, "stations": sequence(identifier, at_least=1)}
    values = read_table(table, rules, place, required=("id", "stations"))
    known = {station.id: station for station in stations}
    for name in values["stations"]:
        if name not in known:
            listed = ", ".join(known)
            raise place.refuse(f"unknown station; there are {listed}", key="stations", value=name)
    return StationSet(values["id"], tuple(known[name] for name in values["stations"]))


def _swept(rule: Any) -> Any:
    """Accept one value or a list of values to sweep."""

    def read(value: Any) -> tuple[Any, ...]:
        return tuple(sequence(rule, at_least=1)(value if isinstance(value, list) else [value]))

    return read


def _mask(value: Any) -> str | float:
    if isinstance(value, str):
        return str(one_of(CONFIGURED, "none")(value))
    return float(number(-5.0, 60.0, "deg")(value))


def _link(value: Any) -> LinkDesign:
    rules = {
        "eirp_dbw": number(-30.0, 60.0, "dBW"),
        "frequency_hz": number(1e8, 5e10, "Hz"),
        "symbol_rate_hz": number(1e3, 1e10, "Hz"),
        "margin_db": number(0.0, 30.0, "dB"),
        "max_rate_bps": number(1.0, 1e12, "bit/s"),
    }
    needed = ("eirp_dbw", "frequency_hz", "symbol_rate_hz")
    return LinkDesign(**read_table(value, rules, Place("link"), required=needed))


def _drag(value: Any) -> Drag:
    rules = {
        "area_m2": number(0.0, 1e4, "m2"),
        "mass_kg": number(1e-3, 1e6, "kg"),
        "drag_coefficient": number(0.0, 5.0, ""),
        "solar_flux_sfu": number(50.0, 400.0, "sfu"),
        "geomagnetic_ap": number(0.0, 400.0, ""),
    }
    values = read_table(value, rules, Place("drag"), required=("area_m2", "mass_kg"))
    return Drag(**values)


def _tables(value: Any) -> bool:
    if not isinstance(value, list) or not value:
        raise ValueError("must be an array of tables; write its name in double brackets")
    return True


_DRIFT = number(-600.0, 600.0, "min/year")
_ALTITUDE = number(180.0, 60_000.0, "km")
_ANGLE = number(0.0, 360.0, "deg")
_HOUR = number(0.0, 23.999_999, "h")
_SHAPE = {
    "eccentricity": number(0.0, 0.95, ""),
    "arg_perigee_deg": _ANGLE,
    "argument_of_latitude_deg": _ANGLE,
}
_DESIGNS: Mapping[str, tuple[Any, Mapping[str, Any]]] = {
    "sun_synchronous": (
        SunSynchronous,
        {"altitude_km": _ALTITUDE, "local_time_h": _HOUR, **_SHAPE},
    ),
    "inclined": (
        InclinedOrbit,
        {
            "altitude_km": _ALTITUDE,
            "inclination_deg": number(0.0, 180.0, "deg"),
            "raan_deg": _ANGLE,
            **_SHAPE,
        },
    ),
    "repeat_ground_track": (
        RepeatGroundTrack,
        {
            "revolutions": whole_number(1, 10_000),
            "days": whole_number(1, 1_000),
            "local_time_h": _HOUR,
            "inclination_deg": number(0.0, 180.0, "deg"),
            "raan_deg": _ANGLE,
            **_SHAPE,
        },
    ),
}
_RATE = number(1.0, 1e12, "bit/s")
_STUDY_RULES: Mapping[str, Any] = {
    "id": identifier,
    "title": text,
    "seasons_utc": sequence(instant, at_least=1),
    "days": number(0.1, 366.0, "days"),
    "masks": sequence(_mask, at_least=1),
    "rates_bps": sequence(_RATE, at_least=1),
    "priorities": sequence(number(0.0, 1e6, ""), at_least=1),
    "phases": whole_number(1, 100),
    "wanted_bytes_day": number(1.0, 1e18, "bytes"),
    "lock_s": number(0.0, 3_600.0, "s"),
    "link": _link,
    "dish_diameters_m": sequence(number(0.1, 100.0, "m"), at_least=1),
    "contention_days": number(0.1, 31.0, "days"),
    "planner": one_of("greedy", "ilp"),
    "assumptions": sequence(text),
    "orbit": _tables,
    "station_set": _tables,
}
