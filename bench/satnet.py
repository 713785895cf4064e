"""Plan a week of deep-space tracks from the SatNet benchmark with Aspan's own solver.

    uv run python bench/satnet.py --problems P.json --maintenance M.csv --week 10
        --time-limit S --seed N --output schedule.json

Reads the public form of the benchmark (requests with view periods per antenna set, a CSV of
maintenance), turns it into a planning problem and writes one row per antenna and track. The
objective: the sum over missions of 1 - U^2, where U is the unserved fraction of the requested
hours, and a small reward for every hour served. Prints value, bound, gap, seconds and the
benchmark's four measures as this script counts them.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scheduler.problem.model import (
    AntennaResource,
    Choice,
    GroupTerm,
    Opportunity,
    PlanningProblem,
    Request,
    SatelliteResource,
)
from scheduler.solvers import solve
from scheduler.solvers.base import Incumbent

HORIZON_S = 7 * 86400 + 43200
SPLITTABLE_FROM_S = 8 * 3600
PART_AT_LEAST_S = 4 * 3600
HAND_OVER_S = 3.0  # of the time limit: starting the solver's process, writing
MOST_PARTS = 4  # tracks of one request; more are allowed, but not tried
COARSEST_STEP_S = 60  # of starts and ends; finer where the week's figures ask for it
VALUE_PER_HOUR = 2e-4  # small beside the marginal value of fairness, so that it breaks ties
N_TANGENTS = 50


@dataclass(frozen=True)
class TrackRequest:
    """One request of the week, in seconds."""

    track_id: str
    mission: str
    duration_s: int
    least_s: int
    setup_s: int
    teardown_s: int
    view_periods: tuple[tuple[tuple[str, ...], int, int], ...]  # antennas, start, end

    @property
    def part_at_least_s(self) -> int:
        splittable = self.duration_s >= SPLITTABLE_FROM_S
        return min(PART_AT_LEAST_S, self.least_s) if splittable else self.least_s

    @property
    def max_parts(self) -> int:
        most = min(MOST_PARTS, self.duration_s // PART_AT_LEAST_S)
        return most if self.is_splittable else 1

    @property
    def is_splittable(self) -> bool:
        return self.duration_s >= SPLITTABLE_FROM_S


def read_requests(path: Path, week: int, year: int) -> list[TrackRequest]:
    """Read the requests of a week; view periods are clipped to the request's own time window."""
    content = json.loads(path.read_text())
    name = f"W{week}_{year}"
    if isinstance(content, dict) and name not in content:
        raise SystemExit(f"--week: {path} has no {name}; it has {', '.join(sorted(content))}")
    rows = content[name] if isinstance(content, dict) else content
    return [_read_request(row) for row in rows]


def _read_request(row: dict[str, Any]) -> TrackRequest:
    first, last = int(row["time_window_start"]), int(row["time_window_end"])
    periods = [
        (
            tuple(sorted(key.split("_"))),
            max(int(one["TRX ON"]), first),
            min(int(one["TRX OFF"]), last),
        )
        for key, items in sorted(row["resource_vp_dict"].items())
        for one in items
    ]
    return TrackRequest(
        track_id=str(row["track_id"]),
        mission=str(row["subject"]),
        duration_s=round(row["duration"] * 3600),
        least_s=round(row["duration_min"] * 3600),
        setup_s=round(row["setup_time"] * 60),
        teardown_s=round(row["teardown_time"] * 60),
        view_periods=tuple(sorted(set(periods), key=lambda item: (item[1], item[2], item[0]))),
    )


def read_maintenance(
    path: Path | None, start_s: int, end_s: int
) -> dict[str, list[tuple[float, float]]]:
    """Read the downtimes per antenna that touch the horizon, merged and ascending."""
    downtimes: dict[str, list[tuple[float, float]]] = defaultdict(list)
    if path is None:
        return downtimes
    with path.open(newline="") as file:
        spans = sorted(
            (row["antenna"], float(row["starttime"]), float(row["endtime"]))
            for row in csv.DictReader(file)
        )
    for antenna, first_s, last_s in spans:
        low_s, high_s = max(first_s, float(start_s)), min(last_s, float(end_s))
        own = downtimes[antenna]
        if high_s <= low_s:
            continue
        if own and low_s <= own[-1][1]:
            own[-1] = (own[-1][0], max(own[-1][1], high_s))
        else:
            own.append((low_s, high_s))
    return downtimes


