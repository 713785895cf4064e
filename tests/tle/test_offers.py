"""Sources have priority, validity and expiry; an OEM serves inside its validity only.

Bite: choosing by newness before priority hands the first test to the public set.
"""

from datetime import timedelta

import numpy as np
import pytest

from tests.tle.element_builders import EPOCH, RECEIVED, make_elements
from tests.tle.oem_builders import fly_sgp4, make_oem
from tle.interpolation import NOT_COVERED, OemEphemeris
from tle.offers import Offer, SourceTerms, describe_oem, rank_usable, serve
from tle.propagation import Sgp4Ephemeris
from tle.timebase import to_unix_s

DAY = timedelta(days=1)


def test_a_higher_priority_wins_over_a_newer_epoch():
    own = Offer(make_elements(), SourceTerms(priority=10))
    public = Offer(make_elements(epoch_utc=EPOCH + 0.2 * DAY))

    assert rank_usable([public, own], RECEIVED) == (own, public)


def test_of_equal_priority_the_newest_wins_in_any_order():
    old, new = Offer(make_elements()), Offer(make_elements(epoch_utc=EPOCH + DAY))

    assert rank_usable([new, old], RECEIVED) == (new, old)
    assert rank_usable([old, new], RECEIVED) == (new, old)


@pytest.mark.parametrize(
    "terms", [SourceTerms(priority=9, enabled=False), SourceTerms(9, expires_after_s=86_400.0)]
)
def test_a_disabled_or_expired_offer_serves_nobody(terms):
    strong, weak = Offer(make_elements(), terms), Offer(make_elements())

    assert rank_usable([strong, weak], EPOCH + 2 * DAY) == (weak,)
    assert rank_usable([strong], EPOCH + 2 * DAY) == ()


def test_the_best_offer_serves_each_instant_and_the_next_best_the_rest():
    """Bite: with the order reversed the OEM is never asked."""
    elements = make_elements()
    later = make_elements(mean_anomaly_deg=elements.mean_anomaly_deg + 1.0)
    oem = Offer(make_oem(fly=lambda t: fly_sgp4(t, later)), SourceTerms(priority=1))
    inside, outside = oem.valid_from_unix_s + 600.0, oem.valid_to_unix_s + 600.0

    served = serve(rank_usable([Offer(elements), oem], RECEIVED))

    r_km, _, error = served.position_velocity(np.array([inside, outside]))
    assert error.tolist() == [0, 0]
    assert np.abs(r_km[0] - fly_sgp4(np.array([inside]), later)[0][0]).max() < 1e-3
    assert np.abs(r_km[1] - fly_sgp4(np.array([outside]), elements)[0][0]).max() < 1e-9
    assert served.find_rank(np.array([inside, outside])).tolist() == [0, 1]


def test_alone_an_oem_gives_nothing_outside_its_states():
    oem = Offer(make_oem())

    served = serve([oem])

    assert served.valid_to_unix_s == oem.valid_to_unix_s
    _, _, error = served.position_velocity(np.array([oem.valid_to_unix_s + 600.0]))
    assert error.tolist() == [NOT_COVERED]


def test_a_source_serves_inside_the_validity_that_its_terms_give():
    """Bite: without the bounds of the terms the first offer serves all three instants."""
    own = make_elements(mean_anomaly_deg=10.0)
    terms = SourceTerms(5, valid_from_utc=EPOCH, valid_to_utc=EPOCH + DAY)
    served = serve(rank_usable([Offer(own, terms), Offer(make_elements())], RECEIVED))
    at = to_unix_s(EPOCH) + 86_400.0 * np.array([-0.1, 0.5, 1.1])

    assert served.find_rank(at).tolist() == [1, 0, 1]
    assert served.orbits[0] is own


def test_an_oem_is_described_by_its_orbit_under_its_own_fingerprint():
    message = make_oem()

    orbit = describe_oem(message, name="ours", norad_cat_id=7)

    assert orbit.fingerprint == message.fingerprint
    assert orbit.element_set_id == message.fingerprint[:16]
    assert (orbit.name, orbit.norad_cat_id) == ("ours", 7)
    at = np.array([to_unix_s(orbit.epoch_utc)])
    assert message.valid_from_unix_s <= at[0] <= message.valid_to_unix_s
    ours, _, _ = Sgp4Ephemeris(orbit).position_velocity(at)
    assert np.abs(ours - OemEphemeris(message).position_velocity(at)[0]).max() < 1e-3
