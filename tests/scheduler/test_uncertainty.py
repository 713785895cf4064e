"""How sure pass times are, and which windows the antenna cannot count on."""

import dataclasses
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from scheduler.intervals import Span
from scheduler.prediction.passes import TrackedObject
from scheduler.prediction.search import find_passes
from scheduler.prediction.track import compute_track
from scheduler.stations import Antenna, Station
from scheduler.uncertainty import mark_uncertain, peak_rate_deg_s, time_passes
from scheduler.windows import cut_passes
from tle.starter import load_starter
from tle.timing import AGE_GRID_DAYS, TimingModel

START = datetime(2026, 9, 6, 12, tzinfo=UTC)
STATION = Station("kaznu", "KazNU", 43.2235, 76.9225, 910.0, antennas=(Antenna("a1", "A1"),))


def find(days_later: float = 0.0, station: Station = STATION):
    wanted = {39731: "kazeosat-1", 25994: "terra"}
    objects = [
        TrackedObject(wanted[each.norad_cat_id], each.name, each)
        for each in load_starter()
        if each.norad_cat_id in wanted
    ]
    start = START + timedelta(days=days_later)
    return find_passes(
        objects, station, Span(start, start + timedelta(days=1)), min_elevation_deg=5
    )


def test_the_bound_grows_with_age_and_sigma_stays_below_it():
    young, old = time_passes(find(0), {}), time_passes(find(14), {})

    assert np.all(young.timing_sigma_s < young.timing_bound95_s)
    assert young.timing_bound95_s.max() < old.timing_bound95_s.min()
    assert young.read(0).timing_bound95_s == young.timing_bound95_s[0]


def test_a_learnt_model_replaces_the_prior_of_its_own_satellite_only():
    # Bite: using the model for every row makes terra's bound 7 s too.
    flat = TimingModel(np.full(len(AGE_GRID_DAYS), 7.0), np.full(len(AGE_GRID_DAYS), 3.0), 99)
    prior = time_passes(find(1), {})
    learnt = time_passes(find(1), {"kazeosat-1": flat})

    for row, each in enumerate(learnt):
        if each.satellite_id == "kazeosat-1":
            assert each.timing_bound95_s == pytest.approx(7.0)
            assert each.timing_sigma_s == pytest.approx(3.0)
        else:
            assert each.timing_bound95_s == prior.timing_bound95_s[row]


def test_the_bound_never_exceeds_half_a_revolution():
    table = time_passes(find(900), {})

    assert table.timing_bound95_s.max() <= 86_400 / 14.4 / 2 + 1


def test_the_estimated_peak_rate_is_near_the_true_one():
    table = find()
    estimated = peak_rate_deg_s(table, STATION)

    for row, each in enumerate(table):
        at = each.culmination_unix_s + np.array([-0.5, 0.5])
        track = compute_track(each.elements, STATION, at, refract=False)
        turned = np.hypot(
            np.diff(np.unwrap(track.azimuth_deg, period=360.0))[0]
            * np.cos(np.radians(each.max_elevation_deg)),
            np.diff(track.elevation_deg)[0],
        )
        assert estimated[row] == pytest.approx(turned, rel=0.12)


@pytest.mark.parametrize(
    ("tracking", "half_width_deg", "expected"),
    [("program", None, True), ("auto", 10.0, False), ("auto", 0.01, True)],
)
def test_a_window_is_uncertain_when_the_error_outgrows_beam_or_scan(
    tracking, half_width_deg, expected
):
    antenna = Antenna("a1", "A1", tracking=tracking, acquisition_half_width_deg=half_width_deg)
    station = dataclasses.replace(STATION, antennas=(antenna,))
    table = time_passes(find(10, station), {})

    marked = mark_uncertain(table, cut_passes(table, station), station)

    highest = int(np.argmax(table.max_elevation_deg))
    assert [window.uncertain for window in marked[highest][0]] == [expected]


def test_fresh_elements_leave_low_passes_certain():
    station = dataclasses.replace(
        STATION, antennas=(Antenna("a1", "A1", dish_diameter_m=0.5),)
    )  # a beam of 5 deg
    table = time_passes(find(0, station), {})

    marked = mark_uncertain(table, cut_passes(table, station), station)

    assert not marked.window_uncertain.any()


def test_passes_without_a_bound_are_refused():
    table = find()

    with pytest.raises(ValueError, match="time_passes first"):
        mark_uncertain(table, cut_passes(table, STATION), STATION)
