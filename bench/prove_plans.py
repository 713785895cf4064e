"""Prove the planner: random problems audited, tiny ones against every possible plan.

    python bench/prove_plans.py --audited 10000 --brute-force 2000 --odd 1000

Each audited problem is solved by every solver of the registry that takes it; the audit, which
shares no code with them, must accept every plan at its claimed value, the bound must not be below
it, and no solver with a proof may be beaten by another. Each tiny problem's optimum comes from
trying all plans. Odd problems are tiny ones with everything the model allows: no bound of any kind,
each computed by itself, may be below the best of all plans, no "optimal" plan below it, and
"infeasible" only what has no plan. Children that hang, die or talk nonsense are answered for in
time, by a greedy plan that says why. First the harness itself is shown three planted faults.
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
from scheduler.explanations.explain import explain
from scheduler.problem.contradictions import find_contradictions
from scheduler.solvers import solve
from scheduler.solvers.base import Deadline, Solution
from scheduler.solvers.greedy import solve_greedy
from scheduler.solvers.ilp import solve_ilp
from scheduler.solvers.worker import start_worker
from tests.scheduler.brute_force import count_plans, find_best
from tests.scheduler.odd_problems import odd_problem
from tests.scheduler.problem_builders import random_problem
from tests.scheduler.solver_claims import judge_claims
from tests.scheduler.solvers.test_worker import CRASH, GARBAGE, HANG, NOT_A_NUMBER, READY

LIMIT_S = 5.0
CLOSE = 1e-6
ARRIVALS = 100
BAD_CHILDREN = (READY + HANG, CRASH, GARBAGE, NOT_A_NUMBER)
MOST_PLANS = 40_000  # of an odd problem that is tried


def judge_audited(seed: int) -> list[str]:
    """Solve one random problem by every solver; return what is wrong."""
    problem = random_problem(seed)
    faults = []
    values = {}
    for name, solver in (("greedy", solve_greedy), ("ilp", solve_ilp)):
        solution = solver(problem, deadline=Deadline(LIMIT_S), seed=1, report=lambda step: None)
        faults += [f"seed {seed} {name}: {fault}" for fault in judge(problem, solution)]
        values[name] = solution.value
    if values["ilp"] < values["greedy"] - CLOSE:
        faults.append(f"seed {seed}: ilp {values['ilp']} below greedy {values['greedy']}")
    return faults


def judge(problem, solution: Solution) -> list[str]:  # type: ignore[no-untyped-def]
    """Judge one answer: audit, value, bound, and a reason for everything that is not taken."""
    faults = [item.sentence for item in audit(problem, solution.choices, solution.value)]
    if solution.bound is not None and solution.bound < solution.value - CLOSE:
        faults.append(f"bound {solution.bound} below value {solution.value}")
    explained = len(explain(problem, solution.choices))
    if explained + len(solution.choices) != len(problem.opportunities):
        faults.append("opportunities are not contacts plus reasons")
    return faults


def judge_tiny(seed: int) -> tuple[list[str], bool]:
    """Compare the solvers with all plans of a tiny problem; also say whether ilp had a proof."""
    problem = random_problem(seed, largest=5)
    best, _ = find_best(problem)
    faults = []
    for name, solver in (("greedy", solve_greedy), ("ilp", solve_ilp)):
        solution = solver(problem, deadline=Deadline(LIMIT_S), seed=1, report=lambda step: None)
        faults += [f"seed {seed} {name}: {fault}" for fault in judge(problem, solution)]
        if best is None:
            continue
        if solution.value > best + CLOSE:
            faults.append(f"seed {seed} {name}: {solution.value} above all plans, {best}")
        if name == "ilp" and solution.value < best - CLOSE:
            faults.append(f"seed {seed}: ilp {solution.value} below the best plan, {best}")
        if solution.bound is not None and solution.bound < best - CLOSE:
            faults.append(f"seed {seed} {name}: bound {solution.bound} below the best plan, {best}")
    return faults, solution.status == "optimal"


def judge_odd(seed: int) -> tuple[list[str], bool]:
    """Hold every claim about an odd problem against all its plans; also say whether it was tiny."""
    problem = odd_problem(seed)
    if find_contradictions(problem) or count_plans(problem) > MOST_PLANS:
        return [], False
    best, _ = find_best(problem)
    return [f"odd seed {seed}: {fault}" for fault in judge_claims(problem, best, LIMIT_S)], True


def judge_arrival(number: int) -> list[str]:
    """Ask for a plan from a child that hangs, dies or talks nonsense; return what is wrong."""
    script = BAD_CHILDREN[number % len(BAD_CHILDREN)]
    problem, started_s = random_problem(number), time.monotonic()
    worker = start_worker([sys.executable, "-c", script])
    solution = solve(problem, solver="ilp", time_limit_s=0.5, worker=worker)
    late_s = time.monotonic() - started_s - 0.5
    faults = [] if late_s < 5.0 else [f"arrival {number}: {late_s:.1f} s late"]
    if solution.value is None or "greedy plan, because ilp gave none" not in solution.message:
        faults.append(f"arrival {number}: {solution.status}, {solution.message}")
    return faults


def show_bites() -> list[str]:
    """Plant three faults in a good answer; return those that the judge misses."""
    missed = []
    shown = {"end": False, "value": False, "pin": False}
    for seed in range(200):
        problem = random_problem(seed)
        good = solve_greedy(problem, deadline=Deadline(1.0), seed=1, report=lambda step: None)
        if not good.choices:
            continue
        last = good.choices[-1]
        late = replace(last, end_s=problem.opportunity_by_id[last.opportunity_id].end_s + 1.0)
        bad = {
            "end": replace(good, choices=(*good.choices[:-1], late)),
            "value": replace(good, value=-good.value - 1.0),
        }
        if problem.pins:
            pinned = problem.pins[0].choice
            kept = tuple(item for item in good.choices if item != pinned)
            bad["pin"] = replace(good, choices=kept)
        for name, answer in bad.items():
            shown[name] = True
            if not audit(problem, answer.choices, answer.value):
                missed.append(f"seed {seed}: planted fault {name!r} was not seen")
    missed += [f"fault {name!r} was never planted" for name, done in shown.items() if not done]
    return missed


def main() -> int:
    """Run the proof; 0 when nothing is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--audited", type=int, default=10_000)
    parser.add_argument("--brute-force", type=int, default=2_000)
    parser.add_argument("--odd", type=int, default=1_000)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    started_s = time.monotonic()
    faults = show_bites()
    print(f"planted faults: {faults if faults else 'all seen'}", flush=True)
    first = arguments.first_seed
    for number in range(ARRIVALS):
        faults += judge_arrival(number)
    print(f"plans behind bad children: {ARRIVALS}, faults: {len(faults)}", flush=True)
    with ProcessPoolExecutor(arguments.processes, mp_context=get_context("spawn")) as pool:
        for found in pool.map(judge_audited, range(first, first + arguments.audited), chunksize=20):
            faults += found
        print(f"audited problems: {arguments.audited}, faults: {len(faults)}", flush=True)
        proven = 0
        for found, is_proven in pool.map(
            judge_tiny, range(first, first + arguments.brute_force), chunksize=20
        ):
            faults += found
            proven += is_proven
        print(
            f"tiny problems against all plans: {arguments.brute_force}, proven by ilp: {proven}, "
            f"faults: {len(faults)}",
            flush=True,
        )
        judged = 0
        for found, is_judged in pool.map(
            judge_odd, range(first, first + arguments.odd), chunksize=5
        ):
            faults += found
            judged += is_judged
    print(
        f"odd problems: {arguments.odd}, held against all plans: {judged}, "
        f"faults in all: {len(faults)}, {time.monotonic() - started_s:.0f} s"
    )
    for fault in faults[:20]:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
