"""An aide: a process beside a solver that keeps a state and answers questions about it.

Python runs one thread at a time, so what should use the second core needs a process. Small
problems take an aide in the same process instead: it answers when its answer is fetched.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from multiprocessing.connection import Connection
from typing import Any, Protocol

END_S = 5.0  # what a killed process may take to be gone


class Aide(AbstractContextManager["Aide"], Protocol):
    """What both kinds do: one question at a time, each answered by ``function(state, *args)``."""

    def ask(self, function: Callable[..., Any], *args: object) -> None:
        """Put a question."""

    @property
    def is_ready(self) -> bool:
        """Ask whether the answer is there without waiting."""

    def fetch(self) -> Any:
        """Return the answer to the last question, when it is there."""


class NearAide:
    """An aide in this process."""

    is_ready = False

    def __init__(self, build: Callable[..., Any], *args: object) -> None:
        self._state = build(*args)
        self._question: tuple[Callable[..., Any], tuple[object, ...]] | None = None

    def __enter__(self) -> NearAide:
        return self

    def __exit__(self, *_: object) -> None:
        self._state = None

    def ask(self, function: Callable[..., Any], *args: object) -> None:
        self._question = (function, args)

    def fetch(self) -> Any:
        assert self._question is not None
        function, args = self._question
        return function(self._state, *args)


class FarAide:
    """An aide in a process of its own, which ends when its ``with`` block or its parent does."""

    def __init__(self, build: Callable[..., Any], *args: object) -> None:
        context = multiprocessing.get_context("spawn")  # a fork beside threads may hang
        self._channel, theirs = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(theirs, os.getpid(), build, args), daemon=True
        )
        self._process.start()
        theirs.close()

    def __enter__(self) -> FarAide:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.join(END_S)
        self._channel.close()

    @property
    def is_ready(self) -> bool:
        return self._channel.poll()

    def ask(self, function: Callable[..., Any], *args: object) -> None:
        self._channel.send((function, args))

    def fetch(self) -> Any:
        try:
            answer, fault = self._channel.recv()
        except (EOFError, OSError) as error:
            raise RuntimeError("a process beside the solver ended by itself") from error
        if fault:
            raise RuntimeError(f"a process beside the solver: {fault}")
        return answer


def _serve(
    channel: Connection, parent: int, build: Callable[..., Any], args: tuple[object, ...]
) -> None:
    """Answer questions until the channel closes; end at once when the parent is gone."""
    threading.Thread(target=watch_parent, args=(parent,), daemon=True).start()
    state = build(*args)
    while True:
        try:
            function, own = channel.recv()
        except (EOFError, OSError):  # the parent has gone
            return
        try:
            channel.send((function(state, *own), ""))
        except Exception as error:
            channel.send((None, f"{type(error).__name__}: {error}"))


def watch_parent(parent: int) -> None:
    """End this process when its parent is gone."""
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(3)
