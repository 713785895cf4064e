"""What publishing a plan means for contacts that are booked already: kept, moved, released, new.

Promises come first: what is running, pinned or about to start stays as it is, whatever the new
plan says. A booked contact that still does what the plan asks keeps its window; new elements alone
move nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scheduler.comparison.diff import Change
from scheduler.plan import Contact, ContactPlan, NotTaken

# Tells whether two contacts cannot both be: their reserved windows meet, or the antenna cannot
# get from one to the other in time.
Clash = Callable[[Contact, Contact], bool]


@dataclass(frozen=True, slots=True)
class BookedContact:
    """A contact that holds its antenna now; ``fixed`` when nothing but a person may change it."""

    reservation_id: str
    contact: Contact
    fixed: bool


@dataclass(frozen=True, slots=True)
class BlockedSpan:
    """A span in which an antenna serves nobody, in Unix seconds."""

    reservation_id: str
    station_id: str
    antenna_id: str
    start_unix_s: float
    end_unix_s: float


@dataclass(frozen=True, slots=True)
class Refused:
    """A planned contact that cannot be booked, and why (a stable tag)."""

    contact: Contact
    reason: str
    in_the_way: str = ""


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The changes that publishing a plan asks for; all of them are made together or none."""

    kept: tuple[str, ...]  # reservation ids
    confirmed: tuple[str, ...]  # those of the kept that the plan has too
    moved: tuple[tuple[str, Contact], ...]
    released: tuple[str, ...]
    new: tuple[Contact, ...]
    refused: tuple[Refused, ...]


def reconcile(
    planned: Sequence[Contact],
    booked: Sequence[BookedContact],
    blocked: Sequence[BlockedSpan],
    *,
    find_reason: Callable[[Contact], str | None],
    tolerance_s: float,
    clash: Clash,
) -> Reconciliation:
    """Compare a plan with what is booked in its span on its antennas.

    A booked contact is kept when it is fixed, or when the plan has the same pass on the same
    antenna with ends that differ by at most ``tolerance_s``, unless another planned contact needs
    its time; then, and when its pass has moved further, it moves. Booked contacts that the plan
    has not are released. Planned ones that meet what stays or a blocked span, or that
    ``find_reason`` has a reason tag against, are refused.
    """
    partner = _match(planned, booked)
    kept = [item for item in booked if item.fixed]
    moved: list[tuple[str, Contact]] = []
    released: list[str] = []
    for item in booked:
        if item.fixed:
            continue
        wanted = partner.get(item.reservation_id)
        if wanted is None:
            released.append(item.reservation_id)
        elif _is_close(item.contact, wanted, tolerance_s) and not any(
            clash(item.contact, other) for other in planned if other is not wanted
        ):
            kept.append(item)
        else:
            moved.append((item.reservation_id, wanted))

    refused: list[Refused] = []

    def may_stand(contact: Contact) -> bool:
        reason = _find_refusal(contact, kept, blocked, find_reason, clash)
        if reason is not None:
            refused.append(reason)
        return reason is None

    taken = {id(contact) for contact in partner.values()}
    new = [contact for contact in planned if id(contact) not in taken and may_stand(contact)]
    staying = []
    for name, contact in moved:
        if may_stand(contact):
            staying.append((name, contact))
        else:
            released.append(name)
    return Reconciliation(
        tuple(item.reservation_id for item in kept),
        tuple(item.reservation_id for item in kept if item.reservation_id in partner),
        tuple(staying),
        tuple(released),
        tuple(new),
        tuple(refused),
    )


def list_changes(
    changes: Reconciliation, booked: Sequence[BookedContact], plan: ContactPlan
) -> tuple[Change, ...]:
    """Say what publishing does to each contact, and why, in order of time.

    A contact that moves does so for new elements, or because it was chosen otherwise; one that is
    released has the reason that the plan gives for its pass, ``through`` the planned contact that
    it lost to; a new one was not booked before.
    """
    by_id = {item.reservation_id: item.contact for item in booked}
    found = [_keep(by_id[name], name) for name in changes.kept]
    found += [_move(by_id[name], contact, name) for name, contact in changes.moved]
    found += [_release(by_id[name], name, plan.not_taken) for name in changes.released]
    found += [_add(contact) for contact in changes.new]
    return tuple(sorted(found, key=lambda each: (each.start_unix_s, each.satellite_id, each.kind)))


