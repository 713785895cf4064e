"""Prove the pass search: synthetic orbits of every class against brute force, and cut spans.

    python bench/prove_passes.py [--orbits 500] [--stations 12] [--days 3] [--cuts 5000] [--seed 1]

Every orbit, station and mask: passes by sampling every 5 s and bisecting, against the search (flat
limits) and against the windows of the product (horizon masks). Every cut: two spans searched and
merged against the whole. Prints the figures of docs/reliability.md; exit code 1 on any fault.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from scheduler.intervals import Span
from scheduler.prediction.passes import TrackedObject
from scheduler.prediction.search import find_passes
from scheduler.prediction.split import Piece, merge_spans, search_piece
from scheduler.prediction.topocentric import build_site
from scheduler.stations import Antenna, HorizonMask, Station
from scheduler.windows import cut_passes
from tests.scheduler.prediction.brute_force import passes_on_grid
from tle.earth_rotation import greenwich_angle_rad, rotate_to_earth
from tle.elements import ElementSet
from tle.propagation import build_record, propagate

START = datetime(2026, 11, 21, tzinfo=UTC)
STEP_S = 5.0
LEAST_LOSS_S = 1.0  # a loss behind a mask is looked for down to this length
FLAT_DEG = (0.0, 5.0)
MASKS = {
    "hills": HorizonMask((0.0, 60.0, 120.0, 180.0, 240.0, 300.0), (4.0, 9.0, 14.0, 18.0, 9.0, 6.0)),
    "towers": HorizonMask(
        (0.0, 85.0, 90.0, 95.0, 200.0, 205.0, 210.0), (5.0, 5.0, 25.0, 5.0, 5.0, 40.0, 5.0)
    ),
}
LATITUDES_DEG = (43.2, 90.0, -90.0, 0.0, 0.0, 65.0, -35.0, 78.2, -72.0, 20.0, 51.5, -0.1)
LONGITUDES_DEG = (76.9, 0.0, 0.0, 180.0, -180.0, 179.99, -179.99, 15.4, 2.0, -155.5, 0.0, -78.5)


def main() -> None:
    options = read_options()
    began, cpu = time.monotonic(), time.process_time()
    random = np.random.default_rng(options.seed)
    orbits = [make_orbit(random, number) for number in range(options.orbits)]
    span = Span(START, START + timedelta(days=options.days))
    orbits = [item for item in orbits if not grid(item, span)[2].any()]
    stations = [
        Station(f"s{number}", "", latitude, longitude, 100.0 * number)
        for number, (latitude, longitude) in enumerate(
            zip(LATITUDES_DEG, LONGITUDES_DEG, strict=True)
        )
    ][: options.stations]
    tally = Tally()
    for number, item in enumerate(orbits):
        examine(item, stations, span, tally)
        show(f"orbit {number + 1} of {len(orbits)}")
    show("")
    print(
        f"{len(orbits)} orbits x {len(stations)} stations x {len(FLAT_DEG) + len(MASKS)} masks, "
        f"{options.days:g} days: {tally}"
    )
    faults = prove_cuts(orbits, stations, options.cuts, random)
    print(f"{options.cuts} cuts of a span: {faults} merges that differ from the whole")
    print(f"{time.monotonic() - began:.0f} s, {time.process_time() - cpu:.0f} s of CPU")
    sys.exit(1 if faults or tally.missed or tally.invented else 0)


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--orbits", type=int, default=500)
    parser.add_argument("--stations", type=int, default=len(LATITUDES_DEG))
    parser.add_argument("--days", type=float, default=3.0)
    parser.add_argument("--cuts", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


class Tally:
    """Counts and worst errors over everything examined."""

    def __init__(self) -> None:
        self.passes = self.missed = self.invented = self.windows = 0
        self.shortest_s, self.edge_s, self.mask_edge_s = np.inf, 0.0, 0.0

    def __str__(self) -> str:
        return (
            f"{self.passes} passes (the shortest {self.shortest_s:.1f} s) and {self.windows} spans "
            f"above masks; missed {self.missed}, invented {self.invented}; largest error of an "
            f"edge {self.edge_s * 1e3:.2f} ms at flat limits, {self.mask_edge_s:.3f} s at masks"
        )


def make_orbit(random, number: int) -> ElementSet:
    """Draw an orbit: half of them low, the others middle, eccentric, transfer, geosynchronous."""
    kind = number % 10
    e, inclination = abs(random.normal(0.0, 0.002)), random.uniform(0.0, 180.0)
    if kind < 4:
        motion = random.uniform(12.0, 15.9)
    elif kind == 4:
        motion, e = random.uniform(11.0, 14.0), random.uniform(0.0, 0.09)
    elif kind == 5:
        motion, e = random.uniform(3.0, 11.0), random.uniform(0.0, 0.1)
    elif kind == 6:
        motion, e, inclination = 2.006, random.uniform(0.5, 0.73), 63.4
    elif kind == 7:
        motion, e, inclination = random.uniform(2.1, 2.5), random.uniform(0.6, 0.74), 7.0
    elif kind == 8:
        motion, e, inclination = 1.0027, random.uniform(0.0, 0.3), random.uniform(0.0, 65.0)
    else:
        motion, e = 2.0056, random.uniform(0.0, 0.02)
    return ElementSet(
        name=f"orbit {number}",
        norad_cat_id=None,
        object_id="",
        epoch_utc=START - timedelta(hours=float(random.uniform(-24.0, 72.0))),
        mean_motion_rev_day=float(motion),
        eccentricity=float(e),
        inclination_deg=float(inclination),
        raan_deg=float(random.uniform(0.0, 360.0)),
        arg_perigee_deg=float(random.uniform(0.0, 360.0)),
        mean_anomaly_deg=float(random.uniform(0.0, 360.0)),
        bstar=float(random.uniform(0.0, 3e-4)) if kind < 5 else 0.0,
        mean_motion_dot=0.0,
        mean_motion_ddot=0.0,
        source="synthetic",
        received_utc=START,
    )


def grid(item: ElementSet, span: Span):
    """Return instants every 5 s, Earth-fixed positions, and error codes."""
    instants = np.append(np.arange(span.start_unix_s, span.end_unix_s, STEP_S), span.end_unix_s)
    r_km, _, error = propagate(build_record(item), instants)
    return instants, rotate_to_earth(r_km, greenwich_angle_rad(instants)), error


def look(fixed_km, station: Station):
    site = build_site(station)
    sight = fixed_km - site.position_km
    east, north, up = sight @ site.east, sight @ site.north, sight @ site.up
    return np.degrees(np.arctan2(east, north)) % 360.0, np.degrees(
        np.arctan2(up, np.hypot(east, north))
    )


def horizon_deg(mask: HorizonMask, azimuth_deg):
    azimuths = np.array([*mask.azimuth_deg, mask.azimuth_deg[0] + 360.0])
    elevations = np.array([*mask.elevation_deg, mask.elevation_deg[0]])
    return np.interp(azimuth_deg, azimuths, elevations)


def examine(item: ElementSet, stations, span: Span, tally: Tally) -> None:
    instants, fixed_km, _ = grid(item, span)
    record = build_record(item)
    tracked = [TrackedObject(item.name, item.name, item)]
    for station in stations:
        azimuth, elevation = look(fixed_km, station)

        def directions(unix_s, station=station):
            r_km, _, _ = propagate(record, unix_s)
            return look(rotate_to_earth(r_km, greenwich_angle_rad(unix_s)), station)

        for floor in FLAT_DEG:
            real = passes_on_grid(lambda t: directions(t)[1], instants, floor, elevation)
            table = find_passes(tracked, station, span, min_elevation_deg=floor)
            found = np.column_stack([table.aos_unix_s, table.los_unix_s])
            tally.passes += len(real)
            if len(real):
                tally.shortest_s = min(tally.shortest_s, float((real[:, 1] - real[:, 0]).min()))
            tally.edge_s = max(
                tally.edge_s, judge(found, real, tally, f"{item} {station.id} {floor}")
            )
        for name, mask in MASKS.items():

            def clearance(unix_s, mask=mask):
                at, height = directions(unix_s)
                return height - np.maximum(horizon_deg(mask, at), FLAT_DEG[1])

            limit = np.maximum(horizon_deg(mask, azimuth), FLAT_DEG[1])
            real = passes_on_grid(clearance, instants, 0.0, elevation - limit, near_deg=40.0)
            found = windows_above(table, station, mask)
            tally.windows += len(real)
            what = f"{item} {station.id} {name}"
            worst = judge(bridge(found), bridge(real), tally, what, least_s=LEAST_LOSS_S)
            tally.mask_edge_s = max(tally.mask_edge_s, worst)


def windows_above(table, station: Station, mask: HorizonMask):
    """Return the product's windows with only mask and floor applied, gaps not bridged."""
    antenna = replace(Antenna("a", "a"), tracking_floor_deg=FLAT_DEG[1], split_gap_s=0.0)
    masked = replace(station, horizon_mask=mask, antennas=(antenna,))
    windows = cut_passes(table, masked, constraints=["horizon_mask", "tracking_floor"])
    return np.column_stack([windows.window_start_unix_s, windows.window_end_unix_s])


