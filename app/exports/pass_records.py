"""Passes as the records that other programs read: JSON, NDJSON, CSV; and as a table for people.

One record per pass with the field names of ``PASS_FIELDS``. A whole catalogue has hundreds of
thousands of passes, so text is made column by column and once per satellite where it can be.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from json.encoder import encode_basestring_ascii as _quote
from typing import BinaryIO, Literal

import numpy as np

from app.exports.iso_times import compact_texts, iso_texts
from app.exports.pass_table_text import FOOT, HEAD, UNITS, table_lines
from scheduler.prediction.passes import NO_ORBIT_NUMBER, PassTable
from scheduler.window_table import IntArray, LossColumns, WindowTable
from tle.timebase import FloatArray, format_utc, to_unix_s

PassFormat = Literal["table", "json", "ndjson", "csv"]
PASS_FIELDS = (
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
    "windows",
    "cuts",
)
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
    columns = _columns(chunk, first, end)
    true_false = ("false", "true")
    windows, cuts = _loss_lists(chunk.windows, first, len(columns.object_index))
    heads = [
        f',"satellite_id":{_quote(item.satellite_id)},"name":{_quote(item.name)},'
        f'"norad_cat_id":{json.dumps(item.elements.norad_cat_id)},'
        f'"station_id":{_quote(chunk.table.station_id)},"aos_utc":"'
        for item in chunk.table.objects
    ]
    tails = [
        f',"element_set_id":"{item.elements.element_set_id}",'
        f'"element_epoch_utc":"{format_utc(item.elements.epoch_utc)}","element_age_s":'
        for item in chunk.table.objects
    ]
    grades = [f',"element_grade":{_quote(grade)},"windows":[' for grade in chunk.grades]
    return [
        f'{{"pass_id":{pass_id}{heads[at]}{aos}","tca_utc":"{tca}","culmination_utc":"{top}",'
        f'"los_utc":"{los}","duration_s":{duration},"max_elevation_deg":{elevation},'
        f'"aos_azimuth_deg":{azimuth1},"culmination_azimuth_deg":{azimuth2},'
        f'"los_azimuth_deg":{azimuth3},"starts_before_span":{true_false[early]},'
        f'"ends_after_span":{true_false[late]},"orbit_number":{orbit}{tails[at]}{age}'
        f'{grades[at]}{window}],"cuts":[{cut}]}}'
        for (
            at,
            pass_id,
            aos,
            tca,
            top,
            los,
            duration,
            elevation,
            azimuth1,
            azimuth2,
            azimuth3,
            early,
            late,
            orbit,
            age,
            window,
            cut,
        ) in zip(
            columns.object_index,
            map(_quote, columns.pass_id),
            columns.aos,
            columns.tca,
            columns.culmination,
            columns.los,
            columns.duration_s,
            columns.max_elevation_deg,
            columns.aos_azimuth_deg,
            columns.culmination_azimuth_deg,
            columns.los_azimuth_deg,
            columns.starts_before_span,
            columns.ends_after_span,
            columns.orbit_number,
            columns.element_age_s,
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


@dataclass(frozen=True, slots=True)
class _Columns:
    """The fields of many passes, ready to be put into text; lists of equal length."""

    object_index: list[int]
    pass_id: list[str]
    aos: list[str]
    tca: list[str]
    culmination: list[str]
    los: list[str]
    duration_s: list[str]
    max_elevation_deg: list[str]
    aos_azimuth_deg: list[str]
    culmination_azimuth_deg: list[str]
    los_azimuth_deg: list[str]
    starts_before_span: list[bool]
    ends_after_span: list[bool]
    orbit_number: list[str]
    element_age_s: list[str]


def _columns(chunk: PassChunk, first: int, end: int | None) -> _Columns:
    table = chunk.table
    rows = slice(first, len(table) if end is None else end)
    index = table.object_index[rows]
    aos_s, los_s = table.aos_unix_s[rows], table.los_unix_s[rows]
    epoch_s = np.array([to_unix_s(item.elements.epoch_utc) for item in table.objects] or [0.0])
    heads = [f"{table.station_id}.{item.satellite_id}." for item in table.objects]
    tails = [f".{item.elements.element_set_id[:8]}" for item in table.objects]
    at = index.tolist()
    stamps = compact_texts(table.culmination_unix_s[rows])
    return _Columns(
        object_index=at,
        pass_id=[heads[i] + stamp + tails[i] for i, stamp in zip(at, stamps, strict=True)],
        aos=iso_texts(aos_s),
        tca=iso_texts(table.tca_unix_s[rows]),
        culmination=iso_texts(table.culmination_unix_s[rows]),
        los=iso_texts(los_s),
        duration_s=_decimals(los_s - aos_s, 3),
        max_elevation_deg=_decimals(table.max_elevation_deg[rows], 4),
        aos_azimuth_deg=_decimals(table.aos_azimuth_deg[rows], 3),
        culmination_azimuth_deg=_decimals(table.culmination_azimuth_deg[rows], 3),
        los_azimuth_deg=_decimals(table.los_azimuth_deg[rows], 3),
        starts_before_span=table.starts_before_span[rows].tolist(),
        ends_after_span=table.ends_after_span[rows].tolist(),
        orbit_number=[
            "null" if number == NO_ORBIT_NUMBER else str(number)
            for number in table.orbit_number[rows].tolist()
        ],
        element_age_s=_decimals(aos_s - epoch_s[index], 3),
    )


def _decimals(values: FloatArray, places: int) -> list[str]:
    """Write numbers with at most ``places`` decimals; numbers, so without trailing noise."""
    return list(map(repr, np.round(values, places).tolist()))


def _loss_lists(windows: WindowTable, row: int, count: int) -> tuple[list[str], list[str]]:
    """Return the JSON texts of windows and of cuts of ``count`` passes from table row ``row``."""
    first = int(np.searchsorted(windows.rows, row))
    end = first + count
    if count and (len(windows) < end or windows.rows[first] != row):
        raise ValueError(f"the windows of pass {row} and {count - 1} more were not computed")
    antennas = [_quote(antenna_id) for antenna_id in windows.antenna_ids]
    inner = _loss_texts(windows, windows.interruptions, [])
    inner_of = _group(inner, windows.interruptions.window, 0, len(windows.window_row))
    window_texts = [
        f'{{"antenna_id":{antennas[antenna]},"start_utc":"{start}","end_utc":"{end}",'
        f'"interruptions":[{losses}]}}'
        for antenna, start, end, losses in zip(
            windows.window_antenna.tolist(),
            iso_texts(windows.window_start_unix_s),
            iso_texts(windows.window_end_unix_s),
            inner_of,
            strict=True,
        )
    ]
    cut_texts = _loss_texts(windows, windows.cuts, antennas)
    return (
        _group(window_texts, windows.window_row, first, end),
        _group(cut_texts, windows.cuts.row, first, end),
    )


def _loss_texts(windows: WindowTable, losses: LossColumns, antennas: list[str]) -> list[str]:
    """Return the JSON objects of cuts (with antennas) or of interruptions (without)."""
    reasons = [
        f'"reason":{_quote(reason)},"limit_value":%s,"limit_unit":{_quote(unit)},"start_utc":"'
        for reason, unit in zip(windows.reasons, windows.limit_units, strict=True)
    ]
    heads = [f'"antenna_id":{antenna},' for antenna in antennas]
    owner = losses.antenna.tolist()
    limits = ["null" if value == "nan" else value for value in _decimals(losses.limit_value, 6)]
    return [
        f'{{{heads[who] if heads else ""}{reasons[why] % limit}{start}","end_utc":"{end}"}}'
        for who, why, limit, start, end in zip(
            owner,
            losses.reason.tolist(),
            limits,
            iso_texts(losses.start_unix_s),
            iso_texts(losses.end_unix_s),
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
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(PASS_FIELDS)
    for chunk in chunks:
        writer.writerows(_csv_rows(chunk))
        count += len(chunk.table)
        stream.write(text.getvalue().encode("utf-8"))
        text.seek(0)
        text.truncate()
    stream.write(text.getvalue().encode("utf-8"))
    return count


def _csv_rows(chunk: PassChunk) -> Iterator[tuple[object, ...]]:
    columns = _columns(chunk, 0, None)
    windows, cuts = _loss_lists(chunk.windows, 0, len(chunk.table))
    names = [_inert(item.name) for item in chunk.table.objects]
    ids = [_inert(item.satellite_id) for item in chunk.table.objects]
    objects = chunk.table.objects
    true_false = ("false", "true")
    for row, at in enumerate(columns.object_index):
        elements = objects[at].elements
        number = elements.norad_cat_id
        orbit = columns.orbit_number[row]
        yield (
            columns.pass_id[row],
            ids[at],
            names[at],
            "" if number is None else number,
            chunk.table.station_id,
            columns.aos[row],
            columns.tca[row],
            columns.culmination[row],
            columns.los[row],
            columns.duration_s[row],
            columns.max_elevation_deg[row],
            columns.aos_azimuth_deg[row],
            columns.culmination_azimuth_deg[row],
            columns.los_azimuth_deg[row],
            true_false[columns.starts_before_span[row]],
            true_false[columns.ends_after_span[row]],
            "" if orbit == "null" else orbit,
            elements.element_set_id,
            format_utc(elements.epoch_utc),
            columns.element_age_s[row],
            chunk.grades[at],
            f"[{windows[row]}]",
            f"[{cuts[row]}]",
        )


def _inert(text: str) -> str:
    """Keep a spreadsheet from reading a name as a formula."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
