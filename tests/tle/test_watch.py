"""Manoeuvred, decaying, lost.

Bite: with the lifetime taken as infinite the decay goes unseen to the end.
"""

from datetime import timedelta

import pytest

from tests.tle.element_builders import EPOCH, make_elements
from tests.tle.histories import make_decay, make_history
from tle.watch import find_jumps, keeps_orbit, limit_grade, watch_orbit

DAY = timedelta(days=1)


def test_a_quiet_history_keeps_its_orbit():
    sets = make_history(60, drag_noise=3e-7)

    assert watch_orbit(sets).status == "steady"
    assert keeps_orbit(sets)


def test_a_manoeuvre_is_flagged_until_a_second_set_agrees():
    sets = make_history(30, drag_noise=3e-7, manoeuvres=[(19, 2e-4)])

    fresh = watch_orbit(sets[:21])
    assert (fresh.status, fresh.since_utc) == ("manoeuvred", sets[20].epoch_utc)
    assert fresh.alternative == sets[19]
    assert watch_orbit(sets[:22]).status == "steady"
    assert [e for e, _ in find_jumps(sets)] == [sets[20]]
    assert not keeps_orbit(sets)


def test_a_falling_satellite_is_called_decaying_with_the_days_left():
    sets = make_decay(60, lifetime_days=65.0)

    assert watch_orbit(sets[:8]).status == "steady"
    for count in (40, 50, 60):
        watch = watch_orbit(sets[:count])
        left = 65.0 - (count - 1)
        assert watch.status == "decaying"
        assert float(watch.text.split("about ")[1].split(" ")[0]) == pytest.approx(left, abs=4)


def test_a_satellite_is_lost_when_sources_answer_without_it_and_not_when_nobody_asked():
    sets = make_history(10)
    last = sets[-1].epoch_utc

    assert watch_orbit(sets, answered_utc=last + 6 * DAY).status == "steady"
    assert watch_orbit(sets, answered_utc=last + 8 * DAY).status == "lost"
    assert watch_orbit(sets, answered_utc=None).status == "steady"


def test_a_lost_satellite_that_was_falling_has_probably_decayed():
    sets = make_decay(60, lifetime_days=61.0)

    watch = watch_orbit(sets, answered_utc=sets[-1].epoch_utc + 20 * DAY)

    assert watch.status == "lost"
    assert "probably decayed" in watch.text


def test_the_order_of_arrival_does_not_matter():
    sets = make_history(30, drag_noise=3e-7, manoeuvres=[(28, 2e-4)])

    assert watch_orbit(sets[::-1]) == watch_orbit(sets)


def test_one_set_or_none_is_steady():
    assert watch_orbit([]).status == "steady"
    assert watch_orbit([make_elements(epoch_utc=EPOCH)]).status == "steady"


@pytest.mark.parametrize(
    ("grade", "status", "expected"),
    [("fresh", "steady", "fresh"), ("fresh", "manoeuvred", "ageing"), ("fresh", "lost", "expired"),
     ("expired", "manoeuvred", "expired"), ("ageing", "decaying", "stale")],
)  # fmt: skip
def test_the_status_lowers_the_grade_and_never_raises_it(grade, status, expected):
    assert limit_grade(grade, status) == expected
