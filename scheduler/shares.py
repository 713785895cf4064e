"""Accounting of a shared station: what each owner was promised, got, gave away and borrowed.

All periods are calendar periods in UTC: days, ISO weeks from Monday, months. Time is reserved
antenna time (setup to teardown) in seconds; a contact across midnight counts in both days.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import numpy as np

from scheduler.intervals import Span, subtract
from scheduler.stations import OwnerShare, Station
from tle.timebase import FloatArray, to_unix_s

PeriodLength = Literal["day", "week", "month"]


@dataclass(frozen=True, slots=True)
class ReservedTime:
    """The antenna time one contact takes, whose it is, and which satellite it serves."""

    owner: str
    satellite_id: str
    antenna_id: str
    start_unix_s: float
    end_unix_s: float
    executed_s: float = 0.0  # what the report of the contact says, of its contact time
    lost_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Loan:
    """Antenna time that one owner left unused and another one used, in seconds."""

    lender: str
    borrower: str
    seconds: float


@dataclass(frozen=True, slots=True)
class SatelliteUsage:
    """One satellite's part of its owner's account, in seconds."""

    satellite_id: str
    planned_s: float
    executed_s: float
    lost_s: float


@dataclass(frozen=True, slots=True)
class OwnerUsage:
    """One owner's account of one period, in seconds of antenna time.

    ``promised_s`` is share times ``available_s``; ``borrowed_s`` what was planned beyond it;
    ``given_away_s`` the part of the own unused promise that others used. ``executed_s`` and
    ``lost_s`` are contact time as reported, pro rata where a contact spans two periods.
    """

    owner: str
    available_s: float
    promised_s: float
    planned_s: float
    given_away_s: float
    borrowed_s: float
    by_satellite: tuple[SatelliteUsage, ...]
    executed_s: float = 0.0
    lost_s: float = 0.0


@dataclass(frozen=True, slots=True)
class PeriodUsage:
    """The accounts of all owners for one period, and who lent to whom.

    ``unowned_s`` is antenna time planned for parties without a share; it is lent by all owners.
    """

    station_id: str
    period: Span
    owners: tuple[OwnerUsage, ...]
    loans: tuple[Loan, ...]
    unowned_s: float


def split_into_periods(span: Span, length: PeriodLength) -> Iterator[Span]:
    """Yield the calendar periods in UTC that touch the span, the first and last cut to it."""
    start = span.start_utc
    while start < span.end_utc:
        end = min(_end_of_period(start, length), span.end_utc)
        yield Span(start, end)
        start = end


def account_usage(
    station: Station, span: Span, reserved: Sequence[ReservedTime], *, length: PeriodLength
) -> tuple[PeriodUsage, ...]:
    """Account every owner of the station, period by period, over the span."""
    return tuple(
        _account_period(station, period, reserved) for period in split_into_periods(span, length)
    )


def available_antenna_s(station: Station, period: Span) -> float:
    """Count the antenna seconds of a period that no downtime takes, over all antennas."""
    whole = np.array([[period.start_unix_s, period.end_unix_s]])
    return sum(
        _length_s(
            subtract(
                whole,
                _as_spans(
                    (to_unix_s(item.start_utc), to_unix_s(item.end_utc))
                    for item in antenna.downtimes
                ),
            )
        )
        for antenna in station.antennas
    )


def _account_period(
    station: Station, period: Span, reserved: Sequence[ReservedTime]
) -> PeriodUsage:
    available_s = available_antenna_s(station, period)
    used = [(item, measure_inside(item, period)) for item in reserved]
    known = {share.owner for share in station.owners}
    unowned_s = sum(seconds for item, seconds in used if item.owner not in known)
    planned = {
        share.owner: sum(seconds for item, seconds in used if item.owner == share.owner)
        for share in station.owners
    }
    promised = {share.owner: share.share * available_s for share in station.owners}
    unused = {owner: max(0.0, promised[owner] - planned[owner]) for owner in planned}
    borrowed = {owner: max(0.0, planned[owner] - promised[owner]) for owner in planned}
    total_unused = sum(unused.values())
    lent = min(total_unused, sum(borrowed.values()) + unowned_s)
    given = {
        owner: lent * seconds / total_unused if total_unused else 0.0
        for owner, seconds in unused.items()
    }
    accounts = tuple(
        OwnerUsage(
            owner=share.owner,
            available_s=available_s,
            promised_s=promised[share.owner],
            planned_s=planned[share.owner],
            given_away_s=given[share.owner],
            borrowed_s=borrowed[share.owner],
            by_satellite=(parts := _by_satellite(used, share)),
            executed_s=sum(part.executed_s for part in parts),
            lost_s=sum(part.lost_s for part in parts),
        )
        for share in station.owners
    )
    takers = dict(borrowed) | ({"": unowned_s} if unowned_s else {})
    return PeriodUsage(station.id, period, accounts, _list_loans(given, takers), unowned_s)


def _list_loans(given: dict[str, float], taken: dict[str, float]) -> tuple[Loan, ...]:
    """Share each lender's seconds among the borrowers in proportion to what they took."""
    total_taken = sum(taken.values())
    return tuple(
        Loan(lender, borrower, seconds * took / total_taken)
        for lender, seconds in given.items()
        for borrower, took in taken.items()
        if seconds > 0 and took > 0
    )


def _by_satellite(
    used: Sequence[tuple[ReservedTime, float]], share: OwnerShare
) -> tuple[SatelliteUsage, ...]:
    own: dict[str, list[tuple[ReservedTime, float]]] = {}
    for item, seconds in used:
        if item.owner == share.owner and seconds > 0:
            own.setdefault(item.satellite_id, []).append((item, seconds))
    return tuple(
        SatelliteUsage(
            name,
            sum(seconds for _, seconds in parts),
            _sum_reported(parts, "executed_s"),
            _sum_reported(parts, "lost_s"),
        )
        for name, parts in sorted(own.items())
    )


def _sum_reported(
    used: Sequence[tuple[ReservedTime, float]], name: Literal["executed_s", "lost_s"]
) -> float:
    """Sum what was reported of contacts, pro rata of the part that lies in the period."""
    total_s: float = sum(
        getattr(item, name) * seconds / (item.end_unix_s - item.start_unix_s)
        for item, seconds in used
    )
    return total_s


def measure_inside(item: ReservedTime, period: Span) -> float:
    """Measure the part of a reserved time that lies in a period, in seconds."""
    start = max(item.start_unix_s, period.start_unix_s)
    return max(0.0, min(item.end_unix_s, period.end_unix_s) - start)


def _end_of_period(start: datetime, length: PeriodLength) -> datetime:
    midnight = datetime(start.year, start.month, start.day, tzinfo=UTC)
    if length == "day":
        return midnight + timedelta(days=1)
    if length == "week":
        return midnight + timedelta(days=7 - midnight.weekday())
    return datetime(start.year + start.month // 12, start.month % 12 + 1, 1, tzinfo=UTC)


def _as_spans(pairs: Iterator[tuple[float, float]]) -> FloatArray:
    return np.array(list(pairs), dtype=np.float64).reshape(-1, 2)


def _length_s(spans: FloatArray) -> float:
    return float(np.sum(spans[:, 1] - spans[:, 0]))