def build_problem(
    requests: Sequence[TrackRequest],
    downtimes: dict[str, list[tuple[float, float]]],
    start_s: int,
    end_s: int,
) -> PlanningProblem:
    """Build the planning problem of a week: one opportunity per part, antenna set and period."""
    opportunities: list[Opportunity] = []
    asked: list[Request] = []
    for request in requests:
        own = list(_list_opportunities(request, start_s, end_s))
        opportunities.extend(own)
        asked.append(
            Request(
                id=request.track_id,
                members=tuple(item.id for item in own),
                max_contacts=request.max_parts,
                min_total_s=float(request.least_s),
                max_total_s=float(request.duration_s),
            )
        )
    names = {name for item in requests for antennas, _, _ in item.view_periods for name in antennas}
    missions = sorted({request.mission for request in requests})
    return PlanningProblem(
        start_s=float(start_s),
        end_s=float(end_s),
        antennas=tuple(
            AntennaResource(id=name, downtimes=tuple(downtimes.get(name, ())))
            for name in sorted(names)
        ),
        satellites=tuple(SatelliteResource(id=mission) for mission in missions),
        opportunities=tuple(opportunities),
        requests=tuple(asked),
        group_terms=tuple(_list_terms(requests, asked, missions)),
        time_step_s=float(find_step_s(requests)),
        value_unit="missions satisfied",
    )


def find_step_s(requests: Sequence[TrackRequest]) -> int:
    """Find the greatest step, up to a minute, of which every length of the week is a multiple."""
    return math.gcd(
        COARSEST_STEP_S,
        *(
            figure
            for item in requests
            for figure in (item.duration_s, item.least_s, item.setup_s, item.teardown_s)
        ),
    )


def _list_opportunities(request: TrackRequest, start_s: int, end_s: int) -> Iterable[Opportunity]:
    """Yield the periods in which a part fits, once per part; setup and teardown in the horizon."""
    for number, (antennas, first_s, last_s) in enumerate(request.view_periods):
        low_s = max(first_s, start_s + request.setup_s)
        high_s = min(last_s, end_s - request.teardown_s)
        if high_s - low_s < request.part_at_least_s:
            continue
        for part in range(1, request.max_parts + 1):
            yield Opportunity(
                id=f"{request.track_id}/{number}#{part}",
                satellite_id=request.mission,
                antenna_sets=(antennas,),
                start_s=float(low_s),
                end_s=float(high_s),
                trim="both",
                min_s=float(request.part_at_least_s),
                max_s=float(request.duration_s),
                setup_s=float(request.setup_s),
                teardown_s=float(request.teardown_s),
                value_per_s=VALUE_PER_HOUR / 3600.0,
            )


def _list_terms(
    requests: Sequence[TrackRequest], asked: Sequence[Request], missions: Sequence[str]
) -> Iterable[GroupTerm]:
    """Yield per mission the tangents of 1 - U^2 over the seconds served."""
    wanted_s: dict[str, float] = defaultdict(float)
    members: dict[str, list[str]] = defaultdict(list)
    for request, item in zip(requests, asked, strict=True):
        wanted_s[request.mission] += request.duration_s
        members[request.mission].extend(item.members)
    for mission in missions:
        if members[mission]:
            yield GroupTerm(
                id=f"satisfaction/{mission}",
                name="satisfaction",
                quantity="duration_s",
                members=tuple(members[mission]),
                lines=tuple(
                    (2.0 * unserved / wanted_s[mission], (1.0 - unserved) ** 2)
                    for unserved in (step / N_TANGENTS for step in range(N_TANGENTS + 1))
                ),
                target=wanted_s[mission],
            )


