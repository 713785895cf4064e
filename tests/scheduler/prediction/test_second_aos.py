"""After a manoeuvre that nobody has confirmed both predicted AOS are told.

Bite: without the older set's search every AOS stays alone; with the whole table shifted to the
older set the passes themselves move.
"""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from scheduler.intervals import Span
from scheduler.prediction.passes import TrackedObject
from scheduler.prediction.search import find_passes
from scheduler.prediction.second_aos import add_second_aos
from scheduler.uncertainty import mark_uncertain, time_passes
from scheduler.windows import cut_passes
from tests.scheduler.sky_builders import make_station
from tle.starter import load_starter

ROUND_S = 30.0
TERRA = next(e for e in load_starter() if e.norad_cat_id == 25994)
DEGREES = ROUND_S * TERRA.mean_motion_rev_day * 360.0 / 86_400.0
AHEAD = replace(TERRA, mean_anomaly_deg=TERRA.mean_anomaly_deg + DEGREES)
SPAN = Span(TERRA.epoch_utc, TERRA.epoch_utc + timedelta(days=2))
STATION = make_station()


def find(elements=TERRA):
    tracked = [TrackedObject("terra", "Terra", elements), TrackedObject("other", "Other", TERRA)]
    return time_passes(find_passes(tracked, STATION, SPAN, min_elevation_deg=5.0), {})


def test_each_pass_of_the_satellite_tells_its_aos_by_the_older_set():
    table = add_second_aos(find(), {"terra": AHEAD}, STATION, SPAN)

    mine = table.object_index == 0
    whole = mine & ~table.starts_before_span
    # the Earth turns under the orbit meanwhile: a pass begins a second or two off the 30 s
    gap_s = table.aos_unix_s[whole] - table.alternative_aos_unix_s[whole]
    assert gap_s == pytest.approx(ROUND_S, abs=4.0)
    assert np.isnan(table.alternative_aos_unix_s[~mine]).all()
    assert np.array_equal(table.aos_unix_s, find().aos_unix_s)
    assert table.read(int(np.flatnonzero(whole)[0])).alternative_aos_unix_s is not None
    assert table.read(int(np.flatnonzero(~mine)[0])).alternative_aos_unix_s is None


def test_the_bound_covers_both_predictions_and_windows_become_uncertain():
    table = add_second_aos(find(), {"terra": AHEAD}, STATION, SPAN)

    mine = (table.object_index == 0) & ~table.starts_before_span
    assert (table.timing_bound95_s[mine] > ROUND_S - 5.0).all()
    windows = mark_uncertain(table, cut_passes(table, STATION), STATION)
    of_mine = mine[windows.rows[windows.window_row]]
    assert windows.window_uncertain[of_mine].all()
    plain = mark_uncertain(find(), cut_passes(find(), STATION), STATION)
    assert np.array_equal(windows.window_uncertain[~of_mine], plain.window_uncertain[~of_mine])
    assert not plain.window_uncertain.all()


def test_a_steady_satellite_has_one_aos():
    assert add_second_aos(find(), {}, STATION, SPAN).alternative_aos_unix_s is None
    assert add_second_aos(find(), {"terra": TERRA}, STATION, SPAN).alternative_aos_unix_s is None
