"""Predictions as callers ask for them: which constraints of the antennas apply."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from app.services.prediction import (
    PassQuery,
    PredictionService,
    join_parts,
    predict,
    predict_piece,
    stream_passes,
)
from app.settings import Configuration, ConfigurationText
from scheduler.satellites import Satellite, Service
from tests.scheduler.sky_builders import EPOCH_UTC, make_elements, make_station

NO_TEXT = ConfigurationText("", "")
CONFIGURATION = Configuration((make_station(),), (), "stations", "satellites", NO_TEXT)
SETS = [
    make_elements(raan_deg=raan, norad_cat_id=1 + at)
    for at, raan in enumerate(np.arange(0.0, 360.0, 45.0))
]


def predict_three_days(**asked):
    service = PredictionService(CONFIGURATION, None, lambda: EPOCH_UTC, limit_days=10.0)
    task = service.prepare(PassQuery(days=3.0, **asked), brought=SETS)
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


def test_filters_by_light_divide_the_passes_and_tell_the_light():
    # Bite: with the Sun's elevation compared with 0 instead of -6 degrees night passes are missed.
    every = predict_three_days().table
    day, night = (predict_three_days(daylight=light).table for light in ("day", "night"))
    lit = predict_three_days(sunlit=True).table

    assert len(day)
    assert len(night)
    assert len(day) + len(night) == len(every)
    assert np.all(night.sun_elevation_deg < -6.0)
    assert np.all(day.sun_elevation_deg >= -6.0)
    assert 0 < len(lit) < len(every)
    assert lit.sunlit.all()
    assert every.sunlit is None


def on_frequency(at, centre_hz):
    name = f"s{at}"
    service = Service("x", "X", centre_hz=centre_hz, symbol_rate_hz=5e6)
    return Satellite(name, name, norad_cat_id=1 + at, services=(service,))


def predict_train(*satellites, asked=()):
    """Two satellites two seconds apart on one orbit, and one on another."""
    sets = [
        make_elements(700.0, 98.2, raan, mean_anomaly_deg=angle, norad_cat_id=1 + at)
        for at, (raan, angle) in enumerate([(250.0, 0.0), (250.0, 0.12), (70.0, 0.0)])
    ]
    configuration = replace(CONFIGURATION, satellites=satellites)
    service = PredictionService(configuration, None, lambda: EPOCH_UTC, limit_days=10.0)
    task = service.prepare(PassQuery(satellites=asked, days=1.0), brought=sets)
    return predict(task, lambda done, text: None)[0]


def test_windows_tell_who_shares_beam_and_frequency_also_who_was_not_asked_for():
    train = [on_frequency(0, 8.16e9), on_frequency(1, 8.161e9), on_frequency(2, 8.16e9)]
    alone, all_ = predict_train(*train, asked=("s0",)), predict_train(*train)

    assert {item.other_satellite_id for item in alone.conjunctions} == {"s1"}
    assert {item.other_satellite_id for item in all_.conjunctions} == {"s0", "s1"}
    for item in alone.conjunctions:
        assert alone.windows.window_start_unix_s[item.window] <= item.start_unix_s
        assert item.end_unix_s <= alone.windows.window_end_unix_s[item.window]
    assert predict_train(on_frequency(0, 8.16e9), on_frequency(1, 8.3e9)).conjunctions == ()


def test_pieces_put_together_are_the_whole_wherever_they_are_computed():
    # Bite: without the offset of windows in join_windows interruptions land in other passes.
    service = PredictionService(CONFIGURATION, None, lambda: EPOCH_UTC, limit_days=10.0)
    task = service.prepare(PassQuery(days=3.0), brought=SETS)
    whole = predict(task, lambda done, text: None)[0]
    pieces = [replace(task, choice=task.choice.part(first, first + 3)) for first in (0, 3, 6)]
    joined = join_parts([predict_piece(piece) for piece in pieces])

    assert np.array_equal(joined.table.aos_unix_s, whole.table.aos_unix_s)
    assert list(joined.windows) == list(whole.windows)
    assert joined.grades == whole.grades


class LastFirst:
    """An executor that gives results in the wrong order."""

    def __init__(self, workers: int = 1) -> None:
        self.workers = workers

    def run(self, function, pieces):
        yield from reversed([(at, function(piece)) for at, piece in enumerate(pieces)])


def test_parts_of_an_executor_come_in_order_with_progress():
    # Bite: without waiting for the wanted piece the stations come last first.
    stations = tuple(replace(make_station(), id=name) for name in ("a", "b", "c"))
    configuration = replace(CONFIGURATION, stations=stations)
    service = PredictionService(configuration, None, lambda: EPOCH_UTC, limit_days=10.0)
    task = service.prepare(PassQuery(days=1.0), brought=SETS)
    told = []
    parts = list(stream_passes(task, lambda done, text: told.append(done), LastFirst()))

    assert [part.station.id for part in parts] == ["a", "b", "c"]
    assert told == sorted(told)
    assert told[-1] > 0.5
    here = list(stream_passes(task, lambda done, text: None))
    for part, same in zip(parts, here, strict=True):
        assert np.array_equal(part.table.aos_unix_s, same.table.aos_unix_s)
        assert list(part.windows) == list(same.windows)
