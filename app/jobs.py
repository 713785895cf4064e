"""Jobs: long computations in worker processes, each a resource with state, progress and result."""

from __future__ import annotations

import os
import secrets
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog

from app.clock import Clock
from app.errors import BusyError, InputError
from app.store import Store
from app.store.jobs import Job
from app.worker_process import Compute, WorkerPool, WorkerProcess
from scheduler.errors import ConfigurationError
from tle.timebase import format_utc

Finish = Callable[[str, Any], bool]  # job id, result -> stored (False: the job had been ended)
PRELOAD = ("app.services.planning", "scheduler.planning")  # what most jobs need
_HEARTBEAT_S = 5.0
_DEAD_AFTER = timedelta(seconds=30)
_REPORT_STEP = 0.01
_log = structlog.get_logger(__name__)


class JobCancelledError(RuntimeError):
    """The job was given up while it ran."""


class JobRunner:
    """Run jobs in worker processes; the store keeps what became of each."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        workers: int,
        time_limit_s: float,
        waiting_limit: int,
        preload: Sequence[str] = PRELOAD,
    ) -> None:
        self._store = store
        self._clock = clock
        self._pool = WorkerPool(workers, name="job", preload=preload)
        self._time_limit_s = time_limit_s
        self._waiting_limit = waiting_limit
        self._stopping = threading.Event()
        self._cancelled: dict[str, threading.Event] = {}  # of the jobs that wait or run here
        self._running: dict[str, WorkerProcess] = {}
        self._heart = threading.Thread(target=self._beat, name="job-heartbeat", daemon=True)
        self.runner = f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(4)}"

    def start(self, *, warm: bool = False) -> None:
        """Take up work; jobs that a stopped service left unfinished end with their reason."""
        end_orphans(self._store, self.runner, self._clock())
        self._pool.start(warm=warm)
        self._heart.start()

    def submit(
        self, kind: str, parameters: Mapping[str, Any], compute: Compute, task: Any, finish: Finish
    ) -> Job:
        """Queue a computation. ``finish`` stores its result together with the end of the job."""
        waiting = self._store.jobs.count_unfinished()
        if waiting >= self._waiting_limit:
            raise BusyError(
                "jobs",
                f"{waiting} jobs are waiting or running, the limit is {self._waiting_limit}; "
                "try again when some are done",
                value=waiting,
            )
        job_id = f"job-{secrets.token_hex(8)}"
        self._store.jobs.add(job_id, kind, parameters, runner=self.runner, now_utc=self._clock())
        self._cancelled[job_id] = threading.Event()
        self._pool.submit(lambda worker: self._run(worker, job_id, compute, task, finish))
        job = self._store.jobs.read(job_id)
        if job is None:
            raise LookupError(f"job {job_id} vanished from the store")
        return job

    def cancel(self, job: Job) -> None:
        """End a job that is waiting or running; one that has ended stays as it is.

        The computation stops at its next sign of progress; what it gave by then is dropped.
        """
        cancelled = self._cancelled.get(job.job_id)
        if cancelled is not None:
            cancelled.set()
        self._fail(job.job_id, "cancelled", "somebody gave it up")

    def end_early(self, job: Job) -> bool:
        """Ask a running job for its best result so far; False when it does not run here."""
        worker = self._running.get(job.job_id)
        if worker is not None:
            worker.end_early()
        return worker is not None

    def close(self) -> None:
        """Stop computing; unfinished jobs of this runner end with their reason."""
        self._stopping.set()
        self._pool.close()
        for job in self._store.jobs.unfinished():
            if job.runner == self.runner:
                self._fail(job.job_id, "service_stopped", "the service stopped before the end")

    def _run(
        self, worker: WorkerProcess, job_id: str, compute: Compute, task: Any, finish: Finish
    ) -> None:
        cancelled = self._cancelled[job_id]
        last = ("", -1.0)

        def report(progress: float, activity: str) -> None:
            nonlocal last
            if cancelled.is_set():
                worker.stop()
                raise JobCancelledError(job_id)
            if activity != last[0] or progress - last[1] >= _REPORT_STEP:
                last = (activity, progress)
                self._store.jobs.report(job_id, progress, activity)

        try:
            if self._stopping.is_set() or cancelled.is_set():
                return
            self._store.jobs.start(job_id, now_utc=self._clock())
            self._running[job_id] = worker
            result = worker.run(compute, task, time_limit_s=self._time_limit_s, on_progress=report)
            finish(job_id, result)
        except JobCancelledError:
            return
        except (InputError, ConfigurationError) as error:
            self._fail(job_id, "bad_input", str(error))
        except TimeoutError as error:
            self._fail(job_id, "time_limit", str(error))
        except Exception as error:
            _log.exception("job failed", job_id=job_id)
            self._fail(job_id, "computation_failed", f"{type(error).__name__}: {error}")
        finally:
            self._running.pop(job_id, None)
            del self._cancelled[job_id]

    def _fail(self, job_id: str, reason: str, detail: str) -> None:
        self._store.jobs.fail(job_id, {"reason": reason, "detail": detail}, now_utc=self._clock())

    def _beat(self) -> None:
        while not self._stopping.wait(_HEARTBEAT_S):
            try:
                self._store.jobs.beat(self.runner, now_utc=self._clock())
                end_orphans(self._store, self.runner, self._clock())
            except Exception:
                _log.exception("job heartbeat failed")


def end_orphans(store: Store, runner: str, now_utc: datetime) -> int:
    """End the unfinished jobs whose runner is gone; return how many."""
    ended = 0
    for job in store.jobs.unfinished():
        if job.runner != runner and _is_gone(job, runner, now_utc):
            store.jobs.fail(
                job.job_id,
                {
                    "reason": "service_stopped",
                    "detail": "the service that computed it stopped before the end; ask again "
                    f"(last sign of life {format_utc(job.heartbeat_utc)})",
                },
                now_utc=now_utc,
            )
            ended += 1
    return ended


def _is_gone(job: Job, runner: str, now_utc: datetime) -> bool:
    """Say whether a runner is dead: at once for one of this host, else by its heartbeat."""
    host, process, _ = job.runner.rsplit("/", 2)
    our_host, our_process, _ = runner.rsplit("/", 2)
    if host == our_host and (process == our_process or not _is_alive(int(process))):
        return True
    return now_utc - job.heartbeat_utc > _DEAD_AFTER


def _is_alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
