"""The figures of a study at one look: six panels, whiskers from season to season."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import Any

import numpy as np

from aspan.studies import StudyTable
from scheduler.study.table import Row

Group = tuple[str, str]  # orbit and set of stations

_LABEL_WIDTH = 14  # characters
_GAP_COLUMNS = ("p25_gap_h", "median_gap_h", "p75_gap_h", "p95_gap_h", "longest_gap_h")
_READING = (
    "bars: mean of the seasons, whiskers: least and greatest season; "
    "gaps: middle half and median, line to 95 %, dot: longest"
)


@dataclass(frozen=True, slots=True)
class _Series:
    """One kind of bar: a column, its scale, and the rows it is drawn from."""

    label: str
    column: str
    scale: float = 1.0
    only: tuple[str, object] | None = None  # column and value that a row must have


def study(table: StudyTable, *, mask: str | None = None) -> Any:
    """Draw passes, minutes, gaps, waits, volumes and shares of a study; return the six axes.

    A group for each orbit and set of stations, behind one of the study's masks (default: the
    first). Bars are means of the seasons, whiskers the least and the greatest season. Boxes are the
    gaps: middle half with the median, a line to 95 %, a dot at the longest, means of the seasons.
    """
    from matplotlib import pyplot  # noqa: PLC0415 (seconds to import; only who draws pays)

    rows = table.result.summary
    mask = str(rows[0]["mask"]) if mask is None else mask
    rows = tuple(row for row in rows if row["mask"] == mask)
    if not rows:
        raise ValueError(f"mask: {mask!r} is none of the study's; see the column mask")
    groups = list(dict.fromkeys((str(row["orbit"]), str(row["station_set"])) for row in rows))
    width = min(max(13.0, 3.0 * (1.5 + 0.8 * len(groups))), 30.0)
    figure, axes = pyplot.subplots(2, 3, figsize=(width, 7.6), layout="constrained")
    figure.suptitle(f"{table.result.title}; mask: {mask}")
    for panel, (title, series) in zip(axes.flat, _list_panels(rows), strict=True):
        _prepare(panel, title, groups)
        if series is None:
            _draw_gaps(panel, groups, rows)
        else:
            _draw_bars(panel, series, groups, rows)
    figure.supxlabel(_READING, fontsize="small", color="#5f6b76")
    return axes


def _list_panels(rows: Sequence[Row]) -> list[tuple[str, list[_Series] | None]]:
    """List the six panels: a title, and the bars; None where boxes are drawn."""
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
        ("Passes a day", [_Series("", "passes_day")]),
        ("Usable time, min a day", [_Series("", "minutes_day")]),
        ("Gaps between contacts, h", None),
        (
            "Wait for a contact, h",
            [_Series("mean", "mean_wait_h"), _Series("95 %", "p95_wait_h")],
        ),
        ("Data, GB a day", volumes),
        ("Antenna time needed, and windows granted, %", shares),
    ]


def _list_values(rows: Sequence[Row], column: str) -> list[float]:
    found = dict.fromkeys(row.get(column) for row in rows)
    return [float(value) for value in found if value is not None]


def _prepare(axes: Any, title: str, groups: Sequence[Group]) -> None:
    axes.set_title(title, fontsize="medium", loc="left")
    labels = [f"{fill(orbit, _LABEL_WIDTH)}\n{stations}" for orbit, stations in groups]
    axes.set_xticks(range(len(groups)), labels, fontsize="x-small")
    axes.tick_params(axis="x", length=0)
    axes.set_axisbelow(True)
    axes.grid(axis="y", color="#e4e8ec", linewidth=0.8)
    axes.spines[["top", "right"]].set_visible(False)


def _draw_bars(
    axes: Any, series: Sequence[_Series], groups: Sequence[Group], rows: Sequence[Row]
) -> None:
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
            width * 0.94,
            yerr=np.maximum([mean - least, greatest - mean], 0.0),
            label=one.label,
            capsize=2,
            error_kw={"elinewidth": 1.0, "ecolor": "#333b43"},
        )
    if not series:
        axes.text(0.5, 0.5, "not asked in this study", ha="center", transform=axes.transAxes)
    if any(one.label for one in series):
        axes.margins(y=0.28)  # room for the legend above the bars
        axes.legend(fontsize="x-small", loc="upper left", ncols=2, frameon=False)


def _draw_gaps(axes: Any, groups: Sequence[Group], rows: Sequence[Row]) -> None:
    """Draw the distribution of the gaps of each group as a box."""
    boxes, places = [], []
    for at, group in enumerate(groups):
        row = next(r for r in rows if (r["orbit"], r["station_set"]) == group)
        if row["median_gap_h"] is not None:
            low, middle, high, far, longest = (_read(row, name, 0.0) for name in _GAP_COLUMNS)
            boxes.append(
                {"q1": low, "med": middle, "q3": high, "whislo": low, "whishi": far,
                 "fliers": [longest]}
            )  # fmt: skip
            places.append(at)
    axes.bxp(
        boxes, places, widths=0.5, manage_ticks=False, patch_artist=True,
        boxprops={"facecolor": "#a9c7e2", "edgecolor": "C0"}, medianprops={"color": "#123a5c"},
        whiskerprops={"color": "C0"}, capprops={"color": "C0"},
        flierprops={"marker": "o", "markersize": 5, "markerfacecolor": "C1", "markeredgewidth": 0},
    )  # fmt: skip
    axes.set_ylim(bottom=0.0)


def _is_of(row: Row, group: Group, series: _Series) -> bool:
    if (row["orbit"], row["station_set"]) != group or row.get(series.column) is None:
        return False
    return series.only is None or row.get(series.only[0]) == series.only[1]


def _read(row: Row, name: str, otherwise: float | str | None) -> float:
    value = row.get(name)
    return float(value if value is not None else otherwise or 0.0)
