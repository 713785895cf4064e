"""What is remembered of the sources holds for several processes and over restarts."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from app.store import open_store
from tests.app.builders import START_UNIX_S, make_elements
from tle.quarantine import Judged
from tle.refresh import Alert, Outcome, decide_due
from tle.sources.base import Politeness, Query
from tle.timebase import from_unix_s

NOW_UTC = from_unix_s(START_UNIX_S)
QUERY = Query("group", "weather")
TWO_HOURS = Politeness(interval_s=7_200.0)


def make_outcome(status="data", *, at=NOW_UTC, judged=(), **changes):
    return Outcome(
        "celestrak", QUERY, at, at + timedelta(seconds=2), status, judged=judged, **changes
    )


def claim(memory, at=NOW_UTC):
    return memory.claim(
        "celestrak", QUERY, at, lambda known: decide_due(known, QUERY, TWO_HOURS, at)
    )


def test_of_many_claims_at_once_one_may_go(database_url):
    """Bite: without the lock several threads read an empty memory and all go."""
    stores = [open_store(database_url) for _ in range(4)]
    with ThreadPoolExecutor(8) as pool:
        claims = pool.map(lambda at: claim(stores[at % 4].refresh_memory), range(16))
        goes = [decision.go for decision in claims]
    for store in stores:
        store.close()

    assert goes.count(True) == 1


def test_the_interval_holds_after_a_restart(database_url):
    store = open_store(database_url)
    assert claim(store.refresh_memory).go
    store.close()
    store = open_store(database_url)
    soon = claim(store.refresh_memory, NOW_UTC + timedelta(minutes=119))
    later = claim(store.refresh_memory, NOW_UTC + timedelta(minutes=120))
    store.close()

    assert (soon.go, later.go) == (False, True)


def test_attempts_ahead_of_a_clock_that_went_back_are_forgotten(store):
    memory = store.refresh_memory
    claim(memory, NOW_UTC + timedelta(days=365))
    back = claim(memory, NOW_UTC)
    after = claim(memory, NOW_UTC + timedelta(hours=2))

    assert (back.go, after.go) == (False, True)


def test_an_outcome_is_kept_whole(store):
    good, odd = make_elements(hours=1), make_elements(hours=2)
    judged = (Judged(good, "accepted", (), ""), Judged(odd, "quarantined", ("jump",), "jumped"))
    count = store.refresh_memory.commit(make_outcome(judged=judged))
    query = store.refresh_memory.read_memory("celestrak").queries[QUERY.key]
    recent = store.refresh_memory.read_recent([39731])
    waiting, total = store.element_sets.list_quarantined()

    assert count == 2
    assert (query.last_status, query.set_count) == ("data", 2)
    assert recent[39731] == [good]
    assert ([kept.elements for kept in waiting], total) == ([odd], 1)


def test_recent_sets_come_in_the_order_of_their_epochs(store):
    sets = [make_elements(hours=hours) for hours in range(40, 0, -1)]
    store.element_sets.add(sets)
    recent = store.refresh_memory.read_recent([39731])[39731]

    assert len(recent) == 30
    assert recent == sorted(sets, key=lambda e: e.epoch_utc)[-30:]


def test_a_block_stays_until_acknowledged_and_is_audited(store):
    memory = store.refresh_memory
    memory.commit(make_outcome("refused", reason="HTTP 403: blocked", blocks=True))
    blocked = claim(memory, NOW_UTC + timedelta(days=3))

    assert not blocked.go
    assert memory.acknowledge("celestrak", who="a person", now_utc=NOW_UTC)
    assert not memory.acknowledge("celestrak", who="a person", now_utc=NOW_UTC)
    assert claim(memory, NOW_UTC + timedelta(days=3)).go
    assert [(entry.who, entry.action) for entry in store.audit.list()[0]] == [
        ("a person", "acknowledge_source"),
        ("aspan", "source.fail"),
    ]


def test_an_alert_is_raised_once_and_closed_by_an_answer_without_it(store):
    memory = store.refresh_memory
    missing = (Alert("missing", "25994 is missing", 25994),)
    for day in range(3):
        memory.commit(make_outcome(at=NOW_UTC + timedelta(days=day), alerts=missing))
    open_alerts, count = memory.list_alerts()
    memory.commit(make_outcome(at=NOW_UTC + timedelta(days=4)))

    assert count == 1
    assert open_alerts[0].raised_utc < open_alerts[0].last_seen_utc
    assert memory.list_alerts()[1] == 0
