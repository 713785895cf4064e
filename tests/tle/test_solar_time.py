"""Local solar time of right ascensions, against published facts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tle.solar_time import local_time_h, right_ascension_deg
from tle.timebase import parse_utc, to_unix_s


@pytest.mark.parametrize(
    ("raan_deg", "epoch", "published_h"),
    [
        (322.8712, "2026-09-06T04:38:55Z", 22.5),  # Sentinel-2A: 10:30 descending (ESA)
        (255.4043, "2026-09-06T03:13:54Z", 18.0),  # Sentinel-1A: 18:00 ascending (ESA)
    ],
)
def test_nodes_of_flying_satellites_give_their_published_local_time(raan_deg, epoch, published_h):
    """Within two minutes, the operators' own dead band.
    Bite: a sidereal angle without the 12 h of the mean Sun gives 10:30 instead of 22:30."""
    assert local_time_h(raan_deg, to_unix_s(parse_utc(epoch))) == pytest.approx(
        published_h, abs=2 / 60
    )


@pytest.mark.parametrize(
    ("day", "minutes"),
    [("2026-02-11", -14.2), ("2026-05-14", 3.7), ("2026-07-26", -6.5), ("2026-11-03", 16.4)],
)
def test_apparent_sun_departs_by_the_equation_of_time(day, minutes):
    """The four extremes that every almanac prints, to 0.1 min (equation of time in minutes)."""
    noon = to_unix_s(parse_utc(f"{day}T12:00:00Z"))
    difference_h = local_time_h(100.0, noon, "apparent") - local_time_h(100.0, noon, "mean")

    assert (difference_h + 12) % 24 - 12 == pytest.approx(minutes / 60, abs=0.1 / 60)


@given(st.floats(0, 23.999), st.floats(1.2e9, 2.5e9), st.sampled_from(["mean", "apparent"]))
def test_local_time_and_right_ascension_are_inverse(local_h, unix_s, sun):
    back = local_time_h(right_ascension_deg(local_h, unix_s, sun), unix_s, sun)

    assert (back - local_h + 12) % 24 - 12 == pytest.approx(0.0, abs=1e-9)
