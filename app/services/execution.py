"""What really happened: reports of contacts by people and machines, and what they add up to."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Literal, get_args

from app.clock import Clock
from app.errors import ConflictError, InputError, NotFoundError
from app.services.contacts import contact_of
from app.services.selection import read_instant
from app.store import Store
from app.store.executions import Entry, Execution, Step
from app.store.reservation_rows import Reservation
from scheduler.execution import (
    CAUSES,
    DATA_OUTCOMES,
    Availability,
    ContactResult,
    TimingCheck,
    check_timing,
    settle,
    sum_availability,
)
from tle.timebase import from_unix_s, to_unix_s

ReportedState = Literal["completed", "failed"]
MAX_ROWS = 10_000
MAX_COUNT = 2**62
MAX_TEXT = 2_000
_KEYS: Mapping[str, Callable[[ContactResult], str]] = {
    "station": lambda result: result.station_id,
    "satellite": lambda result: result.satellite_id,
    "owner": lambda result: result.owner,
    "antenna": lambda result: f"{result.station_id}/{result.antenna_id}",
}
GROUPS = (*_KEYS, "cause")
# The states that lead to an end, for contacts that somebody executed by hand.
_WAYS: Mapping[tuple[str, str], tuple[Step, ...]] = {
    ("reserved", "completed"): (
        Step("preparing", "prepare"),
        Step("executing", "start"),
        Step("post_pass", "stop"),
        Step("completed", "complete"),
    ),
    ("reserved", "failed"): (Step("preparing", "prepare"), Step("failed", "fail")),
    ("preparing", "completed"): (
        Step("executing", "start"),
        Step("post_pass", "stop"),
        Step("completed", "complete"),
    ),
    ("preparing", "failed"): (Step("failed", "fail"),),
    ("executing", "completed"): (Step("post_pass", "stop"), Step("completed", "complete")),
    ("executing", "failed"): (Step("failed", "fail"),),
    ("post_pass", "completed"): (Step("completed", "complete"),),
    ("post_pass", "failed"): (Step("failed", "fail"),),
}


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody says of one contact. None or empty: not said, and what is known stays."""

    contact_id: str
    state: str = ""
    actual_start: str | None = None
    actual_stop: str | None = None
    actual_aos: str | None = None
    received_bytes: int | None = None
    received_frames: int | None = None
    lost_frames: int | None = None
    quality: float | None = None
    data_outcome: str = ""
    cause: str = ""
    note: str = ""


COLUMNS = tuple(each.name for each in fields(Report))
_COUNTS = ("received_bytes", "received_frames", "lost_frames")


