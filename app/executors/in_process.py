"""Run pieces in this process, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from app.executors.base import Piece, Result


class InProcess:
    """The executor without workers: no start-up, no copies, one core."""

    def __init__(self, workers: int = 1) -> None:
        self.workers = 1

    def run(
        self, function: Callable[[Piece], Result], pieces: Sequence[Piece]
    ) -> Iterator[tuple[int, Result]]:
        """Yield each piece's result in order."""
        for index, piece in enumerate(pieces):
            yield index, function(piece)
