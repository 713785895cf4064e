"""Element sets survive the store bit for bit, and history is kept."""

import random
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


def test_the_nearest_sets_are_those_of_a_search_through_all(store):
    """Many epochs, some the same, two sources, every verdict: against a plain search.

    Bite: with ``<`` for ``<=`` in ``_is_beside``, ``offset(count)``, or no look at the verdict.
    """
    chance = random.Random(4)
    numbers, names, verdicts = (
        (39731, 40010, 41875),
        ("a", "b"),
        ("accepted", "flagged", "rejected"),
    )
    made = [
        Judged(
            make_elements(
                chance.choice(numbers),
                hours=chance.randrange(60),
                received_hours=chance.randrange(9),
                source=chance.choice(names),
                bstar=at * 1e-7,
            ),
            chance.choice(verdicts),
            (),
            "",
        )
        for at in range(300)
    ]
    store.element_sets.add_judged(made)
    usable = [each.elements for each in made if each.verdict != "rejected"]

    def search(at_utc, by):
        found = set()
        for key in {by(each) for each in usable}:
            mine = [each for each in usable if by(each) == key]
            before = max((e.epoch_utc for e in mine if e.epoch_utc <= at_utc), default=None)
            after = min((e.epoch_utc for e in mine if e.epoch_utc > at_utc), default=None)
            found |= {e.fingerprint for e in mine if e.epoch_utc in (before, after)}
        return found

    for hours in (-1, 0, 7, 30.5, 59, 99):
        at_utc = make_elements(hours=hours).epoch_utc
        for each_source, by in (
            (False, lambda e: e.norad_cat_id),
            (True, lambda e: (e.norad_cat_id, e.source)),
        ):
            found = store.element_sets.around(
                at_utc, norad_cat_ids=numbers, satellite_ids=["x"], of_each_source=each_source
            )
            assert {e.fingerprint for _, e in found} == search(at_utc, by)
    recent = store.refresh_memory.read_recent([*numbers, 7])
    newest_first = sorted(
        usable, key=lambda e: (-e.epoch_utc.timestamp(), -e.received_utc.timestamp(), e.fingerprint)
    )
    assert recent == {
        number: [e for e in newest_first if e.norad_cat_id == number][:30][::-1]
        for number in numbers
    }


def test_the_nearest_sets_cost_the_same_however_many_there_are(counted_store):
    """In steps of SQLite's machine. Bite: with ranks over the history it is ten times as much."""
    store, steps = counted_store
    costs, added = [], 0
    for many in (40, 1_200):
        store.element_sets.add([make_elements(hours=at) for at in range(added, many)])
        added, at_utc, before = many, make_elements(hours=many - 5).epoch_utc, steps[0]
        store.element_sets.around(at_utc, norad_cat_ids=[39731], satellite_ids=[])
        store.refresh_memory.read_recent([39731])
        costs.append(steps[0] - before)

    assert costs[0] > 20
    assert costs[1] < 1.5 * costs[0], costs
