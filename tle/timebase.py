"""The one place for time: aware UTC instants, Unix seconds in arrays, Julian pairs, ISO text.

Arrays of instants are float64 seconds since 1970-01-01T00:00:00Z in UTC, every day having
86,400 seconds (suffix ``_unix_s``; resolution 0.24 us in this century). Single instants are aware
``datetime`` objects in UTC (suffix ``_utc``).
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from tle.errors import TimeError

FloatArray = NDArray[np.float64]

DAY_S = 86_400.0
UNIX_EPOCH_UTC = datetime(1970, 1, 1, tzinfo=UTC)
UNIX_EPOCH_JD = 2_440_587.5  # Julian date of 1970-01-01T00:00:00Z
FIRST_UTC = datetime(1957, 1, 1, tzinfo=UTC)  # first two-digit TLE year
LAST_UTC = datetime(2057, 1, 1, tzinfo=UTC)  # end of the last two-digit TLE year
_MICROSECOND = timedelta(microseconds=1)


def parse_utc(text: str, *, field: str = "time") -> datetime:
    """Read an ISO-8601 instant with an offset or ``Z``; a naive one is refused."""
    try:
        instant = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise TimeError(
            f"{field}: {text!r} is not an ISO-8601 instant such as 2026-09-06T12:00:00Z"
        ) from error
    return require_utc(instant, field=field)


def require_utc(instant: datetime, *, field: str = "time") -> datetime:
    """Return the instant in UTC; refuse a naive one and years outside 1957 to 2056."""
    if instant.tzinfo is None or instant.utcoffset() is None:
        raise TimeError(f"{field}: {instant.isoformat()} has no UTC offset; append Z or +05:00")
    try:
        instant = instant.astimezone(UTC)
    except OverflowError as error:
        raise TimeError(f"{field}: {instant.isoformat()} is not representable in UTC") from error
    if not FIRST_UTC <= instant < LAST_UTC:
        raise TimeError(
            f"{field}: {instant.isoformat()} is outside the supported years 1957 to 2056"
        )
    return instant


def format_utc(instant: datetime) -> str:
    """Write an instant as ISO-8601 UTC with milliseconds (rounded) and ``Z``."""
    rounded = to_unix_us(instant)
    milliseconds = (rounded + 500) // 1000
    instant = UNIX_EPOCH_UTC + timedelta(milliseconds=milliseconds)
    return instant.strftime("%Y-%m-%dT%H:%M:%S.") + f"{milliseconds % 1000:03d}Z"


def to_unix_us(instant: datetime) -> int:
    """Count whole microseconds since 1970-01-01T00:00:00Z, exactly."""
    return (require_utc(instant) - UNIX_EPOCH_UTC) // _MICROSECOND


def to_unix_s(instant: datetime) -> float:
    """Count seconds since 1970-01-01T00:00:00Z."""
    return to_unix_us(instant) / 1e6


def from_unix_s(unix_s: float) -> datetime:
    """Turn Unix seconds into an aware UTC instant, rounded to the microsecond."""
    if not math.isfinite(unix_s):
        raise TimeError(f"time: {unix_s!r} s is not a finite instant")
    return UNIX_EPOCH_UTC + timedelta(microseconds=round(unix_s * 1e6))


def format_unix_s(unix_s: FloatArray) -> NDArray[np.str_]:
    """Write many instants, shape (n,), as ISO-8601 UTC with milliseconds and ``Z``."""
    stamps = np.rint(np.asarray(unix_s) * 1e3).astype("datetime64[ms]")
    return np.char.add(np.datetime_as_string(stamps, unit="ms"), "Z")


def julian_pair(unix_s: FloatArray | float) -> tuple[FloatArray, FloatArray]:
    """Split Unix seconds into Julian day (ending in .5) and day fraction, as SGP4 takes them."""
    days = np.asarray(unix_s, dtype=np.float64) / DAY_S
    whole = np.floor(days)
    seconds = np.asarray(unix_s, dtype=np.float64) - whole * DAY_S
    return whole + UNIX_EPOCH_JD, seconds / DAY_S
