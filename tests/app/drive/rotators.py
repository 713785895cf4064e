"""Rotators for the tests: hamlib's own daemon with its dummy, and a simulator in our clock."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import threading
import time

import pytest

from app.drive.rotctld import RotatorError, Rotctld


def find_free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextlib.contextmanager
def running_rotctld(port=None, limits="min_az=-270,max_az=270"):
    """Run ``rotctld -m 1`` (its dummy turns both axes by about 6 deg/s); give its port."""
    if shutil.which("rotctld") is None:
        pytest.skip("no rotctld installed (apt install libhamlib-utils)")
    port = port or find_free_port()
    words = ["rotctld", "-m", "1", "-T", "127.0.0.1", "-t", str(port), "-C", limits]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: can_connect(port), "rotctld to listen")
        yield port
    finally:
        process.kill()
        process.wait()


def can_connect(port) -> bool:
    rotator = Rotctld("127.0.0.1", port)
    try:
        rotator.read_position()
    except RotatorError:
        return False
    finally:
        rotator.close()
    return True


def wait_for(is_true, what, deadline_s=60.0):
    end = time.monotonic() + deadline_s
    while not is_true():
        if time.monotonic() > end:
            pytest.fail(f"waited {deadline_s:g} s for {what}")
        time.sleep(0.02)


class SteppedClock:
    """A clock that moves only when somebody waits: a contact in no time, the same every time."""

    def __init__(self, start_unix_s):
        self.unix_s = start_unix_s

    def now_unix_s(self):
        return self.unix_s

    def sleep_until(self, unix_s):
        self.unix_s = max(self.unix_s, unix_s)


class SimulatedRotator:
    """Turns towards its last command at given rates, by a given clock; keeps what it was told."""

    def __init__(self, clock, *, azimuth_rate_deg_s=10.0, elevation_rate_deg_s=5.0, at=(0.0, 90.0)):
        self._clock = clock
        self._rates = (azimuth_rate_deg_s, elevation_rate_deg_s)
        self._at = at
        self._target = at
        self._since = clock.now_unix_s()
        self.commands = []
        self.stops = 0
        self.dead = lambda unix_s: False

    def read_position(self):
        self._answer()
        return self._move()

    def point(self, azimuth_deg, elevation_deg):
        self._answer()
        self._move()
        self._target = (azimuth_deg, elevation_deg)
        self.commands.append((self._clock.now_unix_s(), azimuth_deg, elevation_deg))

    def stop(self):
        self._target = self._move()
        self.stops += 1

    def _answer(self):
        if self.dead(self._clock.now_unix_s()):
            raise RotatorError("it does not answer")

    def _move(self):
        now = self._clock.now_unix_s()
        seconds, self._since = now - self._since, now
        self._at = tuple(
            at + min(max(target - at, -rate * seconds), rate * seconds)
            for at, target, rate in zip(self._at, self._target, self._rates, strict=True)
        )
        return self._at


class RecordingProxy:
    """Stands between a driver and rotctld, keeps the commands, and can cut every connection."""

    def __init__(self, target_port):
        self._target_port = target_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.commands = []
        self.is_cut = False
        self._open = []
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self):
        """Close all connections and refuse new ones, until ``mend``."""
        self.is_cut = True
        for each in self._open:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def mend(self):
        self.is_cut = False

    def close(self):
        self.cut()
        self._listener.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self.is_cut:
                    client.close()
                    continue
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with contextlib.suppress(OSError), client:
            server = socket.create_connection(("127.0.0.1", self._target_port))
            self._open += [client, server]
            with server:
                threading.Thread(target=self._back, args=(server, client), daemon=True).start()
                while data := client.recv(4096):
                    for line in data.decode().splitlines():
                        self.commands.append((time.monotonic(), line.strip()))
                    server.sendall(data)

    @staticmethod
    def _back(server, client):
        with contextlib.suppress(OSError):
            while data := server.recv(4096):
                client.sendall(data)
