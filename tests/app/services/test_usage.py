"""Accounts of booked contacts, and a month settled for good; three contacts of September."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.errors import InputError
from app.exports.settlement import write_sheet_csv, write_sheet_html, write_sheet_text
from scheduler.intervals import Span
from tests.app.builders import make_contact, make_plan

SEPTEMBER = Span(datetime(2026, 9, 1, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=UTC))
LATER = datetime(2026, 10, 5, tzinfo=UTC)


@pytest.fixture
def booked(make_client):
    """Give an application with contacts of kaznu, hainan and a stranger, and its clock."""
    now = [datetime(2026, 9, 6, 11, tzinfo=UTC)]
    application = make_client(clock=lambda: now[0]).app.state.application
    contacts = (
        make_contact(0, owner="kaznu"),
        make_contact(2, owner="hainan", satellite_id="sat-b"),
        make_contact(4, owner="stranger", satellite_id="sat-c"),
    )
    plan = replace(make_plan(contacts=0, losers=0), contacts=contacts)
    application.planning.keep(plan)
    application.contacts.publish(plan.plan_id, who="test", why="")
    return application, now


def totals(application):
    rows = application.usage.list_rows("kaznu", SEPTEMBER, length="month")
    return {row.owner: row for row in rows if not row.satellite_id}


def test_booked_contacts_count_on_their_owners_and_strangers_borrow(booked):
    """Bite: counting contact time instead of reserved time gives 600 s."""
    application, _ = booked
    found = totals(application)

    assert found["kaznu"].planned_s == pytest.approx(780.0)
    assert found["hainan"].planned_s == pytest.approx(780.0)
    assert found[""].borrowed_s == pytest.approx(780.0)
    assert found["nwpu"].promised_s == pytest.approx(0.2 * 30 * 86_400)


def test_cancelled_contact_counts_for_nobody_and_a_silent_one_is_lost(booked):
    application, now = booked
    reservations, _ = application.store.reservations.list(
        start_utc=SEPTEMBER.start_utc, end_utc=SEPTEMBER.end_utc, limit=10
    )
    of_hainan = next(item for item in reservations if item.owner == "hainan")
    application.contacts.cancel(of_hainan.reservation_id, who="test", why="")
    now[0] = LATER

    found = totals(application)

    assert found["hainan"].planned_s == 0.0
    assert (found["kaznu"].executed_s, found["kaznu"].lost_s) == pytest.approx((0.0, 600.0))


def test_settled_month_keeps_its_figures_and_digest(booked):
    """Bite: a sheet that is computed again shows the cancelled contact as gone."""
    application, now = booked
    with pytest.raises(InputError, match="not over"):
        application.usage.settle("kaznu", "2026-09", who="boss")
    now[0] = LATER
    settled = application.usage.settle("kaznu", "2026-09", who="boss")
    (first, *_), _ = application.store.reservations.list(
        start_utc=SEPTEMBER.start_utc, end_utc=SEPTEMBER.end_utc, limit=10
    )
    application.contacts.advance(first.reservation_id, "miss", who="test", why="")

    assert application.usage.make_sheet("kaznu", "2026-09") == settled
    with pytest.raises(InputError, match="settled already"):
        application.usage.settle("kaznu", "2026-09", who="boss")


def test_sheet_can_be_printed_and_read_by_programs(booked):
    application, _ = booked
    sheet = application.usage.make_sheet("kaznu", "2026-09")
    sheet["owners"][0]["name"] = "A <script> & co"

    page, text, table = write_sheet_html(sheet), write_sheet_text(sheet), write_sheet_csv(sheet)

    assert "<script>" not in page
    assert "&lt;script&gt; &amp; co" in page
    for form in (page, text, table):
        assert sheet["digest"] in form
    assert "owner,hainan,,518400.0,780.0" in table
    assert text.count("signature") == len(sheet["owners"])


@pytest.mark.parametrize("month", ["2026-13", "26-09", "2026-9", "２０２６-09", ""])
def test_what_is_no_month_is_refused(booked, month):
    with pytest.raises(InputError, match="month"):
        booked[0].usage.make_sheet("kaznu", month)
