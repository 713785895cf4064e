"""No bad element set is believed, and each refusal says where and what.

Bite: with the checksum as the only check 19 of the 30 bad TLEs are accepted.
"""

import pytest

from tests.tle.bad_omms import BAD_CELLS, BAD_DOCUMENTS
from tests.tle.bad_tles import BAD_TLES, pair
from tests.tle.element_builders import (
    RECEIVED,
    fields_of,
    make_elements,
    patch_csv,
    patch_line,
    tle_lines,
)
from tle.reading import read_elements


def read(text, **extra):
    return read_elements(text, source="test", received_utc=RECEIVED, **extra)


@pytest.mark.parametrize(("name", "text", "line", "field"), BAD_TLES, ids=[b[0] for b in BAD_TLES])
def test_a_bad_tle_is_refused_with_line_field_and_reason(name, text, line, field):
    result = read(text)

    assert result.sets == ()
    first = result.refused[0]
    assert (first.line, first.field) == (line, field)
    assert len(first.reason) > 10


@pytest.mark.parametrize(("keyword", "value"), BAD_CELLS)
def test_a_bad_omm_cell_is_refused_with_line_and_field(keyword, value):
    result = read(patch_csv(keyword, value))

    assert result.sets == ()
    assert [(r.line, r.field) for r in result.refused] == [(2, keyword)]


@pytest.mark.parametrize(("keyword", "value"), BAD_CELLS)
def test_the_other_encodings_refuse_the_same_cells(keyword, value):
    fields = fields_of(make_elements()) | {keyword: value}
    kvn = "CCSDS_OMM_VERS = 2.0\n" + "".join(f"{k} = {v}\n" for k, v in fields.items())
    xml = "<omm>" + "".join(f"<{k}>{v}</{k}>" for k, v in fields.items()) + "</omm>"
    json_text = "[{" + ",".join(f'"{k}": "{v}"' for k, v in fields.items()) + "}]"

    for text in (kvn, xml, json_text):
        result = read(text)

        assert result.sets == ()
        assert result.refused[0].field == keyword


@pytest.mark.parametrize(
    ("name", "text", "field"), BAD_DOCUMENTS, ids=[b[0] for b in BAD_DOCUMENTS]
)
def test_a_bad_omm_document_is_refused(name, text, field):
    result = read(text)

    assert result.sets == ()
    assert result.refused[0].field == field


def test_good_sets_around_a_bad_one_are_kept():
    bad = BAD_TLES[0][1]
    text = pair() + bad + "\n".join(tle_lines(norad_cat_id=40010, object_id="")) + "\n"

    result = read(text)

    assert [e.norad_cat_id for e in result.sets] == [39731, 40010]
    assert result.lines == (2, 7)
    assert [(r.line, r.name, r.norad_cat_id) for r in result.refused] == [(5, "TESTSAT 1", 39731)]


def test_swapped_lines_of_a_history_never_mix_two_epochs():
    """Bite: pairing a line 1 with the next line 2 made a set of two epochs here."""
    sets = [tle_lines(mean_anomaly_deg=float(degree)) for degree in (10, 20, 30)]
    text = "".join(f"{two}\n{one}\n" for one, two in sets)

    result = read(text)

    assert result.sets == ()
    assert {r.line for r in result.refused} == {1}


def test_a_stray_line_2_costs_only_itself():
    sets = [tle_lines(mean_anomaly_deg=float(degree)) for degree in (10, 20, 30)]
    text = sets[0][1] + "\n" + "".join(f"{one}\n{two}\n" for one, two in sets)

    result = read(text)

    assert [e.mean_anomaly_deg for e in result.sets] == [10, 20, 30]
    assert [r.line for r in result.refused] == [1]


def test_a_transposed_digit_pair_passes_the_checksum_and_only_the_quarantine_can_see_it():
    _, two = tle_lines(inclination_deg=51.6)
    one, _ = tle_lines(inclination_deg=51.6)

    result = read(f"{one}\n{patch_line(two, 9, ' 15.6000')}\n")

    assert result.sets[0].inclination_deg == 15.6


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "empty"),
        (b" \r\n\t\n", "empty"),
        (b"<!DOCTYPE html><html><title>Error 503</title></html>", "web page titled 'Error 503'"),
        (b"No GP data found", "no such object"),
        (b'{"error": "limit exceeded"}', "no record in it has an EPOCH"),
        (b"\x1f\x8b\x08\x00", "compressed"),
        (b"PK\x03\x04", "compressed (zip)"),
        (b"\xff\xfe1\x00", "UTF-16"),
        (b"G\xf6k", "not UTF-8"),
        (b"1\x00 ", "zero bytes"),
        (b"hello\nyou\n", "neither TLE nor OMM"),
        (b"CCSDS_OEM_VERS = 2.0\n", "OEM"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[]", "no element set"),
        (b"<x/>", "not an OMM"),
    ],
)
def test_what_is_no_element_file_is_refused_as_a_whole_in_plain_words(text, words):
    result = read(text)

    assert result.sets == ()
    assert len(result.refused) == 1
    assert words in result.broken_reason
    assert str(result.refused[0]).endswith(result.broken_reason)
