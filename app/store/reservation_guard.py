"""The one door to booked time: lock the antennas, look, ask whether they can get there, write.

Nothing else in Aspan writes a row that occupies an antenna. The database refuses overlaps once
more by itself (``schema_reservations``). Locks are taken in one order, so that nobody waits in a
circle: keys, antennas by name, reservations by id, a new configuration, last the event log.
"""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    func,
    insert,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.exc import IntegrityError

from app.errors import CollisionError, StaleVersionError
from app.store.reservation_rows import (
    Act,
    Draft,
    Reservation,
    describe,
    find_antenna_key,
    read_contact,
    read_reservation,
    read_row,
    record_event,
    select_reservations,
    write_values,
)
from app.store.schema import UTCDateTime
from app.store.schema_reservations import BLOCKED, OCCUPYING_SQL, reservation
from app.store.session import lock_name
from scheduler.contact_states import ContactState, require_transition
from scheduler.plan import Contact
from scheduler.publishing import share_room_s
from tle.timebase import format_utc, to_unix_s

# What the antenna needs between two contacts that follow each other, in seconds.
GapRule = Callable[[Reservation | Draft, Reservation | Draft], float]


@dataclass(frozen=True, slots=True)
class Collision:
    """What stands in the way of a draft: ``overlap``, or a ``changeover`` that is too short."""

    kind: str
    others: tuple[Reservation, ...]
    figures: Mapping[str, float]

    def to_error(self) -> CollisionError:
        return CollisionError(
            self.kind, [describe(each) | dict(self.figures) for each in self.others]
        )


def claim(
    connection: Connection,
    drafts: Sequence[Draft],
    act: Act,
    gap_rule: GapRule,
    beside: Sequence[tuple[str, Draft]] = (),
) -> tuple[Reservation, ...]:
    """Make new reservations, all or none: lock, look, write, widen, record.

    ``beside`` are reservations that were rewritten and are to be widened together with the new.
    """
    lock_antennas(connection, [(draft.station_id, draft.antenna_id) for draft in drafts])
    names = []
    for draft in sorted(drafts, key=lambda each: (each.station_id, each.antenna_id)):
        refuse_collision(connection, draft, gap_rule, own_id=None)
        kind = "block" if draft.contact is None else "contact"
        name = f"{kind}-{secrets.token_hex(8)}"
        values = write_values(connection, draft) | {
            "reservation_id": name,
            "kind": kind,
            "state": BLOCKED if draft.contact is None else "reserved",
            "version": 1,
            "created_utc": act.now_utc,
            "created_by": act.who,
            "prediction": None,
        }
        write_guarded(connection, insert(reservation).values(**values), draft)
        names.append((name, draft))
    widen(connection, [*names, *beside])
    booked = []
    for name, draft in names:
        made = read_reservation(connection, name)
        verb = "block" if draft.contact is None else "reserve"
        record_event(
            connection, name, act.now_utc, act.who, verb, None, made.state, act.why, act.detail
        )
        booked.append(made)
    return tuple(booked)


def reclaim(
    connection: Connection,
    before: Reservation,
    draft: Draft,
    verb: str,
    act: Act,
    gap_rule: GapRule,
) -> Reservation:
    """Give a reservation another window; the caller holds both antennas and the row."""
    rewrite(connection, before, draft, gap_rule)
    widen(connection, [(before.reservation_id, draft)])
    return record_move(connection, before, verb, act)


def rewrite(connection: Connection, before: Reservation, draft: Draft, gap_rule: GapRule) -> None:
    """Write another window into a reservation, not widened yet.

    What newer elements said of the old window goes with it; an extension keeps its pass. The
    other system's row that it came from stays with it.
    """
    refuse_collision(connection, draft, gap_rule, own_id=before.reservation_id)
    is_extension = _contact_of(before).pass_id == _contact_of(draft).pass_id
    values = write_values(connection, draft)
    values |= {
        "version": before.version + 1,
        "snapshot": {**before.snapshot, **values["snapshot"]},
        "pinned": before.pinned,
        "note": draft.note or before.note,
        "plan_id": draft.plan_id or before.plan_id,
        "prediction": before.prediction if is_extension else None,
    }
    write_guarded(
        connection,
        update(reservation)
        .where(reservation.c.reservation_id == before.reservation_id)
        .values(**values),
        draft,
    )


