"""Reports of contacts: all or none, over final states, with availability and a timing check."""

from datetime import UTC, datetime, timedelta

import pytest

from app.errors import ConflictError, InputError, NotFoundError
from app.services.execution import ExecutionService, Report, read_table
from app.store.reservation_rows import draft_of
from scheduler.execution import ContactResult, check_timing, settle, sum_availability
from tests.app.builders import make_contact

NOW = datetime(2026, 9, 6, 23, tzinfo=UTC)
BEFORE = NOW - timedelta(days=1)


def book(store, *contacts):
    booked = store.reservations.book(
        [draft_of(each) for each in contacts],
        who="dana",
        why="",
        now_utc=BEFORE,
        gap_rule=lambda first, second: 0.0,
    )
    in_time = sorted(booked, key=lambda each: each.reserved_start_utc)
    return [each.reservation_id for each in in_time]


@pytest.fixture
def service(store):
    return ExecutionService(store, lambda: NOW)


def test_a_contact_executed_by_hand_goes_through_every_state_of_the_table(store, service):
    (name,) = book(store, make_contact())

    (kept,) = service.report(
        [Report(name, "completed", received_bytes=5, data_outcome="partial")], who="dana"
    )
    verbs = [each.verb for each in store.reservations.events(name)]

    assert verbs == ["reserve", "prepare", "start", "stop", "complete", "report"]
    assert store.reservations.read(name).state == "completed"
    assert (kept.received_bytes, kept.data_outcome) == (5, "partial")


def test_completed_is_not_received(store, service):
    # Bite: a completed contact that counted as received would show here.
    (name,) = book(store, make_contact())

    service.report([Report(name, "completed")], who="dana")

    assert service.read(name).data_outcome == "unknown"


def test_data_reported_after_the_end_is_kept_and_the_rest_stays(store, service):
    (name,) = book(store, make_contact())
    service.report([Report(name, "completed", actual_start="2026-09-06T12:00:05Z")], who="dana")

    service.report([Report(name, data_outcome="received", quality=0.98)], who="receiver")
    found = service.read(name)

    assert found.actual_start_utc == datetime(2026, 9, 6, 12, 0, 5, tzinfo=UTC)
    assert (found.data_outcome, found.quality, found.version) == ("received", 0.98, 2)
    assert found.reported_by == "receiver"


def test_a_table_is_kept_whole_or_not_at_all(store, service):
    # Bite: keeping row by row leaves the first contact completed.
    first, second = book(store, make_contact(0), make_contact(2))
    service.report([Report(second, "failed", cause="weather")], who="dana")

    with pytest.raises(ConflictError, match="final"):
        service.report([Report(first, "completed"), Report(second, "completed")], who="dana")

    assert store.reservations.read(first).state == "reserved"
    assert service.read(first).version == 0


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"state": "cancelled"}, "state"),
        ({"actual_start": "2026-09-06T12:05:00"}, "actual_start"),
        ({"actual_start": "2026-09-06T12:05:00Z", "actual_stop": "2026-09-06T12:04:00Z"}, "stop"),
        ({"actual_stop": "2026-09-07T12:04:00Z"}, "future"),
        ({"received_bytes": -1}, "received_bytes"),
        ({"lost_frames": 2**63}, "lost_frames"),
        ({"quality": 1.01}, "quality"),
        ({"quality": float("nan")}, "quality"),
        ({"data_outcome": "good"}, "data_outcome"),
        ({"cause": "gremlins"}, "satellite_silent"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(store, service, changes, field):
    (name,) = book(store, make_contact())

    with pytest.raises(InputError, match=field):
        service.report([Report(name, **changes)], who="dana")


def test_contacts_unknown_of_others_cancelled_or_not_begun_are_refused(store, service):
    (name,) = book(store, make_contact())
    early = ExecutionService(store, lambda: BEFORE)

    with pytest.raises(NotFoundError):
        service.report([Report("contact-none")], who="dana")
    with pytest.raises(NotFoundError):
        service.report([Report(name)], who="dana", may_touch=lambda item: item.owner == "nwpu")
    with pytest.raises(ConflictError, match="has not begun"):
        early.report([Report(name, "completed")], who="dana")
    store.reservations.change_state(
        name, "cancelled", verb="cancel", who="dana", why="", now_utc=NOW
    )
    with pytest.raises(ConflictError, match="was cancelled"):
        service.report([Report(name, note="x")], who="dana")


def test_a_csv_table_is_read_with_its_lines():
    text = '\ufeffcontact_id,state,received_bytes,note\nc1,completed,12,\nc2,,,a "b"\n'

    assert read_table(text) == (
        Report("c1", "completed", received_bytes=12),
        Report("c2", note='a "b"'),
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no contact_id"),
        ("state\ncompleted\n", "no contact_id"),
        ("contact_id,colour\nc1,red\n", "colour"),
        ("contact_id,received_bytes\nc1,many\n", "line 2: 'many'"),
        ("contact_id,state\nc1\n", "line 2"),
        ("contact_id,state\nc1,completed,x\n", "line 2"),
        ('contact_id,state\nc1,"comp\n', "unexpected end of data"),
        ("contact_id,state,state\nc1,completed,failed\n", "twice"),
        ("contact_id,state\n,completed\n", "line 2: it is missing"),
        ("contact_id\nc\x00\n", "NUL"),
        ("contact_id\n" + "c\n" * 10_001, "more than 10000 rows"),
    ],
)
def test_a_broken_table_names_its_line(text, told):
    with pytest.raises(InputError, match=told):
        read_table(text)


