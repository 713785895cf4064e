"""Instants and zones as the page writes them: UTC first, local time only beside it."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from tle.timebase import format_utc


def format_clock(instant: datetime, zone: str = "UTC") -> str:
    """Write hours, minutes and seconds in a zone."""
    return _in_zone(instant, zone).strftime("%H:%M:%S")


def format_day_clock(instant: datetime, zone: str = "UTC") -> str:
    """Write day, hours and minutes in a zone, as 2026-09-06 15:01."""
    return _in_zone(instant, zone).strftime("%Y-%m-%d %H:%M")


def format_zone(zone: str) -> str:
    """Name a zone by its city."""
    return zone.rsplit("/", 1)[-1].replace("_", " ")


def format_iso(instant: datetime) -> str:
    """Write an instant for machines: ISO-8601 UTC."""
    return format_utc(instant)


def _in_zone(instant: datetime, zone: str) -> datetime:
    return instant.astimezone(UTC if zone == "UTC" else ZoneInfo(zone))
