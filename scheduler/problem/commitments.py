"""What a new plan may not change: pins, forbids, the freeze period, commanded contacts.

A held contact keeps its booked times whatever newer elements say: its opportunity becomes exactly
the contact, and a contact whose pass is no candidate any more gets an opportunity of its own. So a
moved prediction never makes a pin impossible by itself; drift is another matter.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from scheduler.plan import Contact
from scheduler.problem.candidates import Candidate, name_antenna
from scheduler.problem.measure import get_setup_s
from scheduler.problem.model import (
    AntennaResource,
    AntennaSet,
    Choice,
    Forbid,
    Opportunity,
    Pin,
    PinReason,
)
from scheduler.satellites import Satellite

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
    ends_s: float = math.inf,
    antennas: Sequence[AntennaResource] = (),
    satellites: Sequence[Satellite] = (),
    now_s: float = 0.0,
    freeze_s: float = 0.0,
) -> Commitments:
    """Hold what is held, and let nothing else begin too early.

    ``pins`` and ``forbids`` name passes, candidates or contacts. A previous contact whose
    reservation starts before ``begins_s`` (the plan's start) or before now + ``freeze_s`` is
    frozen, one whose reservation starts before now + its service's ``command_lead_s`` is
    commanded. No other reservation starts there: the opportunity loses that part where its
    service may start late, else it is forbidden. ``antennas`` know the setup, ``satellites`` the
    lead. A contact that no candidate matches is held unless it lies on other antennas, or wholly
    before ``begins_s`` or after ``ends_s``.
    """
    by_id = {item.id: item for item in opportunities}
    antenna_by_id = {antenna.id: antenna for antenna in antennas}
    times = _Times(begins_s, ends_s, now_s, freeze_s)
    booked = [item for item in previous if set(name_antennas(item)) <= antenna_by_id.keys()]
    kept, held = _hold_booked(candidates, by_id, booked, pins, times, _list_leads(satellites))
    late: dict[str, Forbid] = {}
    for candidate in candidates:
        name = candidate.opportunity.id
        if name not in held:
            limits = times.list_limits(candidate.service.command_lead_s)
            clipped = _start_after(by_id[name], limits, antenna_by_id)
            if isinstance(clipped, Forbid):
                late[name] = clipped
            else:
                by_id[name] = clipped
    known = {contact.contact_id for contact in previous}
    unknown = _pin_named(candidates, by_id, [name for name in pins if name not in known], held)
    barred, more_unknown = _bar(candidates, forbids)
    return Commitments(
        opportunities=tuple(by_id.values()),
        pins=tuple(held.values()),
        forbids=tuple((late | barred).values()),
        previous=tuple(
            item if item.opportunity_id in held else _follow(by_id[item.opportunity_id], item)
            for item in kept
        ),
        unknown=(*unknown, *more_unknown),
    )


_Limit = tuple[float, str]  # a reservation starts no earlier, and the tag that says why
_Leads = Mapping[tuple[str, str], float]  # command lead in seconds by satellite and service


@dataclass(frozen=True, slots=True)
class _Times:
    """The span of the plan and what is frozen from now on."""

    begins_s: float
    ends_s: float
    now_s: float
    freeze_s: float

    def list_limits(self, command_lead_s: float) -> tuple[_Limit, ...]:
        limits = [(self.begins_s, "begins_before_plan")]
        if self.freeze_s > 0:
            limits.append((self.now_s + self.freeze_s, "frozen"))
        if command_lead_s > 0:
            limits.append((self.now_s + command_lead_s, "commanded"))
        return tuple(limits)

    def touch(self, contact: Contact) -> bool:
        return (
            contact.reserved_start_unix_s < self.ends_s
            and contact.reserved_end_unix_s > self.begins_s
        )


def _list_leads(satellites: Sequence[Satellite]) -> _Leads:
    return {
        (satellite.id, service.id): service.command_lead_s
        for satellite in satellites
        for service in satellite.services
    }


def _hold_booked(
    candidates: Sequence[Candidate],
    by_id: dict[str, Opportunity],
    booked: Sequence[Contact],
    pins: Sequence[str],
    times: _Times,
    leads_s: _Leads,
) -> tuple[list[Choice], dict[str, Pin]]:
    """Find the booked contacts again, and make the opportunities of the held ones exactly them."""
    kept: list[Choice] = []
    held: dict[str, Pin] = {}
    for contact in booked:
        lead_s = leads_s.get((contact.satellite_id, contact.service), 0.0)
        reason = _hold(contact, pins, times.list_limits(lead_s))
        candidate = _find_candidate(candidates, contact, held)
        if candidate is not None:
            name = candidate.opportunity.id
        elif reason is not None and times.touch(contact):
            name = name_opportunity(contact)
            if name in by_id:  # it is open now, but not on the contact's antennas
                name = contact.contact_id
            by_id[name] = _make_opportunity(contact, name)
        else:
            continue
        choice = Choice(name, name_antennas(contact), contact.start_unix_s, contact.end_unix_s)
        kept.append(choice)
        if reason is not None:
            by_id[name] = _fix(by_id[name], choice)
            held[name] = Pin(choice, reason)
    return kept, held


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
            held[best.id] = Pin(Choice(best.id, best.antenna_sets[0], *_find_longest(best)))
    return unknown


def _find_longest(opportunity: Opportunity) -> tuple[float, float]:
    """Find the longest contact of a window; about its middle where both ends have to move."""
    length_s, most_s = opportunity.end_s - opportunity.start_s, opportunity.max_s
    if most_s is None or most_s >= length_s or opportunity.trim == "none":
        return opportunity.start_s, opportunity.end_s
    late_s = {"start": length_s - most_s, "stop": 0.0}.get(
        opportunity.trim, float((length_s - most_s) // 2)
    )
    return opportunity.start_s + late_s, opportunity.start_s + late_s + most_s


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


def name_opportunity(contact: Contact) -> str:
    """Name the opportunity of a contact, which is the first part of its id."""
    return contact.contact_id.partition("@")[0]


def name_antennas(contact: Contact) -> AntennaSet:
    """Name the antennas of a contact as a problem does."""
    return tuple(name_antenna(contact.station_id, name) for name in contact.antenna_id.split("+"))


def _find_candidate(
    candidates: Sequence[Candidate], contact: Contact, held: Collection[str]
) -> Candidate | None:
    """Find a booked contact again: same satellite and antennas, the pass that overlaps it most."""
    antennas = name_antennas(contact)
    best: tuple[float, Candidate] | None = None
    for item in candidates:
        if item.satellite.id != contact.satellite_id or item.opportunity.id in held:
            continue
        if antennas not in item.opportunity.antenna_sets:
            continue
        overlap_s = min(item.opportunity.end_s, contact.end_unix_s) - max(
            item.opportunity.start_s, contact.start_unix_s
        )
        if overlap_s > 0 and (best is None or overlap_s > best[0]):
            best = overlap_s, item
    return None if best is None else best[1]


def _make_opportunity(contact: Contact, name: str) -> Opportunity:
    """Make an opportunity that is exactly a contact, worth and bringing what the contact does."""
    ends = (
        (contact.start_unix_s, contact.start_mount_azimuth_deg, contact.start_elevation_deg),
        (contact.end_unix_s, contact.end_mount_azimuth_deg, contact.end_elevation_deg),
    )
    return Opportunity(
        id=name,
        satellite_id=contact.satellite_id,
        antenna_sets=(name_antennas(contact),),
        start_s=contact.start_unix_s,
        end_s=contact.end_unix_s,
        volume=contact.expected_bytes,
        value_per_contact=contact.value,
        pointing=tuple(
            (instant_s, azimuth_deg, elevation_deg)
            for instant_s, azimuth_deg, elevation_deg in ends
            if azimuth_deg is not None and elevation_deg is not None
        ),
        pass_id=contact.pass_id,
    )


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
        rate=clip_rate(opportunity.rate, choice.start_s, choice.end_s),
    )


def _clip_losses(
    opportunity: Opportunity, start_s: float, end_s: float
) -> tuple[tuple[float, float], ...]:
    return tuple(
        (max(low, start_s), min(high, end_s))
        for low, high in opportunity.interruptions
        if low < end_s and high > start_s
    )


def clip_rate(
    rate: Sequence[tuple[float, float]], start_s: float, end_s: float
) -> tuple[tuple[float, float], ...]:
    """Return the steps of a rate that hold in [start, end); before the first step it is that one.

    A contact that begins before its pass by new elements is booked, so it is promised its data.
    """
    if not rate:
        return ()
    first = max((row for row in rate if row[0] <= start_s), default=rate[0])
    later = (row for row in rate if max(first[0], start_s) < row[0] < end_s)
    return ((start_s, first[1]), *later)
