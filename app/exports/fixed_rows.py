"""Many rows of text of equal layout, built column by column instead of value by value.

A row is put together from fixed texts, instants, numbers and flags, each of a fixed width; numbers
are padded with spaces, which ``lines`` takes out again. For the hundreds of thousands of passes of
a whole catalogue this is many times cheaper than formatting each value.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tle.timebase import FloatArray

Bytes = NDArray[np.uint8]

_DAY_MS = 86_400_000
_ZERO, _SPACE, _MINUS, _POINT = b"0"[0], b" "[0], b"-"[0], b"."[0]


class FixedRows:
    """Rows under construction, ``count`` of them; each call appends one column to all."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._parts: list[Bytes] = []
        self._padded = False

    def text(self, text: str) -> FixedRows:
        """Append the same ASCII text, without spaces, to every row."""
        encoded = np.frombuffer(text.encode("ascii"), dtype=np.uint8)
        self._parts.append(np.broadcast_to(encoded, (self._count, len(encoded))))
        return self

    def instants(self, unix_s: FloatArray) -> FixedRows:
        """Append instants as ISO-8601 UTC with milliseconds (rounded) and ``Z``."""
        microseconds = np.rint(np.asarray(unix_s) * 1e6).astype(np.int64)
        self._instants((microseconds + 500) // 1000)  # as timebase.format_utc rounds
        return self

    def _instants(self, milliseconds: NDArray[np.int64]) -> None:
        day = milliseconds // _DAY_MS
        rest = (milliseconds - day * _DAY_MS).astype(np.int32)
        second = rest // 1000
        minute = second // 60
        self._parts += [
            _dates(day),
            _minutes()[minute],
            _seconds()[second - 60 * minute],
            _thousandths()[rest - 1000 * second],
        ]

    def numbers(self, values: FloatArray, *, digits: int, decimals: int) -> FixedRows:
        """Append numbers with at most ``digits`` before the point and ``decimals`` after it."""
        scaled = np.rint(np.asarray(values) * 10.0**decimals).astype(np.int64)
        size = np.abs(scaled)
        if len(size) and int(size.max()) >= 10 ** (digits + decimals):
            raise ValueError(f"a number has more than {digits} digits before the point")
        width = 1 + digits + (decimals + 1 if decimals else 0)
        column = np.empty((self._count, width), dtype=np.uint8)
        column[:, 0] = np.where(scaled < 0, _MINUS, _SPACE)
        place = width - 1
        for position in range(digits + decimals):
            if decimals and position == decimals:
                column[:, place] = _POINT
                place -= 1
            rest = size // 10
            digit = (size - 10 * rest).astype(np.uint8) + _ZERO
            if position > decimals:
                digit[size == 0] = _SPACE
            column[:, place] = digit
            size = rest
            place -= 1
        self._parts.append(column)
        self._padded = True
        return self

    def flags(self, values: NDArray[np.bool_]) -> FixedRows:
        """Append ``true`` or ``false``."""
        self._padded = True
        self._parts.append(_FLAGS[np.asarray(values).astype(np.int8)])
        return self

    def lines(self) -> list[str]:
        """Return the rows as texts, without spaces."""
        if not self._count:
            return []
        table = np.concatenate(self._parts, axis=1)
        width = table.shape[1]
        whole = table.tobytes().decode("ascii")
        lines = [whole[start : start + width] for start in range(0, len(whole), width)]
        return [line.replace(" ", "") for line in lines] if self._padded else lines


def iso_texts(unix_s: FloatArray) -> list[str]:
    """Write instants, shape (n,), as ISO-8601 UTC with milliseconds and ``Z``."""
    return FixedRows(len(unix_s)).instants(unix_s).lines()


def compact_texts(unix_s: FloatArray) -> list[str]:
    """Write instants, rounded to the second, as in ``20260906T150151Z``."""
    rows = FixedRows(len(unix_s))
    rows._instants(np.rint(np.asarray(unix_s)).astype(np.int64) * 1000)
    return [line[:19].replace("-", "").replace(":", "") + "Z" for line in rows.lines()]


def _dates(day: NDArray[np.int64]) -> Bytes:
    """Write the dates of day numbers since 1970; only the distinct ones are formatted."""
    if not len(day):
        return np.empty((0, 10), dtype=np.uint8)
    first = int(day.min())
    return _calendar(first, int(day.max()) - first + 1)[day - first]


@lru_cache(maxsize=64)
def _calendar(first: int, count: int) -> Bytes:
    days = np.arange(first, first + count).astype("datetime64[D]")
    return _table([str(day) for day in days])


@lru_cache(maxsize=1)
def _minutes() -> Bytes:
    return _table([f"T{minute // 60:02d}:{minute % 60:02d}:" for minute in range(1440)])


@lru_cache(maxsize=1)
def _seconds() -> Bytes:
    return _table([f"{second:02d}" for second in range(60)])


@lru_cache(maxsize=1)
def _thousandths() -> Bytes:
    return _table([f".{thousandth:03d}Z" for thousandth in range(1000)])


def _table(texts: list[str]) -> Bytes:
    """Lay texts of equal length out as rows of bytes."""
    whole = np.frombuffer("".join(texts).encode("ascii"), dtype=np.uint8)
    return whole.reshape(len(texts), -1)


_FLAGS = _table(["false", "true "])
