"""Who is due, what an answer does, and politeness over a simulated month.

Bite: with the memory kept in the process (a fresh FileSink path per restart) the month's test
counts hundreds of requests inside the interval.
"""

import itertools
import random
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from tests.tle.element_builders import (
    EPOCH,
    RECEIVED,
    FileSink,
    csv_text,
    make_elements,
)
from tests.tle.histories import make_history
from tests.tle.oem_builders import oem_text
from tle.catalogue import find_newest
from tle.refresh import decide_due, find_silence, refresh, refresh_query
from tle.sources.base import Answer, Politeness, Query, QueryMemory, SourceMemory

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
QUERY = Query("group", "weather")
POLITE = Politeness(interval_s=7200.0, rates=((3, 60.0),))


def memory(**changes):
    return SourceMemory("s", **changes)


def asked(ago):
    return memory(queries={QUERY.key: QueryMemory(QUERY.key, RECEIVED - ago)})


def test_a_query_is_due_again_after_the_interval_and_not_before():
    early = decide_due(asked(2 * HOUR - timedelta(seconds=1)), QUERY, POLITE, RECEIVED)

    assert not early.go
    assert early.next_utc == RECEIVED + timedelta(seconds=1)
    assert decide_due(asked(2 * HOUR), QUERY, POLITE, RECEIVED).go
    assert decide_due(memory(), QUERY, POLITE, RECEIVED).go


def test_rates_count_the_attempts_of_all_queries():
    attempts = tuple(RECEIVED - timedelta(seconds=s) for s in (50, 40, 30))

    decision = decide_due(memory(attempts_utc=attempts), QUERY, POLITE, RECEIVED)

    assert not decision.go
    assert decision.next_utc == RECEIVED + timedelta(seconds=10)


def test_a_blocked_source_waits_for_a_person():
    decision = decide_due(
        memory(blocked_utc=RECEIVED - DAY, blocked_reason="HTTP 403"), QUERY, POLITE, RECEIVED
    )

    assert not decision.go
    assert decision.next_utc is None
    assert "HTTP 403" in decision.reason


def test_quiet_minutes_are_kept():
    polite = Politeness(3600.0, quiet_minutes=(0, 30))

    decision = decide_due(memory(), QUERY, polite, RECEIVED)

    assert decision.next_utc == RECEIVED + timedelta(minutes=1)
    assert decide_due(memory(), QUERY, polite, RECEIVED + timedelta(minutes=1)).go


def test_a_clock_that_went_back_waits_one_interval_from_now():
    decision = decide_due(asked(-400 * DAY), QUERY, POLITE, RECEIVED)

    assert not decision.go
    assert decision.record_attempt
    assert decision.next_utc == RECEIVED + 2 * HOUR


@dataclass
class FakeSource:
    """Answer from a list, the last one for ever; keep the instants of the requests."""

    answers: list[Answer]
    clock: object
    name: str = "celestrak"
    politeness: Politeness = POLITE
    asked_utc: list = field(default_factory=list)

    def check(self, query):
        if query.value == "no words":
            raise ValueError("query: no words")

    def fetch(self, query):
        self.asked_utc.append((query.key, self.clock()))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def data(*sets):
    return Answer("data", data=csv_text(*sets).encode())


def run(sink, *answers, query=QUERY, at=RECEIVED):
    def clock():
        return at

    return refresh_query(FakeSource(list(answers), clock), query, sink, clock)


@pytest.fixture
def sink(tmp_path):
    return FileSink(tmp_path / "memory.json")


def test_new_sets_are_kept_with_source_and_arrival(sink):
    report = run(sink, data(make_elements()))

    assert (report.status, report.new_count) == ("data", 1)
    (elements,) = sink.sets.values()
    assert (elements.source, elements.received_utc) == ("celestrak", RECEIVED)


def test_a_query_without_words_leaves_no_trace(sink):
    # Bite: with the claim before the check the memory holds an attempt that nobody made.
    with pytest.raises(ValueError, match="no words"):
        run(sink, data(make_elements()), query=Query("group", "no words"))

    assert sink.read_memory("celestrak").queries == {}


