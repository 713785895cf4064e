"""Two-line element sets (TLE; with names: 3LE), text to objects and back, strictly.

Columns as NORAD fixed them, checksums required, Alpha-5 numbers (A0000 to Z9999) understood.
Leading zeros of whole numbers may be blanks, as in old files. Column tables below are the one
description from which both the fast pattern and the error messages are made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from tle.elements import ElementSet
from tle.errors import ElementFormatError, ElementsError
from tle.reading_result import (
    ReadResult,
    Refusal,
    check_name,
    check_ranges,
    make_refusal,
)

LINE_LENGTH = 69
_ALPHA5_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"  # without I and O; A = 10 ... Z = 33
_NUMBER = "[0-9]{5}|[ ][0-9]{4}|[ ]{2}[0-9]{3}|[ ]{3}[0-9]{2}|[ ]{4}[0-9]"
_CATALOGUE = _NUMBER + rf"|[{_ALPHA5_LETTERS}][0-9]{{4}}"
_FOUR = "[0-9]{4}|[ ][0-9]{3}|[ ]{2}[0-9]{2}|[ ]{3}[0-9]"
_DAY = "[0-9]{3}|[ ][0-9]{2}|[ ]{2}[0-9]"
_ANGLE = rf"(?:{_DAY})\.[0-9]{{4}}"
_DESIGNATOR = "[0-9]{5}(?:[A-Z]{3}|[A-Z]{2}[ ]|[A-Z][ ]{2})|[ ]{8}"
_EXPONENT = r"[ +-][0-9]{5}[+-][0-9]"

# keyword, first column, last column, pattern, what it should look like
_LINE_1 = (
    ("NORAD_CAT_ID", 3, 7, _CATALOGUE, "5 digits, or a letter A to Z without I and O and 4 digits"),
    ("CLASSIFICATION_TYPE", 8, 8, "[UCS ]", "U, C or S"),
    ("OBJECT_ID", 10, 17, _DESIGNATOR, "year, launch, piece: 98067A"),
    ("EPOCH", 19, 32, rf"[0-9]{{2}}(?:{_DAY})\.[0-9]{{8}}", "YYDDD.DDDDDDDD"),
    ("MEAN_MOTION_DOT", 34, 43, r"[ +-]\.[0-9]{8}", "sign and .NNNNNNNN"),
    ("MEAN_MOTION_DDOT", 45, 52, _EXPONENT, "sign, 5 digits, exponent: 12345-3"),
    ("BSTAR", 54, 61, _EXPONENT, "sign, 5 digits, exponent: 12345-3"),
    ("EPHEMERIS_TYPE", 63, 63, "[0-9 ]", "1 digit"),
    ("ELEMENT_SET_NO", 65, 68, rf"{_FOUR}|[ ]{{4}}", "up to 4 digits"),
    ("checksum", 69, 69, "[0-9]", "1 digit"),
)
_LINE_2 = (
    ("NORAD_CAT_ID", 3, 7, _CATALOGUE, "5 digits, or a letter A to Z without I and O and 4 digits"),
    ("INCLINATION", 9, 16, _ANGLE, "NNN.NNNN"),
    ("RA_OF_ASC_NODE", 18, 25, _ANGLE, "NNN.NNNN"),
    ("ECCENTRICITY", 27, 33, "[0-9]{7}", "7 digits"),
    ("ARG_OF_PERICENTER", 35, 42, _ANGLE, "NNN.NNNN"),
    ("MEAN_ANOMALY", 44, 51, _ANGLE, "NNN.NNNN"),
    ("MEAN_MOTION", 53, 63, r"[ 0-9][0-9]\.[0-9]{8}", "NN.NNNNNNNN"),
    ("REV_AT_EPOCH", 64, 68, rf"{_NUMBER}|[ ]{{5}}", "up to 5 digits"),
    ("checksum", 69, 69, "[0-9]", "1 digit"),
)
_Columns = Sequence[tuple[str, int, int, str, str]]


def _compile(digit: str, columns: _Columns) -> re.Pattern[str]:
    pattern, end = digit, 1
    for _, first, last, field, _ in columns:
        pattern += " " * (first - end - 1) + f"({field})"
        end = last
    return re.compile(pattern)


_PATTERN_1, _PATTERN_2 = _compile("1", _LINE_1), _compile("2", _LINE_2)
_WEIGHTS = bytes(code - 48 if 48 <= code <= 57 else 1 if code == 45 else 0 for code in range(256))


def read_tle(text: str, *, source: str, received_utc: datetime) -> ReadResult:
    """Read every set of a text of two-line or three-line sets; ``#`` lines are comments."""
    sets: list[ElementSet] = []
    lines: list[int | None] = []
    refused: list[Refusal] = []
    for found in _find_sets(text):
        if isinstance(found, Refusal):
            refused.append(found)
            continue
        name, number_1, line_1, line_2, number_2 = found
        try:
            sets.append(_read_pair(name, line_1, line_2, number_1, number_2, source, received_utc))
            lines.append(number_1)
        except ElementsError as error:
            refused.append(make_refusal(error, number_1, name, _peek_number(line_1)))
    return ReadResult(tuple(sets), tuple(refused), tuple(lines))


