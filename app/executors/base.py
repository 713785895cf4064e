"""The contract of an executor: it runs one function over many pieces and gives the results back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

Piece = TypeVar("Piece")
Result = TypeVar("Result")


class PieceLostError(RuntimeError):
    """A piece ended its worker again and again, so it has no result."""


class Executor(Protocol):
    """Runs pieces somewhere. ``workers`` is how many run at once."""

    def __init__(self, workers: int = 1) -> None: ...

    def run(
        self, function: Callable[[Piece], Result], pieces: Sequence[Piece]
    ) -> Iterator[tuple[int, Result]]:
        """Yield (index of the piece, result) as pieces complete, each piece once.

        ``function`` is a top-level function and pieces can be pickled. An exception of the function
        is raised here. Closing the iterator gives up what has not run. A worker that dies loses
        nothing: its pieces run again; PieceLostError when a piece alone ends its worker twice.
        """
        ...
