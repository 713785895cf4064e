"""Bytes of a contact, against receptions that were really made and against a sum by seconds."""

from __future__ import annotations

import numpy as np
import pytest

from scheduler.link_budget.volume import compute_volume_bytes, rate_steps


def test_a_reception_that_was_really_made_has_its_published_volume():
    # Hainan-1 02: 9.744 GB in 7 min 40 s, about 170 Mbit/s (published).
    volume = compute_volume_bytes([(0.0, 170e6)], 0.0, 460.0)

    assert volume == pytest.approx(9.744e9, rel=0.01)


@pytest.mark.parametrize(
    ("rate_bps", "seconds", "published_bytes", "share"),
    [
        (1.5e9, 14 * 60.0, 159e9, 0.01),  # ZY-1 02E, two receptions of about 9 and 5 min
        (6e6, 600.0, 450e6, 0.01),  # Aqua as Azure's example tells it, net of its 15 Mbit/s
    ],
)
def test_other_published_receptions_have_the_volume_of_their_rate(
    rate_bps, seconds, published_bytes, share
):
    volume = compute_volume_bytes([(0.0, rate_bps)], 0.0, seconds)

    assert volume == pytest.approx(published_bytes, rel=share)


def test_lock_and_interruptions_are_not_paid_and_overlaps_count_once():
    # Bite: subtracting both of two overlapping interruptions, or the lock from a hole as well.
    steps = [(0.0, 8.0), (100.0, 16.0), (200.0, 0.0)]
    holes = [(50.0, 60.0), (55.0, 70.0), (95.0, 105.0), (-5.0, 3.0)]
    volume = compute_volume_bytes(steps, 0.0, 180.0, lock_s=10.0, interruptions=holes)

    seconds = np.arange(0.0, 180.0, 0.01) + 0.005
    rate = np.where(seconds < 100.0, 1.0, 2.0)
    lost = seconds < 10.0
    for start, end in holes:
        lost |= (seconds >= start) & (seconds < end)
    assert volume == pytest.approx(np.sum(rate[~lost]) * 0.01, rel=1e-9)


def test_steps_hold_the_smaller_rate_of_their_ends():
    steps = rate_steps(np.array([0.0, 10.0, 20.0, 30.0, 40.0]), np.array([0.0, 5.0, 5.0, 9.0, 9.0]))

    assert steps == [(0.0, 0.0), (10.0, 5.0), (30.0, 9.0), (40.0, 0.0)]
    assert compute_volume_bytes(steps, 0.0, 100.0) == pytest.approx((20 * 5.0 + 10 * 9.0) / 8.0)


def test_a_single_sample_carries_nothing():
    assert rate_steps(np.array([0.0]), np.array([5.0])) == []
