"""Small pass networks with daily minima, largest gaps, a request and a previous plan."""

import itertools
import random

from scheduler.problem.measure import value_plan
from scheduler.problem.model import (
    AntennaResource,
    Choice,
    GapTerm,
    GroupTerm,
    Opportunity,
    Pin,
    PlanningProblem,
    Request,
    SatelliteResource,
)

DAY_S = 1000.0


def make_network(
    seed, *, n_passes=9, n_satellites=2, n_antennas=2, days=2, extras=True, price=0.02
):
    """Make a random network on whole seconds; a day has 1000 s."""
    rng = random.Random(seed)
    horizon_s = days * DAY_S
    antennas = [f"A{number}" for number in range(n_antennas)]
    windows = []
    for number in range(n_passes):
        start_s = float(rng.randrange(0, int(horizon_s) - 120))
        windows.append(
            Opportunity(
                id=f"w{number}",
                satellite_id=f"s{number % n_satellites}",
                antenna_sets=tuple((name,) for name in antennas),
                start_s=start_s,
                end_s=start_s + rng.randrange(40, 120),
                value_per_contact=float(rng.randint(1, 9)),
            )
        )
    windows.sort(key=lambda item: (item.start_s, item.id))
    own = {
        f"s{number}": tuple(item.id for item in windows if item.satellite_id == f"s{number}")
        for number in range(n_satellites)
    }
    terms = [
        GroupTerm(
            id=f"{name}.day{day}",
            name="satisfaction",
            quantity="count",
            members=members,
            lines=((5.0, -10.0), (0.0, 0.0)),
            starts_within=(day * DAY_S, (day + 1) * DAY_S),
            target=2.0,
        )
        for name, members in own.items()
        for day in range(days)
    ]
    gaps = [
        GapTerm(f"{name}.gap", "revisit_gap", members, 0.0, horizon_s, 500.0, price)
        for name, members in own.items()
    ]
    first = windows[0]
    requests = [Request("r", tuple(item.id for item in windows[:4]), max_contacts=3)]
    everybody = GroupTerm(
        id="all",
        name="satisfaction",
        quantity="duration_s",
        members=tuple(item.id for item in windows),
        lines=((0.02, 0.0), (0.005, 4.5)),
    )
    pin = Pin(Choice(first.id, (antennas[0],), first.start_s, first.end_s))
    last = windows[-1]
    return PlanningProblem(
        start_s=0.0,
        end_s=horizon_s,
        antennas=tuple(AntennaResource(name, "X", setup_s=20.0) for name in antennas),
        satellites=tuple(SatelliteResource(name, recovery_s=10.0) for name in own),
        opportunities=tuple(windows),
        requests=tuple(requests) if extras else (),
        group_terms=(*terms, everybody) if extras else tuple(terms),
        gap_terms=tuple(gaps),
        pins=(pin,) if extras else (),
        previous=(Choice(last.id, (antennas[0],), last.start_s, last.end_s),) if extras else (),
        change_price=0.5 if extras else 0.0,
    )


def list_plans(problem, audit):
    """List every plan of whole windows that the audit accepts."""
    ways = [
        [None, *(Choice(one.id, names, one.start_s, one.end_s) for names in one.antenna_sets)]
        for one in problem.opportunities
    ]
    plans = []
    for combination in itertools.product(*ways):
        plan = tuple(choice for choice in combination if choice is not None)
        if not audit(problem, plan):
            plans.append(plan)
    return plans


def find_best_value(problem, audit):
    """Return the value of the best plan."""
    return max(value_plan(problem, plan) for plan in list_plans(problem, audit))