def make_result(state="completed", **changes):
    base = {
        "contact_id": "c", "satellite_id": "sat-a", "owner": "kaznu", "station_id": "kaznu",
        "antenna_id": "antenna-1", "state": state, "reserved_start_unix_s": 880.0,
        "start_unix_s": 1_000.0, "end_unix_s": 1_600.0, "reserved_end_unix_s": 1_660.0,
    }  # fmt: skip
    return ContactResult(**base | changes)


@pytest.mark.parametrize(
    ("result", "outcome", "executed_s", "cause", "side"),
    [
        (make_result(), "executed", 600.0, "", ""),
        (make_result(actual_start_unix_s=1_100.0, actual_stop_unix_s=1_700.0, cause="receiver"),
         "executed", 500.0, "receiver", "station"),
        (make_result("failed", cause="satellite_silent"), "lost", 0.0, "satellite_silent",
         "satellite"),
        (make_result("failed", actual_start_unix_s=1_000.0, actual_stop_unix_s=1_060.0),
         "executed", 60.0, "other", "unknown"),
        (make_result("missed"), "lost", 0.0, "not_reported", "unknown"),
        (make_result("reserved", reserved_end_unix_s=9e9), "pending", 0.0, "", ""),
        (make_result("reserved"), "lost", 0.0, "not_reported", "unknown"),
        (make_result("cancelled"), "cancelled", 0.0, "", ""),
    ],
)  # fmt: skip
def test_each_contact_is_settled_by_what_was_reported(result, outcome, executed_s, cause, side):
    settled = settle(result, now_unix_s=5_000.0)

    assert (settled.outcome, settled.executed_s) == (outcome, executed_s)
    assert (settled.cause, settled.side) == (cause, side)


def test_executed_and_lost_time_add_up_to_what_was_promised():
    results = [
        make_result(),
        make_result("failed", cause="rotator"),
        make_result("failed", cause="weather", owner="nwpu"),
        make_result("cancelled"),
    ]

    kaznu, nwpu = sum_availability(results, lambda each: each.owner, now_unix_s=5_000.0)

    assert (kaznu.promised_s, kaznu.executed_s, kaznu.lost_s) == (1_200.0, 600.0, 600.0)
    assert (kaznu.availability, kaznu.cancelled) == (0.5, 1)
    assert kaznu.lost_by_cause_s == {"rotator": 600.0}
    assert nwpu.lost_by_side_s == {"environment": 600.0}


def test_availability_is_summed_per_station_satellite_owner_and_cause(store, service):
    names = book(store, make_contact(0), make_contact(1), make_contact(2, satellite_id="sat-b"))
    service.report(
        [
            Report(names[0], "completed"),
            Report(names[1], "failed", cause="weather"),
            Report(names[2], "completed"),
        ],
        who="dana",
    )

    by = {
        group: {each.key: each.availability for each in service.availability(group, None, None)}
        for group in ("station", "satellite", "owner", "cause")
    }

    assert by["station"] == {"kaznu": pytest.approx(2 / 3)}
    assert by["satellite"] == {"sat-a": 0.5, "sat-b": 1.0}
    assert by["owner"] == {"kaznu": pytest.approx(2 / 3)}
    assert by["cause"] == {"nothing_lost": 1.0, "weather": 0.0}


@pytest.mark.parametrize(
    ("errors", "verdict"),
    [
        ([0.1] * 4, "too_few"),
        ([0.5] * 20, "holds"),
        ([0.5] * 19 + [3.0], "holds"),
        ([0.5] * 15 + [3.0] * 5, "bound_too_small"),
        ([-3.0] * 5, "bound_too_small"),
    ],
)
def test_the_95_percent_bound_is_checked_against_what_was_seen(errors, verdict):
    # Bite: a bound that holds 5 of 20 times too rarely must not pass.
    results = [make_result(timing_error_s=error, timing_bound95_s=1.0) for error in errors]

    (found,) = check_timing(results)

    assert (found.count, found.verdict) == (len(errors), verdict)


def test_a_reported_aos_is_compared_with_the_newest_prediction(store, service):
    contact = make_contact(timing_bound95_s=2.0)
    (name,) = book(store, contact)
    store.reservations.note_prediction(
        name,
        conditions=(),
        prediction={"aos_unix_s": contact.aos_unix_s + 3.0},
        now_utc=BEFORE,
    )

    # The contact begins 5.25 s after AOS: the signal is due then, 3 s later than booked.
    (kept,) = service.report([Report(name, actual_aos="2026-09-06T12:00:04Z")], who="dana")
    (found,) = service.timing()

    assert kept.timing_error_s == pytest.approx(1.0, abs=1e-3)
    assert (found.satellite_id, found.count, found.outside) == ("sat-a", 1, 0)
