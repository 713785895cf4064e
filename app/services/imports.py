"""Take bookings of other systems: every line is judged, and all are booked or none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from app.access import Principal
from app.clock import Clock
from app.errors import InputError, NotFoundError
from app.imports import ImportRow, RowFault, read_rows
from app.services.booking_rules import BookingRules
from app.services.import_passes import ImportTask, Matched, Wanted
from app.services.prediction import PassQuery, PredictionService, check_size
from app.settings import Configuration, Settings
from app.store import Store
from app.store.reservation_rows import Draft, Reservation
from app.store.schema_reservations import OCCUPYING
from scheduler.satellites import Satellite
from tle.timebase import from_unix_s, to_unix_s

Kind = Literal["blocks", "contacts"]
Verdict = Literal["book", "unchanged", "skip", "refuse"]
Match = Callable[[ImportTask], Sequence[Matched]]
_EVERYTHING = 100_000
_MARGIN = timedelta(hours=12)  # so that the nearest pass can be named


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """What is imported as what; station and antenna stand in where a row names none.

    ``source`` names the other system: a row of it that is booked already is left as it is.
    """

    data: bytes
    kind: str
    format_name: str | None = None
    station: str = ""
    antenna: str = ""
    source: str = "import"
    why: str = ""
    override: str = ""
    is_trial: bool = False


@dataclass(frozen=True, slots=True)
class LineReport:
    """What becomes of one line."""

    line: int
    entry_id: str
    verdict: Verdict
    reason: str = ""
    draft: Draft | None = None
    reservation_id: str | None = None


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of an import: ``is_booked`` only when no line was refused."""

    is_booked: bool
    lines: tuple[LineReport, ...]

    @property
    def counts(self) -> Mapping[str, int]:
        """Count the lines by verdict."""
        return Counter(line.verdict for line in self.lines)


