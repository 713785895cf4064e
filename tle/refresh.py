"""Refresh element sets: who is due (a pure decision) and the run over a source and a sink.

One answer of a source is taken whole or not at all: the sink receives everything about it in one
``commit``. What must survive restarts and hold for several processes (attempts, successes, blocks)
lives in the sink, which asks the pure decision inside its own transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from tle.elements import ElementSet
from tle.errors import ElementFormatError
from tle.oem import Oem
from tle.quarantine import Judged, judge
from tle.reading import detect_format, read_elements, read_ephemeris
from tle.reading_result import ReadResult, Refusal
from tle.sources.base import Answer, ElementSource, Politeness, Query, SourceMemory
from tle.timebase import format_utc

Clock = Callable[[], datetime]
OutcomeStatus = Literal["data", "not_modified", "no_data", "failed", "refused", "broken"]
SHRINK_SHARE = 0.98  # an answer below this share of the last one has lost objects
SILENCE = timedelta(hours=24)
UNKNOWN_INTERVAL = timedelta(hours=20)  # what a source does not know it is asked once a night
SMALL_ANSWER = 50  # below this many sets every loss counts


@dataclass(frozen=True, slots=True)
class Decision:
    """Say whether a query may go now, else why not and from when.

    ``record_attempt`` tells the sink to write an attempt at ``now`` and to forget attempts that
    are stamped later than ``now`` (a clock that went back).
    """

    go: bool
    reason: str = ""
    next_utc: datetime | None = None
    record_attempt: bool = False


@dataclass(frozen=True, slots=True)
class Alert:
    """Something about an answer that a person should see. ``tag`` is stable."""

    tag: Literal["missing", "shrunk", "silent"]
    text: str
    norad_cat_id: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that one attempt brought, for one ``commit``.

    ``judged`` (or, for an OEM, ``ephemerides``) is empty unless the status is ``data``.
    ``blocks`` asks the sink to keep the source blocked until a person acknowledges it.
    """

    source: str
    query: Query
    attempted_utc: datetime
    finished_utc: datetime
    status: OutcomeStatus
    reason: str = ""
    blocks: bool = False
    judged: tuple[Judged, ...] = ()
    refused: tuple[Refusal, ...] = ()
    alerts: tuple[Alert, ...] = ()
    ephemerides: tuple[Oem, ...] = ()

    @property
    def set_count(self) -> int:
        """Count the readable sets of the answer."""
        return len(self.judged)

    @property
    def numbers(self) -> frozenset[int]:
        """Return the catalogue numbers of the answer."""
        found = (judged.elements.norad_cat_id for judged in self.judged)
        return frozenset(number for number in found if number is not None)


@dataclass(frozen=True, slots=True)
class QueryReport:
    """What happened to one query: not asked (``waiting``, ``blocked``) or its outcome."""

    source: str
    query: Query
    status: Literal["waiting", "blocked"] | OutcomeStatus
    reason: str = ""
    next_utc: datetime | None = None
    new_count: int = 0
    outcome: Outcome | None = None


class RefreshSink(Protocol):
    """Where a refresh keeps its memory and puts its sets; one implementation is the store."""

    def claim(
        self,
        source: str,
        query: Query,
        now_utc: datetime,
        decide: Callable[[SourceMemory], Decision],
    ) -> Decision:
        """Ask ``decide`` and record the attempt it wants, atomically against other processes."""
        ...

    def read_memory(self, source: str) -> SourceMemory:
        """Return what is remembered of a source; an empty memory for a new one."""
        ...

    def read_recent(self, norad_cat_ids: Iterable[int]) -> Mapping[int, Sequence[ElementSet]]:
        """Return the newest accepted sets of each object, at most 30, ascending by epoch."""
        ...

    def commit(self, outcome: Outcome) -> int:
        """Keep everything of one attempt in one transaction; return how many sets were new.

        A set whose fingerprint is known is kept once, with its first arrival.
        """
        ...


def decide_due(
    memory: SourceMemory, query: Query, politeness: Politeness, now_utc: datetime
) -> Decision:
    """Decide whether a query may be sent now under the interval and the rates of its source."""
    if memory.blocked_utc is not None:
        return Decision(
            False,
            f"blocked since {format_utc(memory.blocked_utc)}: {memory.blocked_reason}; "
            "acknowledge the source when the cause is gone",
        )
    known = memory.queries.get(query.key)
    last = known.last_attempt_utc if known else None
    latest = max([*memory.attempts_utc, *([last] if last else [])], default=None)
    interval = timedelta(seconds=politeness.interval_s)
    if known is not None and known.last_status == "no_data" and politeness.interval_s > 0:
        interval = max(interval, UNKNOWN_INTERVAL)
    if latest is not None and latest > now_utc and politeness.memory_s > 0:
        wait = timedelta(seconds=politeness.memory_s)
        return Decision(
            False,
            f"the clock went back: the last attempt is stamped {format_utc(latest)}",
            now_utc + wait,
            record_attempt=True,
        )
    if last is not None and now_utc < last + interval:
        return Decision(
            False,
            f"asked at {format_utc(last)}; the source allows this query every "
            f"{interval.total_seconds():.0f} s",
            last + interval,
        )
    for count, window_s in politeness.rates:
        window = timedelta(seconds=window_s)
        recent = sorted(t for t in memory.attempts_utc if t > now_utc - window)
        if len(recent) >= count:
            return Decision(
                False,
                f"the source allows {count} requests in {window_s:.0f} s",
                recent[-count] + window,
            )
    if now_utc.minute in politeness.quiet_minutes:
        next_minute = now_utc.replace(second=0, microsecond=0) + timedelta(minutes=1)
        return Decision(False, "the source asks for quiet in this minute", next_minute)
    return Decision(True, record_attempt=True)


