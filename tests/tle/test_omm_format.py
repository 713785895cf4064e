"""OMM in four encodings: the same set from each, defaults, and legal oddities."""

import json
from datetime import UTC, datetime

import pytest

from tests.tle.element_builders import (
    RECEIVED,
    csv_text,
    kvn_text,
    make_elements,
    patch_csv,
    xml_text,
)
from tle.omm_format import read_omm, write_omm_csv, write_omm_json
from tle.reading import detect_format, read_elements

TEXTS = {
    "csv": csv_text(),
    "json": write_omm_json([make_elements()]),
    "kvn": kvn_text(),
    "xml": xml_text(),
}


def read_one(text):
    result = read_elements(text, source="test", received_utc=RECEIVED)
    assert result.refused == ()
    return result.sets[0]


@pytest.mark.parametrize("encoding", TEXTS)
def test_each_encoding_is_recognised_and_gives_the_same_set(encoding):
    assert detect_format(TEXTS[encoding]) == encoding
    assert read_one(TEXTS[encoding]) == make_elements()


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-09-06T04:52:43Z", datetime(2026, 9, 6, 4, 52, 43, tzinfo=UTC)),
        ("2026-249T04:52:43.5", datetime(2026, 9, 6, 4, 52, 43, 500_000, tzinfo=UTC)),
        ("2026-09-06T04:52:43.1234567", datetime(2026, 9, 6, 4, 52, 43, 123_457, tzinfo=UTC)),
        ("2024-366T00:00:00", datetime(2024, 12, 31, tzinfo=UTC)),
        ("2016-12-31T23:59:60", datetime(2017, 1, 1, tzinfo=UTC)),
    ],
)
def test_every_legal_form_of_an_epoch_is_read(text, instant):
    assert read_one(patch_csv("EPOCH", text)).epoch_utc == instant


@pytest.mark.parametrize(
    ("keyword", "value", "attribute", "expected"),
    [
        ("OBJECT_ID", "", "object_id", ""),
        ("OBJECT_ID", "UNKNOWN", "object_id", ""),
        ("ELEMENT_SET_NO", "", "element_set_no", None),
        ("CLASSIFICATION_TYPE", "C", "classification", "C"),
        ("NORAD_CAT_ID", "", "norad_cat_id", None),
        ("NORAD_CAT_ID", "000000005", "norad_cat_id", 5),
        ("NORAD_CAT_ID", "799501299", "norad_cat_id", 799501299),
        ("BSTAR", "-.38737E-5", "bstar", -0.38737e-5),
    ],
)
def test_legal_oddities_are_read(keyword, value, attribute, expected):
    assert getattr(read_one(patch_csv(keyword, value)), attribute) == expected


def test_unknown_columns_are_ignored():
    header, row, *_ = csv_text().split("\r\n")

    assert read_one(f"{header},RMS\r\n{row},0.1\r\n") == make_elements()


def test_units_in_brackets_are_read():
    assert read_one(kvn_text().replace("14.42061184", "14.42061184 [rev/day]")) == make_elements()


def test_json_numbers_and_json_texts_mean_the_same():
    records = json.loads(TEXTS["json"])
    texts = [{key: str(value) for key, value in records[0].items()}]

    assert read_one(json.dumps(texts)) == make_elements()


def test_one_json_record_needs_no_array():
    assert read_one(json.dumps(json.loads(TEXTS["json"])[0])) == make_elements()


def test_every_number_reads_back_to_the_last_bit():
    elements = make_elements(
        mean_motion_rev_day=15.123456789012345, eccentricity=0.1 + 0.2, bstar=-1 / 3e5
    )

    assert read_one(write_omm_csv([elements])) == elements
    assert read_one(write_omm_json([elements])) == elements


def test_a_hostile_name_reads_back_unchanged():
    elements = make_elements(name='=CMD("x"), "quoted", Аспан 天空')

    assert read_one(write_omm_csv([elements])) == elements
    assert read_one(write_omm_json([elements])) == elements


def test_a_bad_message_does_not_take_its_neighbours_with_it():
    good, bad = kvn_text(), kvn_text().replace("ECCENTRICITY = 0.0001389", "ECCENTRICITY = x")

    result = read_omm(good + bad + good, encoding="kvn", source="test", received_utc=RECEIVED)

    assert len(result.sets) == 2
    assert [(r.field, r.norad_cat_id) for r in result.refused] == [("ECCENTRICITY", 39731)]


def test_refusals_in_json_name_the_line_of_the_record():
    text = write_omm_json([make_elements(), make_elements(), make_elements()])
    broken = text.replace('"INCLINATION": 98.3142', '"INCLINATION": "x"', 2)

    result = read_elements(broken, source="test", received_utc=RECEIVED)

    expected = [n for n, line in enumerate(text.splitlines(), 1) if line.strip() == "{"]
    assert [r.line for r in result.refused] == expected[:2]
    assert result.lines == (expected[2],)


def test_a_keyword_that_only_begins_like_the_version_starts_no_message():
    """Found by the mutation hunt."""
    text = kvn_text().replace("CCSDS_OMM_VERS =", "CCSDS_OMM_VERS4 =")

    assert read_elements(text, source="test", received_utc=RECEIVED).broken_reason
