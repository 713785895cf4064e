"""Check the timing model on histories: does its 95 % bound hold 95 % of the errors?

    python bench/uncertainty.py --history DIR --output FILE.jsonl

DIR holds one <norad>.tle per satellite, every distinct set in the order first seen, and
first_seen.csv with the columns norad and first_seen_utc in the same order. A prediction is one set
carried to the epoch of a newer one, 0.5 to 14 days later; the newer set is the truth. Its bound is
issued when the older set was first seen, and may use only sets first seen by then.

FILE gets one line per prediction: norad, age_s, error_s (positive: the satellite comes later than
predicted), bound95_s, keeps_orbit (no manoeuvre and no decay in the whole history of the satellite:
a label for the statistics, which the model does not see).
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import sys
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from tle.elements import ElementSet
from tle.timebase import DAY_S, parse_utc
from tle.timing import Replay, replay_bounds
from tle.tle_format import read_tle
from tle.watch import keeps_orbit

AGE_EDGES_DAYS = (0.5, 1.5, 3.0, 5.0, 7.0, 10.0, 14.0)


def read_history(folder: Path) -> dict[int, list[ElementSet]]:
    """Read every satellite of a history folder, each set with the instant it was first seen."""
    first_seen: dict[int, list[datetime]] = defaultdict(list)
    with (folder / "first_seen.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            first_seen[int(row["norad"])].append(
                parse_utc(row["first_seen_utc"], field="first_seen_utc")
            )
    histories = {}
    for path in sorted(folder.glob("*.tle")):
        result = read_tle(path.read_text("ascii"), source="history", received_utc=datetime.now(UTC))
        seen = first_seen[int(path.stem)]
        places = [*result.lines, *(refusal.line for refusal in result.refused)]
        if len(places) != len(seen):
            sys.exit(f"{path}: {len(places)} sets, but {len(seen)} rows of first_seen.csv")
        for refusal in result.refused:
            print(f"{path}: left out: {refusal}", file=sys.stderr)
        arrivals = dict(zip(sorted(place or 0 for place in places), seen, strict=True))
        histories[int(path.stem)] = [
            replace(elements, received_utc=arrivals[line or 0])
            for elements, line in zip(result.sets, result.lines, strict=True)
        ]
    if not histories:
        sys.exit(f"{folder}: no <norad>.tle file")
    return histories


def select_predictions(replay: Replay) -> np.ndarray:
    """Return rows of age (days), error (s), bound (s) for ages of 0.5 to 14 days."""
    age_days = replay.pairs.age_days
    rows = (age_days >= AGE_EDGES_DAYS[0]) & (age_days <= AGE_EDGES_DAYS[-1])
    return np.column_stack([age_days, replay.pairs.timing_s, replay.bound95_s])[rows]


def describe(rows: np.ndarray) -> str:
    """Write coverage and the median bound for each range of age, and the coverage of all."""
    cells = []
    for low, high in itertools.pairwise(AGE_EDGES_DAYS):
        own = rows[(rows[:, 0] >= low) & (rows[:, 0] < high)]
        if not len(own):
            cells.append(f"{'-':>15}")
            continue
        cells.append(f"{cover(own):6.1%} {np.median(own[:, 2]):7.2f}s")
    return " ".join(cells) + f"  {cover(rows):6.1%} of {len(rows)}"


def cover(rows: np.ndarray) -> float:
    return float(np.mean(np.abs(rows[:, 1]) <= rows[:, 2])) if len(rows) else float("nan")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--history", type=Path, required=True, metavar="DIR")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE.jsonl")
    arguments = parser.parse_args()

    histories = read_history(arguments.history)
    pooled: dict[bool, list[np.ndarray]] = {True: [], False: []}
    ranges = [f"{a:g}-{b:g} d" for a, b in itertools.pairwise(AGE_EDGES_DAYS)]
    print("coverage of the 95 % bound and its median, by age of the elements")
    print(f"{'norad':>9} {'keeps':>5} " + " ".join(f"{name:>15}" for name in ranges) + "    all")
    with arguments.output.open("w") as file:
        for norad, sets in histories.items():
            rows = select_predictions(replay_bounds(sets))
            keeps = keeps_orbit(sets)
            pooled[keeps].append(rows)
            for age_days, error_s, bound95_s in rows:
                line = {
                    "norad": norad,
                    "age_s": round(age_days * DAY_S, 3),
                    "error_s": round(error_s, 4),
                    "bound95_s": round(bound95_s, 4),
                    "keeps_orbit": keeps,
                }
                file.write(json.dumps(line) + "\n")
            print(f"{norad:>9} {'yes' if keeps else 'no':>5} {describe(rows)}")
    for keeps, name in ((True, "pooled, orbit kept"), (False, "pooled, others")):
        if pooled[keeps]:
            print(f"{name:<15} {describe(np.concatenate(pooled[keeps]))}")


if __name__ == "__main__":
    main()
