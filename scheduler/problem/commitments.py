"""What a new plan may not change: pins, forbids, the freeze period, commanded contacts.

A held contact keeps its booked times whatever newer elements say: its opportunity becomes exactly
the contact. So a moved prediction never makes a pin impossible by itself; drift is another matter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from scheduler.plan import Contact
from scheduler.problem.candidates import Candidate, name_antenna
from scheduler.problem.model import Choice, Forbid, Opportunity, Pin, PinReason


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
    now_s: float = 0.0,
    freeze_s: float = 0.0,
) -> Commitments:
    """Hold what is held.

    ``pins`` and ``forbids`` name passes, candidates or contacts. A previous contact whose
    reservation starts before now + ``freeze_s`` is frozen, one whose reservation starts before
    now + its service's ``command_lead_s`` is commanded; nothing else may start there.
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
        reason = _hold(contact, candidate, pins, now_s, freeze_s)
        if reason is not None and name not in held:
            held[name] = Pin(choice, reason)
            by_id[name] = _fix(by_id[name], choice)
    booked = {contact.contact_id for contact in previous}
    unknown = _pin_named(candidates, by_id, [name for name in pins if name not in booked], held)
    barred, more_unknown = _bar(candidates, forbids, held, now_s, freeze_s)
    return Commitments(
        opportunities=tuple(by_id[item.id] for item in opportunities),
        pins=tuple(held.values()),
        forbids=tuple(barred),
        previous=tuple(kept),
        unknown=(*unknown, *more_unknown),
    )


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
    candidates: Sequence[Candidate],
    forbids: Sequence[str],
    held: Mapping[str, Pin],
    now_s: float,
    freeze_s: float,
) -> tuple[list[Forbid], list[str]]:
    """Forbid what is named, and what would start inside the freeze or its own command lead."""
    unknown = []
    barred: dict[str, Forbid] = {}
    for name in forbids:
        chosen = [item for item in candidates if _is_named(item, name)]
        if not chosen:
            unknown.append(name)
        for item in chosen:
            barred[item.opportunity.id] = Forbid(item.opportunity.id)
    for item in candidates:
        name, start_s = item.opportunity.id, item.opportunity.start_s
        lead_s = max(freeze_s, item.service.command_lead_s)
        if lead_s > 0 and start_s < now_s + lead_s and name not in held and name not in barred:
            barred[name] = Forbid(name, "frozen" if start_s < now_s + freeze_s else "commanded")
    return list(barred.values()), unknown


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


def _hold(
    contact: Contact, candidate: Candidate, pins: Sequence[str], now_s: float, freeze_s: float
) -> PinReason | None:
    if contact.contact_id in pins or contact.pass_id in pins:
        return "pinned"
    if contact.reserved_start_unix_s < now_s + freeze_s:
        return "frozen"
    if contact.reserved_start_unix_s < now_s + candidate.service.command_lead_s:
        return "commanded"
    return None


def _is_named(candidate: Candidate, name: str) -> bool:
    return name in (candidate.opportunity.id, candidate.visible.pass_id) or name.startswith(
        f"{candidate.opportunity.id}@"
    )


def _fix(opportunity: Opportunity, choice: Choice) -> Opportunity:
    """Make the opportunity exactly the booked contact."""
    inside = tuple(
        (max(low, choice.start_s), min(high, choice.end_s))
        for low, high in opportunity.interruptions
        if low < choice.end_s and high > choice.start_s
    )
    return replace(
        opportunity,
        antenna_sets=(choice.antennas,),
        start_s=choice.start_s,
        end_s=choice.end_s,
        trim="none",
        min_s=0.0,
        max_s=None,
        interruptions=inside,
        rate=tuple((choice.start_s, per_s) for _, per_s in opportunity.rate[:1]),
    )
