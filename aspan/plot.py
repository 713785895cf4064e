"""Plots of passes, plans, studies; only who draws imports matplotlib (extra ``notebook``)."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import numpy as np

from app.errors import InputError
from aspan.passes import Passes
from aspan.plans import Plan
from aspan.study_plot import study as study
from scheduler.prediction.topocentric import look_angles
from scheduler.stations import HorizonMask
from tle.propagation import build_record, propagate
from tle.timebase import from_unix_s

_STEPS = 121


def polar(passes: Passes, *indices: int, axes: Any = None) -> Any:
    """Draw passes in the sky of their station, north up, east right; return the axes.

    ``indices`` are items of ``passes`` over one station, default the first. A dot marks AOS.
    """
    chosen = [passes.locate(index) for index in indices or (0,)]
    station = chosen[0][0]
    if any(other.id != station.id for other, _ in chosen):
        raise InputError("indices", "the passes are over several stations; draw one station each")
    axes = axes if axes is not None else _new_axes(projection="polar")
    axes.set_theta_zero_location("N")
    axes.set_theta_direction(-1)
    axes.set_rlim(90.0, 0.0)
    axes.set_rgrids([0, 30, 60], ["0°", "30°", "60°"])
    axes.set_thetagrids(range(0, 360, 45), ["N", "NE", "E", "SE", "S", "SW", "W", "NW"])
    if station.horizon_mask is not None:
        _draw_mask(axes, station.horizon_mask)
    for _, one in chosen:
        unix_s = np.linspace(one.aos_unix_s, one.los_unix_s, _STEPS)
        r_km, v_km_s, _ = propagate(build_record(one.elements), unix_s)
        look = look_angles(r_km, v_km_s, station, unix_s)
        azimuth_rad = np.radians(look.azimuth_deg)
        aos_utc = from_unix_s(one.aos_unix_s)
        label = f"{one.name}, {aos_utc:%d %b %H:%M} UTC, {one.max_elevation_deg:.0f}°"
        (line,) = axes.plot(azimuth_rad, look.elevation_deg, label=label)
        axes.plot(azimuth_rad[:1], look.elevation_deg[:1], "o", color=line.get_color())
    axes.set_title(station.name)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.08), fontsize="small")
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
    axes = axes if axes is not None else _new_axes(figsize=(10.0, 1.2 + 0.28 * len(names)))

    def draw(name: str, start_unix_s: float, end_unix_s: float, **style: Any) -> None:
        left, right = (dates.date2num(from_unix_s(s)) for s in (start_unix_s, end_unix_s))
        axes.barh(rows[name], right - left, left=left, **style)

    for one in plan.passes:
        if one.satellite_id in rows:
            draw(one.satellite_id, one.aos_unix_s, one.los_unix_s, height=0.5, color="#c9d3dd")
    colours = {station.id: f"C{number}" for number, station in enumerate(plan.stations)}
    for contact in plan.contacts:
        style = {"height": 0.8, "color": colours[contact.station_id]}
        draw(contact.satellite_id, contact.start_unix_s, contact.end_unix_s, **style)
    axes.set_yticks(range(len(names)), names, fontsize="small")
    axes.set_ylim(-0.7, len(names) - 0.3)
    axes.xaxis_date(tz=UTC)
    axes.set_xlim(plan.passes.span.start_utc, plan.passes.span.end_utc)
    axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(axes.xaxis.get_major_locator()))
    axes.set_xlabel("UTC")
    axes.set_title(f"{len(plan.contacts)} contacts, {', '.join(s.name for s in plan.stations)}")
    return axes


def _draw_mask(axes: Any, mask: HorizonMask) -> None:
    azimuth_deg = np.arange(0.0, 361.0)
    elevation_deg = np.interp(azimuth_deg, mask.azimuth_deg, mask.elevation_deg, period=360.0)
    axes.fill_between(np.radians(azimuth_deg), 0.0, elevation_deg, color="#d8d2c8", zorder=0)


def _new_axes(**options: Any) -> Any:
    from matplotlib import pyplot  # noqa: PLC0415 (seconds to import; only who draws pays)

    figsize = options.pop("figsize", None)
    return pyplot.figure(figsize=figsize, layout="constrained").add_subplot(**options)
