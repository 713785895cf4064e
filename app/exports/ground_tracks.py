"""Ground tracks of the contacts as GeoJSON (RFC 7946), lines split at the date line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from app.exports.base import ExportFormat, Schedule, ScheduleEntry
from app.exports.json_plan import write_instant
from app.exports.pointing import track_entry
from tle.timebase import FloatArray

Line = list[list[float]]
_DIGITS = 6


def write_geojson(schedule: Schedule) -> Iterator[str]:
    """Yield the stations as points, then a line a contact."""
    yield '{"type": "FeatureCollection", "features": ['
    separator = "\n"
    for station in schedule.stations.values():
        point = {
            "type": "Point",
            "coordinates": [station.longitude_deg, station.latitude_deg, station.altitude_m],
        }
        yield separator + _write_feature(
            f"station {station.id}",
            point,
            {"kind": "station", "station_id": station.id, "name": station.name},
        )
        separator = ",\n"
    for entry in schedule.open_entries():
        if entry.kind != "block" and entry.satellite_id:
            yield separator + _write_track(entry, schedule)
            separator = ",\n"
    yield "\n]}\n"


def split_at_date_line(longitude_deg: FloatArray, latitude_deg: FloatArray) -> list[Line]:
    """Return lines of [longitude, latitude] that never cross longitude 180, points added there.

    Columns of shape (n,), longitudes in [-180, 180]; neighbours lie less than 180 deg apart.
    """
    lines: list[Line] = [[_point(longitude_deg[0], latitude_deg[0])]]
    for at in range(1, len(longitude_deg)):
        before, now = float(longitude_deg[at - 1]), float(longitude_deg[at])
        if abs(now - before) > 180.0:
            side = 180.0 if before > 0 else -180.0
            unwrapped = now + (360.0 if side > 0 else -360.0)
            width = unwrapped - before
            part = (side - before) / width if width else 0.0
            edge = float(np.interp(part, (0.0, 1.0), latitude_deg[at - 1 : at + 1]))
            lines[-1].append(_point(side, edge))
            lines.append([_point(-side, edge)])
        lines[-1].append(_point(now, float(latitude_deg[at])))
    return [line for line in map(_drop_repeated, lines) if len(line) > 1]


def _write_track(entry: ScheduleEntry, schedule: Schedule) -> str:
    track = track_entry(entry, schedule)
    lines = split_at_date_line(track.longitude_deg, track.latitude_deg)
    geometry: dict[str, Any] = (
        {"type": "LineString", "coordinates": lines[0]}
        if len(lines) == 1
        else {"type": "MultiLineString", "coordinates": lines}
    )
    return _write_feature(
        entry.entry_id,
        geometry,
        {
            "kind": entry.kind,
            "state": entry.state,
            "satellite_id": entry.satellite_id,
            "satellite_name": entry.satellite_name,
            "norad_cat_id": entry.norad_cat_id,
            "station_id": entry.station_id,
            "antenna_id": entry.antenna_id,
            "start_utc": write_instant(entry.start_unix_s),
            "end_utc": write_instant(entry.end_unix_s),
        },
    )


def _write_feature(name: str, geometry: dict[str, Any], properties: dict[str, Any]) -> str:
    return json.dumps(
        {"type": "Feature", "id": name, "geometry": geometry, "properties": properties}
    )


def _point(longitude_deg: float, latitude_deg: float) -> list[float]:
    return [round(float(longitude_deg), _DIGITS), round(float(latitude_deg), _DIGITS)]


def _drop_repeated(line: Line) -> Line:
    return [point for at, point in enumerate(line) if at == 0 or point != line[at - 1]]


FORMAT = ExportFormat("application/geo+json", "geojson", write_geojson)
