"""Prove the explanations: nothing unexplained, every stated reason true, every price right.

    python bench/prove_explanations.py --plans 10000 --priced 1000

Random plans (every feature of the problem, solved by greedy and ilp in turn): opportunities in =
contacts + reasons out, and each reason is tried: without the contacts named as winners the loser
fits, with any of them it does not; who is refused by a limit breaks it; who "is not worth it" fits
and does not raise the value. Tiny problems: the price of forcing a loser in equals the best of all
plans minus the best of those that hold it, by plain enumeration. First the harness is shown
planted lies.
"""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scheduler.audit import audit
from scheduler.explanations.explain import Explanation, explain, find_rivals
from scheduler.explanations.prices import price_leaving, price_taking
from scheduler.problem.conflicts import find_spans
from scheduler.problem.measure import value_plan
from scheduler.problem.model import Choice, PlanningProblem
from scheduler.reasons import REASONS
from scheduler.solvers.base import Deadline, Solution
from scheduler.solvers.greedy import solve_greedy
from scheduler.solvers.ilp import solve_ilp
from tests.scheduler.brute_force import find_best
from tests.scheduler.problem_builders import random_problem

LIMIT_S = 5.0
CLOSE = 1e-5
STANDING = ("beaten_by", "pinned_away")


def solve_again(problem: PlanningProblem, *, solver=solve_ilp) -> Solution:  # type: ignore[no-untyped-def]
    """Solve in this process, with the limit of this proof."""
    return solver(problem, deadline=Deadline(LIMIT_S), seed=1, report=lambda step: None)


def judge_plan(seed: int) -> tuple[list[str], dict[str, int]]:
    """Explain one random plan; return what is wrong, and how often each reason was given."""
    problem = random_problem(seed)
    solution = solve_again(problem, solver=(solve_greedy, solve_ilp)[seed % 2])
    found = explain(problem, solution.choices)
    counts: dict[str, int] = {}
    for item in found.values():
        counts[item.reason] = counts.get(item.reason, 0) + 1
    faults = judge_explanations(problem, solution, found)
    return [f"seed {seed}: {fault}" for fault in faults], counts


def judge_explanations(
    problem: PlanningProblem, solution: Solution, found: dict[str, Explanation]
) -> list[str]:
    """Return what is wrong with the explanations of a plan."""
    taken = [choice.opportunity_id for choice in solution.choices]
    faults = []
    if sorted([*taken, *found]) != sorted(problem.opportunity_by_id):
        faults.append("opportunities are not contacts plus reasons")
    for name, item in found.items():
        if item.reason not in REASONS:
            faults.append(f"{name}: {item.reason} is no reason of ours")
        fault = _try_reason(problem, solution, item)
        if fault:
            faults.append(f"{name}: {item.reason}: {fault}")
    return faults


def _try_reason(problem: PlanningProblem, solution: Solution, item: Explanation) -> str:
    """Try whether a reason holds; empty when it does."""
    opportunity = problem.opportunity_by_id[item.opportunity_id]
    places = [
        Choice(item.opportunity_id, antennas, *span)
        for antennas in opportunity.antenna_sets
        for span in find_spans(problem, opportunity, antennas)
    ]
    if item.reason == "in_downtime":
        return "there is a place" if places else ""
    pinned = {pin.choice.opportunity_id for pin in problem.pins}
    clashing = [find_rivals(problem, solution.choices, place) for place in places]
    if item.reason in STANDING:
        if not all(clashing):
            return "there is a place that nobody stands in"
        winners = set(item.beaten_by)
        if not any({other.opportunity_id for other in sides} == winners for sides in clashing):
            return "without the winners it does not fit"
        if (item.reason == "pinned_away") != (winners <= pinned):
            return "pins and competition are mixed up"
        return ""
    free = [place for place, sides in zip(places, clashing, strict=True) if not sides]
    fitting = [
        place
        for place in free
        if _shorten(problem, place) is not None and not audit(problem, [*solution.choices, place])
    ]
    if item.reason in ("limit_reached", "owner_share_used", "request_fulfilled"):
        return "it could be taken whole" if fitting and opportunity.trim == "none" else ""
    if item.reason == "not_worth_it" and solution.status == "optimal":
        gains = [
            value_plan(problem, [*solution.choices, place]) - value_plan(problem, solution.choices)
            for place in fitting
        ]
        return f"it would gain {max(gains)}" if gains and max(gains) > CLOSE else ""
    return ""


