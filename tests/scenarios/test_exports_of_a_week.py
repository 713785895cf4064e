"""A real week leaves the house in every format and is read again by programs of others.

Bite: dropping the last entry of a walk, or writing instants rounded to the second, fails every
count or every comparison of times below. The figures are printed (pytest -s).
"""

from __future__ import annotations

import numpy as np
import pytest

from app.application import open_application
from app.main import create_app
from app.services.planning import PlanQuery, compute_plan
from app.services.prediction import PassQuery
from tests.app.conftest import NOW_UTC, make_settings
from tests.app.exports import independent_readers as readers

MS = 0.00051  # half a millisecond of rounding on each side


@pytest.fixture(scope="module")
def week(tmp_path_factory):
    """Plan a week at Almaty with the bundled elements; give the plan and a way to ask for it."""
    from starlette.testclient import TestClient

    url = f"sqlite:///{tmp_path_factory.mktemp('week') / 'week.sqlite3'}"
    application = open_application(make_settings(url), clock=lambda: NOW_UTC)
    task = application.planning.prepare(PlanQuery(PassQuery(days=7.0), solver="greedy"))
    plan = compute_plan(task, lambda done, text: None)
    application.planning.keep(plan)
    with TestClient(create_app(application), base_url="http://127.0.0.1:8000") as client:

        def ask(name, **query):
            answer = client.get(
                f"/v1/plans/{plan.plan_id}/export", params={"format": name, **query}
            )
            assert answer.status_code == 200, answer.text
            return answer.text

        yield sorted(plan.contacts, key=lambda each: each.start_unix_s), ask
    application.store.close()


def times_of(contacts, *names):
    return np.array([[getattr(each, f"{name}_unix_s") for name in names] for each in contacts])


def show(name, count, worst):
    print(f"\n{name}: {count} entries read again, times within {worst * 1e3:.3f} ms")


def test_csv_and_json_hold_every_contact_to_the_millisecond(week):
    contacts, ask = week
    wanted = times_of(contacts, "reserved_start", "start", "end", "reserved_end", "aos", "los")
    columns = ("reserved_start_utc", "start_utc", "end_utc", "reserved_end_utc")

    for name, rows in (
        ("csv", readers.read_csv(ask("csv"))),
        ("json", readers.read_json(ask("json"))),
    ):
        found = np.array(
            [[readers.to_unix_s(row[c]) for c in (*columns, "aos_utc", "los_utc")] for row in rows]
        )
        assert [row["satellite_id"] for row in rows] == [c.satellite_id for c in contacts]
        worst = np.abs(found - wanted).max()
        show(name, len(rows), worst)
        assert worst < MS


def test_the_calendar_holds_every_contact_with_an_identity_of_its_own(week):
    contacts, ask = week
    events = readers.read_calendar(ask("icalendar", reminder_s=900))
    found = np.array(
        [[readers.to_unix_s(str(e[f"x-aspan-{n}-utc"])) for n in ("start", "end")] for e in events]
    )
    blocks = np.array([[e.decoded(n).timestamp() for n in ("dtstart", "dtend")] for e in events])

    assert len({str(event["uid"]) for event in events}) == len(contacts)
    assert {event.walk("VALARM")[0].decoded("trigger").total_seconds() for event in events} == {
        -900
    }
    worst = np.abs(found - times_of(contacts, "start", "end")).max()
    show("icalendar", len(events), worst)
    assert worst < MS
    assert np.abs(blocks - times_of(contacts, "reserved_start", "reserved_end")).max() <= 0.5


def test_the_simple_schedule_holds_every_contact(week):
    contacts, ask = week
    packages = readers.read_simple_schedule(ask("ccsds-schedule"))
    names = ("beginningOfActivity", "beginningOfTrack", "endOfTrack", "endOfActivity")
    found = np.array([[readers.read_day_of_year(act[n]) for n in names] for _, act in packages])

    worst = np.abs(
        found - times_of(contacts, "reserved_start", "start", "end", "reserved_end")
    ).max()
    show("ccsds-schedule", len(packages), worst)
    assert worst < MS
    assert {activity["apertureRef"] for _, activity in packages} == {"kaznu/antenna-1"}


