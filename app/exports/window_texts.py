"""Windows, cuts and interruptions of passes as JSON texts, made column by column."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
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


def write_windows_and_cuts(chunk: PassChunk, row: int, count: int) -> tuple[list[str], list[str]]:
    """Return the JSON texts of windows and of cuts of ``count`` passes from table row ``row``."""
    windows = chunk.windows
    first = int(np.searchsorted(windows.rows, row))
    end = first + count
    if count and (len(windows) < end or windows.rows[first] != row):
        raise ValueError(f"the windows of pass {row} and {count - 1} more were not computed")
    antennas = [f'{{"antenna_id":{_quote(antenna)},' for antenna in windows.antenna_ids]
    mine = slice(*np.searchsorted(windows.window_row, (first, end)).tolist())
    lost = slice(*np.searchsorted(windows.cuts.row, (first, end)).tolist())
    cuts = windows.cuts.part(lost)
    return (
        _group(_window_texts(chunk, mine, antennas), windows.window_row[mine], first, end),
        _group(_loss_texts(windows, cuts, antennas), cuts.row, first, end),
    )


def append_optional(lines: FixedRows, values: FloatArray | None, missing: str) -> None:
    """Append numbers that may be unknown, each or all."""
    if values is None:
        lines.text(missing)
    else:
        lines.numbers(values, digits=9, decimals=3, missing=missing)


def _window_texts(chunk: PassChunk, mine: slice, antennas: list[str]) -> list[str]:
    """Return the JSON objects of some windows, with the timing of their passes."""
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
    texts = lines.text(',"frequency_conjunctions":[],"interruptions":[]}').lines()
    inside = np.searchsorted(windows.interruptions.window, (mine.start, mine.stop)).tolist()
    losses = windows.interruptions.part(slice(*inside))
    inner = _loss_texts(windows, losses, ["{"] * len(antennas))
    hit = np.unique(losses.window)
    edges = np.searchsorted(losses.window, np.append(hit, mine.stop)).tolist()
    for window, (begin, stop) in zip((hit - mine.start).tolist(), pairwise(edges), strict=True):
        texts[window] = f"{texts[window][:-2]}{','.join(inner[begin:stop])}]}}"
    for window, group in groupby(chunk.conjunctions, lambda item: item.window):
        if mine.start <= window < mine.stop:
            told = json.dumps([write_conjunction(item) for item in group], separators=(",", ":"))
            empty = '"frequency_conjunctions":[]'
            at = window - mine.start
            texts[at] = texts[at].replace(empty, f'"frequency_conjunctions":{told}', 1)
    return texts


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


def _loss_texts(windows: WindowTable, losses: LossColumns, heads: list[str]) -> list[str]:
    """Return the JSON objects of cuts or interruptions; ``heads`` begin those of each antenna."""
    reasons = [f'"reason":{_quote(reason)},"limit_value":' for reason in windows.reasons]
    units = [f',"limit_unit":{_quote(unit)},' for unit in windows.limit_units]
    lines = FixedRows(len(losses)).texts(heads, losses.antenna).texts(reasons, losses.reason)
    lines.numbers(losses.limit_value, digits=10, decimals=6, missing="null", trim=True)
    _append_span(lines.texts(units, losses.reason), losses.start_unix_s, losses.end_unix_s)
    return lines.text("}").lines()


def _group(texts: list[str], owner: IntArray, first: int, end: int) -> list[str]:
    """Join the texts of each owner ``first`` to ``end`` with commas; owners ascend."""
    edges = np.searchsorted(owner, np.arange(first, end + 1)).tolist()
    return [
        texts[start] if stop - start == 1 else ",".join(texts[start:stop])
        for start, stop in pairwise(edges)
    ]
