"""Passes as the records that other programs read: JSON, NDJSON, CSV; and as a table for people.

One record per pass with the field names of ``CSV_FIELDS``, in every format. A whole catalogue has
hundreds of thousands of passes, so text is made column by column and once per satellite.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise, repeat
from json.encoder import encode_basestring_ascii as _quote
from typing import BinaryIO, Literal

import numpy as np

from app.exports.fixed_rows import FixedRows, compact_texts, iso_texts
from app.exports.pass_table_text import FOOT, HEAD, UNITS, table_lines
from scheduler.prediction.passes import NO_ORBIT_NUMBER, PassTable, TrackedObject
from scheduler.window_table import IntArray, LossColumns, WindowTable
from tle.offers import OemOrbit
from tle.timebase import FloatArray, format_utc, to_unix_s

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
    "element_age_s",
    "orbit_number",
    "element_set_id",
    "element_epoch_utc",
    "element_grade",
    "timing_sigma_s",
    "timing_bound95_s",
    "alternative_aos_utc",
    "served_by",
    "windows",
    "cuts",
)
_TRUTH = ("false", "true")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class PassChunk:
    """Passes of some objects over one station, their windows, and a grade for each object."""

    table: PassTable
    windows: WindowTable
    grades: Sequence[str]


def write_passes(stream: BinaryIO, chunks: Iterable[PassChunk], format: PassFormat) -> int:
    """Write passes as the chunks arrive and return how many; only ``table`` waits for the end."""
    if format == "table":
        return _write_table(stream, chunks)
    if format == "csv":
        return _write_csv(stream, chunks)
    if format == "ndjson":
        count = 0
        for chunk in chunks:
            records = encode_records(chunk)
            count += len(records)
            if records:
                stream.write(("\n".join(records) + "\n").encode("utf-8"))
        return count
    return _write_json(stream, chunks)


def encode_records(chunk: PassChunk, first: int = 0, end: int | None = None) -> list[str]:
    """Return rows ``first`` to ``end`` of a chunk, each as the text of one JSON object."""
    end = len(chunk.table) if end is None else min(end, len(chunk.table))
    rows = slice(first, end)
    windows, cuts = _window_and_cut_lists(chunk, first, end - first)
    station_id = _quote(chunk.table.station_id)
    heads = [
        f',"satellite_id":{_quote(item.satellite_id)},"name":{_quote(item.name)},'
        f'"norad_cat_id":{json.dumps(item.elements.norad_cat_id)},"station_id":{station_id}'
        for item in chunk.table.objects
    ]
    tails = [
        f',"element_set_id":"{item.elements.element_set_id}",'
        f'"element_epoch_utc":"{format_utc(item.elements.epoch_utc)}",'
        f'"element_grade":{_quote(grade)},"served_by":"{_served_by(item)}"'
        for item, grade in zip(chunk.table.objects, chunk.grades, strict=True)
    ]
    return [
        f'{{"pass_id":{_quote(pass_id)}{heads[at]}{geometry}"orbit_number":{orbit}{tails[at]},'
        f'"timing_sigma_s":{sigma},"timing_bound95_s":{bound},"alternative_aos_utc":{other},'
        f'"windows":[{window}],"cuts":[{cut}]}}'
        for at, pass_id, geometry, orbit, sigma, bound, other, window, cut in zip(
            chunk.table.object_index[rows].tolist(),
            _pass_ids(chunk.table, rows),
            _geometry(chunk.table, rows, _JSON_GEOMETRY),
            _orbit_numbers(chunk.table, rows, "null"),
            _optional(chunk.table.timing_sigma_s, rows, "null"),
            _optional(chunk.table.timing_bound95_s, rows, "null"),
            _alternatives(chunk.table, rows, "null", '"'),
            windows,
            cuts,
            strict=True,
        )
    ]


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


_Texts = tuple[str, str, str, str, str, str, str, str, str, str, str, str, str]
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
    ',"element_age_s":',
    ",",
)
_CSV_GEOMETRY: _Texts = ("",) + (",",) * 11 + ("",)


def _geometry(table: PassTable, rows: slice, texts: _Texts) -> list[str]:
    """Write the columns of equal width of each pass, with the given texts around them."""
    aos_s, los_s = table.aos_unix_s[rows], table.los_unix_s[rows]
    epoch_s = np.array([to_unix_s(item.elements.epoch_utc) for item in table.objects] or [0.0])
    instants = (aos_s, table.tca_unix_s[rows], table.culmination_unix_s[rows], los_s)
    lines = FixedRows(len(aos_s))
    for text, column in zip(texts[:4], instants, strict=True):
        lines.text(text).instants(column)
    lines.text(texts[4]).numbers(los_s - aos_s, digits=8, decimals=3)
    lines.text(texts[5]).numbers(table.max_elevation_deg[rows], digits=2, decimals=4)
    azimuths = (table.aos_azimuth_deg, table.culmination_azimuth_deg, table.los_azimuth_deg)
    for text, column in zip(texts[6:9], azimuths, strict=True):
        lines.text(text).numbers(column[rows], digits=3, decimals=3)
    lines.text(texts[9]).flags(table.starts_before_span[rows])
    lines.text(texts[10]).flags(table.ends_after_span[rows])
    age_s = aos_s - epoch_s[table.object_index[rows]]
    lines.text(texts[11]).numbers(age_s, digits=10, decimals=3).text(texts[12])
    return lines.lines()


def _pass_ids(table: PassTable, rows: slice) -> list[str]:
    """Name the passes as ``scheduler.prediction.passes.make_pass_id`` does."""
    heads = [f"{table.station_id}.{item.satellite_id}." for item in table.objects]
    tails = [f".{item.elements.element_set_id[:8]}" for item in table.objects]
    at = table.object_index[rows].tolist()
    stamps = compact_texts(table.culmination_unix_s[rows])
    return [heads[i] + stamp + tails[i] for i, stamp in zip(at, stamps, strict=True)]


def _orbit_numbers(table: PassTable, rows: slice, missing: str) -> list[str]:
    return [
        missing if number == NO_ORBIT_NUMBER else str(number)
        for number in table.orbit_number[rows].tolist()
    ]


def _optional(values: FloatArray | None, rows: slice, missing: str) -> Iterable[str]:
    """Write numbers that may be unknown, each or all."""
    if values is None:
        return repeat(missing, len(range(*rows.indices(rows.stop))))
    return [
        missing if value != value else repr(value) for value in np.round(values[rows], 3).tolist()
    ]


def _alternatives(table: PassTable, rows: slice, missing: str, mark: str) -> Iterable[str]:
    """Write the AOS by the set before a manoeuvre between marks, where there is one."""
    values = table.alternative_aos_unix_s
    if values is None:
        return repeat(missing, len(range(*rows.indices(rows.stop))))
    known = ~np.isnan(values[rows])
    told = iter(iso_texts(values[rows][known]))
    return [f"{mark}{next(told)}{mark}" if each else missing for each in known.tolist()]


def _served_by(tracked: TrackedObject) -> str:
    """Say what a pass was predicted from."""
    return "ephemeris" if isinstance(tracked.elements, OemOrbit) else "element_set"


def _window_and_cut_lists(chunk: PassChunk, row: int, count: int) -> tuple[list[str], list[str]]:
    """Return the JSON texts of windows and of cuts of ``count`` passes from table row ``row``."""
    windows = chunk.windows
    first = int(np.searchsorted(windows.rows, row))
    end = first + count
    if count and (len(windows) < end or windows.rows[first] != row):
        raise ValueError(f"the windows of pass {row} and {count - 1} more were not computed")
    antennas = [f'{{"antenna_id":{_quote(antenna)},' for antenna in windows.antenna_ids]
    inner = _loss_texts(windows, windows.interruptions, ["{"] * len(antennas))
    inner_of = _group(inner, windows.interruptions.window, 0, len(windows.window_row))
    window_texts = [
        f'{antennas[antenna]}{span}{timing},"interruptions":[{losses}]}}'
        for antenna, span, timing, losses in zip(
            windows.window_antenna.tolist(),
            _spans(windows.window_start_unix_s, windows.window_end_unix_s),
            _window_timing(chunk),
            inner_of,
            strict=True,
        )
    ]
    cut_texts = _loss_texts(windows, windows.cuts, antennas)
    return (
        _group(window_texts, windows.window_row, first, end),
        _group(cut_texts, windows.cuts.row, first, end),
    )


def _window_timing(chunk: PassChunk) -> list[str]:
    """Write the timing of the pass of each window, and whether the antenna can count on it."""
    windows, table = chunk.windows, chunk.table
    uncertain = windows.window_uncertain
    if uncertain is None or table.timing_bound95_s is None or table.timing_sigma_s is None:
        return [""] * len(windows.window_row)
    rows = windows.rows[windows.window_row]
    return [
        f',"timing_sigma_s":{sigma!r},"timing_bound95_s":{bound!r},"uncertain":{_TRUTH[flag]}'
        for sigma, bound, flag in zip(
            np.round(table.timing_sigma_s[rows], 3).tolist(),
            np.round(table.timing_bound95_s[rows], 3).tolist(),
            uncertain.tolist(),
            strict=True,
        )
    ]


def _spans(start_unix_s: FloatArray, end_unix_s: FloatArray) -> list[str]:
    rows = FixedRows(len(start_unix_s)).text('"start_utc":"').instants(start_unix_s)
    return rows.text('","end_utc":"').instants(end_unix_s).text('"').lines()


def _loss_texts(windows: WindowTable, losses: LossColumns, heads: list[str]) -> list[str]:
    """Return the JSON objects of cuts or interruptions; ``heads`` begin those of each antenna."""
    reasons = [f'"reason":{_quote(reason)},"limit_value":' for reason in windows.reasons]
    units = [f',"limit_unit":{_quote(unit)},' for unit in windows.limit_units]
    limits = np.round(losses.limit_value, 6).tolist()
    return [
        f"{heads[who]}{reasons[why]}{'null' if limit != limit else limit}{units[why]}{span}}}"
        for who, why, limit, span in zip(
            losses.antenna.tolist(),
            losses.reason.tolist(),
            limits,
            _spans(losses.start_unix_s, losses.end_unix_s),
            strict=True,
        )
    ]


def _group(texts: list[str], owner: IntArray, first: int, end: int) -> list[str]:
    """Join the texts of each owner ``first`` to ``end`` with commas; owners ascend."""
    edges = np.searchsorted(owner, np.arange(first, end + 1)).tolist()
    return [
        texts[start] if stop - start == 1 else ",".join(texts[start:stop])
        for start, stop in pairwise(edges)
    ]


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
        records = encode_records(chunk)
        answers.extend(answer_records(chunk.table))
        if records:
            lead = ",\n" if count else "\n"
            stream.write((lead + ",\n".join(records)).encode("utf-8"))
        count += len(records)
    stream.write(('\n],"answers":' + json.dumps(answers) + "}\n").encode("utf-8"))
    return count


def _write_csv(stream: BinaryIO, chunks: Iterable[PassChunk]) -> int:
    """Write a header and one line per pass; windows and cuts are JSON arrays in their cells."""
    count = 0
    stream.write((",".join(CSV_FIELDS) + "\r\n").encode("ascii"))
    for chunk in chunks:
        lines = _csv_lines(chunk)
        count += len(lines)
        stream.write("".join(lines).encode("utf-8", "replace"))
    return count


def _csv_lines(chunk: PassChunk) -> list[str]:
    table, rows = chunk.table, slice(0, len(chunk.table))
    windows, cuts = _window_and_cut_lists(chunk, 0, len(table))
    station_id = _cell(table.station_id)
    heads = [
        f"{_cell(item.satellite_id)},{_cell(item.name)},"
        f"{'' if item.elements.norad_cat_id is None else item.elements.norad_cat_id},{station_id}"
        for item in table.objects
    ]
    tails = [
        (
            f"{item.elements.element_set_id},{format_utc(item.elements.epoch_utc)},{grade}",
            _served_by(item),
        )
        for item, grade in zip(table.objects, chunk.grades, strict=True)
    ]
    return [
        f"{_cell(pass_id)},{heads[at]},{geometry},{orbit},{tails[at][0]},{sigma},{bound},"
        f"{other},{tails[at][1]},{_cell(f'[{window}]')},{_cell(f'[{cut}]')}\r\n"
        for at, pass_id, geometry, orbit, sigma, bound, other, window, cut in zip(
            table.object_index.tolist(),
            _pass_ids(table, rows),
            _geometry(table, rows, _CSV_GEOMETRY),
            _orbit_numbers(table, rows, ""),
            _optional(table.timing_sigma_s, rows, ""),
            _optional(table.timing_bound95_s, rows, ""),
            _alternatives(table, rows, "", ""),
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
