"""The figures of a study at one look: six panels of bars, whiskers from season to season."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from aspan.studies import StudyTable
from scheduler.study.table import Row


@dataclass(frozen=True, slots=True)
class _Series:
    """One kind of bar: a column, its scale, and the rows it is drawn from."""

    label: str
    column: str
    scale: float = 1.0
    only: tuple[str, object] | None = None  # column and value that a row must have


def study(table: StudyTable, *, mask: str | None = None) -> Any:
    """Draw passes, minutes, gaps, waits, volumes and shares of a study; return the six axes.

    A group of bars for each orbit and set of stations, behind one of the study's masks (default:
    the first). Bars are means of the seasons, whiskers the least and the greatest season.
    """
    from matplotlib import pyplot  # noqa: PLC0415 (seconds to import; only who draws pays)

    rows = table.result.summary
    mask = str(rows[0]["mask"]) if mask is None else mask
    rows = tuple(row for row in rows if row["mask"] == mask)
    if not rows:
        raise ValueError(f"mask: {mask!r} is none of the study's; see the column mask")
    figure, axes = pyplot.subplots(2, 3, figsize=(13.0, 7.0), layout="constrained")
    figure.suptitle(f"{table.result.title}; mask: {mask}")
    for panel, (title, series) in zip(axes.flat, _list_panels(rows), strict=True):
        _draw_bars(panel, title, series, rows)
    return axes


def _list_panels(rows: Sequence[Row]) -> list[tuple[str, list[_Series]]]:
    rates = _list_values(rows, "rate_bps")
    priorities = _list_values(rows, "priority")
    volumes = [
        _Series(f"{rate / 1e6:g} Mbit/s", "bytes_day", 1e-9, ("rate_bps", rate)) for rate in rates
    ]
    if "link_bytes_day" in rows[0]:
        volumes.append(_Series("adaptive", "link_bytes_day", 1e-9))
    shares = [
        _Series(f"needed at {rate / 1e6:g} Mbit/s", "antenna_share_needed", 100, ("rate_bps", rate))
        for rate in rates
    ]
    shares += [
        _Series(f"granted of its own, priority {each:g}", "granted_part", 100, ("priority", each))
        for each in priorities
    ]
    return [
        ("passes a day", [_Series("", "passes_day")]),
        ("usable minutes a day", [_Series("", "minutes_day")]),
        (
            "gaps between contacts, h",
            [
                _Series("median", "median_gap_h"),
                _Series("95 %", "p95_gap_h"),
                _Series("longest", "longest_gap_h"),
            ],
        ),
        (
            "wait for a contact, h",
            [_Series("mean", "mean_wait_h"), _Series("95 %", "p95_wait_h")],
        ),
        ("data a day, GB", volumes),
        ("share of the antenna, %", shares),
    ]


def _list_values(rows: Sequence[Row], column: str) -> list[float]:
    found = dict.fromkeys(row.get(column) for row in rows)
    return [float(value) for value in found if value is not None]


def _draw_bars(axes: Any, title: str, series: Sequence[_Series], rows: Sequence[Row]) -> None:
    groups = list(dict.fromkeys((str(row["orbit"]), str(row["station_set"])) for row in rows))
    width = 0.8 / max(len(series), 1)
    for number, one in enumerate(series):
        values = np.full((3, len(groups)), np.nan)
        for at, group in enumerate(groups):
            row = next((r for r in rows if _is_of(r, group, one)), None)
            if row is not None:
                names = (one.column, f"{one.column}_least", f"{one.column}_greatest")
                values[:, at] = [_read(row, name, row[one.column]) * one.scale for name in names]
        mean, least, greatest = values
        axes.bar(
            np.arange(len(groups)) + (number - (len(series) - 1) / 2.0) * width,
            mean,
            width,
            yerr=np.maximum([mean - least, greatest - mean], 0.0),
            label=one.label,
            capsize=2,
        )
    axes.set_title(title, fontsize="medium")
    labels = [f"{orbit}\n{stations}" for orbit, stations in groups]
    axes.set_xticks(range(len(groups)), labels, fontsize="x-small")
    if not series:
        axes.text(0.5, 0.5, "not asked in this study", ha="center", transform=axes.transAxes)
    if any(one.label for one in series):
        axes.margins(y=0.3)  # room for the legend above the bars
        axes.legend(fontsize="x-small", loc="upper left", ncols=2)


def _is_of(row: Row, group: tuple[str, str], series: _Series) -> bool:
    if (row["orbit"], row["station_set"]) != group or row.get(series.column) is None:
        return False
    return series.only is None or row.get(series.only[0]) == series.only[1]


def _read(row: Row, name: str, otherwise: float | str | None) -> float:
    value = row.get(name)
    return float(value if value is not None else otherwise or 0.0)
