"""The accounts of a shared station; two owners with 60 % and 40 % of one antenna."""

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.intervals import Span
from scheduler.shares import ReservedTime, SatelliteUsage, account_usage, split_into_periods
from scheduler.stations import Antenna, Downtime, OwnerShare, Station
from tle.timebase import to_unix_s

START = datetime(2026, 9, 7, tzinfo=UTC)  # a Monday
STATION = Station(
    id="here",
    name="Here",
    latitude_deg=43.0,
    longitude_deg=77.0,
    altitude_m=900.0,
    antennas=(Antenna(id="a1", name="A1"),),
    owners=(OwnerShare("north", "North", 0.6), OwnerShare("south", "South", 0.4)),
)
HOUR_S = 3600.0


def reserve(owner: str, start_hour: float, hours: float, satellite_id: str = "sat") -> ReservedTime:
    start = to_unix_s(START) + start_hour * HOUR_S
    return ReservedTime(owner, satellite_id, "a1", start, start + hours * HOUR_S)


def one_day(*reserved: ReservedTime, station: Station = STATION):
    day = Span(START, START + timedelta(days=1))
    (usage,) = account_usage(station, day, reserved, length="day")
    return usage


def test_time_beyond_the_promise_is_borrowed_from_the_owner_who_left_it_unused():
    usage = one_day(reserve("north", 0, 16, "n1"), reserve("south", 16, 2, "s1"))
    north, south = usage.owners

    assert (north.promised_s, south.promised_s) == pytest.approx((14.4 * HOUR_S, 9.6 * HOUR_S))
    assert (north.borrowed_s, south.given_away_s) == pytest.approx((1.6 * HOUR_S, 1.6 * HOUR_S))
    assert [(loan.lender, loan.borrower) for loan in usage.loans] == [("south", "north")]
    assert north.by_satellite == (SatelliteUsage("n1", 16 * HOUR_S, 0.0, 0.0),)


def test_downtime_is_not_available_and_shrinks_every_promise():
    antenna = dataclasses.replace(
        STATION.antennas[0], downtimes=(Downtime(START, START + timedelta(hours=4)),)
    )
    usage = one_day(station=dataclasses.replace(STATION, antennas=(antenna,)))

    assert [owner.promised_s / HOUR_S for owner in usage.owners] == pytest.approx([12.0, 8.0])


def test_a_party_without_a_share_borrows_from_all_owners():
    usage = one_day(reserve("guest", 0, 6))

    assert usage.unowned_s == 6 * HOUR_S
    assert [loan.borrower for loan in usage.loans] == ["", ""]
    assert sum(loan.seconds for loan in usage.loans) == pytest.approx(6 * HOUR_S)


def test_a_contact_across_midnight_counts_in_both_days():
    # Bite: counting a contact in the day it starts gives 1.0 and 0.0.
    span = Span(START, START + timedelta(days=2))
    days = account_usage(STATION, span, [reserve("north", 23.75, 1.0)], length="day")

    assert [day.owners[0].planned_s / HOUR_S for day in days] == pytest.approx([0.25, 0.75])


def test_reported_time_counts_in_the_period_it_was_used_in():
    # Bite: adding a contact's report to every day it touches gives 3000 s twice.
    contact = dataclasses.replace(reserve("north", 23.75, 1.0, "n1"), executed_s=3000.0, lost_s=400)
    span = Span(START, START + timedelta(days=2))
    days = account_usage(STATION, span, [contact], length="day")

    assert [day.owners[0].executed_s for day in days] == pytest.approx([750.0, 2250.0])
    assert [day.owners[0].by_satellite[0].lost_s for day in days] == pytest.approx([100.0, 300.0])


def test_weeks_begin_on_monday_and_months_on_the_first_also_over_new_year():
    span = Span(datetime(2026, 12, 30, 12, tzinfo=UTC), datetime(2027, 2, 2, tzinfo=UTC))

    weeks = [str(part.start_utc.date()) for part in split_into_periods(span, "week")]
    months = [str(part.start_utc.date()) for part in split_into_periods(span, "month")]

    assert weeks[:3] == ["2026-12-30", "2027-01-04", "2027-01-11"]
    assert months == ["2026-12-30", "2027-01-01", "2027-02-01"]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["north", "south", "guest"]),
            st.floats(0, 160),
            st.floats(0.05, 8),
        ),
        max_size=12,
    ),
    st.sampled_from(["day", "week", "month"]),
)
def test_every_planned_second_is_accounted_once_and_loans_balance(rows, length):
    # Bite: lending without the cap min(unused, needed) breaks the balance of loans.
    reserved = [reserve(*row) for row in rows]
    span = Span(START, START + timedelta(days=8))
    periods = account_usage(STATION, span, reserved, length=length)

    planned = sum(o.planned_s for p in periods for o in p.owners)
    planned += sum(p.unowned_s for p in periods)
    assert planned == pytest.approx(sum(hours for _, _, hours in rows) * HOUR_S)
    for period in periods:
        given_away = sum(owner.given_away_s for owner in period.owners)
        taken = sum(owner.borrowed_s for owner in period.owners) + period.unowned_s
        assert given_away <= taken + 1e-6
        assert sum(loan.seconds for loan in period.loans) == pytest.approx(given_away)