class ImportService:
    """Judges the lines of an import and books them through the one door to booked time."""

    def __init__(
        self,
        configuration: Configuration,
        settings: Settings,
        store: Store,
        prediction: PredictionService,
        rules: BookingRules,
        clock: Clock,
    ) -> None:
        self._configuration = configuration
        self._settings = settings
        self._store = store
        self._prediction = prediction
        self._rules = rules
        self._clock = clock

    def run(self, order: ImportOrder, principal: Principal, match: Match) -> ImportReport:
        """Judge every line, then book all that ask for time, or nothing when one is refused.

        ``match`` finds the passes of imported contacts, here or in a worker process. Raises
        CollisionError when somebody books in the way between judging and booking.
        """
        if order.kind not in ("blocks", "contacts"):
            raise InputError(
                "kind", f"{order.kind!r} is none of blocks, contacts", value=order.kind
            )
        rows = read_rows(order.data, format_name=order.format_name)
        if not rows:
            raise InputError("text", "holds no entry")
        lines = [self._place(row, order) for row in rows]
        if order.kind == "blocks":
            lines = [self._draft_block(line, order) for line in lines]
        else:
            lines = self._draft_contacts(lines, order, principal, match)
        judged = self._judge(lines, order)
        drafts = [line.draft for line in judged if line.verdict == "book" and line.draft]
        if order.is_trial or any(line.verdict == "refuse" for line in judged):
            return ImportReport(False, tuple(judged))
        if drafts:
            booked = self._store.reservations.book(
                drafts,
                who=principal.name,
                why=order.why or f"imported from {order.source}",
                now_utc=self._clock(),
                gap_rule=self._rules.gap_s,
            )
            names = {_import_key(item): item.reservation_id for item in booked}
            judged = [
                replace(line, reservation_id=names.get(_import_key(line.draft)))
                if line.verdict == "book" and line.draft
                else line
                for line in judged
            ]
        return ImportReport(True, tuple(judged))

    def _place(self, row: ImportRow | RowFault, order: ImportOrder) -> _Line:
        """Find station, antenna and satellite of a row."""
        if isinstance(row, RowFault):
            return _Line(None, LineReport(row.line, row.entry_id, "refuse", row.reason))
        refuse = LineReport(row.line, row.entry_id, "refuse")
        if row.skip:
            return _Line(row, replace(refuse, verdict="skip", reason=row.skip))
        if (row.reserved_start_utc or row.start_utc) < self._clock():
            return _Line(row, replace(refuse, verdict="skip", reason="it lies in the past"))
        station, antenna = row.station or order.station, row.antenna or order.antenna
        if not station or not antenna:
            return _Line(row, replace(refuse, reason="station, antenna: name both"))
        try:
            self._rules.find_antenna(station, antenna)
        except NotFoundError as error:
            return _Line(row, replace(refuse, reason=str(error)))
        placed = replace(row, station=station, antenna=antenna)
        if order.kind == "blocks":
            return _Line(placed, None)
        satellite = self._find_satellite(row.satellite)
        if satellite is None:
            reason = f"satellite: {row.satellite!r} is not configured"
            return _Line(placed, replace(refuse, reason=reason))
        return _Line(replace(placed, satellite=satellite.id), None)

    def _find_satellite(self, name: str) -> Satellite | None:
        """Find by id, number or any name; a calendar's title may say 'NAME over STATION'."""
        wanted = {name.casefold(), name.partition(" over ")[0].strip().casefold()}
        for satellite in self._configuration.satellites:
            names = {satellite.id, satellite.name, *satellite.other_names}
            if satellite.norad_cat_id is not None:
                names |= {str(satellite.norad_cat_id), f"norad-{satellite.norad_cat_id}"}
            if wanted & {each.casefold() for each in names}:
                return satellite
        return None

    def _draft_block(self, line: _Line, order: ImportOrder) -> _Line:
        row = line.row
        if line.report is not None or row is None:
            return line
        draft = Draft(
            station_id=row.station,
            antenna_id=row.antenna,
            owner="",
            reserved_start_utc=row.reserved_start_utc or row.start_utc,
            reserved_end_utc=row.reserved_end_utc or row.end_utc,
            note=row.note or order.why,
            snapshot={"import": [order.source, row.entry_id]},
        )
        return _Line(row, LineReport(row.line, row.entry_id, "book", draft=draft))

    def _draft_contacts(
        self, lines: Sequence[_Line], order: ImportOrder, principal: Principal, match: Match
    ) -> list[_Line]:
        """Find for every row the pass that it means; a contact without one is refused."""
        open_rows = [line.row for line in lines if line.report is None and line.row is not None]
        if not open_rows:
            return list(lines)
        task = self._prediction.prepare(
            PassQuery(
                stations=tuple(sorted({row.station for row in open_rows})),
                satellites=tuple(sorted({row.satellite for row in open_rows})),
                start=min(row.start_utc for row in open_rows) - _MARGIN,
                end=max(row.end_utc for row in open_rows) + _MARGIN,
            )
        )
        check_size(task, self._settings.satellite_days_limit)
        wanted = tuple(_describe_wanted(row) for row in open_rows)
        found = match(ImportTask(task, wanted, self._settings.drift_tolerance_s))
        by_line = {each.line: each for each in found}
        return [
            line
            if line.report is not None or line.row is None
            else _Line(line.row, self._report(line.row, by_line[line.row.line], order, principal))
            for line in lines
        ]

    def _report(
        self, row: ImportRow, matched: Matched, order: ImportOrder, principal: Principal
    ) -> LineReport:
        refuse = LineReport(row.line, row.entry_id, "refuse")
        contact = matched.contact
        if contact is None:
            return replace(refuse, reason=matched.reason)
        if not principal.sees(contact.owner):
            return replace(refuse, reason=f"{contact.satellite_id} is of another owner")
        if contact.provisional and not order.override:
            return replace(
                refuse, reason="it rests on expired elements; refresh, or give an override reason"
            )
        draft = self._rules.draft(contact, note=row.note)
        starts, ends = row.reserved_start_utc, row.reserved_end_utc
        draft = replace(
            draft,
            reserved_start_utc=min(starts or draft.reserved_start_utc, draft.reserved_start_utc),
            reserved_end_utc=max(ends or draft.reserved_end_utc, draft.reserved_end_utc),
            snapshot={"import": [order.source, row.entry_id]},
        )
        return replace(refuse, verdict="book", draft=draft)

    def _judge(self, lines: Sequence[_Line], order: ImportOrder) -> list[LineReport]:
        """Hold every draft against what is booked and against the lines before it."""
        drafts = [line.report.draft for line in lines if line.report and line.report.draft]
        taken: list[Reservation] = []
        if drafts:
            margin = timedelta(days=1)
            found, _ = self._store.reservations.list(
                start_utc=min(draft.reserved_start_utc for draft in drafts) - margin,
                end_utc=max(draft.reserved_end_utc for draft in drafts) + margin,
                states=OCCUPYING,
                limit=_EVERYTHING,
            )
            taken = list(found)
        judged: list[LineReport] = []
        accepted: list[tuple[int, Draft]] = []
        for line in lines:
            report = line.report
            if report is None:
                raise ValueError("a line without a report")
            if report.draft is not None:
                report = self._hold_against(report, report.draft, taken, accepted)
            judged.append(report)
            if report.verdict == "book" and report.draft is not None:
                accepted.append((report.line, report.draft))
        return judged

    def _hold_against(
        self,
        report: LineReport,
        draft: Draft,
        taken: Sequence[Reservation],
        accepted: Sequence[tuple[int, Draft]],
    ) -> LineReport:
        for item in taken:
            if _import_key(item) == _import_key(draft) and _is_same(item, draft):
                return replace(
                    report, verdict="unchanged", reservation_id=item.reservation_id, draft=None
                )
        for item in taken:
            if self._meets(draft, item):
                what = f"{item.kind} {item.reservation_id}"
                return replace(report, verdict="refuse", reason=f"meets {what}", draft=None)
        for line, other in accepted:
            if self._meets(draft, other):
                return replace(report, verdict="refuse", reason=f"meets line {line}", draft=None)
        return report

    def _meets(self, draft: Draft, other: Draft | Reservation) -> bool:
        place = (draft.station_id, draft.antenna_id)
        if place != (other.station_id, other.antenna_id):
            return False
        if (
            draft.reserved_start_utc < other.reserved_end_utc
            and other.reserved_start_utc < draft.reserved_end_utc
        ):
            return True
        if draft.contact is None or other.contact is None:
            return False
        return self._rules.clash(draft.contact, other.contact)


