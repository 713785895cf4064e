"""What windows would give without rivals: no plan gives more, and reports tell by it."""

import pytest

from scheduler.explanations.goal_report import report_goals
from scheduler.problem.measure import measure_excess_s, measure_group
from scheduler.problem.model import Forbid, GapTerm, GroupTerm, Request
from scheduler.problem.offers import Offers
from scheduler.solvers import solve
from tests.scheduler.problem_builders import problem_of, random_problem, window


def term_of(members, target, quantity="count", **more):
    return GroupTerm(
        "t", "satisfaction", quantity, tuple(members), lines=((1.0, -target), (0.0, 0.0)),
        target=target, **more,
    )  # fmt: skip


def tell(problem, choices=()):
    return [(report.given, report.reason) for report in report_goals(problem, choices)]


def test_two_windows_of_a_satellite_at_once_are_one_contact() -> None:
    """Bite: summed one by one, variants of one pass made "beaten_by" of what no plan reaches."""
    variants = [
        window("p.wrap0", 0, 600, satellite_id="s"),
        window("p.wrap1", 0, 600, satellite_id="s"),
    ]
    later = window("q", 900, 1500, satellite_id="s")

    problem = problem_of(
        [*variants, later], group_terms=(term_of(["p.wrap0", "p.wrap1", "q"], 3.0),)
    )

    assert Offers(problem).sum_most(problem.group_terms[0]) == 2.0
    assert tell(problem) == [(0, "no_window")]


def test_of_whole_windows_that_overlap_the_best_that_do_not_count() -> None:
    """Bite: a chain of windows that counted its last one alone fell below what a plan gives."""
    chain = [
        window(name, start, start + 600, satellite_id="s")
        for name, start in (("a", 0), ("b", 500), ("c", 1000))
    ]
    problem = problem_of(chain, group_terms=(term_of("abc", 3.0),))

    assert Offers(problem).sum_most(problem.group_terms[0]) == 2.0


def test_trimmed_windows_at_once_give_the_time_they_cover() -> None:
    pair = [
        window("a", 0, 600, satellite_id="s", trim="both"),
        window("b", 300, 900, satellite_id="s", trim="both"),
    ]
    problem = problem_of(pair, group_terms=(term_of(["a", "b"], 1000.0, "duration_s"),))

    assert Offers(problem).sum_most(problem.group_terms[0]) == 900.0
    assert tell(problem) == [(0, "no_window")]


def test_trimmed_windows_of_which_a_request_allows_one_count_once() -> None:
    """Bite: variants of a pass, one contact between them, counted as many contacts."""
    pair = [window(name, 0, 600, satellite_id="s", trim="both") for name in ("a", "b")]
    problem = problem_of(
        pair, group_terms=(term_of("ab", 2.0),), requests=(Request("one", ("a", "b"), "", 1),)
    )

    assert tell(problem) == [(0, "no_window")]


def test_a_goal_that_rivals_beat_says_so() -> None:
    problem = problem_of([window("a", 0, 600)], group_terms=(term_of(["a"], 1.0),))

    assert tell(problem) == [(0, "beaten_by")]


def test_a_largest_gap_tells_the_longest_gap_and_counts_no_forbidden_window() -> None:
    """Bite: "given" was the limit plus all excess; a forbidden window closed the gap."""
    gap = GapTerm("g", "revisit_gap", ("a", "b"), 0.0, 7_000.0, 2_000.0, 1.0)
    problem = problem_of(
        [window("a", 2_000, 2_500), window("b", 4_500, 5_000)], gap_terms=(gap,),
        forbids=(Forbid("b"),),
    )  # fmt: skip
    choices = solve(problem, solver="greedy", time_limit_s=5.0).choices

    assert tell(problem, choices) == [(4_500.0, "no_window")]


@pytest.mark.parametrize("seed", range(60))
def test_no_plan_of_a_random_problem_gives_more_than_is_offered(seed: int) -> None:
    problem = random_problem(seed)
    solution = solve(problem, solver="greedy", time_limit_s=5.0)
    taken = {choice.opportunity_id: choice for choice in solution.choices}

    offers = Offers(problem)

    for term in problem.group_terms:
        if min(term.weights, default=1.0) >= 0:
            given = measure_group(problem, term, [taken[m] for m in term.members if m in taken])
            assert given <= offers.sum_most(term) + 1e-6
    for gap in problem.gap_terms:
        spans = sorted((taken[m].start_s, taken[m].end_s) for m in gap.members if m in taken)
        assert offers.find_least_excess_s(gap) <= measure_excess_s(gap, spans) + 1e-6
