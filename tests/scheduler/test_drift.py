"""Drift of a booked contact against a new prediction; times are seconds of a made-up hour."""

import dataclasses

import pytest

from scheduler.drift import Booking, Occupied, Prediction, assess, match_pass

BOOKING = Booking("c1", 880.0, 1000.0, 1600.0, 1660.0, 1300.0, min_contact_s=180.0)


def predict(shift_s: float = 0.0, *, cut_end_s: float = 0.0, **changes) -> Prediction:
    prediction = Prediction(
        aos_unix_s=1000.0 + shift_s,
        culmination_unix_s=1300.0 + shift_s,
        los_unix_s=1600.0 + shift_s,
        windows_unix_s=((1000.0 + shift_s, 1600.0 + shift_s - cut_end_s),),
        setup_s=120.0,
        teardown_s=60.0,
    )
    return dataclasses.replace(prediction, **changes)


def test_an_unchanged_prediction_leaves_a_contact_alone():
    assessment = assess(BOOKING, predict(), [Occupied("before", 0.0, 880.0)])

    assert assessment.conditions == ()
    assert assessment.usable_s == 600.0


@pytest.mark.parametrize("shift_s", [-300.0, -31.0, 31.0, 300.0])
def test_a_shift_beyond_the_tolerance_is_drift_either_way(shift_s):
    # Bite: comparing only the start's coverage misses the negative shifts.
    assessment = assess(BOOKING, predict(shift_s), [])

    assert assessment.conditions == ("drifted",)
    assert assessment.reasons == ("window_moved",)
    assert assessment.shift_s == shift_s


@pytest.mark.parametrize("shift_s", [-30.0, 0.4, 30.0])
def test_a_shift_within_the_tolerance_is_no_drift_and_no_conflict_with_a_close_neighbour(shift_s):
    # Bite: moving the need by every shift, however small, makes neighbours conflict.
    neighbours = [Occupied("before", 0.0, 880.0), Occupied("after", 1660.0, 2500.0)]

    assert assess(BOOKING, predict(shift_s), neighbours).conditions == ()


def test_a_vanished_pass_is_drift_with_nothing_left():
    for prediction in (None, predict(windows_unix_s=())):
        assessment = assess(BOOKING, prediction, [])

        assert assessment.reasons == ("pass_vanished",)
        assert assessment.usable_s == 0.0


def test_what_remains_must_be_as_long_as_the_minimum_contact():
    assessment = assess(BOOKING, predict(cut_end_s=450.0), [])

    assert assessment.reasons == ("window_moved", "shorter_than_min_contact")
    assert assessment.usable_s == 150.0


def test_a_longer_slew_to_the_start_no_longer_fits_the_reserved_window():
    assessment = assess(BOOKING, predict(setup_s=200.0), [])

    assert assessment.reasons == ("setup_does_not_fit",)


def test_a_moved_need_conflicts_with_the_next_reservation_and_with_an_outage():
    occupied = [Occupied("next", 1700.0, 2000.0), Occupied("outage", 1730.0, 1731.0)]

    assessment = assess(BOOKING, predict(100.0), occupied)

    assert assessment.conditions == ("drifted", "conflicting")
    assert assessment.conflicts_with == ("next", "outage")


def test_an_outage_declared_over_the_contact_conflicts_without_any_drift():
    assessment = assess(BOOKING, predict(), [Occupied("maintenance", 1200.0, 1210.0)])

    assert assessment.conditions == ("conflicting",)


def test_a_moved_track_behind_the_mask_conflicts_with_the_mask():
    masked = (Occupied("below_horizon_mask", 1600.0, 1800.0),)

    assessment = assess(BOOKING, predict(100.0, masked=masked), [])

    assert "below_horizon_mask" in assessment.conflicts_with


def test_a_pass_is_found_again_by_its_nearest_culmination_within_half_a_period():
    passes = [predict(-5900.0), predict(200.0), predict(6100.0)]

    assert match_pass(1300.0, passes, half_period_s=2950.0) is passes[1]
    assert match_pass(1300.0, [passes[0]], half_period_s=2950.0) is None
    assert match_pass(1300.0, [], half_period_s=2950.0) is None
