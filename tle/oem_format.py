"""OEM (CCSDS 502.0-B) as KVN and XML, text to object and back, strictly."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Literal
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from tle.errors import ElementFormatError, ElementsError, TimeError
from tle.markup import parse_markup, tag_of
from tle.oem import Oem, OemResult, OemSegment, StateRow, check_segments, make_segment
from tle.reading_result import WHOLE_INPUT, Refusal, read_number
from tle.timebase import from_unix_s, parse_ccsds_utc

OemEncoding = Literal["kvn", "xml"]
VERSIONS = ("1.0", "2.0", "3.0")
_LINE = re.compile(r"\s*([A-Z0-9_]+)\s*=\s*(.*?)\s*", re.ASCII)
_STATE_TAGS = ("X", "Y", "Z", "X_DOT", "Y_DOT", "Z_DOT")
_UNITS = {**dict.fromkeys(_STATE_TAGS[:3], "km"), **dict.fromkeys(_STATE_TAGS[3:], "km/s")}


def read_oem(text: str, *, encoding: OemEncoding, source: str, received_utc: datetime) -> OemResult:
    """Read one message; anything wrong in it refuses it whole, with line, field and reason.

    XML has no lines here: there ``line`` counts the states of a segment.
    """
    try:
        header, segments = (_read_kvn if encoding == "kvn" else _read_xml)(text)
        _check_version(header.get("CCSDS_OEM_VERS", ""))
        check_segments(segments)
        creation_utc = _read_creation(header.get("CREATION_DATE", ""), received_utc)
    except ElementsError as error:
        refusal = Refusal(error.line, "", None, error.field or WHOLE_INPUT, error.reason)
        return OemResult(None, (refusal,))
    originator = header.get("ORIGINATOR", "")
    return OemResult(Oem(originator, creation_utc, tuple(segments), source, received_utc))


def write_oem(message: Oem, *, encoding: OemEncoding = "kvn") -> str:
    """Write a message of version 2.0 in UTC: positions to 1 um, velocities 1 nm/s, times 1 us."""
    return _write_kvn(message) if encoding == "kvn" else _write_xml(message)


def _check_version(version: str) -> None:
    if version not in VERSIONS:
        raise ElementFormatError(
            f"{version[:20]!r} is not a version of OEM: {', '.join(VERSIONS)}",
            field="CCSDS_OEM_VERS",
        )


def _read_creation(text: str, received_utc: datetime) -> datetime:
    try:
        return parse_ccsds_utc(text, field="CREATION_DATE") if text else received_utc
    except TimeError as error:
        raise ElementFormatError(str(error), field="CREATION_DATE") from error


def _read_kvn(text: str) -> tuple[dict[str, str], list[OemSegment]]:
    header: dict[str, str] = {}
    segments: list[OemSegment] = []
    fields, rows, mode, meta_line = header, list[StateRow](), "header", 1
    for number, raw in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        line = raw.strip()
        if not line or line.startswith("COMMENT"):
            continue
        if mode == "covariance":
            mode = "data" if line == "COVARIANCE_STOP" else mode
        elif line == "COVARIANCE_START" and mode == "data":
            mode = "covariance"
        elif line == "META_START" and mode in ("header", "data"):
            if mode == "data":
                segments.append(make_segment(fields, rows, meta_line))
            mode, meta_line, fields, rows = "meta", number, {}, []
        elif line == "META_STOP" and mode == "meta":
            mode = "data"
        elif mode == "data":
            rows.append(_read_state_line(line, number))
        else:
            _add_field(fields, line, number)
    if mode != "data":
        raise ElementFormatError("ends before the states of a segment")
    segments.append(make_segment(fields, rows, meta_line))
    return header, segments


def _add_field(fields: dict[str, str], line: str, number: int) -> None:
    match = _LINE.fullmatch(line)
    if match is None:
        raise ElementFormatError(f"{line[:40]!r} is not KEYWORD = value", line=number, field="line")
    if match[1] in fields:
        raise ElementFormatError("is given twice", line=number, field=match[1])
    fields[match[1]] = match[2]


def _read_state_line(line: str, number: int) -> StateRow:
    epoch, *words = line.split()
    if len(words) not in (6, 9):
        raise ElementFormatError(
            f"{len(words)} numbers after the epoch; a state has 6 (with accelerations 9)",
            line=number,
            field="states",
        )
    return number, epoch, [read_number(word, "states", number) for word in words][:6]


def _read_xml(text: str) -> tuple[dict[str, str], list[OemSegment]]:
    root = parse_markup(text)
    messages = [root] if tag_of(root) == "oem" else [e for e in root if tag_of(e) == "oem"]
    if len(messages) != 1:
        raise ElementFormatError(f"holds {len(messages)} OEM messages; give exactly one")
    header = {"CCSDS_OEM_VERS": messages[0].get("version", "")}
    segments: list[OemSegment] = []
    for part in messages[0]:
        if tag_of(part) == "header":
            header.update(_collect(part))
        elif tag_of(part) == "body":
            segments += [_read_xml_segment(e) for e in part if tag_of(e) == "segment"]
    return header, segments


def _read_xml_segment(segment: Element) -> OemSegment:
    fields: dict[str, str] = {}
    rows: list[StateRow] = []
    for part in segment:
        if tag_of(part) == "metadata":
            fields = _collect(part)
        elif tag_of(part) == "data":
            for state in part:
                if tag_of(state) == "stateVector":
                    rows.append(_read_xml_state(state, len(rows) + 1))
    return make_segment(fields, rows, 1)


def _read_xml_state(state: Element, ordinal: int) -> StateRow:
    values = _collect(state)
    for element in state:
        unit, wanted = element.get("units"), _UNITS.get(tag_of(element))
        if unit and wanted and unit != wanted:
            raise ElementFormatError(
                f"is in {unit[:20]!r}, not in {wanted}", line=ordinal, field=tag_of(element)
            )
    missing = next((tag for tag in ("EPOCH", *_STATE_TAGS) if not values.get(tag)), None)
    if missing:
        raise ElementFormatError("is missing", line=ordinal, field=missing)
    numbers = [read_number(values[tag], tag, ordinal) for tag in _STATE_TAGS]
    return ordinal, values["EPOCH"], numbers


def _collect(parent: Element) -> dict[str, str]:
    fields: dict[str, str] = {}
    for element in parent:
        keyword = tag_of(element)
        if keyword == "COMMENT" or len(element):
            continue
        if keyword in fields:
            raise ElementFormatError("is given twice", field=keyword[:40])
        fields[keyword] = (element.text or "").strip()
    return fields


def _list_metadata(segment: OemSegment) -> list[tuple[str, str]]:
    pairs = [
        ("OBJECT_NAME", segment.object_name),
        ("OBJECT_ID", segment.object_id or "UNKNOWN"),
        ("CENTER_NAME", "EARTH"),
        ("REF_FRAME", segment.ref_frame),
        ("TIME_SYSTEM", "UTC"),
        ("START_TIME", _write_instant(float(segment.unix_s[0]))),
        ("USEABLE_START_TIME", _write_instant(segment.useable_from_unix_s)),
        ("USEABLE_STOP_TIME", _write_instant(segment.useable_to_unix_s)),
        ("STOP_TIME", _write_instant(float(segment.unix_s[-1]))),
    ]
    if segment.interpolation:
        pairs.append(("INTERPOLATION", segment.interpolation))
        pairs.append(("INTERPOLATION_DEGREE", str(segment.interpolation_degree or 7)))
    return pairs


def _list_states(segment: OemSegment) -> list[tuple[str, ...]]:
    return [
        (
            _write_instant(float(instant)),
            *(f"{x:.9f}" for x in position),
            *(f"{x:.12f}" for x in velocity),
        )
        for instant, position, velocity in zip(
            segment.unix_s, segment.position_km, segment.velocity_km_s, strict=True
        )
    ]


def _write_instant(unix_s: float) -> str:
    return f"{from_unix_s(unix_s):%Y-%m-%dT%H:%M:%S.%f}"


def _write_kvn(message: Oem) -> str:
    lines = [
        "CCSDS_OEM_VERS = 2.0",
        f"CREATION_DATE = {message.creation_utc:%Y-%m-%dT%H:%M:%S.%f}",
        f"ORIGINATOR = {message.originator or 'UNKNOWN'}",
    ]
    for segment in message.segments:
        lines += ["", "META_START"]
        lines += [f"COMMENT {segment.comment}"] if segment.comment else []
        lines += [f"{keyword} = {value}" for keyword, value in _list_metadata(segment)]
        lines += ["META_STOP", ""]
        lines += [" ".join(state) for state in _list_states(segment)]
    return "\n".join(lines) + "\n"


def _write_xml(message: Oem) -> str:
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<oem id="CCSDS_OEM_VERS" version="2.0">',
        f"<header><CREATION_DATE>{message.creation_utc:%Y-%m-%dT%H:%M:%S.%f}</CREATION_DATE>"
        f"<ORIGINATOR>{escape(message.originator or 'UNKNOWN')}</ORIGINATOR></header>",
        "<body>",
    ]
    for segment in message.segments:
        lines.append("<segment><metadata>")
        lines += [f"<COMMENT>{escape(segment.comment)}</COMMENT>"] if segment.comment else []
        lines += [f"<{key}>{escape(value)}</{key}>" for key, value in _list_metadata(segment)]
        lines.append("</metadata><data>")
        for epoch, *numbers in _list_states(segment):
            values = "".join(
                f"<{tag}>{number}</{tag}>" for tag, number in zip(_STATE_TAGS, numbers, strict=True)
            )
            lines.append(f"<stateVector><EPOCH>{epoch}</EPOCH>{values}</stateVector>")
        lines.append("</data></segment>")
    return "\n".join([*lines, "</body></oem>"]) + "\n"
