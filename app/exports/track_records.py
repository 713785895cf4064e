"""A track as records: JSON-ready rows, CSV, and a table for people."""

from __future__ import annotations

import csv
import io
from typing import Any

from scheduler.prediction.track import Track
from tle.timebase import format_unix_s

_COLUMNS = (
    "azimuth_deg",
    "elevation_deg",
    "pointing_elevation_deg",
    "mount_azimuth_deg",
    "mount_elevation_deg",
    "range_km",
    "range_rate_km_s",
    "sun_angle_deg",
    "sun_elevation_deg",
    "latitude_deg",
    "longitude_deg",
    "altitude_km",
)
_DIGITS = 6


def list_samples(track: Track) -> list[dict[str, Any]]:
    """Lay the samples out, one mapping each."""
    columns = {name: getattr(track, name).round(_DIGITS).tolist() for name in _COLUMNS}
    doppler = {name: values.round(1).tolist() for name, values in track.doppler_hz.items()}
    loss = {name: values.round(3).tolist() for name, values in track.path_loss_db.items()}
    return [
        {"utc": str(utc)}
        | {name: values[at] for name, values in columns.items()}
        | {
            "sunlit": bool(track.sunlit[at]),
            "doppler_hz": {name: values[at] for name, values in doppler.items()},
            "path_loss_db": {name: values[at] for name, values in loss.items()},
        }
        for at, utc in enumerate(format_unix_s(track.unix_s))
    ]


def write_track_csv(track: Track) -> str:
    """Write one row a sample; the header names units, and the first comment the refraction."""
    stream = io.StringIO()
    stream.write(f"# refraction in pointing_elevation_deg: {track.refraction}\n")
    doppler = [f"doppler_hz[{name}]" for name in track.doppler_hz]
    loss = [f"path_loss_db[{name}]" for name in track.path_loss_db]
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["utc", *_COLUMNS, "sunlit", *doppler, *loss])
    for sample in list_samples(track):
        writer.writerow(
            [
                sample["utc"],
                *(sample[name] for name in _COLUMNS),
                int(sample["sunlit"]),
                *sample["doppler_hz"].values(),
                *sample["path_loss_db"].values(),
            ]
        )
    return stream.getvalue()


def write_track_table(track: Track) -> str:
    """Write what an operator reads at the antenna."""
    lines = [
        f"refraction: {track.refraction.replace('_', ' ')}",
        "UTC                       azimuth elevation  pointing   range    rate     Sun  lit",
        "                              deg       deg       deg      km    km/s     deg",
    ]
    lines += [
        f"{sample['utc']}  {sample['azimuth_deg']:8.3f}  {sample['elevation_deg']:8.3f}"
        f"  {sample['pointing_elevation_deg']:8.3f}  {sample['range_km']:6.0f}"
        f"  {sample['range_rate_km_s']:6.3f}  {sample['sun_angle_deg']:6.1f}"
        f"  {'yes' if sample['sunlit'] else 'no'}"
        for sample in list_samples(track)
    ]
    return "\n".join(lines) + "\n"
