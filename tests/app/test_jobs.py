"""Jobs end in one of two states, whatever the computation does."""

import os
import time
from datetime import UTC, datetime, timedelta

import pytest

from app.errors import InputError
from app.jobs import JobRunner, end_orphans
from app.store import open_store
from app.worker_process import WorkerPool
from tests.app.builders import make_plan
from tests.app.computations import count_until_early_end, die, double, hang, refuse, spoil

NOW_UTC = datetime(2026, 9, 6, 12, tzinfo=UTC)


@pytest.fixture
def store(tmp_path):
    opened = open_store(f"sqlite:///{tmp_path / 'jobs.sqlite3'}")
    yield opened
    opened.close()


@pytest.fixture
def runner(store):
    runner = JobRunner(
        store, lambda: NOW_UTC, workers=1, time_limit_s=6.0, waiting_limit=10, preload=()
    )
    runner.start()
    yield runner
    runner.close()


def wait(store, job, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = store.jobs.read(job.job_id)
        if found.state in ("succeeded", "failed"):
            return found
        time.sleep(0.05)
    raise AssertionError(f"did not end: {found}")


def wait_until(is_so, seconds=10):
    deadline = time.monotonic() + seconds
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert is_so()


def finish_with_plan(store):
    def finish(job_id, result):
        return store.finish_plan_job(
            job_id, make_plan(f"plan-{result}"), {"url": "/"}, now_utc=NOW_UTC
        )

    return finish


def test_a_computation_ends_with_its_plan_stored(store, runner):
    job = runner.submit("double", {"n": 21}, double, 21, finish_with_plan(store))
    ended = wait(store, job)

    assert (ended.state, ended.progress) == ("succeeded", 1.0)
    assert store.plans.read("plan-42") is not None


@pytest.mark.parametrize(
    ("compute", "reason"),
    [
        (refuse, "bad_input"),
        (hang, "time_limit"),
        (die, "computation_failed"),
        (spoil, "computation_failed"),
    ],
)
def test_a_computation_that_goes_wrong_ends_with_its_reason_and_the_next_one_works(
    store, runner, compute, reason
):
    bad = wait(store, runner.submit("bad", {}, compute, 1, finish_with_plan(store)))
    good = wait(store, runner.submit("good", {}, double, 1, finish_with_plan(store)))

    assert (bad.state, bad.error["reason"]) == ("failed", reason)
    assert good.state == "succeeded"
    assert store.plans.list(limit=10)[1] == 1


def test_a_plan_whose_job_was_ended_is_not_stored(store):
    """Bite: without the check of the state the plan of an ended job appears."""
    store.jobs.add("job-1", "plan", {}, runner="a/1/x", now_utc=NOW_UTC)
    store.jobs.fail("job-1", {"reason": "stopped", "detail": ""}, now_utc=NOW_UTC)

    assert not store.finish_plan_job("job-1", make_plan(), {}, now_utc=NOW_UTC)
    assert store.plans.list(limit=10)[1] == 0


def test_a_runner_forgets_a_job_that_was_given_up_while_it_waited_or_after_its_end(store, runner):
    """Bite: a set of cancelled ids, as it was before, never becomes empty again."""
    done = wait(store, runner.submit("double", {"n": 1}, double, 1, finish_with_plan(store)))
    runner.submit("hang", {}, hang, 0, finish_with_plan(store))
    waiting = runner.submit("double", {"n": 2}, double, 2, finish_with_plan(store))
    for job in (waiting, done):
        runner.cancel(job)
    last = wait(store, runner.submit("double", {"n": 3}, double, 3, finish_with_plan(store)))

    assert last.state == "succeeded"
    assert store.jobs.read(done.job_id).state == "succeeded"
    assert store.jobs.read(waiting.job_id).error["reason"] == "cancelled"
    wait_until(lambda: not runner._cancelled)


def test_only_jobs_of_dead_runners_are_orphans(store):
    runner = f"here/{os.getpid()}/new"
    alive_elsewhere, dead_elsewhere = "there/1/a", "there/1/b"
    for job_id, owner, age_s in (
        ("own", runner, 0),
        ("former", f"here/{os.getpid()}/old", 0),
        ("elsewhere", alive_elsewhere, 10),
        ("silent", dead_elsewhere, 60),
    ):
        at = NOW_UTC - timedelta(seconds=age_s)
        store.jobs.add(job_id, "plan", {}, runner=owner, now_utc=at)

    assert end_orphans(store, runner, NOW_UTC) == 2
    assert {job.job_id for job in store.jobs.unfinished()} == {"own", "elsewhere"}


def test_closing_ends_what_runs_and_what_waits(store):
    runner = JobRunner(
        store, lambda: NOW_UTC, workers=1, time_limit_s=60.0, waiting_limit=10, preload=()
    )
    runner.start()
    jobs = [runner.submit("hang", {}, hang, 0, finish_with_plan(store)) for _ in range(3)]
    begun = time.monotonic()
    runner.close()

    assert time.monotonic() - begun < 15
    assert {store.jobs.read(job.job_id).state for job in jobs} == {"failed"}


def test_a_pool_gives_results_and_the_errors_of_the_computation():
    pool = WorkerPool(2, name="test")
    pool.start()
    try:
        assert pool.run(double, 4, time_limit_s=60) == 8
        with pytest.raises(InputError, match="too many"):
            pool.run(refuse, 1, time_limit_s=60)
    finally:
        pool.close()


def test_stopped_job_succeeds_with_its_best_result_so_far(store, runner):
    """Bite: without the signal the count goes on to 2,000, another plan, far beyond the wait."""
    job = runner.submit("count", {}, count_until_early_end, 2000, finish_with_plan(store))
    deadline = time.monotonic() + 60
    while store.jobs.read(job.job_id).activity != "counting" and time.monotonic() < deadline:
        time.sleep(0.05)

    assert runner.end_early(job)
    assert wait(store, job).state == "succeeded"
    assert store.plans.read("plan-42") is not None
    assert not runner.end_early(job)
