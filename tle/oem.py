"""An orbit ephemeris message (CCSDS 502.0-B OEM) as an object: segments of states, checked.

A message is taken whole or refused whole: a gap in an ephemeris is not a smaller ephemeris.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tle.errors import ElementFormatError, ElementRangeError, TimeError
from tle.reading_result import Refusal, check_name
from tle.timebase import FloatArray, count_leap_seconds, parse_ccsds_utc, to_unix_s

MAX_STATES = 200_000
MIN_RADIUS_KM, MAX_RADIUS_KM = 6_400.0, 500_000.0
MAX_SPEED_KM_S = 15.0
MAX_STEP_RAD = 1.0  # of a circular orbit at the state; four states then give 0.2 km
# What a time system's clock shows beyond TAI, in s; None for UTC itself.
TIME_SYSTEMS: Mapping[str, float | None] = {"UTC": None, "TAI": 0.0, "TT": 32.184, "GPS": -19.0}
INERTIAL_FRAMES = ("GCRF", "ICRF", "EME2000", "J2000")
EARTH_FIXED_FRAME = re.compile(r"ITRF(?:-?[0-9]{2,4})?|WGS-?84", re.ASCII)
_MU_KM3_S2 = 398_600.44

StateRow = tuple[int, str, list[float]]  # line, epoch text, six numbers in km and km/s


@dataclass(frozen=True, slots=True, eq=False)
class OemSegment:
    """States of one object in one frame: instants (n,) ascending, km (n, 3), km/s (n, 3).

    ``useable_from_unix_s`` and ``useable_to_unix_s`` bound what may be interpolated.
    ``interpolation_degree`` is what the message recommends; 0 when it says nothing. ``comment`` is
    written, for people; what a message that we read remarks is not kept.
    """

    object_name: str
    object_id: str
    ref_frame: str
    unix_s: FloatArray
    position_km: FloatArray
    velocity_km_s: FloatArray
    useable_from_unix_s: float
    useable_to_unix_s: float
    interpolation: str = ""
    interpolation_degree: int = 0
    comment: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Oem:
    """A whole message with its origin; all segments are of one object."""

    originator: str
    creation_utc: datetime
    segments: tuple[OemSegment, ...]
    source: str
    received_utc: datetime

    @property
    def object_name(self) -> str:
        return self.segments[0].object_name

    @property
    def object_id(self) -> str:
        return self.segments[0].object_id

    @property
    def valid_from_unix_s(self) -> float:
        return self.segments[0].useable_from_unix_s

    @property
    def valid_to_unix_s(self) -> float:
        return self.segments[-1].useable_to_unix_s

    @property
    def fingerprint(self) -> str:
        """Hash the identity and every state; not the source, not the arrival."""
        digest = hashlib.sha256(f"{self.object_id}|{self.object_name}".encode())
        for segment in self.segments:
            useable = (segment.useable_from_unix_s, segment.useable_to_unix_s)
            digest.update(f"|{segment.ref_frame}|{useable!r}".encode())
            for array in (segment.unix_s, segment.position_km, segment.velocity_km_s):
                digest.update(np.ascontiguousarray(array, dtype="<f8").tobytes())
        return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class OemResult:
    """The message, or None and the refusal that says why."""

    message: Oem | None
    refused: tuple[Refusal, ...] = ()


def is_supported_frame(name: str) -> bool:
    """Say whether states of a frame can be turned into TEME (``frames``)."""
    return name in ("TEME", *INERTIAL_FRAMES) or bool(EARTH_FIXED_FRAME.fullmatch(name))


def make_segment(fields: Mapping[str, str], rows: Sequence[StateRow], line: int) -> OemSegment:
    """Check the metadata and the states of one segment, which begins on ``line``.

    Raises ElementFormatError or ElementRangeError with line and field.
    """
    _check_metadata(fields, line)
    if not 2 <= len(rows) <= MAX_STATES:
        raise ElementFormatError(
            f"{len(rows)} states; a segment has 2 to {MAX_STATES}", line=line, field="states"
        )
    system = fields["TIME_SYSTEM"]
    unix_s = np.array([_read_instant(text, system, "EPOCH", at) for at, text, _ in rows])
    states = np.array([numbers for _, _, numbers in rows], dtype=np.float64)
    _check_states(unix_s, states, [at for at, _, _ in rows])
    from_s, to_s = _read_useable_span(fields, unix_s, line)
    return OemSegment(
        fields["OBJECT_NAME"],
        "" if fields["OBJECT_ID"] == "UNKNOWN" else fields["OBJECT_ID"],
        fields["REF_FRAME"],
        unix_s,
        states[:, :3].copy(),
        states[:, 3:].copy(),
        from_s,
        to_s,
        fields.get("INTERPOLATION", ""),
        _read_degree(fields.get("INTERPOLATION_DEGREE", ""), line),
    )


def check_segments(segments: Sequence[OemSegment]) -> None:
    """Require one object, and segments in the order of time that do not overlap."""
    if not segments:
        raise ElementFormatError("holds no segment")
    for before, after in pairwise(segments):
        if (after.object_id, after.object_name) != (before.object_id, before.object_name):
            raise ElementFormatError("segments are of different objects", field="OBJECT_ID")
        if after.useable_from_unix_s < before.useable_to_unix_s:
            raise ElementFormatError("segments overlap", field="USEABLE_START_TIME")


def _check_metadata(fields: Mapping[str, str], line: int) -> None:
    necessary = ("OBJECT_NAME", "OBJECT_ID", "CENTER_NAME", "REF_FRAME", "TIME_SYSTEM")
    for keyword in (*necessary, "START_TIME", "STOP_TIME"):
        if not fields.get(keyword):
            raise ElementFormatError("is missing", line=line, field=keyword)
    check_name(fields["OBJECT_NAME"])
    check_name(fields["OBJECT_ID"])
    allowed = (
        ("CENTER_NAME", fields["CENTER_NAME"] == "EARTH", "EARTH"),
        ("TIME_SYSTEM", fields["TIME_SYSTEM"] in TIME_SYSTEMS, ", ".join(TIME_SYSTEMS)),
        ("REF_FRAME", is_supported_frame(fields["REF_FRAME"]), "TEME, ITRF, GCRF, ICRF, EME2000"),
    )
    for keyword, holds, words in allowed:
        if not holds:
            raise ElementFormatError(
                f"{fields[keyword][:40]!r} is not supported; only {words}", line=line, field=keyword
            )


def _check_states(unix_s: FloatArray, states: FloatArray, lines: Sequence[int]) -> None:
    def refuse(bad: NDArray[np.bool_], field: str, reason: str) -> None:
        if bad.any():
            raise ElementRangeError(reason, line=lines[int(np.argmax(bad))], field=field)

    finite = np.asarray(np.isfinite(states).all(axis=1), dtype=np.bool_)
    refuse(~finite, "states", "holds a number that is not finite")
    step_s = np.diff(unix_s)
    refuse(np.append(False, step_s <= 0.0), "EPOCH", "is not after the state before it")
    radius_km: FloatArray = np.asarray(np.linalg.norm(states[:, :3], axis=1))
    refuse(
        (radius_km < MIN_RADIUS_KM) | (radius_km > MAX_RADIUS_KM),
        "X",
        f"radius outside {MIN_RADIUS_KM:.0f} to {MAX_RADIUS_KM:.0f} km; positions are in km",
    )
    speed_km_s = np.linalg.norm(states[:, 3:], axis=1)
    refuse(
        np.asarray(speed_km_s > MAX_SPEED_KM_S), "X_DOT", f"faster than {MAX_SPEED_KM_S:.0f} km/s"
    )
    angle = np.sqrt(_MU_KM3_S2 / radius_km[:-1] ** 3) * step_s
    refuse(
        np.append(False, angle > MAX_STEP_RAD),
        "EPOCH",
        "is too long after the state before it to be interpolated (over 1/6 of a revolution)",
    )
    # Positions and velocities must tell the same story where the steps are short enough to see it.
    moved = np.diff(states[:, :3], axis=0) / step_s[:, None]
    mean = 0.5 * (states[:-1, 3:] + states[1:, 3:])
    off = np.linalg.norm(moved - mean, axis=1)
    limit = (0.02 + angle**2 / 4.0) * (np.linalg.norm(mean, axis=1) + 0.05)
    refuse(
        np.append(False, (angle < 0.5) & (off > limit)),
        "X_DOT",
        "velocities do not fit the way between the positions; they are in km/s",
    )


def _read_useable_span(
    fields: Mapping[str, str], unix_s: FloatArray, line: int
) -> tuple[float, float]:
    """Return the useable span; the states must lie in START_TIME to STOP_TIME."""
    system = fields["TIME_SYSTEM"]
    start_s = _read_instant(fields["START_TIME"], system, "START_TIME", line)
    stop_s = _read_instant(fields["STOP_TIME"], system, "STOP_TIME", line)
    if unix_s[0] < start_s - 1e-6 or unix_s[-1] > stop_s + 1e-6:
        raise ElementRangeError(
            "states lie outside START_TIME to STOP_TIME", line=line, field="START_TIME"
        )
    longest_s = float(np.diff(unix_s).max()) + 1e-6
    if stop_s - unix_s[-1] > longest_s or unix_s[0] - start_s > longest_s:
        raise ElementRangeError(
            "states do not reach from START_TIME to STOP_TIME: the message is cut, or the times "
            "are wrong",
            line=line,
            field="STOP_TIME",
        )
    span = [float(unix_s[0]), float(unix_s[-1])]
    for i, keyword in enumerate(("USEABLE_START_TIME", "USEABLE_STOP_TIME")):
        if text := fields.get(keyword):
            given_s = _read_instant(text, system, keyword, line)
            span[i] = max(span[0], given_s) if i == 0 else min(span[1], given_s)
    if span[1] <= span[0]:
        raise ElementRangeError("nothing is useable", line=line, field="USEABLE_START_TIME")
    return span[0], span[1]


def _read_instant(text: str, system: str, keyword: str, line: int) -> float:
    try:
        instant_s = to_unix_s(parse_ccsds_utc(text, field=keyword))
    except TimeError as error:
        reason = str(error).removeprefix(f"{keyword}: ")
        raise ElementFormatError(reason, line=line, field=keyword) from error
    offset_s = TIME_SYSTEMS[system]
    if offset_s is None:
        return instant_s
    utc_s = instant_s - offset_s - float(count_leap_seconds(np.float64(instant_s)))
    return instant_s - offset_s - float(count_leap_seconds(np.float64(utc_s)))


def _read_degree(text: str, line: int) -> int:
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) <= 2 and 1 <= int(text) <= 25):
        raise ElementFormatError(
            f"{text[:20]!r} is not a degree of 1 to 25", line=line, field="INTERPOLATION_DEGREE"
        )
    return int(text)