@dataclass(frozen=True, slots=True)
class _Line:
    """A row on its way, and its report as soon as its end is known."""

    row: ImportRow | None
    report: LineReport | None


def _describe_wanted(row: ImportRow) -> Wanted:
    return Wanted(
        row.line,
        row.satellite,
        row.station,
        row.antenna,
        to_unix_s(row.start_utc),
        to_unix_s(row.end_utc),
    )


def _import_key(item: Draft | Reservation | None) -> tuple[str, ...] | None:
    """Name the row of the other system that a booking came from."""
    named = None if item is None else item.snapshot.get("import")
    return None if named is None else tuple(named)


def _is_same(item: Reservation, draft: Draft) -> bool:
    """Tell whether a booking is what a row asks for again, to the second."""
    if (item.station_id, item.antenna_id) != (draft.station_id, draft.antenna_id):
        return False
    if item.contact is None or draft.contact is None:
        return (
            item.contact is draft.contact
            and item.reserved_start_utc == draft.reserved_start_utc
            and item.reserved_end_utc == draft.reserved_end_utc
        )
    apart = (
        _apart_s(from_unix_s(item.contact.start_unix_s), from_unix_s(draft.contact.start_unix_s)),
        _apart_s(from_unix_s(item.contact.end_unix_s), from_unix_s(draft.contact.end_unix_s)),
    )
    return item.contact.satellite_id == draft.contact.satellite_id and max(apart) <= 1.0


def _apart_s(left: datetime, right: datetime) -> float:
    return abs((left - right).total_seconds())