def test_pointing_follows_every_contact_from_start_to_end_without_a_jump(week):
    contacts, ask = week
    rows = readers.read_csv(ask("pointing"))
    by_contact = {}
    for row in rows:
        by_contact.setdefault(row["entry_id"], []).append(row)

    assert list(by_contact) == [each.contact_id for each in contacts]
    worst = 0.0
    for contact in contacts:
        samples = by_contact[contact.contact_id]
        at = np.array([readers.to_unix_s(row["utc"]) for row in samples])
        azimuth = np.array([float(row["azimuth_deg"]) for row in samples])
        worst = max(worst, abs(at[0] - contact.start_unix_s), abs(at[-1] - contact.end_unix_s))
        assert np.abs(np.diff(azimuth)).max() < 180.0
        assert azimuth.min() >= -270.0
        assert azimuth.max() <= 270.0
    show("pointing", len(by_contact), worst)
    assert worst < MS


def test_the_rates_of_a_high_pass_add_up_to_its_azimuth(week):
    contacts, ask = week
    below = [each for each in contacts if each.max_elevation_deg < 85.0]
    highest = max(below, key=lambda each: each.max_elevation_deg)
    rows = readers.read_csv(ask("pointing", contact=highest.contact_id, step_s=0.5))
    at, azimuth, rate = (
        np.array([convert(row[name]) for row in rows])
        for name, convert in (
            ("utc", readers.to_unix_s),
            ("azimuth_deg", float),
            ("azimuth_rate_deg_s", float),
        )
    )
    carried = np.cumsum(0.5 * (rate[1:] + rate[:-1]) * np.diff(at))

    assert np.abs(rate).max() > 2.0
    assert np.abs(azimuth[1:] - azimuth[0] - carried).max() < 0.05


def test_ground_tracks_hold_every_contact_and_never_cross_the_date_line(week):
    contacts, ask = week
    features = readers.read_geojson(ask("geojson"))
    tracks = [each for each in features if each["properties"]["kind"] == "contact"]
    found = np.array(
        [[readers.to_unix_s(t["properties"][n]) for n in ("start_utc", "end_utc")] for t in tracks]
    )

    worst = np.abs(found - times_of(contacts, "start", "end")).max()
    show("geojson", len(tracks), worst)
    assert [each["id"] for each in tracks] == [each.contact_id for each in contacts]
    assert worst < MS


def test_elements_and_ephemerides_tell_one_story_to_two_other_programs(week):
    # sgp4's own OMM reader propagates; the package oem reads our states; they must agree.
    contacts, ask = week
    by_number = {record.satnum: record for _, record in readers.read_omm(ask("omm"))}
    numbers = {each.norad_cat_id for each in contacts}
    tles = readers.read_tle(ask("tle"))
    worst_km, segments, worst_s = 0.0, 0, 0.0

    assert set(by_number) == numbers
    assert {record.satnum for _, record in tles} == numbers
    for satellite_id in sorted({each.satellite_id for each in contacts})[::8]:
        own = [each for each in contacts if each.satellite_id == satellite_id]
        messages = readers.read_oem(ask("oem", satellite=satellite_id))
        assert len(messages) == len(own)
        for contact, (metadata, states) in zip(own, messages, strict=True):
            segments += 1
            for name, wanted in (("START", contact.start_unix_s), ("STOP", contact.end_unix_s)):
                useable = metadata[f"USEABLE_{name}_TIME"]
                worst_s = max(worst_s, abs(useable.utc.unix - wanted))
            for unix_s, position_km, _ in states[::7]:
                days = unix_s / 86_400.0
                error, r_km, _ = by_number[contact.norad_cat_id].sgp4(
                    2_440_587.5 + np.floor(days), days - np.floor(days)
                )
                assert error == 0
                worst_km = max(worst_km, float(np.linalg.norm(np.subtract(r_km, position_km))))
    print(
        f"\ntle, omm: {len(numbers)} sets; oem: {segments} segments, within {worst_s * 1e3:.3f} ms"
        f" and {worst_km * 1e3:.3f} m of sgp4"
    )
    assert worst_km < 0.05  # 5 us of epoch at 7.5 km/s, and the rounding of both
    assert worst_s < MS
