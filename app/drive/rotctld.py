"""Talk to hamlib's ``rotctld``: where does the rotator point, point there, stop.

The extended protocol (commands with a leading ``+``) ends every answer with ``RPRT`` and a code, 0
or negative. Angles are degrees; azimuths outside 0 to 360 are turns of the cable and are sent as
they are: ``rotctld`` must be started with the mount's limits (``-C min_az=…,max_az=…``).
"""

from __future__ import annotations

import socket
from dataclasses import dataclass

TIMEOUT_S = 2.0
MAX_ANSWER_BYTES = 65_536


class RotatorError(OSError):
    """The rotator cannot be reached, answered nonsense, or refused a command."""


@dataclass(frozen=True, slots=True)
class RotatorLimits:
    """What the rotator says that it reaches, in degrees."""

    min_azimuth_deg: float
    max_azimuth_deg: float
    min_elevation_deg: float
    max_elevation_deg: float


def parse_address(text: str) -> tuple[str, int]:
    """Read ``HOST:PORT`` or ``[IPv6]:PORT``; a host alone means port 4533."""
    host, separator, port = text.rpartition(":")
    if not separator or text.endswith("]"):
        host, port = text, "4533"
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isdigit() or not 0 < int(port) < 65_536:
        raise ValueError(f"{text!r} is no HOST:PORT; give one such as localhost:4533")
    return host, int(port)


class Rotctld:
    """One connection to ``rotctld``; it is opened when first needed and again after a loss."""

    def __init__(self, host: str, port: int, *, timeout_s: float = TIMEOUT_S) -> None:
        self._address = (host, port)
        self._timeout_s = timeout_s
        self._socket: socket.socket | None = None

    def read_position(self) -> tuple[float, float]:
        """Return azimuth and elevation as the rotator tells them, in degrees."""
        told = self._read_fields("p")
        return self._number(told, "azimuth"), self._number(told, "elevation")

    def read_limits(self) -> RotatorLimits:
        """Return how far the rotator reaches by its own account."""
        told = self._read_fields("\\dump_state")
        return RotatorLimits(
            self._number(told, "minimum azimuth"),
            self._number(told, "maximum azimuth"),
            self._number(told, "minimum elevation"),
            self._number(told, "maximum elevation"),
        )

    def point(self, azimuth_deg: float, elevation_deg: float) -> None:
        """Send the antenna towards a direction."""
        self._ask(f"P {azimuth_deg:.3f} {elevation_deg:.3f}")

    def stop(self) -> None:
        """Stop both axes."""
        self._ask("S")

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _read_fields(self, command: str) -> dict[str, str]:
        fields = {}
        for line in self._ask(command):
            name, colon, value = line.partition(":")
            if colon:
                fields[name.strip().lower()] = value.strip()
        return fields

    def _number(self, fields: dict[str, str], name: str) -> float:
        try:
            return float(fields[name])
        except (KeyError, ValueError) as error:
            raise RotatorError(f"the rotator's answer has no {name}: {fields}") from error

    def _ask(self, command: str) -> list[str]:
        """Send one command; return the lines of its answer, or raise RotatorError."""
        try:
            if self._socket is None:
                self._socket = socket.create_connection(self._address, timeout=self._timeout_s)
            self._socket.sendall(f"+{command}\n".encode("ascii"))
            lines = self._receive(self._socket)
        except OSError as error:
            self.close()
            if isinstance(error, RotatorError):
                raise
            host, port = self._address
            raise RotatorError(f"rotctld at {host}:{port} does not answer: {error}") from error
        code = lines[-1].removeprefix("RPRT ").strip()
        if code != "0":
            raise RotatorError(f"the rotator refused {command!r} (code {code})")
        return lines[:-1]

    def _receive(self, connection: socket.socket) -> list[str]:
        """Read until the line with the code."""
        data = b""
        while True:
            piece = connection.recv(4_096)
            if not piece:
                raise RotatorError("rotctld closed the connection")
            data += piece
            if len(data) > MAX_ANSWER_BYTES:
                raise RotatorError(f"rotctld's answer is longer than {MAX_ANSWER_BYTES} bytes")
            lines = data.decode("ascii", "replace").splitlines()
            if data.endswith(b"\n") and lines and lines[-1].startswith("RPRT"):
                return lines