def test_a_dropped_oem_is_taken_whole_or_refused_whole(sink):
    text = oem_text()

    report = run(sink, Answer("data", data=text.encode()))
    cut = run(sink, Answer("data", data=text[:-10].encode()), at=RECEIVED + DAY / 2)
    broken = run(
        sink, Answer("data", data=text.replace("EARTH", "MARS").encode()), at=RECEIVED + DAY
    )

    assert (report.status, len(report.outcome.ephemerides)) == ("data", 1)
    assert (broken.status, broken.outcome.ephemerides) == ("broken", ())
    assert "CENTER_NAME" in broken.reason
    assert (cut.status, cut.outcome.ephemerides) == ("broken", ())
    assert "is cut" in cut.reason


def test_the_same_answer_again_brings_nothing_new(sink):
    run(sink, data(make_elements()))

    assert run(sink, data(make_elements()), at=RECEIVED + 3 * HOUR).new_count == 0


def test_a_served_satellite_that_is_missing_raises_an_alert(sink):
    query = Query("group", "weather", frozenset({39731, 40010}))

    report = run(sink, data(make_elements()), query=query)

    assert [(a.tag, a.norad_cat_id) for a in report.outcome.alerts] == [("missing", 40010)]


@pytest.mark.parametrize("lost", [1, 2, 5, 10, 19])
def test_a_shrinking_answer_raises_an_alert_and_keeps_the_old_sets(sink, lost):
    sets = [make_elements(norad_cat_id=40000 + i, object_id="") for i in range(20)]
    run(sink, data(*sets))

    report = run(sink, data(*sets[lost:]), at=RECEIVED + 3 * HOUR)

    assert [a.tag for a in report.outcome.alerts] == ["shrunk"]
    assert len(sink.sets) == 20


def test_an_answer_without_numbers_above_five_digits_is_noticed(sink):
    """As when a feed is switched to TLE: 2.3 % of the objects vanish without a word."""
    sets = [make_elements(norad_cat_id=99_100 + i, object_id="") for i in range(920)]
    run(sink, data(*sets))

    report = run(
        sink, data(*[e for e in sets if e.norad_cat_id < 100_000][:899]), at=RECEIVED + DAY
    )

    assert [a.tag for a in report.outcome.alerts] == ["shrunk"]


@pytest.mark.parametrize("keep", [0.3, 0.9, 0.999])
def test_an_answer_cut_anywhere_changes_nothing(sink, keep):
    sets = [make_elements(norad_cat_id=40000 + i, object_id="") for i in range(20)]
    text = csv_text(*sets)

    report = run(sink, Answer("data", data=text[: int(len(text) * keep)].encode()))

    assert report.status == "broken"
    assert "cut" in report.reason
    assert sink.sets == {}


def test_one_bad_set_inside_is_refused_and_the_others_are_kept(sink):
    sets = [make_elements(norad_cat_id=40000 + i, object_id="") for i in range(3)]
    text = csv_text(*sets).replace("40001", "-1")

    report = run(sink, Answer("data", data=text.encode()))

    assert report.new_count == 2
    assert [r.field for r in report.outcome.refused] == ["NORAD_CAT_ID"]


def test_another_object_under_our_number_is_quarantined_and_never_current(sink):
    run(sink, data(make_elements()))
    later = make_elements(epoch_utc=EPOCH + DAY, inclination_deg=51.6)

    report = run(sink, data(later), at=RECEIVED + DAY)

    assert report.outcome.judged[0].verdict == "quarantined"
    assert later.fingerprint in sink.quarantined
    assert later.fingerprint not in sink.sets


@pytest.mark.parametrize("status", ["failed", "refused", "not_modified", "no_data"])
def test_answers_without_data_leave_all_sets(sink, status):
    run(sink, data(make_elements()))

    report = run(sink, Answer(status, "because"), at=RECEIVED + 3 * HOUR)

    assert (report.status, len(sink.sets)) == (status, 1)
    blocked = sink.read_memory("celestrak").blocked_utc is not None
    assert blocked == (status == "refused")


