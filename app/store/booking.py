"""Booking: every change that gives antenna time to somebody, each in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, insert, select, update

from app.errors import InputError, StaleVersionError
from app.store.audit import add_audit_entry
from app.store.plan_states import change_plan_state, supersede_plans
from app.store.reservation_guard import (
    GapRule,
    change_state,
    claim,
    find_collision,
    lock_antennas,
    reclaim,
    record_move,
    rewrite,
)
from app.store.reservation_rows import (
    Act,
    Draft,
    Reservation,
    find_reservation,
    read_contact,
    read_reservation,
)
from app.store.schema_reservations import OCCUPYING, idempotent_request, reservation
from app.store.session import lock_name
from scheduler.contact_states import require_state
from scheduler.plan_states import PlanState
from tle.timebase import format_utc

_NOTHING: Mapping[str, Any] = {}
# Raises when a reserved contact may not be taken away in an emergency.
ReleaseRule = Callable[[Reservation], None]


@dataclass(frozen=True, slots=True)
class Publication:
    """All that publishing a plan changes, and what it leaves: made together or not at all."""

    plan_id: str
    released: tuple[str, ...]
    moved: tuple[tuple[str, Draft], ...]
    new: tuple[Draft, ...]
    confirmed: tuple[str, ...] = ()  # contacts of an earlier plan that are in this one too
    kept_count: int = 0
    refused_count: int = 0


@dataclass(frozen=True, slots=True)
class Preemption:
    """An emergency booking, and the contacts that had to go for it."""

    booked: Reservation
    gone: tuple[Reservation, ...]
    is_new: bool = True


class KeyedRequest(NamedTuple):
    """A request that books once however often it comes: its idempotency key, and what it asks."""

    key: str
    digest: str  # of the whole body


class BookingStore:
    """Book, move and pre-empt; nothing here ever lets two reservations share an antenna."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def book(
        self,
        drafts: Sequence[Draft],
        *,
        who: str,
        why: str,
        now_utc: datetime,
        gap_rule: GapRule,
        replacing: Iterable[str] = (),
        detail: Mapping[str, Any] = _NOTHING,
    ) -> tuple[Reservation, ...]:
        """Book all drafts or none; ``replacing`` contacts are cancelled in the same transaction.

        Raises CollisionError naming what is in the way of the first draft that does not fit.
        """
        act = Act(who, why, now_utc, detail)
        with self._engine.begin() as connection:
            _lock_all(connection, drafts, replacing)
            _cancel(connection, replacing, "cancel", act)
            return claim(connection, drafts, act, gap_rule)

    def book_once(
        self,
        request: KeyedRequest,
        draft: Draft,
        *,
        who: str,
        why: str,
        now_utc: datetime,
        gap_rule: GapRule,
        detail: Mapping[str, Any] = _NOTHING,
    ) -> tuple[Reservation, bool]:
        """Book under an idempotency key: a repeated request gets the first one's reservation.

        Returns the reservation and whether it is new. A key used for another request raises
        InputError.
        """
        with self._engine.begin() as connection:
            known = _find_request(connection, who, request)
            if known is not None:
                return known.booked, False
            (booked,) = claim(connection, [draft], Act(who, why, now_utc, detail), gap_rule)
            _remember_request(connection, who, request, booked, now_utc)
            return booked, True

    def find_booked(self, request: KeyedRequest, *, who: str) -> Preemption | None:
        """Return what a request under an idempotency key booked and cancelled before, if it did."""
        with self._engine.begin() as connection:
            return _find_request(connection, who, request)

    def move(
        self,
        reservation_id: str,
        draft: Draft,
        *,
        version: int | None,
        who: str,
        why: str,
        now_utc: datetime,
        gap_rule: GapRule,
        verb: str = "move",
        states: Sequence[str] = ("reserved",),
        detail: Mapping[str, Any] = _NOTHING,
    ) -> Reservation:
        """Give a contact another window; the old one is free only when the new one is had.

        Raises StaleVersionError when somebody changed it since ``version``, IllegalTransitionError
        when it is in none of ``states``.
        """
        with self._engine.begin() as connection:
            _lock_all(connection, [draft], [reservation_id])
            before = read_contact(connection, reservation_id)
            require_version(before, version)
            require_state(before.state, states, verb)
            return reclaim(
                connection, before, draft, verb, Act(who, why, now_utc, detail), gap_rule
            )

    def preempt(
        self,
        draft: Draft,
        *,
        who: str,
        why: str,
        now_utc: datetime,
        gap_rule: GapRule,
        release_rule: ReleaseRule,
        told: Sequence[str],
        request: KeyedRequest | None = None,
        detail: Mapping[str, Any] = _NOTHING,
    ) -> Preemption:
        """Book in an emergency: reserved contacts in the way are cancelled in the same transaction.

        What is running, and blocked spans, stay: then CollisionError. ``release_rule`` is asked
        for each contact that would go. Their owners, and ``told``, get a notice.
        """
        act = Act(who, why, now_utc, detail)
        with self._engine.begin() as connection:
            if request is not None:
                known = _find_request(connection, who, request)
                if known is not None:
                    return known
            lock_antennas(connection, [(draft.station_id, draft.antenna_id)])
            gone = _clear(connection, draft, act, gap_rule, release_rule)
            (booked,) = claim(connection, [draft], act, gap_rule)
            for item in gone:
                _tell(connection, item, booked, told, act)
            if request is not None:
                _remember_request(connection, who, request, booked, now_utc, gone)
            return Preemption(booked, gone)

    def publish(
        self, changes: Publication, *, who: str, why: str, now_utc: datetime, gap_rule: GapRule
    ) -> tuple[Reservation, ...]:
        """Make a plan the published one, with all its changes of contacts, or change nothing.

        Plans that it leaves nothing of are superseded. Returns the new and the moved contacts.
        """
        act = Act(who, why, now_utc)
        touched = [*changes.released, *changes.confirmed, *(name for name, _ in changes.moved)]
        drafts = [*changes.new, *(draft for _, draft in changes.moved)]
        with self._engine.begin() as connection:
            lock_name(connection, "plan states")
            _lock_all(connection, drafts, touched)
            _cancel(connection, changes.released, "cancel", act)
            moved, again = _move_all(connection, changes.moved, act, gap_rule)
            drafts_of = dict(changes.moved)
            beside = [(each.reservation_id, drafts_of[each.reservation_id]) for each in moved]
            booked = claim(connection, [*changes.new, *again], act, gap_rule, beside)
            after = [record_move(connection, each, "move", act) for each in moved]
            _hand_over(connection, changes.confirmed, changes.plan_id)
            figures = {
                "booked": len(changes.new),
                "moved": len(changes.moved),
                "kept": changes.kept_count,
                "released": len(changes.released),
                "refused": changes.refused_count,
            }
            change_plan_state(connection, changes.plan_id, "published", "publish", act, figures)
            supersede_plans(connection, changes.plan_id, act)
            return (*after, *booked)

    def withdraw(
        self, plan_id: str, released: Sequence[str], *, who: str, why: str, now_utc: datetime
    ) -> PlanState:
        """Withdraw a plan and give back the contacts named, in one transaction."""
        act = Act(who, why, now_utc)
        with self._engine.begin() as connection:
            lock_name(connection, "plan states")
            _lock_all(connection, [], released)
            _cancel(connection, released, "cancel", act)
            figures = {"released": len(released)}
            return change_plan_state(connection, plan_id, "withdrawn", "withdraw", act, figures)


