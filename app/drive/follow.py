"""Drive the antenna through one contact: to the start, along the path, and away again.

Every command is at most one step of the axes ahead of where the rotator is, so that an antenna that
hears nothing more stops by itself within a step; the watchdog stops it for certain. A rotator that
stops answering is asked again at every step, until the phase is over.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import structlog

from app.drive.clock import DriveClock
from app.drive.pointing import DrivePath, Limits, step
from app.drive.rotctld import RotatorError
from app.drive.tracking import Measurements, TrackingRecord

REACHED_DEG = 0.1
ROTATOR_LOST = "rotator_lost"  # why an interruption happened
_log = structlog.get_logger(__name__)


class Rotator(Protocol):
    """What is driven."""

    def read_position(self) -> tuple[float, float]: ...

    def point(self, azimuth_deg: float, elevation_deg: float) -> None: ...

    def stop(self) -> None: ...


class DriveStoppedError(RuntimeError):
    """Something forbids to go on: a lockout, a cancelled contact, a person. ``reason`` is a tag."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(detail or reason)
        self.reason = reason


class Follower:
    """Drives one antenna by a clock, one command per step.

    ``report_alive`` is called after every step (the watchdog); ``find_veto`` returns a tag as soon
    as the drive must stop.
    """

    def __init__(
        self,
        rotator: Rotator,
        limits: Limits,
        clock: DriveClock,
        *,
        rate_hz: float,
        beam_limit_deg: float,
        report_alive: Callable[[], None],
        find_veto: Callable[[], str],
    ) -> None:
        self._rotator = rotator
        self._limits = limits
        self._clock = clock
        self._step_s = 1.0 / rate_hz
        self._report_alive = report_alive
        self._find_veto = find_veto
        self._last: tuple[float, float] | None = None
        self.measurements = Measurements(beam_limit_deg)

    def go_to(
        self, target: tuple[float, float], *, until_unix_s: float, and_wait: bool = False
    ) -> bool:
        """Move to a position and tell whether it was reached by then; wait there if asked."""
        reached = False
        while (now := self._clock.now_unix_s()) < until_unix_s:
            position = self._command(target)
            reached = position is not None and _is_near(position, target)
            if reached and not and_wait:
                break
            self._wait_until(min(now + self._step_s, until_unix_s))
        return reached

    def follow(self, path: DrivePath, *, start_unix_s: float, end_unix_s: float) -> TrackingRecord:
        """Follow a path until its end and measure how well; return what was measured."""
        tick = max(start_unix_s, self._clock.now_unix_s())
        self._wait_until(tick)
        while (now := self._clock.now_unix_s()) < end_unix_s:
            # Half a step ahead: the command stands from now to the next one.
            self._command(path.command_at(now + 0.5 * self._step_s), path)
            tick = max(tick + self._step_s, self._clock.now_unix_s())
            self._wait_until(min(tick, end_unix_s))
        self._measure(path)
        return self.summarise(path)

    def summarise(self, path: DrivePath) -> TrackingRecord:
        """Return what has been measured so far."""
        if self.measurements.is_lost:
            now = self._clock.now_unix_s()
            self.measurements.regain(now)
            self.measurements.lose(now, ROTATOR_LOST)
        return self.measurements.summarise(
            rate_hz=1.0 / self._step_s, lags_deg=path.lag_deg.tolist()
        )

    def stop(self) -> bool:
        """Stop both axes; False: the rotator did not acknowledge."""
        try:
            self._rotator.stop()
        except RotatorError as error:
            _log.error("the antenna did not acknowledge a stop", error=str(error))
            return False
        return True

    def _command(
        self, target: tuple[float, float], path: DrivePath | None = None
    ) -> tuple[float, float] | None:
        """Read where the rotator is and send it one step on; None: it does not answer."""
        veto = self._find_veto()
        if veto:
            raise DriveStoppedError(veto)
        position = self._measure(path)
        if position is not None:
            command = step(self._base(position), target, self._limits, self._step_s)
            try:
                self._rotator.point(*command)
                self._last = command
            except RotatorError as error:
                self._lose(error)
                position = None
        self._report_alive()
        return position

    def _measure(self, path: DrivePath | None) -> tuple[float, float] | None:
        before = self._clock.now_unix_s()
        try:
            position = self._rotator.read_position()
        except RotatorError as error:
            self._lose(error)
            return None
        now = self._clock.now_unix_s()
        if self.measurements.regain(now):
            _log.warning("the rotator answers again")
        if path is not None:
            instant = 0.5 * (before + now)
            self.measurements.add(instant, path.error_deg(instant, *position))
        return position

    def _base(self, position: tuple[float, float]) -> tuple[float, float]:
        """Return from where the next step goes: the last command, unless the rotator is away."""
        last = self._last
        if last is None:
            return position
        reach = (
            self._limits.azimuth_rate_deg_s * self._step_s,
            self._limits.elevation_rate_deg_s * self._step_s,
        )
        is_close = all(
            abs(one - other) <= limit
            for one, other, limit in zip(last, position, reach, strict=True)
        )
        return last if is_close else position

    def _lose(self, error: RotatorError) -> None:
        self._last = None
        if self.measurements.lose(self._clock.now_unix_s(), ROTATOR_LOST):
            _log.error("the rotator is lost; it is asked again at every step", error=str(error))

    def _wait_until(self, unix_s: float) -> None:
        """Wait in pieces, so that the watchdog hears us and a veto is heard."""
        while (now := self._clock.now_unix_s()) < unix_s:
            self._clock.sleep_until(min(unix_s, now + 1.0))
            self._report_alive()
            veto = self._find_veto()
            if veto:
                raise DriveStoppedError(veto)


def _is_near(position: tuple[float, float], target: tuple[float, float]) -> bool:
    return all(abs(one - other) <= REACHED_DEG for one, other in zip(position, target, strict=True))