def list_rows(requests: Sequence[TrackRequest], choices: Sequence[Choice]) -> list[dict[str, Any]]:
    """List the schedule in the benchmark's form, one row per antenna."""
    by_id = {request.track_id: request for request in requests}
    rows: list[dict[str, Any]] = []
    for choice in choices:
        request = by_id[choice.opportunity_id.rpartition("/")[0]]
        on_s, off_s = round(choice.start_s), round(choice.end_s)
        rows += [
            {
                "RESOURCE": name,
                "SC": int(request.mission) if request.mission.isdigit() else request.mission,
                "START_TIME": on_s - request.setup_s,
                "TRACKING_ON": on_s,
                "TRACKING_OFF": off_s,
                "END_TIME": off_s + request.teardown_s,
                "TRACK_ID": request.track_id,
            }
            for name in choice.antennas
        ]
    return rows


def measure(requests: Sequence[TrackRequest], choices: Sequence[Choice]) -> dict[str, float]:
    """Measure hours served, requests satisfied, and the unserved fractions of the missions."""
    served_s: dict[str, float] = defaultdict(float)
    for choice in choices:
        served_s[choice.opportunity_id.rpartition("/")[0]] += choice.end_s - choice.start_s
    asked: dict[str, float] = defaultdict(float)
    given: dict[str, float] = defaultdict(float)
    for request in requests:
        asked[request.mission] += request.duration_s
        given[request.mission] += served_s[request.track_id]
    unserved = [1.0 - given[mission] / asked[mission] for mission in asked]
    return {
        "hours": sum(given.values()) / 3600.0,
        "satisfied": sum(served_s[item.track_id] >= item.least_s for item in requests),
        "u_rms": math.sqrt(sum(one * one for one in unserved) / len(unserved)),
        "u_max": max(unserved),
    }


def main() -> None:
    """Read, solve, write, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--problems", type=Path, required=True)
    parser.add_argument("--maintenance", type=Path)
    parser.add_argument("--week", type=int, required=True)
    parser.add_argument("--year", type=int, default=2018)
    parser.add_argument("--time-limit", type=float, default=300.0, metavar="S")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--solver", default="large")
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    started_s = time.monotonic()
    monday = datetime.fromisocalendar(arguments.year, arguments.week, 1).replace(tzinfo=UTC)
    start_s = int(monday.timestamp())
    end_s = start_s + HORIZON_S
    requests = read_requests(arguments.problems, arguments.week, arguments.year)
    downtimes = read_maintenance(arguments.maintenance, start_s, end_s)
    problem = build_problem(requests, downtimes, start_s, end_s)

    def tell(incumbent: Incumbent) -> None:
        figures = measure(requests, incumbent.choices)
        print(f"{incumbent.elapsed_s:7.1f} s  {incumbent.stage:<14} {_format(figures)}", flush=True)

    solution = solve(
        problem,
        solver=arguments.solver,
        time_limit_s=max(1.0, arguments.time_limit - (time.monotonic() - started_s) - HAND_OVER_S),
        seed=arguments.seed,
        on_progress=tell,
    )
    rows = list_rows(requests, solution.choices)
    arguments.output.write_text(json.dumps(rows, indent=1) + "\n")
    bound = "none" if solution.bound is None else f"{solution.bound:.6f}"
    gap = "unknown" if solution.gap is None else f"{100.0 * solution.gap:.3f} %"
    print(_format(measure(requests, solution.choices)))
    print(
        f"status {solution.status}  value {solution.value}  bound {bound}  gap {gap}  "
        f"seconds {time.monotonic() - started_s:.1f}  {solution.message}".rstrip()
    )


def _format(figures: dict[str, float]) -> str:
    return (
        f"hours {figures['hours']:.1f}  satisfied {figures['satisfied']:.0f}  "
        f"U_rms {figures['u_rms']:.4f}  U_max {figures['u_max']:.4f}"
    )


if __name__ == "__main__":
    main()
