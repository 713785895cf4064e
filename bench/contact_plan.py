"""Plan a contact-plan instance with Aspan's own model and solvers, and print value and bound.

    python bench/contact_plan.py INSTANCE.json.gz --time-limit S --seed N --output plan.json
    python bench/contact_plan.py INSTANCE.json.gz --time-limit S --compare

The instance has antennas, satellites, windows (whole or with a rate profile) and prices, all in
integer seconds; the plan is a list of {window, antenna, start, end}.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import time
from pathlib import Path
from typing import Any

from scheduler.audit import audit
from scheduler.problem.model import (
    AntennaResource,
    Choice,
    GapTerm,
    GroupTerm,
    Opportunity,
    Pin,
    PlanningProblem,
    SatelliteResource,
)
from scheduler.solvers import SOLVERS, solve
from scheduler.solvers.large import is_large

DAY_S = 86_400


def read_instance(path: Path) -> dict[str, Any]:
    """Read an instance, packed or not."""
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    instance: dict[str, Any] = json.loads(data)
    return instance


def build_problem(instance: dict[str, Any]) -> PlanningProblem:
    """Turn an instance into a planning problem with the same value."""
    prices = {"volume": 1, "count": 0, "shortfall": 0, "gap_violation": 0, "stability": 0}
    prices |= instance.get("objective", {})
    start_s, end_s = instance["horizon"]
    at_station: dict[str, list[str]] = {}
    for name, antenna in instance["antennas"].items():
        at_station.setdefault(antenna["station"], []).append(name)
    pinned = [build_choice(row) for row in instance.get("pinned", [])]
    return PlanningProblem(
        start_s=start_s,
        end_s=end_s,
        antennas=tuple(
            AntennaResource(
                id=name,
                station_id=antenna["station"],
                setup_s=antenna.get("setup", 0),
                teardown_s=antenna.get("teardown", 0),
                changeover="additive",
                pair_slew_s=antenna.get("slew", {}),
                downtimes=tuple((a, b) for a, b in antenna.get("maintenance", [])),
            )
            for name, antenna in instance["antennas"].items()
        ),
        satellites=tuple(
            SatelliteResource(name, satellite.get("org", ""), satellite.get("sat_gap", 0))
            for name, satellite in instance["satellites"].items()
        ),
        opportunities=tuple(
            build_opportunity(window, instance, at_station, prices)
            for window in instance["windows"]
        ),
        group_terms=tuple(build_daily_minimum(instance, prices)),
        gap_terms=tuple(build_gap_terms(instance, prices)),
        pins=tuple(Pin(choice) for choice in pinned),
        previous=tuple(build_choice(row) for row in instance.get("previous", [])),
        change_price=-prices["stability"],
        value_unit="value of the instance",
    )


def build_choice(row: dict[str, Any]) -> Choice:
    """Read one contact of the instance."""
    return Choice(str(row["window"]), (row["antenna"],), row["start"], row["end"])


def build_opportunity(
    window: dict[str, Any],
    instance: dict[str, Any],
    at_station: dict[str, list[str]],
    prices: dict[str, float],
) -> Opportunity:
    """Turn one window into an opportunity."""
    satellite = instance["satellites"][window["sat"]]
    antennas = window.get("antennas") or at_station.get(window.get("station"), [])
    trimmable = satellite.get("trimmable", False)
    priority = satellite.get("priority", 1)
    length_s = window["end"] - window["start"]
    min_s = satellite.get("min_contact", 0)
    return Opportunity(
        id=str(window["id"]),
        satellite_id=window["sat"],
        antenna_sets=tuple((name,) for name in antennas),
        start_s=window["start"],
        end_s=window["end"],
        trim="both" if trimmable else "none",
        min_s=min_s if trimmable else min(min_s, length_s),
        volume=None if "rate" in window else window.get("volume", 0.0),
        rate=tuple((t, rate) for t, rate in window.get("rate", [])),
        value_per_contact=priority * prices["count"],
        value_per_volume=priority * prices["volume"],
    )


def build_daily_minimum(instance: dict[str, Any], prices: dict[str, float]) -> list[GroupTerm]:
    """Price every contact that a satellite lacks on a UTC day that lies whole in the horizon."""
    start_s, end_s = instance["horizon"]
    price = -prices["shortfall"]
    terms: list[GroupTerm] = []
    if price <= 0:
        return terms
    windows_of: dict[tuple[str, int], list[str]] = {}
    for window in instance["windows"]:
        for day in range(window["start"] // DAY_S, (window["end"] - 1) // DAY_S + 1):
            windows_of.setdefault((window["sat"], day), []).append(str(window["id"]))
    for name, satellite in instance["satellites"].items():
        wanted = satellite.get("per_day", 0)
        for day in range(-(-start_s // DAY_S), end_s // DAY_S):
            if wanted > 0:
                terms.append(
                    GroupTerm(
                        id=f"{name}.day{day}",
                        name="satisfaction",
                        quantity="count",
                        members=tuple(windows_of.get((name, day), ())),
                        lines=((price, -price * wanted), (0.0, 0.0)),
                        starts_within=(day * DAY_S, (day + 1) * DAY_S),
                        target=wanted,
                    )
                )
    return terms


def build_gap_terms(instance: dict[str, Any], prices: dict[str, float]) -> list[GapTerm]:
    """Price the seconds by which a satellite waits longer than its largest gap."""
    start_s, end_s = instance["horizon"]
    if prices["gap_violation"] >= 0:
        return []
    windows_of: dict[str, list[str]] = {}
    for window in instance["windows"]:
        windows_of.setdefault(window["sat"], []).append(str(window["id"]))
    return [
        GapTerm(
            id=f"{name}.gap",
            name="revisit_gap",
            members=tuple(windows_of.get(name, ())),
            start_s=start_s,
            end_s=end_s,
            max_gap_s=satellite["max_gap"],
            price_per_s=-prices["gap_violation"],
        )
        for name, satellite in instance["satellites"].items()
        if "max_gap" in satellite
    ]


def main() -> int:
    """Run the command; 0 when the audit accepts the plan."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("instance", type=Path)
    parser.add_argument("--time-limit", type=float, default=60.0, metavar="S")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--solver", choices=sorted([*SOLVERS, "auto"]), default="auto")
    parser.add_argument("--output", type=Path, metavar="plan.json")
    parser.add_argument("--compare", action="store_true", help="all solvers in turn, as a table")
    arguments = parser.parse_args()
    started_s = time.monotonic()
    instance = read_instance(arguments.instance)
    window_ids = {str(window["id"]): window["id"] for window in instance["windows"]}
    problem = build_problem(instance)
    if arguments.compare:
        return compare_solvers(problem, arguments.time_limit, arguments.seed)
    solver = arguments.solver
    if solver == "auto":
        solver = "large" if is_large(problem) else "ilp"
    hand_over_s = 2.0 + 1e-4 * len(problem.opportunities)  # audit and writing
    left_s = arguments.time_limit - (time.monotonic() - started_s) - hand_over_s
    solution = solve(
        problem,
        solver=solver,
        time_limit_s=max(0.1, left_s),
        seed=arguments.seed,
        on_progress=lambda step: print(
            f"{step.elapsed_s:8.2f} s  {step.stage:<12} value {step.value:.3f}  bound "
            + ("-" if step.bound is None else f"{step.bound:.3f}"),
            file=sys.stderr,
        ),
    )
    violations = audit(problem, solution.choices)
    plan = [
        {
            "window": window_ids[choice.opportunity_id],
            "antenna": choice.antennas[0],
            "start": round(choice.start_s),
            "end": round(choice.end_s),
        }
        for choice in solution.choices
    ]
    if arguments.output:
        arguments.output.write_text(json.dumps(plan))
    bound, gap = solution.bound, solution.gap
    print(
        f"solver {solution.solver}  status {solution.status}  value {solution.value:.3f}"
        f"  bound {'unknown' if bound is None else f'{bound:.3f}'}"
        f"  gap {'unknown' if gap is None else f'{100 * gap:.4f} %'}"
        f"  contacts {len(plan)}  seconds {time.monotonic() - started_s:.2f}"
        f"  audit {'accepted' if not violations else f'{len(violations)} violations'}"
    )
    for violation in violations[:10]:
        print(violation, file=sys.stderr)
    return 1 if violations else 0


def compare_solvers(problem: PlanningProblem, time_limit_s: float, seed: int) -> int:
    """Print value, bound, gap and seconds of every solver; 0 when the audit accepts all plans."""
    print(f"{len(problem.opportunities)} windows, {len(problem.antennas)} antennas")
    print("| solver | status | value | bound | gap | contacts | seconds |")
    print("|---|---|---|---|---|---|---|")
    refused = 0
    for name in SOLVERS:
        started_s = time.monotonic()
        solution = solve(problem, solver=name, time_limit_s=time_limit_s, seed=seed)
        seconds = time.monotonic() - started_s
        refused += bool(audit(problem, solution.choices, solution.value))
        bound = "-" if solution.bound is None else f"{solution.bound:,.2f}"
        gap = "-" if solution.gap is None else f"{100 * solution.gap:.4f} %"
        print(
            f"| {name} | {solution.status} | {solution.value or 0.0:,.2f} | {bound} | {gap} "
            f"| {len(solution.choices)} | {seconds:.1f} |",
            flush=True,
        )
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
