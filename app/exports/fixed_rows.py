"""Many rows of text of equal layout, built column by column instead of value by value.

A row is put together from texts, instants, numbers and flags, each in a column of fixed width;
shorter ones are padded with zero bytes, which ``encode`` takes out again. For the hundreds of
thousands of passes of a whole catalogue this is many times cheaper than formatting each value.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tle.timebase import FloatArray

Bytes = NDArray[np.uint8]
IntArray = NDArray[np.int64]

_DAY_MS = 86_400_000
_ZERO, _MINUS, _POINT, _COMMA = b"0-.,"
_PAD = 0


class FixedRows:
    """Rows under construction, ``count`` of them; each call appends one column to all."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._parts: list[Bytes] = []

    def __len__(self) -> int:
        return self._count

    def text(self, text: str) -> FixedRows:
        """Append the same text, without line ends, to every row."""
        encoded = np.frombuffer(text.encode("utf-8"), dtype=np.uint8)
        column = np.empty((self._count, len(encoded)), dtype=np.uint8)
        column[:] = encoded
        self._parts.append(column)
        return self

    def texts(self, texts: Sequence[str], index: IntArray) -> FixedRows:
        """Append to each row the text that its index (n,) names; no line ends in them."""
        if len(texts):
            self._parts.append(_table(texts)[index])
        return self

    def instants(self, unix_s: FloatArray) -> FixedRows:
        """Append instants as ISO-8601 UTC with milliseconds (rounded) and ``Z``."""
        microseconds = np.rint(np.asarray(unix_s) * 1e6).astype(np.int64)
        date, minute, second, thousandth = _clock((microseconds + 500) // 1000)  # as format_utc
        self._parts += [date, minute, second, _thousandths()[thousandth]]
        return self

    def stamps(self, unix_s: FloatArray) -> FixedRows:
        """Append instants, rounded to the second, as in ``20260906T150151Z``."""
        seconds = np.rint(np.asarray(unix_s)).astype(np.int64)
        date, minute, second, _ = _clock(seconds * 1000)
        self._parts += [date[:, [0, 1, 2, 3, 5, 6, 8, 9]], minute[:, [0, 1, 2, 4, 5]], second]
        return self.text("Z")

    def numbers(
        self,
        values: FloatArray | IntArray,
        *,
        digits: int,
        decimals: int,
        missing: str = "",
        trim: bool = False,
    ) -> FixedRows:
        """Append numbers with at most ``digits`` before the point and ``decimals`` after it.

        Values that are not finite are written as ``missing``; ``trim`` drops zeros at the end.
        """
        values = np.asarray(values, dtype=np.float64)
        known = np.isfinite(values)
        whole = bool(known.all())
        scaled = np.rint((values if whole else np.where(known, values, 0.0)) * 10.0**decimals)
        largest = float(np.abs(scaled).max(initial=0.0))
        if largest >= 10.0 ** (digits + decimals):
            raise ValueError(f"a number has more than {digits} digits before the point")
        digits = max(len(str(int(largest))) - decimals, 1)  # as many as the largest needs
        width = 1 + digits + (decimals + 1 if decimals else 0)
        column = np.empty((self._count, max(width, len(missing))), dtype=np.uint8)
        column[:, width:] = _PAD
        column[:, 0] = np.where(scaled < 0.0, _MINUS, _PAD)
        size: NDArray[Any] = np.abs(scaled).astype(np.uint32 if largest < 2.0**32 else np.uint64)
        place = width - 1
        for position in range(digits + decimals):
            if decimals and position == decimals:
                column[:, place] = _POINT
                place -= 1
            rest = size // 10
            digit = (size - 10 * rest).astype(np.uint8) + _ZERO
            if position > decimals:
                digit[size == 0] = _PAD
            column[:, place] = digit
            size = rest
            place -= 1
        if trim:
            _trim(column[:, width - decimals + 1 : width])
        if not whole:
            column[~known] = _table([missing.ljust(column.shape[1], "\0")])
        self._parts.append(column)
        return self

    def flags(self, values: NDArray[np.bool_]) -> FixedRows:
        """Append ``true`` or ``false``."""
        self._parts.append(_table(("false", "true"))[np.asarray(values).astype(np.int8)])
        return self

    def nested(self, rows: FixedRows, owner: IntArray) -> FixedRows:
        """Append to each row those of other rows that it owns, commas between; owners ascend."""
        inner = rows._lay_out()
        count = np.bincount(owner, minlength=self._count)
        first = np.cumsum(count) - count
        for place in range(int(count.max(initial=0))):
            having = np.flatnonzero(count > place)
            column = np.full((self._count, 1 + inner.shape[1]), _PAD, dtype=np.uint8)
            column[having, 0] = _COMMA if place else _PAD
            column[having, 1:] = inner[first[having] + place]
            self._parts.append(column)
        return self

    def encode(self, end: str) -> bytes:
        """Return all rows as one text in UTF-8, each with ``end`` behind it."""
        return self.text(end)._lay_out().tobytes().translate(None, bytes([_PAD]))

    def lines(self) -> list[str]:
        """Return the rows as texts."""
        return self.encode("\n").decode("utf-8").split("\n")[:-1]

    def _lay_out(self) -> Bytes:
        return np.concatenate(self._parts, axis=1)


def iso_texts(unix_s: FloatArray) -> list[str]:
    """Write instants, shape (n,), as ISO-8601 UTC with milliseconds and ``Z``."""
    return FixedRows(len(unix_s)).instants(unix_s).lines()


def _trim(decimals: Bytes) -> None:
    """Blank the zeros at the end of decimals, in place."""
    ends = np.ones(len(decimals), dtype=np.bool_)
    for place in range(decimals.shape[1] - 1, -1, -1):
        ends &= decimals[:, place] == _ZERO
        decimals[ends, place] = _PAD


def _clock(milliseconds: IntArray) -> tuple[Bytes, Bytes, Bytes, NDArray[np.int32]]:
    """Write dates, hours with minutes, and seconds; return what is left in ms."""
    day = milliseconds // _DAY_MS
    rest = (milliseconds - day * _DAY_MS).astype(np.int32)
    second = rest // 1000
    minute = second // 60
    return (
        _dates(day),
        _minutes()[minute],
        _seconds()[second - 60 * minute],
        rest - 1000 * second,
    )


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


def _table(texts: Sequence[str]) -> Bytes:
    """Lay texts out as rows of bytes, padded to the longest."""
    encoded = np.array([text.encode("utf-8") for text in texts])
    return encoded.view(np.uint8).reshape(len(texts), -1)
