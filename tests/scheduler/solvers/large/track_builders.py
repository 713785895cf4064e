"""Tiny deep-space problems, and the best plan by trying everything on a coarse grid."""

import itertools
import random

from scheduler.problem.measure import value_plan
from scheduler.problem.model import (
    AntennaResource,
    Choice,
    GroupTerm,
    Opportunity,
    PlanningProblem,
    Request,
    SatelliteResource,
)

HOUR_S = 3600.0
STEP_S = 3600.0


def make_request(name, windows, *, parts=1, least_h=1.0, wanted_h=2.0, part_h=None, setup_h=0.0):
    """Make a request of mission ``name[0]`` with windows (antennas, start h, end h)."""
    opportunities = [
        Opportunity(
            id=f"{name}/{number}#{part}",
            satellite_id=name[0],
            antenna_sets=(antennas,),
            start_s=start_h * HOUR_S,
            end_s=end_h * HOUR_S,
            trim="both",
            min_s=(part_h or least_h) * HOUR_S,
            max_s=wanted_h * HOUR_S,
            setup_s=setup_h * HOUR_S,
            teardown_s=0.0,
            value_per_s=1e-3 / HOUR_S,
        )
        for number, (antennas, start_h, end_h) in enumerate(windows)
        for part in range(parts)
    ]
    request = Request(
        id=name,
        members=tuple(item.id for item in opportunities),
        max_contacts=parts,
        min_total_s=least_h * HOUR_S,
        max_total_s=wanted_h * HOUR_S,
    )
    return request, opportunities, wanted_h


def make_problem(*asked, downtimes=None, pins=(), horizon_h=24.0, step_s=STEP_S):
    """Make the problem: the square of each mission's unserved fraction counts against the plan."""
    windows = [item for _, own, _ in asked for item in own]
    missions = sorted({item.satellite_id for item in windows})
    antennas = sorted({name for item in windows for name in item.antenna_sets[0]})
    terms = []
    for mission in missions:
        own = [item for item in asked if item[0].id[0] == mission]
        wanted_s = sum(wanted_h for _, _, wanted_h in own) * HOUR_S
        terms.append(
            GroupTerm(
                id=mission,
                name="satisfaction",
                quantity="duration_s",
                members=tuple(one for request, _, _ in own for one in request.members),
                lines=tuple(
                    (2 * unserved / wanted_s, (1 - unserved) ** 2)
                    for unserved in (step / 10 for step in range(11))
                ),
                target=wanted_s,
            )
        )
    return PlanningProblem(
        start_s=0.0,
        end_s=horizon_h * HOUR_S,
        antennas=tuple(
            AntennaResource(id=name, downtimes=tuple((downtimes or {}).get(name, ())))
            for name in antennas
        ),
        satellites=tuple(SatelliteResource(id=mission) for mission in missions),
        opportunities=tuple(windows),
        requests=tuple(request for request, _, _ in asked),
        group_terms=tuple(terms),
        pins=tuple(pins),
        time_step_s=step_s,
    )


def make_random_problem(seed, n_requests=3, horizon_h=7):
    """Make a random problem on whole hours, small enough to try everything."""
    rng = random.Random(seed)
    asked = []
    for number in range(n_requests):
        windows = []
        for _ in range(rng.randint(1, 2)):
            start_h = rng.randrange(0, horizon_h - 3)
            antennas = rng.choice([("A",), ("B",), ("A", "B")])
            windows.append((antennas, start_h, rng.randint(start_h + 2, horizon_h)))
        parts = rng.choice([1, 1, 2])
        wanted_h = rng.randint(2, 3)
        asked.append(
            make_request(
                f"{rng.choice('MNO')}{number}",
                windows,
                parts=parts,
                least_h=rng.randint(1, wanted_h),
                wanted_h=wanted_h,
                part_h=1.0 if parts > 1 else None,
                setup_h=rng.choice([0.0, 1.0]),
            )
        )
    downtimes = {"A": ((3 * HOUR_S, 4 * HOUR_S),)} if rng.random() < 0.3 else None
    return make_problem(*asked, downtimes=downtimes, horizon_h=horizon_h)


def find_best_value(problem, audit):
    """Try every set of contacts on the grid; ``audit`` says which are plans."""
    ways = []
    for request in problem.requests:
        contacts = [
            Choice(item.id, antennas, start * STEP_S, end * STEP_S)
            for member in request.members
            for item in [problem.opportunity_by_id[member]]
            for antennas in item.antenna_sets
            for start in range(int(item.start_s / STEP_S), int(item.end_s / STEP_S))
            for end in range(start + 1, int(item.end_s / STEP_S) + 1)
        ]
        own = [()]
        for size in range(1, (request.max_contacts or 1) + 1):
            own += [
                group
                for group in itertools.combinations(contacts, size)
                if not audit(problem, group)
            ]
        ways.append(own)
    best = value_plan(problem, ())

    def extend(depth, taken):
        nonlocal best
        if depth == len(ways):
            best = max(best, value_plan(problem, taken))
            return
        for group in ways[depth]:
            plan = (*taken, *group)
            if not group or not audit(problem, plan):
                extend(depth + 1, plan)

    extend(0, ())
    return best
