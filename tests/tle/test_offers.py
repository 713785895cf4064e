"""Sources have priority, validity and expiry; an OEM serves inside its validity only.

Bite: choosing by newness before priority hands the first test to the public set.
"""

from datetime import timedelta

import numpy as np
import pytest

from tests.tle.element_builders import EPOCH, RECEIVED, make_elements
from tests.tle.oem_builders import fly_sgp4, make_oem
from tle.interpolation import OemEphemeris
from tle.offers import Offer, SourceTerms, divide_span, select_offer, serve
from tle.propagation import Sgp4Ephemeris
from tle.timebase import to_unix_s

DAY = timedelta(days=1)
AT = to_unix_s(EPOCH) + 600.0


def test_a_higher_priority_wins_over_a_newer_epoch():
    own = Offer(make_elements(), SourceTerms(priority=10))
    public = Offer(make_elements(epoch_utc=EPOCH + 0.2 * DAY))

    assert select_offer([public, own], AT, RECEIVED) is own


def test_of_equal_priority_the_newest_wins_in_any_order():
    old, new = Offer(make_elements()), Offer(make_elements(epoch_utc=EPOCH + DAY))

    assert select_offer([new, old], AT, RECEIVED) is new
    assert select_offer([old, new], AT, RECEIVED) is new


@pytest.mark.parametrize(
    "terms", [SourceTerms(priority=9, enabled=False), SourceTerms(9, expires_after_s=86_400.0)]
)
def test_a_disabled_or_expired_offer_serves_nobody(terms):
    strong, weak = Offer(make_elements(), terms), Offer(make_elements())

    assert select_offer([strong, weak], AT, EPOCH + 2 * DAY) is weak
    assert select_offer([strong], AT, EPOCH + 2 * DAY) is None


def test_a_span_is_divided_where_the_validity_of_an_oem_begins_and_ends():
    sets, oem = Offer(make_elements()), Offer(make_oem(), SourceTerms(priority=1))
    start, end = oem.valid_from_unix_s, oem.valid_to_unix_s

    spans = divide_span([sets, oem], start - 900.0, end + 900.0, RECEIVED)

    assert [(s.from_unix_s, s.to_unix_s, s.offer) for s in spans] == [
        (start - 900.0, start, sets), (start, end, oem), (end, end + 900.0, sets)
    ]  # fmt: skip
    assert isinstance(oem.build_ephemeris(), OemEphemeris)
    assert isinstance(sets.build_ephemeris(), Sgp4Ephemeris)


def test_without_another_offer_the_time_outside_an_oem_stays_empty():
    oem = Offer(make_oem())
    start, end = oem.valid_from_unix_s, oem.valid_to_unix_s

    spans = divide_span([oem], start - 900.0, end + 900.0, RECEIVED)

    assert [(s.from_unix_s, s.to_unix_s) for s in spans] == [(start, end)]


def test_the_best_offer_serves_each_instant_and_the_next_best_the_rest():
    """Bite: with the order reversed the OEM is never asked."""
    elements = make_elements()
    later = make_elements(mean_anomaly_deg=elements.mean_anomaly_deg + 1.0)
    oem = Offer(make_oem(fly=lambda t: fly_sgp4(t, later)), SourceTerms(priority=1))
    inside, outside = oem.valid_from_unix_s + 600.0, oem.valid_to_unix_s + 600.0

    served = serve([Offer(elements), oem], RECEIVED)

    r_km, _, error = served.position_velocity(np.array([inside, outside]))
    assert error.tolist() == [0, 0]
    assert np.abs(r_km[0] - fly_sgp4(np.array([inside]), later)[0][0]).max() < 1e-3
    assert np.abs(r_km[1] - fly_sgp4(np.array([outside]), elements)[0][0]).max() < 1e-9
    assert serve([oem], RECEIVED).valid_to_unix_s == oem.valid_to_unix_s
    assert serve([], RECEIVED) is None
