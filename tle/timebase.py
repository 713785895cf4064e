"""The one place for time: aware UTC instants, Unix seconds in arrays, Julian pairs, ISO text.

Arrays of instants are float64 seconds since 1970-01-01T00:00:00Z in UTC, every day having
86,400 seconds (suffix ``_unix_s``; resolution 0.24 us in this century). Single instants are aware
``datetime`` objects in UTC (suffix ``_utc``).
"""

from __future__ import annotations

import math
import re
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
# Days that ended in an inserted leap second (IERS Bulletin C); none since 2016.
LEAP_SECOND_DAYS = frozenset(
    [f"{year}-06-30" for year in (1972, 1981, 1982, 1983, 1985, 1992, 1993, 1994, 1997, 2012, 2015)]
    + [f"{year}-12-31" for year in (*range(1972, 1980), 1987, 1989, 1990, 1995, 1998, 2005, 2008)]
    + ["2016-12-31"]
)
_CCSDS_TIME = re.compile(
    r"(\d{4})-(?:(\d{2})-(\d{2})|(\d{3}))T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,18}))?Z?", re.ASCII
)


def parse_utc(text: str, *, field: str = "time") -> datetime:
    """Read an ISO-8601 instant with an offset or ``Z``; a naive one is refused."""
    try:
        instant = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise TimeError(
            f"{field}: {text!r} is not an ISO-8601 instant such as 2026-09-06T12:00:00Z"
        ) from error
    return require_utc(instant, field=field)


def parse_ccsds_utc(text: str, *, field: str = "EPOCH") -> datetime:
    """Read a CCSDS time code (502.0-B 7.5.10), which has no zone and is UTC; ``Z`` may follow.

    Calendar (2026-09-06T04:52:43.231296) or day-of-year (2026-249T04:52:43) form, any number of
    decimals, rounded to the microsecond. Second 60 is read as the next midnight, and only where
    a leap second was inserted.
    """
    match = _CCSDS_TIME.fullmatch(text)
    if match is None:
        raise TimeError(
            f"{field}: {text[:40]!r} is not a CCSDS time such as 2026-09-06T04:52:43.231296"
        )
    year, month, day, day_of_year, hour, minute, second, fraction = match.groups()
    leap = second == "60"
    if leap and (f"{year}-{month}-{day}" not in LEAP_SECOND_DAYS or (hour, minute) != ("23", "59")):
        raise TimeError(f"{field}: {text!r} has second 60 where no leap second was inserted")
    try:
        start = datetime(int(year), int(month or 1), int(day or 1), tzinfo=UTC)
        if day_of_year is not None:
            start += timedelta(days=int(day_of_year) - 1)
            if int(day_of_year) < 1 or start.year != int(year):
                raise ValueError("no such day of the year")
        start = start.replace(hour=int(hour), minute=int(minute), second=0 if leap else int(second))
    except (ValueError, OverflowError) as error:
        raise TimeError(f"{field}: {text!r} does not exist: {error}") from error
    if leap:
        return start + timedelta(minutes=1)
    return require_utc(
        start + timedelta(microseconds=round(int(fraction or 0) / 10 ** (len(fraction or "") - 6))),
        field=field,
    )


def require_utc(instant: datetime, *, field: str = "time") -> datetime:
    """Return the instant in UTC; refuse a naive one and years outside 1957 to 2056."""
    if instant.tzinfo is not UTC:
        if instant.tzinfo is None or instant.utcoffset() is None:
            raise TimeError(f"{field}: {instant.isoformat()} has no UTC offset; append Z or +05:00")
        try:
            instant = instant.astimezone(UTC)
        except OverflowError as error:
            raise TimeError(
                f"{field}: {instant.isoformat()} is not representable in UTC"
            ) from error
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
    since = require_utc(instant) - UNIX_EPOCH_UTC
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def to_unix_s(instant: datetime) -> float:
    """Count seconds since 1970-01-01T00:00:00Z."""
    return require_utc(instant).timestamp()


def from_unix_s(unix_s: float) -> datetime:
    """Turn Unix seconds into an aware UTC instant, rounded to the microsecond."""
    if not math.isfinite(unix_s):
        raise TimeError(f"time: {unix_s!r} s is not a finite instant")
    return UNIX_EPOCH_UTC + timedelta(microseconds=round(unix_s * 1e6))


def format_unix_s(unix_s: FloatArray) -> NDArray[np.str_]:
    """Write many instants, shape (n,), as ISO-8601 UTC with milliseconds and ``Z``."""
    stamps = np.rint(np.asarray(unix_s) * 1e3).astype("datetime64[ms]")
    return np.char.add(np.datetime_as_string(stamps, unit="ms"), "Z")


def count_leap_seconds(unix_s: FloatArray | float) -> FloatArray:
    """Give TAI minus UTC in s at UTC instants of 1972 and later, same shape."""
    days = [datetime.fromisoformat(f"{day}T00:00:00+00:00") for day in sorted(LEAP_SECOND_DAYS)]
    ends = np.array([to_unix_s(day) + DAY_S for day in days])
    return np.asarray(10.0 + np.searchsorted(ends, unix_s, side="right"), dtype=np.float64)


def julian_pair(unix_s: FloatArray | float) -> tuple[FloatArray, FloatArray]:
    """Split Unix seconds into Julian day (ending in .5) and day fraction, as SGP4 takes them."""
    days = np.asarray(unix_s, dtype=np.float64) / DAY_S
    whole = np.floor(days)
    seconds = np.asarray(unix_s, dtype=np.float64) - whole * DAY_S
    return whole + UNIX_EPOCH_JD, seconds / DAY_S
