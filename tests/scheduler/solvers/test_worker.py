"""A plan always arrives in time, whatever the solver's process does."""

import json
import subprocess
import sys
import threading
import time

import pytest

from scheduler.problem.json_form import write_problem
from scheduler.solvers import solve
from scheduler.solvers.base import Deadline
from scheduler.solvers.greedy import solve_greedy
from scheduler.solvers.worker import run_in_child, start_worker
from tests.scheduler.problem_builders import problem_of, random_problem, whole, window

HANG = "import time; time.sleep(60)"
CRASH = "import os; os._exit(9)"
GARBAGE = "print('<html>', flush=True); import time; time.sleep(60)"
HALF = (
    "import json, sys, time; sys.stdin.readline(); print(json.dumps({'ready': True}));"
    "print(json.dumps({'incumbent': {'stage': 'greedy', 'value': 7.0, 'bound': None,"
    "'choices': [], 'elapsed_s': 0.1}}), flush=True); time.sleep(60)"
)
NOT_A_NUMBER = (
    "import sys; sys.stdin.readline();"
    'print(\'{"solution": {"status": "optimal", "solver": "x", "seed": 1, "value": NaN,'
    '"bound": 1.0, "choices": []}}\', flush=True)'
)


READY = "import sys; sys.stdin.readline(); print('{\"ready\": true}', flush=True);"


def run_bad(script, limit_s=0.3):
    problem = problem_of([window("one", 100, 200, 7.0)])
    worker = start_worker([sys.executable, "-c", script])
    started_s = time.monotonic()
    solution = run_in_child(
        problem, solver="ilp", time_limit_s=limit_s, seed=1, worker=worker, start_s=1.0
    )
    return solution, time.monotonic() - started_s


@pytest.mark.parametrize(
    ("script", "status"),
    [(HANG, "time_limit"), (CRASH, "failed"), (GARBAGE, "failed"), (NOT_A_NUMBER, "failed")],
)
def test_bad_child_is_ended_and_named(script, status) -> None:
    """Bite: without the hard stop the hanging child kept the caller for its whole minute."""
    solution, elapsed_s = run_bad(script)

    assert (solution.status, solution.value) == (status, None)
    assert elapsed_s < 5.0


@pytest.mark.parametrize("script", [READY + HANG, CRASH, GARBAGE, NOT_A_NUMBER])
def test_behind_a_bad_child_a_greedy_plan_arrives_with_the_reason(script) -> None:
    """Bite: without the rescue there is no plan. ``make prove-plans`` asks a hundred times."""
    one, started_s = window("one", 100, 200, 7.0), time.monotonic()
    worker = start_worker([sys.executable, "-c", script])

    solution = solve(problem_of([one]), solver="ilp", time_limit_s=0.3, worker=worker)

    assert solution.choices == (whole(one),)
    assert "greedy plan, because ilp gave none: " in solution.message
    assert time.monotonic() - started_s < 5.3


def test_child_that_hangs_after_an_incumbent_leaves_that_plan() -> None:
    solution, elapsed_s = run_bad(HALF)

    assert (solution.status, solution.value) == ("time_limit", 7.0)
    assert elapsed_s < 5.0


def test_a_plan_that_was_cut_off_keeps_the_record_of_all_its_stages() -> None:
    """Bite: only the last stage was kept, as if nothing had been before."""
    incumbent = "{'stage': '%s', 'value': %d, 'bound': None, 'choices': [], 'elapsed_s': 0.1}"
    tell = "".join(
        f"print(json.dumps({{'incumbent': {incumbent % stage}}}), flush=True);"
        for stage in (("greedy", 7), ("swept", 9))
    )
    ready = "import json, sys, time; sys.stdin.readline(); print(json.dumps({'ready': True}));"

    solution, _ = run_bad(f"{ready}{tell}time.sleep(60)")

    assert [(stage.stage, stage.value) for stage in solution.stages] == [
        ("greedy", 7.0),
        ("swept", 9.0),
    ]


def test_greedy_tells_each_of_its_stages() -> None:
    """Bite: told at its end alone, a stop on the way left no plan of its own."""
    more = {"trim": "both", "min_s": 60.0, "value_per_s": 1.0}
    windows = [window(f"o{at}", 100.0 * at, 100.0 * at + 300.0, 0.0, **more) for at in range(12)]
    told: list[str] = []

    solution = solve_greedy(
        problem_of(windows), deadline=Deadline(5.0), seed=1,
        report=lambda step: told.append(step.stage),
    )  # fmt: skip

    assert told == ["greedy", "inserted", "refined"]
    assert [stage.value for stage in solution.stages] == sorted(s.value for s in solution.stages)


def test_a_child_that_nobody_reads_any_more_ends_without_a_word() -> None:
    """Bite: its answer to a service that had ended printed a traceback, BrokenPipeError."""
    problem = write_problem(problem_of([window("one", 100, 200, 7.0)]))
    task = {"solver": "greedy", "time_limit_s": 5.0, "seed": 1, "problem": problem}
    child = subprocess.Popen(
        [sys.executable, "-c", "from scheduler.solvers.worker import serve; serve()"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    child.stdout.close()

    _, said = child.communicate(json.dumps(task).encode() + b"\n", timeout=60.0)

    assert said == b""
    assert child.returncode == 3


def test_stop_ends_the_work_with_the_best_plan_so_far() -> None:
    stop = threading.Event()
    stop.set()
    one = window("one", 100, 200, 7.0)

    solution = solve(problem_of([one]), solver="ilp", time_limit_s=30.0, stop=stop)

    assert solution.status == "time_limit"
    assert solution.choices == (whole(one),)
    assert "greedy plan" in solution.message


@pytest.mark.parametrize("solver", ["greedy", "ilp"])
def test_child_answers_as_the_solver_itself(solver) -> None:
    problem = random_problem(7)

    first = solve(problem, solver=solver, time_limit_s=10.0)
    second = solve(problem, solver=solver, time_limit_s=10.0)

    assert first.value is not None
    assert (first.value, first.choices) == (second.value, second.choices)


def test_progress_only_ever_improves() -> None:
    seen = []
    solve(random_problem(11), solver="ilp", time_limit_s=10.0, on_progress=seen.append)

    values = [step.value for step in seen]
    assert values
    assert values == sorted(values)


def test_unknown_solver_is_refused() -> None:
    with pytest.raises(ValueError, match="greedy, ilp"):
        solve(problem_of([window("one", 100, 200)]), solver="magic")