def _shorten(problem: PlanningProblem, place: Choice) -> Choice | None:
    """Return the place when its length is allowed."""
    longest_s = problem.opportunity_by_id[place.opportunity_id].max_s
    return place if longest_s is None or place.end_s - place.start_s <= longest_s else None


def judge_prices(seed: int) -> tuple[list[str], int]:
    """Price every loser and one contact of a tiny problem against all plans."""
    problem = random_problem(seed, largest=5)
    solution = solve_again(problem)
    best, _ = find_best(problem)
    if best is None or solution.status != "optimal":
        return [], 0
    faults, priced = [], 0
    for name in explain(problem, solution.choices):
        if any(forbid.opportunity_id == name for forbid in problem.forbids):
            continue
        price = price_taking(problem, solution.choices, name, solve_again, bound=solution.bound)
        forced, _ = find_best(problem, must_hold=name)
        faults += _compare(f"seed {seed} take {name}", price, best, forced)
        priced += 1
    for choice in solution.choices[:1]:
        name = choice.opportunity_id
        if any(pin.choice.opportunity_id == name for pin in problem.pins):
            continue
        price = price_leaving(problem, solution.choices, name, solve_again)
        forced, _ = find_best(problem, must_miss=name)
        faults += _compare(f"seed {seed} leave {name}", price, best, forced)
        priced += 1
    return faults, priced


def _compare(what: str, price, best: float, forced: float | None) -> list[str]:  # type: ignore[no-untyped-def]
    if forced is None or price.loss is None:
        return (
            [] if forced is None and price.loss is None else [f"{what}: {price} against {forced}"]
        )
    if abs(price.loss - (best - forced)) > CLOSE and price.is_proven:
        return [f"{what}: loss {price.loss}, by all plans {best - forced}"]
    if price.loss < best - forced - CLOSE:
        return [f"{what}: loss {price.loss} is less than by all plans, {best - forced}"]
    return []


def show_bites() -> list[str]:
    """Plant three lies; return those that the judge misses."""
    missed, shown = [], {"dropped": False, "winner": False, "downtime": False}
    for seed in range(1, 120, 2):
        problem = random_problem(seed)
        solution = solve_again(problem, solver=solve_greedy)
        found = explain(problem, solution.choices)
        beaten = [item for item in found.values() if item.reason == "beaten_by"]
        if not beaten:
            continue
        name = beaten[0].opportunity_id
        lies = {
            "dropped": {key: item for key, item in found.items() if key != name},
            "winner": found | {name: replace(beaten[0], beaten_by=())},
            "downtime": found | {name: Explanation(name, "in_downtime")},
        }
        for kind, lie in lies.items():
            shown[kind] = True
            if not judge_explanations(problem, solution, lie):
                missed.append(f"seed {seed}: planted lie {kind!r} was not seen")
    return missed + [f"lie {kind!r} was never planted" for kind, done in shown.items() if not done]


def main() -> int:
    """Run the proof; 0 when nothing is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plans", type=int, default=10_000)
    parser.add_argument("--priced", type=int, default=1_000)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    started_s = time.monotonic()
    faults = show_bites()
    print(f"planted lies: {faults if faults else 'all seen'}", flush=True)
    first, totals = arguments.first_seed, {}
    with ProcessPoolExecutor(arguments.processes, mp_context=get_context("spawn")) as pool:
        seeds = range(first, first + arguments.plans)
        for found, counts in pool.map(judge_plan, seeds, chunksize=20):
            faults += found
            for reason, count in counts.items():
                totals[reason] = totals.get(reason, 0) + count
        print(
            f"plans explained: {arguments.plans}, faults: {len(faults)}, reasons given: "
            + ", ".join(f"{reason} {count}" for reason, count in sorted(totals.items())),
            flush=True,
        )
        for fault in faults[:20]:
            print(fault, flush=True)
        priced = 0
        seeds = range(first, first + arguments.priced)
        for found, count in pool.map(judge_prices, seeds, chunksize=5):
            faults += found
            priced += count
    print(
        f"prices compared with all plans: {priced} in {arguments.priced} tiny problems, "
        f"faults in all: {len(faults)}, {time.monotonic() - started_s:.0f} s"
    )
    for fault in faults[:20]:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
