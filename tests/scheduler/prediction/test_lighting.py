"""Night at the station and satellites in sunlight."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from scheduler.intervals import Span
from scheduler.prediction.lighting import dark_spans, light_passes
from scheduler.prediction.sun import is_sunlit, sun_elevation_deg
from tests.scheduler.sky_builders import EPOCH_UTC, find_by_sampling, make_elements, make_station
from tle.propagation import build_record, propagate
from tle.timebase import to_unix_s


def test_night_begins_and_ends_where_the_sun_passes_the_limit():
    station = make_station()
    nights = dark_spans(station, Span(EPOCH_UTC, EPOCH_UTC + timedelta(days=3)))
    inner = nights.ravel()

    assert len(nights) == 3
    assert sun_elevation_deg(station, inner) == pytest.approx(-6.0, abs=0.01)
    # 7 September at 43 N: 12 h 56 min of day and 29 min of twilight at each end.
    assert np.diff(nights, axis=1).ravel() / 3600.0 == pytest.approx(10.1, abs=0.2)


def test_a_span_that_begins_and_ends_in_the_night_keeps_its_edges():
    start = EPOCH_UTC + timedelta(hours=5)
    (night,) = dark_spans(make_station(), Span(start, start + timedelta(hours=2)))

    assert list(night) == [to_unix_s(start), to_unix_s(start) + 7_200.0]


def test_the_polar_summer_has_no_night():
    svalbard = replace(make_station(), latitude_deg=78.2)
    start = EPOCH_UTC - timedelta(days=75)

    assert len(dark_spans(svalbard, Span(start, start + timedelta(days=2)))) == 0


def test_each_pass_gets_the_light_of_its_own_culmination():
    # Bite: using one satellite's record for all rows.
    station = make_station()
    sets = [make_elements(600.0, 97.8, 0.0), make_elements(15_000.0, 50.0)]
    table = find_by_sampling(sets, station, hours=48.0)
    light = light_passes(table, station)

    for row in range(len(table)):
        instant = table.culmination_unix_s[row : row + 1]
        r_km, _, _ = propagate(build_record(sets[table.object_index[row]]), instant)
        assert light.sunlit[row] == is_sunlit(r_km, instant)[0]
        alone_deg = sun_elevation_deg(station, instant)[0]
        assert light.sun_elevation_deg[row] == pytest.approx(alone_deg, abs=1e-9)
    assert set(light.night) == {True, False}
    assert set(light.sunlit) == {True, False}
