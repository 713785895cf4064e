"""What a new plan may not change: pins, forbids, the freeze period, commanded contacts.

A held contact keeps its booked times whatever newer elements say: its opportunity becomes exactly
the contact. So a moved prediction never makes a pin impossible by itself; drift is another matter.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from scheduler.plan import Contact
from scheduler.problem.candidates import Candidate, name_antenna
from scheduler.problem.measure import get_setup_s
from scheduler.problem.model import AntennaResource, Choice, Forbid, Opportunity, Pin, PinReason

FOLLOW_S = 30.0


@dataclass(frozen=True, slots=True)
class Commitments:
    """Pins and forbids, and the opportunities with held contacts in place."""

    opportunities: tuple[Opportunity, ...]
    pins: tuple[Pin, ...]
    forbids: tuple[Forbid, ...]
    previous: tuple[Choice, ...]
    unknown: tuple[str, ...]  # pins and forbids that name no candidate


def build_commitments(
    candidates: Sequence[Candidate],
    opportunities: Sequence[Opportunity],
    *,
    pins: Sequence[str] = (),
    forbids: Sequence[str] = (),
    previous: Sequence[Contact] = (),
    begins_s: float = -math.inf,
    antennas: Sequence[AntennaResource] = (),
    now_s: float = 0.0,
    freeze_s: float = 0.0,
) -> Commitments:
    """Hold what is held, and let nothing else begin too early.

    ``pins`` and ``forbids`` name passes, candidates or contacts. A previous contact whose
    reservation starts before ``begins_s`` (the plan's start) or before now + ``freeze_s`` is
    frozen, one whose reservation starts before now + its service's ``command_lead_s`` is
    commanded. No other reservation starts there: the opportunity loses that part where its
    service may start late, else it is forbidden. ``antennas`` know the setup.
    """
    by_id = {item.id: item for item in opportunities}
    held: dict[str, Pin] = {}
    kept: list[Choice] = []
    for contact in previous:
        candidate = _find_candidate(candidates, contact)
        if candidate is None:
            continue
        name = candidate.opportunity.id
        antenna = name_antenna(contact.station_id, contact.antenna_id)
        choice = Choice(name, (antenna,), contact.start_unix_s, contact.end_unix_s)
        kept.append(choice)
        reason = _hold(contact, pins, _list_limits(candidate, begins_s, now_s, freeze_s))
        if reason is not None and name not in held:
            held[name] = Pin(choice, reason)
            by_id[name] = _fix(by_id[name], choice)
    antenna_by_id = {antenna.id: antenna for antenna in antennas}
    late: dict[str, Forbid] = {}
    for candidate in candidates:
        name = candidate.opportunity.id
        if name not in held:
            limits = _list_limits(candidate, begins_s, now_s, freeze_s)
            clipped = _start_after(by_id[name], limits, antenna_by_id)
            if isinstance(clipped, Forbid):
                late[name] = clipped
            else:
                by_id[name] = clipped
    booked = {contact.contact_id for contact in previous}
    unknown = _pin_named(candidates, by_id, [name for name in pins if name not in booked], held)
    barred, more_unknown = _bar(candidates, forbids)
    return Commitments(
        opportunities=tuple(by_id[item.id] for item in opportunities),
        pins=tuple(held.values()),
        forbids=tuple((late | barred).values()),
        previous=tuple(
            item if item.opportunity_id in held else _follow(by_id[item.opportunity_id], item)
            for item in kept
        ),
        unknown=(*unknown, *more_unknown),
    )


def _follow(opportunity: Opportunity, choice: Choice) -> Choice:
    """Let a previous contact follow its pass: seconds of new elements are no change (eq 4).

    An end that may not be moved, or that lay within ``FOLLOW_S`` of the window's, is the window's.
    """
    start_s, end_s = choice.start_s, choice.end_s
    if (
        opportunity.trim in ("none", "stop")
        or start_s < opportunity.start_s
        or abs(start_s - opportunity.start_s) <= FOLLOW_S
    ):
        start_s = opportunity.start_s
    if (
        opportunity.trim in ("none", "start")
        or end_s > opportunity.end_s
        or abs(end_s - opportunity.end_s) <= FOLLOW_S
    ):
        end_s = opportunity.end_s
    return replace(choice, start_s=start_s, end_s=end_s)


def _pin_named(
    candidates: Sequence[Candidate],
    by_id: Mapping[str, Opportunity],
    pins: Sequence[str],
    held: dict[str, Pin],
) -> list[str]:
    """Pin the longest candidate of every named pass; return the names that mean nothing."""
    unknown = []
    for name in pins:
        chosen = [item for item in candidates if _is_named(item, name)]
        if not chosen:
            unknown.append(name)
        elif not any(item.opportunity.id in held for item in chosen):
            best = max(
                (by_id[item.opportunity.id] for item in chosen),
                key=lambda item: (item.end_s - item.start_s, item.id),
            )
            held[best.id] = Pin(Choice(best.id, best.antenna_sets[0], best.start_s, best.end_s))
    return unknown


def _bar(
    candidates: Sequence[Candidate], forbids: Sequence[str]
) -> tuple[dict[str, Forbid], list[str]]:
    """Forbid what is named; also return the names that mean nothing."""
    unknown = []
    barred: dict[str, Forbid] = {}
    for name in forbids:
        chosen = [item for item in candidates if _is_named(item, name)]
        if not chosen:
            unknown.append(name)
        for item in chosen:
            barred[item.opportunity.id] = Forbid(item.opportunity.id)
    return barred, unknown


_Limit = tuple[float, str]  # a reservation starts no earlier, and the tag that says why


def _list_limits(
    candidate: Candidate, begins_s: float, now_s: float, freeze_s: float
) -> tuple[_Limit, ...]:
    limits = [(begins_s, "begins_before_plan")]
    if freeze_s > 0:
        limits.append((now_s + freeze_s, "frozen"))
    if candidate.service.command_lead_s > 0:
        limits.append((now_s + candidate.service.command_lead_s, "commanded"))
    return tuple(limits)


def _start_after(
    opportunity: Opportunity, limits: Sequence[_Limit], antennas: Mapping[str, AntennaResource]
) -> Opportunity | Forbid:
    """Cut off the start that would need a reservation before a limit, or forbid the whole."""
    setup_s = max(
        get_setup_s(antennas[name], opportunity)
        for names in opportunity.antenna_sets
        for name in names
    )
    limit_s, reason = max(limits)
    first_s = float(math.ceil(limit_s + setup_s)) if math.isfinite(limit_s) else limit_s
    if opportunity.start_s >= first_s:
        return opportunity
    may_start_late = opportunity.trim in ("start", "both")
    if not may_start_late or opportunity.end_s - first_s < max(opportunity.min_s, 1.0):
        return Forbid(opportunity.id, reason)
    return replace(
        opportunity,
        start_s=first_s,
        interruptions=_clip_losses(opportunity, first_s, opportunity.end_s),
    )


def _find_candidate(candidates: Sequence[Candidate], contact: Contact) -> Candidate | None:
    """Find a booked contact again: same satellite and antenna, the pass that overlaps it most."""
    antenna = name_antenna(contact.station_id, contact.antenna_id)
    best: tuple[float, Candidate] | None = None
    for item in candidates:
        if item.satellite.id != contact.satellite_id:
            continue
        if (antenna,) not in item.opportunity.antenna_sets:
            continue
        overlap_s = min(item.opportunity.end_s, contact.end_unix_s) - max(
            item.opportunity.start_s, contact.start_unix_s
        )
        if overlap_s > 0 and (best is None or overlap_s > best[0]):
            best = overlap_s, item
    return None if best is None else best[1]


def _hold(contact: Contact, pins: Sequence[str], limits: Sequence[_Limit]) -> PinReason | None:
    if contact.contact_id in pins or contact.pass_id in pins:
        return "pinned"
    broken = [reason for limit_s, reason in limits if contact.reserved_start_unix_s < limit_s]
    if not broken:
        return None
    return "commanded" if broken == ["commanded"] else "frozen"


def _is_named(candidate: Candidate, name: str) -> bool:
    return name in (candidate.opportunity.id, candidate.visible.pass_id) or name.startswith(
        f"{candidate.opportunity.id}@"
    )


def _fix(opportunity: Opportunity, choice: Choice) -> Opportunity:
    """Make the opportunity exactly the booked contact."""
    return replace(
        opportunity,
        antenna_sets=(choice.antennas,),
        start_s=choice.start_s,
        end_s=choice.end_s,
        trim="none",
        min_s=0.0,
        max_s=None,
        interruptions=_clip_losses(opportunity, choice.start_s, choice.end_s),
        rate=tuple((choice.start_s, per_s) for _, per_s in opportunity.rate[:1]),
    )


def _clip_losses(
    opportunity: Opportunity, start_s: float, end_s: float
) -> tuple[tuple[float, float], ...]:
    return tuple(
        (max(low, start_s), min(high, end_s))
        for low, high in opportunity.interruptions
        if low < end_s and high > start_s
    )