def bridge(spans):
    """Join spans with less than a second between them: the tip of a mask's spike."""
    if len(spans) < 2:
        return spans
    apart = spans[1:, 0] - spans[:-1, 1] > LEAST_LOSS_S
    return np.column_stack([spans[np.append(True, apart), 0], spans[np.append(apart, True), 1]])


def judge(found, real, tally: Tally, what: str, least_s: float = 0.0) -> float:
    """Match spans by overlap; count those unmatched and longer than ``least_s``; worst edge."""
    worst, taken = 0.0, np.zeros(len(found), dtype=bool)
    for start, end in real:
        overlap = np.minimum(found[:, 1], end) - np.maximum(found[:, 0], start)
        overlap[taken] = -1.0
        at = int(np.argmax(overlap)) if len(found) else -1
        if at < 0 or overlap[at] <= 0.0:
            if end - start > least_s:
                tally.missed += 1
                print(f"\nmissed {end - start:.2f} s: {what}")
            continue
        taken[at] = True
        worst = max(worst, abs(found[at, 0] - start), abs(found[at, 1] - end))
    extra = found[~taken]
    extra = extra[extra[:, 1] - extra[:, 0] > least_s] if len(found) else extra
    tally.invented += len(extra)
    if len(extra):
        print(f"\ninvented {extra[:, 1] - extra[:, 0]} s: {what}")
    return float(worst)


