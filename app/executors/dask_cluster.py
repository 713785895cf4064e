"""Run pieces on a Dask cluster: an existing one by its address, or workers of this machine.

Needs the extra ``cluster``. The workers need the same version of Aspan installed: functions travel
by name, pieces by value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from importlib import import_module
from typing import Any

from app.errors import SettingsError
from app.executors.base import Piece, PieceLostError, Result

_AHEAD = 2  # pieces handed out per worker
_CONNECT_S = 30.0
_WORKERS_S = 90.0  # a cluster may still be starting


class DaskCluster:
    """Hands pieces to the workers of a Dask cluster.

    ``address`` such as ``tcp://scheduler:8786`` names a running scheduler; without one ``workers``
    processes are started here for each run. Dask gives the pieces of a lost worker to another.
    """

    def __init__(self, workers: int = 2, *, address: str = "") -> None:
        if workers < 1:
            raise ValueError(f"workers is {workers}; give 1 or more")
        self.workers = workers
        self._address = address

    def run(
        self, function: Callable[[Piece], Result], pieces: Sequence[Piece]
    ) -> Iterator[tuple[int, Result]]:
        """Yield results as pieces complete; closing the iterator cancels what is left."""
        with ExitStack() as stack:
            distributed = _import_distributed()
            cluster = self._address or self._start_workers(distributed, stack)
            client = stack.enter_context(_connect(distributed, cluster))
            count = max(len(client.scheduler_info(n_workers=-1)["workers"]), self.workers)
            waiting = list(range(len(pieces)))
            out: dict[Any, int] = {}
            while waiting or out:
                while waiting and len(out) < _AHEAD * count:
                    index = waiting.pop(0)
                    out[client.submit(function, pieces[index], pure=False)] = index
                # Not as_completed: it forgets a result that is lost with its worker before it is
                # fetched, while result() has it computed again.
                for future in distributed.wait(list(out), return_when="FIRST_COMPLETED").done:
                    index = out.pop(future)
                    yield index, _fetch(distributed, future, index)

    def _start_workers(self, distributed: Any, stack: ExitStack) -> Any:
        return stack.enter_context(
            distributed.LocalCluster(
                n_workers=self.workers,
                threads_per_worker=1,
                processes=True,
                dashboard_address="127.0.0.1:0",  # None would still ask for port 8787
                silence_logs=True,
            )
        )


def _import_distributed() -> Any:
    try:
        return import_module("distributed")  # slow to import, and optional
    except ModuleNotFoundError as error:
        raise SettingsError(
            "ASPAN_CLUSTER: a Dask cluster needs the extra: pip install 'aspan[cluster]', "
            "the same version on every machine"
        ) from error


def _connect(distributed: Any, cluster: Any) -> Any:
    """Return a client whose cluster has a worker; SettingsError when there is none in time."""
    with ExitStack() as stack:
        try:
            client = stack.enter_context(distributed.Client(cluster, timeout=_CONNECT_S))
        except (OSError, ValueError) as error:
            raise SettingsError(
                f"ASPAN_CLUSTER: no Dask scheduler answers at {cluster} ({error}); start it, give "
                "its address such as tcp://scheduler:8786, or unset it to compute on this machine"
            ) from error
        try:
            client.wait_for_workers(1, timeout=_WORKERS_S)
        except TimeoutError as error:
            raise SettingsError(
                f"ASPAN_CLUSTER: the scheduler at {cluster} has no workers after "
                f"{_WORKERS_S:g} s; start some: dask worker {cluster}"
            ) from error
        stack.pop_all()
        return client


def _fetch(distributed: Any, future: Any, index: int) -> Any:
    try:
        return future.result()
    except distributed.KilledWorker as error:
        raise PieceLostError(
            f"piece {index} ended several workers of the cluster; "
            "it may need more memory than they have"
        ) from error
