"""The clock a drive runs by: the machine's, or one that runs faster against a simulator."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from tle.timebase import from_unix_s


class DriveClock(Protocol):
    """What time it is, and a way to wait."""

    def now_unix_s(self) -> float: ...

    def sleep_until(self, unix_s: float) -> None: ...


class SystemDriveClock:
    """The machine's clock. It is read again for every wait, so that steps of it are followed."""

    def now_unix_s(self) -> float:
        return time.time()

    def sleep_until(self, unix_s: float) -> None:
        while (left_s := unix_s - time.time()) > 0.0:
            time.sleep(min(left_s, 1.0))


class AcceleratedClock:
    """Starts at an instant and runs ``factor`` times as fast as the machine's.

    For simulators and tests only: a real antenna would be asked for ``factor`` times its rates.
    """

    def __init__(self, start_unix_s: float, factor: float) -> None:
        self._start_unix_s = start_unix_s
        self._factor = factor
        self._since_s = time.monotonic()

    def now_unix_s(self) -> float:
        return self._start_unix_s + self._factor * (time.monotonic() - self._since_s)

    def sleep_until(self, unix_s: float) -> None:
        left_s = (unix_s - self.now_unix_s()) / self._factor
        if left_s > 0.0:
            time.sleep(left_s)


def as_datetime_clock(clock: DriveClock) -> Callable[[], datetime]:
    """Give the clock of a drive the shape that the rest of the application reads."""
    return lambda: from_unix_s(clock.now_unix_s())
