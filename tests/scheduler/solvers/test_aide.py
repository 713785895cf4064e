"""Processes beside a solver: they answer as one in the same process would, and end with it."""

import os
import signal
import subprocess
import sys
import time

import pytest

from scheduler.solvers.aide import FarAide, NearAide
from scheduler.solvers.base import Deadline
from scheduler.solvers.blocks import index_problem
from scheduler.solvers.columns import find_pools
from scheduler.solvers.draft import start_draft
from scheduler.solvers.instant_prices import PricedLanes
from scheduler.solvers.lane_table import LaneTable, list_lanes
from scheduler.solvers.price_grid import Grid
from scheduler.solvers.price_search import PriceSearch
from scheduler.solvers.trim_search import list_hopeful
from scheduler.solvers.trim_spans import make_span, solve_span, sweep_plan
from tests.scheduler.solvers.test_trim_search import crowd


def append(state, item):
    """Add to the state and return all of it."""
    state.append(item)
    return list(state)


def fail(state):
    """Fail as a solver would."""
    raise ValueError("a cell of 0 s")


def vanish(state):
    """End the process as a lack of memory would."""
    os._exit(9)


def name_process(state):
    """Return the number of the process."""
    return os.getpid()


def sleep_long(state):
    """Work on, whatever happens to the parent."""
    time.sleep(60.0)


@pytest.mark.parametrize("make_aide", [NearAide, FarAide])
def test_an_aide_keeps_its_state_between_questions(make_aide):
    with make_aide(list, "a") as aide:
        aide.ask(append, "b")
        first = aide.fetch()
        aide.ask(append, "c")
        second = aide.fetch()

    assert (first, second) == (["a", "b"], ["a", "b", "c"])


def test_a_far_aide_says_what_went_wrong_and_that_it_died():
    with FarAide(list) as aide:
        aide.ask(fail)
        with pytest.raises(RuntimeError, match="ValueError: a cell of 0 s"):
            aide.fetch()
        aide.ask(vanish)
        with pytest.raises(RuntimeError, match="ended by itself"):
            aide.fetch()


def test_a_far_aide_ends_when_its_parent_is_killed():
    """Bite: without the watch the orphan sleeps its minute out."""
    code = (
        "import time; from scheduler.solvers.aide import FarAide\n"
        "from tests.scheduler.solvers.test_aide import name_process, sleep_long\n"
        "with FarAide(list) as aide:\n"
        "    aide.ask(name_process); print(aide.fetch(), flush=True)\n"
        "    aide.ask(sleep_long); time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    deadline = Deadline(20.0)
    while os.path.exists(f"/proc/{child}/exe") and not deadline.has_passed:
        time.sleep(0.1)

    assert not deadline.has_passed


def test_a_span_is_planned_alike_near_and_far():
    """Bite: with nothing hopeful in the task, nothing is gained."""
    problem = crowd()
    pools = find_pools(problem)
    table = LaneTable(problem, list_lanes(problem, pools))
    prices = PriceSearch(PricedLanes(table, Grid(table, pools, 60.0)))
    prices.improve(20, Deadline(20.0))
    span = make_span(index_problem(problem), 5000.0, 9000.0, 600.0)
    answers = []
    for make_aide in (NearAide, FarAide):
        with make_aide(index_problem, problem) as aide:
            aide.ask(sweep_plan, 20.0)
            swept = aide.fetch()
            draft = start_draft(problem)
            before = draft.value
            aide.ask(solve_span, span.make_task(draft, prices, list_hopeful(prices), 2, 20.0, 1))
            span.put_into(draft, aide.fetch())
            answers.append((swept, draft.list_choices()))
        assert draft.value > before

    assert answers[0] == answers[1]