def _keep(contact: Contact, name: str) -> Change:
    return Change(
        "kept", contact.satellite_id, contact.station_id, contact.start_unix_s, name, None
    )


def _move(before: Contact, after: Contact, name: str) -> Change:
    is_newer = before.element_set_id != after.element_set_id
    return Change(
        "moved",
        after.satellite_id,
        after.station_id,
        after.start_unix_s,
        name,
        after.contact_id,
        after.start_unix_s - before.start_unix_s,
        after.end_unix_s - before.end_unix_s,
        "new_elements" if is_newer else "chosen_otherwise",
    )


def _release(contact: Contact, name: str, not_taken: Sequence[NotTaken]) -> Change:
    losers = (
        loser
        for loser in not_taken
        if (loser.satellite_id, loser.station_id) == (contact.satellite_id, contact.station_id)
        and loser.aos_unix_s < contact.los_unix_s
        and contact.aos_unix_s < loser.los_unix_s
    )
    loser = next(losers, None)
    return Change(
        "dropped",
        contact.satellite_id,
        contact.station_id,
        contact.start_unix_s,
        name,
        None,
        cause="no_such_pass" if loser is None else loser.reason,
        through="" if loser is None else next(iter(loser.beaten_by), ""),
    )


def _add(contact: Contact) -> Change:
    return Change(
        "added",
        contact.satellite_id,
        contact.station_id,
        contact.start_unix_s,
        None,
        contact.contact_id,
        cause="not_booked_before",
    )


def share_room_s(wanted_s: float, room_s: float, *, neighbour_widens: bool) -> float:
    """Return by how much a reserved window may grow into the room up to its neighbour.

    The room is shared equally with a neighbour that is to be widened too.
    """
    return max(0.0, min(wanted_s, room_s / 2 if neighbour_widens else room_s))


def _match(planned: Sequence[Contact], booked: Sequence[BookedContact]) -> dict[str, Contact]:
    """Give each booked contact the planned one of the same pass, by reservation id.

    Contacts are of one pass when satellite, antenna and service are the same and they overlap.
    """
    found: dict[str, Contact] = {}
    used: set[int] = set()
    for item in booked:
        own = item.contact
        same = [
            each
            for each in planned
            if id(each) not in used and _place(each) == _place(own) and _overlap_s(each, own) > 0.0
        ]
        if same:
            best = max(same, key=lambda each: _overlap_s(each, own))
            used.add(id(best))
            found[item.reservation_id] = best
    return found


def _find_refusal(
    contact: Contact,
    kept: Sequence[BookedContact],
    blocked: Sequence[BlockedSpan],
    find_reason: Callable[[Contact], str | None],
    clash: Clash,
) -> Refused | None:
    reason = find_reason(contact)
    if reason is not None:
        return Refused(contact, reason)
    for item in kept:
        if clash(item.contact, contact):
            reason = "meets_fixed_contact" if item.fixed else "meets_kept_contact"
            return Refused(contact, reason, item.reservation_id)
    for span in blocked:
        if (
            (span.station_id, span.antenna_id) == (contact.station_id, contact.antenna_id)
            and span.start_unix_s < contact.reserved_end_unix_s
            and contact.reserved_start_unix_s < span.end_unix_s
        ):
            return Refused(contact, "meets_blocked_span", span.reservation_id)
    return None


def _place(contact: Contact) -> tuple[str, str, str, str]:
    return contact.station_id, contact.antenna_id, contact.satellite_id, contact.service


def _overlap_s(left: Contact, right: Contact) -> float:
    return min(left.end_unix_s, right.end_unix_s) - max(left.start_unix_s, right.start_unix_s)


def _is_close(left: Contact, right: Contact, tolerance_s: float) -> bool:
    return (
        abs(left.start_unix_s - right.start_unix_s) <= tolerance_s
        and abs(left.end_unix_s - right.end_unix_s) <= tolerance_s
    )
