"""Why a contact of one plan is another in the next: which input changed, and through whom.

Causes of a contact's own (its satellite, its antenna, a pin) come first; where there is none, the
contacts that took its place, or made way for it, pass theirs on. New elements change every pass a
little, so they are named only where nothing else explains the change.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from scheduler.comparison.changes import SAME_S, Change
from scheduler.plan import Contact, ContactPlan
from scheduler.problem.candidates import name_antenna
from scheduler.problem.model import PlanningProblem

HOUR_S = 3600.0
WEAK = ("new_elements", "window_changed")


@dataclass(frozen=True, slots=True)
class _Side:
    """One of the two plans with the inputs that a cause may lie in."""

    plan: ContactPlan
    contacts: Mapping[str, Contact]
    fingerprints: Mapping[str, str]
    worth: Mapping[str, tuple[float, float, float]]
    asked: Mapping[str, frozenset[object]]
    downtimes: Mapping[str, frozenset[tuple[float, float]]]
    held: frozenset[str]
    barred: Mapping[str, str]
    windows: Mapping[str, tuple[float, float]]


def name_causes(
    changes: Sequence[Change],
    plans: tuple[ContactPlan, ContactPlan],
    problems: tuple[PlanningProblem, PlanningProblem],
) -> tuple[Change, ...]:
    """Give every change the cause that the two problems and the other changes show."""
    old, new = (_read(plan, problem) for plan, problem in zip(plans, problems, strict=True))
    moving = [change for change in changes if change.kind != "kept"]
    own = {_key(change): list(_find_own(change, old, new)) for change in moving}
    neighbours = _find_neighbours(moving, old, new)
    by_key = {_key(change): change for change in moving}
    named = []
    for change in changes:
        if change.kind == "kept":
            named.append(change)
            continue
        cause, through = _search(_key(change), own, neighbours)
        if cause:
            carrier = by_key[through] if through is not None else None
            carrier_id = "" if carrier is None else carrier.new_contact_id or carrier.old_contact_id
            change = replace(change, cause=cause, through=carrier_id or "")
        named.append(change)
    return tuple(named)


_Key = tuple[str | None, str | None]


def _key(change: Change) -> _Key:
    return change.old_contact_id, change.new_contact_id


def _search(
    start: _Key, own: Mapping[_Key, list[str]], neighbours: Mapping[_Key, list[_Key]]
) -> tuple[str, _Key | None]:
    """Walk from a change to the nearest one with a strong cause, else to a weak one."""
    for wanted_weak in (False, True):
        seen, queue = {start}, deque([start])
        while queue:
            at = queue.popleft()
            for cause in own[at]:
                if (cause in WEAK) == wanted_weak:
                    return cause, None if at == start else at
            for other in neighbours[at]:
                if other not in seen:
                    seen.add(other)
                    queue.append(other)
    return "", None


def _find_own(change: Change, old: _Side, new: _Side) -> Iterator[str]:
    """Name the causes that lie in a change's own satellite, antenna, pins and windows."""
    before = old.contacts.get(change.old_contact_id or "")
    after = new.contacts.get(change.new_contact_id or "")
    contact = after or before
    if contact is None:
        return
    if _lies_outside(contact, new if after is None else old):
        yield "outside_span"
    yield from _compare_holds(before, after, old, new)
    satellite_id = contact.satellite_id
    if (satellite_id in new.worth) != (satellite_id in old.worth):
        yield "satellite_added" if satellite_id in new.worth else "satellite_removed"
        return
    yield from _compare_antennas(before, after, old, new)
    asked_before = old.asked.get(satellite_id, frozenset())
    asked_after = new.asked.get(satellite_id, frozenset())
    if asked_after - asked_before:
        yield "new_request"
    elif asked_before - asked_after:
        yield "request_withdrawn"
    if old.worth.get(satellite_id) != new.worth.get(satellite_id):
        yield "priority_changed"
    if old.fingerprints.get(satellite_id) != new.fingerprints.get(satellite_id):
        yield "new_elements"
        return
    name = _name(contact)
    if _differ(old.windows.get(name), new.windows.get(name)):
        yield "window_changed"


def _differ(left: tuple[float, float] | None, right: tuple[float, float] | None) -> bool:
    if left is None or right is None:
        return True
    return max(abs(a - b) for a, b in zip(left, right, strict=True)) > SAME_S