def test_what_a_source_does_not_know_is_asked_once_a_night(sink):
    """Bite: with the interval of the source alone it is asked again after 2 h."""
    run(sink, Answer("no_data", "no such object"))

    assert run(sink, data(make_elements()), at=RECEIVED + 19 * HOUR).status == "waiting"
    assert run(sink, data(make_elements()), at=RECEIVED + 21 * HOUR).status == "data"


def test_after_a_refusal_nothing_is_asked_until_a_person_acknowledges(sink):
    run(sink, Answer("refused", "HTTP 403"))

    assert run(sink, data(make_elements()), at=RECEIVED + 30 * DAY).status == "blocked"

    sink.acknowledge("celestrak")
    assert run(sink, data(make_elements()), at=RECEIVED + 30 * DAY).status == "data"


def test_a_day_without_any_newer_set_raises_an_alert():
    arrivals = [RECEIVED - 3 * DAY, RECEIVED - DAY]

    assert find_silence(arrivals, RECEIVED) is None
    assert find_silence(arrivals, RECEIVED + HOUR).tag == "silent"
    assert find_silence([], RECEIVED) is None


def test_every_order_of_arrival_ends_in_the_same_current_set(tmp_path):
    """All 120 orders of five sets. Bite: keeping the last arrival as current gives five answers."""
    sets = make_history(5, drag_noise=3e-7)
    ends = set()

    for i, order in enumerate(itertools.permutations(sets)):
        sink = FileSink(tmp_path / f"{i}.json")
        for k, elements in enumerate(order):
            query, source = Query("file", str(k)), FakeSource([data(elements)], lambda: RECEIVED)
            source.politeness = Politeness(interval_s=0.0)
            refresh_query(source, query, sink, lambda: RECEIVED)
        ends.add((find_newest(sink.sets.values()).fingerprint, len(sink.sets)))

    assert ends == {(sets[-1].fingerprint, 5)}


def test_thirty_days_four_processes_and_restarts_never_ask_twice_in_the_interval(tmp_path):
    """Every process tries at random moments and restarts hourly: only the file remembers."""
    rng = random.Random(8)
    path, asked_utc, blocked_utc = tmp_path / "memory.json", [], None
    queries = [Query("group", "weather"), Query("number", "25994")]
    instants = sorted(RECEIVED + 30 * DAY * rng.random() for _ in range(4 * 30 * 12))

    for now in instants:
        answer = Answer("refused", "HTTP 403") if rng.random() < 0.01 else Answer("not_modified")
        source = FakeSource([answer], lambda now=now: now)
        sink = FileSink(path)  # a new process: nothing but the file survives
        refresh(source, queries, sink, lambda now=now: now)
        asked_utc += source.asked_utc
        if source.asked_utc:
            assert blocked_utc is None
        if sink.read_memory("celestrak").blocked_utc is not None:
            blocked_utc = blocked_utc or now
            if now > blocked_utc + DAY:
                sink.acknowledge("celestrak")
                blocked_utc = None

    for query in queries:
        own = [at for key, at in asked_utc if key == query.key]
        assert len(own) > 60
        assert min(b - a for a, b in itertools.pairwise(own)) >= 2 * HOUR


def test_space_track_limits_hold_over_a_day(tmp_path):
    from tle.sources.spacetrack import POLITENESS

    source = FakeSource([Answer("not_modified")], None, "space-track", POLITENESS)
    sink = FileSink(tmp_path / "memory.json")

    for minute in range(24 * 60):
        now = RECEIVED + timedelta(minutes=minute)
        source.clock = lambda now=now: now
        refresh(source, [Query("numbers", str(n)) for n in range(1, 4)], sink, source.clock)

    instants = [at for _, at in source.asked_utc]
    assert len(instants) >= 20
    assert all(b - a >= HOUR for a, b in itertools.pairwise(instants))
    assert not {at.minute for at in instants} & {0, 30}
