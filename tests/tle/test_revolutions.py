"""Revolution numbers against crossings of the equator, counted one by one."""

from dataclasses import replace

import numpy as np
import pytest

from tle.propagation import build_record, propagate
from tle.revolutions import count_revolution
from tle.starter import load_starter
from tle.timebase import to_unix_s

DAYS = 7.0
SETS = {elements.norad_cat_id: elements for elements in load_starter()}


@pytest.mark.parametrize("number", [39731, 25994, 43013, 40010])
def test_a_revolution_begins_at_each_ascending_node(number):
    """Bite: whole turns of the mean elements alone, without where the satellite then stands."""
    elements = SETS[number]
    epoch_s = to_unix_s(elements.epoch_utc)
    unix_s = np.arange(epoch_s, epoch_s + DAYS * 86_400.0, 5.0)
    r_km, _, _ = propagate(build_record(elements), unix_s)
    up = np.flatnonzero((r_km[:-1, 2] < 0.0) & (r_km[1:, 2] >= 0.0))
    asked_s = np.random.default_rng(1).uniform(epoch_s, unix_s[-1], 100)
    far = np.min(np.abs(asked_s[:, None] - unix_s[up]), axis=1) > 5.0

    counted = [count_revolution(elements, float(one)) for one in asked_s[far]]

    passed = np.searchsorted(unix_s[up], asked_s[far])
    assert counted == list(elements.rev_at_epoch + passed)
    assert len(up) > 90


def test_a_set_that_does_not_count_gives_no_number():
    elements = replace(SETS[39731], rev_at_epoch=None)

    assert count_revolution(elements, to_unix_s(elements.epoch_utc)) is None
