"""One suite for every export format: it streams, repeats itself, and hostile names stay names.

Bite: taking clean_text out of csv_table.make_inert or of icalendar._summarise, or quoteattr out of
ccsds_simple_schedule, fails the test of hostile names.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.errors import InputError
from app.exports import EXPORTS, NEED_ORBITS, load_format
from app.exports.base import clean_text
from app.exports.csv_table import take_apart
from tests.app.exports import independent_readers as readers
from tests.app.exports.schedules import HOSTILE_NAMES, make_entries, make_objects, make_schedule
from tle.timebase import to_unix_s

WHOLE = ("oem", "tle", "omm")  # one message, or one set a satellite: small however long the plan
EVERY = pytest.mark.parametrize("name", EXPORTS)
OBJECTS = make_objects()
ONE = {"kazeosat-1": OBJECTS["kazeosat-1"]}
ENTRIES = make_entries(ONE, days=2)


def write(name, schedule):
    return "".join(load_format(name).write(schedule))


@EVERY
def test_a_format_says_what_it_is_and_writes_the_same_twice(name):
    chosen = load_format(name)
    schedule = make_schedule(ENTRIES, ONE)

    assert "/" in chosen.media_type
    assert chosen.suffix.isalnum()
    assert write(name, schedule) == write(name, schedule) != ""


@pytest.mark.parametrize("name", [name for name in EXPORTS if name not in WHOLE])
def test_an_export_streams_one_entry_at_a_time(name):
    taken = []
    entries = make_entries(ONE, days=2)

    def walk():
        for entry in entries:
            taken.append(entry)
            yield entry

    pieces = load_format(name).write(make_schedule(entries, ONE, open_entries=walk))
    while not taken:
        next(pieces)

    assert len(taken) == 1 < len(entries)


@pytest.mark.parametrize("name", [name for name in EXPORTS if name != "oem"])
def test_an_empty_schedule_is_a_whole_file(name):
    text = write(name, make_schedule([], ONE))

    assert len(READ[name](text)) == (1 if name == "geojson" else 0)  # the station


def test_an_oem_of_nothing_or_of_two_satellites_is_refused_with_words():
    for entries in ([], make_entries(OBJECTS)):
        with pytest.raises(InputError, match="an OEM is of one satellite"):
            write("oem", make_schedule(entries, OBJECTS))


def test_an_oem_of_two_stations_at_once_covers_both_without_overlap():
    """Bite: dropping what overlaps, as it was, loses the end of the longer contact."""
    first = ENTRIES[0]
    later = replace(
        first,
        entry_id="contact-2",
        start_unix_s=first.start_unix_s + 120.0,
        end_unix_s=first.end_unix_s + 90.0,
    )

    ((metadata, states),) = readers.read_oem(write("oem", make_schedule([first, later], ONE)))

    assert readers.to_unix_s(f"{metadata['USEABLE_START_TIME']}Z") == pytest.approx(
        first.start_unix_s, abs=1e-3
    )
    assert readers.to_unix_s(f"{metadata['USEABLE_STOP_TIME']}Z") == pytest.approx(
        later.end_unix_s, abs=1e-3
    )
    assert states[-1][0] > later.end_unix_s


def test_an_oem_says_what_its_states_were_made_from():
    text = write("oem", make_schedule(ENTRIES[:1], ONE))
    elements = ONE["kazeosat-1"].elements

    assert f"COMMENT SGP4 of the element set {elements.element_set_id}, epoch 2026-09-" in text


def test_a_simple_schedule_numbers_orbits_and_leaves_out_what_will_not_take_place():
    """Bite: a failed contact offered as TENTATIVE; a number that is not the element set's."""
    entries = [ENTRIES[0], replace(ENTRIES[1], state="failed")]
    elements = ONE["kazeosat-1"].elements

    ((_, activity),) = readers.read_simple_schedule(
        write("ccsds-schedule", make_schedule(entries, ONE))
    )

    days = (ENTRIES[0].start_unix_s - to_unix_s(elements.epoch_utc)) / 86_400.0
    turns = days * elements.mean_motion_rev_day
    assert int(activity["orbitNumber"]) == pytest.approx(elements.rev_at_epoch + turns, abs=1.0)
    without = make_schedule(entries, ONE, find_object=lambda entry: None)
    assert "orbitNumber" not in write("ccsds-schedule", without)


