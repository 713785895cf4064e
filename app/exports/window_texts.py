"""Windows, cuts and interruptions of passes as JSON texts, made column by column."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from json.encoder import encode_basestring_ascii as _quote
from typing import Any

import numpy as np

from app.exports.fixed_rows import FixedRows, iso_texts
from scheduler.antenna_constraints.frequency_conjunction import WindowConjunction
from scheduler.prediction.passes import PassTable
from scheduler.window_table import IntArray, LossColumns, WindowTable
from tle.timebase import FloatArray


@dataclass(frozen=True, slots=True)
class PassChunk:
    """Passes of some objects over one station, their windows, and a grade for each object."""

    table: PassTable
    windows: WindowTable
    grades: Sequence[str]
    conjunctions: Sequence[WindowConjunction] = ()


def append_windows(lines: FixedRows, chunk: PassChunk, row: int, count: int) -> FixedRows:
    """Append the JSON objects of the windows of ``count`` passes from table row ``row``."""
    windows = chunk.windows
    first = _find_first(windows, row, count)
    mine = slice(*np.searchsorted(windows.window_row, (first, first + count)).tolist())
    owner = windows.window_row[mine] - first
    return lines.nested(_write_windows(chunk, mine, _write_antennas(windows)), owner)


def append_cuts(lines: FixedRows, chunk: PassChunk, row: int, count: int) -> FixedRows:
    """Append the JSON objects of the cuts of ``count`` passes from table row ``row``."""
    windows = chunk.windows
    first = _find_first(windows, row, count)
    cuts = windows.cuts.part(slice(*np.searchsorted(windows.cuts.row, (first, first + count))))
    return lines.nested(_write_losses(windows, cuts, _write_antennas(windows)), cuts.row - first)


def _find_first(windows: WindowTable, row: int, count: int) -> int:
    """Return the place of a table row among the passes whose windows were computed."""
    first = int(np.searchsorted(windows.rows, row))
    if count and (len(windows) < first + count or windows.rows[first] != row):
        raise ValueError(f"the windows of pass {row} and {count - 1} more were not computed")
    return first


def _write_antennas(windows: WindowTable) -> list[str]:
    return [f'{{"antenna_id":{_quote(antenna)},' for antenna in windows.antenna_ids]


def append_optional(lines: FixedRows, values: FloatArray | None, missing: str) -> None:
    """Append numbers that may be unknown, each or all."""
    if values is None:
        lines.text(missing)
    else:
        lines.numbers(values, digits=9, decimals=3, missing=missing)


def _write_windows(chunk: PassChunk, mine: slice, antennas: list[str]) -> FixedRows:
    """Write the JSON objects of some windows, with the timing of their passes."""
    windows, table, uncertain = chunk.windows, chunk.table, chunk.windows.window_uncertain
    lines = FixedRows(mine.stop - mine.start).texts(antennas, windows.window_antenna[mine])
    _append_span(lines, windows.window_start_unix_s[mine], windows.window_end_unix_s[mine])
    if uncertain is not None:
        rows = windows.rows[windows.window_row[mine]]
        for name, values in (
            ("timing_sigma_s", table.timing_sigma_s),
            ("timing_bound95_s", table.timing_bound95_s),
        ):
            mine_s = None if values is None else values[rows]
            append_optional(lines.text(f',"{name}":'), mine_s, "null")
        lines.text(',"uncertain":').flags(uncertain[mine])
    lines.text(',"frequency_conjunctions":').texts(*_write_conjunctions(chunk, mine))
    inside = np.searchsorted(windows.interruptions.window, (mine.start, mine.stop)).tolist()
    losses = windows.interruptions.part(slice(*inside))
    inner = _write_losses(windows, losses, ["{"] * len(antennas))
    return lines.text(',"interruptions":[').nested(inner, losses.window - mine.start).text("]}")


def _write_conjunctions(chunk: PassChunk, mine: slice) -> tuple[list[str], IntArray]:
    """Write the conjunctions of some windows: JSON arrays, and which of them each window has."""
    texts, which = ["[]"], np.zeros(mine.stop - mine.start, dtype=np.int64)
    for window, group in groupby(chunk.conjunctions, lambda item: item.window):
        if mine.start <= window < mine.stop:
            which[window - mine.start] = len(texts)
            told = [write_conjunction(item) for item in group]
            texts.append(json.dumps(told, separators=(",", ":")))
    return texts, which


def write_conjunction(item: WindowConjunction) -> dict[str, Any]:
    """Lay out with which satellite, when and how closely another one shares beam and frequency."""
    start_utc, end_utc = iso_texts(np.array([item.start_unix_s, item.end_unix_s]))
    return {
        "satellite_id": item.other_satellite_id,
        "start_utc": start_utc,
        "end_utc": end_utc,
        "least_separation_deg": round(item.least_separation_deg, 4),
        "limit_deg": round(item.limit_deg, 4),
    }


def _append_span(lines: FixedRows, start_unix_s: FloatArray, end_unix_s: FloatArray) -> None:
    lines.text('"start_utc":"').instants(start_unix_s)
    lines.text('","end_utc":"').instants(end_unix_s).text('"')


def _write_losses(windows: WindowTable, losses: LossColumns, heads: list[str]) -> FixedRows:
    """Write the JSON objects of cuts or interruptions; ``heads`` begin those of each antenna."""
    reasons = [f'"reason":{_quote(reason)},"limit_value":' for reason in windows.reasons]
    units = [f',"limit_unit":{_quote(unit)},' for unit in windows.limit_units]
    lines = FixedRows(len(losses)).texts(heads, losses.antenna).texts(reasons, losses.reason)
    lines.numbers(losses.limit_value, digits=10, decimals=6, missing="null", trim=True)
    _append_span(lines.texts(units, losses.reason), losses.start_unix_s, losses.end_unix_s)
    return lines.text("}")
