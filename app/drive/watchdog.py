"""Stop the antenna when the process that drives it dies or hangs: a process of its own.

The driver writes a byte after every command. When no byte comes for ``patience_s``, or the pipe
closes without the farewell byte, the watchdog sends ``S`` to ``rotctld`` until it is acknowledged.
A killed process cannot clean up after itself; its closed pipe can be seen by another one.
"""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import sys
import time

import structlog

from app.drive.rotctld import RotatorError, Rotctld

PATIENCE_S = 3.0
_KEEP_TRYING_S = 60.0
_ALIVE, _FAREWELL = b".", b"!"
_log = structlog.get_logger(__name__)
STOPPED_EXIT_CODE, NOT_STOPPED_EXIT_CODE = 10, 11


class Watchdog:
    """The driver's end: start it, tell it that all is well, dismiss it."""

    def __init__(self, host: str, port: int, *, patience_s: float = PATIENCE_S) -> None:
        self._words = [sys.executable, "-m", "app.drive.watchdog", host, str(port), str(patience_s)]
        self._process = self._start()

    def report_alive(self) -> None:
        """Say that the drive goes on; a watchdog that has gone is started anew."""
        try:
            self._write(_ALIVE)
        except BrokenPipeError:
            code = self._process.wait(timeout=10)
            _log.error("the watchdog had gone; a new one is started", exit_code=code)
            self._process = self._start()

    def dismiss(self) -> None:
        """End the watchdog without a stop."""
        with contextlib.suppress(BrokenPipeError):
            self._write(_FAREWELL)
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
        self._process.wait(timeout=_KEEP_TRYING_S + 10.0)

    def __enter__(self) -> Watchdog:
        return self

    def __exit__(self, *_: object) -> None:
        self.dismiss()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 (our own interpreter and module)
            self._words,
            stdin=subprocess.PIPE,
            start_new_session=True,  # signals to the driver's group must not reach it
        )

    def _write(self, byte: bytes) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(byte)
        self._process.stdin.flush()


def watch(pipe: int, host: str, port: int, patience_s: float) -> bool:
    """Wait for the farewell; return False when the driver went away without one."""
    while True:
        ready, _, _ = select.select([pipe], [], [], patience_s)
        said = os.read(pipe, 4_096) if ready else b""
        if said.endswith(_FAREWELL):
            return True
        if not said:
            return False


def stop_antenna(host: str, port: int, *, keep_trying_s: float = _KEEP_TRYING_S) -> bool:
    """Send ``S`` until it is acknowledged; False: nobody acknowledged it."""
    deadline_s = time.monotonic() + keep_trying_s
    while True:
        rotator = Rotctld(host, port, timeout_s=1.0)
        try:
            rotator.stop()
            return True
        except RotatorError:
            if time.monotonic() > deadline_s:
                return False
            time.sleep(0.2)
        finally:
            rotator.close()


def main() -> int:
    host, port, patience_s = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    if watch(sys.stdin.fileno(), host, port, patience_s):
        return 0
    if stop_antenna(host, port):
        print("aspan: watchdog: the drive died; the antenna was stopped", file=sys.stderr)
        return STOPPED_EXIT_CODE
    print("aspan: watchdog: the drive died and the ANTENNA COULD NOT BE STOPPED", file=sys.stderr)
    return NOT_STOPPED_EXIT_CODE


if __name__ == "__main__":
    raise SystemExit(main())
