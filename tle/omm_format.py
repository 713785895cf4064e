"""Orbit mean-elements messages (CCSDS 502.0-B OMM) as CSV, JSON, KVN and XML, read strictly.

Each encoding gives records of keyword and text; one function turns a record into an element set,
so all four refuse the same things. Numbers are judged as text, before any conversion. What the
feeds leave out is assumed (EARTH, TEME, UTC, SGP4); any other value is refused.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from tle.elements import ElementSet
from tle.errors import ElementFormatError, ElementsError, TimeError
from tle.omm_records import OmmRecord, read_csv, read_json, read_kvn, read_xml, refuse_record
from tle.reading_result import (
    ReadResult,
    Refusal,
    check_name,
    check_ranges,
    read_number,
    refuse_whole,
)
from tle.timebase import UNIX_EPOCH_UTC, parse_ccsds_utc

# What the writers put out: the column order of the public catalogue's CSV.
COLUMNS = (
    "OBJECT_NAME",
    "OBJECT_ID",
    "EPOCH",
    "MEAN_MOTION",
    "ECCENTRICITY",
    "INCLINATION",
    "RA_OF_ASC_NODE",
    "ARG_OF_PERICENTER",
    "MEAN_ANOMALY",
    "EPHEMERIS_TYPE",
    "CLASSIFICATION_TYPE",
    "NORAD_CAT_ID",
    "ELEMENT_SET_NO",
    "REV_AT_EPOCH",
    "BSTAR",
    "MEAN_MOTION_DOT",
    "MEAN_MOTION_DDOT",
)
_ASSUMED: Mapping[str, tuple[str, ...]] = {
    "CENTER_NAME": ("EARTH",),
    "REF_FRAME": ("TEME",),
    "TIME_SYSTEM": ("UTC",),
    "MEAN_ELEMENT_THEORY": ("SGP4", "SGP/SGP4"),
    "CCSDS_OMM_VERS": ("2.0", "3.0"),
}
_OTHER_THEORY = ("SEMI_MAJOR_AXIS", "BTERM", "AGOM")  # keywords that no SGP4 set carries
_INTEGER = re.compile(r"\+?[0-9]+")
_MAX_ID_LENGTH = 40

_READERS = {"csv": read_csv, "json": read_json, "kvn": read_kvn, "xml": read_xml}


def read_omm(text: str, *, encoding: str, source: str, received_utc: datetime) -> ReadResult:
    """Read every message of a text in one encoding: ``csv``, ``json``, ``kvn`` or ``xml``."""
    try:
        records = _READERS[encoding](text)
    except ElementFormatError as error:
        return refuse_whole(error.reason, error.line)
    return _read_records(records, source, received_utc)


def write_omm_csv(sets: Iterable[ElementSet]) -> str:
    """Write sets as OMM CSV, every number so that it reads back to the same value."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(_write_record(elements) for elements in sets)
    return out.getvalue()


