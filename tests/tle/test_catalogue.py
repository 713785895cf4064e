"""Which element set serves an instant."""

import itertools
from datetime import timedelta

from tests.tle.element_builders import EPOCH, RECEIVED, make_elements
from tle.catalogue import find_newest, group_by_object, select_each, select_for

DAY = timedelta(days=1)


def sets_of_days(*days):
    return [
        make_elements(epoch_utc=EPOCH + d * DAY, received_utc=EPOCH + (d + 0.3) * DAY) for d in days
    ]


def test_the_newest_epoch_serves_the_future_whatever_the_order_of_arrival():
    """Bite: "last one wins" gives three different answers over the six orders."""
    sets = sets_of_days(0, 1, 2)

    chosen = {select_for(order, EPOCH + 9 * DAY) for order in itertools.permutations(sets)}

    assert chosen == {sets[2]}


def test_the_nearest_epoch_serves_a_past_instant():
    sets = sets_of_days(0, 1, 2)

    assert select_for(sets, EPOCH + 0.9 * DAY) == sets[1]


def test_of_one_epoch_issued_twice_the_later_arrival_serves():
    first = make_elements(received_utc=RECEIVED)
    second = make_elements(received_utc=RECEIVED + DAY, bstar=1e-4)

    assert select_for([second, first], RECEIVED + 2 * DAY) == second
    assert find_newest([second, first]) == second


def test_a_replay_uses_only_what_had_reached_us():
    sets = sets_of_days(0, 1, 2)

    assert select_for(sets, EPOCH + 9 * DAY, known_utc=EPOCH + 1.5 * DAY) == sets[1]
    assert select_for(sets, EPOCH, known_utc=EPOCH - DAY) is None


def test_objects_are_told_apart_by_number_then_designator_then_name():
    sets = [
        make_elements(),
        make_elements(norad_cat_id=None),
        make_elements(norad_cat_id=None, object_id="", name="NKSAT"),
        make_elements(bstar=1e-4),
    ]

    assert [len(group) for group in group_by_object(sets).values()] == [2, 1, 1]
    assert len(select_each(sets, EPOCH)) == 3
