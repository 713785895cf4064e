"""Passes as the records that other programs read: JSON, NDJSON, CSV; and as a table for people.

One record per pass with the field names of ``CSV_FIELDS``, in every format. A whole catalogue has
hundreds of thousands of passes, so text is made column by column and once per satellite.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from json.encoder import encode_basestring_ascii as _quote
from typing import BinaryIO, Literal

import numpy as np

from app.exports.fixed_rows import FixedRows, iso_texts
from app.exports.pass_table_text import FOOT, HEAD, UNITS, table_lines
from app.exports.window_texts import PassChunk as PassChunk
from app.exports.window_texts import append_cuts, append_optional, append_windows
from scheduler.prediction.passes import NO_ORBIT_NUMBER, PassTable, TrackedObject
from scheduler.window_table import IntArray
from tle.offers import OemOrbit
from tle.timebase import FloatArray, to_unix_s

PassFormat = Literal["table", "json", "ndjson", "csv"]
CSV_FIELDS = (
    "pass_id",
    "satellite_id",
    "name",
    "norad_cat_id",
    "station_id",
    "aos_utc",
    "tca_utc",
    "culmination_utc",
    "los_utc",
    "duration_s",
    "max_elevation_deg",
    "aos_azimuth_deg",
    "culmination_azimuth_deg",
    "los_azimuth_deg",
    "starts_before_span",
    "ends_after_span",
    "orbit_number",
    "element_set_id",
    "element_epoch_utc",
    "element_age_s",
    "element_grade",
    "served_by",
    "timing_sigma_s",
    "timing_bound95_s",
    "alternative_aos_utc",
    "sun_elevation_deg",
    "sunlit",
    "windows",
    "cuts",
)
CSV_HEAD = ",".join(CSV_FIELDS) + "\r\n"
_ROWS_AT_ONCE = 2_000
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def write_passes(stream: BinaryIO, chunks: Iterable[PassChunk], format: PassFormat) -> int:
    """Write passes as the chunks arrive and return how many; only ``table`` waits for the end."""
    if format == "table":
        return _write_table(stream, chunks)
    if format == "csv":
        return _write_csv(stream, chunks)
    if format == "ndjson":
        count = 0
        for chunk in chunks:
            count += len(chunk.table)
            for lines in _write_in_blocks(chunk):
                stream.write(lines.encode("\n"))
        return count
    return _write_json(stream, chunks)


def encode_records(chunk: PassChunk, first: int = 0, end: int | None = None) -> list[str]:
    """Return rows ``first`` to ``end`` of a chunk, each as the text of one JSON object."""
    return _write_records(chunk, first, len(chunk.table) if end is None else end).lines()


def _write_in_blocks(chunk: PassChunk) -> Iterator[FixedRows]:
    """Write the records of a chunk in blocks that fit into a processor's cache."""
    for first in range(0, len(chunk.table), _ROWS_AT_ONCE):
        yield _write_records(chunk, first, first + _ROWS_AT_ONCE)


def _write_records(chunk: PassChunk, first: int, end: int) -> FixedRows:
    """Write rows ``first`` to ``end`` of a chunk, each as one JSON object."""
    table, grades = _take_rows(chunk, slice(first, end))
    station_id = _quote(table.station_id)
    heads = [
        f'","satellite_id":{_quote(item.satellite_id)},"name":{_quote(item.name)},"norad_cat_id":'
        f'{_write_number(item, "null")},"station_id":{station_id}'
        for item in table.objects
    ]
    sets = [
        f',"element_set_id":"{item.elements.element_set_id}","element_epoch_utc":"{epoch_utc}",'
        '"element_age_s":'
        for item, epoch_utc in zip(table.objects, iso_texts(_epochs_unix_s(table)), strict=True)
    ]
    tails = [
        f',"element_grade":{_quote(grade)},"served_by":"{_served_by(item)}"'
        for item, grade in zip(table.objects, grades, strict=True)
    ]
    at = table.object_index
    lines = _append_pass_ids(FixedRows(len(table)).text('{"pass_id":"'), table)
    _append_geometry(lines.texts(heads, at), table, _JSON_GEOMETRY)
    _append_orbit_numbers(lines.text(',"orbit_number":'), table, "null")
    _append_ages(lines.texts(sets, at), table)
    lines.texts(tails, at).text(',"timing_sigma_s":')
    append_optional(lines, table.timing_sigma_s, "null")
    append_optional(lines.text(',"timing_bound95_s":'), table.timing_bound95_s, "null")
    lines.text(',"alternative_aos_utc":')
    lines.texts(*_alternatives(table, "null", '"')).text(',"sun_elevation_deg":')
    _append_light(lines, table, ',"sunlit":', "null")
    append_windows(lines.text(',"windows":['), chunk, first, len(table))
    return append_cuts(lines.text('],"cuts":['), chunk, first, len(table)).text("]}")


