"""The four encodings of an OMM, each taken apart into records of keyword and text.

Nothing is converted here. A record that cannot be taken apart is a refusal; a text that is broken
as a whole raises ElementFormatError, because what is missing from it cannot be known.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

from tle.errors import ElementFormatError
from tle.markup import parse_markup, tag_of
from tle.reading_result import Refusal

NECESSARY_KEYWORDS = ("EPOCH", "MEAN_MOTION", "ECCENTRICITY", "INCLINATION", "BSTAR")
_UNITS = {
    "MEAN_MOTION": ("rev/day",),
    "INCLINATION": ("deg",),
    "RA_OF_ASC_NODE": ("deg",),
    "ARG_OF_PERICENTER": ("deg",),
    "MEAN_ANOMALY": ("deg",),
    "BSTAR": ("1/ER",),
    "MEAN_MOTION_DOT": ("rev/day**2", "REV/DAY**2"),
    "MEAN_MOTION_DDOT": ("rev/day**3", "REV/DAY**3"),
    "GM": ("km**3/s**2", "KM**3/S**2"),
}
_KVN_LINE = re.compile(r"\s*([A-Z0-9_]+)\s*=\s*(.*?)\s*", re.ASCII)
_KVN_START = re.compile(r"\s*CCSDS_OMM_VERS\s*=.*")
_KVN_UNIT = re.compile(r"(.*?)\s*\[([^\]]*)\]", re.ASCII)


@dataclass(frozen=True, slots=True)
class OmmRecord:
    """One message: the line where it begins and its keywords with their texts."""

    line: int | None
    fields: Mapping[str, str]


def read_csv(text: str) -> Iterator[OmmRecord | Refusal]:
    """Take a CSV with a header line apart; each line is one record."""
    lines = [(number, line) for number, line in enumerate(re.split(r"\r\n|\r|\n", text), 1) if line]
    if not lines:
        raise ElementFormatError("is empty")
    header = [keyword.strip() for keyword in _split_csv(lines[0][1])]
    if len(set(header)) != len(header):
        raise ElementFormatError("the header names a column twice", line=lines[0][0])
    missing = [keyword for keyword in NECESSARY_KEYWORDS if keyword not in header]
    if missing:
        raise ElementFormatError(
            f"the header is not that of an OMM: {', '.join(missing)} missing", line=lines[0][0]
        )
    return _read_csv_rows(header, lines[1:])


def _read_csv_rows(
    header: list[str], lines: list[tuple[int, str]]
) -> Iterator[OmmRecord | Refusal]:
    for number, line in lines:
        try:
            cells = _split_csv(line)
        except ElementFormatError as error:
            yield Refusal(number, "", None, "line", error.reason)
            continue
        if len(cells) != len(header):
            reason = f"{len(cells)} cells under a header of {len(header)}"
            named = dict(zip(header, cells, strict=False))
            yield refuse_record(number, named, "line", reason)
            continue
        stripped = (cell.strip(" \t") for cell in cells)
        # an empty cell is how a CSV omits a keyword
        yield OmmRecord(number, {k: v for k, v in zip(header, stripped, strict=True) if v})


def _split_csv(line: str) -> list[str]:
    try:
        return next(csv.reader([line], strict=True))
    except csv.Error as error:
        raise ElementFormatError(f"is not CSV: {error}") from error


class _RepeatedKeyError(ValueError):
    """A JSON object that names a key twice, where one value would silently win."""


def _refuse_constant(name: str) -> str:
    raise ElementFormatError(f"holds {name}, which is not a number in JSON")


def _collect_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Keep a repeated key in sight: its record is refused, the others stay."""
    record = dict(pairs)
    if len(record) != len(pairs):
        keys = [key for key, _ in pairs]
        record[""] = next(key for key in keys if keys.count(key) > 1)
    return record


def read_json(text: str) -> Iterator[OmmRecord | Refusal]:
    """Take a JSON array of records, or one record, apart; numbers keep their literal text."""
    decoder = json.JSONDecoder(
        parse_int=str,
        parse_float=str,
        parse_constant=_refuse_constant,
        object_pairs_hook=_collect_pairs,
    )
    try:
        document = decoder.decode(text)
    except json.JSONDecodeError as error:
        raise ElementFormatError(f"is not JSON: {error.msg}", line=error.lineno) from error
    except RecursionError as error:
        raise ElementFormatError("is not an OMM: nested too deeply") from error
    if isinstance(document, dict):
        document = [document]
    if not isinstance(document, list):
        raise ElementFormatError("is JSON, but not an array of OMM records")
    if document and not any(isinstance(record, dict) and "EPOCH" in record for record in document):
        raise ElementFormatError("is JSON, but no record in it has an EPOCH")
    return _read_json_records(document, text)