def record_move(connection: Connection, before: Reservation, verb: str, act: Act) -> Reservation:
    """Record where a reservation was and where it is now; return it."""
    after = read_reservation(connection, before.reservation_id)
    detail = {
        "from": [format_utc(before.reserved_start_utc), format_utc(before.reserved_end_utc)],
        "to": [format_utc(after.reserved_start_utc), format_utc(after.reserved_end_utc)],
        **act.detail,
    }
    record_event(
        connection,
        before.reservation_id,
        act.now_utc,
        act.who,
        verb,
        before.state,
        after.state,
        act.why,
        detail,
    )
    return after


def change_state(
    connection: Connection,
    reservation_id: str,
    target: ContactState,
    verb: str,
    who: str,
    why: str,
    now_utc: datetime,
    detail: Mapping[str, Any],
) -> None:
    """Take a contact along one transition of the table, or raise IllegalTransitionError."""
    before = read_contact(connection, reservation_id)
    require_transition(before.state, target)  # type: ignore[arg-type]
    set_state(connection, before, target)
    record_event(connection, reservation_id, now_utc, who, verb, before.state, target, why, detail)


def set_state(connection: Connection, before: Reservation, target: str) -> None:
    """Change the state if nobody was faster; final states are never left."""
    changed = connection.execute(
        update(reservation)
        .where(
            reservation.c.reservation_id == before.reservation_id,
            reservation.c.state == before.state,
        )
        .values(state=target, version=before.version + 1)
    )
    if changed.rowcount != 1:
        raise StaleVersionError(before.reservation_id, before.version)


def refuse_collision(
    connection: Connection, draft: Draft, gap_rule: GapRule, *, own_id: str | None
) -> None:
    """Raise CollisionError if the draft overlaps something, or the antenna cannot get there."""
    found = find_collision(connection, draft, gap_rule, own_id=own_id)
    if found is not None:
        raise found.to_error()


def find_collision(
    connection: Connection, draft: Draft, gap_rule: GapRule, *, own_id: str | None
) -> Collision | None:
    """Return what the draft overlaps, else the neighbour that the antenna cannot get from or to."""
    key = find_antenna_key(connection, draft.station_id, draft.antenna_id)
    rows = _holding(key, own_id)
    overlapping = connection.execute(
        rows.where(
            reservation.c.reserved_start_utc >= _last_start(key, draft.reserved_start_utc),
            reservation.c.reserved_start_utc < draft.reserved_end_utc,
            reservation.c.reserved_end_utc > draft.reserved_start_utc,
        ).order_by(reservation.c.reserved_start_utc)
    ).all()
    if overlapping:
        return Collision("overlap", tuple(read_row(row) for row in overlapping), {})
    if draft.contact is None:
        return None
    before, after = _find_neighbours(
        connection, rows, draft.reserved_start_utc, draft.reserved_end_utc
    )
    for other, is_before in ((before, True), (after, False)):
        if other is None or other.contact is None:
            continue
        first, second = (other, draft) if is_before else (draft, other)
        needed_s = gap_rule(first, second)
        gap_s = _contact_of(second).start_unix_s - _contact_of(first).end_unix_s
        if gap_s < needed_s - 1e-6:
            figures = {"needed_gap_s": round(needed_s, 3), "gap_s": round(gap_s, 3)}
            return Collision("changeover", (other,), figures)
    return None


