"""Resolve what callers name (stations, satellites, a span) against the configuration."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from app.errors import InputError, LimitError, NotFoundError
from app.settings import Configuration
from scheduler.intervals import Span
from scheduler.satellites import Satellite
from scheduler.stations import Station
from tle.errors import TimeError
from tle.timebase import parse_utc, require_utc

ALL = "all"
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)


def choose_stations(configuration: Configuration, names: Sequence[str]) -> tuple[Station, ...]:
    """Return the named stations in the order of the file; none named: all that are enabled."""
    if not names or ALL in names:
        return tuple(station for station in configuration.stations if station.enabled)
    known = {station.id: station for station in configuration.stations}
    for name in names:
        if name not in known:
            raise NotFoundError(
                "station", f"{quote(name)} is not configured; {_advise(name, known)}", value=name
            )
    return tuple(station for station in configuration.stations if station.id in names)


def choose_satellites(configuration: Configuration, names: Sequence[str]) -> tuple[Satellite, ...]:
    """Return the named satellites (our id, or catalogue number) in the order of the file.

    None named: all that are served; ``all``: served or not.
    """
    if not names:
        return tuple(satellite for satellite in configuration.satellites if satellite.served)
    if ALL in names:
        return configuration.satellites
    chosen = {find_satellite(configuration, name).id for name in names}
    return tuple(satellite for satellite in configuration.satellites if satellite.id in chosen)


def find_satellite(configuration: Configuration, name: str) -> Satellite:
    """Return the satellite with this id or catalogue number."""
    number = parse_number(name)
    for satellite in configuration.satellites:
        if satellite.id == name or (number is not None and satellite.norad_cat_id == number):
            return satellite
    known = [satellite.id for satellite in configuration.satellites]
    raise NotFoundError(
        "satellite", f"{quote(name)} is not configured; {_advise(name, known)}", value=name
    )


def check_owners(configuration: Configuration, names: Iterable[str]) -> None:
    """Refuse an owner that neither a satellite nor a station's share names."""
    known = {satellite.owner: None for satellite in configuration.satellites if satellite.owner}
    known |= {share.owner: None for station in configuration.stations for share in station.owners}
    for name in names:
        if name not in known:
            raise NotFoundError(
                "owner", f"{quote(name)} is not configured; {_advise(name, known)}", value=name
            )


def parse_number(name: str) -> int | None:
    """Read a catalogue number of 1 to 9 digits, also as ``norad-NUMBER``; None: it is none."""
    digits = name.removeprefix("norad-")
    return int(digits) if _NUMBER.fullmatch(digits) else None


def choose_span(
    *,
    start: str | datetime | None,
    end: str | datetime | None,
    days: float | None,
    now_utc: datetime,
    limit_days: float,
    default_days: float = 1.0,
) -> Span:
    """Build the span from a start (default: now) and an end or a number of days."""
    if end is not None and days is not None:
        raise InputError("days", "given together with an end; give one of the two", value=days)
    if days is not None:
        _check_days(days, limit_days)
    try:
        start_utc = read_instant(start, "start") or now_utc
        if days is None and end is None:
            days = default_days
        end_utc = read_instant(end, "end") or require_utc(
            start_utc + timedelta(days=days or default_days), field="end"
        )
        span = Span(start_utc, end_utc)
    except OverflowError as error:
        raise InputError("end", "lies outside the supported years 1957 to 2056") from error
    except InputError:
        raise
    except (TimeError, ValueError) as error:
        field, _, reason = str(error).partition(": ")
        given = end if field == "end" else start
        raise InputError(field, reason, value=given) from error
    if span.duration_s > limit_days * 86_400:
        raise LimitError(
            "end",
            f"the span is {span.duration_s / 86_400:.6g} d, the limit is {limit_days:g} d; give a "
            "shorter span, or raise ASPAN_SPAN_LIMIT_DAYS",
            value=span.duration_s / 86_400,
            unit="d",
        )
    return span


def _check_days(days: float, limit_days: float) -> None:
    if not 0 < days < math.inf:
        raise InputError(
            "days",
            f"{days:g} d is no length; give more than 0 and at most {limit_days:g} d",
            value=days,
            unit="d",
        )
    if days > limit_days:
        raise LimitError(
            "days",
            f"{days:g} d is longer than the limit, {limit_days:g} d; give a shorter span, or "
            "raise ASPAN_SPAN_LIMIT_DAYS",
            value=days,
            unit="d",
        )


def read_instant(given: str | datetime | None, field: str) -> datetime | None:
    """Read an instant that a caller gave; InputError when it is none, or naive."""
    if given is None:
        return None
    try:
        if isinstance(given, datetime):
            return require_utc(given, field=field)
        return parse_utc(given, field=field)
    except TimeError as error:
        raise InputError(field, str(error).removeprefix(f"{field}: "), value=given) from error


def quote(name: str) -> str:
    """Show what was given, shortened, without control characters."""
    return (
        repr(name if len(name) <= 60 else name[:57] + "...")
        .encode("ascii", "backslashreplace")
        .decode()
    )


def _advise(name: str, known: Iterable[str]) -> str:
    choices = list(known)
    near = difflib.get_close_matches(name[:100], choices, n=3)
    if near:
        return f"did you mean {', '.join(near)}?"
    return "give one of " + ", ".join(choices[:8]) + (", ..." if len(choices) > 8 else "")
