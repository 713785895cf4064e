"""ISO-8601 text of many instants at once: about 30 times cheaper than one by one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tle.timebase import FloatArray

_DAY_S = 86_400
_DAY_MS = 86_400_000
_ISO = np.frombuffer(b"0000-00-00T00:00:00.000Z", dtype=np.uint8)
_COMPACT = np.frombuffer(b"00000000T000000Z", dtype=np.uint8)
_ZERO = np.uint8(ord("0"))


def iso_texts(unix_s: FloatArray) -> list[str]:
    """Write instants, shape (n,), as ISO-8601 UTC with milliseconds (rounded) and ``Z``."""
    microseconds = np.rint(np.asarray(unix_s) * 1e6).astype(np.int64)
    day, millisecond = np.divmod((microseconds + 500) // 1000, _DAY_MS)  # as timebase.format_utc
    text = np.tile(_ISO, (len(day), 1))
    text[:, :10] = _dates(day, b"-")
    second, rest = np.divmod(millisecond, 1000)
    _put_clock(text, second, (11, 14, 17))
    _put(text, 20, rest, 3)
    return _slices(text)


def compact_texts(unix_s: FloatArray) -> list[str]:
    """Write instants, rounded to the second, as in ``20260906T150151Z``."""
    day, second = np.divmod(np.rint(np.asarray(unix_s)).astype(np.int64), _DAY_S)
    text = np.tile(_COMPACT, (len(day), 1))
    text[:, :8] = _dates(day, b"")
    _put_clock(text, second, (9, 11, 13))
    return _slices(text)


def _dates(day: NDArray[np.int64], separator: bytes) -> NDArray[np.uint8]:
    """Write the dates of day numbers since 1970; only the distinct ones are formatted."""
    distinct, which = np.unique(day, return_inverse=True)
    lines = [
        str(np.datetime64(int(number), "D")).replace("-", separator.decode())
        for number in distinct.tolist()
    ]
    width = 8 + 2 * len(separator)
    table = np.frombuffer("".join(lines).encode("ascii"), dtype=np.uint8)
    return table.reshape(-1, width)[which.reshape(-1)]


def _put_clock(
    text: NDArray[np.uint8], second: NDArray[np.int64], places: tuple[int, int, int]
) -> None:
    minute, second = np.divmod(second, 60)
    hour, minute = np.divmod(minute, 60)
    for place, value in zip(places, (hour, minute, second), strict=True):
        _put(text, place, value, 2)


def _put(text: NDArray[np.uint8], place: int, value: NDArray[np.int64], digits: int) -> None:
    for position in range(place + digits - 1, place - 1, -1):
        value, digit = np.divmod(value, 10)
        text[:, position] = digit.astype(np.uint8) + _ZERO


def _slices(text: NDArray[np.uint8]) -> list[str]:
    width = text.shape[1]
    whole = text.tobytes().decode("ascii")
    return [whole[start : start + width] for start in range(0, len(whole), width)]
