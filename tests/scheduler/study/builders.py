"""A small study for tests: one station, two heights, two days."""

from datetime import UTC, datetime

from scheduler.stations import Antenna, HorizonMask, Station
from scheduler.study import StationSet, Study, StudyOrbit
from tle.nominal import SunSynchronous

START = datetime(2027, 3, 1, tzinfo=UTC)


def site(name="almaty", latitude=43.2, longitude=76.9, mask=None):
    antenna = Antenna("dish", "Dish", min_contact_s=120.0)
    return Station(
        name, name, latitude, longitude, 900.0, antennas=(antenna,),
        horizon_mask=None if mask is None else HorizonMask((0.0,), (mask,)),
    )  # fmt: skip


def orbit(altitude_km=500.0, **more):
    return StudyOrbit(f"sso-{altitude_km:g}", SunSynchronous(altitude_km, 22.5), **more)


def study(**changes):
    values = {
        "id": "test",
        "title": "Test",
        "seasons_utc": (START,),
        "days": 2.0,
        "orbits": (orbit(500.0), orbit(600.0)),
        "station_sets": (StationSet("one", (site(),)),),
    }
    return Study(**(values | changes))
