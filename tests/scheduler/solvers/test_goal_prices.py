"""Goals on one antenna: sweeps paid by prices bound every plan, and prove the best one."""

import numpy as np
import pytest

from scheduler.audit import audit
from scheduler.problem.model import AntennaResource, Choice, GapTerm, GroupTerm, Pin
from scheduler.solvers.base import Deadline
from scheduler.solvers.columns import find_pools
from scheduler.solvers.ilp import solve_ilp
from scheduler.solvers.sweep_bound import GapPrices, GoalPrices, SweepBound
from tests.scheduler.brute_force import find_best
from tests.scheduler.problem_builders import problem_of, window

NAMES = ("a", "b", "c", "d")


def goal_problem(**more):
    """One antenna, four trimmable windows of one satellite, a pin, goals of every priced kind."""
    windows = [
        window(name, start_s, end_s, 0.0, trim="both", min_s=20.0, value_per_s=worth,
               satellite_id="s", rate=((start_s, 2.0),))
        for name, start_s, end_s, worth in zip(
            NAMES, (20, 80, 140, 200), (80, 160, 220, 260), (1.0, 0.4, 1.2, 1.0), strict=True
        )
    ]  # fmt: skip
    lines = ((30.0, -120.0), (0.0, 0.0))  # four are asked, three can be had
    settings = {
        "end_s": 300.0,
        "time_step_s": 20.0,
        "antennas": (AntennaResource("a", "s", setup_s=20.0),),
        "pins": (Pin(Choice("b", ("a",), 100.0, 140.0)),),
        "group_terms": (
            GroupTerm("day", "satisfaction", "count", NAMES, lines=lines,
                      starts_within=(60.0, 180.0)),
            GroupTerm("few", "satisfaction", "count", NAMES, lines=((0.0, 0.0), (-9.0, 9.0))),
            GroupTerm("time", "satisfaction", "usable_s", NAMES, lines=((0.5, -150.0), (0.0, 0.0))),
            GroupTerm("data", "satisfaction", "volume", NAMES, lines=((0.2, -50.0), (0.0, 0.0))),
        ),
        "gap_terms": (GapTerm("gap", "revisit_gap", NAMES, 0.0, 300.0, 20.0, 0.5),),
    }  # fmt: skip
    return problem_of(windows, **settings | more)


KEPT = (
    Choice("a", ("a",), 20.0, 60.0),
    Choice("c", ("a",), 160.0, 200.0),
    Choice("d", ("a",), 220.0, 260.0),
)


@pytest.mark.parametrize(
    "more", [{}, {"previous": KEPT, "change_price": 100.0}], ids=["new", "again"]
)
def test_any_prices_of_goals_bound_every_plan(more) -> None:
    """Bite, each planted and seen: pins that a term or a gap does not pay, a price below nothing
    for a contact that may count elsewhere, kept contacts that earn no time or volume."""
    problem = goal_problem(**more)
    best, _ = find_best(problem)
    pools = find_pools(problem)
    sweeps = SweepBound(problem, pools)
    (gap,) = problem.gap_terms
    edges_s = np.linspace(gap.start_s, gap.end_s - gap.max_gap_s, 15)
    draw = np.random.default_rng(1)
    units = np.zeros(len(problem.group_terms))
    per_s = np.zeros(14)

    bounds = [sweeps.evaluate()[0]]
    for _ in range(600):  # a blind search for the prices of the least bound
        new_units = units + draw.normal(size=len(units)) * (draw.random(len(units)) < 0.5) * 4.0
        new_per_s = np.clip(per_s + 0.1 * draw.normal(size=14), 0.0, gap.price_per_s)
        prices = GoalPrices(
            dict(zip([term.id for term in problem.group_terms], new_units, strict=True)),
            (GapPrices(gap, edges_s, new_per_s),),
        )
        bounds.append(sweeps.evaluate(prices)[0])
        if bounds[-1] <= min(bounds):
            units, per_s = new_units, new_per_s

    assert min(bounds) >= best - 1e-6
    assert min(bounds) < bounds[0]
    print(best, min(bounds), bounds[0])


def test_goals_on_one_antenna_are_planned_near_their_bound() -> None:
    """Bite: with a window that may be taken twice for nothing, or time of gaps that earns nothing,
    the bound stays 1.4 % above the plan or more."""
    windows = [
        window(f"{satellite}{number}", start_s, start_s + 700.0, 0.0, trim="both", min_s=120.0,
               value_per_s=worth, satellite_id=satellite)
        for satellite, worth, offset_s, every_s in (
            ("one", 1.0, 100.0, 1_500.0),
            ("two", 0.7, 500.0, 1_900.0),
            ("three", 0.2, 300.0, 2_700.0),
        )
        for number, start_s in enumerate(np.arange(offset_s, 20_000.0, every_s).tolist())
    ]  # fmt: skip
    names = {name: tuple(item.id for item in windows if item.satellite_id == name)
             for name in ("one", "two", "three")}  # fmt: skip
    problem = problem_of(
        windows,
        end_s=25_000.0,
        group_terms=(
            GroupTerm("three often", "satisfaction", "count", names["three"],
                      lines=((300.0, -1_800.0), (0.0, 0.0))),
            GroupTerm("two long", "satisfaction", "usable_s", names["two"],
                      lines=((0.5, -2_000.0), (0.0, 0.0))),
        ),
        gap_terms=(GapTerm("two", "revisit_gap", names["two"], 0.0, 25_000.0, 2_500.0, 0.3),),
    )  # fmt: skip

    solution = solve_ilp(problem, deadline=Deadline(30.0), seed=1, report=lambda step: None)

    assert audit(problem, solution.choices, solution.value) == ()
    assert solution.gap is not None
    assert solution.gap < 0.005
    assert "priced sweeps" in {stage.stage for stage in solution.stages}