def widen(connection: Connection, drafts: Sequence[tuple[str, Draft]]) -> None:
    """Let reserved windows grow by their drafts' ``widen_s`` into room that nobody holds."""
    wanting = {name for name, draft in drafts if draft.widen_s > 0.0}
    for name, draft in sorted(drafts, key=lambda each: each[1].reserved_start_utc):
        if name not in wanting or draft.contact is None:
            continue
        rows = _holding(find_antenna_key(connection, draft.station_id, draft.antenna_id), name)
        start, end = draft.reserved_start_utc, draft.reserved_end_utc
        before, after = _find_neighbours(connection, rows, start, end)
        earlier_s = later_s = draft.widen_s
        if before is not None:
            room_s = (start - before.reserved_end_utc).total_seconds()
            earlier_s = share_room_s(earlier_s, room_s, neighbour_widens=False)
        if after is not None:
            room_s = (after.reserved_start_utc - end).total_seconds()
            shares = after.reservation_id in wanting
            later_s = share_room_s(later_s, room_s, neighbour_widens=shares)
        start, end = start - timedelta(seconds=earlier_s), end + timedelta(seconds=later_s)
        contact = replace(
            draft.contact,
            reserved_start_unix_s=to_unix_s(start),
            reserved_end_unix_s=to_unix_s(end),
        )
        wider = update(reservation).where(reservation.c.reservation_id == name)
        write_guarded(
            connection,
            wider.values(
                reserved_start_utc=start,
                reserved_end_utc=end,
                contact=dataclasses.asdict(contact),
            ),
            draft,
        )


def _holding(antenna_key: int, own_id: str | None) -> Select[Any]:
    """Select what holds an antenna; no two of these overlap."""
    return select_reservations().where(
        and_(
            reservation.c.antenna_key == antenna_key,
            text(OCCUPYING_SQL),
            reservation.c.reservation_id != (own_id or ""),
        )
    )


def _last_start(antenna_key: int, instant_utc: datetime) -> ColumnElement[datetime]:
    """Select when the last that starts by an instant starts: of the earlier only it may last."""
    last = select(func.max(reservation.c.reserved_start_utc)).where(
        reservation.c.antenna_key == antenna_key,
        text(OCCUPYING_SQL),
        reservation.c.reserved_start_utc <= instant_utc,
    )
    return func.coalesce(last.scalar_subquery(), literal(instant_utc, UTCDateTime()))


def _find_neighbours(
    connection: Connection, rows: Select[Any], start_utc: datetime, end_utc: datetime
) -> tuple[Reservation | None, Reservation | None]:
    """Return what is last before a span that nothing meets, and what is first behind it."""
    before = connection.execute(
        rows.where(reservation.c.reserved_start_utc < start_utc)
        .order_by(reservation.c.reserved_start_utc.desc())
        .limit(1)
    ).one_or_none()
    after = connection.execute(
        rows.where(reservation.c.reserved_start_utc >= end_utc)
        .order_by(reservation.c.reserved_start_utc)
        .limit(1)
    ).one_or_none()
    return (
        None if before is None else read_row(before),
        None if after is None else read_row(after),
    )


def _contact_of(item: Reservation | Draft) -> Contact:
    if item.contact is None:
        raise ValueError("a blocked span has no contact")
    return item.contact


def write_guarded(connection: Connection, statement: Any, draft: Draft) -> None:
    """Write; what the database itself refuses is a collision too."""
    try:
        connection.execute(statement)
    except IntegrityError as error:
        raise CollisionError(
            "overlap",
            [
                {
                    "station_id": draft.station_id,
                    "antenna_id": draft.antenna_id,
                    "reserved_start_utc": format_utc(draft.reserved_start_utc),
                    "reserved_end_utc": format_utc(draft.reserved_end_utc),
                }
            ],
        ) from error


def lock_antennas(connection: Connection, names: Iterable[tuple[str, str]]) -> None:
    """Lock antennas, named by station and antenna, until the transaction ends."""
    for station_id, antenna_id in sorted(set(names)):
        lock_name(connection, f"antenna {station_id} {antenna_id}")
