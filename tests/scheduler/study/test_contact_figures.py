"""Gaps, waits and totals of contacts, by hand and by brute force."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.study.contact_figures import measure_contacts, wait_quantile_s

DAY_S = 86_400.0


def test_two_contacts_are_measured_by_hand():
    """Contacts 1:00-1:10 and 5:00-5:20 of one day: one gap of 3 h 50 min."""
    spans = np.array([[3_600.0, 4_200.0], [18_000.0, 19_200.0]])
    measured = measure_contacts(spans, 0.0, DAY_S)

    assert measured.contacts_day == 2
    assert measured.minutes_day == pytest.approx(30.0)
    assert measured.median_gap_h == pytest.approx(230 / 60)
    assert measured.longest_gap_h == pytest.approx(18 + 40 / 60)  # to the end of the span


def test_quartiles_of_the_gaps_are_those_of_five_gaps():
    """Gaps of 1, 2, 3, 4 and 5 h between contacts of 10 min; numpy's linear quantiles."""
    ends_h = np.cumsum([0, 1, 2, 3, 4, 5]) + np.arange(1, 7) / 6.0
    measured = measure_contacts(np.column_stack([ends_h - 1 / 6.0, ends_h]) * 3_600.0, 0.0, DAY_S)

    assert measured.p25_gap_h == pytest.approx(2.0)
    assert measured.median_gap_h == pytest.approx(3.0)
    assert measured.p75_gap_h == pytest.approx(4.0)


def test_contacts_at_once_add_up_but_make_no_gap():
    """Bite: a gap list from contacts that were not joined has a negative entry."""
    spans = np.array([[0.0, 600.0], [300.0, 900.0], [4_500.0, 5_100.0]])
    measured = measure_contacts(spans, 0.0, DAY_S)

    assert measured.minutes_day == pytest.approx(30.0)
    assert measured.median_gap_h == pytest.approx(1.0)


def test_no_contact_is_one_long_gap_without_a_wait():
    measured = measure_contacts(np.zeros((0, 2)), 0.0, 2 * DAY_S)

    assert measured.contacts_day == measured.minutes_day == 0.0
    assert measured.longest_gap_h == 48.0
    assert np.isnan(measured.p95_wait_h)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 200), st.integers(1, 20)), min_size=2, max_size=12))
def test_waits_are_those_of_every_minute_asked_in_turn(parts):
    """Brute force: ask at every tenth of a minute between the first and the last contact.
    Bite: the mean wait taken as half the mean gap (gaps are met in proportion to their length)."""
    starts = np.cumsum([gap + length for gap, length in parts]) * 60.0
    spans = np.column_stack([starts - [length * 60.0 for _, length in parts], starts])
    asked = np.arange(spans[0, 0], spans[-1, 0], 6.0) + 3.0
    index = np.searchsorted(spans[:, 0], asked, side="right")
    inside = asked < spans[index - 1, 1]
    waits = np.where(inside, 0.0, spans[np.minimum(index, len(spans) - 1), 0] - asked)
    measured = measure_contacts(spans, 0.0, spans[-1, 1] + 1.0)

    assert measured.mean_wait_h * 3_600 == pytest.approx(waits.mean(), abs=7.0)
    gaps = spans[1:, 0] - spans[:-1, 1]
    q95 = wait_quantile_s(gaps, spans[-1, 0] - spans[0, 0], 0.95)
    assert np.mean(waits <= q95 + 7.0) >= 0.95
    assert np.mean(waits <= q95 - 7.0) <= 0.95