def write_tle(elements: ElementSet) -> tuple[str, str]:
    """Write the two lines; raise ElementFormatError when TLE cannot hold the set.

    TLE holds numbers up to 339999, epochs to 864 us, angles to 1e-4 deg: what is finer is rounded.
    """
    check_ranges(elements)
    number = "00000" if elements.norad_cat_id is None else encode_alpha5(elements.norad_cat_id)
    line_1 = (
        f"1 {number}{elements.classification} {_write_designator(elements.object_id)} "
        f"{_write_epoch(elements.epoch_utc)} "
        f"{_write_rate(elements.mean_motion_dot)} "
        f"{_write_exponent(elements.mean_motion_ddot, 'MEAN_MOTION_DDOT')} "
        f"{_write_exponent(elements.bstar, 'BSTAR')} {elements.ephemeris_type:d} "
        f"{(elements.element_set_no or 0) % 10_000:4d}"
    )
    eccentricity = f"{elements.eccentricity:.7f}"
    if eccentricity.startswith("1"):
        raise ElementFormatError(
            f"{elements.eccentricity!r} rounds to 1 in 7 digits", field="ECCENTRICITY"
        )
    line_2 = (
        f"2 {number} {elements.inclination_deg:8.4f} {elements.raan_deg:8.4f} "
        f"{eccentricity[2:]} {elements.arg_perigee_deg:8.4f} {elements.mean_anomaly_deg:8.4f} "
        f"{elements.mean_motion_rev_day:11.8f}{(elements.rev_at_epoch or 0) % 100_000:5d}"
    )
    return line_1 + str(compute_checksum(line_1)), line_2 + str(compute_checksum(line_2))


def decode_alpha5(field: str) -> int:
    """Read the five-column catalogue number: digits, or A0000 (100000) to Z9999 (339999)."""
    if not re.fullmatch(_CATALOGUE, field):
        raise ElementFormatError(
            f"{field!r} is not 5 digits or an Alpha-5 number", field="NORAD_CAT_ID"
        )
    if field[0] in _ALPHA5_LETTERS:
        return (_ALPHA5_LETTERS.index(field[0]) + 10) * 10_000 + int(field[1:])
    return int(field)


def encode_alpha5(number: int) -> str:
    """Write a catalogue number in five columns; refuse what does not fit (above 339999)."""
    if not 0 <= number <= 339_999:
        raise ElementFormatError(
            f"{number} does not fit a TLE (largest 339999 = Z9999); write OMM instead",
            field="NORAD_CAT_ID",
        )
    if number < 100_000:
        return f"{number:05d}"
    return f"{_ALPHA5_LETTERS[number // 10_000 - 10]}{number % 10_000:04d}"


def compute_checksum(line: str) -> int:
    """Sum the digits of the first 68 columns, minus signs counting 1, modulo 10."""
    return sum(line[:68].encode("ascii", "replace").translate(_WEIGHTS)) % 10


_Pair = tuple[str, int, str, str, int]  # name, number and text of line 1, text, number of line 2


