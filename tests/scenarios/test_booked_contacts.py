"""A day of promises: plan on the starter elements, publish, refresh, drift, cancel, block."""

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest

from app.application import open_application
from app.errors import CollisionError, InputError
from app.services.contacts import ContactService
from app.services.planning import PlanQuery, compute_plan
from app.services.prediction import PassQuery
from app.settings import Settings
from scheduler.intervals import Span
from tle.starter import load_starter

NOW = datetime(2026, 9, 6, 12, tzinfo=UTC)


@pytest.fixture
def application(database_url):
    settings = Settings(database_url=database_url, first_plan_days=0, freeze_s=0)
    opened = open_application(settings, clock=lambda: NOW)
    yield opened
    opened.store.close()


def plan_day(application, satellites=("kazeosat-1", "terra", "gaofen-6", "kazstsat")):
    query = PlanQuery(
        PassQuery(satellites=satellites, start="2026-09-06T13:00:00Z", days=0.5),
        solver="greedy",
        time_limit_s=20.0,
    )
    made = compute_plan(application.planning.prepare(query), lambda done, text: None)
    application.planning.keep(made)
    return made


def publish(application, made, **more):
    return application.contacts.publish(made.plan_id, who="dana", why="", **more)


def booked(application):
    return application.store.reservations.list(states=("reserved",))[0]


def test_publishing_reserves_every_contact_and_publishing_again_changes_nothing(application):
    made = plan_day(application)

    first = publish(application, made)
    second = publish(application, made)

    assert len(made.contacts) > 5
    assert len(first.booked) == len(made.contacts)
    assert (len(second.booked), len(second.kept)) == (0, len(made.contacts))
    assert {item.contact for item in booked(application)} == {item.contact for item in first.booked}


def test_a_new_plan_releases_what_it_drops_and_keeps_what_it_shares(application):
    publish(application, plan_day(application))
    smaller = plan_day(application, satellites=("kazeosat-1",))

    done = publish(application, smaller)

    assert len(done.kept) + len(done.booked) == len(smaller.contacts)
    assert {item.contact.satellite_id for item in booked(application)} == {"kazeosat-1"}


def shift_elements(application, degrees: float) -> None:
    """Store newer sets of KazEOSat-1 whose orbit runs ahead by an angle (1 deg is about 17 s)."""
    base = next(each for each in load_starter() if each.norad_cat_id == 39731)
    application.store.element_sets.add(
        [
            dataclasses.replace(
                base,
                epoch_utc=base.epoch_utc + timedelta(seconds=1),
                mean_anomaly_deg=(base.mean_anomaly_deg + degrees) % 360.0,
                received_utc=NOW,
            )
        ]
    )


def test_unchanged_elements_drift_nothing(application):
    publish(application, plan_day(application))

    found = application.drift_watch.assess_all()

    assert len(found) == len(booked(application))
    assert [each for each in found if each.conditions] == []
    assert max(abs(each.shift_s) for each in found) < 0.001


def test_newer_elements_drift_a_contact_without_moving_it(application):
    # Bite: writing the new AOS into the reserved window changes `reserved_start_utc`.
    publish(application, plan_day(application, satellites=("kazeosat-1",)))
    before = {item.reservation_id: item for item in booked(application)}

    shift_elements(application, -4.0)  # about 67 s later, 1 s of it the later epoch
    found = application.drift_watch.assess_all()

    after = {item.reservation_id: item for item in booked(application)}
    assert all("drifted" in each.conditions for each in found)
    assert all(60.0 < each.shift_s < 75.0 for each in found)
    for name, item in after.items():
        assert item.conditions[-1:] == ("drifted",)
        assert item.contact == before[name].contact
        assert item.reserved_start_utc == before[name].reserved_start_utc
        assert item.prediction["aos_unix_s"] > item.contact.aos_unix_s + 30


def test_a_small_shift_is_followed_without_alarm(application):
    publish(application, plan_day(application, satellites=("kazeosat-1",)))

    shift_elements(application, -0.5)
    found = application.drift_watch.assess_all()

    assert all(each.conditions == () and 5.0 < each.shift_s < 12.0 for each in found)


def test_expired_elements_are_never_published_without_a_recorded_override(
    application, database_url
):
    late = open_application(
        Settings(database_url=database_url, first_plan_days=0, freeze_s=0),
        clock=lambda: NOW + timedelta(days=40),
    )
    query = PlanQuery(
        PassQuery(satellites=("kazeosat-1",), start="2026-10-17T13:00:00Z", days=0.5),
        solver="greedy",
        time_limit_s=20.0,
    )
    made = compute_plan(late.planning.prepare(query), lambda done, text: None)
    late.planning.keep(made)

    assert all(contact.provisional for contact in made.contacts)
    with pytest.raises(InputError, match="expired elements"):
        late.contacts.publish(made.plan_id, who="dana", why="")
    done = late.contacts.publish(made.plan_id, who="dana", why="", override="test of the antenna")

    assert all(item.note == "test of the antenna" for item in done.booked)
    assert all("provisional" in item.conditions for item in done.booked)
    late.store.close()


def test_an_antenna_cannot_be_blocked_over_a_contact_but_around_it(application):
    publish(application, plan_day(application, satellites=("kazeosat-1",)))
    contact = booked(application)[0]
    around = Span(contact.reserved_start_utc, contact.reserved_end_utc)

    with pytest.raises(CollisionError) as caught:
        application.contacts.block("kaznu", "antenna-1", around, who="a", why="grease")
    application.contacts.cancel(contact.reservation_id, who="a", why="grease")
    blocked = application.contacts.block("kaznu", "antenna-1", around, who="a", why="grease")

    assert caught.value.others[0]["reservation_id"] == contact.reservation_id
    assert blocked.state == "blocked"


def test_a_contact_about_to_start_is_not_cancelled_from_a_desk(application):
    publish(application, plan_day(application, satellites=("kazeosat-1",)))
    contact = booked(application)[0]
    clock = contact.reserved_start_utc - timedelta(seconds=599)
    late = ContactService(
        application.configuration,
        application.settings,
        application.store,
        application.elements,
        lambda: clock,
    )

    with pytest.raises(InputError, match=r"in 599 s.*until 600 s before"):
        late.cancel(contact.reservation_id, who="a", why="")
