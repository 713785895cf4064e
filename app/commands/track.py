"""``aspan track``: where to point, instant by instant, through one pass."""

from __future__ import annotations

import json
import sys

from app.application import open_application
from app.exports.track_records import list_samples, write_track_csv, write_track_table
from app.services.tracks import (
    find_pass_satellite,
    find_station,
    read_pass_id,
    serving_instant,
    track_pass,
)
from app.settings import Settings


def run_track(
    settings: Settings, pass_id: str, *, step_s: float, antenna_id: str | None, form: str
) -> None:
    """Print the track of a pass in one form: table, csv or json."""
    application = open_application(settings)
    try:
        name = read_pass_id(pass_id)
        station = find_station(application.configuration, name)
        satellite = find_pass_satellite(application.configuration, name)
        choice = application.elements.choose([satellite], serving_instant(name))
    finally:
        application.store.close()
    tracked = track_pass(name, station, satellite, choice, step_s=step_s, antenna_id=antenna_id)
    if form == "csv":
        sys.stdout.write(write_track_csv(tracked.track))
    elif form == "json":
        json.dump(
            {
                "pass_id": tracked.found.pass_id,
                "element_set_id": tracked.found.elements.element_set_id,
                "antenna_id": tracked.track.antenna_id,
                "refraction": tracked.track.refraction,
                "step_s": step_s,
                "samples": list_samples(tracked.track),
            },
            sys.stdout,
        )
        sys.stdout.write("\n")
    else:
        sys.stdout.write(write_track_table(tracked.track))
