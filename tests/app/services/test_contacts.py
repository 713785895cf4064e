"""Changes of booked contacts: commanded time, extensions, steps of the execution, withdrawal."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.application import open_application
from app.errors import InputError
from app.services.availability import compute_available
from app.services.booked_passes import find_booked, predict_booked
from app.services.contacts import ContactService
from app.services.extension import lengthen
from app.services.prediction import PassQuery
from app.settings import Settings
from scheduler.errors import IllegalTransitionError
from tle.timebase import from_unix_s, to_unix_s

NOW = datetime(2026, 9, 6, 12, tzinfo=UTC)
HOW = {"who": "dana", "why": "test"}


@pytest.fixture
def application(tmp_path):
    settings = Settings(database_url=f"sqlite:///{tmp_path}/c.sqlite3", first_plan_days=0)
    opened = open_application(settings, clock=lambda: NOW)
    yield opened
    opened.store.close()


@pytest.fixture
def possible(application):
    query = PassQuery(satellites=("kazeosat-1",), start="2026-09-06T13:00:00Z", days=1)
    task = application.prediction.prepare(query)
    return compute_available(task, lambda done, text: None)


def make_service(application, *, now=NOW, lead_s=0.0):
    """Make the service with another clock, and a lead for KazEOSat-1's commands."""
    satellites = tuple(
        replace(
            satellite,
            services=tuple(replace(each, command_lead_s=lead_s) for each in satellite.services),
        )
        if satellite.id == "kazeosat-1"
        else satellite
        for satellite in application.configuration.satellites
    )
    configuration = replace(application.configuration, satellites=satellites)
    return ContactService(
        configuration, application.settings, application.store, application.elements, lambda: now
    )


def book(service, contact):
    (offer,) = service.offer([contact])
    return service.reserve(offer.token, **HOW)[0]


def test_commanded_time_changes_only_with_the_word_of_the_mission_which_is_recorded(
    application, possible
):
    # Bite: without require_confirmation in move, extend, cancel and reserve none of them raises.
    booked = book(make_service(application), possible[1])
    late = make_service(
        application, now=booked.reserved_start_utc - timedelta(hours=2), lead_s=3 * 3600.0
    )
    (offer,) = late.offer([possible[2]])
    earlier = {"start_utc": from_unix_s(booked.contact.start_unix_s - 1), "end_utc": None}

    for change in (
        lambda **more: late.cancel(booked.reservation_id, **HOW, **more),
        lambda **more: late.move(booked.reservation_id, offer.token, **HOW, **more),
        lambda **more: late.extend(booked.reservation_id, **earlier, **HOW, **more),
    ):
        with pytest.raises(InputError, match="commanded 10800 s ahead"):
            change()
    late.cancel(booked.reservation_id, confirmation="KGS duty officer, 10:05 UTC", **HOW)

    event = application.store.reservations.events(booked.reservation_id)[-1]
    assert event.detail["confirmation"] == "KGS duty officer, 10:05 UTC"


def test_an_emergency_takes_commanded_time_only_with_the_word_of_its_mission(application, possible):
    """Bite: without ``release_rule`` in ``_clear`` the first emergency is booked."""
    booked = book(make_service(application), possible[1])
    late = make_service(
        application, now=booked.reserved_start_utc - timedelta(hours=2), lead_s=3 * 3600.0
    )
    urgent = replace(possible[1], satellite_id="terra")
    (offer,) = late.offer([urgent], moving=booked.reservation_id)

    with pytest.raises(InputError, match=f"confirmation: {booked.reservation_id}") as refused:
        late.preempt(offer.token, who="dana", emergency="flood")
    kept = application.store.reservations.read(booked.reservation_id)
    word = "KGS duty officer, 10:05 UTC"
    done = late.preempt(offer.token, who="dana", emergency="flood", confirmation=word)

    assert "kazeosat-1" not in str(refused.value)
    assert kept == booked
    assert [each.reservation_id for each in done.gone] == [booked.reservation_id]
    event = application.store.reservations.events(booked.reservation_id)[-1]
    assert (event.verb, event.detail["confirmation"]) == ("preempt", word)


