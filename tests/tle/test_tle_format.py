"""TLE columns, Alpha-5 numbers and the writer."""

from datetime import UTC, datetime

import pytest

from tests.tle.element_builders import RECEIVED, make_elements, patch_line, tle_lines
from tle.errors import ElementFormatError
from tle.tle_format import decode_alpha5, encode_alpha5, read_tle, write_tle


def read(text):
    return read_tle(text, source="test", received_utc=RECEIVED)


def read_one(one, two):
    (elements,) = read(f"{one}\n{two}\n").sets
    return elements


def test_a_written_set_reads_back_the_same():
    elements = make_elements(mean_motion_ddot=-1.2345e-7, bstar=1.1073e-4)

    again = read("TESTSAT 1\r\n" + "\r\n".join(write_tle(elements))).sets[0]

    # the epoch is rounded to the 864 us of the format; everything else fits the columns
    assert abs(again.epoch_utc - elements.epoch_utc).total_seconds() <= 432e-6
    assert again == make_elements(
        mean_motion_ddot=-1.2345e-7, bstar=1.1073e-4, epoch_utc=again.epoch_utc
    )


@pytest.mark.parametrize("prefix", ["", "0 "])
def test_the_name_line_may_carry_its_zero(prefix):
    one, two = tle_lines()

    (elements,) = read(f"{prefix}TESTSAT 1              \n{one}\n{two}\n").sets

    assert elements.name == "TESTSAT 1"


def test_names_are_optional_and_may_repeat():
    one, two = tle_lines()
    text = f"{one}\n{two}\nSAME\n{one}\n{two}\nSAME\n{one}\n{two}\n"

    assert [e.name for e in read(text).sets] == ["", "SAME", "SAME"]


@pytest.mark.parametrize(
    ("field", "year"), [("57", 1957), ("99", 1999), ("00", 2000), ("56", 2056)]
)
def test_two_digit_years_turn_at_57(field, year):
    one, two = tle_lines(object_id="1957-001A")

    elements = read_one(patch_line(one, 19, field + "001.50000000"), two)

    assert elements.epoch_utc == datetime(year, 1, 1, 12, tzinfo=UTC)


def test_a_step_of_the_epochs_last_digit_is_exactly_864_us():
    one, two = tle_lines()

    elements = read_one(patch_line(one, 19, "26249.00000001"), two)

    assert elements.epoch_utc == datetime(2026, 9, 6, 0, 0, 0, 864, tzinfo=UTC)


def test_blanks_for_leading_zeros_give_the_same_number():
    one, two = tle_lines(norad_cat_id=5)

    elements = read_one(patch_line(one, 3, "    5"), patch_line(two, 3, "    5"))

    assert elements.norad_cat_id == 5


def test_number_00000_is_an_object_without_a_number():
    one, two = tle_lines(norad_cat_id=None)

    assert one[2:7] == "00000"
    assert read_one(one, two).norad_cat_id is None


@pytest.mark.parametrize(
    ("number", "field"),
    [(1, "00001"), (69999, "69999"), (99999, "99999"), (100000, "A0000"), (180000, "J0000"),
     (230000, "P0000"), (339999, "Z9999")],
)  # fmt: skip
def test_alpha_5_skips_i_and_o(number, field):
    assert encode_alpha5(number) == field
    assert decode_alpha5(field) == number


@pytest.mark.parametrize("number", [340000, 799501299, 999999999])
def test_a_number_that_does_not_fit_is_not_written_as_tle(number):
    with pytest.raises(ElementFormatError, match="write OMM"):
        write_tle(make_elements(norad_cat_id=number))


def test_the_last_moment_of_a_year_rounds_into_the_next():
    last = datetime(2026, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)

    one, two = tle_lines(epoch_utc=last)

    assert read_one(one, two).epoch_utc == datetime(2027, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("year", range(1957, 2056))
def test_every_two_digit_year_reads_back(year):
    epoch = datetime(year, 12, 31, 12, tzinfo=UTC)

    assert read_one(*tle_lines(epoch_utc=epoch)).epoch_utc == epoch


def test_a_designator_a_column_short_does_not_pass_for_a_whole_line():
    """Found by the mutation hunt: the line of 68 columns ended in an IndexError."""
    one, two = tle_lines()
    short = one[:16] + one[17:]

    (refusal,) = read(f"{short}\n{two}\n").refused

    assert (refusal.line, refusal.field) == (1, "line")
