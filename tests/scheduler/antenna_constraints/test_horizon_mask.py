"""The horizon mask: crossings, spikes, north, and what the cut says."""

from __future__ import annotations

import numpy as np
import pytest

from scheduler.antenna_constraints.horizon_mask import MaskLimit, RangeExtreme
from scheduler.stations import HorizonMask
from scheduler.windows import cut_passes
from tests.scheduler.sky_builders import (
    find_by_sampling,
    lost_by_sampling,
    lost_in_windows,
    make_elements,
    make_station,
    see,
)
from tle.starter import load_starter

# The mountains of Almaty, coarse: high in the south, flat in the north.
MOUNTAINS = HorizonMask(
    (0.0, 60.0, 100.0, 130.0, 165.0, 200.0, 240.0, 300.0),
    (1.0, 1.2, 5.6, 8.6, 10.8, 7.9, 2.3, 1.0),
)
ORBITS = [
    make_elements(560.0, 97.6, 20.0),
    make_elements(820.0, 98.7, 140.0),
    make_elements(512.0, 41.4, 80.0),
    make_elements(9_000.0, 50.0, 30.0),
    make_elements(17_800.0, 27.0, 60.0, eccentricity=0.72),
]


def mask_margin(mask):
    azimuth, elevation = np.array(mask.azimuth_deg), np.array(mask.elevation_deg)
    return lambda az, el: el - np.interp(az, azimuth, elevation, period=360.0)


@pytest.mark.parametrize(
    "mask",
    [
        MOUNTAINS,
        HorizonMask((0.0, 90.0, 91.0, 92.0, 180.0, 350.0), (3.0, 2.0, 40.0, 2.0, 12.0, 8.0)),
        HorizonMask((10.0,), (7.5,)),
    ],
    ids=["mountains", "spike", "one point"],
)
def test_windows_agree_with_a_mask_sampled_twice_a_second(mask):
    # Bite: bounds without the bulge, or without the points of the mask between the ends of an
    # arc, lose the spike; a mask that does not wrap at north fails on "spike" and "one point".
    station = make_station(mask, tracking_floor_deg=0.0, split_gap_s=20.0)
    table = find_by_sampling(ORBITS, station, hours=30.0, min_elevation_deg=1.5)
    found = cut_passes(table, station, constraints=["horizon_mask"])

    assert len(table) > 15
    for row in range(len(table)):
        instants, lost = lost_by_sampling(table, station, row, mask_margin(mask))
        assert np.array_equal(lost_in_windows(found[row], instants), lost), table.read(row).pass_id


def test_crossings_are_where_the_propagated_satellite_meets_the_mask():
    # "A few milliseconds" at 0.03 deg/s is 1e-4 deg; measured below 1e-5 deg.
    # Bite: two root steps instead of six, or nodes without the Earth's rotation.
    station = make_station(MOUNTAINS)
    table = find_by_sampling(ORBITS, station, hours=24.0)
    cuts = [(row, cut) for row in range(len(table)) for cut in cut_passes(table, station)[row][1]]
    inner = [
        (row, instant, cut.limit_value)
        for row, cut in cuts
        for instant in (cut.start_unix_s, cut.end_unix_s)
        if instant not in (table.aos_unix_s[row], table.los_unix_s[row])
    ]

    assert len(inner) > 10
    for row, instant, limit_value in inner:
        look = see(table.objects[table.object_index[row]].elements, station, [instant])
        assert abs(mask_margin(MOUNTAINS)(look.azimuth_deg, look.elevation_deg)[0]) < 1e-4
        assert limit_value == pytest.approx(look.elevation_deg[0], abs=1e-3)


def test_a_narrow_peak_is_an_interruption_and_not_two_windows():
    # A mast one degree wide hides the satellite for seconds: the contact goes on.
    mast = HorizonMask((0.0, 89.5, 90.0, 90.5), (0.0, 0.0, 60.0, 0.0))
    station = make_station(mast)
    table = find_by_sampling([make_elements(600.0, 97.8, raan) for raan in (0, 60, 120)], station)
    found = cut_passes(table, station)
    holes = [w.interruptions for windows, _ in found for w in windows if w.interruptions]

    assert len(holes) >= 3
    assert all(len(windows) == 1 for windows, _ in found)
    assert {hole.reason for (hole,) in holes} == {"below_horizon_mask"}
    assert all(hole.end_unix_s - hole.start_unix_s < 30.0 for (hole,) in holes)


def test_a_pass_behind_the_mountains_is_cut_whole_and_names_the_mask():
    # FENGYUN 3G of the bundled sets: golden pass of 15:52:44Z culminates at 7.76 deg, azimuth
    # 130.4, where the mask stands at 8.6 deg.
    (fengyun,) = [item for item in load_starter() if item.norad_cat_id == 56232]
    station = make_station(MOUNTAINS)
    table = find_by_sampling([fengyun], station, hours=36.0)
    low = int(np.argmin(np.abs(table.max_elevation_deg - 7.7591)))
    windows, (cut,) = cut_passes(table, station)[low]

    assert table.max_elevation_deg[low] == pytest.approx(7.7591, abs=0.01)
    assert windows == ()
    assert (cut.start_unix_s, cut.end_unix_s) == (table.aos_unix_s[low], table.los_unix_s[low])
    assert (cut.reason, cut.limit_unit) == ("below_horizon_mask", "deg")
    assert cut.limit_value == pytest.approx(8.6, abs=0.2)


def test_an_orbit_that_always_culminates_over_the_mountains_pays_most():
    # The orbit of DEAR-5: its inclination is below the latitude of Almaty.
    station = make_station(MOUNTAINS)
    south, polar = make_elements(512.0, 41.361, 80.0), make_elements(512.0, 97.4, 80.0)
    table = find_by_sampling([south, polar], station, hours=72.0)
    kept = np.array(
        [
            sum(w.end_unix_s - w.start_unix_s for w in found[0])
            for found in cut_passes(table, station)
        ]
    )
    length = table.los_unix_s - table.aos_unix_s
    lost = [
        1.0 - kept[mine].sum() / length[mine].sum()
        for mine in (table.object_index == 0, table.object_index == 1)
    ]

    azimuth = table.culmination_azimuth_deg[table.object_index == 0]
    assert np.all((azimuth > 120.0) & (azimuth < 240.0))
    assert 0.04 < lost[0] < 0.20  # 8.5 % was published for DEAR-5 with the finer mask
    assert lost[0] > lost[1]


def test_a_range_across_north_sees_the_peak_beside_north():
    # Bite: a table of one turn instead of three.
    limit = MaskLimit(HorizonMask((0.0, 10.0, 350.0), (1.0, 1.0, 9.0)))

    top = limit.highest_between(np.array([345.0, 20.0, -12.0]), np.array([362.0, 340.0, -8.0]))

    assert top == pytest.approx([9.0, 1.0 + 8.0 * 330.0 / 340.0, 9.0])


@pytest.mark.parametrize("count", [1, 16, 23])
def test_range_extremes_equal_a_plain_search(count):
    # Bite: a level too few makes ranges of exactly a power of two wrong.
    values = np.random.default_rng(5).normal(size=count)
    first, last = np.array([(a, b) for a in range(count) for b in range(a, count + 1)]).T

    found = RangeExtreme(values).query(first, last)

    plain = [max(values[a:b], default=-np.inf) for a, b in zip(first, last, strict=True)]
    assert np.array_equal(found, plain)