class ExecutionService:
    """Keeps reports and sums them up."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def report(
        self,
        reports: Sequence[Report],
        *,
        who: str,
        why: str = "",
        may_touch: Callable[[Reservation], bool] = lambda item: True,
    ) -> tuple[Execution, ...]:
        """Keep all reports, with the changes of state they imply, or none.

        Raises InputError naming contact, field and value of the first that is wrong.
        """
        if len({each.contact_id for each in reports}) != len(reports):
            raise InputError("contact_id", "one contact is reported twice; give it once")
        entries = [self._read(each, may_touch) for each in reports]
        return self._store.executions.keep(
            entries, who=who, why=why or "reported", now_utc=self._clock()
        )

    def read(self, contact_id: str) -> Execution:
        """Return what was reported of a contact; an empty record when nothing was."""
        return self._store.executions.read(contact_id) or Execution(contact_id)

    def availability(
        self,
        by: str,
        start_utc: datetime | None,
        end_utc: datetime | None,
        *,
        station_ids: Sequence[str] = (),
        owner: str = "",
    ) -> tuple[Availability, ...]:
        """Sum executed and lost time per station, antenna, satellite, owner or cause of loss."""
        if by not in GROUPS:
            raise InputError("by", f"{by!r} is none of {', '.join(GROUPS)}", value=by)
        now_unix_s = to_unix_s(self._clock())

        def find_cause(result: ContactResult) -> str:
            return settle(result, now_unix_s=now_unix_s).cause or "nothing_lost"

        return sum_availability(
            self._results(start_utc, end_utc, station_ids, owner),
            _KEYS.get(by, find_cause),
            now_unix_s=now_unix_s,
        )

    def timing(
        self,
        start_utc: datetime | None = None,
        end_utc: datetime | None = None,
        *,
        owner: str = "",
    ) -> tuple[TimingCheck, ...]:
        """Compare reported with predicted AOS: does the 95 % bound hold?"""
        return check_timing(self._results(start_utc, end_utc, (), owner, only_reported=True))

    def _results(
        self,
        start_utc: datetime | None,
        end_utc: datetime | None,
        station_ids: Sequence[str],
        owner: str,
        *,
        only_reported: bool = False,
    ) -> list[ContactResult]:
        found = self._store.executions.outcomes(
            start_utc, end_utc, station_ids=station_ids, only_reported=only_reported
        )
        return [each for each in found if owner in ("", each.owner)]

    def _read(self, report: Report, may_touch: Callable[[Reservation], bool]) -> Entry:
        """Check one report against the contact it is about."""
        item = self._store.reservations.read(report.contact_id)
        if item is None or item.contact is None or not may_touch(item):
            raise NotFoundError(
                "contact_id", f"{report.contact_id!r} is not known", value=report.contact_id
            )
        if item.state == "cancelled":
            raise ConflictError("contact_id", f"{report.contact_id} was cancelled")
        now_utc = self._clock()
        if now_utc < item.reserved_start_utc:
            raise ConflictError("contact_id", f"{report.contact_id} has not begun")
        known = self.read(report.contact_id)
        values = _read_values(report, known, now_utc)
        if "actual_aos_utc" in values:
            values |= _predict_aos(item)
        steps: tuple[Step, ...] = ()
        if report.state:
            if report.state not in get_args(ReportedState):
                raise _refuse(report, "state", "is neither completed nor failed", report.state)
            steps = _WAYS.get((item.state, report.state), ())
            if not steps and item.state != report.state:
                raise ConflictError("state", f"{report.contact_id} is {item.state}, which is final")
        return Entry(report.contact_id, values, steps)


def read_table(text: str) -> tuple[Report, ...]:
    """Read reports from CSV: a header with ``contact_id`` and any of the other columns.

    Empty cells say nothing. Raises InputError with the line of the first fault.
    """
    if "\x00" in text:
        raise InputError("file", "it holds a NUL character; give CSV text in UTF-8")
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    reports: list[Report] = []
    try:
        header = tuple(rows.fieldnames or ())
        unknown = [name for name in header if name not in COLUMNS]
        if unknown or "contact_id" not in header:
            raise InputError(
                "header",
                f"{', '.join(unknown) or 'no contact_id'}; the columns are {', '.join(COLUMNS)}",
            )
        if len(set(header)) != len(header):
            raise InputError("header", "a column is there twice; keep one")
        for row in rows:
            if len(reports) >= MAX_ROWS:
                raise InputError("file", f"more than {MAX_ROWS} rows; upload it in parts")
            if None in row or None in row.values():
                raise InputError("file", f"line {rows.line_num}: cells and header do not match")
            reports.append(_read_row(row, rows.line_num))
    except csv.Error as error:
        raise InputError("file", f"line {rows.line_num}: {error}") from error
    return tuple(reports)


def _read_row(row: Mapping[str, str], line: int) -> Report:
    given: dict[str, Any] = {name: cell.strip() for name, cell in row.items() if cell.strip()}
    for name in (*_COUNTS, "quality"):
        if name in given:
            try:
                given[name] = int(given[name]) if name in _COUNTS else float(given[name])
            except ValueError as error:
                raise InputError(
                    name, f"line {line}: {given[name]!r} is no number", value=given[name]
                ) from error
    if "contact_id" not in given:
        raise InputError("contact_id", f"line {line}: it is missing")
    return Report(**given)


def _read_values(report: Report, known: Execution, now_utc: datetime) -> dict[str, Any]:
    """Return the fields of a record that a report gives, checked."""
    values: dict[str, Any] = {}
    for name in ("actual_start", "actual_stop", "actual_aos"):
        text = getattr(report, name)
        if text is not None:
            values[f"{name}_utc"] = read_instant(text, name)
    start = values.get("actual_start_utc", known.actual_start_utc)
    stop = values.get("actual_stop_utc", known.actual_stop_utc)
    if start is not None and stop is not None and stop < start:
        raise _refuse(report, "actual_stop", "lies before actual_start", report.actual_stop)
    for name, instant in values.items():
        if instant > now_utc:
            raise _refuse(report, name.removesuffix("_utc"), "lies in the future", str(instant))
    for name in _COUNTS:
        count = getattr(report, name)
        if count is not None:
            if not 0 <= count <= MAX_COUNT:
                raise _refuse(report, name, "must be 0 or more", count)
            values[name] = count
    if report.quality is not None:
        if not (math.isfinite(report.quality) and 0.0 <= report.quality <= 1.0):
            raise _refuse(report, "quality", "must be from 0 to 1", report.quality)
        values["quality"] = report.quality
    for name, allowed in (("data_outcome", DATA_OUTCOMES), ("cause", tuple(CAUSES))):
        word = getattr(report, name)
        if word:
            if word not in allowed:
                raise _refuse(report, name, f"is none of {', '.join(allowed)}", word)
            values[name] = word
    if report.note:
        values["note"] = report.note.replace("\x00", "")[:MAX_TEXT]
    return values


def _predict_aos(item: Reservation) -> dict[str, Any]:
    """Return when the signal was to come, by the newest prediction, and its 95 % bound.

    A contact that starts after AOS (mask, trim) is compared at its start, moved with the pass.
    """
    contact = contact_of(item)
    newest = (item.prediction or {}).get("aos_unix_s") or contact.aos_unix_s
    hidden_s = max(0.0, contact.start_unix_s - contact.aos_unix_s)
    return {
        "predicted_aos_utc": from_unix_s(newest + hidden_s),
        "timing_bound95_s": contact.timing_bound95_s,
    }


def _refuse(report: Report, field: str, reason: str, value: object) -> InputError:
    return InputError(field, f"{report.contact_id}: {value!r} {reason}", value=value)