def _compare_holds(
    before: Contact | None, after: Contact | None, old: _Side, new: _Side
) -> Iterator[str]:
    if after is not None and _name(after) in new.held and _name(after) not in old.held:
        yield "pinned"
    if before is not None:
        if _name(before) in old.held and after is None and _name(before) not in new.held:
            yield "unpinned"
        barred = new.barred.get(_name(before))
        if barred and _name(before) not in old.barred:
            yield barred
    if after is not None and before is None and _name(after) in old.barred:
        yield "forbid_lifted"


def _compare_antennas(
    before: Contact | None, after: Contact | None, old: _Side, new: _Side
) -> Iterator[str]:
    """Name outages and antennas that came or went, as far as they touch the contact."""
    if before is not None:
        antenna = name_antenna(before.station_id, before.antenna_id)
        if antenna not in new.downtimes:
            yield "antenna_removed"
        elif _touches(before, new.downtimes[antenna] - old.downtimes.get(antenna, frozenset())):
            yield "outage"
    if after is not None:
        antenna = name_antenna(after.station_id, after.antenna_id)
        if antenna not in old.downtimes:
            yield "new_antenna"
        elif _touches(after, old.downtimes[antenna] - new.downtimes.get(antenna, frozenset())):
            yield "outage_lifted"


def _find_neighbours(moving: Sequence[Change], old: _Side, new: _Side) -> dict[_Key, list[_Key]]:
    """Map every change to those whose contact took its place, or gave it up, in order of time."""
    by_hour: dict[tuple[str, int], list[tuple[float, float, _Key]]] = defaultdict(list)
    for change in moving:
        for place, start_s, end_s in _list_spans(change, old, new):
            for hour in range(int(start_s // HOUR_S), int(end_s // HOUR_S) + 1):
                by_hour[place, hour].append((start_s, end_s, _key(change)))
    found: dict[_Key, dict[_Key, None]] = {_key(change): {} for change in moving}
    for spans in by_hour.values():
        for start_s, end_s, key in spans:
            for other_start_s, other_end_s, other in spans:
                if other != key and start_s < other_end_s and other_start_s < end_s:
                    found[key][other] = None
    return {key: list(others) for key, others in found.items()}


def _list_spans(change: Change, old: _Side, new: _Side) -> Iterator[tuple[str, float, float]]:
    for side, name in ((old, change.old_contact_id), (new, change.new_contact_id)):
        contact = side.contacts.get(name or "")
        if contact is not None:
            place = name_antenna(contact.station_id, contact.antenna_id)
            yield place, contact.reserved_start_unix_s, contact.reserved_end_unix_s


def _read(plan: ContactPlan, problem: PlanningProblem) -> _Side:
    satellite_of = {item.id: item.satellite_id for item in problem.opportunities}
    asked: dict[str, set[object]] = {}
    for term in problem.group_terms:
        if term.request_id:
            for member in term.members:
                wish = (term.request_id, term.quantity, term.target, term.starts_within)
                asked.setdefault(satellite_of[member], set()).add(wish)
    for gap in problem.gap_terms:
        for member in gap.members:
            asked.setdefault(satellite_of[member], set()).add((gap.request_id, gap.max_gap_s))
    return _Side(
        plan=plan,
        contacts={item.contact_id: item for item in plan.contacts},
        fingerprints={
            row["satellite_id"]: row["fingerprint"]
            for row in plan.provenance.get("element_sets", ())
        },
        worth={
            item.satellite_id: (item.value_per_contact, item.value_per_s, item.value_per_volume)
            for item in problem.opportunities
        },
        asked={name: frozenset(wishes) for name, wishes in asked.items()},
        downtimes={item.id: frozenset(item.downtimes) for item in problem.antennas},
        held=frozenset(pin.choice.opportunity_id for pin in problem.pins),
        barred={item.opportunity_id: item.reason for item in problem.forbids},
        windows={item.id: (item.start_s, item.end_s) for item in problem.opportunities},
    )


def _lies_outside(contact: Contact, side: _Side) -> bool:
    return (
        contact.start_unix_s < side.plan.start_unix_s or contact.end_unix_s > side.plan.end_unix_s
    )


def _touches(contact: Contact, spans: frozenset[tuple[float, float]]) -> bool:
    return any(
        low < contact.reserved_end_unix_s and contact.reserved_start_unix_s < high
        for low, high in spans
    )


def _name(contact: Contact) -> str:
    return contact.contact_id.rpartition("@")[0]
