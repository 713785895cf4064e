"""Whose time was it: a shared station by owner, satellite and period; settled months."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from app.clock import Clock
from app.errors import InputError, NotFoundError
from app.services.planning import PlanningService
from app.services.selection import choose_stations
from app.settings import Configuration
from app.store import Store
from app.store.settlements import Settlement
from scheduler.execution import ContactResult, settle
from scheduler.intervals import Span
from scheduler.share_terms import reserve
from scheduler.shares import PeriodLength, PeriodUsage, ReservedTime, account_usage
from scheduler.stations import Station
from tle.timebase import format_utc, to_unix_s

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)
_LONGEST_CONTACT = timedelta(days=1)  # a contact that began before the span may reach into it


@dataclass(frozen=True, slots=True)
class UsageRow:
    """One owner's account of one period, or one satellite's part of it (figures it has none of: 0).

    Seconds of antenna time (setup to teardown); executed and lost are contact time as reported.
    """

    station_id: str
    start_utc: datetime
    end_utc: datetime
    owner: str
    satellite_id: str  # empty: the owner's total
    promised_s: float
    planned_s: float
    given_away_s: float
    borrowed_s: float
    executed_s: float
    lost_s: float


class UsageService:
    """Account booked contacts, or those of a plan."""

    def __init__(
        self, configuration: Configuration, store: Store, planning: PlanningService, clock: Clock
    ) -> None:
        self._configuration = configuration
        self._store = store
        self._planning = planning
        self._clock = clock

    def account(
        self, station_id: str, span: Span, *, length: PeriodLength, plan_id: str | None = None
    ) -> tuple[PeriodUsage, ...]:
        """Account one station over a span: what is booked, or the contacts of a stored plan."""
        station = self._find_station(station_id)
        if plan_id is not None:
            contacts = self._planning.read(plan_id).contacts
            reserved = [reserve(item) for item in contacts if item.station_id == station.id]
        else:
            reserved = self._list_booked(station, span)
        return account_usage(station, span, reserved, length=length)

    def list_rows(
        self, station_id: str, span: Span, *, length: PeriodLength, plan_id: str | None = None
    ) -> list[UsageRow]:
        """Lay the accounts out as rows: every owner's total, then its satellites."""
        rows = []
        for usage in self.account(station_id, span, length=length, plan_id=plan_id):
            rows += _write_period(usage)
        return rows

    def make_sheet(self, station_id: str, month: str) -> dict[str, Any]:
        """Make the settlement sheet of a month (2026-11): settled figures where it is settled."""
        station = self._find_station(station_id)
        span = read_month(month)
        settled = self._store.settlements.read(station_id, month)
        if settled is not None:
            return {
                **settled.sheet,
                "digest": settled.digest,
                "settled_utc": format_utc(settled.settled_utc),
                "settled_by": settled.settled_by,
            }
        (usage,) = self.account(station_id, span, length="month")
        sheet = _write_sheet(station, month, usage)
        return {**sheet, "digest": digest_sheet(sheet), "settled_utc": None, "settled_by": ""}

    def settle(self, station_id: str, month: str, *, who: str) -> dict[str, Any]:
        """Settle a month that is over: its figures are kept as they are now, and never change."""
        now_utc = self._clock()
        if read_month(month).end_utc > now_utc:
            raise InputError("month", f"{month} is not over; settle it afterwards", value=month)
        if self._store.settlements.read(station_id, month) is not None:
            raise InputError("month", f"{month} is settled already", value=month)
        station = self._find_station(station_id)
        (usage,) = self.account(station_id, read_month(month), length="month")
        sheet = _write_sheet(station, month, usage)
        self._store.settlements.add(
            Settlement(station_id, month, sheet, digest_sheet(sheet), now_utc, who)
        )
        return self.make_sheet(station_id, month)

    def _find_station(self, station_id: str) -> Station:
        (station,) = choose_stations(self._configuration, [station_id])
        if not station.owners:
            raise NotFoundError(
                "station", f"{station_id} has no owners with shares", value=station_id
            )
        return station

    def _list_booked(self, station: Station, span: Span) -> list[ReservedTime]:
        """List the booked contacts that touch a span, with what was reported of each."""
        results = self._store.executions.outcomes(
            span.start_utc - _LONGEST_CONTACT, span.end_utc, station_ids=[station.id]
        )
        now_unix_s = to_unix_s(self._clock())
        reserved = [_read_result(item, now_unix_s) for item in results]
        return [item for item in reserved if item is not None]


def read_month(month: str) -> Span:
    """Read a calendar month in UTC."""
    found = _MONTH.fullmatch(month)
    if not found:
        raise InputError("month", f"{month[:20]!r} is no month; write 2026-11", value=month)
    year, number = int(found[1]), int(found[2])
    start = datetime(year, number, 1, tzinfo=UTC)
    return Span(start, datetime(year + number // 12, number % 12 + 1, 1, tzinfo=UTC))


def digest_sheet(sheet: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a sheet's figures, for both sides to compare."""
    text = json.dumps(sheet, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _read_result(item: ContactResult, now_unix_s: float) -> ReservedTime | None:
    settled = settle(item, now_unix_s=now_unix_s)
    if settled.outcome == "cancelled":
        return None
    return ReservedTime(
        item.owner,
        item.satellite_id,
        item.antenna_id,
        item.reserved_start_unix_s,
        item.reserved_end_unix_s,
        settled.executed_s,
        settled.lost_s,
    )


def _write_period(usage: PeriodUsage) -> list[UsageRow]:
    period = (usage.station_id, usage.period.start_utc, usage.period.end_utc)
    rows = []
    for item in usage.owners:
        rows.append(
            UsageRow(
                *period, item.owner, "", item.promised_s, item.planned_s, item.given_away_s,
                item.borrowed_s, item.executed_s, item.lost_s,
            )
        )  # fmt: skip
        rows += [
            UsageRow(
                *period, item.owner, part.satellite_id, 0.0, part.planned_s, 0.0, 0.0,
                part.executed_s, part.lost_s,
            )
            for part in item.by_satellite
        ]  # fmt: skip
    if usage.unowned_s > 0:
        rows.append(UsageRow(*period, "", "", 0.0, usage.unowned_s, 0.0, usage.unowned_s, 0.0, 0.0))
    return rows


def _write_sheet(station: Station, month: str, usage: PeriodUsage) -> dict[str, Any]:
    names = {share.owner: share for share in station.owners}
    return {
        "station_id": station.id,
        "station_name": station.name,
        "month": month,
        "available_s": usage.owners[0].available_s if usage.owners else 0.0,
        "unowned_s": usage.unowned_s,
        "owners": [
            {
                "owner": item.owner,
                "name": names[item.owner].name,
                "share": names[item.owner].share,
                "is_example": names[item.owner].example,
                **{
                    key: getattr(item, key)
                    for key in (
                        "promised_s", "planned_s", "given_away_s", "borrowed_s", "executed_s",
                        "lost_s",
                    )
                },
                "by_satellite": [asdict(part) for part in item.by_satellite],
            }
            for item in usage.owners
        ],
        "loans": [asdict(loan) for loan in usage.loans],
    }  # fmt: skip