@EVERY
@pytest.mark.parametrize("part", range(4))
def test_hostile_names_stay_names(name, part):
    names = HOSTILE_NAMES[part::4]

    for text in names:
        entries, objects = plant(text, orbits=name in NEED_ORBITS)
        check = CHECKS[name]
        check(write(name, make_schedule(entries, objects)), text)

    assert len(HOSTILE_NAMES) == 200


def plant(text, *, orbits):
    """Put a name wherever a name can stand: satellite, note, owner, and the element set."""
    entry = replace(ENTRIES[0], satellite_name=text, note=text, owner=text)
    entry = replace(entry, record={"satellite_name": text})
    tracked = ONE["kazeosat-1"]
    elements = replace(tracked.elements, name=text)
    objects = {"kazeosat-1": replace(tracked, name=text, elements=elements)}
    return [entry] if orbits else [entry, replace(ENTRIES[1], note=text)], objects


def check_csv(text, name):
    rows = readers.read_csv(text)
    assert len(rows) == 2
    assert take_apart(rows[0]["satellite_name"]) == clean_text(name)
    assert take_apart(rows[1]["note"]) == clean_text(name)
    for row in rows:
        assert None not in row
        for column in ("satellite_name", "note", "owner", "entry_id"):
            assert not row[column].lstrip().startswith(("=", "+", "-", "@", "＝", "\t", "\r"))
            assert row[column].isprintable()


def check_json(text, name):
    entries = readers.read_json(text)
    assert [each["entry_id"] for each in entries] == [e.entry_id for e in ENTRIES[:2]]
    assert entries[0]["satellite_name"] == name
    assert text.isascii()


def check_calendar(text, name):
    events = readers.read_calendar(text)
    assert [str(event["uid"]) for event in events] == [f"{e.entry_id}@aspan" for e in ENTRIES[:2]]
    assert str(events[0]["summary"]) == f"{clean_text(name) or 'kazeosat-1'} over kaznu"
    assert not {"ATTENDEE", "X-FORGED"} & set(events[0])
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "\n" not in text.replace("\r\n", "")


def check_simple_schedule(text, name):
    packages = readers.read_simple_schedule(text)
    assert len(packages) == 2
    assert packages[0][0]["user"] == clean_text(name) or not clean_text(name)


def check_pointing(text, _name):
    rows = readers.read_csv(text)
    assert {row["entry_id"] for row in rows} == {ENTRIES[0].entry_id}
    assert all(None not in row for row in rows)


def check_oem(text, name):
    ((metadata, states),) = readers.read_oem(text)
    assert metadata["OBJECT_NAME"] == clean_text(name) or not clean_text(name)
    assert len(states) > 10


def check_tle(text, name):
    ((line, record),) = readers.read_tle(text)
    assert line == clean_text(name)[:24].rstrip()
    assert record.satnum == 39731


def check_omm(text, name):
    ((given, record),) = readers.read_omm(text)
    assert given == clean_text(name)
    assert record.satnum == 39731


def check_geojson(text, name):
    features = readers.read_geojson(text)
    assert [each["id"] for each in features] == ["station kaznu", ENTRIES[0].entry_id]
    assert features[1]["properties"]["satellite_name"] == name
    assert text.isascii()


READ = {
    "csv": readers.read_csv,
    "json": readers.read_json,
    "icalendar": readers.read_calendar,
    "ccsds-schedule": readers.read_simple_schedule,
    "pointing": readers.read_csv,
    "tle": readers.read_tle,
    "omm": readers.read_omm,
    "geojson": readers.read_geojson,
}
CHECKS = {
    "csv": check_csv,
    "json": check_json,
    "icalendar": check_calendar,
    "ccsds-schedule": check_simple_schedule,
    "pointing": check_pointing,
    "oem": check_oem,
    "tle": check_tle,
    "omm": check_omm,
    "geojson": check_geojson,
}
