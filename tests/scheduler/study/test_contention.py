"""A new satellite beside those already served, through the real planner."""

import pytest

from scheduler.prediction.passes import TrackedObject
from scheduler.satellites import Satellite, Service
from scheduler.study import Rivals, run_contention, split_contention
from scheduler.study.pieces import orbit_elements
from tests.scheduler.study.builders import orbit, study

RIVAL_ORBIT = orbit(501.0)  # nearly the same path: it wants the antenna at the same time


def rivals(priority=2.0):
    asked = study()
    (elements,) = orbit_elements(asked, RIVAL_ORBIT, 0)
    service = Service("x", "X", access="agreement")
    satellite = Satellite("rival", "Rival", priority=priority, services=(service,))
    return Rivals((satellite,), (TrackedObject("rival", "Rival", elements),), {"rival": "fresh"})


def grants(**changes):
    asked = study(orbits=(orbit(500.0),), priorities=(1.0, 4.0), **changes)
    (piece,) = split_contention(asked, rivals())
    return run_contention(piece)


def test_priority_decides_who_gets_the_common_passes():
    """Bite: a priority that never reaches the planner grants both the same."""
    low, high = grants()

    assert high.granted_minutes_day > low.granted_minutes_day
    assert high.granted_part == pytest.approx(1.0, abs=0.05)
    assert low.rivals_lose_minutes_day == pytest.approx(0.0, abs=0.5)
    assert high.rivals_lose_minutes_day > 5.0


def test_nothing_is_planned_without_rivals_or_priorities():
    assert split_contention(study(priorities=(1.0,)), Rivals()) == ()
    assert split_contention(study(), rivals()) == ()