def _find_sets(text: str) -> Iterator[_Pair | Refusal]:
    """Pair the lines of a text; whatever does not pair is refused where it stands."""
    lines = [
        (number, line.rstrip(" \t"))
        for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1)
    ]
    lines = [(number, line) for number, line in lines if line and not line.startswith("#")]
    name: tuple[int, str] | None = None
    i = 0
    while i < len(lines):
        number, line = lines[i]
        following = lines[i + 1] if i + 1 < len(lines) else (0, "")
        if line.startswith("1 "):
            if following[1].startswith("2 "):
                yield (name[1] if name else "", number, line, following[1], following[0])
                i += 1
            else:
                yield _refuse_line(number, line, "line 2 does not follow", name)
            name = None
        elif line.startswith("2 "):
            swapped = _count_swapped(lines, i)
            reason = "lines 1 and 2 are swapped" if swapped else "no line 1 stands before it"
            yield _refuse_line(number, line, reason, name)
            i += max(swapped - 1, 0)
            name = None
        else:
            if name is not None:
                yield _refuse_stray(*name)
            name = (number, _strip_name(line))
        i += 1
    if name is not None:
        yield _refuse_stray(*name)


def _count_swapped(lines: Sequence[tuple[int, str]], start: int) -> int:
    """Count the lines, an even number, of a run 2, 1, 2, 1 of one number that starts here.

    A run that ends in line 2 is good pairs after one stray line, and counts 0.
    """
    own = lines[start][1][2:7]
    end = start
    while end < len(lines):
        text = lines[end][1]
        if text[:2] != ("2 " if (end - start) % 2 == 0 else "1 ") or text[2:7] != own:
            break
        end += 1
    length = end - start
    return length if length % 2 == 0 else 0


def _read_pair(
    name: str,
    line_1: str,
    line_2: str,
    number_1: int,
    number_2: int,
    source: str,
    received_utc: datetime,
) -> ElementSet:
    match_1, match_2 = _PATTERN_1.fullmatch(line_1), _PATTERN_2.fullmatch(line_2)
    if match_1 is None:
        raise _explain(line_1, _LINE_1, number_1)
    if match_2 is None:
        raise _explain(line_2, _LINE_2, number_2)
    for line, number in ((line_1, number_1), (line_2, number_2)):
        if compute_checksum(line) != ord(line[68]) - 48:
            raise ElementFormatError(
                f"says {line[68]}, the line sums to {compute_checksum(line)}",
                line=number,
                field="checksum",
            )
    one, two = match_1.groups(), match_2.groups()
    catalogue = decode_alpha5(one[0])
    if one[0] != two[0] and catalogue != decode_alpha5(two[0]):
        raise ElementFormatError(
            f"line 1 is of {one[0].strip()}, line 2 of {two[0].strip()}",
            line=number_2,
            field="NORAD_CAT_ID",
        )
    check_name(name)
    elements = ElementSet(
        name=name,
        norad_cat_id=catalogue or None,  # 00000 is written for an object without a number
        object_id=_read_designator(one[2]),
        epoch_utc=_read_epoch(one[3], number_1),
        mean_motion_rev_day=float(two[6]),
        eccentricity=float("0." + two[3]),
        inclination_deg=float(two[1]),
        raan_deg=float(two[2]),
        arg_perigee_deg=float(two[4]),
        mean_anomaly_deg=float(two[5]),
        bstar=_read_exponent(one[6]),
        mean_motion_dot=float(one[4]),
        mean_motion_ddot=_read_exponent(one[5]),
        source=source,
        received_utc=received_utc,
        classification=one[1] if one[1] != " " else "U",
        ephemeris_type=int(one[7]) if one[7] != " " else 0,
        element_set_no=int(one[8]) if one[8].strip() else None,
        rev_at_epoch=int(two[7]) if two[7].strip() else None,
    )
    check_ranges(elements)
    return elements


