"""Instants and zones as the page writes them: UTC first, local time only beside it."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton, get_timezone_location

from tle.timebase import format_utc


def format_clock(instant: datetime, zone: str = "UTC") -> str:
    """Write hours, minutes and seconds in a zone."""
    return _in_zone(instant, zone).strftime("%H:%M:%S")


def format_day_clock(instant: datetime, zone: str = "UTC") -> str:
    """Write day, hours and minutes in a zone, as 2026-09-06 15:01."""
    return _in_zone(instant, zone).strftime("%Y-%m-%d %H:%M")


def count_zone_days(instant: datetime, zone: str) -> int:
    """Count the calendar days by which a zone is ahead of UTC's day at an instant."""
    return (_in_zone(instant, zone).date() - _in_zone(instant, "UTC").date()).days


def format_day_long(instant: datetime, zone: str, language: str) -> str:
    """Write the calendar day in a zone as people of a language do."""
    return str(format_date(_in_zone(instant, zone).date(), "full", locale=language))


def list_month_days(language: str) -> list[str]:
    """Say for each month how a day of it is written, as ``22 қар.`` with ``{d}`` for the day."""
    return [
        format_skeleton("MMMd", datetime(2026, month, 28, tzinfo=UTC), locale=language).replace(
            "28", "{d}"
        )
        for month in range(1, 13)
    ]


def format_zone(zone: str, language: str) -> str:
    """Name a zone by its city, as people of a language write it."""
    city = get_timezone_location(zone, locale=language, return_city=True)
    return city.rsplit("/", 1)[-1]


def format_iso(instant: datetime) -> str:
    """Write an instant for machines: ISO-8601 UTC."""
    return format_utc(instant)


def _in_zone(instant: datetime, zone: str) -> datetime:
    return instant.astimezone(UTC if zone == "UTC" else ZoneInfo(zone))