def write_omm_json(sets: Iterable[ElementSet]) -> str:
    """Write sets as a JSON array of OMM records; numbers are JSON numbers."""
    records = []
    for elements in sets:
        record: dict[str, Any] = dict(_write_record(elements))
        for keyword, value in _list_numbers(elements):
            record[keyword] = value
        records.append(record)
    return json.dumps(records, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _read_records(
    records: Iterable[OmmRecord | Refusal], source: str, received_utc: datetime
) -> ReadResult:
    sets: list[ElementSet] = []
    lines: list[int | None] = []
    refused: list[Refusal] = []
    for record in records:
        if isinstance(record, Refusal):
            refused.append(record)
            continue
        try:
            sets.append(_read_record(record.fields, source, received_utc))
            lines.append(record.line)
        except ElementsError as error:
            refused.append(
                refuse_record(record.line, record.fields, error.field or "", error.reason)
            )
    if not sets and not refused:
        return refuse_whole("holds no element set")
    return ReadResult(tuple(sets), tuple(refused), tuple(lines))


def _read_record(fields: Mapping[str, str], source: str, received_utc: datetime) -> ElementSet:
    _check_assumptions(fields)
    name = fields.get("OBJECT_NAME", "")
    check_name(name)
    elements = ElementSet(
        name=name,
        norad_cat_id=_read_optional_number(fields),
        object_id=_read_object_id(fields.get("OBJECT_ID", "")),
        epoch_utc=_read_epoch(fields),
        mean_motion_rev_day=_read_number(fields, "MEAN_MOTION"),
        eccentricity=_read_number(fields, "ECCENTRICITY"),
        inclination_deg=_read_number(fields, "INCLINATION"),
        raan_deg=_read_number(fields, "RA_OF_ASC_NODE"),
        arg_perigee_deg=_read_number(fields, "ARG_OF_PERICENTER"),
        mean_anomaly_deg=_read_number(fields, "MEAN_ANOMALY"),
        bstar=_read_number(fields, "BSTAR"),
        mean_motion_dot=_read_number(fields, "MEAN_MOTION_DOT", default=0.0),
        mean_motion_ddot=_read_number(fields, "MEAN_MOTION_DDOT", default=0.0),
        source=source,
        received_utc=received_utc,
        classification=_read_classification(fields.get("CLASSIFICATION_TYPE", "")),
        ephemeris_type=_read_count(fields, "EPHEMERIS_TYPE", 1) or 0,
        element_set_no=_read_count(fields, "ELEMENT_SET_NO", 6),
        rev_at_epoch=_read_count(fields, "REV_AT_EPOCH", 9),
    )
    check_ranges(elements)
    return elements


def _check_assumptions(fields: Mapping[str, str]) -> None:
    for keyword, allowed in _ASSUMED.items():
        value = fields.get(keyword)
        if value and value not in allowed:
            raise ElementFormatError(
                f"{value[:40]!r} is not supported; only {' or '.join(allowed)}", field=keyword
            )
    for keyword in _OTHER_THEORY:
        if fields.get(keyword):
            raise ElementFormatError("belongs to another theory than SGP4", field=keyword)


def _read_number(fields: Mapping[str, str], keyword: str, default: float | None = None) -> float:
    text = fields.get(keyword)
    if text is None:
        if default is None:
            raise ElementFormatError("is missing", field=keyword)
        return default
    return read_number(text, keyword)


def _read_count(fields: Mapping[str, str], keyword: str, max_digits: int) -> int | None:
    text = fields.get(keyword, "")
    if not text:
        return None
    if len(text) > max_digits + 5 or not _INTEGER.fullmatch(text) or int(text) >= 10**max_digits:
        raise ElementFormatError(
            f"{text[:40]!r} is not a whole number of up to {max_digits} digits", field=keyword
        )
    return int(text)


def read_catalogue_number(text: str) -> int:
    """Read a number of 1 to 9 digits; leading zeros and a plus sign are legal."""
    if len(text) > 20 or not _INTEGER.fullmatch(text) or not 1 <= int(text) <= 999_999_999:
        raise ElementFormatError(
            f"{text[:40]!r} is not a number of 1 to 9 digits; leave the keyword out for an object "
            "without a number",
            field="NORAD_CAT_ID",
        )
    return int(text)


def _read_optional_number(fields: Mapping[str, str]) -> int | None:
    text = fields.get("NORAD_CAT_ID")
    return None if text is None else read_catalogue_number(text)


def _read_object_id(text: str) -> str:
    if len(text) > _MAX_ID_LENGTH or not text.isprintable():
        raise ElementFormatError(
            f"is longer than {_MAX_ID_LENGTH} or holds control characters", field="OBJECT_ID"
        )
    return "" if text == "UNKNOWN" else text


def _read_classification(text: str) -> str:
    if text not in ("", "U", "C", "S"):
        raise ElementFormatError(f"{text[:40]!r} is not U, C or S", field="CLASSIFICATION_TYPE")
    return text or "U"


def _read_epoch(fields: Mapping[str, str]) -> datetime:
    text = fields.get("EPOCH")
    if not text:
        raise ElementFormatError("is missing", field="EPOCH")
    try:
        return parse_ccsds_utc(text)
    except TimeError as error:
        raise ElementFormatError(str(error).removeprefix("EPOCH: "), field="EPOCH") from error


def _write_record(elements: ElementSet) -> dict[str, str]:
    microseconds = (elements.epoch_utc - UNIX_EPOCH_UTC).microseconds
    record = {
        "OBJECT_NAME": elements.name,
        "OBJECT_ID": elements.object_id,
        "EPOCH": f"{elements.epoch_utc:%Y-%m-%dT%H:%M:%S}.{microseconds:06d}",
        "EPHEMERIS_TYPE": str(elements.ephemeris_type),
        "CLASSIFICATION_TYPE": elements.classification,
        "NORAD_CAT_ID": _write_optional(elements.norad_cat_id),
        "ELEMENT_SET_NO": _write_optional(elements.element_set_no),
        "REV_AT_EPOCH": _write_optional(elements.rev_at_epoch),
    }
    record.update((keyword, repr(value)) for keyword, value in _list_numbers(elements))
    return {keyword: record[keyword] for keyword in COLUMNS}


def _list_numbers(elements: ElementSet) -> tuple[tuple[str, float], ...]:
    return (
        ("MEAN_MOTION", elements.mean_motion_rev_day),
        ("ECCENTRICITY", elements.eccentricity),
        ("INCLINATION", elements.inclination_deg),
        ("RA_OF_ASC_NODE", elements.raan_deg),
        ("ARG_OF_PERICENTER", elements.arg_perigee_deg),
        ("MEAN_ANOMALY", elements.mean_anomaly_deg),
        ("BSTAR", elements.bstar),
        ("MEAN_MOTION_DOT", elements.mean_motion_dot),
        ("MEAN_MOTION_DDOT", elements.mean_motion_ddot),
    )


def _write_optional(value: int | None) -> str:
    return "" if value is None else str(value)
