"""Run pieces in child processes of this machine."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool

from app.executors.base import Piece, PieceLostError, Result

_AHEAD = 2  # pieces handed out per worker: enough to keep it busy, few enough to lose
_TRIES_ALONE = 2
_CONTEXT = multiprocessing.get_context("spawn")


class Processes:
    """A pool of spawned processes that lives as long as one run."""

    def __init__(self, workers: int = 2) -> None:
        if workers < 1:
            raise ValueError(f"workers is {workers}; give 1 or more")
        self.workers = workers

    def run(
        self, function: Callable[[Piece], Result], pieces: Sequence[Piece]
    ) -> Iterator[tuple[int, Result]]:
        """Yield results as pieces complete; what a dead worker held runs again, each by itself."""
        waiting = list(range(len(pieces)))
        while waiting:
            held = yield from self._run_pool(function, pieces, waiting)
            yield from _run_singly(function, pieces, held)  # one of them may end workers

    def _run_pool(
        self, function: Callable[[Piece], Result], pieces: Sequence[Piece], waiting: list[int]
    ) -> Generator[tuple[int, Result], None, list[int]]:
        """Run pieces from the list, emptying it; return those that were out when a worker died."""
        pool = ProcessPoolExecutor(min(self.workers, len(waiting)), mp_context=_CONTEXT)
        out: dict[Future[Result], int] = {}
        try:
            while waiting or out:
                while waiting and len(out) < _AHEAD * self.workers:
                    out[pool.submit(function, pieces[waiting[0]])] = waiting[0]
                    waiting.pop(0)
                for future in wait(out, return_when=FIRST_COMPLETED).done:
                    result = future.result()
                    yield out.pop(future), result
        except BrokenProcessPool:
            return sorted(out.values())
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
        return []


def _run_singly(
    function: Callable[[Piece], Result], pieces: Sequence[Piece], waiting: list[int]
) -> Iterator[tuple[int, Result]]:
    """Run pieces one at a time, so that a death names its piece; a piece has two tries."""
    tries = 0
    while waiting:
        with ProcessPoolExecutor(1, mp_context=_CONTEXT) as pool:
            try:
                while waiting:
                    result = pool.submit(function, pieces[waiting[0]]).result()
                    yield waiting.pop(0), result
                    tries = 0
            except BrokenProcessPool as error:
                tries += 1
                if tries == _TRIES_ALONE:
                    raise PieceLostError(
                        f"piece {waiting[0]} ended its worker process {tries} times, by itself; "
                        "it may need more memory than there is"
                    ) from error
