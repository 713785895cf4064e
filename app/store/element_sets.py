"""Element sets in the store: history is kept, and a set stays as it first came."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, and_, func, insert, or_, select

from app.store.schema import element_set
from app.store.session import reading
from tle.elements import ElementSet

_FIELDS = tuple(
    name
    for name in element_set.columns.keys()  # noqa: SIM118 (iterating gives columns)
    if name not in ("fingerprint", "element_set_id", "satellite_id")
)
_ROWS_A_STATEMENT = 200


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
        with self._engine.begin() as connection:
            return add_element_sets(connection, sets, satellite_id=satellite_id)

    def is_empty(self) -> bool:
        with reading(self._engine) as connection:
            return connection.execute(select(element_set.c.fingerprint).limit(1)).first() is None

    def newest_of(
        self, norad_cat_ids: Sequence[int], *, satellite_ids: Sequence[str] = (), each: int = 20
    ) -> tuple[tuple[str | None, ElementSet], ...]:
        """Return the ``each`` sets of newest epoch per satellite, newest first.

        Each comes with the satellite of ours that it was given to, or None.
        """
        found: list[tuple[str | None, ElementSet]] = []
        with reading(self._engine) as connection:
            for start in range(0, len(norad_cat_ids), _ROWS_A_STATEMENT):
                numbers = norad_cat_ids[start : start + _ROWS_A_STATEMENT]
                found += _newest(connection, element_set.c.norad_cat_id, numbers, each)
            for start in range(0, len(satellite_ids), _ROWS_A_STATEMENT):
                ids = satellite_ids[start : start + _ROWS_A_STATEMENT]
                found += _newest(connection, element_set.c.satellite_id, ids, each)
        return tuple(
            {elements.fingerprint: (given, elements) for given, elements in found}.values()
        )

    def history(
        self,
        *,
        norad_cat_id: int | None,
        satellite_id: str | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> tuple[tuple[ElementSet, ...], int]:
        """Return one page of a satellite's sets, newest epoch first, and how many there are."""
        mine = or_(
            and_(
                element_set.c.norad_cat_id == norad_cat_id, element_set.c.norad_cat_id.is_not(None)
            ),
            and_(
                element_set.c.satellite_id == satellite_id, element_set.c.satellite_id.is_not(None)
            ),
        )
        with reading(self._engine) as connection:
            total = connection.execute(
                select(func.count()).select_from(element_set).where(mine)
            ).scalar_one()
            rows = connection.execute(
                select(element_set)
                .where(mine)
                .order_by(
                    element_set.c.epoch_utc.desc(),
                    element_set.c.received_utc.desc(),
                    element_set.c.fingerprint,
                )
                .limit(limit)
                .offset(offset)
            ).all()
        return tuple(read_row(row) for row in rows), total

    def read(self, element_set_id: str) -> ElementSet | None:
        with reading(self._engine) as connection:
            row = connection.execute(
                select(element_set).where(element_set.c.element_set_id == element_set_id)
            ).first()
        return None if row is None else read_row(row)


def add_element_sets(
    connection: Connection, sets: Iterable[ElementSet], *, satellite_id: str | None = None
) -> tuple[ElementSet, ...]:
    """Insert inside the caller's transaction the sets that the store does not hold."""
    unique = {elements.fingerprint: elements for elements in sets}
    fingerprints = list(unique)
    held: set[str] = set()
    for start in range(0, len(fingerprints), _ROWS_A_STATEMENT):
        some = fingerprints[start : start + _ROWS_A_STATEMENT]
        held.update(
            connection.execute(
                select(element_set.c.fingerprint).where(element_set.c.fingerprint.in_(some))
            ).scalars()
        )
    new = tuple(elements for key, elements in unique.items() if key not in held)
    if new:
        connection.execute(insert(element_set), [write_row(e, satellite_id) for e in new])
    return new


def write_row(elements: ElementSet, satellite_id: str | None) -> dict[str, Any]:
    """Lay an element set out as a row."""
    row = {name: getattr(elements, name) for name in _FIELDS}
    row["fingerprint"] = elements.fingerprint
    row["element_set_id"] = elements.element_set_id
    row["satellite_id"] = satellite_id
    return row


def read_row(row: Any) -> ElementSet:
    """Build the element set of a row; its fingerprint is computed anew."""
    return ElementSet(**{name: getattr(row, name) for name in _FIELDS})


def _newest(
    connection: Connection, column: Any, values: Sequence[Any], each: int
) -> list[tuple[str | None, ElementSet]]:
    rank = (
        func.row_number()
        .over(
            partition_by=column,
            order_by=(
                element_set.c.epoch_utc.desc(),
                element_set.c.received_utc.desc(),
                element_set.c.fingerprint,
            ),
        )
        .label("rank")
    )
    ranked = select(element_set, rank).where(column.in_(values)).subquery()
    rows = connection.execute(
        select(ranked).where(ranked.c.rank <= each).order_by(ranked.c.rank, ranked.c.fingerprint)
    ).all()
    return [(row.satellite_id, read_row(row)) for row in rows]
