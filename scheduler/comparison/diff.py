"""What became of the contacts of one plan in another: kept, moved, added, dropped; and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from scheduler.comparison.causes import name_causes
from scheduler.comparison.changes import KINDS, SAME_S, Change, ChangeKind, PlanDiff
from scheduler.plan import Contact, ContactPlan, NotTaken
from scheduler.problem.model import PlanningProblem

__all__ = ["KINDS", "SAME_S", "Change", "ChangeKind", "PlanDiff", "diff_plans"]


def diff_plans(
    old: ContactPlan,
    new: ContactPlan,
    old_problem: PlanningProblem | None = None,
    new_problem: PlanningProblem | None = None,
) -> PlanDiff:
    """Compare two plans; contacts match when they are of one pass of one satellite and station.

    Passes match by time, not by id: new elements give a pass another id. Two passes are one when
    their AOS to LOS overlap. With the problems of both plans every change is told by its cause.
    """
    candidates = _by_place(new.contacts)
    changes: list[Change] = []
    matched: set[int] = set()
    for before in old.contacts:
        free = [
            each
            for each in candidates[_place(before)]
            if id(each) not in matched and _overlap(before, each)
        ]
        if not free:
            changes.append(_lose(before, new.not_taken))
            continue
        after = min(free, key=lambda each: abs(each.start_unix_s - before.start_unix_s))
        matched.add(id(after))
        changes.append(_compare(before, after))
    changes += [_gain(each, old.not_taken) for each in new.contacts if id(each) not in matched]
    changes.sort(key=lambda change: (change.start_unix_s, change.satellite_id, change.kind))
    found = tuple(changes)
    if old_problem is not None and new_problem is not None:
        found = name_causes(found, (old, new), (old_problem, new_problem))
    return PlanDiff(old.plan_id, new.plan_id, found)


def _compare(before: Contact, after: Contact) -> Change:
    start_shift_s = after.start_unix_s - before.start_unix_s
    end_shift_s = after.end_unix_s - before.end_unix_s
    same_antenna = before.antenna_id == after.antenna_id
    is_kept = same_antenna and abs(start_shift_s) < SAME_S and abs(end_shift_s) < SAME_S
    if is_kept:
        cause = ""
    elif not same_antenna:
        cause = "antenna_changed"
    elif before.element_set_id != after.element_set_id:
        cause = "new_elements"
    else:
        cause = "chosen_otherwise"
    return Change(
        "kept" if is_kept else "moved",
        after.satellite_id,
        after.station_id,
        after.start_unix_s,
        before.contact_id,
        after.contact_id,
        start_shift_s,
        end_shift_s,
        cause,
    )


def _lose(before: Contact, not_taken: Sequence[NotTaken]) -> Change:
    return Change(
        "dropped",
        before.satellite_id,
        before.station_id,
        before.start_unix_s,
        before.contact_id,
        None,
        cause=_find_reason(before, not_taken),
    )


def _gain(after: Contact, not_taken: Sequence[NotTaken]) -> Change:
    return Change(
        "added",
        after.satellite_id,
        after.station_id,
        after.start_unix_s,
        None,
        after.contact_id,
        cause=_find_reason(after, not_taken),
    )


def _find_reason(contact: Contact, not_taken: Sequence[NotTaken]) -> str:
    for loser in not_taken:
        if _place(loser) == _place(contact) and _overlap(contact, loser):
            return loser.reason
    return "no_such_pass"


def _by_place(contacts: Sequence[Contact]) -> dict[tuple[str, str], list[Contact]]:
    places: dict[tuple[str, str], list[Contact]] = defaultdict(list)
    for contact in contacts:
        places[_place(contact)].append(contact)
    return places


def _place(record: Contact | NotTaken) -> tuple[str, str]:
    return (record.satellite_id, record.station_id)


def _overlap(left: Contact, right: Contact | NotTaken) -> bool:
    return left.aos_unix_s < right.los_unix_s and right.aos_unix_s < left.los_unix_s
