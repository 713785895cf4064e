"""What people see on a terminal: plain tables, notes, and progress of long work."""

from __future__ import annotations

import getpass
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from app.worker_process import END_EARLY, OnProgress


def find_user() -> str:
    """Name the person at the keyboard, for the audit log."""
    try:
        return f"command line: {getpass.getuser()}"
    except (KeyError, OSError):
        return "command line"


def print_table(heads: Sequence[str], rows: Sequence[Sequence[str]], *, right: set[int]) -> None:
    """Print columns, those in ``right`` aligned to the right."""
    widths = [max(len(row[at]) for row in [heads, *rows]) for at in range(len(heads))]
    for row in [heads, *rows]:
        cells = [
            cell.rjust(width) if at in right else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  ".join(cells).rstrip())


def note(text: str) -> None:
    """Say something beside the output, on standard error."""
    print(f"aspan: note: {text}", file=sys.stderr)


@contextmanager
def let_interrupts_end_early() -> Iterator[None]:
    """Let a first Ctrl-C end the solver with its best plan so far, a second one the command."""

    def end_early(_signal: int, _frame: FrameType | None) -> None:
        if END_EARLY.is_set():
            raise KeyboardInterrupt
        note("ending with the best plan so far; Ctrl-C again gives up")
        END_EARLY.set()

    before = signal.signal(signal.SIGINT, end_early)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        END_EARLY.clear()


@contextmanager
def show_progress() -> Iterator[OnProgress]:
    """Show the progress of long work on a terminal; be silent in a pipe."""
    if not sys.stderr.isatty():
        yield lambda _done, _text: None
        return
    from rich.console import Console  # noqa: PLC0415 (only a terminal pays for it)
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn  # noqa: PLC0415

    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as progress:
        bar = progress.add_task("", total=1.0)

        def update(done: float, text: str) -> None:
            progress.update(bar, completed=done, description=text)

        yield update
