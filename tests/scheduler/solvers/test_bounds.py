"""Bounds and proofs where windows are odd: each test keeps a claim that was once wrong."""

import numpy as np
import pytest

from scheduler.audit import audit
from scheduler.problem.contradictions import find_contradictions
from scheduler.problem.measure import value_plan
from scheduler.problem.model import (
    AntennaResource,
    Choice,
    GapTerm,
    GroupTerm,
    Opportunity,
    Pin,
    Request,
)
from scheduler.solvers.base import Deadline
from scheduler.solvers.columns import build_columns, find_pools
from scheduler.solvers.engine import solve_linear
from scheduler.solvers.greedy import solve_greedy
from scheduler.solvers.ilp import solve_ilp
from scheduler.solvers.large.rent_bound import RentBound
from scheduler.solvers.placements import list_placements
from scheduler.solvers.relaxation import build_relaxation
from scheduler.solvers.search import Search
from scheduler.solvers.sweep import Lane, Sweep
from scheduler.solvers.sweep_bound import SweepBound
from scheduler.solvers.trim_search import find_prices
from tests.scheduler.brute_force import find_best
from tests.scheduler.odd_problems import odd_problem
from tests.scheduler.problem_builders import problem_of, random_problem, whole, window
from tests.scheduler.solver_claims import judge_claims


@pytest.mark.parametrize("seed", [*range(16), 24, 31])
def test_no_claim_about_an_odd_problem_is_wrong(seed) -> None:
    """Bite: each fault that the tests below keep was found so, over more seeds."""
    problem = odd_problem(seed)
    assert not find_contradictions(problem)  # contradictory ones are never solved: choose others
    best, _ = find_best(problem)

    assert judge_claims(problem, best, limit_s=10.0) == []


def test_a_satellite_after_itself_need_not_slew() -> None:
    """Bite: rows that held the least slew between two satellites allowed 2 of these 3."""
    table = {"one|two": 40.0, "two|one": 20.0}
    antenna = AntennaResource("a", "s", changeover="additive", pair_slew_s=table)
    windows = [
        window("first", 100, 200, satellite_id="one"),
        window("second", 200, 300, satellite_id="one"),
        window("third", 400, 500, satellite_id="two"),
    ]
    problem = problem_of(windows, antennas=(antenna,))
    pools = find_pools(problem)
    columns = build_columns(problem, list_placements(problem), pools)
    answer = solve_linear(
        build_relaxation(problem, columns, pools).model, relaxed=False, limit_s=10.0, seed=1
    )

    assert audit(problem, [whole(item) for item in windows]) == ()
    assert answer.value == pytest.approx(3.0)


def test_a_swept_contact_has_a_length() -> None:
    """Bite: with no least length, setup and teardown the sweep went round in circles for ever."""
    own = Opportunity("a", "s", (("a",),), 0.0, 60.0, trim="both", value_per_contact=1.0)

    _, placed = Sweep([Lane(own, 0, 0.0, 60.0, 0.0, 0.0)], 20.0).run()

    assert [item.end_s - item.start_s for item in placed] == [20.0, 20.0, 20.0]


def test_contacts_shorter_than_their_lock_give_no_sweep_bound() -> None:
    """Bite: the sweep charged the time missing to the lock: 20 where a plan gives 22."""
    own = [
        window(name, start_s, start_s + 80, 10.0, trim="stop", lock_s=60.0, value_per_s=0.1)
        for name, start_s in (("a", 0), ("b", 55))
    ]
    problem = problem_of(own, time_step_s=5.0)
    best, _ = find_best(problem)
    bound, _ = SweepBound(problem, find_pools(problem)).evaluate()

    assert best is not None
    assert bound >= best


def test_an_interruption_within_the_lock_costs_no_volume_twice() -> None:
    """Bite: with the interruption taken off the usable time again each second was too dear."""
    own = window(
        "a", 0, 200, 0.0, trim="stop", min_s=100.0, lock_s=40.0,
        interruptions=((0.0, 30.0),), volume=320.0, value_per_volume=1.0,
    )  # fmt: skip
    lane = Lane(own, 0, 0.0, 200.0, 0.0, 0.0)

    values, _ = Sweep([lane], 20.0).run()

    assert values.tolist() == [pytest.approx(320.0)]


