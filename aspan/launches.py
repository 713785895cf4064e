"""Launches for notebooks: where to search for the satellite, and which public object it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.errors import InputError
from app.services.selection import choose_stations
from aspan.passes import read_brought, read_configuration
from aspan.tables import Columns, Table, to_instants, turn_into_columns
from scheduler.acquisition import SearchStep, plan_search
from tle.elements import ElementSet
from tle.identification import ElementNoise, Match, identify, of_launch
from tle.launch import Hypothesis
from tle.oem import Oem

_INSTANTS = {
    "nominal_rise_utc": "nominal_rise_unix_s",
    "watch_from_utc": "watch_from_unix_s",
    "watch_to_utc": "watch_to_unix_s",
}
_ANGLES = ("elevation_deg", "azimuth_deg", "arc_from_deg", "arc_to_deg", "beam_width_deg")
_CHANCES = (
    "rises_probability",
    "waiting_probability",
    "tracking_probability",
    "found_by_then",
)


@dataclass(frozen=True, slots=True)
class SearchPlan(Table):
    """How to search after a launch: a row for each pass of each hypothesis over each antenna."""

    steps: tuple[SearchStep, ...]

    def columns(self) -> Columns:
        """Return the steps as columns; what each means: ``scheduler.acquisition.SearchStep``."""
        columns: dict[str, Any] = {
            name: [getattr(step, name) for step in self.steps]
            for name in ("hypothesis", "weight", "station_id", "antenna_id")
        }
        for name, field in _INSTANTS.items():
            columns[name] = to_instants([getattr(step, field) for step in self.steps])
        for name in (*_ANGLES, *_CHANCES):
            columns[name] = [getattr(step, name) for step in self.steps]
        return columns


@dataclass(frozen=True, slots=True)
class Matches(Table):
    """Public objects ranked by how well each fits, best first."""

    matches: tuple[Match, ...]

    def columns(self) -> Columns:
        """Return the objects as columns; ``probability`` is among the objects given."""
        return turn_into_columns(
            [
                {
                    "object_id": match.elements.object_id,
                    "norad_cat_id": match.elements.norad_cat_id,
                    "name": match.elements.name,
                    "probability": match.probability,
                    "chance": match.chance,
                    "hypothesis": match.hypothesis,
                    "log_likelihood": match.log_likelihood,
                    "miss_along_deg": match.miss_along_deg,
                    "miss_altitude_km": match.miss_altitude_km,
                    "miss_plane_deg": match.miss_plane_deg,
                }
                for match in self.matches
            ]
        )


def search_after_launch(
    hypotheses: Sequence[Hypothesis],
    stations: str | Sequence[str] = (),
    *,
    hours: float = 24.0,
    frequency_hz: float = 8.2e9,
    elevation_deg: float = 10.0,
    stations_file: str | Path | None = None,
) -> SearchPlan:
    """Plan first acquisition: when, at which azimuth, how wide, and how likely it is enough.

    ``hypotheses`` come from ``build_hypotheses``; ``stations`` are ids, default all enabled.
    """
    configuration = read_configuration(stations_file)
    names = [stations] if isinstance(stations, str) else stations
    chosen = choose_stations(configuration, names)
    return SearchPlan(
        plan_search(
            hypotheses,
            chosen,
            hours=hours,
            frequency_hz=frequency_hz,
            elevation_deg=elevation_deg,
        )
    )


def identify_object(
    hypotheses: Sequence[Hypothesis],
    elements: str | Path | Sequence[ElementSet],
    *,
    launch: str | None = None,
    noise: ElementNoise | None = None,
) -> Matches:
    """Rank the objects of a TLE or OMM file, or of sets, by how well each fits our launch.

    ``launch`` (as 2027-042) keeps the objects of that launch only.
    """
    sets = read_brought(elements)
    if isinstance(sets, Oem):
        raise InputError("elements", "is one ephemeris; give a TLE or OMM file of public objects")
    return Matches(
        identify(hypotheses, sets if launch is None else of_launch(sets, launch), noise=noise)
    )
