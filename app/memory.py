"""Memory of a process that runs for months: what is free goes back to the system.

glibc keeps a heap for every few threads and gives back only what is free at its end. With many
threads and answers of many sizes each heap grows for days around the pieces in use. Where the C
library is another one, nothing here does anything.
"""

from __future__ import annotations

import ctypes
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

GIVE_BACK_S = 30.0
_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8  # of malloc.h
_LARGE_BYTES = 131_072  # has pages of its own, and gives them back at once


def share_one_heap() -> None:
    """Let all threads share one heap, and large pieces stay out of it."""
    mallopt = _find("mallopt")
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, 1)
        mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)


def give_back() -> None:
    """Give free pages between pieces in use back to the system."""
    trim = _find("malloc_trim")
    if trim is not None:
        trim(0)


@contextmanager
def giving_back(every_s: float = GIVE_BACK_S) -> Iterator[None]:
    """Give back again and again."""
    stopping = threading.Event()

    def work() -> None:
        while not stopping.wait(every_s):
            give_back()

    thread = threading.Thread(target=work, name="memory", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()


def _find(name: str) -> Any:
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
