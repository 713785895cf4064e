"""Real passes of the bundled elements for the tests of the drive."""

from datetime import timedelta

from scheduler.intervals import Span
from scheduler.prediction.passes import TrackedObject
from scheduler.prediction.search import find_passes
from scheduler.stations import Antenna, Station
from tle.starter import load_starter

SATELLITE = 39731  # KazEOSat-1


def make_antenna(**changes):
    return Antenna("antenna-1", "X-band", **{"drive_enabled": True} | changes)


def make_station(antenna):
    return Station("kaznu", "Almaty", 43.2235, 76.9225, 910.0, antennas=(antenna,))


def find_pass(antenna, at_least_deg, *, days=6):
    """The first pass that culminates at least so high: the pass, its object, the station."""
    elements = next(each for each in load_starter() if each.norad_cat_id == SATELLITE)
    tracked = TrackedObject("kazeosat-1", "KazEOSat-1", elements)
    station = make_station(antenna)
    start = elements.epoch_utc
    table = find_passes(
        [tracked], station, Span(start, start + timedelta(days=days)), min_elevation_deg=5.0
    )
    found = next(
        each
        for each in map(table.read, range(len(table)))
        if each.max_elevation_deg >= at_least_deg
    )
    return found, tracked, station