def _read_json_records(document: list[Any], text: str) -> Iterator[OmmRecord | Refusal]:
    lines = _find_json_lines(text, len(document))
    for line, record in zip(lines, document, strict=True):
        if not isinstance(record, dict):
            yield Refusal(line, "", None, "record", "is not a JSON object")
            continue
        name = record.get("OBJECT_NAME")
        shown = name[:40] if isinstance(name, str) else ""
        if "" in record:
            yield Refusal(line, shown, None, str(record[""])[:40], "is given twice or has no name")
            continue
        wrong = next(
            (key for key, value in record.items() if not isinstance(value, str | None)), None
        )
        if wrong is not None:
            yield Refusal(line, shown, None, wrong[:40], "is neither a number nor a text")
            continue
        yield OmmRecord(line, {key: (value or "").strip(" \t") for key, value in record.items()})


def _find_json_lines(text: str, count: int) -> list[int]:
    """Find the line on which each record of a JSON array begins."""
    decoder = json.JSONDecoder()
    blank = re.compile(r"[\s,\[]*")
    lines, position, line = [], 0, 1
    for _ in range(count):
        start = _end_of(blank, text, position)
        line += text.count("\n", position, start)
        lines.append(line)
        _, end = decoder.raw_decode(text, start)
        line += text.count("\n", start, end)
        position = end
    return lines


def _end_of(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return match.end() if match else position


def read_kvn(text: str) -> Iterator[OmmRecord | Refusal]:
    """Take ``KEYWORD = value [unit]`` lines apart; each message begins with CCSDS_OMM_VERS."""
    lines = [
        (number, line)
        for number, line in enumerate(re.split(r"\r\n|\r|\n", text), 1)
        if line.strip() and not line.strip().startswith("COMMENT")
    ]
    if not lines:
        raise ElementFormatError("is empty")
    if not _KVN_START.fullmatch(lines[0][1]):
        raise ElementFormatError("does not begin with CCSDS_OMM_VERS", line=lines[0][0])
    return _read_kvn_messages(lines)


def _read_kvn_messages(lines: list[tuple[int, str]]) -> Iterator[OmmRecord | Refusal]:
    starts = [i for i, (_, line) in enumerate(lines) if _KVN_START.fullmatch(line)]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        fields: dict[str, str] = {}
        refusal: Refusal | None = None
        for number, line in lines[start:end]:
            match = _KVN_LINE.fullmatch(line)
            if match is None:
                reason = f"{line.strip()[:40]!r} is not KEYWORD = value"
                refusal = refusal or refuse_record(number, fields, "line", reason)
                continue
            keyword, value = match.groups()
            if keyword in fields:
                refusal = refusal or refuse_record(number, fields, keyword, "is given twice")
            unit = _KVN_UNIT.fullmatch(value)
            if unit and keyword in _UNITS:
                value = unit[1]
                if unit[2].strip() not in _UNITS[keyword]:
                    reason = f"is in {unit[2]!r}, not in {_UNITS[keyword][0]}"
                    refusal = refusal or refuse_record(number, fields, keyword, reason)
            fields[keyword] = value
        yield refusal or OmmRecord(lines[start][0], fields)


def refuse_record(
    line: int | None, fields: Mapping[str, str], keyword: str, reason: str
) -> Refusal:
    """Refuse a record by what is known of it so far."""
    number = fields.get("NORAD_CAT_ID", "").strip()
    known = int(number) if re.fullmatch("[0-9]{1,9}", number) else None
    return Refusal(line, fields.get("OBJECT_NAME", "")[:40], known, keyword[:40], reason)


def read_xml(text: str) -> Iterator[OmmRecord | Refusal]:
    """Take ``ndm`` with ``omm`` children, or one ``omm``, apart; no entities, no doctype."""
    root = parse_markup(text)
    messages = [root] if tag_of(root) == "omm" else [e for e in root if tag_of(e) == "omm"]
    if not messages:
        raise ElementFormatError(f"is XML of the kind {tag_of(root)[:40]!r}, not an OMM")
    starts = [
        text.count("\n", 0, match.start()) + 1
        for match in re.finditer(r"<(?:[\w.-]+:)?omm[\s>]", text)
    ]
    lines = starts if len(starts) == len(messages) else [None] * len(messages)
    return _read_xml_messages(messages, lines)


def _read_xml_messages(
    messages: list[Element], lines: list[int] | list[None]
) -> Iterator[OmmRecord | Refusal]:
    for line, message in zip(lines, messages, strict=True):
        fields = {"CCSDS_OMM_VERS": message.get("version", "")}
        refusal: Refusal | None = None
        for element in message.iter():
            if len(element) or element is message:
                continue
            keyword, value = tag_of(element), (element.text or "").strip()
            if keyword in ("COMMENT", "USER_DEFINED"):
                continue
            if keyword in fields:
                refusal = refusal or refuse_record(line, fields, keyword, "is given twice")
            unit = element.get("units")
            if unit and keyword in _UNITS and unit not in _UNITS[keyword]:
                reason = f"is in {unit[:20]!r}, not in {_UNITS[keyword][0]}"
                refusal = refusal or refuse_record(line, fields, keyword, reason)
            fields[keyword] = value
        yield refusal or OmmRecord(line, fields)