def test_outside_its_span_a_gap_term_counts_nothing() -> None:
    """Bite: measured to the contact itself, a late contact cost 300 s more than none."""
    early, late = window("early", 0, 100), window("late", 900, 1000)
    gap = GapTerm("g", "revisit_gap", ("early", "late"), 200.0, 600.0, 100.0, 0.01)
    problem = problem_of([early, late], gap_terms=(gap,))

    assert value_plan(problem, []) == pytest.approx(-3.0)
    assert value_plan(problem, [whole(early), whole(late)]) == pytest.approx(2.0 - 3.0)
    assert audit(problem, [whole(late)], 1.0 - 3.0) == ()


def test_rents_bound_plans_with_contacts_outside_the_span_of_a_gap() -> None:
    """Bite: with the gap measured from the early contact the bound was 1 below the plan."""
    windows = [window(name, start_s, start_s + 100, satellite_id="one")
               for name, start_s in (("early", 0), ("middle", 700), ("late", 1500))]  # fmt: skip
    gap = GapTerm("g", "revisit_gap", ("early", "middle", "late"), 200.0, 1000.0, 100.0, 0.01)
    problem = problem_of(windows, gap_terms=(gap,))
    best, _ = find_best(problem)

    bound, _ = RentBound(problem, ()).evaluate([])

    assert bound == pytest.approx(best)


def test_prices_are_found_where_a_term_has_no_top() -> None:
    """Bite: with the endless term in the bound every step was NaN, no price moved."""
    more = {"trim": "both", "min_s": 60, "value_per_s": 0.1, "satellite_id": "one"}
    items = [window(name, 0, 300, antenna_sets=((name,),), **more) for name in ("a", "b")]
    term = GroupTerm("t", "t", "count", ("a", "b"), weights=(1.0, -1.0), lines=((2.0, 0.0),))
    antennas = (AntennaResource("a", "s"), AntennaResource("b", "s"))
    problem = problem_of(items, antennas=antennas, group_terms=(term,))
    search = Search(problem, Deadline(10.0), lambda step: None)

    prices = find_prices(search, find_pools(problem))

    assert prices.prices.per_s[-1].max() > 0.0  # of the satellite, which starts at nothing
    assert search.bound == np.inf


def test_a_pin_that_alone_misses_its_minimum_is_in_no_plan_alone() -> None:
    """Bite: the pin alone, 100 s of 250 s, was given out as a plan."""
    items = [window("pin", 0, 100), window("clash", 50, 250), window("late", 500, 600)]
    request = Request("r", ("pin", "clash", "late"), min_total_s=250.0)
    problem = problem_of(items, requests=(request,), pins=(Pin(whole(items[0])),))

    greedy = solve_greedy(problem, deadline=Deadline(5.0), seed=1, report=lambda step: None)
    ilp = solve_ilp(problem, deadline=Deadline(5.0), seed=1, report=lambda step: None)

    assert (greedy.status, greedy.choices) == ("failed", ())
    assert (ilp.status, ilp.choices) == ("infeasible", ())


def test_minimums_out_of_reach_are_contradictions() -> None:
    items = [window("a", 0, 100), window("b", 500, 600)]
    least = GroupTerm("least", "demand", "duration_s", ("a", "b"), at_least=300.0)
    request = Request("r", ("a",), min_total_s=200.0)
    problem = problem_of(
        items, group_terms=(least,), requests=(request,),
        pins=(Pin(Choice("a", ("a",), 0.0, 100.0)),),
    )  # fmt: skip

    found = [(item.kind, item.left, item.right) for item in find_contradictions(problem)]

    assert found == [
        ("minimum_out_of_reach", "limit least", "windows"),
        ("minimum_out_of_reach", "a", "request r"),
    ]


