"""Orbits of every class, stations all over the Earth, and searches in one line."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from scheduler.intervals import Span
from scheduler.prediction.passes import TrackedObject
from scheduler.prediction.search import find_passes
from scheduler.stations import Station
from tle.elements import ElementSet

START = datetime(2026, 11, 21, 12, tzinfo=UTC)

# mean motion, eccentricity, inclination, node, perigee, anomaly, drag
ORBITS = {
    "sun-synchronous": (14.8, 0.001, 97.6, 84.0, 56.0, 303.0, 4e-5),
    "very low, dragged": (16.05, 0.002, 51.6, 10.0, 80.0, 20.0, 8e-4),
    "equatorial low": (15.2, 0.0005, 0.1, 0.0, 0.0, 40.0, 0.0),
    "retrograde equatorial": (14.2, 0.001, 179.5, 200.0, 30.0, 5.0, 0.0),
    "polar": (14.3, 0.04, 90.0, 120.0, 90.0, 200.0, 1e-4),
    "high low orbit": (12.0, 0.002, 66.0, 300.0, 270.0, 100.0, 0.0),
    "eccentric low": (12.2, 0.08, 100.0, 280.0, 90.0, 233.0, 1e-5),
    "middle": (6.0, 0.005, 20.0, 40.0, 100.0, 10.0, 0.0),
    "navigation": (2.00563, 0.01, 55.0, 210.0, 40.0, 183.0, 0.0),
    "Molniya": (2.00613, 0.72, 63.4, 0.0, 270.0, 33.0, 0.0),
    "Tundra": (1.0027, 0.27, 63.4, 160.0, 270.0, 180.0, 0.0),
    "transfer": (2.27, 0.73, 7.0, 70.0, 180.0, 83.0, 0.0),
    "geostationary": (1.00271, 0.0002, 0.05, 140.0, 0.0, 133.0, 0.0),
    "inclined geosynchronous": (1.0027, 0.0002, 7.56, 209.3, 51.0, 188.7, 0.0),
    "super-synchronous": (0.4, 0.4, 30.0, 0.0, 0.0, 0.0, 0.0),
}

STATIONS = {
    "almaty": (43.2235, 76.9225, 910.0),
    "near pole": (89.99, 10.0, 0.0),
    "south pole": (-90.0, 0.0, 2_800.0),
    "date line": (0.1, 179.95, 25.0),
    "equator": (0.0, -180.0, 0.0),
    "south": (-72.0, 2.0, 1_300.0),
}


def make_orbit(kind: str, **changes) -> ElementSet:
    """Build an element set of a class of ``ORBITS``, its epoch six hours before ``START``."""
    motion, e, inclination, node, perigee, anomaly, drag = ORBITS[kind]
    elements = ElementSet(
        name=kind,
        norad_cat_id=90_000,
        object_id="",
        epoch_utc=START - timedelta(hours=6),
        mean_motion_rev_day=motion,
        eccentricity=e,
        inclination_deg=inclination,
        raan_deg=node,
        arg_perigee_deg=perigee,
        mean_anomaly_deg=anomaly,
        bstar=drag,
        mean_motion_dot=0.0,
        mean_motion_ddot=0.0,
        source="test",
        received_utc=START,
        rev_at_epoch=100,
    )
    return replace(elements, **changes)


def make_station(name: str = "almaty", **changes) -> Station:
    latitude, longitude, altitude = STATIONS[name]
    return replace(Station(name, name, latitude, longitude, altitude), **changes)


def make_span(hours: float = 24.0, start: datetime = START) -> Span:
    return Span(start, start + timedelta(hours=hours))


def track(elements: ElementSet, **changes) -> TrackedObject:
    return TrackedObject(elements.name, elements.name, elements, **changes)


def search(elements, station=None, span=None, floor_deg=5.0):
    """Search for one element set."""
    return find_passes(
        [track(elements)],
        station or make_station(),
        span or make_span(),
        min_elevation_deg=floor_deg,
    )
