"""Measure `aspan passes` as a whole process against skyfield's find_events alone.

    python bench/whole_catalogue.py --elements FILE --start ISO --days 2 [--flat]

The command predicts every set of the file over KazNU and writes NDJSON to a file: its CPU is that
of the process and its children, reading, cutting into windows and writing included. find_events
searches every ``--every``-th satellite, parsed before, and its CPU is scaled to all of them. Both
run in turn, ``--repeats`` times; the figure is the median of the paired ratios.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from pass_finders import find_with_skyfield
from passes import SITE

from scheduler.intervals import Span
from tle.reading import read_elements
from tle.timebase import parse_utc


def main() -> None:
    options = read_options()
    sets = read_elements(
        options.elements.read_bytes(), source="bench", received_utc=datetime.now(UTC)
    ).sets
    some = sets[:: options.every]
    span = Span(options.start, options.start + timedelta(days=options.days))
    find_with_skyfield(some[:2], SITE, span, 5.0)  # imports and tables are nobody's figure
    ratios = []
    for turn in range(options.repeats):
        mine_s, size_mb, count = run_command(options)
        begin = time.process_time()
        find_with_skyfield(some, SITE, span, 5.0)
        theirs_s = (time.process_time() - begin) * len(sets) / len(some)
        ratios.append(theirs_s / mine_s)
        print(
            f"round {turn + 1}: aspan passes {mine_s:.2f} s of CPU, {count} passes, {size_mb:.0f} "
            f"MB; find_events {theirs_s:.1f} s ({len(some)} of {len(sets)} satellites, scaled): "
            f"{ratios[-1]:.1f} times",
            flush=True,
        )
    print(f"median of {len(ratios)}: find_events alone costs {np.median(ratios):.1f} times as much")


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--elements", type=Path, required=True, help="TLE or OMM file")
    parser.add_argument("--start", type=parse_utc, required=True)
    parser.add_argument("--days", type=float, default=2.0)
    parser.add_argument("--flat", action="store_true", help="no mask, flat limit of 5 deg")
    parser.add_argument("--every", type=int, default=40)
    parser.add_argument("--repeats", type=int, default=5)
    return parser.parse_args()


def run_command(options: argparse.Namespace) -> tuple[float, float, int]:
    """Run the command into a file; return CPU seconds, megabytes and lines."""
    command = [
        *(sys.executable, "-m", "app.cli", "passes", "--station", SITE.id, "--satellite", "all"),
        *("--elements", str(options.elements), "--start", options.start.isoformat()),
        *("--days", str(options.days), "--format", "ndjson"),
        *(("--no-mask", "--min-elevation", "5") if options.flat else ()),
    ]
    with tempfile.TemporaryFile() as output:
        before = children_cpu_s()
        subprocess.run(command, stdout=output, stderr=subprocess.DEVNULL, check=True)
        cpu_s = children_cpu_s() - before
        size = output.tell()
        output.seek(0)
        return cpu_s, size / 1e6, sum(1 for _ in output)


def children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
