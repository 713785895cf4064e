"""An OEM is kept once and comes back for as long as it is valid."""

from datetime import timedelta

import numpy as np

from tests.tle.element_builders import EPOCH, RECEIVED
from tests.tle.oem_builders import make_oem
from tle.refresh import Outcome
from tle.sources.base import Query

HOUR = timedelta(hours=1)


def test_an_ephemeris_is_kept_once_and_comes_back_the_same(store):
    message = make_oem()

    assert store.ephemerides.add([message], satellite_id="nksat") == 1
    assert store.ephemerides.add([message]) == 0

    (kept,) = store.ephemerides.read_valid(EPOCH)
    assert kept.satellite_id == "nksat"
    before, after = message.segments[0], kept.message.segments[0]
    assert np.abs(after.unix_s - before.unix_s).max() < 1e-6
    assert np.abs(after.position_km - before.position_km).max() < 1e-9
    assert kept.message.received_utc == message.received_utc


def test_an_ephemeris_that_is_over_is_not_read_and_not_deleted(store):
    store.ephemerides.add([make_oem()])

    assert store.ephemerides.read_valid(EPOCH + 2 * HOUR) == ()
    assert len(store.ephemerides.read_valid(EPOCH + 0.5 * HOUR)) == 1


def test_a_refresh_keeps_the_ephemeris_of_a_dropped_file(store):
    """Bite: a commit that looks at element sets only loses it without a word."""
    outcome = Outcome("file", Query("file", "x.oem"), RECEIVED, RECEIVED, "data",
                      ephemerides=(make_oem(),))  # fmt: skip

    assert store.refresh_memory.commit(outcome) == 1
    assert len(store.ephemerides.read_valid(EPOCH)) == 1
