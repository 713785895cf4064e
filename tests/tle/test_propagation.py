"""SGP4 records are built once for each element set, and stay at home when it travels."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np

from tests.tle.element_builders import make_elements
from tle.propagation import build_record, find_record, propagate, run_record
from tle.timebase import julian_pair, to_unix_s


def test_a_record_is_built_once_and_belongs_to_one_set_only():
    # Bite: a room shared by all sets, or copied by replace, gives another orbit's positions.
    elements = make_elements()
    higher = replace(elements, mean_motion_rev_day=elements.mean_motion_rev_day - 1.0)

    assert find_record(elements) is find_record(elements)
    assert find_record(higher).no_kozai < find_record(elements).no_kozai


def test_a_set_with_a_record_travels_without_it():
    # Bite: without RecordRoom.__reduce__ pickling fails on the record.
    elements = make_elements()
    find_record(elements)
    arrived = pickle.loads(pickle.dumps(elements))

    assert arrived == elements
    assert arrived.sgp4.record is None


def test_positions_in_given_arrays_are_those_of_the_library():
    # Bite: r_km and v_km_s changed round, or a slice that is copied before it is written, fails.
    elements = make_elements()
    unix_s = to_unix_s(elements.epoch_utc) + np.linspace(0.0, 6_000.0, 7)
    r_km, v_km_s, error = propagate(build_record(elements), unix_s)
    states, codes = np.zeros((2, 9, 3)), np.ones(9, dtype=np.uint8)
    run_record(
        find_record(elements), julian_pair(unix_s), states[0, 1:8], states[1, 1:8], codes[1:8]
    )

    assert np.array_equal(states[0, 1:8], r_km)
    assert np.array_equal(states[1, 1:8], v_km_s)
    assert codes.tolist() == [1, *error.tolist(), 1]