def held_problem(**more):
    """One antenna, four trimmable windows, a pin that bars others, a previous plan of parts."""
    windows = [
        window(name, start_s, end_s, 0.0, trim="both", min_s=20.0, value_per_s=worth)
        for name, start_s, end_s, worth in (
            ("a", 20, 80, 1.0), ("b", 60, 140, 1.5), ("c", 120, 200, 1.2), ("d", 180, 240, 1.0),
        )
    ]  # fmt: skip
    settings = {
        "start_s": 0.0,
        "end_s": 300.0,
        "time_step_s": 20.0,
        "antennas": (AntennaResource("a", "s", setup_s=20.0),),
        "pins": (Pin(Choice("b", ("a",), 80.0, 120.0)),),
        "previous": (Choice("a", ("a",), 20.0, 60.0), Choice("d", ("a",), 200.0, 240.0)),
        "change_price": 25.0,
    }
    return problem_of(windows, **settings | more)


@pytest.mark.parametrize(
    "more", [{}, {"previous": ()}, {"pins": ()}, {"change_price": 500.0}], ids=str
)
def test_one_antenna_is_proven_by_its_sweep_with_pins_and_a_price_of_change(more) -> None:
    """Bite: without lanes of kept contacts three of these bounds are below the best plan, with
    pins that close nothing two are above it."""
    problem = held_problem(**more)
    best, _ = find_best(problem)

    solution = solve_ilp(problem, deadline=Deadline(10.0), seed=1, report=lambda step: None)

    assert audit(problem, solution.choices, solution.value) == ()
    assert (solution.value, solution.bound) == (pytest.approx(best), pytest.approx(best))
    assert [stage.stage for stage in solution.stages] == ["swept", "sweep bound"]


def test_what_no_window_can_give_is_no_part_of_a_bound() -> None:
    """A goal of 50 contacts with one window, a largest gap of 1,000 s in 10,000 s with three.

    Bite: at their top whatever the windows, the two terms left a bound of 1,200.
    """
    more = {"trim": "both", "min_s": 100, "value_per_s": 1.0}
    windows = [
        window(name, start_s, start_s + 600, 0.0, **more)
        for name, start_s in (("a", 100), ("b", 300), ("c", 5_000))
    ]
    lines = ((9.0, -450.0), (0.0, 0.0))
    problem = problem_of(
        windows,
        group_terms=(GroupTerm("t", "satisfaction", "count", ("c",), lines=lines),),
        gap_terms=(GapTerm("g", "revisit_gap", ("a", "b", "c"), 0.0, 10_000.0, 1_000.0, 1.0),),
    )
    search = Search(problem, Deadline(10.0), lambda step: None)

    find_prices(search, find_pools(problem))
    bound, _ = SweepBound(problem, find_pools(problem)).evaluate()

    # 785 s beside c's 600 s from 100 to 900 s; the goal's 441, gaps of 4,100 s and 4,400 s.
    assert bound == pytest.approx(785.0 + 600.0 - 441.0 - 3_100.0 - 3_400.0)
    assert search.bound <= 1_400.0 - 441.0 - 6_500.0


def test_an_array_of_the_previous_plan_is_not_kept_on_one_of_its_antennas() -> None:
    """Bite: found by ``make prove-plans``: the sweep put the array's contact on one antenna."""
    problem = random_problem(1690, largest=5)
    best, _ = find_best(problem)

    solution = solve_ilp(problem, deadline=Deadline(10.0), seed=1, report=lambda step: None)

    assert audit(problem, solution.choices, solution.value) == ()
    assert solution.value == pytest.approx(best)


def test_trimmed_contacts_leave_room_for_the_slew_between_two_satellites() -> None:
    """Bite: swept without room, contacts that are too close drop each other: 4,620 were left."""
    names = [f"sat-{place % 3}" for place in range(12)]
    windows = [
        window(f"{place}", 500 * place, 500 * place + 700, 0.0, satellite_id=name,
               trim="both", min_s=120.0, value_per_s=1.0 + 0.1 * (place % 2))
        for place, name in enumerate(names)
    ]  # fmt: skip
    table = {f"{one}|{two}": 40.0 for one in set(names) for two in set(names) if one != two}
    antenna = AntennaResource("a", "s", setup_s=20.0, changeover="additive", pair_slew_s=table)
    problem = problem_of(windows, antennas=(antenna,))

    solution = solve_ilp(problem, deadline=Deadline(10.0), seed=1, report=lambda step: None)

    assert audit(problem, solution.choices, solution.value) == ()
    assert solution.value >= 5_900.0
