"""Predictions as callers ask for them: which constraints of the antennas apply."""

from __future__ import annotations

import numpy as np

from app.services.prediction import PassQuery, PredictionService, predict
from app.settings import Configuration
from tests.scheduler.sky_builders import EPOCH_UTC, make_elements, make_station

CONFIGURATION = Configuration((make_station(),), (), "stations", "satellites", "digest")
SETS = [
    make_elements(raan_deg=raan, norad_cat_id=1 + at)
    for at, raan in enumerate(np.arange(0.0, 360.0, 45.0))
]


def predict_three_days(**asked):
    service = PredictionService(CONFIGURATION, None, lambda: EPOCH_UTC, limit_days=10.0)
    task = service.prepare(PassQuery(days=3.0, **asked), sets=SETS)
    return predict(task, lambda done, text: None)[0]


def test_with_a_flat_limit_and_no_mask_the_windows_are_the_passes():
    # Bite: with every constraint in force the keyhole interrupts the windows of zenith passes.
    part = predict_three_days(min_elevation_deg=5.0, use_mask=False)
    assert np.max(part.table.max_elevation_deg) > 86.0
    assert len(part.windows.interruptions) == len(part.windows.cuts) == 0
    assert np.array_equal(part.windows.window_row, np.arange(len(part.table)))
    assert np.array_equal(part.windows.window_start_unix_s, part.table.aos_unix_s)
    assert np.array_equal(part.windows.window_end_unix_s, part.table.los_unix_s)


def test_with_one_of_the_two_the_antenna_keeps_its_limits():
    for asked in ({"min_elevation_deg": 5.0}, {"use_mask": False}):
        windows = predict_three_days(**asked).windows
        tags = {windows.reasons[number] for number in windows.interruptions.reason}
        assert "in_keyhole" in tags
