"""Pass finders behind one call: Aspan and its peers, each from the same element sets.

A finder takes parsed element sets, a site, a span and a floor, and returns (AOS, LOS) in Unix
seconds for each satellite; its own set-up is part of its work. Peers are installed by the
dependency group ``bench`` and are never imported by the product.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np

from scheduler.intervals import Span
from scheduler.prediction.passes import TrackedObject
from scheduler.prediction.search import find_passes
from scheduler.stations import Station
from tle.elements import ElementSet
from tle.propagation import build_record
from tle.tle_format import write_tle

Found = list[np.ndarray]  # for each satellite an array of shape (n, 2): AOS and LOS
Finder = Callable[[Sequence[ElementSet], Station, Span, float], Found]


def find_with_aspan(
    sets: Sequence[ElementSet], station: Station, span: Span, floor: float
) -> Found:
    objects = [TrackedObject(str(at), item.name, item) for at, item in enumerate(sets)]
    table = find_passes(objects, station, span, min_elevation_deg=floor)
    edges = np.column_stack([table.aos_unix_s, table.los_unix_s])
    starts = np.searchsorted(table.object_index, np.arange(len(sets) + 1))
    return [edges[first:last] for first, last in pairwise(starts)]


def find_with_skyfield(
    sets: Sequence[ElementSet], station: Station, span: Span, floor: float
) -> Found:
    from skyfield.api import EarthSatellite, load, wgs84

    scale = load.timescale(builtin=True)
    place = wgs84.latlon(station.latitude_deg, station.longitude_deg, station.altitude_m)
    first, last = scale.from_datetime(span.start_utc), scale.from_datetime(span.end_utc)
    found = []
    for item in sets:
        satellite = EarthSatellite.from_satrec(build_record(item), scale)
        times, events = satellite.find_events(place, first, last, altitude_degrees=floor)
        found.append(_pair(_unix_s(times), events, span))
    return found


def _unix_s(times):
    """Turn skyfield times into Unix seconds without losing digits to a Julian date."""
    seconds = (times.whole - 2_440_587.5) * 86_400.0 + times.tai_fraction * 86_400.0
    return seconds - times._leap_seconds()


def _pair(times_s, events, span: Span):
    """Pair rises (0) and sets (2); a pass cut by the span takes its edge."""
    starts, passes = None if len(events) and events[0] == 0 else span.start_unix_s, []
    if not len(events):
        return np.empty((0, 2))
    for time_s, event in zip(times_s, events, strict=True):
        if event == 0:
            starts = time_s
        elif event == 2 and starts is not None:
            passes.append((starts, time_s))
            starts = None
    if starts is not None and len(events):
        passes.append((starts, span.end_unix_s))
    return np.array(passes).reshape(-1, 2)


def find_with_sgp4_predict(
    sets: Sequence[ElementSet], station: Station, span: Span, floor: float
) -> Found:
    from sgp4_predict import GeodeticPoint, Interval, Predictor, Tle

    place = GeodeticPoint(
        latitude_deg=station.latitude_deg,
        longitude_deg=station.longitude_deg,
        altitude=station.altitude_m,
    )
    window = Interval(start=span.start_utc, end=span.end_utc)
    found = []
    for item in sets:
        predictor = Predictor.from_tle(Tle(item.name, *write_tle(item)))
        transits = predictor.transits_iter(place, window, min_elevation_deg=floor)
        edges = []
        try:
            for transit in transits:
                edges.append((transit.start.timestamp(), transit.end.timestamp()))
        except RuntimeError:
            pass  # it gives up on passes longer than an hour: they count as missed
        found.append(np.array(edges).reshape(-1, 2))
    return found


def find_with_pyorbital(
    sets: Sequence[ElementSet], station: Station, span: Span, floor: float
) -> Found:
    from pyorbital.orbital import Orbital

    found = []
    hours = span.duration_s / 3_600.0
    for item in sets:
        line1, line2 = write_tle(item)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            passes = Orbital(item.name, line1=line1, line2=line2).get_next_passes(
                span.start_utc.replace(tzinfo=None),
                hours,
                station.longitude_deg,
                station.latitude_deg,
                station.altitude_m / 1e3,
                horizon=floor,
            )
        edges = [(_naive_unix_s(rise), _naive_unix_s(fall)) for rise, fall, _ in passes]
        found.append(np.array(edges).reshape(-1, 2))
    return found


def _naive_unix_s(instant: datetime) -> float:
    return (instant.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(seconds=1)


FINDERS: dict[str, Finder] = {
    "aspan": find_with_aspan,
    "skyfield": find_with_skyfield,
    "sgp4-predict": find_with_sgp4_predict,
    "pyorbital": find_with_pyorbital,
}
