"""Plots of passes, plans, studies; only who draws imports matplotlib (extra ``notebook``)."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import numpy as np

from app.errors import InputError
from aspan.passes import Passes
from aspan.plans import Plan
from aspan.study_plot import study as study
from scheduler.prediction.passes import Pass
from scheduler.prediction.topocentric import look_angles
from scheduler.stations import HorizonMask, Station
from tle.propagation import build_record, propagate
from tle.timebase import FloatArray, from_unix_s

_STEPS = 121
_PALE = "#c9d3dd"


def polar(passes: Passes, *indices: int, axes: Any = None) -> Any:
    """Draw passes in the sky of their station, north up, east right; return the axes.

    ``indices`` are items of ``passes`` over one station, default the first. A dot marks AOS, an
    arrow LOS, small dots whole minutes; what the horizon mask hides is shaded.
    """
    chosen = [passes.locate(index) for index in indices or (0,)]
    station = chosen[0][0]
    if any(other.id != station.id for other, _ in chosen):
        raise InputError("indices", "the passes are over several stations; draw one station each")
    axes = axes if axes is not None else _new_axes(figsize=(6.0, 6.6), projection="polar")
    axes.set_theta_zero_location("N")
    axes.set_theta_direction(-1)
    axes.set_rlim(90.0, 0.0)
    axes.set_rgrids([0, 30, 60], ["0°", "30°", "60°"], angle=22.5, color="#5f6b76", fontsize=8)
    axes.set_thetagrids(range(0, 360, 45), ["N", "NE", "E", "SE", "S", "SW", "W", "NW"])
    axes.grid(color="#d5dae0", linewidth=0.8)
    for _, one in chosen:
        _draw_track(axes, one, station)
    if station.horizon_mask is not None:
        _draw_mask(axes, station.horizon_mask)
    axes.set_title(f"Passes over {station.name}", pad=12)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.06), fontsize="small", frameon=False)
    return axes


def timeline(plan: Plan, *, axes: Any = None) -> Any:
    """Draw a plan: all passes pale, contacts filled, a row for each satellite; return the axes.

    Times are UTC. Satellites without a contact are left out.
    """
    import matplotlib.dates  # noqa: PLC0415 (seconds to import; only who draws pays)

    dates: Any = matplotlib.dates  # it has types for some of its functions only
    taken = [contact.satellite_id for contact in plan.contacts]
    names = sorted(set(taken), key=taken.index, reverse=True)
    rows = {name: row for row, name in enumerate(names)}
    axes = axes if axes is not None else _new_axes(figsize=(10.0, 1.6 + 0.26 * len(names)))

    def draw(name: str, start_unix_s: float, end_unix_s: float, **style: Any) -> Any:
        left, right = (dates.date2num(from_unix_s(s)) for s in (start_unix_s, end_unix_s))
        return axes.barh(rows[name], right - left, left=left, zorder=2, **style)

    legend: dict[str, Any] = {}
    for one in plan.passes:
        if one.satellite_id in rows:
            bar = draw(one.satellite_id, one.aos_unix_s, one.los_unix_s, height=0.5, color=_PALE)
            legend["pass, not taken"] = bar
    colours = {station.id: f"C{number}" for number, station in enumerate(plan.stations)}
    stations = {station.id: station.name for station in plan.stations}
    for contact in plan.contacts:
        style = {"height": 0.8, "color": colours[contact.station_id]}
        bar = draw(contact.satellite_id, contact.start_unix_s, contact.end_unix_s, **style)
        legend[f"contact, {stations[contact.station_id]}"] = bar
    shown = {satellite.id: satellite.name for satellite in plan.passes.satellites}
    axes.set_yticks(range(len(names)), [shown.get(name, name) for name in names], fontsize="small")
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(-0.7, len(names) - 0.3)
    axes.xaxis_date(tz=UTC)
    axes.set_xlim(plan.passes.span.start_utc, plan.passes.span.end_utc)
    axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(axes.xaxis.get_major_locator()))
    axes.grid(axis="x", color="#e4e8ec", linewidth=0.8)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.set_xlabel("UTC")
    minutes = sum(contact.end_unix_s - contact.start_unix_s for contact in plan.contacts) / 60.0
    axes.set_title(f"{len(plan.contacts)} contacts, {minutes:,.0f} min", loc="left")
    axes.legend(
        legend.values(), legend.keys(), loc="lower right", bbox_to_anchor=(1.0, 1.0),
        ncols=min(len(legend), 4), fontsize="small", frameon=False, borderaxespad=0.2,
    )  # fmt: skip
    return axes


def _draw_track(axes: Any, one: Pass, station: Station) -> None:
    """Draw one pass as a line, with whole minutes on it and an arrow to where it sets."""
    minutes = np.arange(np.ceil(one.aos_unix_s / 60.0) * 60.0, one.los_unix_s, 60.0)
    line_s = np.linspace(one.aos_unix_s, one.los_unix_s, _STEPS)
    azimuth_rad, elevation_deg = _look(one, station, np.concatenate([line_s, minutes]))
    aos, los = from_unix_s(one.aos_unix_s), from_unix_s(one.los_unix_s)
    label = f"{one.name}, {aos:%d %b %H:%M}–{los:%H:%M} UTC, {one.max_elevation_deg:.0f}°"
    (line,) = axes.plot(azimuth_rad[:_STEPS], elevation_deg[:_STEPS], label=label, zorder=3)
    colour = line.get_color()
    axes.plot(azimuth_rad[:1], elevation_deg[:1], "o", color=colour, zorder=5)
    axes.scatter(azimuth_rad[_STEPS:], elevation_deg[_STEPS:], s=9, color=colour, zorder=3)
    tip, tail = ((azimuth_rad[at], elevation_deg[at]) for at in (_STEPS - 1, _STEPS - 4))
    axes.annotate(
        "", tip, tail, zorder=5, arrowprops={"arrowstyle": "-|>", "color": colour, "shrinkB": 0.0}
    )


def _look(one: Pass, station: Station, unix_s: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return azimuth in rad and elevation in deg of a pass at some instants."""
    r_km, v_km_s, _ = propagate(build_record(one.elements), unix_s)
    look = look_angles(r_km, v_km_s, station, unix_s)
    return np.radians(look.azimuth_deg), look.elevation_deg


def _draw_mask(axes: Any, mask: HorizonMask) -> None:
    azimuth_deg = np.arange(0.0, 361.0)
    elevation_deg = np.interp(azimuth_deg, mask.azimuth_deg, mask.elevation_deg, period=360.0)
    axes.fill_between(
        np.radians(azimuth_deg), 0.0, elevation_deg, color="#b9b0a2", alpha=0.75, linewidth=0.0,
        zorder=4, label="below the horizon mask",
    )  # fmt: skip


def _new_axes(**options: Any) -> Any:
    from matplotlib import pyplot  # noqa: PLC0415 (seconds to import; only who draws pays)

    figsize = options.pop("figsize", None)
    return pyplot.figure(figsize=figsize, layout="constrained").add_subplot(**options)
