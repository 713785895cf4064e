"""Measure pass finders side by side: CPU time, missed and extra passes, errors of AOS and LOS.

    python bench/passes.py --elements FILE --days N [--peers skyfield,sgp4-predict,pyorbital]

Every finder gets the same parsed element sets, site and span; its set-up is included. One run
measures them in turn, ``--repeats`` times; the figure is the median of process CPU time. Truth is
skyfield's elevation function sampled every 10 s and bisected (``pass_truth``), not ``find_events``.
Peers come with the dependency group ``bench``.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
from pass_finders import FINDERS
from pass_truth import true_passes

from scheduler.intervals import Span
from scheduler.stations import Station
from tle.elements import ElementSet
from tle.propagation import build_record, propagate
from tle.reading import read_elements
from tle.timebase import parse_utc

SITE = Station("kaznu", "Al-Farabi KazNU", 43.2235, 76.9225, 910.0)
MATCH_S = 300.0  # a found pass is the true one when both culminate about the same time


def main() -> None:
    options = read_options()
    sets = read_sets(options)
    span = Span(options.start, options.start + timedelta(days=options.days))
    sets = [item for item in sets if propagates(item, span)]
    print(
        f"{len(sets)} satellites, {options.days:g} days from {span.start_utc.isoformat()}, "
        f"elevation above {options.floor:g} deg at {SITE.latitude_deg} N {SITE.longitude_deg} E "
        f"{SITE.altitude_m:g} m"
    )
    names = ["aspan", *[name for name in options.peers.split(",") if name and name != "aspan"]]
    cpu_s, found = measure(names, sets, span, options.floor, options.repeats)
    truth = None if options.no_truth else true_passes(sets, SITE, span, options.floor)
    report(names, cpu_s, found, truth, len(sets) * options.days)
    if options.scaling:
        report_growth(sets, span, options.floor)


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--elements", type=Path, required=True, help="TLE or OMM file")
    parser.add_argument("--days", type=float, default=7.0)
    parser.add_argument("--peers", default="skyfield,sgp4-predict", help=", ".join(FINDERS))
    parser.add_argument("--satellites", type=int, help="at most so many, evenly spread")
    parser.add_argument("--start", type=parse_utc, help="default: the newest epoch, whole hour")
    parser.add_argument("--floor", type=float, default=5.0, help="degrees")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--no-truth", action="store_true", help="speed only")
    parser.add_argument("--scaling", action="store_true", help="growth of cost, too")
    options = parser.parse_args()
    unknown = set(filter(None, options.peers.split(","))) - set(FINDERS)
    if unknown:
        parser.error(f"--peers: {sorted(unknown)} unknown; there are {', '.join(FINDERS)}")
    return options


def read_sets(options: argparse.Namespace) -> list[ElementSet]:
    result = read_elements(
        options.elements.read_bytes(), source="bench", received_utc=datetime.now(UTC)
    )
    sets = list(result.sets)
    if options.satellites and options.satellites < len(sets):
        picked = np.linspace(0, len(sets) - 1, options.satellites).round().astype(int)
        sets = [sets[at] for at in picked]
    if options.start is None:
        epochs = sorted(item.epoch_utc for item in sets)
        middle = epochs[len(epochs) // 2]
        options.start = middle.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return sets


def propagates(item: ElementSet, span: Span) -> bool:
    """Keep satellites that SGP4 follows over the whole span, so that every finder can."""
    grid_s = np.linspace(span.start_unix_s, span.end_unix_s, 400)
    return not propagate(build_record(item), grid_s)[2].any()


def measure(names, sets, span, floor, repeats):
    """Run the finders in turn; return CPU seconds (repeats) and the passes of each."""
    cpu_s = {name: [] for name in names}
    found = {}
    for name in names:  # imports, tables and caches are not part of anybody's figure
        FINDERS[name](sets[:2], SITE, span, floor)
    for turn in range(repeats):
        for name in names:
            fresh = [replace(item) for item in sets]  # without what an earlier run has kept
            begin = time.process_time()
            found[name] = FINDERS[name](fresh, SITE, span, floor)
            cpu_s[name].append(time.process_time() - begin)
            show(f"round {turn + 1} of {repeats}: {name} {cpu_s[name][-1]:.3f} s")
    show("")
    return cpu_s, found


def show(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r{text:<60}", end="", file=sys.stderr, flush=True)


def report(names, cpu_s, found, truth, satellite_days) -> None:
    base = "skyfield" if "skyfield" in names else names[0]
    heads = f"{'finder':<22}{'CPU s':>9}{'us/sat-day':>12}{'ratio':>9}{'faster':>8}{'passes':>8}"
    heads += f"{'missed':>8}{'extra':>7}{'AOS/LOS error ms: median':>26}{'99 %':>9}{'max':>10}"
    print(f"ratio: CPU of {base} find_events = 1; median of paired runs\n{heads}")
    for name in names:
        seconds = float(np.median(cpu_s[name]))
        ratio = float(np.median(np.array(cpu_s[name]) / np.array(cpu_s[base])))
        line = f"{label(name):<22}{seconds:>9.3f}{seconds / satellite_days * 1e6:>12.1f}"
        line += f"{ratio:>9.4f}{1.0 / ratio:>8.1f}{sum(map(len, found[name])):>8}"
        if truth is not None:
            missed, extra, errors_s = compare(found[name], truth)
            middle, most, worst = np.percentile(errors_s * 1e3, [50, 99, 100])
            line += f"{missed:>8}{extra:>7}{middle:>26.3f}{most:>9.3f}{worst:>10.3f}"
        print(line)
    if truth is not None:
        lengths = np.concatenate([edges[:, 1] - edges[:, 0] for edges in truth])
        print(f"truth: {len(lengths)} passes, the shortest {lengths.min():.1f} s")


def label(name: str) -> str:
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:
        return name


def compare(found: Sequence[np.ndarray], truth: Sequence[np.ndarray]):
    """Match passes by overlap; return missed, extra and the errors of AOS and LOS in seconds."""
    missed = extra = 0
    errors = []
    for mine, real in zip(found, truth, strict=True):
        taken = np.zeros(len(mine), dtype=bool)
        for start, end in real:
            overlap = np.minimum(mine[:, 1], end) - np.maximum(mine[:, 0], start)
            overlap[taken] = -np.inf
            at = int(np.argmax(overlap)) if len(mine) else -1
            if at < 0 or overlap[at] <= 0.0:
                missed += 1
                continue
            taken[at] = True
            errors += [abs(mine[at, 0] - start), abs(mine[at, 1] - end)]
        extra += int(np.count_nonzero(~taken))
    return missed, extra, np.array(errors or [0.0])


def report_growth(sets: Sequence[ElementSet], span: Span, floor: float) -> None:
    """Print how Aspan's cost grows with satellites, days and stations."""
    find = FINDERS["aspan"]

    def cpu_s(some, days, stations) -> float:
        part = Span(span.start_utc, span.start_utc + timedelta(days=days))
        runs = []
        for _ in range(5):
            fresh = [replace(item) for item in some]
            begin = time.process_time()
            for number in range(stations):
                place = Station(str(number), "", 43.2235, -180.0 + 3.0 * number, 0.0)
                find(fresh, place, part, floor)
            runs.append(time.process_time() - begin)
        return float(np.median(runs))

    count, days = len(sets), span.duration_s / 86_400.0
    print("growth (CPU s, and per unit relative to the first):")
    rows = {
        "satellites": [(sets[: count * k // 4], days, 1, count * k // 4) for k in (1, 2, 4)],
        "days": [(sets, days * k / 4.0, 1, days * k / 4.0) for k in (1, 2, 4)],
        "stations": [(sets, days, k, k) for k in (1, 2, 4)],
    }
    for what, steps in rows.items():
        costs = [(units, cpu_s(some, length, k)) for some, length, k, units in steps]
        first = costs[0][1] / costs[0][0]
        text = ", ".join(f"{u:g}: {c:.3f} s ({c / u / first:.2f})" for u, c in costs)
        print(f"  {what:<11} {text}")


if __name__ == "__main__":
    main()
