"""Catalogue numbers of 1 to 9 digits survive every format exactly.

Bite: ``int(text[2:7])`` in the TLE reader turns A0000 into an error and 6 digits into 10000.
"""

import csv
import io
import random

import pytest

from tests.tle.element_builders import RECEIVED, csv_text, kvn_text, make_elements, xml_text
from tle.omm_format import read_omm, write_omm_csv, write_omm_json
from tle.propagation import build_record, check_at_epoch
from tle.reading import read_elements
from tle.tle_format import decode_alpha5, encode_alpha5, write_tle

EDGES = [1, 5, 99, 69999, 99999, 100000, 339999, 340000, 799501299, 999999999]


def read(text):
    result = read_elements(text, source="test", received_utc=RECEIVED)
    assert result.refused == ()
    return result.sets


@pytest.mark.parametrize("number", EDGES)
def test_edge_numbers_survive_every_format(number):
    elements = make_elements(norad_cat_id=number)
    texts = [csv_text(elements), write_omm_json([elements]), kvn_text(elements), xml_text(elements)]
    if number <= 339999:
        texts.append("\n".join(write_tle(elements)))

    for text in texts:
        assert read(text)[0].norad_cat_id == number


@pytest.mark.parametrize("number", EDGES)
def test_no_number_disturbs_the_propagation(number):
    elements = make_elements(norad_cat_id=number)

    check_at_epoch(elements)

    expected = build_record(make_elements()).sgp4_tsince(100.0)
    assert build_record(elements).sgp4_tsince(100.0) == expected


def test_a_hundred_thousand_identities_read_back_exactly():
    rng = random.Random(4)
    numbers = [rng.randrange(10 ** (digits - 1), 10**digits) for digits in range(1, 10)
               for _ in range(11_112)]  # fmt: skip
    elements = make_elements()
    header, row, *_ = csv_text(elements).split("\r\n")
    before, after = row.split(",39731,")
    text = header + "\n" + "".join(f"{before},{number},{after}\n" for number in numbers)

    sets = read_omm(text, encoding="csv", source="test", received_utc=RECEIVED).sets

    assert len(numbers) > 100_000
    assert [e.norad_cat_id for e in sets] == numbers
    assert len({e.fingerprint for e in sets}) == len(set(numbers))
    rows = csv.DictReader(io.StringIO(write_omm_csv(sets)))
    assert [int(row["NORAD_CAT_ID"]) for row in rows] == numbers


def test_every_number_that_a_tle_can_hold_reads_back():
    assert all(decode_alpha5(encode_alpha5(n)) == n for n in range(340_000))