def _take_rows(chunk: PassChunk, rows: slice) -> tuple[PassTable, Sequence[str]]:
    """Return some rows as a table of their own, with only their objects and the grades of these."""
    table = chunk.table.take(rows)
    at = table.object_index
    # a satellite with several origins (scheduler.prediction.origins) goes back and forth in them
    first, end = (int(at.min()), int(at.max()) + 1) if len(at) else (0, 0)
    objects = table.objects[first:end]
    return replace(table, objects=objects, object_index=at - first), chunk.grades[first:end]


def answer_records(table: PassTable) -> list[dict[str, str]]:
    """Return the results that are no passes: who never rises, never sets, decays, is refused."""
    return [
        {
            "satellite_id": answer.satellite_id,
            "station_id": answer.station_id,
            "kind": answer.kind,
            "detail": answer.detail,
        }
        for answer in table.answers
    ]


_Texts = tuple[str, str, str, str, str, str, str, str, str, str, str]
_JSON_GEOMETRY: _Texts = (
    ',"aos_utc":"',
    '","tca_utc":"',
    '","culmination_utc":"',
    '","los_utc":"',
    '","duration_s":',
    ',"max_elevation_deg":',
    ',"aos_azimuth_deg":',
    ',"culmination_azimuth_deg":',
    ',"los_azimuth_deg":',
    ',"starts_before_span":',
    ',"ends_after_span":',
)
_CSV_GEOMETRY: _Texts = ("",) + (",",) * 10


def _append_geometry(lines: FixedRows, table: PassTable, texts: _Texts) -> None:
    """Append the geometry of each pass, each column after its text."""
    aos_s, los_s = table.aos_unix_s, table.los_unix_s
    instants = (aos_s, table.tca_unix_s, table.culmination_unix_s, los_s)
    for text, column in zip(texts[:4], instants, strict=True):
        lines.text(text).instants(column)
    lines.text(texts[4]).numbers(los_s - aos_s, digits=8, decimals=3)
    lines.text(texts[5]).numbers(table.max_elevation_deg, digits=2, decimals=4)
    azimuths = (table.aos_azimuth_deg, table.culmination_azimuth_deg, table.los_azimuth_deg)
    for text, column in zip(texts[6:9], azimuths, strict=True):
        lines.text(text).numbers(column, digits=3, decimals=3)
    lines.text(texts[9]).flags(table.starts_before_span)
    lines.text(texts[10]).flags(table.ends_after_span)


def _append_ages(lines: FixedRows, table: PassTable) -> None:
    """Append AOS minus epoch."""
    age_s = table.aos_unix_s - _epochs_unix_s(table)[table.object_index]
    lines.numbers(age_s, digits=10, decimals=3)


def _epochs_unix_s(table: PassTable) -> FloatArray:
    return np.array([to_unix_s(item.elements.epoch_utc) for item in table.objects])


def _write_number(tracked: TrackedObject, missing: str) -> str:
    number = tracked.elements.norad_cat_id
    return missing if number is None else str(number)


def _append_pass_ids(lines: FixedRows, table: PassTable) -> FixedRows:
    """Name the passes as ``scheduler.prediction.passes.make_pass_id`` does."""
    heads, tails = _pass_id_ends(table)
    at = table.object_index
    lines.texts([_quote(head)[1:-1] for head in heads], at)
    return lines.stamps(table.culmination_unix_s).texts(tails, at)


def _pass_id_ends(table: PassTable) -> tuple[list[str], list[str]]:
    """Return what stands before and after the instant in the pass ids of each object."""
    heads = [f"{table.station_id}.{item.satellite_id}." for item in table.objects]
    return heads, [f".{item.elements.element_set_id[:8]}" for item in table.objects]


def _append_orbit_numbers(lines: FixedRows, table: PassTable, missing: str) -> None:
    numbers = table.orbit_number
    known = np.where(numbers == NO_ORBIT_NUMBER, np.nan, numbers)
    lines.numbers(known, digits=9, decimals=0, missing=missing)


def _append_light(lines: FixedRows, table: PassTable, between: str, missing: str) -> None:
    """Append the Sun's elevation and whether the satellite is sunlit, where they were asked."""
    if table.sun_elevation_deg is None or table.sunlit is None:
        lines.text(missing + between + missing)
    else:
        lines.numbers(table.sun_elevation_deg, digits=2, decimals=2)
        lines.text(between).flags(table.sunlit)


