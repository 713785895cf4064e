"""Imports: every line judged, all booked or none, the same file twice books once."""

import json

import pytest

from app.access import LOCAL, Principal
from app.application import open_application
from app.errors import InputError
from app.services.exports import ExportQuery
from app.services.import_passes import match_contacts
from app.services.imports import ImportOrder
from tests.app.conftest import NOW_UTC, make_settings

HEAD = "uid,station,antenna,start,end\n"
BLOCK = "{},kaznu,antenna-1,2026-09-07T{:02}:00:00Z,2026-09-07T{:02}:00:00Z\n"


@pytest.fixture
def application(tmp_path):
    opened = open_application(
        make_settings(f"sqlite:///{tmp_path / 'a.sqlite3'}"), clock=lambda: NOW_UTC
    )
    yield opened
    opened.store.close()


def run(application, text, kind="blocks", principal=LOCAL, **changes):
    order = ImportOrder(text.encode(), kind, source="partner", **changes)
    return application.imports.run(order, principal, lambda task: match_contacts(task, quiet))


def quiet(done, text):
    return None


def list_booked(application):
    return application.store.reservations.list(limit=1000)[0]


def test_blocks_are_booked_with_their_notes_and_a_second_time_left_alone(application):
    text = HEAD + BLOCK.format("a", 3, 4) + BLOCK.format("b", 5, 6)

    first, second = run(application, text), run(application, text)

    assert first.is_booked
    assert dict(first.counts) == {"book": 2}
    assert dict(second.counts) == {"unchanged": 2}
    assert [line.reservation_id for line in first.lines] == [
        line.reservation_id for line in second.lines
    ]
    assert {item.state for item in list_booked(application)} == {"blocked"}
    assert len(list_booked(application)) == 2


def test_one_bad_line_and_nothing_is_booked(application):
    # Bite: booking before the last line is judged leaves the first block behind.
    text = HEAD + BLOCK.format("a", 3, 4) + BLOCK.format("b", 3, 6) + "c,nowhere,x,y,z\n"

    report = run(application, text)

    assert not report.is_booked
    assert [line.verdict for line in report.lines] == ["book", "refuse", "refuse"]
    assert report.lines[1].reason == "meets line 2"
    assert list_booked(application) == ()


def test_what_is_booked_already_is_named(application):
    run(application, HEAD + BLOCK.format("a", 3, 4))

    report = run(application, HEAD + BLOCK.format("b", 3, 5))

    (line,) = report.lines
    assert line.verdict == "refuse"
    assert line.reason.startswith("meets block block-")


def test_a_trial_books_nothing_and_says_what_it_would(application):
    report = run(application, HEAD + BLOCK.format("a", 3, 4), is_trial=True)

    assert dict(report.counts) == {"book": 1}
    assert not report.is_booked
    assert list_booked(application) == ()


def test_what_lies_in_the_past_is_skipped(application):
    text = HEAD + "a,kaznu,antenna-1,2026-09-05T03:00:00Z,2026-09-05T04:00:00Z\n"

    assert dict(run(application, text).counts) == {"skip": 1}


@pytest.mark.parametrize("kind", ["block", ""])
def test_an_unknown_kind_is_refused(application, kind):
    with pytest.raises(InputError, match="kind"):
        run(application, HEAD, kind=kind)


@pytest.fixture
def offered(application):
    """Give real contacts of one satellite, as another system would name them."""
    from app.services.availability import compute_available
    from app.services.prediction import PassQuery

    query = PassQuery(stations=("kaznu",), satellites=("kazeosat-1",), days=2)
    contacts = compute_available(application.prediction.prepare(query), quiet)
    assert len(contacts) >= 3
    return contacts


def as_json(contacts, **changes):
    from app.exports.json_plan import write_instant

    return json.dumps(
        [
            {
                "uid": f"p-{at}",
                "satellite": "KazEOSat-1",
                "station": "kaznu",
                "antenna": "antenna-1",
                "start": write_instant(each.start_unix_s),
                "end": write_instant(each.end_unix_s),
            }
            | changes
            for at, each in enumerate(contacts)
        ]
    )


def test_contacts_of_another_system_become_ours_with_our_geometry(application, offered):
    report = run(application, as_json(offered), kind="contacts")

    assert report.is_booked, report.lines
    booked = list_booked(application)
    assert len(booked) == len(offered)
    for item, contact in zip(booked, offered, strict=True):
        assert item.state == "reserved"
        assert item.contact.element_set_id == contact.element_set_id
        assert item.contact.start_unix_s == pytest.approx(contact.start_unix_s, abs=0.001)
        assert item.contact.aos_unix_s == pytest.approx(contact.aos_unix_s, abs=0.001)
        assert item.snapshot["import"][0] == "partner"
    assert dict(run(application, as_json(offered), kind="contacts").counts) == {
        "unchanged": len(offered)
    }


def test_a_contact_when_the_satellite_is_below_the_horizon_is_refused(application, offered):
    # Bite: a match without its two checks (overlap, tolerance) books the time below the horizon.
    text = as_json(offered[:1], start="2026-09-07T00:30:00Z", end="2026-09-07T00:31:00Z")

    (line,) = run(application, text, kind="contacts").lines

    assert line.verdict == "refuse"
    assert "cannot be received then; nearest: 2026-09-" in line.reason
    assert list_booked(application) == ()


def test_a_contact_of_another_owner_s_satellite_is_refused(application, offered):
    stranger = Principal("desk", "operator", "hainan")

    (line, *_) = run(application, as_json(offered), kind="contacts", principal=stranger).lines

    assert line.verdict == "refuse"
    assert "another owner" in line.reason


def test_a_satellite_that_we_do_not_know_is_refused(application, offered):
    (line,) = run(application, as_json(offered[:1], satellite="X-1"), kind="contacts").lines

    assert line.reason == "satellite: 'X-1' is not configured"


@pytest.mark.parametrize("name", ["csv", "json", "icalendar"])
def test_an_export_of_one_aspan_is_the_bookings_of_the_next(application, offered, name, tmp_path):
    from app.exports import load_format

    run(application, as_json(offered), kind="contacts")
    schedule = application.exports.open_bookings(ExportQuery(), LOCAL)
    text = "".join(load_format(name).write(schedule))
    other = open_application(
        make_settings(f"sqlite:///{tmp_path / 'b.sqlite3'}"), clock=lambda: NOW_UTC
    )
    try:
        report = run(other, text, kind="contacts")
        assert report.is_booked, report.lines
        ours, theirs = list_booked(application), list_booked(other)
        assert [item.contact.pass_id for item in ours] == [item.contact.pass_id for item in theirs]
        for left, right in zip(ours, theirs, strict=True):
            apart = (left.reserved_start_utc - right.reserved_start_utc).total_seconds()
            assert abs(apart) <= 1.0
    finally:
        other.store.close()