def prove_cuts(orbits, stations, cuts: int, random) -> int:
    """Cut a day at random instants; count merges whose passes differ from the whole's."""
    faults, done = 0, 0
    span = Span(START, START + timedelta(days=1))
    while done < cuts:
        chosen = random.choice(len(orbits), min(20, len(orbits)), replace=False)
        objects = tuple(TrackedObject(str(at), "", orbits[at]) for at in chosen)
        station = stations[int(random.integers(len(stations)))]
        whole = find_passes(objects, station, span, min_elevation_deg=5.0)
        for _ in range(min(50, cuts - done)):
            middle = START + timedelta(seconds=float(random.uniform(1.0, span.duration_s - 1.0)))
            pieces = [
                Piece(objects, station, part, 5.0)
                for part in (Span(START, middle), Span(middle, span.end_utc))
            ]
            merged = merge_spans(pieces, [search_piece(piece) for piece in pieces])
            same = merged.object_index.tolist() == whole.object_index.tolist()
            if same:
                apart = np.abs(
                    [merged.aos_unix_s - whole.aos_unix_s, merged.los_unix_s - whole.los_unix_s]
                )
                same = bool(apart.max(initial=0.0) < 0.01)
            same = same and merged.answers == whole.answers
            faults += not same
            done += 1
        show(f"cut {done} of {cuts}")
    show("")
    return faults


def show(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r{text:<40}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