def find_silence(arrivals_utc: Iterable[datetime], now_utc: datetime) -> Alert | None:
    """Alert when no set of any served satellite has arrived for a day; None when one has.

    ``arrivals_utc`` are first arrivals. With no arrival at all there is nothing to fall silent.
    """
    last = max(arrivals_utc, default=None)
    if last is None or now_utc - last <= SILENCE:
        return None
    hours = (now_utc - last) / timedelta(hours=1)
    return Alert("silent", f"no satellite has had a newer element set for {hours:.0f} hours")


def refresh(
    source: ElementSource, queries: Sequence[Query], sink: RefreshSink, clock: Clock
) -> tuple[QueryReport, ...]:
    """Run the queries of one source in order; what is not due is reported and left alone."""
    return tuple(refresh_query(source, query, sink, clock) for query in queries)


def refresh_query(
    source: ElementSource, query: Query, sink: RefreshSink, clock: Clock
) -> QueryReport:
    """Ask one query if it is due, judge the answer and commit it whole.

    A query that the source has no words for raises ValueError and leaves no trace.
    """
    source.check(query)
    now_utc = clock()
    decision = sink.claim(
        source.name,
        query,
        now_utc,
        lambda memory: decide_due(memory, query, source.politeness, now_utc),
    )
    if not decision.go:
        blocked = decision.next_utc is None
        return QueryReport(
            source.name,
            query,
            "blocked" if blocked else "waiting",
            decision.reason,
            decision.next_utc,
        )
    previous = sink.read_memory(source.name).queries.get(query.key)
    answer = source.fetch(query)
    outcome = _judge_answer(
        source.name, query, answer, sink, now_utc, clock(), previous.set_count if previous else None
    )
    new_count = sink.commit(outcome)
    return QueryReport(source.name, query, outcome.status, outcome.reason, None, new_count, outcome)


def _judge_answer(
    source: str,
    query: Query,
    answer: Answer,
    sink: RefreshSink,
    attempted_utc: datetime,
    finished_utc: datetime,
    previous_count: int | None,
) -> Outcome:
    def conclude(status: OutcomeStatus, reason: str, **rest: object) -> Outcome:
        return Outcome(
            source,
            query,
            attempted_utc,
            finished_utc,
            status,
            reason,
            **rest,  # type: ignore[arg-type]
        )

    if answer.status != "data":
        alerts = _find_missing(query, ()) if answer.status == "no_data" else ()
        return conclude(
            answer.status, answer.reason, blocks=answer.status == "refused", alerts=alerts
        )
    ephemeris = read_ephemeris(answer.data, source=source, received_utc=finished_utc)
    if ephemeris is not None:
        if ephemeris.message is None:
            return conclude("broken", str(ephemeris.refused[0]), refused=ephemeris.refused)
        if cut := find_cut(answer.data, ReadResult((), ())):
            return conclude("broken", cut)
        return conclude("data", "", ephemerides=(ephemeris.message,))
    result = read_elements(answer.data, source=source, received_utc=finished_utc)
    reason = result.broken_reason or find_cut(answer.data, result)
    if reason:
        return conclude("broken", reason, refused=result.refused)
    numbers = {e.norad_cat_id for e in result.sets if e.norad_cat_id is not None}
    recent = sink.read_recent(numbers)
    judged = tuple(
        judge(elements, recent.get(elements.norad_cat_id or 0, ())) for elements in result.sets
    )
    return conclude(
        "data",
        "",
        judged=judged,
        refused=result.refused,
        alerts=(*_find_missing(query, result.sets), *_find_shrinking(result, previous_count)),
    )


def find_cut(data: bytes, result: ReadResult) -> str:
    """Say why an answer looks cut off at its end; empty when it looks complete.

    JSON and XML close themselves. A CSV or KVN, also of an OEM, must end its last line, and in no
    text may the last thing be a line that is not part of a set.
    """
    text = data.decode("utf-8", "replace")
    try:
        kind = detect_format(text.removeprefix("\ufeff"))
    except ElementFormatError as error:
        return error.reason
    if kind in ("csv", "kvn", "oem-kvn") and not text.endswith(("\n", "\r")):
        return "the answer is cut: it ends in the middle of a line"
    last_good = max((line for line in result.lines if line is not None), default=0)
    for refusal in result.refused:
        if refusal.field == "line" and (refusal.line or 0) > last_good and kind in ("csv", "tle"):
            return f"the answer is cut: its end is not an element set ({refusal})"
    return ""


def _find_missing(query: Query, sets: Iterable[ElementSet]) -> tuple[Alert, ...]:
    present = {elements.norad_cat_id for elements in sets}
    return tuple(
        Alert("missing", f"{number} is served but missing from the answer to {query.key}", number)
        for number in sorted(query.expected)
        if number not in present
    )


def _find_shrinking(result: ReadResult, previous_count: int | None) -> tuple[Alert, ...]:
    count = len(result.sets)
    if previous_count is None or count >= previous_count:
        return ()
    if previous_count > SMALL_ANSWER and count >= SHRINK_SHARE * previous_count:
        return ()
    return (Alert("shrunk", f"the answer shrank from {previous_count} to {count} sets"),)
