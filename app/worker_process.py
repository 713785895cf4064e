"""A child process that computes for this one: it can be stopped, and it dies with its parent."""

from __future__ import annotations

import contextlib
import importlib
import multiprocessing
import os
import pickle
import signal
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any

from app.memory import give_back

OnProgress = Callable[[float, str], None]
Compute = Callable[[Any, OnProgress], Any]  # a top-level function: task, on_progress -> result
_CONTEXT = multiprocessing.get_context("spawn")
_POLL_S = 0.2
_START_LIMIT_S = 120.0  # for a child on a busy machine to load its modules
END_EARLY = threading.Event()  # in the child: set when the best result so far is wanted now


class WorkerDiedError(RuntimeError):
    """The child process ended without an answer."""


class ComputationFailedError(RuntimeError):
    """The computation raised an error that cannot be sent between processes as it is."""


class ComputationTimeoutError(TimeoutError):
    """The computation ran longer than it may and was stopped."""


class WorkerProcess:
    """One child process, started when first needed and again after it was stopped or died.

    ``preload`` names modules that the child imports before its first task.
    """

    def __init__(self, preload: Sequence[str] = ()) -> None:
        self._preload = tuple(preload)
        self._process: multiprocessing.process.BaseProcess | None = None
        self._pipe: Connection | None = None
        self._is_ready = False
        self._closed = False

    def start(self) -> None:
        """Start the child now, so that the first computation need not wait for it."""
        if self._process is not None and self._process.is_alive():
            return
        ours, theirs = _CONTEXT.Pipe()
        self._is_ready = False
        process = _CONTEXT.Process(target=_serve, args=(theirs, self._preload))
        process.start()
        theirs.close()
        self._process, self._pipe = process, ours  # closing may only meet a started process
        if self._closed:
            process.kill()

    def run(
        self, compute: Compute, task: Any, *, time_limit_s: float, on_progress: OnProgress
    ) -> Any:
        """Compute in the child and return the result; the child's exception is raised here.

        The time limit counts from when the child is ready to compute.
        """
        self.start()
        pipe, process = self._pipe, self._process
        if pipe is None or process is None:
            raise WorkerDiedError("the worker process could not be started")
        deadline = time.monotonic() + (time_limit_s if self._is_ready else _START_LIMIT_S)
        try:
            pipe.send((compute, task))
            while True:
                if self._closed:
                    raise WorkerDiedError("the service is stopping")
                if pipe.poll(_POLL_S):
                    kind, value = pipe.recv()
                    if kind == "ready":
                        self._is_ready = True
                        deadline = time.monotonic() + time_limit_s
                        continue
                    if kind == "progress":
                        if not pipe.poll(0):  # what comes behind it says more
                            on_progress(*value)
                        continue
                    if kind == "error":
                        raise value
                    return value
                if time.monotonic() > deadline:
                    self.stop()
                    raise ComputationTimeoutError(
                        f"stopped after {time_limit_s:g} s; ask for a shorter span"
                    )
        except (EOFError, BrokenPipeError, ConnectionResetError) as error:
            process.join(1.0)
            code = process.exitcode
            self.stop()
            raise WorkerDiedError(f"the worker process died (exit code {code})") from error

    def stop(self) -> None:
        """End the child at once."""
        if self._process is not None:
            self._process.kill()
            self._process.join(5.0)
        if self._pipe is not None:
            self._pipe.close()
        self._process = self._pipe = None

    def end_early(self) -> None:
        """Ask the computation for its best result so far; one that cannot goes on to its end."""
        process = self._process
        if self._is_ready and process is not None and process.pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGUSR1)

    def close(self) -> None:
        """End the child and whatever waits for it."""
        self._closed = True
        process = self._process
        if process is not None:
            process.kill()


class WorkerPool:
    """A few worker processes with one queue, each driven by its own thread."""

    def __init__(self, size: int, *, name: str, preload: Sequence[str] = ()) -> None:
        self._queue: SimpleQueue[tuple[Future[Any], Callable[[WorkerProcess], Any]] | None] = (
            SimpleQueue()
        )
        self._workers = [WorkerProcess(preload) for _ in range(size)]
        self._warm = False
        self._threads = [
            threading.Thread(target=self._drive, args=(worker,), name=f"{name}-{at}", daemon=True)
            for at, worker in enumerate(self._workers)
        ]

    def start(self, *, warm: bool = False) -> None:
        """Take up work; ``warm`` starts the processes now instead of with their first task."""
        self._warm = warm
        for thread in self._threads:
            thread.start()

    def submit(self, work: Callable[[WorkerProcess], Any]) -> Future[Any]:
        """Queue ``work``, which gets a worker process when one is free."""
        future: Future[Any] = Future()
        self._queue.put((future, work))
        return future

    def run(self, compute: Compute, task: Any, *, time_limit_s: float) -> Any:
        """Compute in the next free worker and wait for the result."""
        return self.submit(
            lambda worker: worker.run(
                compute, task, time_limit_s=time_limit_s, on_progress=lambda *_: None
            )
        ).result()

    def close(self) -> None:
        """Stop all workers; what waits is cancelled."""
        for worker in self._workers:
            worker.close()
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(10.0)
        for worker in self._workers:
            worker.stop()

    def _drive(self, worker: WorkerProcess) -> None:
        if self._warm:
            worker.start()
        while (item := self._queue.get()) is not None:
            future, work = item
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(work(worker))
            except Exception as error:
                future.set_exception(error)


def _serve(pipe: Connection, preload: Sequence[str]) -> None:
    """Answer one task after the other until the parent closes the pipe (runs in the child)."""
    threading.Thread(target=_die_with_parent, daemon=True).start()
    signal.signal(signal.SIGUSR1, lambda *_: END_EARLY.set())
    for module in preload:
        importlib.import_module(module)
    pipe.send(("ready", None))
    while True:
        try:
            compute, task = pipe.recv()
        except (EOFError, ConnectionError):  # the service ended
            return
        END_EARLY.clear()
        try:
            answer = ("done", compute(task, lambda *value: pipe.send(("progress", value))))
        except Exception as error:
            answer = ("error", _make_portable(error))
        try:
            pipe.send(answer)
        except (TypeError, AttributeError, ValueError, pickle.PicklingError) as error:
            pipe.send(("error", ComputationFailedError(f"{type(error).__name__}: {error}")))
        del task, answer
        give_back()


def _make_portable(error: Exception) -> Exception:
    """Return the error, or one in its place when it cannot be sent to another process."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 (our own bytes)
    except Exception:
        return ComputationFailedError(f"{type(error).__name__}: {error}")
    return error


def _die_with_parent() -> None:
    """End this process, computing or not, when the parent is gone."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
    os._exit(1)
