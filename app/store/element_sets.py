"""Element sets in the store: history is kept, and a set stays as it first came."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Select,
    and_,
    column,
    func,
    insert,
    literal,
    or_,
    select,
    update,
    values,
)

from app.store.audit import add_audit_entry
from app.store.schema import UTCDateTime, element_set
from app.store.session import lock_name, reading
from tle.elements import ElementSet
from tle.quarantine import Judged

_NOT_OF_THE_SET = (
    "fingerprint",
    "element_set_id",
    "satellite_id",
    "verdict",
    "verdict_reasons",
    "verdict_text",
)
_FIELDS = tuple(c.name for c in element_set.columns if c.name not in _NOT_OF_THE_SET)
USABLE = ("accepted", "flagged")  # verdicts of sets that may serve
ARRIVALS_LOCK = "element sets"  # two sources may bring the same set at the same instant
_ROWS_A_STATEMENT = 200
FIRST_UTC = datetime(1, 1, 1, tzinfo=UTC)
LAST_UTC = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class KeptElementSet:
    """An element set with the verdict on it and the satellite of ours it was given to, if any."""

    elements: ElementSet
    verdict: str
    reasons: tuple[str, ...]
    text: str
    satellite_id: str | None


class ElementSetStore:
    """Add and read element sets."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(
        self, sets: Iterable[ElementSet], *, satellite_id: str | None = None
    ) -> tuple[ElementSet, ...]:
        """Store the sets that are new, all or none; return those. The first arrival stays.

        ``satellite_id`` marks sets that were given to one satellite of ours by hand.
        """
        judged = [Judged(elements, "accepted", (), "") for elements in sets]
        return self.add_judged(judged, satellite_id=satellite_id)

    def add_judged(
        self,
        judged: Sequence[Judged],
        *,
        satellite_id: str | None = None,
        who: str = "aspan",
        source: str = "by hand",
    ) -> tuple[ElementSet, ...]:
        """Store the sets that are new with their verdicts, all or none; return those."""
        with self._engine.begin() as connection:
            new = add_judged_sets(connection, judged, satellite_id=satellite_id)
            if new:
                detail = {"new_sets": len(new), "satellite_id": satellite_id}
                at_utc = max(elements.received_utc for elements in new)
                add_audit_entry(connection, at_utc, who, "elements.refresh", source, detail)
            return new

    def is_empty(self) -> bool:
        with reading(self._engine) as connection:
            return connection.execute(select(element_set.c.fingerprint).limit(1)).first() is None

    def newest_arrival(self, norad_cat_ids: Sequence[int]) -> datetime | None:
        """Return when the last usable set of any of these objects first reached us."""
        arrivals = []
        with reading(self._engine) as connection:
            for start in range(0, len(norad_cat_ids), _ROWS_A_STATEMENT):
                some = norad_cat_ids[start : start + _ROWS_A_STATEMENT]
                arrivals.append(
                    connection.execute(
                        select(func.max(element_set.c.received_utc)).where(
                            element_set.c.norad_cat_id.in_(some), element_set.c.verdict.in_(USABLE)
                        )
                    ).scalar()
                )
        return max((each for each in arrivals if each is not None), default=None)

    def around(
        self,
        at_utc: datetime,
        *,
        norad_cat_ids: Sequence[int],
        satellite_ids: Sequence[str],
        of_each_source: bool = False,
    ) -> tuple[tuple[str | None, ElementSet], ...]:
        """Return for each satellite the sets with the nearest epochs before and after an instant.

        Each comes with the satellite of ours that it was given to, or None. ``of_each_source``
        returns those two of every source that has any.
        """
        found: list[tuple[str | None, ElementSet]] = []
        with reading(self._engine) as connection:
            for name, names in (
                (element_set.c.norad_cat_id, norad_cat_ids),
                (element_set.c.satellite_id, satellite_ids),
            ):
                for start in range(0, len(names), _ROWS_A_STATEMENT):
                    some = names[start : start + _ROWS_A_STATEMENT]
                    found += _nearest(connection, name, some, at_utc, of_each_source)
        unique = {elements.fingerprint: (given, elements) for given, elements in found}
        return tuple(unique.values())

    def history(
        self,
        *,
        norad_cat_id: int | None,
        satellite_id: str | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> tuple[tuple[KeptElementSet, ...], int]:
        """Return one page of a satellite's sets, newest epoch first, and how many there are."""
        number, given = element_set.c.norad_cat_id, element_set.c.satellite_id
        mine = or_(
            and_(number == norad_cat_id, number.is_not(None)),
            and_(given == satellite_id, given.is_not(None)),
        )
        return self._list(mine, element_set.c.epoch_utc.desc(), limit, offset)

    def list_quarantined(
        self, *, limit: int = 100, offset: int = 0
    ) -> tuple[tuple[KeptElementSet, ...], int]:
        """Return one page of the sets that wait for a person, newest first, and the count."""
        waiting = element_set.c.verdict == "quarantined"
        return self._list(waiting, element_set.c.received_utc.desc(), limit, offset)

    def read_kept(self, element_set_id: str) -> KeptElementSet | None:
        with reading(self._engine) as connection:
            row = connection.execute(
                select(element_set).where(element_set.c.element_set_id == element_set_id)
            ).first()
        return None if row is None else _read_kept(row)

    def decide(
        self,
        element_set_id: str,
        verdict: Literal["accepted", "rejected"],
        *,
        who: str,
        why: str,
        now_utc: datetime,
    ) -> bool:
        """Give a quarantined set its final verdict, audited; False: it is not in quarantine."""
        with self._engine.begin() as connection:
            changed = connection.execute(
                update(element_set)
                .where(
                    element_set.c.element_set_id == element_set_id,
                    element_set.c.verdict == "quarantined",
                )
                .values(verdict=verdict)
            ).rowcount
            if changed:
                add_audit_entry(
                    connection, now_utc, who, f"{verdict}_element_set", element_set_id, {"why": why}
                )
        return bool(changed)

    def _list(
        self, wanted: ColumnElement[bool], order: ColumnElement[Any], limit: int, offset: int
    ) -> tuple[tuple[KeptElementSet, ...], int]:
        with reading(self._engine) as connection:
            total = connection.execute(
                select(func.count()).select_from(element_set).where(wanted)
            ).scalar_one()
            rows = connection.execute(
                select(element_set)
                .where(wanted)
                .order_by(order, element_set.c.received_utc.desc(), element_set.c.fingerprint)
                .limit(limit)
                .offset(offset)
            ).all()
        return tuple(_read_kept(row) for row in rows), total

    def read(self, element_set_id: str) -> ElementSet | None:
        with reading(self._engine) as connection:
            row = connection.execute(
                select(element_set).where(element_set.c.element_set_id == element_set_id)
            ).first()
        return None if row is None else read_row(row)


def add_judged_sets(
    connection: Connection, judged: Sequence[Judged], *, satellite_id: str | None = None
) -> tuple[ElementSet, ...]:
    """Insert inside the caller's transaction the sets that the store does not hold."""
    lock_name(connection, ARRIVALS_LOCK)
    unique = {each.elements.fingerprint: each for each in judged}
    fingerprints = list(unique)
    held: set[str] = set()
    for start in range(0, len(fingerprints), _ROWS_A_STATEMENT):
        some = fingerprints[start : start + _ROWS_A_STATEMENT]
        held.update(
            connection.execute(
                select(element_set.c.fingerprint).where(element_set.c.fingerprint.in_(some))
            ).scalars()
        )
    new = [each for key, each in unique.items() if key not in held]
    if new:
        connection.execute(insert(element_set), [_write_row(each, satellite_id) for each in new])
    return tuple(each.elements for each in new)


def _write_row(judged: Judged, satellite_id: str | None) -> dict[str, Any]:
    elements = judged.elements
    return {name: getattr(elements, name) for name in _FIELDS} | {
        "fingerprint": elements.fingerprint,
        "element_set_id": elements.element_set_id,
        "satellite_id": satellite_id,
        "verdict": judged.verdict,
        "verdict_reasons": list(judged.reasons),
        "verdict_text": judged.text,
    }


def read_row(row: Any) -> ElementSet:
    """Build the element set of a row; its fingerprint is computed anew."""
    return ElementSet(**{name: getattr(row, name) for name in _FIELDS})


def _read_kept(row: Any) -> KeptElementSet:
    return KeptElementSet(
        read_row(row), row.verdict, tuple(row.verdict_reasons), row.verdict_text, row.satellite_id
    )


def _nearest(
    connection: Connection,
    name: ColumnElement[Any],
    names: Sequence[Any],
    at_utc: datetime,
    of_each_source: bool,
) -> list[tuple[str | None, ElementSet]]:
    columns = [name, element_set.c.source] if of_each_source else [name]
    keys: Sequence[Any] = [(each,) for each in names]
    if of_each_source:
        keys = connection.execute(select(*columns).where(name.in_(names)).distinct()).all()
    if not keys:
        return []
    found = []
    for is_before in (True, False):
        rows = connection.execute(
            select_nearest(columns, keys, at_utc, is_before=is_before).order_by(
                element_set.c.fingerprint
            )
        ).all()
        found += [(row.satellite_id, read_row(row)) for row in rows]
    return found


def select_nearest(
    columns: Sequence[ColumnElement[Any]],
    keys: Iterable[Sequence[Any]],
    at_utc: datetime,
    *,
    is_before: bool = True,
    count: int = 1,
) -> Select[Any]:
    """Select for each key (values of ``columns``) the ``count`` usable sets nearest to an instant.

    More come where several have the last one's epoch. An index leads to each key's sets; to rank
    a satellite's whole history would take ever longer.
    """
    wanted = (
        values(*(column(f"key_{at}", each.type) for at, each in enumerate(columns)), name="wanted")
        .data([tuple(key) for key in keys])
        .cte()
    )
    other = element_set.alias("other")
    epoch = element_set.c.epoch_utc
    order = other.c.epoch_utc.desc() if is_before else other.c.epoch_utc.asc()
    last = (
        select(other.c.epoch_utc)
        .where(
            *(other.c[each.name] == key for each, key in zip(columns, wanted.c, strict=True)),
            _is_beside(other.c.epoch_utc, at_utc, is_before),
            other.c.verdict.in_(USABLE),
        )
        .order_by(order)
        .limit(1)
        .offset(count - 1)
        .scalar_subquery()
    )
    outermost = literal(FIRST_UTC if is_before else LAST_UTC, UTCDateTime())
    reach = func.coalesce(last, outermost)
    within = epoch >= reach if is_before else epoch <= reach
    return (
        select(element_set)
        .join(
            wanted,
            and_(*(each == key for each, key in zip(columns, wanted.c, strict=True)), within),
        )
        .where(_is_beside(epoch, at_utc, is_before), element_set.c.verdict.in_(USABLE))
    )


def _is_beside(epoch: ColumnElement[Any], at_utc: datetime, is_before: bool) -> ColumnElement[bool]:
    return epoch <= at_utc if is_before else epoch > at_utc
