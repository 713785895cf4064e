"""What a reader answers, and the checks that every format shares.

A reader keeps the good sets and says of each bad one where it stands and what is wrong with it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tle.elements import ElementSet
from tle.errors import ElementFormatError, ElementRangeError, ElementsError

WHOLE_INPUT = "file"  # ``Refusal.field`` of an input that is refused as a whole
MAX_CATALOGUE_NUMBER = 999_999_999
MAX_NAME_LENGTH = 100
MAX_NUMBER_LENGTH = 40
MAX_MEAN_MOTION_REV_DAY = 18.0  # a circular orbit with 17 rev/day is already at the surface
MAX_RATE = 10.0  # bstar in 1/Earth radii, mean motion rates in rev/day^2 and rev/day^3
SGP4_EPHEMERIS_TYPES = (0, 2, 3)  # 0 as published, 2 SGP4, 3 SDP4; 4 and 6 are other theories

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_DESIGNATOR = re.compile(r"(\d{4})-(\d{3})([A-Z]{1,3})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Say which set of an input was refused and why.

    ``line`` counts from 1 in the input; ``field`` is the OMM keyword, or ``file`` when the input
    is refused as a whole.
    """

    line: int | None
    name: str
    norad_cat_id: int | None
    field: str
    reason: str

    def __str__(self) -> str:
        if self.field == WHOLE_INPUT:
            return f"line {self.line}: {self.reason}" if self.line is not None else self.reason
        place = f"line {self.line}" if self.line is not None else "input"
        number = str(self.norad_cat_id) if self.norad_cat_id is not None else ""
        who = " ".join(part for part in (self.name, number) if part)
        return f"{place}{f' ({who})' if who else ''}: {self.field}: {self.reason}"


@dataclass(frozen=True, slots=True)
class ReadResult:
    """The sets that were read and the refusals, both in the order of the input.

    ``lines`` runs beside ``sets``: the line on which each begins, where the format tells.
    """

    sets: tuple[ElementSet, ...]
    refused: tuple[Refusal, ...]
    lines: tuple[int | None, ...] = ()

    @property
    def broken_reason(self) -> str:
        """Give the reason when the input was refused as a whole, else the empty text."""
        return next((r.reason for r in self.refused if r.field == WHOLE_INPUT), "")


def refuse_whole(reason: str, line: int | None = None) -> ReadResult:
    """Answer that nothing of the input can be used."""
    return ReadResult((), (Refusal(line, "", None, WHOLE_INPUT, reason),))


def make_refusal(
    error: ElementsError, line: int | None, name: str, norad_cat_id: int | None
) -> Refusal:
    """Turn the error of one set into its refusal; the error's own line is the better one."""
    at = error.line if error.line is not None else line
    return Refusal(at, name, norad_cat_id, error.field or "", error.reason)


def read_number(text: str, field: str, line: int | None = None) -> float:
    """Turn the text of a plain decimal number into it; raise ElementFormatError for other text."""
    if len(text) > MAX_NUMBER_LENGTH or not _NUMBER.fullmatch(text):
        raise ElementFormatError(f"{text[:40]!r} is not a number", line=line, field=field)
    return float(text)


def check_name(name: str) -> None:
    """Raise ElementFormatError for a name that no catalogue prints."""
    if len(name) > MAX_NAME_LENGTH:
        raise ElementFormatError(
            f"{len(name)} characters; a name has at most {MAX_NAME_LENGTH}", field="OBJECT_NAME"
        )
    if not name.isprintable():
        raise ElementFormatError("contains control characters", field="OBJECT_NAME")


def check_ranges(elements: ElementSet) -> None:
    """Raise ElementRangeError for the first field outside its physical or legal range."""
    violation = _find_violation(elements)
    if violation is not None:
        keyword, value, allowed = violation
        raise ElementRangeError(f"{value!r} is outside the range: {allowed}", field=keyword)


def _find_violation(elements: ElementSet) -> tuple[str, object, str] | None:
    """Return keyword, value and allowed range. A value that is not a number fails every test."""
    number = elements.norad_cat_id
    if number is not None and not 1 <= number <= MAX_CATALOGUE_NUMBER:
        return "NORAD_CAT_ID", number, "1 to 999999999"
    motion = elements.mean_motion_rev_day
    if not 0.0 < motion <= MAX_MEAN_MOTION_REV_DAY:
        return "MEAN_MOTION", motion, f"above 0 and at most {MAX_MEAN_MOTION_REV_DAY:g} rev/day"
    if not 0.0 <= elements.eccentricity < 1.0:
        return "ECCENTRICITY", elements.eccentricity, "at least 0 and below 1"
    if not 0.0 <= elements.inclination_deg <= 180.0:
        return "INCLINATION", elements.inclination_deg, "0 to 180 deg"
    if elements.ephemeris_type not in SGP4_EPHEMERIS_TYPES:
        return "EPHEMERIS_TYPE", elements.ephemeris_type, "0, 2 or 3: elements of the SGP4 theory"
    for keyword, angle_deg in (
        ("RA_OF_ASC_NODE", elements.raan_deg),
        ("ARG_OF_PERICENTER", elements.arg_perigee_deg),
        ("MEAN_ANOMALY", elements.mean_anomaly_deg),
    ):
        if not 0.0 <= angle_deg <= 360.0:
            return keyword, angle_deg, "0 to 360 deg"
    for keyword, rate, unit in (
        ("BSTAR", elements.bstar, "1/Earth radii"),
        ("MEAN_MOTION_DOT", elements.mean_motion_dot, "rev/day^2"),
        ("MEAN_MOTION_DDOT", elements.mean_motion_ddot, "rev/day^3"),
    ):
        if not -MAX_RATE <= rate <= MAX_RATE:
            return keyword, rate, f"-{MAX_RATE:g} to {MAX_RATE:g} {unit}"
    return None


def split_designator(object_id: str) -> tuple[int, int, str] | None:
    """Split 2014-024A into launch year, number and piece; None for any other text."""
    match = _DESIGNATOR.fullmatch(object_id)
    return (int(match[1]), int(match[2]), match[3]) if match else None
