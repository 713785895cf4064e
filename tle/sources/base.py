"""The contract of a source of element sets: one question in, one answer with a status out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

AnswerStatus = Literal["data", "not_modified", "no_data", "failed", "refused"]


@dataclass(frozen=True, slots=True)
class Query:
    """One question to a source.

    ``kind`` is the source's own word (``group``, ``number``, ``file``, ``url``). ``expected`` are
    the catalogue numbers that we serve and that the answer must hold; a missing one is an alert.
    """

    kind: str
    value: str
    expected: frozenset[int] = frozenset()

    @property
    def key(self) -> str:
        """Name the query in the memory of the source."""
        return f"{self.kind}={self.value}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a source gave.

    ``data`` holds text to read, ``not_modified`` nothing newer, ``no_data`` no such object.
    ``failed`` is a fault on the way (a later attempt may succeed); ``refused`` is a definite no of
    the other side: the source stops until a person acknowledges it.
    """

    status: AnswerStatus
    reason: str = ""
    data: bytes = b""
    http_status: int | None = None


@dataclass(frozen=True, slots=True)
class Politeness:
    """How often a source may be asked.

    ``interval_s`` between two attempts of one query; ``rates`` limit all queries together:
    at most ``count`` attempts in any ``window_s`` seconds. In ``quiet_minutes`` of an hour nothing
    is asked.
    """

    interval_s: float
    rates: tuple[tuple[int, float], ...] = ()
    quiet_minutes: tuple[int, ...] = ()

    @property
    def memory_s(self) -> float:
        """How far back attempts matter."""
        return max([self.interval_s, *(window_s for _, window_s in self.rates)])


class ElementSource(Protocol):
    """A place that element sets come from. Implementations hold no state between calls."""

    @property
    def name(self) -> str:
        """The stable name under which its sets and its memory are kept."""
        ...

    @property
    def politeness(self) -> Politeness: ...

    def check(self, query: Query) -> None:
        """Raise ValueError for a query that this source has no words for."""
        ...

    def fetch(self, query: Query) -> Answer:
        """Ask once, if ``check`` lets the query pass; every expected fault is an Answer."""
        ...


@dataclass(frozen=True, slots=True)
class QueryMemory:
    """What is remembered of one query: last attempt, last success, what the last answer held.

    ``held`` are the catalogue numbers of the last answer with data.
    """

    key: str
    last_attempt_utc: datetime | None = None
    last_success_utc: datetime | None = None
    last_status: str = ""
    last_reason: str = ""
    set_count: int | None = None
    held: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class SourceMemory:
    """What is remembered of one source, across restarts and processes.

    ``attempts_utc`` are the attempts of all queries that still matter for the rates.
    ``blocked_utc`` is set when the source refused and no person has acknowledged it since.
    """

    source: str
    blocked_utc: datetime | None = None
    blocked_reason: str = ""
    queries: Mapping[str, QueryMemory] = field(default_factory=dict)
    attempts_utc: tuple[datetime, ...] = ()
