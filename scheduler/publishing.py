"""What publishing a plan means for contacts that are booked already: kept, released, new.

Promises come first: what is running, pinned or about to start stays as it is, whatever the new
plan says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from scheduler.plan import Contact


@dataclass(frozen=True, slots=True)
class BookedContact:
    """A contact that holds its antenna now; ``fixed`` when nothing but a person may change it."""

    reservation_id: str
    contact: Contact
    fixed: bool


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
    released: tuple[str, ...]
    new: tuple[Contact, ...]
    refused: tuple[Refused, ...]


def reconcile(
    planned: Sequence[Contact], booked: Sequence[BookedContact], *, now_unix_s: float
) -> Reconciliation:
    """Compare a plan with what is booked in its span on its antennas.

    A booked contact is kept when the plan has the very same one, or when it is fixed. Other booked
    contacts are released; planned ones that meet a fixed contact, or that should have begun, are
    refused with their reason.
    """
    by_place = {_place(item.contact): item for item in booked}
    kept: dict[str, None] = {item.reservation_id: None for item in booked if item.fixed}
    new: list[Contact] = []
    refused: list[Refused] = []
    fixed = [item for item in booked if item.fixed]
    for contact in planned:
        same = by_place.get(_place(contact))
        if same is not None:
            kept[same.reservation_id] = None
            continue
        if contact.reserved_start_unix_s < now_unix_s:
            refused.append(Refused(contact, "begins_in_the_past"))
            continue
        blocker = next((item for item in fixed if _overlap(item.contact, contact)), None)
        if blocker is not None:
            refused.append(Refused(contact, "meets_fixed_contact", blocker.reservation_id))
            continue
        new.append(contact)
    released = tuple(item.reservation_id for item in booked if item.reservation_id not in kept)
    return Reconciliation(tuple(kept), released, tuple(new), tuple(refused))


def widen(
    contacts: Sequence[Contact], bound95_s: Mapping[str, float], *, cap_s: float
) -> tuple[Contact, ...]:
    """Widen reserved windows by min(95 % timing bound, cap) on both sides, never into a neighbour.

    ``bound95_s`` is per contact id, in seconds. Between two contacts of one antenna the room that
    there is, is shared equally.
    """
    by_antenna: dict[tuple[str, str], list[Contact]] = {}
    for contact in sorted(contacts, key=lambda each: each.reserved_start_unix_s):
        by_antenna.setdefault((contact.station_id, contact.antenna_id), []).append(contact)
    widened: dict[str, Contact] = {}
    for row in by_antenna.values():
        for at, contact in enumerate(row):
            margin_s = max(0.0, min(bound95_s.get(contact.contact_id, 0.0), cap_s))
            before_s = after_s = margin_s
            if at > 0:
                room_s = contact.reserved_start_unix_s - row[at - 1].reserved_end_unix_s
                before_s = min(margin_s, max(0.0, room_s / 2))
            if at + 1 < len(row):
                room_s = row[at + 1].reserved_start_unix_s - contact.reserved_end_unix_s
                after_s = min(margin_s, max(0.0, room_s / 2))
            widened[contact.contact_id] = replace(
                contact,
                reserved_start_unix_s=contact.reserved_start_unix_s - before_s,
                reserved_end_unix_s=contact.reserved_end_unix_s + after_s,
            )
    return tuple(widened[contact.contact_id] for contact in contacts)


def _place(contact: Contact) -> tuple[str, str, str, str, int, int]:
    """Tell contacts apart by what a partner was promised: satellite, antenna, start and end."""
    return (
        contact.station_id,
        contact.antenna_id,
        contact.satellite_id,
        contact.service,
        round(contact.start_unix_s),
        round(contact.end_unix_s),
    )


def _overlap(left: Contact, right: Contact) -> bool:
    return (
        left.station_id == right.station_id
        and left.antenna_id == right.antenna_id
        and left.reserved_start_unix_s < right.reserved_end_unix_s
        and right.reserved_start_unix_s < left.reserved_end_unix_s
    )