def _alternatives(table: PassTable, missing: str, mark: str) -> tuple[list[str], IntArray]:
    """Write the AOS by the set before a manoeuvre between marks: texts, and which each row has."""
    which = np.zeros(len(table), dtype=np.int64)
    values = table.alternative_aos_unix_s
    if values is None:
        return [missing], which
    known = np.flatnonzero(~np.isnan(values))
    which[known] = 1 + np.arange(len(known))
    return [missing, *(f"{mark}{text}{mark}" for text in iso_texts(values[known]))], which


def _served_by(tracked: TrackedObject) -> str:
    """Say what a pass was predicted from."""
    return "ephemeris" if isinstance(tracked.elements, OemOrbit) else "element_set"


def _write_table(stream: BinaryIO, chunks: Iterable[PassChunk]) -> int:
    lines = []
    for chunk in chunks:
        lines.extend(table_lines(chunk.table, chunk.windows, tuple(chunk.grades)))
    lines.sort(key=lambda line: line[0])
    text = "\n".join([HEAD, UNITS, *(line for _, line in lines), FOOT])
    stream.write((text + "\n").encode("utf-8", "replace"))
    return len(lines)


def _write_json(stream: BinaryIO, chunks: Iterable[PassChunk]) -> int:
    count = 0
    answers: list[dict[str, str]] = []
    stream.write(b'{"passes":[')
    for chunk in chunks:
        answers.extend(answer_records(chunk.table))
        for lines in _write_in_blocks(chunk):
            stream.write(b",\n" if count else b"\n")
            stream.write(lines.encode(",\n")[:-2])
            count += len(lines)
    stream.write(('\n],"answers":' + json.dumps(answers) + "}\n").encode("utf-8"))
    return count


def _write_csv(stream: BinaryIO, chunks: Iterable[PassChunk]) -> int:
    """Write a header and one line per pass; windows and cuts are JSON arrays in their cells."""
    count = 0
    stream.write(CSV_HEAD.encode("ascii"))
    for chunk in chunks:
        lines = encode_csv(chunk)
        count += len(lines)
        stream.write("".join(lines).encode("utf-8", "replace"))
    return count


def encode_csv(chunk: PassChunk) -> list[str]:
    """Return the rows of a chunk, each as a line of CSV under ``CSV_HEAD``."""
    table = chunk.table
    windows = append_windows(FixedRows(len(table)), chunk, 0, len(table)).lines()
    cuts = append_cuts(FixedRows(len(table)), chunk, 0, len(table)).lines()
    station_id = _cell(table.station_id)
    heads = [
        f"{_cell(item.satellite_id)},{_cell(item.name)},{_write_number(item, '')},{station_id}"
        for item in table.objects
    ]
    sets = [
        f",{item.elements.element_set_id},{epoch_utc},"
        for item, epoch_utc in zip(table.objects, iso_texts(_epochs_unix_s(table)), strict=True)
    ]
    served = [_served_by(item) for item in table.objects]
    id_heads, id_tails = _pass_id_ends(table)
    stamps = FixedRows(len(table)).stamps(table.culmination_unix_s).lines()
    geometry = FixedRows(len(table))
    _append_geometry(geometry, table, _CSV_GEOMETRY)
    _append_orbit_numbers(geometry.text(","), table, "")
    _append_ages(geometry.texts(sets, table.object_index), table)
    timing = FixedRows(len(table))
    append_optional(timing, table.timing_sigma_s, "")
    append_optional(timing.text(","), table.timing_bound95_s, "")
    timing.text(",").texts(*_alternatives(table, "", "")).text(",")
    _append_light(timing, table, ",", "")
    return [
        f"{_cell(id_heads[at] + stamp + id_tails[at])},{heads[at]},{where},{chunk.grades[at]},"
        f"{served[at]},{sure},{_cell(f'[{window}]')},{_cell(f'[{cut}]')}\r\n"
        for at, stamp, where, sure, window, cut in zip(
            table.object_index.tolist(),
            stamps,
            geometry.lines(),
            timing.lines(),
            windows,
            cuts,
            strict=True,
        )
    ]


def _cell(text: str) -> str:
    """Quote a cell where CSV asks for it; keep a spreadsheet from reading it as a formula."""
    text = _inert(text)
    if any(sign in text for sign in ',"\r\n'):
        return '"' + text.replace('"', '""') + '"'
    return text


def _inert(text: str) -> str:
    """Keep a spreadsheet from reading a name as a formula."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
