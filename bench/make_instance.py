"""Make a synthetic planning instance: sun-synchronous satellites over a network of stations.

    python bench/make_instance.py network.json.gz --stations 10 --antennas 2 --satellites 200

Circular orbits with the node drift of J2 over a spherical Earth: the shape of the work of a real
week, not a prediction. The file has the form that bench/contact_plan.py reads.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np

EARTH_RADIUS_KM = 6378.137
MU_KM3_S2 = 398_600.4418
EARTH_RATE_RAD_S = 7.292115e-5
NODE_RATE_RAD_S = 2 * np.pi / (365.2422 * 86_400)  # sun-synchronous
STEP_S = 20
RATES = (0.00625, 0.0125, 0.025)  # units per s, from the least elevation, from 20 and 45 degrees
RISES_DEG = (20.0, 45.0)
STATIONS = (  # name, latitude, longitude in degrees
    ("ALMA", 43.2, 76.9), ("DARM", 49.9, 8.6), ("SVAL", 78.23, 15.4), ("SANY", 18.3, 109.3),
    ("HART", -25.9, 27.7), ("HAWA", 19.0, -155.7), ("PERT", -31.8, 115.9), ("WALL", 37.9, -75.5),
    ("MAUR", -20.5, 57.4), ("CUIA", -15.6, -56.1), ("KIRU", 67.9, 21.1), ("PUNT", -52.9, -70.9),
    ("FAIR", 64.97, -147.5), ("BEIJ", 40.1, 116.3), ("AWAR", -46.5, 168.4), ("BANG", 13.0, 77.5),
    ("TROL", -72.0, 2.5), ("ATHE", 38.0, 23.8), ("INUV", 68.4, -133.5), ("TOLH", -63.3, -57.9),
)  # fmt: skip


def compute_positions(generator: np.random.Generator, times_s: np.ndarray) -> np.ndarray:
    """Place one satellite on a random sun-synchronous orbit, shape (n_times, 3), Earth-fixed."""
    radius_km = EARTH_RADIUS_KM + generator.uniform(480, 850)
    rate = np.sqrt(MU_KM3_S2 / radius_km**3)
    j2_rate = 1.5 * 1.08263e-3 * rate * (EARTH_RADIUS_KM / radius_km) ** 2
    inclination = np.arccos(-NODE_RATE_RAD_S / j2_rate)
    node = generator.uniform(0, 2 * np.pi) + (NODE_RATE_RAD_S - EARTH_RATE_RAD_S) * times_s
    along = generator.uniform(0, 2 * np.pi) + rate * times_s
    x, y = np.cos(along), np.sin(along) * np.cos(inclination)
    z = np.sin(along) * np.sin(inclination)
    position = np.stack(
        [x * np.cos(node) - y * np.sin(node), x * np.sin(node) + y * np.cos(node), z], axis=1
    )
    return np.asarray(radius_km * position)


def compute_elevation_deg(
    positions_km: np.ndarray, latitude_deg: float, longitude_deg: float
) -> np.ndarray:
    """Compute elevations over a spherical Earth, shape (n_times,)."""
    latitude, longitude = np.radians(latitude_deg), np.radians(longitude_deg)
    up = np.array(
        [
            np.cos(latitude) * np.cos(longitude),
            np.cos(latitude) * np.sin(longitude),
            np.sin(latitude),
        ]
    )
    line = positions_km - EARTH_RADIUS_KM * up
    return np.asarray(np.degrees(np.arcsin(line @ up / np.linalg.norm(line, axis=1))))


def find_windows(
    elevation_deg: np.ndarray, times_s: np.ndarray, least_deg: float
) -> list[tuple[int, int, list]]:
    """Cut a series of elevations into windows (start, end, rate steps), whole seconds inside."""
    crossings = {}
    steps_deg = tuple(zip((least_deg, *RISES_DEG), RATES, strict=True))
    for limit_deg, _ in steps_deg:
        above = elevation_deg >= limit_deg
        index = np.flatnonzero(above[1:] != above[:-1])
        part = (limit_deg - elevation_deg[index]) / (
            elevation_deg[index + 1] - elevation_deg[index]
        )
        crossings[limit_deg] = (times_s[index] + STEP_S * part, above[index + 1])
    instants, rising = crossings[least_deg]
    starts, ends = instants[rising], instants[~rising]
    ends = ends[ends > starts[0]] if len(starts) else ends
    windows = []
    for start_s, end_s in zip(starts, ends, strict=False):
        first, last = int(np.ceil(start_s)), int(np.floor(end_s))
        if last - first < 60:
            continue
        steps = {first: RATES[0]}
        for (_, below), (limit_deg, rate) in itertools.pairwise(steps_deg):
            times, rises = crossings[limit_deg]
            for instant, rise in zip(times, rises, strict=True):
                if first < round(instant) < last:
                    steps[round(instant)] = rate if rise else below
        windows.append((first, last, sorted(steps.items())))
    return windows


def make_instance(arguments: argparse.Namespace) -> dict[str, Any]:
    """Make the instance; the same seed gives the same instance."""
    generator = np.random.default_rng(arguments.seed)
    horizon_s = int(arguments.days * 86_400)
    times_s = np.arange(0, horizon_s + STEP_S, STEP_S, dtype=float)
    stations = STATIONS[: arguments.stations]
    antennas = {
        f"{name}{index}": {"station": name, "setup": 120, "teardown": 0}
        for name, _, _ in stations
        for index in range(arguments.antennas)
    }
    satellites: dict[str, Any] = {}
    windows: list[dict[str, Any]] = []
    for number in range(arguments.satellites):
        satellite: dict[str, Any] = {
            "org": f"org{number % 5}",
            "priority": int(generator.choice([1, 2, 3, 5])),
            "min_contact": 180 if arguments.trimmable else 0,
            "trimmable": arguments.trimmable,
            "sat_gap": 60,
            "per_day": arguments.per_day,
        }
        if arguments.max_gap:
            satellite["max_gap"] = arguments.max_gap
        satellites[str(number)] = satellite
        positions_km = compute_positions(generator, times_s)
        for name, latitude_deg, longitude_deg in stations:
            elevation_deg = compute_elevation_deg(positions_km, latitude_deg, longitude_deg)
            for start_s, end_s, steps in find_windows(
                elevation_deg, times_s, arguments.least_elevation
            ):
                if end_s > horizon_s:
                    continue
                window: dict[str, Any] = {
                    "sat": str(number), "station": name, "start": start_s, "end": end_s,
                }  # fmt: skip
                if arguments.trimmable:
                    window["rate"] = steps
                else:
                    ends = [t for t, _ in steps[1:]] + [end_s]
                    window["volume"] = round(
                        sum(r * (b - a) for (a, r), b in zip(steps, ends, strict=True)), 6
                    )
                windows.append(window)
    windows.sort(key=lambda window: (window["start"], window["sat"], window["station"]))
    if arguments.slew:
        for antenna in antennas.values():
            antenna["slew"] = {
                f"{a}|{b}": int(generator.integers(0, arguments.slew))
                for a in satellites
                for b in satellites
                if a != b
            }
    return {
        "horizon": [0, horizon_s],
        "antennas": antennas,
        "satellites": satellites,
        "windows": [{"id": index, **window} for index, window in enumerate(windows)],
        "objective": {
            "volume": 1, "count": 0, "shortfall": -30, "gap_violation": -arguments.gap_price,
        },
    }  # fmt: skip


def main() -> None:
    """Write the instance."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", type=Path)
    parser.add_argument("--stations", type=int, default=10)
    parser.add_argument("--antennas", type=int, default=2, help="per station")
    parser.add_argument("--satellites", type=int, default=200)
    parser.add_argument("--days", type=float, default=7.0)
    parser.add_argument("--least-elevation", type=float, default=5.0, metavar="DEG")
    parser.add_argument("--per-day", type=int, default=4)
    parser.add_argument("--trimmable", action="store_true")
    parser.add_argument("--max-gap", type=int, default=0, metavar="S")
    parser.add_argument("--gap-price", type=float, default=0.0, metavar="PER_S")
    parser.add_argument("--slew", type=int, default=0, metavar="S", help="largest pair slew")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    instance = make_instance(arguments)
    data = json.dumps(instance, separators=(",", ":")).encode()
    arguments.output.write_bytes(gzip.compress(data, mtime=0))
    print(f"{len(instance['windows'])} windows, {len(instance['antennas'])} antennas")


if __name__ == "__main__":
    main()