def _lock_all(connection: Connection, drafts: Sequence[Draft], names: Iterable[str]) -> None:
    """Lock every antenna that drafts and present contacts need, then the contacts' rows."""
    places = [(draft.station_id, draft.antenna_id) for draft in drafts]
    for name in names:
        found = find_reservation(connection, name)
        if found is not None:
            places.append((found.station_id, found.antenna_id))
    lock_antennas(connection, places)
    for name in sorted(set(names)):
        find_reservation(connection, name, lock=True)


def _cancel(connection: Connection, names: Iterable[str], verb: str, act: Act) -> None:
    for name in sorted(names):
        change_state(connection, name, "cancelled", verb, act.who, act.why, act.now_utc, act.detail)


def _clear(
    connection: Connection,
    draft: Draft,
    act: Act,
    gap_rule: GapRule,
    release_rule: ReleaseRule,
) -> tuple[Reservation, ...]:
    """Cancel the reserved contacts in a draft's way, one collision after another."""
    gone: list[Reservation] = []
    while (found := find_collision(connection, draft, gap_rule, own_id=None)) is not None:
        if any(item.kind != "contact" or item.state != "reserved" for item in found.others):
            raise found.to_error()
        for item in found.others:
            release_rule(item)
        _cancel(connection, [item.reservation_id for item in found.others], "preempt", act)
        gone += found.others
    return tuple(gone)


