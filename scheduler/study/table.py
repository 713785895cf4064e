"""The tidy table of a study: one row for every combination that it varies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product

import numpy as np

from scheduler.study.contact_figures import measure_contacts
from scheduler.study.contention import Granted
from scheduler.study.definition import StationSet, Study
from scheduler.study.pieces import (
    ContactColumns,
    local_time_then_h,
    orbit_elements,
    season_span,
)
from tle.nominal import SunSynchronous, mean_altitude_km
from tle.timebase import DAY_S, FloatArray, format_utc

Row = dict[str, str | float | None]


def build_rows(
    study: Study, found: Iterable[ContactColumns], granted: Iterable[Granted] = ()
) -> list[Row]:
    """Turn the contacts of all pieces into rows, in the order of the study's own lists.

    Where the planner was asked (``granted``), a row is repeated for every priority; it was asked
    behind the first mask only.
    """
    shelf = _Shelf(found)
    plans: dict[tuple[int, int, int], list[Row]] = {}
    for grant in granted:
        key = (grant.season, grant.station_set, grant.orbit)
        plans.setdefault(key, []).append({name: getattr(grant, name) for name in _GRANTED})
    rows: list[Row] = []
    names = {station.id: index for index, station in enumerate(study.stations)}
    for (season, start_utc), (index, orbit) in product(
        enumerate(study.seasons_utc), enumerate(study.orbits)
    ):
        elements = orbit_elements(study, orbit, season)[0]
        local_h = (
            local_time_then_h(study, orbit, start_utc)
            if isinstance(orbit.design, SunSynchronous)
            else None
        )
        facts: Row = {
            "orbit": orbit.id,
            "altitude_km": round(mean_altitude_km(elements), 3),
            "inclination_deg": round(elements.inclination_deg, 4),
            "local_time_h": local_h,
            "season_start_utc": format_utc(start_utc),
            "days": study.days,
        }
        for (place, station_set), (mask, horizon) in product(
            enumerate(study.station_sets), enumerate(study.masks)
        ):
            where = [names[station.id] for station in station_set.stations]
            held = [shelf.contacts(season, mask, index, k, where) for k in range(study.phases)]
            spans = [[one for one, _ in own] for own in held]
            passes = shelf.passes(season, mask, index, where) / study.phases / study.days
            common: Row = {
                **facts,
                "station_set": station_set.id,
                "mask": str(horizon),
                "passes_day": passes,
                **_average(study, season, spans),
            }
            asked = plans.get((season, place, index), []) if mask == 0 else []
            blank: list[Row] = [dict.fromkeys(_GRANTED)] if plans else [{}]
            for (dish, dish_m), rate_bps, plan in product(
                enumerate(study.dish_diameters_m), study.rates_bps, asked or blank
            ):
                link = _link_volume(study, held, dish, dish_m) if study.link else {}
                volume = _volume(study, station_set, spans, rate_bps)
                rows.append({**common, **link, **volume, **plan})
    return rows


def summarise(rows: Sequence[Row], over: Sequence[str] = ("season_start_utc",)) -> list[Row]:
    """Fold rows that differ only in ``over``: mean, least and greatest of every figure.

    The spread is that of the seasons computed, not a confidence interval of a distribution.
    """
    keys = [key for key in rows[0] if key not in over and key in _PARAMETERS] if rows else []
    groups: dict[tuple[object, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row[key] for key in keys), []).append(row)
    folded = []
    for values, members in groups.items():
        line: Row = dict(zip(keys, values, strict=True))  # type: ignore[arg-type]
        for key in members[0]:
            if key in _PARAMETERS:
                continue
            figures = [value for row in members if isinstance(value := row[key], float)]
            line[key] = float(np.mean(figures)) if figures else None
            if key in _FIXED:
                continue
            line[f"{key}_least"] = min(figures, default=None)
            line[f"{key}_greatest"] = max(figures, default=None)
        line["rows"] = float(len(members))
        folded.append(line)
    return folded


_GRANTED = (
    "priority",
    "granted_contacts_day",
    "granted_minutes_day",
    "granted_part",
    "rivals_lose_minutes_day",
)
_PARAMETERS = {
    "orbit",
    "season_start_utc",
    "days",
    "station_set",
    "mask",
    "dish_m",
    "rate_bps",
    "priority",
}
_FIXED = {"altitude_km", "inclination_deg"}  # figures of the design, alike in every season


class _Shelf:
    """Contacts found, ready by season, mask, station and (orbit, phase)."""

    def __init__(self, found: Iterable[ContactColumns]) -> None:
        self._found: dict[tuple[int, int, int], list[ContactColumns]] = {}
        for columns in found:
            key = (columns.season, columns.mask, columns.station)
            self._found.setdefault(key, []).append(columns)

    def _columns(self, season: int, mask: int, station: int, orbit: int) -> ContactColumns:
        for columns in self._found[season, mask, station]:
            if columns.first_orbit <= orbit < columns.first_orbit + len(columns.passes):
                return columns
        raise LookupError(f"no piece holds orbit {orbit} over station {station}")

    def contacts(
        self, season: int, mask: int, orbit: int, phase: int, stations: Sequence[int]
    ) -> list[tuple[FloatArray, FloatArray]]:
        """Return contacts (n, 2) and link bytes (n, n_dishes) of one satellite by station."""
        found = []
        for station in stations:
            columns = self._columns(season, mask, station, orbit)
            first, last = np.searchsorted(columns.orbit, [orbit, orbit + 1])
            own = columns.phase[first:last] == phase
            both = [columns.start_unix_s[first:last][own], columns.end_unix_s[first:last][own]]
            found.append((np.column_stack(both), columns.link_bytes[first:last][own]))
        return found

    def passes(self, season: int, mask: int, orbit: int, stations: Sequence[int]) -> float:
        """Count passes over the stations, all phases together."""
        total = 0.0
        for station in stations:
            columns = self._columns(season, mask, station, orbit)
            total += float(columns.passes[orbit - columns.first_orbit].sum())
        return total


def _average(study: Study, season: int, spans: Sequence[Sequence[FloatArray]]) -> Row:
    """Average the statistics of the phases; the longest gap is the longest of any."""
    span = season_span(study, season)
    measured = [
        measure_contacts(np.concatenate(own), span.start_unix_s, span.end_unix_s) for own in spans
    ]
    figures: Row = {}
    for name in type(measured[0]).__dataclass_fields__:
        values = np.array([getattr(one, name) for one in measured])
        whole = values[np.isfinite(values)]
        best = whole.max if name == "longest_gap_h" else whole.mean
        figures[name] = float(best()) if len(whole) else None
    return figures


def _volume(
    study: Study,
    station_set: StationSet,
    spans: Sequence[Sequence[FloatArray]],
    rate_bps: float | None,
) -> Row:
    """Return bytes a day at a constant rate, and the share of antenna time that they take.

    Stations that see the satellite at once do not both receive: what overlaps counts once.
    """
    busy_s = 0.0  # antenna time with setup and teardown, a day, all stations
    useful_s = 0.0
    for own in spans:
        every, from_s = _alone_from(np.concatenate(own))
        useful_s += float(np.maximum(every[:, 1] - from_s - study.lock_s, 0.0).sum())
        for station, contacts in zip(station_set.stations, own, strict=True):
            turn_s = station.antennas[0].setup_s + station.antennas[0].teardown_s
            busy_s += float(np.sum(contacts[:, 1] - contacts[:, 0] + turn_s))
    scale = study.phases * study.days
    antennas = sum(len(station.antennas) for station in station_set.stations)
    busy_share = busy_s / scale / DAY_S / antennas
    bytes_day = None if rate_bps is None else useful_s / scale * rate_bps / 8.0
    part = study.wanted_bytes_day / bytes_day if study.wanted_bytes_day and bytes_day else None
    return {
        "rate_bps": rate_bps,
        "bytes_day": bytes_day,
        "antenna_share_all_contacts": busy_share,
        "wanted_part_of_contacts": part,  # above 1: more than all contacts can carry
        "antenna_share_needed": busy_share * part if part is not None and part <= 1.0 else None,
    }


def _link_volume(
    study: Study,
    held: Sequence[Sequence[tuple[FloatArray, FloatArray]]],
    dish: int,
    dish_m: float | None,
) -> Row:
    """Return bytes a day of the adaptive link; of what two stations see at once the first counts.

    A contact that is cut short so keeps its bytes in proportion to its time.
    """
    total = 0.0
    for own in held:
        spans = np.concatenate([one for one, _ in own])
        volume = np.concatenate([each[:, dish] for _, each in own])
        order = np.argsort(spans[:, 0], kind="stable")
        every, from_s = _alone_from(spans)
        left = np.maximum(every[:, 1] - from_s, 0.0) / (every[:, 1] - every[:, 0])
        total += float(np.sum(volume[order] * left))
    return {"dish_m": dish_m, "link_bytes_day": total / study.phases / study.days}


def _alone_from(spans: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Order contacts (n, 2) by start, and say from when on no earlier one is still running."""
    every = spans[np.argsort(spans[:, 0], kind="stable")]
    reach = np.concatenate([[-np.inf], np.maximum.accumulate(every[:, 1])[:-1]])
    return every, np.maximum(every[:, 0], reach)


def iterate_csv(rows: Sequence[Mapping[str, object]]) -> Iterator[list[object]]:
    """Give the header and the rows of a table, empty where there is no figure."""
    if rows:
        header = list(rows[0])
        yield list(header)
        for row in rows:
            yield ["" if row.get(key) is None else row[key] for key in header]
