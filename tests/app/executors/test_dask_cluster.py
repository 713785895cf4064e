"""A real Dask scheduler with two workers, one of which is killed at work."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.errors import SettingsError
from app.executors import dask_cluster
from app.executors.dask_cluster import DaskCluster
from scheduler.prediction.split import cut_work, merge_pieces, search_piece
from tests.scheduler.prediction.orbit_builders import (
    ORBITS,
    make_orbit,
    make_span,
    make_station,
    track,
)

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def cluster(tmp_path):
    """Start a scheduler and two workers as processes; give its address and the workers."""
    pytest.importorskip("distributed", reason="the extra cluster is not installed")
    file = tmp_path / "scheduler.json"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": tmp_path}
    quiet["env"] = {**os.environ, "PYTHONPATH": str(ROOT)}

    def start(what, *options):
        module = f"distributed.cli.dask_{what}"
        command = [sys.executable, "-m", module, "--scheduler-file", str(file), "--no-dashboard"]
        return subprocess.Popen([*command, *options], **quiet)

    scheduler = start("scheduler", "--host", "127.0.0.1", "--port", "0")
    while not file.exists():
        assert scheduler.poll() is None
        time.sleep(0.05)
    workers = [
        start("worker", "--no-nanny", "--nthreads", "1", "--name", name)
        for name in ("first", "second")
    ]
    try:
        yield json.loads(file.read_text())["address"], workers
    finally:
        for process in [*workers, scheduler]:
            process.kill()
            process.wait()


def make_pieces():
    objects = tuple(track(make_orbit(kind)) for kind in ORBITS)
    stations = [make_station("almaty"), make_station("south pole")]
    return cut_work(objects, stations, make_span(96.0), min_elevation_deg=5.0, satellite_days=4.0)


def slow_search(piece):
    """Search a piece slowly enough that a worker can be killed at it."""
    time.sleep(0.2)
    return search_piece(piece)


def test_a_killed_worker_loses_nothing_and_results_are_the_same(cluster):
    # Bite: results kept by order of arrival instead of index; a lost piece not run again hangs.
    address, workers = cluster
    pieces = make_pieces()
    results, progress = {}, []
    for index, table in DaskCluster(address=address).run(slow_search, pieces):
        results[index] = table
        progress.append(len(results) / len(pieces))
        if len(results) == 2:
            workers[0].kill()

    assert sorted(results) == list(range(len(pieces)))
    assert len(pieces) > 8
    assert progress[-1] == 1.0
    assert workers[0].wait() != 0
    merged = merge_pieces(pieces, [results[index] for index in range(len(pieces))])
    here = merge_pieces(pieces, [search_piece(piece) for piece in pieces])
    assert len(here["almaty"]) > 50
    for station in ("almaty", "south pole"):
        assert list(merged[station]) == list(here[station])
        assert merged[station].answers == here[station].answers


def test_closing_the_iterator_gives_up_what_is_left(cluster):
    address, _ = cluster
    pieces = make_pieces()
    stream = DaskCluster(address=address).run(slow_search, pieces * 20)
    next(stream)
    began = time.monotonic()  # how long workers take to start is not the question
    stream.close()

    assert time.monotonic() - began < 20.0


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "scheduler"])
def test_a_cluster_that_does_not_answer_is_named_with_the_remedy(address, monkeypatch):
    # Bite: the library's own error, a traceback for the operator, fails.
    pytest.importorskip("distributed", reason="the extra cluster is not installed")
    monkeypatch.setattr(dask_cluster, "_CONNECT_S", 0.5)
    with pytest.raises(SettingsError, match=r"ASPAN_CLUSTER: no Dask scheduler answers .* unset"):
        next(DaskCluster(address=address).run(search_piece, make_pieces()))


def test_a_cluster_without_workers_is_said_instead_of_waited_for(cluster, monkeypatch):
    # Bite: without wait_for_workers the first piece waits for ever.
    address, workers = cluster
    for worker in workers:
        worker.kill()
        worker.wait()
    monkeypatch.setattr(dask_cluster, "_WORKERS_S", 3.0)
    with pytest.raises(SettingsError, match="has no workers"):
        next(DaskCluster(address=address).run(search_piece, make_pieces()))
