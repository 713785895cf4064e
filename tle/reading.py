"""Read element sets in whatever format they come, and say plainly when it is something else."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Literal

from tle.errors import ElementFormatError, IdentityError, PropagationError
from tle.oem import OemResult
from tle.oem_format import OemEncoding, read_oem
from tle.omm_format import read_omm
from tle.propagation import check_at_epoch
from tle.reading_result import ReadResult, Refusal, refuse_whole
from tle.tle_format import read_tle

__all__ = [
    "ReadResult",
    "Refusal",
    "detect_format",
    "read_elements",
    "read_ephemeris",
    "require_object",
]

Format = Literal["tle", "csv", "json", "kvn", "xml", "oem-kvn", "oem-xml"]
MAX_REFUSALS = 1_000  # more are counted, not listed

_HTML = re.compile(r"<!doctype\s+html|<html[\s>]|<head[\s>]", re.IGNORECASE)
_XML_ROOT = re.compile(r"<(?:[\w.-]+:)?(omm|oem|ndm)[\s>/]", re.IGNORECASE)
_ELEMENT_LINE = re.compile(r"^\s*[12] .{40,}", re.MULTILINE)
_OTHER_FILES = (
    (b"\x1f\x8b", "compressed (gzip)", "unpack it first"),
    (b"PK\x03\x04", "compressed (zip)", "unpack it first"),
    (b"BZh", "compressed (bzip2)", "unpack it first"),
    (b"\xfd7zXZ", "compressed (xz)", "unpack it first"),
    (b"\x28\xb5\x2f\xfd", "compressed (zstd)", "unpack it first"),
    (b"\xff\xfe", "UTF-16 text", "save it as UTF-8"),
    (b"\xfe\xff", "UTF-16 text", "save it as UTF-8"),
)
_NO_DATA = re.compile(r"no gp data found", re.IGNORECASE)


def read_elements(data: bytes | str, *, source: str, received_utc: datetime) -> ReadResult:
    """Read every element set of a file or answer, each checked at its epoch by SGP4 too.

    Never raises for what stands in the input: an input that is something else (empty, a web page,
    an OEM) is one refusal of the whole.
    """
    try:
        text = _decode(data)
        kind = detect_format(text)
    except ElementFormatError as error:
        return refuse_whole(error.reason)
    if kind in ("oem-kvn", "oem-xml"):
        return refuse_whole("is an orbit ephemeris message (OEM), not element sets")
    if kind == "tle":
        result = read_tle(text, source=source, received_utc=received_utc)
    else:
        result = read_omm(text, encoding=kind, source=source, received_utc=received_utc)
    return _limit_refusals(_drop_unsound(result))


def read_ephemeris(data: bytes | str, *, source: str, received_utc: datetime) -> OemResult | None:
    """Read an OEM; None when the input is not one (``read_elements`` then says what it is)."""
    try:
        text = _decode(data)
        kind = detect_format(text)
    except ElementFormatError:
        return None
    if kind not in ("oem-kvn", "oem-xml"):
        return None
    encoding: OemEncoding = "kvn" if kind == "oem-kvn" else "xml"
    return read_oem(text, encoding=encoding, source=source, received_utc=received_utc)


def detect_format(text: str) -> Format:
    """Name the format of a text by its content; raise ElementFormatError when it is none."""
    body = text.strip()
    if not body:
        raise ElementFormatError("is empty; give TLE, OMM or OEM text")
    if body.startswith("<"):
        return _detect_markup(body)
    if body[0] in "[{":
        return "json"
    if _NO_DATA.search(body[:200]):
        raise ElementFormatError('says "No GP data found": the source has no such object')
    first = next(
        (line for line in body.splitlines() if line.strip() and not line.startswith("COMMENT")), ""
    ).strip()
    if first.startswith("CCSDS_OMM_VERS"):
        return "kvn"
    if first.startswith("CCSDS_OEM_VERS"):
        return "oem-kvn"
    if "," in first and re.search(r"(^|,)\s*\"?EPOCH\"?\s*(,|$)", first):
        return "csv"
    if _ELEMENT_LINE.search(body):
        return "tle"
    raise ElementFormatError(
        f"begins with {first[:40]!r}, which is neither TLE nor OMM (CSV, JSON, KVN, XML) "
        "nor OEM (KVN, XML)"
    )


def require_object(result: ReadResult, norad_cat_id: int) -> ReadResult:
    """Return the result if every set is of this object; raise IdentityError otherwise."""
    for elements in result.sets:
        if elements.norad_cat_id != norad_cat_id:
            raise IdentityError(
                f"the elements are of {elements.norad_cat_id} ({elements.name or 'no name'}), "
                f"not of {norad_cat_id}",
                field="NORAD_CAT_ID",
            )
    return result


def _detect_markup(body: str) -> Format:
    head = body[:4096]
    if _HTML.search(head):
        title = re.search(r"<title[^>]*>(.{0,80})", head, re.IGNORECASE | re.DOTALL)
        shown = f" titled {title[1].partition('<')[0].strip()!r}" if title else ""
        raise ElementFormatError(f"is a web page{shown}, not element sets")
    roots = [match[1].lower() for match in _XML_ROOT.finditer(body)]
    if "oem" in roots and "omm" not in roots:
        return "oem-xml"
    return "xml"


def _decode(data: bytes | str) -> str:
    if isinstance(data, str):
        text = data
    else:
        for head, kind, remedy in _OTHER_FILES:
            if data.startswith(head):
                raise ElementFormatError(f"is {kind}; {remedy}")
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise ElementFormatError(
                f"is not UTF-8 text (byte {error.start}); save it as UTF-8"
            ) from error
    if "\x00" in text:
        raise ElementFormatError("holds zero bytes and is not text")
    return text.removeprefix("\ufeff")


def _drop_unsound(result: ReadResult) -> ReadResult:
    """Move the sets that SGP4 refuses at their own epoch to the refusals."""
    sets, lines, refused = [], [], list(result.refused)
    for elements, line in zip(result.sets, result.lines, strict=True):
        try:
            check_at_epoch(elements)
        except PropagationError as error:
            refused.append(Refusal(line, elements.name, elements.norad_cat_id, "orbit", str(error)))
        else:
            sets.append(elements)
            lines.append(line)
    refused.sort(key=lambda refusal: refusal.line or 0)
    return ReadResult(tuple(sets), tuple(refused), tuple(lines))


def _limit_refusals(result: ReadResult) -> ReadResult:
    more = len(result.refused) - MAX_REFUSALS
    if more <= 0:
        return result
    last = Refusal(None, "", None, "line", f"{more} more refusals are not listed")
    return ReadResult(result.sets, (*result.refused[:MAX_REFUSALS], last), result.lines)
