"""Element sets survive the store bit for bit, and history is kept."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from tests.app.builders import make_elements
from tle.quarantine import Judged


def test_a_set_comes_back_with_every_bit_and_its_fingerprint(store):
    """Bite: a Float column of single precision changes the fingerprint on PostgreSQL."""
    given = make_elements(
        799_501_299, mean_motion_rev_day=14.420611849999998, bstar=-3.8737e-06, element_set_no=None
    )
    store.element_sets.add([given])

    back = store.element_sets.read(given.element_set_id)

    assert back == given
    assert back.fingerprint == given.fingerprint


def test_a_known_set_keeps_its_first_arrival(store):
    first = make_elements()
    again = make_elements(received_hours=5)

    assert store.element_sets.add([first]) == (first,)
    assert store.element_sets.add([again]) == ()
    assert store.element_sets.read(first.element_set_id).received_utc == first.received_utc


def test_an_older_set_that_comes_later_does_not_hide_the_newer_one(store):
    new, old = make_elements(hours=24), make_elements(hours=0, received_hours=48)
    store.element_sets.add([new])
    store.element_sets.add([old])

    history, total = store.element_sets.history(norad_cat_id=39731)
    after = store.element_sets.around(
        new.epoch_utc + timedelta(days=3), norad_cat_ids=[39731], satellite_ids=[]
    )

    assert ([kept.elements for kept in history], total) == ([new, old], 2)
    assert [elements for _, elements in after] == [new]


def test_both_neighbours_of_an_instant_are_found(store):
    sets = [make_elements(hours=24 * day) for day in range(5)]
    store.element_sets.add(sets)

    found = store.element_sets.around(
        sets[2].epoch_utc + timedelta(hours=1), norad_cat_ids=[39731], satellite_ids=[]
    )

    assert {elements for _, elements in found} == {sets[2], sets[3]}


def test_a_quarantined_set_never_serves(store):
    """Bite: without the condition on the verdict the quarantined set is the nearest one."""
    good, bad = make_elements(), make_elements(hours=12)
    store.element_sets.add([good])
    store.element_sets.add_judged([Judged(bad, "quarantined", ("plane_jump",), "node jumped")])

    found = store.element_sets.around(bad.epoch_utc, norad_cat_ids=[39731], satellite_ids=[])

    assert [elements for _, elements in found] == [good]


def test_a_set_given_to_one_of_our_satellites_is_found_by_its_id(store):
    store.element_sets.add([make_elements(None)], satellite_id="nksat")

    found = store.element_sets.around(
        make_elements().epoch_utc, norad_cat_ids=[39731], satellite_ids=["nksat"]
    )

    assert [given for given, _ in found] == ["nksat"]


def test_two_sources_may_bring_the_same_sets_at_the_same_instant(store):
    """Bite: without the lock on arrivals PostgreSQL refuses the second insert of a set."""
    judged = [Judged(make_elements(hours=n), "accepted") for n in range(200)]
    start = threading.Barrier(4)

    def bring(_):
        start.wait()
        return len(store.element_sets.add_judged(judged))

    with ThreadPoolExecutor(4) as pool:
        new = list(pool.map(bring, range(4)))

    assert sorted(new) == [0, 0, 0, 200]
