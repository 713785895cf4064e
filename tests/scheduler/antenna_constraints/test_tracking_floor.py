"""Flat limits of elevation, against direct sampling."""

from __future__ import annotations

import numpy as np
import pytest

from scheduler.windows import cut_passes
from tests.scheduler.sky_builders import (
    find_by_sampling,
    lost_by_sampling,
    lost_in_windows,
    make_elements,
    make_station,
)

ORBITS = [make_elements(560.0, 97.6, 20.0), make_elements(9_000.0, 50.0, 30.0)]


@pytest.mark.parametrize(
    ("antenna", "margin"),
    [
        ({"tracking_floor_deg": 12.0}, lambda az, el: el - 12.0),
        ({"tracking_floor_deg": 0.0, "max_elevation_deg": 55.0}, lambda az, el: 55.0 - el),
    ],
    ids=["floor", "top"],
)
def test_windows_agree_with_elevation_sampled_twice_a_second(antenna, margin):
    # Bite: losing the wrong side of the top of the travel.
    station = make_station(split_gap_s=1.0, **antenna)
    table = find_by_sampling(ORBITS, station, hours=30.0, min_elevation_deg=3.0)
    found = cut_passes(table, station, constraints=["tracking_floor", "elevation_travel"])

    seen = set()
    for row in range(len(table)):
        instants, lost = lost_by_sampling(table, station, row, margin)
        assert np.array_equal(lost_in_windows(found[row], instants), lost)
        seen |= {bool(np.any(lost)), bool(np.all(lost))}
    assert seen == {False, True}


def test_a_floor_just_below_the_culmination_leaves_the_few_seconds_above_it():
    # Bite: a tube without bulge takes the chord between two samples for the path.
    table = find_by_sampling(ORBITS[:1], make_station(), hours=30.0)

    for row, top_deg in enumerate(table.max_elevation_deg):
        station = make_station(tracking_floor_deg=float(top_deg) - 0.01)
        (window,), cuts = cut_passes(table, station, rows=np.array([row]))[0]
        assert window.start_unix_s < table.culmination_unix_s[row] < window.end_unix_s
        assert len(cuts) == 2


def test_a_search_at_the_floor_loses_nothing_to_it():
    # AOS stands on the floor itself: rounding must not make a cut of it.
    table = find_by_sampling(ORBITS, make_station(), hours=30.0, min_elevation_deg=5.0)

    assert all(not cuts for _, cuts in cut_passes(table, make_station(tracking_floor_deg=5.0)))