def _tell(
    connection: Connection,
    gone: Reservation,
    booked: Reservation,
    told: Sequence[str],
    act: Act,
) -> None:
    """Leave a notice to the owner of a pre-empted contact and to everybody who is to be told."""
    detail = {
        "reservation_id": gone.reservation_id,
        "why": act.why,
        "station_id": gone.station_id,
        "antenna_id": gone.antenna_id,
        "reserved_start_utc": format_utc(gone.reserved_start_utc),
        "reserved_end_utc": format_utc(gone.reserved_end_utc),
        "preempted_by_owner": booked.owner,
    }
    for owner in dict.fromkeys((gone.owner, *told)):
        add_audit_entry(
            connection,
            act.now_utc,
            act.who,
            "notice.preempted",
            gone.reservation_id,
            detail,
            owner,
        )


def _move_all(
    connection: Connection,
    moves: Sequence[tuple[str, Draft]],
    act: Act,
    gap_rule: GapRule,
) -> tuple[list[Reservation], list[Draft]]:
    """Move contacts in an order in which each finds its place free, not widened yet.

    Returns what they were before. Those that wait for each other in a circle are cancelled; their
    drafts are returned, to be booked anew.
    """
    waiting, moved = list(moves), []
    while waiting:
        left = []
        for name, draft in waiting:
            if find_collision(connection, draft, gap_rule, own_id=name) is None:
                before = read_reservation(connection, name, lock=True)
                rewrite(connection, before, draft, gap_rule)
                moved.append(before)
            else:
                left.append((name, draft))
        if len(left) == len(waiting):
            _cancel(connection, [name for name, _ in left], "cancel", act)
            return moved, [draft for _, draft in left]
        waiting = left
    return moved, []


def _hand_over(connection: Connection, names: Sequence[str], plan_id: str) -> None:
    """Let contacts of earlier plans belong to the plan in force; those of people stay theirs."""
    for name in sorted(names):
        connection.execute(
            update(reservation)
            .where(
                reservation.c.reservation_id == name,
                reservation.c.plan_id.is_not(None),
                reservation.c.state.in_(OCCUPYING),
            )
            .values(plan_id=plan_id)
        )


def _find_request(connection: Connection, who: str, request: KeyedRequest) -> Preemption | None:
    """Return what an idempotency key did before; the key is locked for this transaction."""
    lock_name(connection, f"key {who} {request.key}")
    known = connection.execute(
        select(idempotent_request).where(
            idempotent_request.c.who == who, idempotent_request.c.key == request.key
        )
    ).one_or_none()
    if known is None:
        return None
    if known.digest != request.digest:
        raise InputError(
            "Idempotency-Key",
            f"{request.key!r} was used for a request with another body; take a new key",
            value=request.key,
        )
    return Preemption(
        read_reservation(connection, known.answer["reservation_id"]),
        tuple(read_reservation(connection, name) for name in known.answer.get("preempted", ())),
        is_new=False,
    )


def _remember_request(
    connection: Connection,
    who: str,
    request: KeyedRequest,
    booked: Reservation,
    now_utc: datetime,
    gone: Sequence[Reservation] = (),
) -> None:
    connection.execute(
        insert(idempotent_request).values(
            who=who,
            key=request.key,
            digest=request.digest,
            answer={
                "reservation_id": booked.reservation_id,
                "preempted": [item.reservation_id for item in gone],
            },
            created_utc=now_utc,
        )
    )


def require_version(before: Reservation, version: int | None) -> None:
    if version is not None and version != before.version:
        raise StaleVersionError(before.reservation_id, version)
