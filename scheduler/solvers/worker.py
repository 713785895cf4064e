"""The child process in which solvers run: one warm worker, incumbents sent up, a hard stop.

The parent writes one JSON line per task to the child's standard input; the child answers with
JSON lines: incumbents, then the solution. A child that overruns its limit, dies or talks nonsense
is ended, and the last incumbent is the answer. The child ends itself when its parent is gone.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from scheduler.problem.json_form import from_plain, read_problem, to_plain, write_problem
from scheduler.problem.model import PlanningProblem
from scheduler.solvers.aide import watch_parent
from scheduler.solvers.base import Deadline, Incumbent, Solution, Stage

GRACE_S = 1.0  # the child may use this beyond its limit to hand over
START_S = 30.0  # a cold start of the child (imports) is not the solver's time, up to this


@dataclass
class Worker:
    """One child process and the queue of its answers."""

    process: subprocess.Popen[bytes]
    answers: queue.Queue[dict[str, Any] | None]

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    def end(self) -> None:
        """End the child now."""
        with contextlib.suppress(OSError):
            self.process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(5.0)
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()


_idle: list[Worker] = []
_lock = threading.Lock()


def start_worker(command: list[str] | None = None) -> Worker:
    """Start a child; ``command`` replaces the worker's own (for tests of bad children)."""
    process = subprocess.Popen(  # noqa: S603  (our own interpreter and module)
        command or [sys.executable, "-c", "from scheduler.solvers.worker import serve; serve()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    answers: queue.Queue[dict[str, Any] | None] = queue.Queue()
    threading.Thread(target=_read_answers, args=(process, answers), daemon=True).start()
    return Worker(process, answers)


def _read_answers(
    process: subprocess.Popen[bytes], answers: queue.Queue[dict[str, Any] | None]
) -> None:
    with contextlib.suppress(OSError, ValueError):
        for line in process.stdout or ():
            try:
                answer = json.loads(line)
            except ValueError:
                break
            if not isinstance(answer, dict):
                break
            answers.put(answer)
    answers.put(None)


def warm_up() -> None:
    """Start the idle worker beforehand, so that the first plan does not pay for it."""
    with _lock:
        if not _idle:
            _idle.append(start_worker())


def _take_worker() -> Worker:
    with _lock:
        while _idle:
            worker = _idle.pop()
            if worker.is_alive:
                return worker
            worker.end()
    return start_worker()


def _put_back(worker: Worker) -> None:
    with _lock:
        if not _idle and worker.is_alive:
            _idle.append(worker)
            return
    worker.end()


@atexit.register
def end_workers() -> None:
    """End the idle worker."""
    with _lock:
        while _idle:
            _idle.pop().end()


def run_in_child(
    problem: PlanningProblem,
    *,
    solver: str,
    time_limit_s: float,
    seed: int,
    on_progress: Callable[[Incumbent], None] | None = None,
    stop: threading.Event | None = None,
    worker: Worker | None = None,
    start_s: float = START_S,
) -> Solution:
    """Run a solver in the child; whatever happens, answer within the limit and a grace.

    The status is ``time_limit`` when the child had to be ended, ``failed`` when it died; both
    carry the last incumbent.
    """
    worker = worker or _take_worker()
    deadline = Deadline(time_limit_s)
    task = {"solver": solver, "time_limit_s": time_limit_s, "seed": seed}
    task["problem"] = write_problem(problem)
    told: list[Incumbent] = []
    message = ""
    ready = False
    try:
        _send(worker, task)
        while True:
            limit_s = deadline.limit_s + GRACE_S if ready else max(deadline.limit_s, start_s)
            left_s = limit_s - deadline.elapsed_s
            if left_s <= 0 or (stop is not None and stop.is_set()):
                message = "stopped" if left_s > 0 else f"ended after {time_limit_s:g} s"
                return _conclude("time_limit", solver, seed, told, deadline, message)
            try:
                answer = worker.answers.get(timeout=min(left_s, 0.1 if stop else left_s))
            except queue.Empty:
                continue
            if answer is None:
                message = f"the solver process ended by itself (exit {worker.process.poll()})"
                return _conclude("failed", solver, seed, told, deadline, message)
            if "ready" in answer:
                ready, deadline = True, Deadline(time_limit_s)
            elif "incumbent" in answer:
                told[-1:] = [replace(item, choices=()) for item in told[-1:]]
                told.append(from_plain(Incumbent, answer["incumbent"]))
                if on_progress is not None:
                    on_progress(told[-1])
            elif "solution" in answer:
                solution = from_plain(Solution, answer["solution"])  # refuses what is no number
                _put_back(worker)
                worker = None
                return solution
            else:
                message = str(answer.get("error", "no answer"))
                return _conclude("failed", solver, seed, told, deadline, message)
    except (OSError, ValueError) as error:
        return _conclude("failed", solver, seed, told, deadline, f"solver process: {error}")
    finally:
        if worker is not None:
            worker.end()


def _send(worker: Worker, task: dict[str, Any]) -> None:
    if worker.process.stdin is None:
        raise OSError("the worker has no standard input")
    worker.process.stdin.write(json.dumps(task).encode() + b"\n")
    worker.process.stdin.flush()


def _conclude(
    status: Any,
    solver: str,
    seed: int,
    told: Sequence[Incumbent],
    deadline: Deadline,
    message: str,
) -> Solution:
    """Answer with the last incumbent and the record of all stages."""
    best = told[-1] if told else None
    return Solution(
        status=status,
        solver=solver,
        seed=seed,
        value=best.value if best else None,
        bound=best.bound if best else None,
        choices=best.choices if best else (),
        stages=tuple(Stage(item.stage, item.value, item.bound, item.elapsed_s) for item in told),
        elapsed_s=deadline.elapsed_s,
        message=message,
    )


def serve() -> None:
    """Answer tasks until standard input closes; engines may print, but only to standard error."""
    from scheduler.solvers import SOLVERS  # noqa: PLC0415  (the registry imports this module)
    from scheduler.solvers.engine import load_engine  # noqa: PLC0415

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends this
    sys.setrecursionlimit(10_000)
    channel = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    threading.Thread(target=watch_parent, args=(os.getppid(),), daemon=True).start()
    load_engine()

    def answer(kind: str, content: Any) -> None:
        try:
            channel.write(json.dumps({kind: content}).encode() + b"\n")
            channel.flush()
        except BrokenPipeError:
            os._exit(3)  # nobody reads any more: the parent ended while this planned

    for line in sys.stdin.buffer:
        task = json.loads(line)
        answer("ready", True)
        deadline = Deadline(task["time_limit_s"])
        try:
            solution = SOLVERS[task["solver"]](
                read_problem(task["problem"]),
                deadline=deadline,
                seed=task["seed"],
                report=lambda incumbent: answer("incumbent", to_plain(incumbent)),
            )
        except Exception as error:
            answer("error", f"{type(error).__name__}: {error}")
        else:
            answer("solution", to_plain(solution))
