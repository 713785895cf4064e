"""The clock of the machine, and a check of its time zones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.errors import SettingsError

Clock = Callable[[], datetime]


def read_system_clock() -> datetime:
    """Return the present instant."""
    return datetime.now(UTC)


def check_time_zones() -> None:
    """Refuse zone files from before March 2024, which show Almaty one hour wrong."""
    try:
        offset = datetime(2026, 11, 1, tzinfo=ZoneInfo("Asia/Almaty")).utcoffset()
    except ZoneInfoNotFoundError as error:
        raise SettingsError(
            "time zone files: Asia/Almaty is unknown on this machine; install the package tzdata"
        ) from error
    if offset != timedelta(hours=5):
        raise SettingsError(
            f"time zone files: Asia/Almaty is {offset} in 2026 on this machine, +05:00 is right; "
            "update the system package tzdata"
        )
