"""Hard and soft shares, and what is released before a period ends; 1 antenna, one week."""

from datetime import UTC, datetime, timedelta

import pytest

from scheduler.intervals import Span
from scheduler.problem.model import Opportunity
from scheduler.share_terms import build_share_terms, find_releases
from scheduler.stations import Antenna, OwnerShare, Station
from tests.app.builders import make_contact

MONDAY = datetime(2026, 9, 7, tzinfo=UTC)
WEEK = Span(MONDAY, MONDAY + timedelta(days=7))
START_S, END_S = WEEK.start_unix_s, WEEK.end_unix_s
OWNER_OF = {"n1": "north", "s1": "south", "e1": "east"}
SHARES = (
    OwnerShare("north", "North", 0.5, hard=True),
    OwnerShare("south", "South", 0.3, hard=True),
    OwnerShare("east", "East", 0.2, hard=True),
)
STATION = Station("st", "St", 43.0, 77.0, 900.0, antennas=(Antenna("a1", "A"),), owners=SHARES)


def offer(satellite_id, hours, at=0):
    start = START_S + at * 3600.0
    length = hours * 3600.0 - 180.0  # the antenna's setup and teardown fill the rest
    return Opportunity(f"{satellite_id}.{at}", satellite_id, (("st/a1",),), start, start + length)


def limits(opportunities, **more):
    releases = find_releases([STATION], opportunities, OWNER_OF, WEEK, **more)
    terms = build_share_terms([STATION], opportunities, OWNER_OF, WEEK, releases=releases)
    return {term.owner: term.at_most / 3600.0 for term in terms}, releases


def test_time_that_no_window_can_use_is_released_in_proportion_to_the_shares():
    """Bite: releasing to the lender too gave north 84 h + 20 h."""
    offers = [offer("n1", 100), offer("s1", 100, 1), offer("e1", 13.6, 2)]

    found, releases = limits(offers)

    assert [(item.owner, item.rule) for item in releases] == [("east", "no_demand")]
    assert releases[0].released_s / 3600.0 == pytest.approx(20.0)
    assert found == pytest.approx({"north": 84 + 12.5, "south": 50.4 + 7.5, "east": 33.6})


def test_what_is_not_booked_a_day_before_the_week_ends_is_released():
    offers = [offer("n1", 100), offer("s1", 100, 1), offer("e1", 100, 2)]
    booked = [
        make_contact(
            owner="east", satellite_id="e1", station_id="st",
            reserved_start_unix_s=START_S, reserved_end_unix_s=START_S + 3.6 * 3600,
        )
    ]  # fmt: skip
    early, _ = limits(offers, now_s=END_S - 86_401.0, booked=booked)
    late, releases = limits(offers, now_s=END_S - 86_399.0, booked=booked)

    assert early == pytest.approx({"north": 84.0, "south": 50.4, "east": 33.6})
    assert {item.owner: item.rule for item in releases} == dict.fromkeys(
        ("north", "south", "east"), "not_booked"
    )
    east = next(item for item in releases if item.owner == "east")
    assert east.kept_s / 3600.0 == pytest.approx(3.6)
    assert late["north"] == pytest.approx(84 + 50.4 * 0.5 / 0.7 + 30.0 * 0.5 / 0.8)


def test_soft_share_has_a_price_and_no_limit():
    soft = Station(
        "st", "St", 43.0, 77.0, 900.0, antennas=STATION.antennas,
        owners=(OwnerShare("north", "North", 0.5, price=3.0),),
    )  # fmt: skip
    (term,) = build_share_terms([soft], [offer("n1", 100)], OWNER_OF, WEEK)

    assert term.at_most is None
    slope, intercept = term.lines[1]
    assert slope * 85 * 3600 + intercept == pytest.approx(-3.0 * 60)  # one hour beyond 84
