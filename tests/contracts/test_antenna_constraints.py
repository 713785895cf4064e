"""One suite for every antenna constraint that finds losses."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from scheduler.antenna_constraints import ANTENNA_CONSTRAINTS
from scheduler.antenna_constraints.base import PassBatch
from scheduler.reasons import REASONS
from scheduler.stations import Downtime, HorizonMask
from tests.scheduler.sky_builders import EPOCH_UTC, find_by_sampling, make_elements, make_station

# Settings under which the constraint takes something from some passes of the table below.
HARSH = {
    "min_culmination": {"min_culmination_deg": 30.0},
    "downtime": {"downtimes": (Downtime(EPOCH_UTC, EPOCH_UTC + timedelta(hours=12)),)},
    "tracking_floor": {"tracking_floor_deg": 20.0},
    "elevation_travel": {"max_elevation_deg": 40.0},
    "horizon_mask": {},
    "keyhole": {"azimuth_rate_deg_s": 0.8, "azimuth_acceleration_deg_s2": 0.5},
    "cable_wrap": {"azimuth_travel_deg": (-185.0, 185.0)},
    "sun_exclusion": {"sun_guard_deg": 25.0},
}
MASK = HorizonMask((0.0, 120.0, 200.0, 300.0), (3.0, 25.0, 9.0, 4.0))
EVERY = pytest.mark.parametrize("name", ANTENNA_CONSTRAINTS)


@pytest.fixture(scope="module")
def table():
    sets = [make_elements(600.0), make_elements(800.0, 98.6, 90.0), make_elements(9_000.0, 55.0)]
    return find_by_sampling(sets, make_station(), hours=24.0)


def ask(name, table, rows=None, **antenna):
    station = make_station(MASK, **(HARSH[name] | antenna))
    rows = np.arange(len(table)) if rows is None else rows
    batch = PassBatch(table, station, rows)
    return ANTENNA_CONSTRAINTS[name].find_losses(batch, station.antennas[0])


@EVERY
def test_the_harsh_setting_takes_something_but_not_everything(name, table):
    losses = ask(name, table)

    assert len(losses) > 0
    total_s = np.sum(table.los_unix_s - table.aos_unix_s)
    assert np.sum(losses.end_unix_s - losses.start_unix_s) < total_s


@EVERY
def test_losses_lie_inside_their_pass(name, table):
    losses = ask(name, table)

    assert np.all(losses.start_unix_s < losses.end_unix_s)
    assert np.all(losses.start_unix_s >= table.aos_unix_s[losses.pass_index] - 1e-6)
    assert np.all(losses.end_unix_s <= table.los_unix_s[losses.pass_index] + 1e-6)


@EVERY
def test_a_pass_asked_alone_loses_what_it_loses_in_the_table(name, table):
    losses = ask(name, table)
    for row in range(0, len(table), 4):
        alone = ask(name, table, rows=np.array([row]))
        mine = losses.pass_index == row
        assert np.allclose(alone.start_unix_s, losses.start_unix_s[mine], rtol=0.0, atol=1e-5)
        assert np.allclose(alone.end_unix_s, losses.end_unix_s[mine], rtol=0.0, atol=1e-5)


@EVERY
def test_the_reason_has_a_sentence_and_the_bound_a_unit(name, table):
    constraint, losses = ANTENNA_CONSTRAINTS[name], ask(name, table)

    assert constraint.reason in REASONS
    assert constraint.shape in ("cuts", "degrades")
    assert np.all(np.isnan(losses.limit_value)) == (constraint.limit_unit == "")


@EVERY
def test_no_passes_give_no_losses(name, table):
    assert len(ask(name, table, rows=np.empty(0, dtype=np.int64))) == 0


@EVERY
def test_asking_changes_nothing(name, table):
    before = replace(table, aos_unix_s=table.aos_unix_s.copy())
    first, again = ask(name, table), ask(name, table)

    assert np.array_equal(before.aos_unix_s, table.aos_unix_s)
    assert np.array_equal(first.start_unix_s, again.start_unix_s)


def test_every_constraint_has_a_harsh_setting_here():
    assert set(HARSH) == set(ANTENNA_CONSTRAINTS)
