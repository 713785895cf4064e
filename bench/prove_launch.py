"""Replay launches of a real catalogue: who is ours, how surely, and when the search finds it.

    make prove-launch DATA=FOLDER   (holding elements/active-*.tle) or
    .venv/bin/python bench/prove_launch.py --elements FILE [--launches N] [--seed N]

For each launch of the chosen year with several objects, one object is taken as ours. Its elements
are carried back a day to a made-up separation; a promised dispersion is drawn once as the error of
the injection, and what was planned is the separation minus that error. From the plan alone come the
hypotheses (on time, one hour late, one day late). The public elements of every object of the launch
are then ranked. What is real: how the objects of a launch lie among each other, and their elements.
What is not: the separation itself, and that SGP4 carries both sides.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np

from tle.earth_rotation import EARTH_RATE_RAD_S, greenwich_angle_rad, rotate_to_earth
from tle.elements import ElementSet
from tle.errors import ElementsError, PropagationError
from tle.identification import Match, identify
from tle.launch import (
    Launch,
    Separation,
    build_hypotheses,
    diagonal_covariance,
    radial_axes,
)
from tle.propagation import build_record, propagate
from tle.reading import read_elements
from tle.timebase import from_unix_s, to_unix_s

BACK_S = 86_400.0
AFTER_LIFTOFF_S = 900.0
SIGMA_KM, SIGMA_KM_S = (1.0, 3.0, 1.0), (0.003, 0.001, 0.003)  # a class of small launchers
SLIPS = (("on time", 0.0, 0.6), ("+1 h", 3_600.0, 0.2), ("+1 day", 86_400.0, 0.2))
SAMPLES = 120


@dataclass(frozen=True)
class Replay:
    """One launch replayed: the rank of the true object and what was said of it."""

    designator: str
    objects: int
    rank: int
    probability: float  # of the object ranked first
    right: bool
    chance: float  # of the true object
    hypothesis_right: bool


def main() -> None:
    """Replay and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--elements", type=Path, required=True)
    parser.add_argument("--year", type=int, default=2026)
    parser.add_argument("--launches", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    started = time.perf_counter()
    groups = read_launches(arguments.elements, arguments.year)
    count = sum(map(len, groups.values()))
    print(f"{count} objects with designators of {arguments.year}, {len(groups)} launches")
    several = {name: sets for name, sets in groups.items() if len(sets) > 1}
    names = sorted(several)[: arguments.launches]
    random = np.random.default_rng(arguments.seed)
    everything = [elements for sets in groups.values() for elements in sets]
    for times in (1.0, 5.0):
        found = [replay(name, several[name], several[name], random, times) for name in names]
        print_report(f"among the objects of its launch, dispersion x {times:g}", found)
    few = names[:: max(1, len(names) // 10)]
    found = [replay(name, several[name], everything, random, 1.0) for name in few]
    print_report("among all objects of the year, dispersion x 1", found)
    print(f"{time.perf_counter() - started:.0f} s")


def read_launches(file: Path, year: int) -> dict[str, list[ElementSet]]:
    """Group the sets of a catalogue by launch (such as 2026-004), those of one year."""
    read = read_elements(file.read_bytes(), source=file.name, received_utc=from_unix_s(1.79e9))
    groups: dict[str, list[ElementSet]] = defaultdict(list)
    for elements in read.sets:
        if elements.object_id.startswith(f"{year}-"):
            groups[elements.object_id[:8]].append(elements)
    return groups


def replay(
    name: str,
    own: Sequence[ElementSet],
    rivals: Sequence[ElementSet],
    random: np.random.Generator,
    times: float,
) -> Replay | None:
    """Take one object as ours, plan its launch with an error, and look for it."""
    truth = own[int(random.integers(len(own)))]
    slip_name, slip_s, _ = SLIPS[int(random.choice(len(SLIPS), p=[w for _, _, w in SLIPS]))]
    try:
        launch = plan_launch(truth, slip_s, random, times)
        hypotheses = build_hypotheses(
            launch, SLIPS, samples=SAMPLES, seed=int(random.integers(2**31))
        )
        ranked = identify(hypotheses, rivals)
    except (PropagationError, ElementsError) as error:
        print(f"{name}: left out: {error}")
        return None
    if not any(match.elements is truth for match in ranked):
        print(f"{name}: left out: the true object could not be judged")
        return None
    rank = next(k for k, match in enumerate(ranked) if match.elements is truth)
    found: Match = ranked[rank]
    return Replay(
        name,
        len(ranked),
        rank + 1,
        ranked[0].probability,
        rank == 0,
        found.chance,
        found.hypothesis == slip_name,
    )


def plan_launch(
    truth: ElementSet, slip_s: float, random: np.random.Generator, times: float
) -> Launch:
    """Carry an object back to its separation, take the slip and a drawn error off: the plan."""
    separated_unix_s = np.array([to_unix_s(truth.epoch_utc) - BACK_S])
    r_km, v_km_s, error = propagate(build_record(truth), separated_unix_s)
    if error[0]:
        raise PropagationError(f"no position a day before the epoch of {truth.name}")
    axes = radial_axes(r_km[0], v_km_s[0])
    sigma_km, sigma_km_s = times * np.array(SIGMA_KM), times * np.array(SIGMA_KM_S)
    r_km = r_km - (random.normal(size=3) * sigma_km) @ axes
    v_km_s = v_km_s - (random.normal(size=3) * sigma_km_s) @ axes
    # The plan is flown earlier by the slip: the same Earth-fixed state, so nothing else changes.
    angle = greenwich_angle_rad(separated_unix_s)
    fixed_r = rotate_to_earth(r_km, angle)
    spin = np.array([0.0, 0.0, EARTH_RATE_RAD_S])
    fixed_v = rotate_to_earth(v_km_s, angle) - np.cross(spin, fixed_r)
    separation = Separation(
        AFTER_LIFTOFF_S,
        tuple(fixed_r[0]),
        tuple(fixed_v[0]),
        diagonal_covariance(tuple(sigma_km), tuple(sigma_km_s)),
    )
    planned = from_unix_s(float(separated_unix_s[0])) - timedelta(seconds=AFTER_LIFTOFF_S + slip_s)
    return Launch(truth.name, planned, separation)


def print_report(title: str, found: Sequence[Replay | None]) -> None:
    """Print how often the true object came first, and how that agrees with what was said."""
    replays = [one for one in found if one is not None]
    total = len(replays)
    hits = sum(one.right for one in replays)
    said = sum(one.probability for one in replays)
    top3 = sum(one.rank <= 3 for one in replays)
    print(
        f"\n{title}: {total} launches, median {np.median([r.objects for r in replays]):.0f} objects"
    )
    print(f"  ranked first {hits} ({hits / total:.1%}), among the first three {top3 / total:.1%}")
    print(f"  probabilities of the first add up to {said:.1f}: said {said / total:.1%}")
    print(f"  slip told rightly for {sum(r.hypothesis_right for r in replays) / total:.1%}")
    chances = np.array([one.chance for one in replays])
    shares = [float(np.mean(chances < limit)) for limit in (0.01, 0.1, 0.5)]
    print(
        "  true objects of a chance below 1 %, 10 %, 50 %: " + ", ".join(f"{s:.1%}" for s in shares)
    )
    for low, high in ((0.0, 0.5), (0.5, 0.9), (0.9, 0.99), (0.99, 1.01)):
        some = [r for r in replays if low <= r.probability < high]
        if some:
            right = sum(r.right for r in some)
            print(f"  said {low:.2f} to {min(high, 1.0):.2f}: {right} of {len(some)} right")
    worst = sorted((r for r in replays if not r.right), key=lambda r: -r.probability)[:3]
    for one in worst:
        print(f"  missed: {one.designator}, {one.objects} objects, rank {one.rank}, "
              f"first had {one.probability:.2f}")  # fmt: skip


if __name__ == "__main__":
    main()