def _explain(line: str, columns: _Columns, number: int) -> ElementFormatError:
    """Find the first column range that breaks the format."""
    if not line.isascii():
        column = next(i for i, sign in enumerate(line, start=1) if not sign.isascii())
        return ElementFormatError(
            f"column {column} holds {line[column - 1]!r}; only ASCII is allowed",
            line=number,
            field="line",
        )
    if len(line) != LINE_LENGTH:
        return ElementFormatError(
            f"{len(line)} columns; an element line has {LINE_LENGTH}", line=number, field="line"
        )
    end = 1
    for keyword, first, last, pattern, looks in columns:
        if line[end : first - 1].strip(" "):
            return ElementFormatError(
                f"column {end + 1} before {keyword} must be blank", line=number, field="line"
            )
        value = line[first - 1 : last]
        if not re.fullmatch(pattern, value):
            return ElementFormatError(
                f"columns {first}-{last} hold {value!r}; expected {looks}",
                line=number,
                field=keyword,
            )
        end = last
    return ElementFormatError("not an element line", line=number, field="line")


@lru_cache(maxsize=64)
def _start_of_year(two_digits: int) -> datetime:
    return datetime((1900 if two_digits >= 57 else 2000) + two_digits, 1, 1, tzinfo=UTC)


def _read_epoch(field: str, number: int) -> datetime:
    """Read YYDDD.DDDDDDDD exactly: a step of the last digit is 864 us."""
    start = _start_of_year(int(field[:2]))
    day = int(field[2:5])
    days_in_year = 366 if start.year % 4 == 0 else 365  # true for 1957 to 2056
    if not 1 <= day <= days_in_year:
        raise ElementFormatError(
            f"day {day} does not exist in {start.year}", line=number, field="EPOCH"
        )
    return start + timedelta(days=day - 1, microseconds=int(field[6:]) * 864)


def _read_exponent(field: str) -> float:
    return float(f"{field[0].strip()}0.{field[1:6]}e{field[6:]}")


def _read_designator(field: str) -> str:
    piece = field[5:].strip()
    return f"{_start_of_year(int(field[:2])).year}-{field[2:5]}{piece}" if piece else ""


def _strip_name(line: str) -> str:
    return line[2:].strip() if line.startswith("0 ") else line.strip()


def _peek_number(line: str) -> int | None:
    try:
        return decode_alpha5(line[2:7])
    except ElementFormatError:
        return None


def _refuse_line(number: int, line: str, reason: str, name: tuple[int, str] | None) -> Refusal:
    return Refusal(number, name[1][:40] if name else "", _peek_number(line), "line", reason)


def _refuse_stray(number: int, line: str) -> Refusal:
    return Refusal(number, line[:40], None, "line", "neither an element line nor a name before one")


def _write_designator(object_id: str) -> str:
    match = re.fullmatch(r"(\d{4})-(\d{3})([A-Z]{1,3})", object_id, re.ASCII)
    return f"{match[1][2:]}{match[2]}{match[3]:<3}" if match else " " * 8


def _write_epoch(epoch_utc: datetime) -> str:
    start = datetime(epoch_utc.year, 1, 1, tzinfo=UTC)
    microseconds = (epoch_utc - start) // timedelta(microseconds=1)
    steps = (microseconds + 432) // 864
    days, fraction = divmod(steps, 100_000_000)
    days_in_year = 366 if start.year % 4 == 0 else 365
    if days == days_in_year:  # rounded into the next year
        start, days = datetime(epoch_utc.year + 1, 1, 1, tzinfo=UTC), 0
    return f"{start.year % 100:02d}{days + 1:03d}.{fraction:08d}"


def _write_rate(value: float) -> str:
    text = f"{abs(value):.8f}"
    if not text.startswith("0."):
        raise ElementFormatError(f"{value!r} does not fit: below 1", field="MEAN_MOTION_DOT")
    sign = "-" if value < 0 and float(text) > 0 else " "
    return sign + text[1:]


def _write_exponent(value: float, keyword: str) -> str:
    mantissa, exponent = f"{abs(value):.4e}".split("e")
    power = int(exponent) + 1
    if float(mantissa) == 0.0 or power < -9:
        return " 00000+0"
    if power > 9:
        raise ElementFormatError(f"{value!r} does not fit the columns", field=keyword)
    return f"{'-' if value < 0 else ' '}{mantissa.replace('.', '')}{power:+d}"