def test_before_the_lead_nobody_needs_to_be_asked(application, possible):
    booked = book(make_service(application, lead_s=60.0), possible[1])

    cancelled = make_service(application, lead_s=60.0).cancel(booked.reservation_id, **HOW)

    assert cancelled.state == "cancelled"


@pytest.fixture
def shorter(application, possible):
    """A booked contact 60 s shorter than its window at both ends."""
    whole = possible[1]
    start, end = whole.start_unix_s + 60, whole.end_unix_s - 60
    part = replace(
        whole,
        start_unix_s=start,
        end_unix_s=end,
        reserved_start_unix_s=start - 120,
        reserved_end_unix_s=end + 60,
    )
    return book(application.contacts, part), whole


def test_an_extension_reaches_to_the_end_of_what_the_antenna_sees_and_no_further(
    application, shorter
):
    booked, whole = shorter
    ends = {"start_utc": from_unix_s(whole.start_unix_s), "end_utc": from_unix_s(whole.end_unix_s)}

    longer = application.contacts.extend(booked.reservation_id, **ends, **HOW)
    too_late = from_unix_s(whole.end_unix_s + 30)
    with pytest.raises(InputError, match="the antenna can use the pass from"):
        application.contacts.extend(booked.reservation_id, start_utc=None, end_utc=too_late, **HOW)

    assert longer.contact.start_unix_s == whole.start_unix_s
    assert longer.reserved_start_utc <= booked.reserved_start_utc - timedelta(seconds=60)
    assert longer.contact.start_azimuth_deg == pytest.approx(whole.start_azimuth_deg, abs=0.05)
    assert longer.contact.end_elevation_deg == pytest.approx(whole.end_elevation_deg, abs=0.05)
    events = application.store.reservations.events(booked.reservation_id)
    assert [event.verb for event in events] == ["reserve", "extend"]


def test_an_extension_does_not_widen_reserved_time_once_more(application, possible):
    """Bite: grown from the widened window, each extension reserves another bound on both sides."""
    booked = book(application.contacts, possible[1])
    end_utc = from_unix_s(booked.contact.end_unix_s)

    again = application.contacts.extend(
        booked.reservation_id, start_utc=None, end_utc=end_utc, **HOW
    )

    assert booked.reserved_start_utc < from_unix_s(possible[1].reserved_start_unix_s)
    assert again.reserved_start_utc == booked.reserved_start_utc
    assert again.reserved_end_utc == booked.reserved_end_utc


def test_an_extended_contact_names_the_elements_that_it_was_extended_by(application, shorter):
    """Bite: without them in _point the contact names the set of its first booking."""
    booked, whole = shorter
    sets = application.store.element_sets
    old = sets.read(booked.contact.element_set_id)
    newer = replace(old, epoch_utc=old.epoch_utc + timedelta(milliseconds=1))
    sets.add([newer])

    longer = application.contacts.extend(
        booked.reservation_id,
        start_utc=None,
        end_utc=from_unix_s(whole.end_unix_s - 5),
        **HOW,
    )

    assert newer.element_set_id != old.element_set_id
    assert longer.contact.element_set_id == newer.element_set_id


def test_a_contact_under_way_can_end_later_but_not_begin_earlier(application, shorter):
    booked, whole = shorter
    service = application.contacts
    for verb in ("prepare", "start"):
        service.advance(booked.reservation_id, verb, **HOW)
    earlier, later = from_unix_s(whole.start_unix_s), from_unix_s(whole.end_unix_s)

    with pytest.raises(IllegalTransitionError, match="'extend'; possible: stop, fail"):
        service.extend(booked.reservation_id, start_utc=earlier, end_utc=None, **HOW)
    longer = service.extend(booked.reservation_id, start_utc=None, end_utc=later, **HOW)

    assert longer.contact.end_unix_s == whole.end_unix_s
    assert longer.state == "executing"


def test_a_contact_goes_through_its_execution_step_by_step_and_then_never_changes(
    application, possible
):
    booked = book(application.contacts, possible[0])
    advance = application.contacts.advance

    states = [
        advance(booked.reservation_id, verb, **HOW).state
        for verb in ("prepare", "start", "stop", "complete")
    ]

    assert states == ["preparing", "executing", "post_pass", "completed"]
    with pytest.raises(IllegalTransitionError, match="final state"):
        advance(booked.reservation_id, "fail", **HOW)


def test_slew_between_neighbours_is_looked_up_in_the_wrap_of_the_cables(application, possible):
    # Bite: compass azimuths (350 and 10 deg) ask for 20 deg of turn where the cables need 340.
    station = application.configuration.stations[0]
    slow = replace(station.antennas[0], azimuth_rate_deg_s=2.0, setup_s=60.0)
    stations = (replace(station, antennas=(slow,)), *application.configuration.stations[1:])
    configuration = replace(application.configuration, stations=stations)
    rules = ContactService(
        configuration, application.settings, application.store, application.elements, lambda: NOW
    ).rules

    def point(turned):
        return replace(
            possible[0],
            end_azimuth_deg=350.0,
            start_azimuth_deg=10.0,
            end_mount_azimuth_deg=350.0,
            start_mount_azimuth_deg=turned,
        )

    near = rules.gap_s(rules.draft(point(370.0)), rules.draft(point(370.0)))
    far = rules.gap_s(rules.draft(point(10.0)), rules.draft(point(10.0)))
    unknown = rules.gap_s(rules.draft(point(None)), rules.draft(point(None)))

    assert near == slow.teardown_s + slow.setup_s
    assert far > slow.teardown_s + 340.0 / 2.0
    assert unknown > far


def test_a_longer_contact_of_a_tilted_mount_ends_where_the_mount_points(application):
    # Bite: compass elevations in extension._point are up to the tilt (20 deg) off.
    station = next(each for each in application.configuration.stations if each.id == "kaznu")
    tilted = replace(
        station.antennas[0], azimuth_rate_deg_s=2.0, setup_s=60.0,
        tilt_deg=20.0, tilt_azimuth_deg=120.0,
    )  # fmt: skip
    station = replace(station, antennas=(tilted,))
    query = PassQuery(("kaznu",), ("kazeosat-1",), start="2026-09-06T13:00:00Z", days=1)
    task = replace(application.prediction.prepare(query), stations=(station,))
    whole = compute_available(task, lambda done, text: None)[0]
    passes = predict_booked(application.configuration, application.elements, station, [whole], NOW)
    found = find_booked(whole, passes)
    part = replace(whole, start_unix_s=whole.start_unix_s + 60.0)

    longer = lengthen(
        part, station, found, start_unix_s=whole.start_unix_s, end_unix_s=whole.end_unix_s
    )

    assert longer.start_elevation_deg == pytest.approx(whole.start_elevation_deg, abs=1.0)
    assert longer.end_elevation_deg == pytest.approx(whole.end_elevation_deg, abs=1.0)
    assert longer.start_mount_azimuth_deg == pytest.approx(whole.start_mount_azimuth_deg, abs=1.0)


def test_an_offer_leaves_out_what_the_antenna_cannot_reach_in_time(application, possible):
    # Bite: keep_free that only looks for overlaps offers what reserve() then refuses.
    first, second = possible[0], possible[1]
    gap_s = 130.0
    shift_s = second.start_unix_s - first.end_unix_s - gap_s
    near = replace(
        second,
        **{
            name: getattr(second, name) - shift_s
            for name in ("start_unix_s", "end_unix_s", "reserved_end_unix_s")
        },
        reserved_start_unix_s=first.reserved_end_unix_s,
        timing_bound95_s=0.0,
    )
    book(application.contacts, replace(first, timing_bound95_s=0.0))

    assert application.contacts.offer([near]) == ()
    assert to_unix_s(NOW) < near.start_unix_s
